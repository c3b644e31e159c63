"""Spares: copies of entries that are linked already, ready to be renamed into an environment.

Owns where they lie, and taking, adding and removing them. Refuses to make and to install them
(weft.install.spares). A spare appears by one rename and is taken by one, so that nobody ever has
one together with somebody else. It belongs to the user who made it and was made with their umask:
directories keep the owner and the mode that they have.

A spare holds one directory for each scheme of its wheel, with what is to be renamed in it, the
directory `info` and the file `account` (weft.install.spares). It is taken by renaming `info`: what
has none is a husk, of which nothing is taken any more but by the one who has its `info`. Everybody
goes by paths, and a husk is removed in another place: whoever still takes from it then finds
nothing, and links.
"""

from __future__ import annotations

from weft.core.errors import SystemFailure
from weft.store.layout import Bucket
from weft.system.files import make_directory
from weft.system.lean import os
from weft.system.locks import FileLock, LockUnsupported
from weft.system.removal import Removed, remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from weft.store.staging import Staging
    from weft.store.store import Store

#: Modes whose files take no room of their own; only those are worth having twice.
SHARING = ("auto", "clone", "hardlink")
INFO = "info"
_LOCKS = (".lock", ".next")
# Spares are a luxury: below that part of free blocks or inodes there are none.
_FREE = 0.05


class Shelf:
    """The spares of one store for one link mode, one user and one umask."""

    __slots__ = ("path", "store")

    def __init__(self, store: Store, mode: str) -> None:
        umask = os.umask(0o077)
        os.umask(umask)
        user = os.geteuid() if hasattr(os, "geteuid") else 0
        self.store = store
        self.path = f"{store.path(Bucket.SPARES)}{os.sep}{mode}-{umask:03o}-{user}"

    @property
    def exists(self) -> bool:
        """Whether there may be any."""
        return os.path.isdir(self.path)

    def place(self, entry: str) -> str:
        """Where the spare of an entry lies, if there is one."""
        return f"{self.path}{os.sep}{entry}"

    def has(self, entry: str) -> bool:
        """Whether there is a spare of an entry."""
        return os.path.isdir(f"{self.path}{os.sep}{entry}{os.sep}{INFO}")

    def clear(self, entry: str) -> None:
        """Remove the husk of an entry's spare; a spare stays."""
        if os.path.lexists(self.place(entry)) and not self.has(entry):
            self.drop(entry)

    def drop(self, entry: str) -> None:
        """Remove the spare of an entry, or what is left of it."""
        _discard(self.store, self.place(entry))

    def put(self, staging: Staging, entry: str) -> bool:
        """Add what was staged, unless there is one, or somebody wants the store for itself.

        Only this one rename needs the store's lock: who empties the cache never waits for links to
        be made. Raises SystemFailure.
        """
        if not self.store.lock_shared(blocking=False):
            return False
        try:
            there = self.store.has_entry(entry) and self.exists
            return there and staging.publish(self.place(entry))
        finally:
            self.store.close()

    def lock(self) -> FileLock | None:
        """The lock of whoever fills the shelf; None where another one waits for it already.

        To be released. Raises SystemFailure.
        """
        make_directory(self.path)
        following = FileLock(f"{self.path}{os.sep}{_LOCKS[1]}")
        current = FileLock(f"{self.path}{os.sep}{_LOCKS[0]}")
        try:
            if not following.acquire(blocking=False):
                return None
            current.acquire()
            following.release()
        except LockUnsupported:
            return None
        return current

    def is_short(self) -> bool:
        """Whether the file system has too little room left for spares."""
        try:
            there = os.statvfs(self.path)
        except (OSError, AttributeError):
            return True
        blocks = there.f_bavail < there.f_blocks * _FREE
        return blocks or (bool(there.f_files) and there.f_favail < there.f_files * _FREE)


def remove_spares(store: Store, *, but: Container[str] = ()) -> Removed:
    """Remove all spares of a store but those of some entries, husks, and shelves that get empty."""
    removed = Removed()
    root = store.path(Bucket.SPARES)
    for shelf in _listed(root):
        left = False
        for entry in _listed(os.path.join(root, shelf)):
            place = os.path.join(root, shelf, entry)
            if entry in but and os.path.isdir(os.path.join(place, INFO)):
                left = True
            elif entry not in _LOCKS:
                removed += _discard(store, place)
        if not left:
            removed += _remove_empty(os.path.join(root, shelf))
    return removed


def _remove_empty(path: str) -> Removed:
    """Remove a shelf, unless somebody has put a spare there since it was listed.

    That may be on its way into an environment by now, so nothing is removed below a name of it.
    """
    removed = Removed()
    for name in _LOCKS:
        removed += remove_tree(os.path.join(path, name))
    try:
        os.rmdir(path)
    except OSError:
        return removed
    return removed + Removed(directories=1)


def remove_spares_of(store: Store, entry: str) -> Removed:
    """Remove the spares of one entry."""
    removed = Removed()
    root = store.path(Bucket.SPARES)
    for shelf in _listed(root):
        path = os.path.join(root, shelf, entry)
        if os.path.lexists(path):
            removed += _discard(store, path)
    return removed


def _discard(store: Store, path: str) -> Removed:
    try:
        return store.discard(path)
    except SystemFailure:  # another user's
        return Removed()


def _listed(path: str) -> Iterator[str]:
    try:
        yield from sorted(os.listdir(path))
    except OSError:
        return
