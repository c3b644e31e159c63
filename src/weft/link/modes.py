"""The four ways to make one file of a store appear in an environment.

Owns one function per mode over one file. Each makes the target or leaves nothing, raises the plain
OSError, and never replaces what is there (EEXIST). Refuses to choose: that is `link.route`.
Follows `linkat(2)`, `ioctl_ficlone(2)`, `clonefile(2)` of macOS and block cloning of ReFS.

Clones and copies keep the permission bits and the time of modification (bytecode refers to it),
and may be written by their owner. Hard links are the store's file itself, sealed as it is.
"""

from __future__ import annotations

import errno
import stat
import sys

from weft.system.lean import os, supports

try:
    from fcntl import ioctl
except ImportError:  # Windows
    ioctl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.link.route import RealMode

    Pour = Callable[[int, int, int], None]

_FICLONE = 0x40049409  # _IOW(0x94, 9, int), the same on all architectures Python runs on
_CHUNK = 1 << 20
_MOST_AT_ONCE = 1 << 30

_COMMON = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | _COMMON | _NO_FOLLOW
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _COMMON
DIRECTORY = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _COMMON
_BY_DESCRIPTOR = supports("linkat", "openat")
_ATTRIBUTES_BY_DESCRIPTOR = supports("fchmod", "futimens")


class Pair:
    """A directory of a store and one of an environment, open for work on files in them.

    Paths are absolute. The descriptors are None where the platform has none for directories; then
    names are joined to the paths. `kept` are the permission bits that new files in the target are
    known to keep: neither the umask nor a default access list of the directory takes them away.
    """

    __slots__ = ("kept", "source", "source_path", "target", "target_path")

    def __init__(self, source_path: bytes, target_path: bytes) -> None:
        self.source_path = source_path
        self.target_path = target_path
        self.source: int | None = None
        self.target: int | None = None
        self.kept = 0
        if not _BY_DESCRIPTOR:
            for path in (target_path, source_path):
                if not stat.S_ISDIR(os.stat(path).st_mode):
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        else:
            self.target = os.open(target_path, DIRECTORY)
            try:
                self.source = os.open(source_path, DIRECTORY)
            except OSError:
                os.close(self.target)
                raise

    @classmethod
    def through(cls, pair: Pair, source: int, target: int) -> Pair:
        """The directories of `pair` by other descriptors, which belong to the new pair."""
        made = cls.__new__(cls)
        made.source_path, made.target_path = pair.source_path, pair.target_path
        made.source, made.target = source, target
        made.kept = 0
        return made

    def close(self) -> None:
        if self.source is not None and self.target is not None:
            os.close(self.source)
            os.close(self.target)
            self.source = self.target = None

    def source_name(self, name: bytes) -> bytes:
        """What to call a file of the store in system calls beside the descriptor `source`."""
        return name if _BY_DESCRIPTOR else os.path.join(self.source_path, name)

    def target_name(self, name: bytes) -> bytes:
        """What to call a file of the environment beside the descriptor `target`."""
        return name if _BY_DESCRIPTOR else os.path.join(self.target_path, name)


def hardlink(pair: Pair, name: bytes, target: bytes) -> None:
    """A second name for the store's file."""
    os.link(
        pair.source_name(name),
        pair.target_name(target),
        src_dir_fd=pair.source,
        dst_dir_fd=pair.target,
    )


def symlink(pair: Pair, name: bytes, target: bytes) -> None:
    """An absolute symbolic link to the store's file."""
    source = os.path.join(pair.source_path, name)
    os.symlink(source, pair.target_name(target), dir_fd=pair.target)


def copy(pair: Pair, name: bytes, target: bytes) -> None:
    """A file with bytes of its own."""
    _fill(pair, name, target, _pour_copy)


def clone(pair: Pair, name: bytes, target: bytes) -> None:
    """A file of its own that shares the store's blocks until one of the two is written to."""
    if sys.platform == "linux":
        _fill(pair, name, target, _pour_clone)
    elif sys.platform == "darwin":
        _clone_on_macos(pair, name, target)
    elif sys.platform == "win32":
        _clone_on_windows(pair, name, target)
    else:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


def create_empty(pair: Pair, name: bytes, target: bytes, *, mode: int) -> None:
    """A file without content, of the store's time; `mode` is subject to the umask."""
    status = os.stat(pair.source_name(name), dir_fd=pair.source, follow_symlinks=False)
    path = pair.target_name(target)
    descriptor = os.open(path, _CREATE, mode, dir_fd=pair.target)
    try:
        where = descriptor if _ATTRIBUTES_BY_DESCRIPTOR else path
        os.utime(where, ns=(status.st_atime_ns, status.st_mtime_ns))
    finally:
        os.close(descriptor)


MODES: dict[RealMode, Callable[[Pair, bytes, bytes], None]] = {
    "clone": clone,
    "hardlink": hardlink,
    "symlink": symlink,
    "copy": copy,
}


def _fill(pair: Pair, name: bytes, target: bytes, pour: Pour) -> None:
    """Make `target`, let `pour(target, source, size)` bring in the content, then set the rest.

    One call of the system each for what every file needs, and no other: this is most of what an
    environment of clones costs.
    """
    if not _BY_DESCRIPTOR:
        name, path = pair.source_name(name), pair.target_name(target)
    else:
        path = target
    source = os.open(name, _READ, dir_fd=pair.source)
    try:
        status = os.fstat(source)
        # Not left to the umask: the bits shall be those of a hard link, but for the seal.
        mode = status.st_mode & 0o777 | stat.S_IWUSR
        descriptor = os.open(path, _CREATE, mode, dir_fd=pair.target)
        try:
            try:
                pour(descriptor, source, status.st_size)
                where = descriptor if _ATTRIBUTES_BY_DESCRIPTOR else path
                if mode & ~pair.kept:
                    _keep_mode(pair, where, mode)
                os.utime(where, ns=(status.st_atime_ns, status.st_mtime_ns))
            finally:
                os.close(descriptor)
        except BaseException:
            os.unlink(path, dir_fd=pair.target)
            raise
    finally:
        os.close(source)


def _keep_mode(pair: Pair, where: int | bytes, mode: int) -> None:
    """Give a new file its mode, and learn which bits need not be given to the next one."""
    if os.stat(where).st_mode & 0o777 == mode:
        pair.kept |= mode
    else:
        os.chmod(where, mode)


def _pour_clone(target: int, source: int, _size: int) -> None:
    ioctl(target, _FICLONE, source)


def _pour_copy(target: int, source: int, size: int) -> None:
    # `sendfile` first: faster than `copy_file_range` here (ext4: 250 against 341 ms for 15,000
    # files), and it does not quietly clone, so that the receipt's "copy" is one.
    done = 0
    try:
        while done < size:
            sent = os.sendfile(target, source, done, min(size - done, _MOST_AT_ONCE))
            if not sent:
                break
            done += sent
    except (OSError, AttributeError) as error:
        if done or getattr(error, "errno", errno.ENOSYS) not in _NO_SENDFILE:
            raise
    if done < size:
        _pour_by_hand(target, source)


_NO_SENDFILE = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSOCK)


def _pour_by_hand(target: int, source: int) -> None:
    from weft.system.files import write_all

    os.lseek(source, 0, os.SEEK_SET)
    os.lseek(target, 0, os.SEEK_SET)
    while piece := os.read(source, _CHUNK):
        write_all(target, piece)


def _clone_on_macos(pair: Pair, name: bytes, target: bytes) -> None:
    _clonefileat(pair.source, name, pair.target, target)
    try:
        mode = os.stat(target, dir_fd=pair.target, follow_symlinks=False).st_mode
        os.chmod(target, stat.S_IMODE(mode) | stat.S_IWUSR, dir_fd=pair.target)
    except BaseException:
        os.unlink(target, dir_fd=pair.target)
        raise


def _clone_directory_on_macos(source: bytes, target: bytes) -> None:
    _clonefileat(_AT_FDCWD, source, _AT_FDCWD, target)


_AT_FDCWD = -2  # of macOS
_CLONE_NOFOLLOW = 1


def _clonefileat(source: int | None, name: bytes, target: int | None, new: bytes) -> None:
    """Clone a file or a directory with all in it; `new` must not exist. Raises OSError."""
    import ctypes

    function = ctypes.CDLL(None, use_errno=True).clonefileat
    if function(source, name, target, new, _CLONE_NOFOLLOW):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), new)


def _clone_on_windows(pair: Pair, name: bytes, target: bytes) -> None:
    from importlib import import_module

    try:
        reflink = import_module("reflink_copy").reflink
    except ImportError:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP)) from None
    source_path = os.path.join(pair.source_path, name)
    target_path = os.path.join(pair.target_path, target)
    try:
        reflink(os.fsdecode(source_path), os.fsdecode(target_path))
    except OSError as error:
        raise _with_number(error, target_path) from error
    try:
        status = os.stat(source_path)
        os.chmod(target_path, stat.S_IMODE(status.st_mode) | stat.S_IWUSR)
        os.utime(target_path, ns=(status.st_atime_ns, status.st_mtime_ns))
    except BaseException:
        os.unlink(target_path)
        raise


def _with_number(error: OSError, path: bytes) -> OSError:
    """The library names the error number in its text alone: `File exists (os error 17)`."""
    text = str(error)
    digits = text.rpartition("(os error ")[2].rstrip(")")
    if error.errno is not None or not digits.isdigit():
        return error
    if sys.platform == "win32":
        return OSError(0, text, os.fsdecode(path), int(digits))
    return OSError(int(digits), os.strerror(int(digits)), path)


# Clones a directory with all in it, where the platform has that.
CLONE_DIRECTORY = _clone_directory_on_macos if sys.platform == "darwin" else None
