"""The directory of managed Pythons.

Owns where it is, what is in it, its lock, and what is added to a build to make it a managed Python:
the name `python`, the mark of PEP 668, right paths in its configuration, and the file `BUILD`.
Refuses to fetch and to unpack. Follows python-build-standalone for what a build looks like, PEP 668
for the mark, and uv for the layout, so that each of the two tools finds what the other has:

    .lock                                flock: exclusive to whoever changes anything here
    .temp/                               what is not complete; removed by the next who has the lock
    cpython-3.12.1-linux-x86_64-gnu/     one Python; appears by a rename, complete
    cpython-3.12-linux-x86_64-gnu        a link to the newest patch; see `weft.python.links`
"""

from __future__ import annotations

import errno

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.core.value import value
from weft.python.keys import BadKey, PythonKey
from weft.system.files import make_directory, make_staging, write_atomic
from weft.system.lean import os
from weft.system.removal import remove_tree
from weft.system.userdirs import data_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.python.keys import Host
    from weft.system.locks import FileLock

_SCRATCH = ".temp"
_OLD = ".old"
_REMOVED = ".removed"
_MARK = """\
[externally-managed]
Error=This Python installation is managed by weft and should not be modified.
"""
#: What executables of an implementation are called, without their version.
STEMS = {"cpython": "python", "pypy": "pypy", "graalpy": "graalpy", "pyodide": "python"}


class NoPython(WeftError):
    """A build has no interpreter where builds of its kind have it. `inside` is its path in it."""

    def __init__(self, inside: str) -> None:
        super().__init__(f"Missing expected Python executable at `{inside}`")
        self.inside = inside


@value
class Installation:
    """One managed Python; `path` is its directory, absolute."""

    path: str
    key: PythonKey

    @property
    def executable(self) -> str:
        """The interpreter itself, which other names link to."""
        return os.path.join(self.path, executable_below(self.key))

    @property
    def is_there(self) -> bool:
        """Whether its interpreter is; somebody may have removed a part of it."""
        return os.path.isfile(self.executable)

    @property
    def build(self) -> str:
        """Which build of its version it is; empty where nobody wrote that down."""
        from weft.system.files import read_bytes

        return (read_bytes(os.path.join(self.path, "BUILD")) or b"").decode("utf-8", "replace")

    def is_upgrade_of(self, other: Installation) -> bool:
        """Whether it is a newer patch of the same."""
        mine, theirs = self.key, other.key
        return mine.minor_name == theirs.minor_name and mine.order > theirs.order


class Home:
    """A directory of managed Pythons. `root` is absolute and need not exist."""

    def __init__(self, root: str) -> None:
        self.root = root

    @property
    def scratch(self) -> str:
        """Where things are made that are not complete yet."""
        return os.path.join(self.root, _SCRATCH)

    def place(self, key: PythonKey) -> str:
        """Where a build is installed."""
        return os.path.join(self.root, str(key))

    def lock(self, timeout: float | None) -> FileLock:
        """Make the directory, and its lock exclusively ours; what others left undone is undone.

        `timeout` is in seconds. Where the file system has no locks, nothing is undone, since it
        may be at work. Raises LockTimeout, SystemFailure. It is released when the process ends, or
        by the caller.
        """
        from weft.system.locks import FileLock, LockUnsupported

        make_directory(self.root, variable="WEFT_PYTHON_INSTALL_DIR")
        lock = FileLock(os.path.join(self.root, ".lock"), resource=self.root)
        try:
            lock.acquire(timeout=timeout)
        except LockUnsupported:
            pass
        try:
            if not os.path.exists(os.path.join(self.root, ".gitignore")):
                write_atomic(os.path.join(self.root, ".gitignore"), b"*")
            if lock.held:
                self._recover()
            make_directory(self.scratch)
        except BaseException:
            lock.release()
            raise
        return lock

    def stage(self) -> str:
        """A new directory for something that will be renamed. The lock must be held."""
        return make_staging(self.scratch)

    def installations(self, host: Host) -> list[Installation]:
        """Every managed Python, the best for `host` first. Names that are no keys are left out."""
        try:
            names = os.listdir(self.root)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SystemFailure("read directory", self.root, error) from OsCause(error)
        found = []
        for name in names:
            path = os.path.join(self.root, name)
            if name.startswith(".") or os.path.islink(path) or not os.path.isdir(path):
                continue
            try:
                found.append(Installation(path, PythonKey.parse(name)))
            except BadKey:
                continue
        return sorted(found, key=lambda each: each.key.rank(host))

    def publish(self, staged: str, key: PythonKey) -> Installation:
        """Give a complete build its name; what had it before is removed. The lock must be held."""
        target = self.place(key)
        old = os.path.join(self.scratch, f"{key}{_OLD}")
        moved = False
        try:
            if os.path.lexists(target):
                os.rename(target, old)
                moved = True
            os.rename(staged, target)
        except OSError as error:
            if moved:
                os.rename(old, target)
            raise SystemFailure("rename", staged, error) from OsCause(error)
        remove_tree(old)
        return Installation(target, key)

    def remove(self, installation: Installation) -> None:
        """Take a Python away, at once for everybody who looks. The lock must be held."""
        old = os.path.join(self.scratch, f"{installation.key}{_REMOVED}")
        remove_tree(old)
        try:
            os.rename(installation.path, old)
        except OSError as error:
            raise SystemFailure("remove", installation.path, error) from OsCause(error)
        remove_tree(old)

    def _recover(self) -> None:
        """Put back what a reinstallation took away and did not replace; remove what it left.

        Somebody may have named a directory that has a `.temp` of other people in it, or one that
        leads to them: only what we call our own goes.
        """
        if os.path.islink(self.scratch):
            wrong = NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            raise SystemFailure("create directory", self.scratch, wrong) from OsCause(wrong)
        try:
            names = os.listdir(self.scratch)
        except OSError:
            return
        for name in filter(_is_ours, names):
            left = os.path.join(self.scratch, name)
            before = os.path.join(self.root, name.removesuffix(_OLD))
            if name.endswith(_OLD) and not os.path.lexists(before):
                try:
                    os.rename(left, before)
                    continue
                except OSError as error:
                    raise SystemFailure("rename", left, error) from OsCause(error)
            remove_tree(left)


def _is_ours(name: str) -> bool:
    """Whether it is what `stage`, `publish` and `remove` call their things."""
    key, dot, ending = name.rpartition(".")
    if name.startswith(".tmp-"):
        return True
    try:
        return bool(PythonKey.parse(key)) and dot + ending in (_OLD, _REMOVED)
    except BadKey:
        return False


def home_of(environ: Mapping[str, str], platform: str, *, cwd: str, chosen: str | None) -> Home:
    """The directory that was `chosen`, else that of `WEFT_PYTHON_INSTALL_DIR`, else the usual one.

    A variable of uv does not count: the two tools share no such directory.
    """
    told = chosen or environ.get("WEFT_PYTHON_INSTALL_DIR")
    told = told or os.path.join(data_dir(environ, platform), "python")
    return Home(os.path.normpath(os.path.join(cwd, told)))


def executable_below(key: PythonKey) -> str:
    """The path of a build's interpreter in its directory."""
    stem = STEMS.get(key.implementation, "python")
    if key.os == "windows":
        # Only PyPy has the version in the name there.
        version = f"{key.minor[0]}.{key.minor[1]}" if key.implementation == "pypy" else ""
        return f"{stem}{version}.exe"
    if key.implementation == "graalpy":
        return os.path.join("bin", stem)
    return os.path.join("bin", executable_name(key))


def executable_name(key: PythonKey, numbers: int = 2) -> str:
    """`python3.13t`; with one number or none of the version `python3t`, `pythont`."""
    stem = STEMS.get(key.implementation, "python")
    version = ".".join(map(str, key.release[:numbers]))
    ending = ".exe" if key.os == "windows" else ""
    return f"{stem}{version}{key.suffix}{ending}"


def complete(directory: str, key: PythonKey, *, place: str, build: str) -> None:
    """Make an unpacked build a managed Python. It will be renamed to `place`.

    Raises NoPython, and SystemFailure.
    """
    inside = executable_below(key)
    executable = os.path.join(directory, inside)
    if not os.path.isfile(executable):
        raise NoPython(inside)
    _name_plainly(executable, key)
    library = os.path.join(directory, _library_below(key))
    if not os.path.isdir(library):
        raise NoPython(_library_below(key))
    write_atomic(os.path.join(library, "EXTERNALLY-MANAGED"), _MARK.encode())
    if key.implementation == "cpython" and key.os != "windows":
        from weft.python.relocation import relocate

        relocate(directory, library, place=place)
    if build:
        write_atomic(os.path.join(directory, "BUILD"), build.encode())


def _name_plainly(executable: str, key: PythonKey) -> None:
    """See to it that there is a `python` beside the interpreter."""
    ending = ".exe" if key.os == "windows" else ""
    plain = os.path.join(os.path.dirname(executable), f"python{ending}")
    if os.path.lexists(plain):
        return
    try:
        os.symlink(os.path.basename(executable), plain)
    except OSError as error:
        if os.name != "nt":
            raise SystemFailure("create", plain, error) from OsCause(error)
        from shutil import copyfile

        copyfile(executable, plain)  # Windows lets only some people make links


def _library_below(key: PythonKey) -> str:
    """Where the standard library is."""
    if key.os == "windows":
        return "Lib"
    version = f"{key.minor[0]}.{key.minor[1]}"
    if key.implementation == "cpython":
        return os.path.join("lib", f"python{version}{key.suffix.removesuffix('d')}")
    return os.path.join("lib", f"{STEMS.get(key.implementation, 'python')}{version}")
