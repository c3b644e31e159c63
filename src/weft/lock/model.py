"""What a lock file says, as values.

Owns the tables of a `pylock.toml`, one value each. Refuses to read, write or choose. Fields that
are not there are empty texts, empty tuples or None.
Follows https://packaging.python.org/specifications/pylock-toml/ (PEP 751).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import File, Hashes

LOCK_VERSION = "1.0"


class LockError(WeftError):
    """A lock file that does not go here, or one of its packages; exit code 2."""


@value
class LockedFile:
    """A wheel, a source distribution, or an archive.

    At least one of `url` and `path` is set; a path counts from the directory of the lock file and
    goes before the URL. `name` is the file name, where it is not the last part of those. `size` is
    in bytes, `upload_time` in epoch seconds, `hashes` are (algorithm, lower-case hex).
    `subdirectory` is where the project lies in an archive. `uploaded` is the upload time as it is
    to be written, where that is finer than seconds.
    """

    url: str = ""
    path: str = ""
    name: str = ""
    size: int | None = None
    upload_time: int | None = None
    hashes: Hashes = ()
    subdirectory: str = ""
    uploaded: str = ""

    @property
    def filename(self) -> str:
        """The name of the file; empty where neither path nor URL ends in one."""
        return self.name or (last_of_path(self.path) if self.path else last_of_url(self.url))

    @staticmethod
    def of(file: File) -> LockedFile:
        """How a file that an index offers is written down."""
        name = "" if last_of_url(file.url) == file.filename else file.filename
        return LockedFile(
            url=file.url,
            name=name,
            size=file.size,
            upload_time=file.upload_time,
            hashes=file.hashes,
        )


@value
class LockedDirectory:
    """A source tree on this machine; `path` counts from the directory of the lock file."""

    path: str
    editable: bool | None = None
    subdirectory: str = ""


@value
class LockedVcs:
    """A commit of a repository, which `url` or `path` names."""

    type: str
    commit_id: str
    url: str = ""
    path: str = ""
    requested_revision: str = ""
    subdirectory: str = ""


@value
class LockedPackage:
    """One package in the environments where `marker` holds (a PEP 508 text, empty for all).

    It comes from exactly one of `vcs`, `directory`, `archive`, or from `sdist` and `wheels`.
    `version` is empty where only the source tells.
    """

    name: str
    version: str = ""
    marker: str = ""
    requires_python: str = ""
    index: str = ""
    vcs: LockedVcs | None = None
    directory: LockedDirectory | None = None
    archive: LockedFile | None = None
    sdist: LockedFile | None = None
    wheels: tuple[LockedFile, ...] | None = None


@value
class Pylock:
    """A whole lock file. `environments` are markers; extras and groups have normal names."""

    packages: tuple[LockedPackage, ...]
    requires_python: str = ""
    environments: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    dependency_groups: tuple[str, ...] = ()
    default_groups: tuple[str, ...] = ()
    lock_version: str = LOCK_VERSION
    created_by: str = "weft"


def last_of_path(path: str) -> str:
    """The last part of a path with either kind of slash."""
    return path.replace("\\", "/").rpartition("/")[2]


def last_of_url(url: str) -> str:
    """The last part of a URL's path, decoded."""
    from urllib.parse import unquote

    return unquote(url.partition("#")[0].partition("?")[0].rpartition("/")[2])
