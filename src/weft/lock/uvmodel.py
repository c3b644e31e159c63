"""What a `uv.lock` says, as values.

Owns the tables of a project's lock file, one value each, with their texts as they are written.
Refuses to read, write, sort or choose; what is not there is an empty text, an empty tuple or None.
Follows the file's version 1 up to revision 5.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    SourceKind = Literal["registry", "git", "url", "path", "directory", "editable", "virtual"]
    Groups = tuple[tuple[str, tuple["UvDependency", ...]], ...]

VERSION = 1
REVISION = 5
LOCAL_KINDS = ("directory", "editable", "virtual")
NO_CUTOFF = "0001-01-01T00:00:00Z"  # what stands for a moment that a span gives


@value
class UvSource:
    """Where a package comes from.

    `location` is what the key says: the URL of an index or the path of a flat one ("registry"), of
    a file ("url", "path"), of a tree ("directory", "editable", "virtual"; `.` for the root), or of
    a repository with `?rev=…#commit` ("git"; its subdirectory is a part of the query). Paths have
    forward slashes and count from the directory of the lock. `subdirectory` is that of a "url".
    """

    kind: SourceKind
    location: str
    subdirectory: str = ""


@value
class UvFile:
    """A wheel or a source distribution; exactly one of `url`, `path`, `filename` is set, or none.

    A wheel has a `filename` where the source says all else; a sdist has nothing of the three there.
    `path` counts from the directory of files that the source names, if it is one, else from that
    of the lock.
    `hash` is `algorithm:hex`, `size` in bytes, `upload_time` as RFC 3339 in UTC; `zstd` is the
    hash and the size of the same wheel in another compression.
    """

    url: str = ""
    path: str = ""
    filename: str = ""
    hash: str = ""
    size: int | None = None
    upload_time: str = ""
    zstd: tuple[str, int | None] | None = None


@value
class UvDependency:
    """An edge to a package of this lock.

    `version` and `source` are needed where several packages have the name; the writer leaves them
    out elsewhere. Conflicts are part of `marker` as encoded extras.
    """

    name: str
    version: str = ""
    source: UvSource | None = None
    extras: tuple[str, ...] = ()
    marker: str = ""


@value
class UvConflictItem:
    """One of several things that exclude each other; with kind "project" `name` is empty."""

    package: str
    kind: Literal["extra", "group", "project"] = "project"
    name: str = ""


@value
class UvRequirement:
    """A requirement as the user has it, after `tool.uv.sources`.

    `source` is None for an index; `specifier`, `index` (a URL) and `conflict` go with that alone.
    """

    name: str
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    marker: str = ""
    source: UvSource | None = None
    specifier: str = ""
    index: str = ""
    conflict: UvConflictItem | None = None


@value
class UvMetadata:
    """What a package whose tree is on this machine asks for, to see whether the lock is fresh.

    `default_groups` are those of a member that names them: a tuple, or "all". `group_pythons` are
    the Pythons that its groups need, by the group's name.
    """

    requires_dist: tuple[UvRequirement, ...] = ()
    provides_extras: tuple[str, ...] = ()
    requires_dev: tuple[tuple[str, tuple[UvRequirement, ...]], ...] = ()
    default_groups: tuple[str, ...] | str | None = None
    group_pythons: tuple[tuple[str, str], ...] = ()


class _Unread:
    """Where the reader keeps what it will only read when somebody asks."""

    __slots__ = ("_unread",)
    _unread: Callable[[], tuple[UvFile | None, tuple[UvFile, ...]]]


@value
class UvPackage(_Unread):
    """One package; name, version and source together are unique.

    `version` is empty where only building tells. `sdist` and `wheels` of a package that comes from
    a file are read when they are first asked for: they are nine tenths of a lock, and a run with
    nothing to do wants none of them.
    """

    name: str
    version: str
    source: UvSource
    resolution_markers: tuple[str, ...] = ()
    dependencies: tuple[UvDependency, ...] = ()
    optional_dependencies: Groups = ()
    dev_dependencies: Groups = ()
    sdist: UvFile | None = None
    wheels: tuple[UvFile, ...] = ()
    metadata: UvMetadata = UvMetadata()

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            if name not in ("sdist", "wheels"):
                raise AttributeError(name)
            sdist, wheels = self._unread()
            object.__setattr__(self, "sdist", sdist)
            object.__setattr__(self, "wheels", wheels)
            return sdist if name == "sdist" else wheels


@value
class UvCutoff:
    """Files are taken up to `moment` (RFC 3339), or up to `span` (ISO 8601) before now."""

    moment: str
    span: str = ""


@value
class UvOptions:
    """How it was resolved; an empty text is what uv does by itself.

    A package's cutoff of None means that it has none.
    """

    resolution_mode: str = ""
    prerelease_mode: str = ""
    fork_strategy: str = ""
    exclude_newer: UvCutoff | None = None
    prerelease_package: tuple[tuple[str, str], ...] = ()
    exclude_newer_package: tuple[tuple[str, UvCutoff | None], ...] = ()


@value
class UvDependencyMetadata:
    """Metadata that the user gives instead of a package; requirements are texts of PEP 508."""

    name: str
    version: str = ""
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None
    provides_extras: tuple[str, ...] = ()


@value
class UvManifest:
    """What the resolution started from, besides the metadata of the members.

    `members` is empty where a project is alone; `requirements` are those of a script, and
    `dependency_groups`, `default_groups` and `group_pythons` those of a root that is no project.
    """

    members: tuple[str, ...] = ()
    requirements: tuple[UvRequirement, ...] = ()
    constraints: tuple[UvRequirement, ...] = ()
    overrides: tuple[UvRequirement, ...] = ()
    excludes: tuple[str, ...] = ()
    build_constraints: tuple[UvRequirement, ...] = ()
    dependency_groups: tuple[tuple[str, tuple[UvRequirement, ...]], ...] = ()
    dependency_metadata: tuple[UvDependencyMetadata, ...] = ()
    default_groups: tuple[str, ...] | str | None = None
    group_pythons: tuple[tuple[str, str], ...] = ()


@value
class UvLock:
    """A whole lock. Markers are simplified by `requires_python`, as they are written."""

    requires_python: str
    packages: tuple[UvPackage, ...] = ()
    version: int = VERSION
    revision: int = REVISION
    resolution_markers: tuple[str, ...] = ()
    supported_markers: tuple[str, ...] = ()
    required_markers: tuple[str, ...] = ()
    conflicts: tuple[tuple[UvConflictItem, ...], ...] = ()
    options: UvOptions = UvOptions()
    manifest: UvManifest = UvManifest()
