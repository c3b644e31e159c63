"""Bringing entries from one member of the cache into another.

Owns the crossing: once per entry and file system, by clone or link where two members lie on one
file system after all, else by copy. Refuses to fetch, and to change an entry: what arrives is what
the manifest says, sealed alike, staged and published like any other entry. A process that is killed
leaves staging that nobody locks.
"""

from __future__ import annotations

import errno

from weft.core.errors import OsCause, SystemFailure
from weft.link.route import CLONE, COPY, HARDLINK
from weft.store.layout import MANIFEST, TREE
from weft.system.files import write_atomic
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.link.modes import Pair
    from weft.link.route import RealMode
    from weft.store.manifest import Manifest
    from weft.store.members import Cache
    from weft.store.store import Store

_ORDER: tuple[RealMode, ...] = (CLONE, HARDLINK, COPY)


class Filled:
    """Where entries are after filling; stands for the store when they are linked.

    `entries` are those that were brought, `bytes` what they hold, `modes` bytes by the way they
    came. `failures` are (entry, error) of those that could not be brought.
    """

    def __init__(self, into: Store) -> None:
        self.into = into
        self.entries: list[str] = []
        self.bytes = 0
        self.modes: dict[RealMode, int] = {}
        self.failures: list[tuple[str, SystemFailure]] = []
        self._elsewhere: dict[str, Store] = {}

    def store_of(self, entry: str) -> Store:
        """The store that serves an entry."""
        return self._elsewhere.get(entry, self.into)

    def tree_path(self, entry: str) -> str:
        """The directory that holds an entry's files."""
        return self.store_of(entry).tree_path(entry)

    def manifest(self, entry: str) -> Manifest:
        """Its manifest. Raises EntryMissing."""
        return self.store_of(entry).manifest(entry)

    def add(self, entry: str, modes: dict[RealMode, int]) -> None:
        """Count an entry that was brought."""
        self.entries.append(entry)
        self.bytes += sum(modes.values())
        for mode, size in modes.items():
            self.modes[mode] = self.modes.get(mode, 0) + size

    def serve(self, entries: Iterable[str], store: Store) -> None:
        """Serve entries from another store."""
        self._elsewhere.update(dict.fromkeys(entries, store))

    def fail(self, entry: str, error: SystemFailure, source: Store) -> None:
        """Serve an entry from where it is."""
        self.failures.append((entry, error))
        self.serve((entry,), source)


def fill(cache: Cache, entries: tuple[str, ...], into: Store, *, workers: int = 2) -> Filled:
    """See `Cache.ensure`."""
    cache.home.protect(entries)
    filled = Filled(into)
    owners = {entry: _owner(into, entry) for entry in entries}
    missing = [entry for entry in entries if owners[entry] is None]
    sources: dict[str, Store] = {}
    for entry in missing:
        source = cache.find_entry(entry)
        if source is None:
            from weft.store.errors import EntryMissing

            raise EntryMissing(into.entry_path(entry))
        sources[entry] = source
    if missing:
        _bring_all(filled, sources, into, workers=workers)
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    foreign = [entry for entry in entries if user and owners[entry] not in (None, user)]
    if foreign and not _may_share(into, foreign[0]):
        _keep_own(cache, filled, foreign, workers=workers)
    return filled


def _owner(store: Store, entry: str) -> int | None:
    """Whose an entry is; None where it is not there."""
    try:
        status = os.stat(f"{store.entry_path(entry)}{os.sep}{MANIFEST}")
    except OSError:
        return None
    return status.st_uid if status.st_size else None


def _may_share(store: Store, entry: str) -> bool:
    """Whether another user's files can be linked or cloned all the same."""
    from weft.link.preflight import predict

    try:
        manifest = os.path.join(store.entry_path(entry), MANIFEST)
        return predict(store.root, store.staging(), mode="auto", sample=manifest).shares
    except SystemFailure:
        return False


def _keep_own(cache: Cache, filled: Filled, entries: list[str], *, workers: int) -> None:
    """Copy what is another user's into a store of one's own, so that it is copied once."""
    from weft.store.choosing import own_store

    own = own_store(cache, filled.into)
    if own is None:
        return
    lacking = {entry: filled.into for entry in entries if not own.has_entry(entry)}
    filled.serve(entries, own)
    _bring_all(filled, lacking, own, workers=workers)


def _bring_all(filled: Filled, sources: dict[str, Store], into: Store, *, workers: int) -> None:
    """Bring entries from their sources, the largest first."""
    from weft.system.workers import fork_map

    sizes = {entry: source.manifest(entry).bytes for entry, source in sources.items()}
    order = sorted(sources, key=lambda entry: -sizes[entry])

    def work(number: int) -> object:
        entry = order[number]
        try:
            return bring(entry, sources[entry], into)
        except SystemFailure as error:
            return (error.action, error.path, error.error.errno or 0)

    for entry, answer in zip(order, fork_map(len(order), work, workers=workers), strict=True):
        if isinstance(answer, dict):
            filled.add(entry, answer)
        else:
            action, path, number = answer
            failure = SystemFailure(action, path, OSError(number, os.strerror(number)))
            filled.fail(entry, failure, sources[entry])


def bring(entry: str, source: Store, into: Store) -> dict[RealMode, int]:
    """Make an entry of `source` one of `into`; bytes by mode.

    Raises EntryMissing, SystemFailure.
    """
    from weft.store.staging import Staging

    manifest = source.manifest(entry)
    with Staging(into.staging()) as staging:
        modes = _bring_tree(source.tree_path(entry), staging.path, manifest, seal=into.seal)
        write_atomic(os.path.join(staging.path, MANIFEST), manifest.dump())
        with into.gate():
            into.publish(staging, entry)
    return modes


def _bring_tree(tree: str, staging: str, manifest: Manifest, *, seal: bool) -> dict[RealMode, int]:
    from weft.link.modes import Pair

    target = os.fsencode(os.path.join(staging, TREE))
    origin = os.fsencode(tree)
    directories: dict[bytes, list[tuple[bytes, int, bool]]] = {b"": []}
    for path, size, executable, _ in manifest.facts():
        parent, name = os.path.split(path)
        directories.setdefault(parent, []).append((name, size, executable))
    carrier = _Carrier(seal=seal)
    for directory in sorted(directories):
        place = os.path.join(target, directory) if directory else target
        try:
            os.makedirs(place, exist_ok=True)
            pair = Pair(os.path.join(origin, directory) if directory else origin, place)
        except OSError as error:
            where = os.fsdecode(error.filename or place)
            raise SystemFailure("create directory", where, error) from OsCause(error)
        try:
            for name, size, executable in directories[directory]:
                carrier.carry(pair, name, size=size, executable=executable)
        finally:
            pair.close()
    return carrier.modes


class _Carrier:
    """Carries single files, and remembers the first mode that works between the two places."""

    def __init__(self, *, seal: bool) -> None:
        self.modes: dict[RealMode, int] = {}
        self._seal = seal
        self._order = _ORDER

    def carry(self, pair: Pair, name: bytes, *, size: int, executable: bool) -> None:
        from weft.link.modes import MODES

        for mode in self._order:
            try:
                MODES[mode](pair, name, name)
                break
            except OSError as error:
                if mode == COPY:
                    path = os.fsdecode(os.path.join(pair.target_path, name))
                    raise SystemFailure("copy to", path, error) from OsCause(error)
        if mode != self._order[0]:
            self._order = _ORDER[_ORDER.index(mode) :]
        if mode != HARDLINK:  # a clone and a copy come writable, and may have been cut short
            self._finish(pair, name, size=size, executable=executable)
        self.modes[mode] = self.modes.get(mode, 0) + size

    def _finish(self, pair: Pair, name: bytes, *, size: int, executable: bool) -> None:
        at = pair.target_name(name)
        try:
            if self._seal:
                os.chmod(at, 0o555 if executable else 0o444, dir_fd=pair.target)
            status = os.stat(at, dir_fd=pair.target, follow_symlinks=False)
        except OSError as error:
            path = os.fsdecode(os.path.join(pair.target_path, name))
            raise SystemFailure("write", path, error) from OsCause(error)
        if status.st_size != size:
            path = os.fsdecode(os.path.join(pair.source_path, name))
            damage = OSError(errno.EIO, "The file is not of the size that it had in the wheel")
            raise SystemFailure("read", path, damage) from OsCause(damage)
