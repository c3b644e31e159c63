"""What calls answer with.

Owns the values of the public API. Their fields are stable: one may be added, none changes its
meaning. Refuses behaviour.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.events import Change


@value
class Python:
    """An interpreter, or the environment that it belongs to. Paths are absolute.

    `version` is like `3.12.1`, `implementation` like `CPython`, `key` like
    `cpython-3.12.1-linux-x86_64-gnu`. `base_executable` is the interpreter below a virtual
    environment, else the same as `executable`. `packages` are the directories that packages are
    installed into: one, or two where compiled ones have their own.
    """

    executable: str
    prefix: str
    version: str
    implementation: str
    key: str
    is_virtual: bool
    base_executable: str
    packages: tuple[str, ...]


@value
class Installed:
    """A distribution in an environment.

    `name` is normalized. `path` is its metadata: a directory, or a file of old forms. `origin` is
    the URL that it was installed from, empty where an index gave it. `editable` says that its
    files are those of a source tree.
    """

    name: str
    version: str
    path: str
    origin: str = ""
    editable: bool = False


@value
class Resolved:
    """One package of a resolution.

    `requires` are the names of the packages that it needs here, `extras` those that are wanted of
    it. `url` is where its file is, `filename` what it is called: both are empty where something
    is built from a directory or a repository, and `origin` is that. Neither has credentials.
    `hashes` are like `sha256:9f86…`.
    """

    name: str
    version: str
    extras: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    filename: str = ""
    url: str = ""
    hashes: tuple[str, ...] = ()
    origin: str = ""


@value
class Changed:
    """What a call did to an environment, or with `dry_run` would have done.

    `changes` are sorted by name; a replaced version is one removed and one added. `warnings` are
    sentences for people.
    """

    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def added(self) -> dict[str, str]:
        """Versions by name of what was added or put in place of another version."""
        return {each.name: each.version for each in self.changes if each.kind != "removed"}

    @property
    def removed(self) -> dict[str, str]:
        """Versions by name of what was taken away, or replaced."""
        return {each.name: each.version for each in self.changes if each.kind == "removed"}


@value
class LockedPackage:
    """One package of a lock.

    `version` is empty where only building tells. `source` is one of `registry`, `git`, `url`,
    `path`, `directory`, `editable` and `virtual`; `location` is the URL or path of it.
    """

    name: str
    version: str
    source: str
    location: str


@value
class Lock:
    """The lock of a project, at `path`.

    `changed` says whether it was written, or with `dry_run` would be; `reason` then tells why the
    one that was there would not do, and is empty where there was none.
    """

    path: str
    packages: tuple[LockedPackage, ...]
    changed: bool
    reason: str = ""
    warnings: tuple[str, ...] = ()
