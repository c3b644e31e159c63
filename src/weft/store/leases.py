"""Who uses which entries at this moment.

Owns the leases of living processes, and the gate by which `prune` and everybody else agree on the
order of things. Refuses to trust process numbers or times: a lease is a locked file, and the kernel
drops the lock when its last holder ends, however it ends.

`leases-v1/<random>` holds entry ids, one a line, and is locked (`flock(2)`) by the process that
wrote them; children forked from it, or started with its descriptor, hold the same lock. Whoever
makes an entry needed (a lease, a pointer) does it with the gate held shared. `prune` decides and
renames with the gate held alone, so what was protected before it is seen, and what was renamed is
gone for everybody who asks later.
"""

from __future__ import annotations

from weft.core.errors import SystemFailure
from weft.store.layout import GATE, Bucket
from weft.system.files import make_directory, random_name, read_bytes, write_all
from weft.system.lean import os
from weft.system.locks import FileLock, LockUnsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.store.store import Store

_DAY = 86_400


class Gate:
    """The gate of a home store, as a context; open for all where files cannot be locked.

    A process opens it anew each time: a lock that is shared with forked children would be let go
    of by the first of them.
    """

    __slots__ = ("_lock", "_shared", "root")

    def __init__(self, root: str, *, shared: bool) -> None:
        self.root = root
        self._shared = shared
        self._lock: FileLock | None = None

    def __enter__(self) -> None:
        lock = FileLock(os.path.join(self.root, GATE))
        try:
            lock.acquire(shared=self._shared)
        except (LockUnsupported, SystemFailure):  # no locks, or a store that can only be read
            return
        self._lock = lock

    def __exit__(self, *_raised: object) -> None:
        if self._lock is not None:
            self._lock.release()


class Lease:
    """What this process uses. The file is made with the first entry and goes with `release`."""

    def __init__(self, home: Store) -> None:
        self._home = home
        self._lock: FileLock | None = None
        self._protected: set[str] = set()
        self._writable = True

    def protect(self, entries: Iterable[str]) -> None:
        """Keep entries from being pruned until `release`, or until this process ends.

        Ask for their existence afterwards. Raises SystemFailure (a full disk).
        """
        new = set(entries) - self._protected
        if new and self._writable:
            with self._home.gate():
                self.note(new)

    def note(self, entries: Iterable[str]) -> None:
        """The same, by somebody who holds the gate."""
        lock = self._open()
        new = set(entries) - self._protected
        if lock is None or not new:
            return
        lines = "".join(f"{entry}\n" for entry in sorted(new)).encode()
        try:
            write_all(lock.fileno(), lines)
        except OSError as error:
            raise SystemFailure("write", lock.path, error) from error
        self._protected |= new

    def open(self) -> None:
        """Make the file now, so that children that are forked later share it."""
        if self._lock is None and self._writable:
            with self._home.gate():
                self._open()

    def fileno(self) -> int:
        """The descriptor that holds the lease, for a child that shall outlive us; -1 without."""
        return -1 if self._lock is None else self._lock.fileno()

    def release(self) -> None:
        """Protect nothing any more; children that share the lease lose it too."""
        lock, self._lock = self._lock, None
        self._protected.clear()
        if lock is None:
            return
        try:
            os.unlink(lock.path)
        except OSError:
            pass
        lock.release()

    def _open(self) -> FileLock | None:
        """Under the gate nobody can take the new file for that of a dead process."""
        if self._lock is None and self._writable:
            lock = FileLock(self._home.path(Bucket.LEASES, random_name("")))
            try:
                make_directory(os.path.dirname(lock.path))
                lock.acquire()
            except (LockUnsupported, SystemFailure):
                self._writable = False
            else:
                self._lock = lock
        return self._lock


def leased(home: Store) -> frozenset[str]:
    """All entries that living processes protect; leases of dead ones are removed.

    To be asked with the gate held alone. Raises SystemFailure where a living lease cannot be read.
    """
    directory = home.path(Bucket.LEASES)
    try:
        names = os.listdir(directory)
    except OSError:
        return frozenset()
    found: set[str] = set()
    for name in names:
        path = os.path.join(directory, name)
        if _is_alive(path):
            found.update((read_bytes(path) or b"").decode("ascii", "replace").split())
            continue
        try:
            os.unlink(path)
        except OSError:
            pass
    return frozenset(found)


def _is_alive(path: str) -> bool:
    lock = FileLock(path)
    try:
        if not lock.acquire(blocking=False):
            return True
    except LockUnsupported:
        return _is_young(path)
    except SystemFailure:  # another user's file that we may not open: not ours to judge
        return True
    lock.release()
    return False


def _is_young(path: str) -> bool:
    from time import time

    try:
        return os.stat(path).st_mtime > time() - _DAY
    except OSError:
        return False
