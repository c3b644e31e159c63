"""Removing from a cache what is unwanted or unneeded.

Owns which parts go. Refuses to wait: the caller of `clean` holds the store's exclusive lock, or has
been told to go ahead without; `prune` needs no lock, and takes what no living process has leased
(`weft.store.leases`). Nobody sees half of anything: pointers go before the entries they name, and
an entry leaves its place by one rename before its files are removed. An interrupted collection
leaves unreferenced entries and stale staging, which the next one takes. Whatever else lies in the
directory of a store stays: a person may have named one that holds files of theirs.

A cache is a store, or a home with its members (`weft.store.members.Cache`); members that are absent
or cannot be written are left out, and the caller names them.
"""

from __future__ import annotations

from weft.core.names import normalize_name
from weft.store.environments import remove_unused
from weft.store.errors import SymlinkedEnvironments
from weft.store.layout import BASE_FILES, BUCKETS, GATE, LOCK, MEMBER, Bucket
from weft.store.leases import leased
from weft.store.roots import forget_missing, symlinked, symlinked_entries, used_entries
from weft.store.spares import remove_spares, remove_spares_of
from weft.store.staging import TEMPORARY, Staging, is_stale
from weft.store.unneeded import (
    built_entries,
    entries_of,
    listed,
    origins,
    places_of,
    remove_empty,
    remove_forgotten,
    remove_superseded,
    unneeded_archives,
)
from weft.system.files import random_name, read_bytes
from weft.system.lean import os
from weft.system.removal import Removed, remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.store.members import Cache
    from weft.store.store import Store

_STEMS = frozenset(bucket.rpartition("-v")[0] for bucket in BUCKETS)
_LENGTH = len(random_name())
_NAMED_BUCKETS = (Bucket.SIMPLE, Bucket.METADATA)
#: How deep files may be that were left half written, where what lies deeper is not ours.
_DEPTHS = {Bucket.GIT: 2}
_DEEPEST = 8


def clean(
    cache: Store | Cache, packages: Iterable[str] = (), *, materialize: bool = False
) -> Removed:
    """Remove everything, or what the cache has of some packages.

    The home's root and lock survive. Environments with symbolic links into what would go are an
    error (SymlinkedEnvironments), unless `materialize` is to make files of the links first; those
    that are on a file system which is not there keep their entries. Raises SystemFailure.
    """
    home, stores = cache.records, _stores(cache)
    names: frozenset[str] = frozenset(map(normalize_name, packages))
    forget_missing(home)
    if not names:
        everything = {entry for store in stores for entry in _all_entries(store)}
        _free(stores, frozenset(everything), materialize=materialize)
        return _clean_everything(cache)
    pointers = list(_package_directories(home, Bucket.WHEELS, names))
    places = places_of(home, names)
    suspects = {entry for path in pointers for entry in _entries_named_by(home, path)}
    suspects |= {entry for place in places for entry in entries_of(home, place)}
    others = _entries_pointed_at(home, but=frozenset(pointers)) | built_entries(home, but=places)
    _free(stores, frozenset(suspects - others), materialize=materialize)
    doomed = suspects - others - symlinked_entries(home)
    removed = Removed()
    for path in pointers:
        removed += remove_tree(path)
    for place in sorted(places):
        for bucket in (Bucket.SOURCES, Bucket.BUILT):
            removed += remove_tree(home.path(bucket, place))
            remove_empty(os.path.dirname(home.path(bucket, place)), above=1)
    for bucket in _NAMED_BUCKETS:
        for path in _package_directories(home, bucket, names):
            removed += remove_tree(path)
    return removed + _remove_entries(stores, doomed)


def prune(cache: Store | Cache, *, ci: bool = False) -> Removed:
    """Remove what nothing needs any more: buckets of other versions, what killed processes left,
    environments of the cache in which nothing ran lately, entries that no pointer, no environment
    and no living process leads to, what was built of earlier states of local sources, archives of
    sources that were replaced, and notes that nobody has read for weeks.

    With `ci` the pointers of wheels that can be fetched again go first, and all archives, and only
    symbolic links count as use: a cache between runs of a pipeline is worth its size only for what
    is built.
    Waits for nobody, and disturbs nobody. Raises SystemFailure.
    """
    from time import time

    home, stores, now = cache.records, _stores(cache), time()
    removed = Removed()
    for store in stores:
        removed += _remove_strays(store.root, now=now)
        removed += _remove_stale(store.path(Bucket.STAGING), now=now)
    removed += remove_unused(home, everything=ci)
    for bucket in BUCKETS:
        if bucket not in (Bucket.STAGING, Bucket.ENTRIES, Bucket.ENVIRONMENTS):
            depth = _DEPTHS.get(bucket, _DEEPEST)
            removed += _remove_unfinished(home.path(bucket), now=now, depth=depth)
    for store in stores:
        removed += remove_spares(store, but=() if ci else frozenset(_all_entries(store)))
    forget_missing(home)
    removed += remove_superseded(home, now=now)
    removed += remove_forgotten(home, now=now)
    suspects = [(store, set(_all_entries(store))) for store in stores]
    if not ci:  # the gate need not be closed for long
        needed = _needed_entries(home, ci=False)
        suspects = [(store, entries - needed) for store, entries in suspects]
    archives = unneeded_archives(home, frozenset(), everything=ci)
    if not ci and not archives and not any(entries for _, entries in suspects):
        return removed
    asides = {store.root: Staging(store.staging()) for store in stores}
    try:
        with home.gate(shared=False):
            _take_aside(home, suspects, {root: each.path for root, each in asides.items()}, ci=ci)
        for each in asides.values():
            for name in listed(each.path):
                removed += remove_tree(os.path.join(each.path, name))
    finally:
        for each in asides.values():
            each.close()
    return removed


def _take_aside(
    home: Store, suspects: list[tuple[Store, set[str]]], asides: dict[str, str], *, ci: bool
) -> None:
    """Rename away what nobody needs. Leases are read first: who dropped one has left a pointer."""
    held = leased(home)
    if ci:
        _rename(home.path(Bucket.WHEELS), os.path.join(asides[home.root], Bucket.WHEELS))
    for path in unneeded_archives(home, held, everything=ci):
        _rename(path, os.path.join(asides[home.root], random_name("archive-")))
        remove_empty(os.path.dirname(path), above=2)
    held |= _needed_entries(home, ci=ci)
    for store, entries in suspects:
        for entry in sorted(entries - held):
            path = store.entry_path(entry)
            _rename(path, os.path.join(asides[store.root], entry))
            remove_empty(os.path.dirname(path))


def _free(stores: list[Store], entries: frozenset[str], *, materialize: bool) -> None:
    """See to it that no environment that is there has symbolic links into `entries`."""
    home = stores[0].records
    roots = [root for root in symlinked(home) if root.symlinked & entries and root.is_there()]
    if roots and not materialize:
        raise SymlinkedEnvironments(tuple(root.path for root in roots))
    if roots:
        from weft.store.materializing import materialize as make_files

        for root in roots:
            make_files(root, stores, entries)


def _clean_everything(cache: Store | Cache) -> Removed:
    from weft.store.membership import notes

    home = cache.records
    held = symlinked_entries(home)
    kept = {LOCK}
    removed = Removed()
    for store in _stores(cache):
        if store is not home:
            removed += _clean_member(store, held)
    if notes(home):  # those that are absent
        kept.add(Bucket.MEMBERS)
    if held:
        kept |= {Bucket.ENTRIES, Bucket.ROOTS, Bucket.LINKED}
        removed += remove_tree(home.path(Bucket.WHEELS))
        removed += _remove_entries([home], set(_all_entries(home)) - held)
    for name in listed(home.root):
        if name not in kept and _is_part(home.root, name):
            removed += remove_tree(os.path.join(home.root, name))
    return removed


def _clean_member(store: Store, held: frozenset[str]) -> Removed:
    """Remove a member; the file that makes it one goes last, so that the rest is found again."""
    from weft.store.membership import forget

    if held.intersection(_all_entries(store)):
        return _remove_entries([store], set(_all_entries(store)) - held)
    removed = Removed()
    for name in listed(store.root):
        if _is_part(store.root, name):
            removed += remove_tree(os.path.join(store.root, name))
    left = [name for name in listed(store.root) if name != MEMBER]
    removed += remove_tree(os.path.join(store.root, MEMBER) if left else store.root)
    forget(store.records, store.root)
    return removed


def _stores(cache: Store | Cache) -> list[Store]:
    """The stores that can be changed, the home first."""
    from weft.store.store import Store

    if isinstance(cache, Store):
        return [cache]
    others = (store for store in cache.stores() if store is not cache.home)
    return [cache.home, *(store for store in others if os.access(store.root, os.W_OK))]


def _needed_entries(home: Store, *, ci: bool) -> frozenset[str]:
    """What pointers and environments lead to."""
    used = symlinked_entries(home) if ci else used_entries(home)
    return used | _entries_pointed_at(home) | built_entries(home)


def _entries_pointed_at(home: Store, *, but: frozenset[str] = frozenset()) -> frozenset[str]:
    """What pointers lead to, those in the directories `but` left out."""
    found: set[str] = set()
    for origin in origins(home, Bucket.WHEELS):
        for name in listed(origin):
            path = os.path.join(origin, name)
            if path not in but:
                found |= _entries_named_by(home, path)
    return frozenset(found)


def _remove_entries(stores: Iterable[Store], entries: Iterable[str]) -> Removed:
    """Take entries out of sight one by one, then remove their files."""
    removed = Removed()
    for store in stores:
        for entry in sorted(entries):
            path = store.entry_path(entry)
            removed += store.discard(path)
            removed += remove_spares_of(store, entry)
            remove_empty(os.path.dirname(path))
    return removed


def _package_directories(store: Store, bucket: str, names: frozenset[str]) -> Iterator[str]:
    """What a bucket has of packages, whether each is a directory or a file with a suffix."""
    for origin in origins(store, bucket):
        for found in listed(origin):
            if found in names or found.partition(".")[0] in names:
                yield os.path.join(origin, found)


def _entries_named_by(store: Store, directory: str) -> set[str]:
    """The entries that the pointers in one package's directory name."""
    wheels = store.path(Bucket.WHEELS)
    origin, name = os.path.split(os.path.relpath(directory, wheels))
    return {wheel.entry for wheel in store.wheels(origin.replace(os.sep, "/"), name)}


def _all_entries(store: Store) -> Iterator[str]:
    root = store.path(Bucket.ENTRIES)
    for prefix in listed(root):
        yield from listed(os.path.join(root, prefix))


def _remove_strays(root: str, *, now: float) -> Removed:
    """Remove buckets of other versions, and files that were left half written."""
    removed = Removed()
    for name in listed(root):
        path = os.path.join(root, name)
        if _is_unfinished(name):
            if is_stale(path, now=now):
                removed += remove_tree(path)
        elif _is_bucket(name) and name not in BUCKETS:
            removed += remove_tree(path)
    return removed


def _is_part(root: str, name: str) -> bool:
    """Whether a name in the directory of a store is weft's, and so weft's to remove."""
    if _is_bucket(name) or _is_unfinished(name) or name in (LOCK, GATE):
        return True
    content = dict(BASE_FILES).get(name)
    path = os.path.join(root, name)
    return content is not None and os.path.isfile(path) and read_bytes(path) == content


def _is_bucket(name: str) -> bool:
    """Whether it is the name of a bucket, of whichever version."""
    stem, _, version = name.rpartition("-v")
    return stem in _STEMS and version.isdecimal()


def _is_unfinished(name: str) -> bool:
    return name.startswith(TEMPORARY) and len(name) == _LENGTH


def _remove_stale(staging: str, *, now: float) -> Removed:
    """Remove what killed processes were making."""
    removed = Removed()
    for name in listed(staging):
        path = os.path.join(staging, name)
        if is_stale(path, now=now):
            removed += remove_tree(path)
    return removed


def _remove_unfinished(path: str, *, now: float, depth: int) -> Removed:
    """Remove files that were being written when their process was killed, a day ago or more."""
    removed = Removed()
    for name in listed(path) if depth else ():
        child = os.path.join(path, name)
        if not name.startswith(TEMPORARY):
            if os.path.isdir(child) and not os.path.islink(child):
                removed += _remove_unfinished(child, now=now, depth=depth - 1)
        elif is_stale(child, now=now):
            removed += remove_tree(child)
    return removed


def _rename(path: str, aside: str) -> None:
    try:
        os.rename(path, aside)
    except OSError:  # gone already, or another user's to remove
        pass
