"""Which archives of sources, things made of sources and notes nobody needs any more.

Owns looking through `sources-v1`, `built-v1` and `installed-v1`, for weft.store.collect. Refuses to
remove an entry, and to judge by age alone where that could cost work: a shard is superseded by a
newer one of the same source, and an archive by the record that names another. Notes that only save
time go when nobody has read them for weeks.
"""

from __future__ import annotations

from weft.store.built import LOCK, METADATA, WHEEL, pointers, read_metadata
from weft.store.layout import ORIGIN_KINDS, Bucket
from weft.store.sources import ARCHIVE, UNNAMED, unpack_record
from weft.system.lean import os
from weft.system.removal import Removed, remove_tree

_DAY = 86_400
_FORGOTTEN = 28 * _DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.store.store import Store


def origins(store: Store, bucket: str) -> Iterator[str]:
    """The directories of a bucket that have one child per package (see `layout.origin_key`)."""
    root = store.path(bucket)
    for kind in listed(root):
        path = os.path.join(root, kind)
        if kind in ORIGIN_KINDS:
            yield from (os.path.join(path, digest) for digest in listed(path))
        else:
            yield path


def listed(path: str) -> list[str]:
    """The names in a directory, sorted; none where it cannot be listed."""
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def places(store: Store, bucket: str) -> Iterator[str]:
    """Every `<origin>/<package>` of a bucket, as a key for `Store.path`."""
    root = store.path(bucket)
    for origin in origins(store, bucket):
        key = os.path.relpath(origin, root).replace(os.sep, "/")
        yield from (f"{key}/{package}" for package in listed(origin))


def places_of(store: Store, names: frozenset[str]) -> frozenset[str]:
    """The places that have something of packages, whose names may only stand in what is there."""
    found: set[str] = set()
    for bucket, tell in ((Bucket.SOURCES, _names_of_records), (Bucket.BUILT, _names_of_shards)):
        for place in places(store, bucket):
            package = place.rpartition("/")[2]
            if package in names or (
                package == UNNAMED and not names.isdisjoint(tell(store, place))
            ):
                found.add(place)
    return frozenset(found)


def entries_of(store: Store, place: str) -> set[str]:
    """The entries that the shards of a place point to."""
    return {wheel.entry for shard in _shards(store, place) for wheel, *_ in pointers(store, shard)}


def built_entries(store: Store, *, but: frozenset[str] = frozenset()) -> frozenset[str]:
    """The entries that shards point to, those of the places `but` left out."""
    found: set[str] = set()
    for place in places(store, Bucket.BUILT):
        if place not in but:
            found |= entries_of(store, place)
    return frozenset(found)


def remove_superseded(store: Store, *, now: float) -> Removed:
    """Remove shards of earlier states of local sources, and old ones that nothing came of.

    What somebody builds for at this moment stays. `now` is in epoch seconds. Raises SystemFailure.
    """
    removed = Removed()
    for place in list(places(store, Bucket.BUILT)):
        newest: dict[str, tuple[int, str]] = {}
        unneeded: list[str] = []
        for shard in _shards(store, place):
            made = _made(store.path(Bucket.BUILT, shard))
            if made is None:
                if (store.age(Bucket.BUILT, shard, now=now) or 0) > _DAY:
                    unneeded.append(shard)
            elif place.startswith("path/"):
                variant = shard.rpartition("/")[2].partition("-")[0]
                latest = newest.get(variant)
                if latest is not None:
                    unneeded.append(min(latest, (made, shard))[1])
                newest[variant] = max(latest or (0, ""), (made, shard))
        for shard in unneeded:
            removed += _remove_unlocked(store, shard)
    return removed


def remove_forgotten(store: Store, *, now: float) -> Removed:
    """Remove notes that were neither written nor read for four weeks. `now` is in epoch seconds.

    Where a file system keeps no times of access, that is four weeks after they were written: then
    they are made again. Raises SystemFailure.
    """
    removed = Removed()
    directory = store.path(Bucket.INSTALLED)
    for name in listed(directory):
        path = os.path.join(directory, name)
        try:
            found = os.lstat(path)
        except OSError:
            continue  # replaced, or taken by another
        if max(found.st_atime, found.st_mtime) < now - _FORGOTTEN:
            removed += remove_tree(path)
    return removed


def unneeded_archives(store: Store, held: frozenset[str], *, everything: bool) -> list[str]:
    """Paths of archives that no record names, and that nobody holds by their sha256.

    With `everything` records count for nothing, and are among the paths.
    """
    found: list[str] = []
    for place in places(store, Bucket.SOURCES):
        directory = store.path(Bucket.SOURCES, place)
        names = listed(directory)
        kept = set(held)
        for name in names:
            if name.endswith(ARCHIVE):
                continue
            record = unpack_record(store.read(Bucket.SOURCES, f"{place}/{name}"))
            digest = dict(record[1])["sha256"] if record is not None else ""
            if everything and digest not in held:
                found.append(os.path.join(directory, name))
            else:
                kept.add(digest)
        found += [
            os.path.join(directory, name)
            for name in names
            if name.endswith(ARCHIVE) and name.removesuffix(ARCHIVE) not in kept
        ]
    return found


def remove_empty(directory: str, *, above: int = 0) -> None:
    """Remove a directory that holds nothing, and as many `above` it as do not either."""
    for _ in range(above + 1):
        try:
            os.rmdir(directory)
        except OSError:  # something is in it, or somebody was quicker
            return
        directory = os.path.dirname(directory)


def _shards(store: Store, place: str) -> list[str]:
    return [f"{place}/{name}" for name in listed(store.path(Bucket.BUILT, place))]


def _names_of_records(store: Store, place: str) -> set[str]:
    from weft.core.names import normalize_name

    found: set[str] = set()
    for name in listed(store.path(Bucket.SOURCES, place)):
        if not name.endswith(ARCHIVE):
            record = unpack_record(store.read(Bucket.SOURCES, f"{place}/{name}"))
            if record is not None:
                # `demo-1.0.tar.gz` by URL: nothing but its file name tells whose it is.
                found |= {record[5], normalize_name(record[0].rpartition("-")[0])}
    return found


def _names_of_shards(store: Store, place: str) -> set[str]:
    found: set[str] = set()
    for shard in _shards(store, place):
        found |= {wheel.name for wheel, *_ in pointers(store, shard)}
        metadata = read_metadata(store, shard)
        if metadata is not None:
            found.add(metadata.normalized_name)
    return found


def _made(path: str) -> int | None:
    """When something was last put into a shard, in ns; None where nothing is in it."""
    times = []
    for name in listed(path):
        if name == METADATA or name.endswith(WHEEL):
            try:
                times.append(os.stat(os.path.join(path, name)).st_mtime_ns)
            except OSError:
                continue
    return max(times, default=None)


def _remove_unlocked(store: Store, shard: str) -> Removed:
    from weft.core.errors import WeftError
    from weft.system.locks import FileLock

    path = store.path(Bucket.BUILT, shard)
    lock = FileLock(os.path.join(path, LOCK))
    try:
        if not lock.acquire(blocking=False):
            return Removed()
    except WeftError:  # no locks here, or not ours to remove
        return Removed()
    try:
        with store.gate(shared=False):  # nobody writes metadata into it meanwhile
            return store.discard(path)
    finally:
        lock.release()
