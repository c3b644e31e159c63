"""Reading, writing and replacing files, and making directories; removal is `system.removal`.

Owns the write-beside-then-rename protocol: whoever looks at a path sees the old content or the
new, never half of either. Refuses to sync to disk per file (a lost cache entry is made again; a
sync costs up to a millisecond each) and to change a file in place, which would write through hard
links. Follows POSIX `rename(2)`; Windows replaces with the same call.
"""

from __future__ import annotations

import errno

from weft.core.errors import OsCause, SystemFailure
from weft.system.lean import os
from weft.system.removal import Removed, remove_tree

__all__ = [
    "Removed",
    "link_or_replace",
    "make_directory",
    "make_staging",
    "publish_directory",
    "random_name",
    "read_bytes",
    "remove_tree",
    "write_all",
    "write_atomic",
    "write_new",
    "write_output",
]

_BINARY = getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | _BINARY
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | _BINARY
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0) | _BINARY
_CHUNK = 1 << 20
_SMALL = 1 << 14  # most of what is kept
_MOST_UNSAID = 1 << 28  # bytes that come out of what does not say its size, or told a smaller one

# `rename(2)` of a directory over one that holds something.
_OCCUPIED = (errno.ENOTEMPTY, errno.EEXIST)


def random_name(prefix: str = ".tmp-") -> str:
    """A name that nobody else picks: the prefix and 16 hexadecimal digits."""
    return prefix + os.urandom(8).hex()


def is_random_name(name: str) -> bool:
    """Whether `random_name` picks such names."""
    digits = name.removeprefix(".tmp-")
    return len(digits) == 16 and digits != name and not digits.strip("0123456789abcdef")


def read_bytes(path: str) -> bytes | None:
    """The whole content of a file; None where there is no such file.

    Raises SystemFailure for any other refusal (a directory, no permission, a broken disk, a device
    without end).
    """
    try:
        descriptor = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SystemFailure("read", path, error) from OsCause(error)
    try:
        return _read_all(descriptor)
    except OSError as error:
        raise SystemFailure("read", path, error) from OsCause(error)
    finally:
        os.close(descriptor)


def _read_all(descriptor: int) -> bytes:
    first = os.read(descriptor, _SMALL)
    if not first:
        return first
    if len(first) < _SMALL:
        behind = os.read(descriptor, _SMALL)  # cheaper than to ask for the size before
        if not behind:
            return first
        first += behind
    else:
        first += os.read(descriptor, max(0, os.fstat(descriptor).st_size - _SMALL) + 1)
    pieces, left = [first], _MOST_UNSAID
    while piece := os.read(descriptor, _CHUNK):
        pieces.append(piece)
        left -= len(piece)
        if left < 0:  # a link to `/dev/zero` is all that it takes
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return b"".join(pieces)


def write_atomic(path: str, data: bytes, *, mode: int = 0o644) -> None:
    """Make `path` hold exactly `data`, whatever was there before.

    Missing parent directories are made. `mode` is subject to the umask, as with any new file. A
    symbolic link at `path` is replaced, not followed. Raises SystemFailure; then `path` is as it
    was and nothing is left beside it.
    """
    temporary = os.path.join(os.path.dirname(path), random_name())
    try:
        descriptor = _create(temporary, mode)
        try:
            try:
                write_all(descriptor, data)
            finally:
                os.close(descriptor)
            os.replace(temporary, path)
        except BaseException:
            _unlink_quietly(temporary)
            raise
    except OSError as error:
        raise SystemFailure("write", path, error) from OsCause(error)


def write_new(path: str, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file that nobody looks at yet, where none is: one that is there is not replaced.

    `mode` is subject to the umask. Raises SystemFailure; then a part of it may be there.
    """
    _write(path, data, _CREATE, mode)


def write_output(path: str, data: bytes) -> None:
    """Write what a person asked for to the place that they named. Raises SystemFailure.

    A plain file is replaced in one step. What is none is written to: a device or a pipe must not
    become a file, nor a link like `/dev/stdout`.
    """
    if not os.path.lexists(path) or (os.path.isfile(path) and not os.path.islink(path)):
        write_atomic(path, data)
    else:
        _write(path, data, _WRITE, 0o666)


def _write(path: str, data: bytes, flags: int, mode: int) -> None:
    try:
        descriptor = os.open(path, flags, mode)
        try:
            write_all(descriptor, data)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SystemFailure("write", path, error) from OsCause(error)


def _create(path: str, mode: int) -> int:
    try:
        return os.open(path, _CREATE, mode)
    except FileNotFoundError:
        make_directory(os.path.dirname(path))
        return os.open(path, _CREATE, mode)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write every byte; the kernel may take less than was offered. Raises OSError."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def _unlink_quietly(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def make_directory(path: str, *, variable: str = "") -> None:
    """Make a directory and its parents; one that exists is fine.

    Raises SystemFailure, also where a file is in the way; it advises to set `variable`, which
    says where the directory is.
    """
    try:
        _make_directory(path)
    except OSError as error:
        elsewhere = f"Run `export {variable}=` with a directory where you may write"
        hints = (elsewhere,) if variable else ()
        raise SystemFailure("create directory", path, error, hints=hints) from OsCause(error)


def _make_directory(path: str) -> None:
    try:
        os.mkdir(path)
        return
    except FileNotFoundError:
        parent = os.path.dirname(path.rstrip(os.sep))
        if parent == path or not parent:
            raise
        _make_directory(parent)
    except OSError:
        # EEXIST; of a directory that exists a read-only file system may also say EROFS.
        if not os.path.isdir(path):
            raise
        return
    try:
        os.mkdir(path)
    except FileExistsError:  # another process was quicker
        if not os.path.isdir(path):
            raise


def make_staging(parent: str) -> str:
    """A new empty directory `.tmp-<random>` in `parent` (made if missing); its path.

    Raises SystemFailure. It is the caller's to rename into place or to remove.
    """
    path = os.path.join(parent, random_name())
    try:
        try:
            os.mkdir(path)
        except FileNotFoundError:
            make_directory(parent)
            os.mkdir(path)
    except OSError as error:
        raise SystemFailure("create directory", path, error) from OsCause(error)
    return path


def publish_directory(staged: str, target: str) -> bool:
    """Rename a finished directory to its final name; False where the name is taken already.

    Of several processes that publish under one name exactly one gets True. The caller removes
    what it staged after False. The parent of `target` is made if missing. Raises SystemFailure.
    """
    try:
        try:
            os.rename(staged, target)
        except FileNotFoundError:
            make_directory(os.path.dirname(target))
            os.rename(staged, target)
    except OSError as error:
        if error.errno in _OCCUPIED or os.path.isdir(target):
            return False
        raise SystemFailure("rename", staged, error) from OsCause(error)
    return True


def link_or_replace(source: str, target: str) -> None:
    """Hard-link `source` at `target`; what was at `target` is replaced in one step.

    Raises SystemFailure, with the OSError's EXDEV, EPERM or EMLINK for the caller to decide on.
    """
    try:
        try:
            os.link(source, target, follow_symlinks=False)
        except FileExistsError:
            temporary = os.path.join(os.path.dirname(target), random_name())
            os.link(source, temporary, follow_symlinks=False)
            try:
                os.replace(temporary, target)
            finally:
                # Renaming one link over another of the same inode does nothing, and says success.
                _unlink_quietly(temporary)
    except OSError as error:
        raise SystemFailure("hardlink", target, error) from OsCause(error)
