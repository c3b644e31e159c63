"""Directories in which something is made before it appears.

Owns telling work in progress from what a killed process left: a directory named `live-…` is
locked (`flock(2)` on the directory itself) by whoever works in it, and the kernel drops that lock
when its holder dies, on whatever machine or in whatever container. Refuses to trust process
numbers. Where directories cannot be locked they keep the name `.tmp-…`, and only age tells.
"""

from __future__ import annotations

import errno

from weft.core.errors import OsCause, SystemFailure
from weft.system.files import make_staging, publish_directory
from weft.system.lean import os
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

#: What names of unfinished files and directories begin with (weft.system.files).
TEMPORARY = ".tmp-"
_LIVE = "live-"
_DAY = 86_400
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_OPEN = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)


class Staging:
    """A directory of one's own below `parent`; leaving the context removes it, unless published."""

    def __init__(self, parent: str) -> None:
        """Make it. Raises SystemFailure; StagingRefused where one may not write."""
        try:
            self.path = make_staging(parent)
        except SystemFailure as failure:
            if failure.error.errno not in _READ_ONLY:
                raise
            from weft.store.errors import StagingRefused

            raise StagingRefused(failure.action, failure.path, failure.error) from OsCause(
                failure.error
            )
        self._descriptor = -1
        self._descriptor = _lock(self.path)
        if self._descriptor < 0:
            return
        # The name is given when the lock is there, so nobody ever sees it without.
        live = os.path.join(parent, os.path.basename(self.path).replace(TEMPORARY, _LIVE, 1))
        try:
            os.rename(self.path, live)
        except OSError as error:
            self.close()
            raise SystemFailure("rename", self.path, error) from OsCause(error)
        self.path = live

    def publish(self, target: str) -> bool:
        """Rename it to `target`; False where that exists. Afterwards it is nobody's to remove."""
        if not publish_directory(self.path, target):
            return False
        self.path = ""
        self.close()
        return True

    def abandon(self) -> str:
        """Leave it to somebody else to remove: its path. From now on it is stale."""
        path, self.path = self.path, ""
        self.close()
        return path

    def close(self) -> None:
        """Remove it, with everything in it, unless it was published; then drop the lock."""
        try:
            if self.path:
                remove_tree(self.path)
        finally:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()


def is_stale(path: str, *, now: float) -> bool:
    """Whether something unfinished was left behind: its maker died, or a day passed.

    `now` is in epoch seconds. Something that vanishes meanwhile is not stale.
    """
    if os.path.basename(path).startswith(_LIVE):
        descriptor = _lock(path)
        if descriptor >= 0:
            os.close(descriptor)
        return descriptor >= 0
    try:
        return os.stat(path, follow_symlinks=False).st_mtime < now - _DAY
    except OSError:
        return False


def sweep(parent: str) -> None:
    """Remove what processes that are dead left behind in `parent`, a directory for staging.

    What cannot be removed stays for `prune`.
    """
    try:
        names = os.listdir(parent)
    except OSError:
        return
    for name in names:
        path = os.path.join(parent, name)
        if name.startswith(_LIVE) and is_stale(path, now=0.0):
            try:
                remove_tree(path)
            except SystemFailure:
                continue


def _lock(path: str) -> int:
    """A descriptor that holds the lock of a directory; -1 if it is taken, or cannot be had."""
    try:
        import fcntl
    except ImportError:  # Windows
        return -1
    descriptor = -1
    try:
        descriptor = os.open(path, _OPEN)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor >= 0:
            os.close(descriptor)
        return -1
    return descriptor
