"""Deleting the files of a distribution, and nothing else.

Owns what may be deleted: files inside the directories of one environment that no other
distribution registers, their bytecode, and the directories that this leaves empty. Refuses to
follow a symbolic link out of the environment, to delete the interpreter or `pyvenv.cfg`, and to
believe a RECORD that names anything else.
Follows "Recording installed projects" and PEP 3147 for bytecode.
"""

from __future__ import annotations

import errno
import stat

from weft.core.errors import SystemFailure
from weft.install.ownership import owners_of, shared_files
from weft.store.scripts import is_interpreter_name
from weft.system.lean import os, supports
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from weft.install.ownership import Registered
    from weft.install.target import Target
    from weft.install.trash import Trash

_CACHE = "__pycache__"
_NO_NAMES = frozenset(("", ".", ".."))
_DIRECTORY = (
    getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
)
_BY_DESCRIPTOR = supports("unlinkat")
_GONE = (errno.ENOENT, errno.ENOTDIR)
_KEPT = (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY)


class Remover:
    """Deletes files of one environment.

    Directories that hold nothing else go into `trash`, if there is one.
    """

    def __init__(
        self,
        target: Target,
        *,
        others: Sequence[Registered],
        trash: Trash | None = None,
    ) -> None:
        self.files = 0
        self._others = others
        self._trash = trash
        self._roots = tuple(os.path.normpath(root) for root in target.scheme_directories)
        self._below = tuple(f"{root}/" for root in self._roots)
        self._stops = _ancestors(self._roots)
        self._scripts = os.path.normpath(target.scripts)
        self._prefix = os.path.normpath(target.prefix)
        self._real = set(self._roots)

    def remove(self, location: str, paths: Sequence[str], *, escaped: Callable[[str], None]) -> int:
        """Delete files named by RECORD rows relative to `location`; how many were there.

        Those that `others` register stay, `escaped` is told each path that may not be touched. What
        is not there is no error. Raises SystemFailure.
        """
        self.files = 0
        self._real = set(self._roots)
        if os.sep != "/":
            paths = [_posix(path) for path in paths]
        spare = shared_files(location, paths, self._others)
        by_directory: dict[str, list[str]] = {}
        last = None
        for path in paths:  # those of one directory follow each other, most often
            head, slash, name = path.rpartition("/")
            head = head or slash
            if head != last:
                add = by_directory.setdefault(head, []).append
                last = head
            add(name)
        if self._trash is not None:
            self._throw_away(self._trash, location, by_directory, spare)
        touched: dict[str, list[str]] = {}
        for head, names in by_directory.items():
            written = _written(location, head)
            directory = self._settle(written)
            doomed = self._removable(directory, names) if directory else []
            if len(doomed) < len(names):
                for name in sorted(set(names).difference(doomed)):
                    escaped(os.path.join(head, name))
            if not directory or not doomed:
                continue
            if directory != written:  # a link led here: RECORDs may call the files otherwise
                spare |= owners_of([f"{directory}/{name}" for name in doomed], self._others).keys()
            if spare:
                doomed = [name for name in doomed if f"{directory}/{name}" not in spare]
            if doomed and self._unlink_all(directory, doomed):
                touched.setdefault(directory, []).extend(doomed)
        self._clean(touched)
        return self.files

    def _throw_away(
        self, trash: Trash, location: str, files: dict[str, list[str]], spare: Container[str]
    ) -> None:
        """Move away what can be moved as a whole, and strike it from `files`."""
        tops: dict[str, list[str]] = {}
        for head in files:
            top = head.partition("/")[0]
            if _NO_NAMES.isdisjoint(head.split("/")) and "\0" not in head:
                tops.setdefault(top, []).append(head)
        for top, heads in tops.items():
            directory = f"{location}/{top}"
            if directory in self._stops or not self._is_real(directory):
                continue
            names = {f"{location}/{head}": files[head] for head in heads}
            if any(
                name in _NO_NAMES or f"{head}/{name}" in spare
                for head in names
                for name in names[head]
            ):
                continue
            count = trash.take(directory, names)
            if count:
                self.files += count
                for head in heads:
                    del files[head]

    def _settle(self, directory: str) -> str | None:
        """Where a normalized directory really is in the environment; None where it is not."""
        if not directory.startswith(self._below) and directory not in self._roots:
            return None
        if self._is_real(directory):
            return directory
        real = os.path.realpath(directory)
        for root in sorted(self._roots, key=len, reverse=True):
            real_root = os.path.realpath(root)
            if real == real_root or real.startswith(real_root + "/"):
                return root + real[len(real_root) :]
        return None

    def _removable(self, directory: str, names: list[str]) -> list[str]:
        """The names that may be deleted in a directory of the environment."""
        if not _NO_NAMES.isdisjoint(names) or "\0" in "".join(names):
            names = [name for name in names if name not in _NO_NAMES and "\0" not in name]
        if directory == self._scripts:
            names = [name for name in names if not is_interpreter_name(name)]
        if directory == self._prefix:
            names = [name for name in names if name != "pyvenv.cfg"]
        return names

    def _is_real(self, directory: str) -> bool:
        """Whether no link lies between a root and `directory`: one lstat for each new part."""
        if directory in self._real:
            return True
        try:
            if stat.S_ISLNK(os.lstat(directory).st_mode):
                return False
        except OSError:
            pass  # nothing there, nothing to be led away by
        parent = os.path.dirname(directory)
        if parent != directory and not self._is_real(parent):
            return False
        self._real.add(directory)
        return True

    def _unlink_all(self, directory: str, names: list[str]) -> bool:
        """Delete names in one directory; False where there is no such directory."""
        try:
            descriptor = os.open(directory, _DIRECTORY) if _BY_DESCRIPTOR else None
        except OSError as error:
            if error.errno in _GONE:
                return False
            raise SystemFailure("open directory", directory, error) from error
        try:
            unlink, refused = os.unlink, 0
            for name in names if _BY_DESCRIPTOR else [f"{directory}/{name}" for name in names]:
                try:
                    unlink(name, dir_fd=descriptor)
                except OSError as error:
                    refused += 1
                    _check_refusal(os.path.join(directory, name), error)
            self.files += len(names) - refused
        finally:
            if descriptor is not None:
                os.close(descriptor)
        return True

    def _clean(self, touched: dict[str, list[str]]) -> None:
        """Bytecode of deleted modules, then directories that are empty, children first."""
        every = set(touched)
        for directory in touched:
            while directory not in self._stops:  # every directory here lies below one of them
                directory = os.path.dirname(directory)
                if directory in every:  # its own way up is gone, or will be
                    break
                every.add(directory)
        due = set(touched)
        for directory in sorted(every, key=len, reverse=True):
            if directory in due and self._remove_directory(directory, touched.get(directory, [])):
                due.add(os.path.dirname(directory))

    def _remove_directory(self, directory: str, names: list[str]) -> bool:
        """Try to remove one directory; whether its parent should be looked at."""
        removable = directory not in self._stops
        if removable:
            try:
                os.rmdir(directory)
                return True
            except OSError as error:
                if error.errno in _GONE:
                    return error.errno == errno.ENOENT
                if error.errno not in _KEPT:
                    return False  # it is in use or not ours: it stays, as a mere directory
        modules = {name.rpartition(".")[0] for name in names if name.endswith((".py", ".pyw"))}
        cache = f"{directory}/{_CACHE}"
        try:
            if removable and os.listdir(directory) == [_CACHE] and not os.path.islink(cache):
                remove_tree(cache)
                os.rmdir(directory)
                return True
            if modules:
                self._remove_bytecode(cache, modules)
        except OSError:
            pass  # somebody else works here
        return False

    def _remove_bytecode(self, cache: str, modules: set[str]) -> None:
        """PEP 3147: `module.<tag>.pyc`, also with `.opt-1` in it."""
        if os.path.islink(cache):
            return
        try:
            names = os.listdir(cache)
        except OSError:
            return
        stale = [
            name for name in names if name.endswith(".pyc") and name.partition(".")[0] in modules
        ]
        for name in stale:
            os.unlink(f"{cache}/{name}")
        if stale:
            os.rmdir(cache)


def remove_directory(path: str, names: Sequence[str]) -> int:
    """Delete a directory with all that is in it: the number of files.

    `names` are what is in it as far as that is known; the rest is looked for. Raises SystemFailure.
    """
    removed: list[str] = []
    if _BY_DESCRIPTOR:
        try:
            _remove_known(path, names, removed)
            return len(removed)
        except (OSError, ValueError):
            pass  # it holds more, or less, or is a link
    return len(removed) + remove_tree(path).files


def _remove_known(
    path: str, names: Sequence[str], removed: list[str], *, parent: int | None = None
) -> None:
    """Delete a directory of which all names are known, and those that have no directories in them.

    Raises OSError where there is anything else. No link is followed.
    """
    descriptor = os.open(path, _DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    try:
        below: dict[str, list[str]] = {}
        for name in names:
            top, slash, rest = name.partition("/")
            if slash:
                below.setdefault(top, []).append(rest)
            elif name not in _NO_NAMES:
                os.unlink(name, dir_fd=descriptor)
                removed.append(name)
        for top, rests in below.items() if parent is None else ():
            if top not in _NO_NAMES:
                _remove_known(top, rests, removed, parent=descriptor)
    finally:
        os.close(descriptor)
    os.rmdir(path, dir_fd=parent)


def _written(location: str, head: str) -> str:
    """The normalized path of a directory that RECORD calls `head`."""
    if _NO_NAMES.isdisjoint(head.split("/")):
        return f"{location}/{head}"
    return os.path.normpath(os.path.join(location, head))


def _check_refusal(path: str, error: OSError) -> None:
    """What is gone already is fine, and so is a directory: rows name files. Else SystemFailure."""
    if error.errno in _GONE:
        return
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            return
    except OSError:
        return
    raise SystemFailure("remove", path, error) from error


def _posix(path: str) -> str:
    """Rows have slashes, whatever the platform; some tools on Windows forget that."""
    return path.replace("\\", "/")


def _ancestors(roots: Iterable[str]) -> frozenset[str]:
    """The roots and every directory above them: never removed, however empty."""
    found: set[str] = set()
    for root in roots:
        while root not in found:
            found.add(root)
            root = os.path.dirname(root)
    return frozenset(found)
