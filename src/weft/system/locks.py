"""Locks between processes, on files.

Owns advisory locks that the kernel drops when their holder dies, however it dies. Refuses to
guess: a file system without locks is an error of its own, which the caller may decide to bear.
Follows `flock(2)` (an emulated one on NFS wants a writable descriptor, so it gets one) and
`LockFileEx` through `msvcrt` on Windows.

A lock belongs to the open file: children forked while it is held hold it too. Where their parent
dies, the lock lasts until the last of them ended; where the parent releases it, it is gone.
"""

from __future__ import annotations

import errno

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.system.files import make_directory, random_name
from weft.system.lean import os

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_BUSY = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
# 524 is the kernel's own ENOTSUPP, which Lustre and some NFS servers let out.
_UNSUPPORTED = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, 524)
# Waiting with a limit asks again and again: at first quickly, then four times per second.
_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.25


class LockTimeout(WeftError):
    """Another process kept the lock for longer than the limit, given in seconds."""

    def __init__(self, resource: str, path: str, seconds: float) -> None:
        super().__init__()
        self.resource = resource
        self.path = path
        self.seconds = seconds

    @property
    def message(self) -> str:
        return (
            f"Timeout ({self.seconds:g}s) when waiting for lock on `{self.resource}` at "
            f"`{self.path}`, is another weft process running? You can set "
            f"`WEFT_LOCK_TIMEOUT` to increase the timeout."
        )


class LockUnsupported(WeftError):
    """The file system has no locks."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__()
        self.path = path
        self.error = error
        self.__cause__ = OsCause(error)

    @property
    def message(self) -> str:
        return f"The file system of `{self.path}` does not support locks"


class FileLock:
    """A lock on the file `path`, which is made (for everybody, 0666) and never removed.

    `resource` is what the lock protects, as named in messages; the path where it is empty.
    As a context manager it is exclusive, and waits for at most `timeout` seconds.
    """

    def __init__(self, path: str, *, resource: str = "", timeout: float | None = None) -> None:
        self.path = path
        self.resource = resource or path
        self.timeout = timeout
        self._descriptor = -1

    @property
    def held(self) -> bool:
        """Whether this object holds the lock, shared or exclusive."""
        return self._descriptor >= 0

    def fileno(self) -> int:
        """The descriptor that holds the lock, to hand to a child; -1 when not held."""
        return self._descriptor

    def acquire(
        self, *, shared: bool = False, timeout: float | None = None, blocking: bool = True
    ) -> bool:
        """Take the lock; False only where `blocking` is false and somebody else holds it.

        `timeout` is in seconds, None waits for ever. A lock that is held already is converted,
        which lets go of it for a moment. Raises LockTimeout, LockUnsupported, or SystemFailure
        where the file cannot be opened or made (a read-only store).
        """
        deadline = None if timeout is None else _now() + timeout
        while True:
            if self._descriptor < 0:
                self._descriptor = self._open()
            try:
                taken = self._take(shared, deadline=deadline, blocking=blocking)
            except BaseException:
                self.release()
                raise
            if not taken:
                self.release()
                if blocking:
                    raise LockTimeout(self.resource, self.path, timeout or 0.0)
                return False
            if self._is_current():
                return True
            self.release()  # the file was removed or replaced while we waited: nobody else sees it

    def release(self) -> None:
        """Let go of the lock; nothing happens where it is not held."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            # Unlocking first matters where a forked child still has the descriptor.
            try:
                _unlock(descriptor)
            finally:
                os.close(descriptor)

    def __enter__(self) -> Self:
        if not self.held:
            self.acquire(timeout=self.timeout)
        return self

    def __exit__(self, *_raised: object) -> None:
        self.release()

    def _open(self) -> int:
        try:
            while True:
                try:
                    return os.open(self.path, os.O_RDWR | _FLAGS)
                except FileNotFoundError:
                    _create_for_everybody(self.path)
                except PermissionError:  # somebody else's file: its descriptor can still be locked
                    return os.open(self.path, os.O_RDONLY | _FLAGS)
                except OSError as error:
                    if error.errno != errno.EROFS:
                        raise
                    return os.open(self.path, os.O_RDONLY | _FLAGS)
        except OSError as error:
            raise SystemFailure("open lock file", self.path, error) from OsCause(error)

    def _take(self, shared: bool, *, deadline: float | None, blocking: bool) -> bool:
        pause = _FIRST_PAUSE
        while True:
            try:
                _lock(self._descriptor, shared, wait=blocking and deadline is None)
                return True
            except OSError as error:
                if error.errno in _UNSUPPORTED:
                    raise LockUnsupported(self.path, error) from OsCause(error)
                if error.errno not in _BUSY:
                    raise SystemFailure("lock", self.path, error) from OsCause(error)
            if not blocking:
                return False
            if deadline is not None:
                left = deadline - _now()
                if left <= 0:
                    return False
                _sleep(min(pause, left))
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _is_current(self) -> bool:
        try:
            there = os.stat(self.path, follow_symlinks=False)
        except OSError:
            return False
        mine = os.fstat(self._descriptor)
        return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)


def _create_for_everybody(path: str) -> None:
    """Make the lock file with mode 0666 in one step, whatever the umask is.

    A file that is made first and opened up later refuses other users in between.
    """
    temporary = os.path.join(os.path.dirname(path), random_name())
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS
    try:
        descriptor = os.open(temporary, flags, 0o666)
    except FileNotFoundError:
        make_directory(os.path.dirname(path))
        descriptor = os.open(temporary, flags, 0o666)
    try:
        try:
            os.chmod(temporary, 0o666)  # every user of the store locks it
            os.link(temporary, path)
        except FileExistsError:
            pass
        except OSError:  # no hard links (FAT, some network file systems)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o666))
    finally:
        os.close(descriptor)
        os.unlink(temporary)


def _lock(descriptor: int, shared: bool, *, wait: bool) -> None:
    if os.name != "posix":
        _lock_on_windows(descriptor, wait=wait)
        return
    operation = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    fcntl.flock(descriptor, operation if wait else operation | fcntl.LOCK_NB)


def _unlock(descriptor: int) -> None:
    if os.name != "posix":
        _unlock_on_windows(descriptor)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _lock_on_windows(descriptor: int, *, wait: bool) -> None:
    # `msvcrt` has no shared locks: readers wait for one another, which is slow but safe.
    import msvcrt

    while True:
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            return
        except OSError:
            if not wait:
                raise
        _sleep(_LONGEST_PAUSE)


def _unlock_on_windows(descriptor: int) -> None:
    import msvcrt

    os.lseek(descriptor, 0, os.SEEK_SET)
    msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]


def _now() -> float:
    import time

    return time.monotonic()


def _sleep(seconds: float) -> None:
    import time

    time.sleep(seconds)
