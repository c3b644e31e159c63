"""Removing whole trees, and counting what that gave back.

Owns removal of anything below a path. Refuses to follow a symbolic link, or to be led out of the
tree by somebody who swaps a directory for a link meanwhile: every step is taken relative to an
open directory. Follows POSIX `unlinkat(2)` and `openat(2)`; Windows has neither and goes by path.
"""

from __future__ import annotations

import errno
import stat

from weft.core.errors import OsCause, SystemFailure
from weft.core.value import value
from weft.system.lean import os, supports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_DIRECTORY = (
    os.O_RDONLY
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)
_BY_DESCRIPTOR = supports("unlinkat", "fdopendir")
_GONE = (errno.ENOENT, errno.ENOTDIR)
_OCCUPIED = (errno.ENOTEMPTY, errno.EEXIST)

# Each level holds a descriptor and a Python frame; deeper directories are moved up first.
_DEEPEST = 64
# Somebody may add files while we remove; after so many rounds the directory stays and is an error.
_ROUNDS = 8


@value
class Removed:
    """What a removal took away; add two of them with `+`.

    `files` counts every name that was no directory. `bytes` are those given back to the file
    system: the allocated blocks of files whose last name went away.
    """

    files: int = 0
    directories: int = 0
    bytes: int = 0

    def __add__(self, other: Removed) -> Removed:
        return Removed(
            self.files + other.files,
            self.directories + other.directories,
            self.bytes + other.bytes,
        )


def remove_tree(path: str) -> Removed:
    """Remove a file, a link or a directory with everything in it; nothing there is no error.

    A read-only directory is made writable and tried again. Raises SystemFailure naming `path`;
    what was removed until then is gone.
    """
    removal = _Removal()
    try:
        if _BY_DESCRIPTOR:
            parent, name = os.path.split(os.path.abspath(path))
            descriptor = os.open(parent, _DIRECTORY & ~os.O_NOFOLLOW)
            try:
                removal.remove(name, descriptor)
            finally:
                os.close(descriptor)
        else:
            removal.remove_by_path(path)
    except OSError as error:
        if error.errno not in _GONE:
            raise SystemFailure("remove", path, error) from OsCause(error)
    return Removed(removal.files, removal.directories, removal.bytes)


class _Removal:
    """One removal: its running sums, and the steps that add to them."""

    def __init__(self) -> None:
        self.files = 0
        self.directories = 0
        self.bytes = 0
        self.top = -1  # descriptor of the tree's root, where deep directories are moved to
        self.moved = False

    def remove(self, name: str, parent: int, *, depth: int = 0) -> None:
        """Remove `name` of the open directory `parent`, whatever it is."""
        try:
            status = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                self.remove_directory(name, parent, depth=depth)
            else:
                _retry_writable(lambda: os.unlink(name, dir_fd=parent), parent)
                self.count(status)
        except FileNotFoundError:  # another process removes the same tree
            pass

    def count(self, status: os.stat_result) -> None:
        self.files += 1
        if status.st_nlink < 2:
            self.bytes += getattr(status, "st_blocks", 0) * 512

    def remove_directory(self, name: str, parent: int, *, depth: int) -> None:
        if depth >= _DEEPEST:
            self.move_up(name, parent)
            return
        descriptor = _open_directory(name, parent)
        try:
            if depth == 0:
                self.top = descriptor
            rounds = _ROUNDS
            while rounds:
                self.moved = False
                for child in os.listdir(descriptor):
                    self.remove(child, descriptor, depth=depth + 1)
                try:
                    _retry_writable(lambda: os.rmdir(name, dir_fd=parent), parent)
                    break
                except OSError as error:
                    if error.errno not in _OCCUPIED:
                        raise
                    rounds -= not self.moved
            else:
                raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), name)
        finally:
            os.close(descriptor)
        self.directories += 1

    def move_up(self, name: str, parent: int) -> None:
        """Let the root's next round remove what lies too deep for this one."""
        self.moved = True
        target = f".tmp-{os.urandom(8).hex()}"

        def rename() -> None:
            os.rename(name, target, src_dir_fd=parent, dst_dir_fd=self.top)

        try:
            _retry_writable(rename, parent)
        except PermissionError:  # its own `..` changes, so it must be writable itself
            os.close(_open_directory(name, parent, writable=True))
            rename()

    def remove_by_path(self, path: str) -> None:
        """Windows: directories have no descriptors, read-only files cannot be unlinked."""
        status = os.lstat(path)
        reparse = getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
        if not stat.S_ISDIR(status.st_mode):
            if reparse and os.path.isdir(path):  # a junction, or a link to a directory
                os.rmdir(path)
            else:
                os.chmod(path, stat.S_IWRITE | stat.S_IREAD)
                os.unlink(path)
            self.count(status)
            return
        if not reparse:
            for child in os.listdir(path):
                self.remove_by_path(os.path.join(path, child))
        os.rmdir(path)
        self.directories += 1


def _open_directory(name: str, parent: int, *, writable: bool = False) -> int:
    """Open a directory for listing; one that its owner cannot list (or write) gets the bits."""
    if not writable:
        try:
            return os.open(name, _DIRECTORY, dir_fd=parent)
        except PermissionError:
            pass
    if hasattr(os, "O_PATH"):
        handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY, dir_fd=parent)
        try:
            os.chmod(f"/proc/self/fd/{handle}", 0o700)
        finally:
            os.close(handle)
    else:
        os.chmod(name, 0o700, dir_fd=parent, follow_symlinks=False)
    return os.open(name, _DIRECTORY, dir_fd=parent)


def _retry_writable(step: Callable[[], None], parent: int) -> None:
    """Do `step` in the open directory `parent`, made writable where that was missing."""
    try:
        step()
    except PermissionError:
        mode = stat.S_IMODE(os.fstat(parent).st_mode)
        if mode & 0o700 == 0o700:
            raise
        os.fchmod(parent, mode | 0o700)
        step()
