"""Deleting the files of a distribution, and nothing else.

Owns what may be deleted: files inside the directories of one environment that no other
distribution registers, their bytecode, and the directories that this leaves empty. Refuses to
follow a symbolic link out of the environment, to delete the interpreter or `pyvenv.cfg`, and to
believe a RECORD that names anything else.
Follows "Recording installed projects" and PEP 3147 for bytecode.
"""

from __future__ import annotations

import errno
import os
import stat

from weft.core.errors import SystemFailure
from weft.store.scripts import is_interpreter_name
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weft.install.target import Target

_CACHE = "__pycache__"
_NO_NAMES = frozenset(("", ".", ".."))
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_BY_DESCRIPTOR = os.unlink in os.supports_dir_fd
_GONE = (errno.ENOENT, errno.ENOTDIR)
_KEPT = (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY)


class Remover:
    """Deletes files of one environment; `escaped` is told each path that it may not touch."""

    def __init__(self, target: Target, *, escaped: Callable[[str], None]) -> None:
        self.target = target
        self.files = 0
        self._escaped = escaped
        self._scripts = os.path.normpath(target.scripts)
        self._prefix = os.path.normpath(target.prefix)
        self._roots = tuple(os.path.normpath(root) for root in target.scheme_directories)
        self._real_roots = tuple(map(os.path.realpath, self._roots))
        self._stops = _ancestors(self._roots)
        self._allowed: dict[str, bool] = dict.fromkeys(self._roots, True)

    def remove(self, location: str, paths: Iterable[str], *, spare: frozenset[str]) -> None:
        """Delete files named by RECORD rows relative to `location`; those in `spare` stay.

        `spare` holds absolute, normalized paths. What is not there is no error. Raises
        SystemFailure.
        """
        by_directory: dict[str, list[str]] = {}
        for path in paths:
            head, slash, name = _posix(path).rpartition("/")
            by_directory.setdefault(head or slash, []).append(name)
        touched: dict[str, list[str]] = {}
        for head, names in by_directory.items():
            directory = os.path.normpath(os.path.join(location, head))
            doomed = self._removable(directory, names)
            if len(doomed) < len(names):
                for name in sorted(set(names).difference(doomed)):
                    self._escaped(os.path.join(head, name))
            if spare:
                doomed = [name for name in doomed if f"{directory}/{name}" not in spare]
            if doomed and self._unlink_all(directory, doomed):
                touched.setdefault(directory, []).extend(doomed)
        self._clean(touched)

    def _removable(self, directory: str, names: list[str]) -> list[str]:
        """The names that may be deleted in a normalized directory."""
        if not self._is_inside(directory):
            return []
        if not _NO_NAMES.isdisjoint(names) or "\0" in "".join(names):
            names = [name for name in names if name not in _NO_NAMES and "\0" not in name]
        if directory == self._scripts:
            names = [name for name in names if not is_interpreter_name(name)]
        if directory == self._prefix:
            names = [name for name in names if name != "pyvenv.cfg"]
        return names

    def _is_inside(self, directory: str) -> bool:
        """Whether a normalized directory lies in the environment, links followed."""
        known = self._allowed.get(directory)
        if known is None:
            known = any(directory.startswith(root + "/") for root in self._roots)
            if known and not self._is_real(directory):
                real = os.path.realpath(directory)
                known = any(
                    real == root or real.startswith(root + "/") for root in self._real_roots
                )
            self._allowed[directory] = known
        return known

    def _is_real(self, directory: str) -> bool:
        """Whether no link lies between a root and `directory`: one lstat for each new part."""
        if directory in self._roots:
            return True
        try:
            if stat.S_ISLNK(os.lstat(directory).st_mode):
                return False
        except OSError:
            pass  # nothing there, nothing to be led away by
        parent = os.path.dirname(directory)
        return parent == directory or self._is_real(parent)

    def _unlink_all(self, directory: str, names: list[str]) -> bool:
        """Delete names in one directory; False where there is no such directory."""
        try:
            descriptor = os.open(directory, _DIRECTORY) if _BY_DESCRIPTOR else None
        except OSError as error:
            if error.errno in _GONE:
                return False
            raise SystemFailure("open directory", directory, error) from error
        try:
            unlink, before = os.unlink, "" if _BY_DESCRIPTOR else directory + "/"
            for name in names:
                try:
                    unlink(before + name, dir_fd=descriptor)
                    self.files += 1
                except OSError as error:
                    _check_refusal(f"{directory}/{name}", error)
        finally:
            if descriptor is not None:
                os.close(descriptor)
        return True

    def _clean(self, touched: dict[str, list[str]]) -> None:
        """Bytecode of deleted modules, then directories that are empty, children first."""
        every = set(touched)
        for directory in touched:
            while directory not in self._stops and (parent := os.path.dirname(directory)):
                if parent in every:
                    break
                every.add(parent)
                directory = parent
        due = set(touched)
        for directory in sorted(every, key=len, reverse=True):
            if directory in due and self._remove_directory(directory, touched.get(directory, [])):
                due.add(os.path.dirname(directory))

    def _remove_directory(self, directory: str, names: list[str]) -> bool:
        """Try to remove one directory; whether its parent should be looked at."""
        removable = directory not in self._stops and self._is_inside(directory)
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
        for name in names:
            if name.endswith(".pyc") and name.partition(".")[0] in modules:
                os.unlink(f"{cache}/{name}")
        if len(names) == len([name for name in names if name.partition(".")[0] in modules]):
            try:
                os.rmdir(cache)
            except OSError:
                pass


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
    return path if os.sep == "/" else path.replace("\\", "/")


def _ancestors(roots: Iterable[str]) -> frozenset[str]:
    """The roots and every directory above them: never removed, however empty."""
    found: set[str] = set()
    for root in roots:
        while root not in found:
            found.add(root)
            root = os.path.dirname(root)
    return frozenset(found)
