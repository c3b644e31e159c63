"""The store: what weft keeps so that nothing is done twice.

Owns reading and writing of everything below one root, and the way of a wheel from a file to an
entry. Refuses to change an entry, to wait for another process outside of its two locks, and to
decide what is worth keeping (weft.store.collect). Any number of processes may work at once: each
makes its own copy and renames it; of equal entries the first stays. A process that is killed
leaves a staging directory that nobody locks, and nothing else.
"""

from __future__ import annotations

import errno

from weft.core.errors import OsCause, SystemFailure
from weft.store.layout import BASE_FILES, LOCK, MANIFEST, OWN_BUCKETS, TREE, Bucket
from weft.system.files import read_bytes, write_atomic
from weft.system.lean import os
from weft.system.locks import FileLock, LockUnsupported
from weft.system.removal import Removed, remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from weft.core.distribution import CachedWheel
    from weft.store.leases import Gate, Lease
    from weft.store.manifest import Manifest
    from weft.store.staging import Staging

    Hashes = tuple[tuple[str, str], ...]

_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_SEPARATORS = frozenset("/\\\0")


class Store:
    """A store below `root`, which need not exist.

    `temporary` says that it goes away with the command: `close` removes it. `seal` makes the
    files of new entries read-only, so that nobody edits all environments at once by accident.
    A store with a `home` is a member of it: entries and staging are its own, and whatever else is
    read or written is the home's.
    """

    def __init__(
        self, root: str, *, home: Store | None = None, temporary: bool = False, seal: bool = True
    ) -> None:
        self.root = root
        self.home = home
        self.temporary = temporary
        self.seal = seal
        #: Who else has an entry; set by the cache that this store is the home of.
        self.elsewhere: Callable[[str], Store | None] | None = None
        self._lock: FileLock | None = None
        self._lease: Lease | None = None
        self._opened = False

    @property
    def records(self) -> Store:
        """The store that keeps pointers, roots, pages and leases: the home, or this one."""
        return self.home or self

    # --- life ---------------------------------------------------------------------------

    def open(self) -> None:
        """Make the root and its base files where they are missing; once, and cheap.

        A store that can only be read is fine. Raises StoreUnusable where there can be none.
        """
        if self._opened:
            return
        if self.home is not None:
            self.home.open()
        try:
            for name, content in BASE_FILES:
                path = os.path.join(self.root, name)
                if not os.path.exists(path):
                    write_atomic(path, content)
        except SystemFailure as error:
            if error.error.errno not in _READ_ONLY or not os.path.isdir(self.root):
                from weft.store.errors import StoreUnusable

                raise StoreUnusable(self.root, error) from error
        self._opened = True

    def lock_shared(self, *, timeout: float | None = None, blocking: bool = True) -> bool:
        """Keep `clean` away until this process ends, or `close`.

        Waits for at most `timeout` seconds, or, not `blocking`, answers False where it would have
        to. Raises LockTimeout and StoreUnusable. A store that cannot be locked (read-only, or on a
        file system without locks) is used without.
        """
        self.open()
        lock = self._make_lock()
        try:
            if not lock.acquire(shared=True, timeout=timeout, blocking=blocking):
                return False
        except LockUnsupported:
            return True
        except SystemFailure as error:
            if error.error.errno not in _READ_ONLY:
                from weft.store.errors import StoreUnusable

                raise StoreUnusable(self.root, error) from error
            return True
        self._lock = lock
        return True

    def lock_exclusive(
        self,
        *,
        force: bool = False,
        timeout: float | None = None,
        on_wait: Callable[[], object] | None = None,
    ) -> bool:
        """Wait until no other process uses the store, and keep them out until `close`.

        `force` does not wait; `on_wait` is called before waiting begins. The answer is whether
        the lock is held. Raises LockTimeout.
        """
        lock = self._make_lock()
        try:
            if not lock.acquire(shared=False, blocking=False):
                if force:
                    return False
                if on_wait is not None:
                    on_wait()
                lock.acquire(shared=False, timeout=timeout)
        except LockUnsupported:
            return False
        self._lock = lock
        return True

    def close(self) -> None:
        """Drop leases and the lock; a temporary store is removed."""
        if self._lease is not None:
            self._lease.release()
            self._lease = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self.temporary:
            remove_tree(self.root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def _make_lock(self) -> FileLock:
        if self._lock is not None:
            self._lock.release()
        return FileLock(os.path.join(self.records.root, LOCK), resource=self.records.root)

    def gate(self, *, shared: bool = True) -> Gate:
        """A context in which nobody prunes, or, not `shared`, in which nobody adds or protects."""
        from weft.store.leases import Gate

        return Gate(self.records.root, shared=shared)

    def protect(self, entries: Iterable[str]) -> None:
        """Keep `prune` from removing entries for as long as this store is locked.

        Whether they are there is to be asked afterwards. What is not there may be protected as
        well. A store that is not locked, or cannot be written, protects nothing.
        """
        lease = self.lease()
        if lease is not None:
            lease.protect(entries)

    def lease(self) -> Lease | None:
        """The lease of this process, which its forked children share; None without a lock."""
        home = self.records
        if home._lock is None:
            return None
        if home._lease is None:
            from weft.store.leases import Lease

            home._lease = Lease(home)
        return home._lease

    # --- small things -------------------------------------------------------------------

    def path(self, bucket: str, key: str = "") -> str:
        """Where something lies. `key` is relative, with `/` between its parts.

        Raises ValueError for a key that would lead out of the bucket.
        """
        root = self.root if self.home is None or bucket in OWN_BUCKETS else self.home.root
        if not key:
            return f"{root}{os.sep}{bucket}"
        parts = f"/{key}/"
        if "\0" in key or "\\" in key or "//" in parts or "/./" in parts or "/../" in parts:
            raise ValueError(f"not a key: {key!r}")
        return f"{root}{os.sep}{bucket}{os.sep}{key}"

    def read(self, bucket: str, key: str) -> bytes | None:
        """What was written under a key; None where nothing was. Raises SystemFailure."""
        return read_bytes(self.path(bucket, key))

    def write(self, bucket: str, key: str, data: bytes) -> bool:
        """Keep `data` under a key; False where the store can only be read.

        Raises SystemFailure for everything else (a full disk).
        """
        self.open()
        try:
            write_atomic(self.path(bucket, key), data)
        except SystemFailure as error:
            if error.error.errno in _READ_ONLY:
                return False
            raise
        return True

    def age(self, bucket: str, key: str, *, now: float | None = None) -> float | None:
        """Seconds since a key was written; None where it was not."""
        try:
            written = os.stat(self.path(bucket, key)).st_mtime
        except OSError:
            return None
        if now is None:
            from time import time

            now = time()
        return now - written

    def staging(self) -> str:
        """The directory on the store's file system in which things are made."""
        self.open()
        return self.path(Bucket.STAGING)

    # --- entries ------------------------------------------------------------------------

    def entry_path(self, entry: str) -> str:
        """The directory of an entry, whether it exists or not."""
        return f"{self.root}{os.sep}{Bucket.ENTRIES}{os.sep}{entry[:2]}/{entry}"

    def tree_path(self, entry: str) -> str:
        """The directory that holds an entry's files, laid out as in the wheel."""
        return f"{self.entry_path(entry)}{os.sep}{TREE}"

    def has_entry(self, entry: str) -> bool:
        """Whether an entry is in this very store; then it is complete."""
        try:
            return os.stat(f"{self.entry_path(entry)}{os.sep}{MANIFEST}").st_size > 0
        except OSError:
            return False

    def find_entry(self, entry: str) -> Store | None:
        """The store that has an entry: this one, its home, or another member of the cache."""
        if self.has_entry(entry):
            return self
        home = self.records
        if home.elsewhere is not None:
            return home.elsewhere(entry)
        return home if home is not self and home.has_entry(entry) else None

    def manifest(self, entry: str) -> Manifest:
        """The manifest of an entry, wherever in the cache it is.

        Raises EntryMissing where it cannot be read.
        """
        found = self._read_manifest(entry)
        if found is None:
            other = self.find_entry(entry)
            if other is not None and other is not self:
                found = other._read_manifest(entry)
        if found is None:
            from weft.store.errors import EntryMissing

            raise EntryMissing(self.entry_path(entry))
        return found

    def _read_manifest(self, entry: str) -> Manifest | None:
        from weft.store.manifest import Manifest

        data = read_bytes(f"{self.entry_path(entry)}{os.sep}{MANIFEST}")
        try:
            return Manifest.load(data or b"")
        except ValueError:
            return None

    # --- wheels -------------------------------------------------------------------------

    def find_wheel(
        self, origin: str, filename: str, *, name: str, stamp: str = ""
    ) -> CachedWheel | None:
        """The wheel of that name from that origin, if its entry is anywhere in the cache.

        `origin` comes from `layout.origin_key`. With a `stamp` (see `file_stamp`) only a wheel
        that was added with the same one counts.
        """
        if not _SEPARATORS.isdisjoint(filename):
            return None
        wheel, kept_stamp = self._read_pointer(origin, name, filename)
        if wheel is None or (stamp and stamp != kept_stamp) or not self.find_entry(wheel.entry):
            return None
        return wheel

    def wheels(self, origin: str, name: str) -> list[CachedWheel]:
        """All wheels of a project from one origin whose entries are there, by filename."""
        try:
            pointers = sorted(os.listdir(self.path(Bucket.WHEELS, f"{origin}/{name}")))
        except OSError:
            return []
        found = []
        for pointer in pointers:
            if not pointer.endswith(".whl"):  # somebody is writing one
                continue
            wheel, _ = self._read_pointer(origin, name, pointer)
            if wheel is not None and self.find_entry(wheel.entry):
                found.append(wheel)
        return found

    def _read_pointer(self, origin: str, name: str, pointer: str) -> tuple[CachedWheel | None, str]:
        from weft.store.pointers import unpack_pointer

        if pointer in (".", ".."):
            return None, ""
        data = read_bytes(f"{self.path(Bucket.WHEELS)}{os.sep}{origin}/{name}/{pointer}")
        return unpack_pointer(data, origin=origin, name=name)

    def add_wheel(
        self,
        path: str,
        *,
        filename: str,
        origin: str,
        url: str = "",
        hashes: Hashes = (),
        computed: Hashes = (),
        stamp: str = "",
        keep: bool = False,
        check_version: bool = True,
    ) -> CachedWheel:
        """Check the wheel at `path`, unpack it, and remember where it came from.

        `filename` says which name and version are expected, `hashes` which content: one of the
        strongest kind given must match. `computed` are hashes that the caller made of this very
        file. One with a `stamp` lies where it can be read again: nothing is computed of it where
        nothing is expected. A file below the store's own staging directory is removed afterwards,
        unless `keep`. Any number of processes may do this at once. Raises FilenameError,
        HashMismatch, BadWheel, and SystemFailure (a full disk, a store that cannot be written);
        then nothing is added.
        """
        from weft.core.distribution import CachedWheel
        from weft.core.filename import FilenameError, WheelName
        from weft.store.adding import add_entry
        from weft.store.hashes import check_hashes, read_status
        from weft.store.pointers import pack_pointer

        expected = WheelName.parse(filename)
        if not _SEPARATORS.isdisjoint(filename):  # the last tag may be anything
            raise FilenameError(filename, "Must not contain a path")
        known: Hashes = ()
        if hashes or computed or not stamp:
            package = f"{expected.name}=={expected.version}"
            known = check_hashes(path, package, hashes=hashes, computed=computed)
        size = read_status(path).st_size

        def point(entry: str, manifest: Manifest) -> tuple[CachedWheel, str, bytes]:
            wheel = CachedWheel(entry, expected.name, manifest.version, filename, known, origin)
            place = self.path(Bucket.WHEELS, f"{origin}/{expected.name}/{filename}")
            return wheel, place, pack_pointer(wheel, size=size, url=url, stamp=stamp)

        wheel = add_entry(
            self, path, filename=filename, expected=expected, point=point,
            check_version=check_version,
        )  # fmt: skip
        if not keep and path.startswith(self.staging() + os.sep):
            remove_tree(path)
        return wheel

    def publish(self, staging: Staging, entry: str) -> None:
        """Rename a staged entry into place. One that is there already stays, if it is sound."""
        target = self.entry_path(entry)
        while not staging.publish(target):
            if self._read_manifest(entry) is not None:
                return
            # A power cut may leave the name without the content: make room for the good one.
            self.discard(target)

    def discard(self, path: str) -> Removed:
        """Take a directory of the store out of sight in one step, then remove it.

        Nothing there is no error. Raises SystemFailure.
        """
        from weft.store.staging import Staging

        with Staging(self.staging()) as staging:
            aside = os.path.join(staging.path, os.path.basename(path))
            try:
                os.rename(path, aside)
            except OSError as error:
                if not os.path.lexists(path):
                    return Removed()
                raise SystemFailure("rename", path, error) from OsCause(error)
            return remove_tree(aside)
