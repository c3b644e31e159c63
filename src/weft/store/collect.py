"""Removing from a store what is unwanted or unneeded.

Owns which parts go. Refuses to lock: the caller holds the store's exclusive lock, or has been told
to go ahead without. Even then nobody sees half of anything: pointers go before the entries they
name, and an entry leaves its place by one rename before its files are removed. An interrupted
collection leaves unreferenced entries and stale staging, which the next one takes.
"""

from __future__ import annotations

import os

from weft.core.names import normalize_name
from weft.store.layout import BUCKETS, GATE, LOCK, MEMBER, Bucket
from weft.store.roots import forget_missing, symlinked_entries
from weft.store.staging import TEMPORARY, is_stale
from weft.system.removal import Removed, remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.store.store import Store

_BASE = frozenset(("CACHEDIR.TAG", ".gitignore", ".git", LOCK, GATE, MEMBER))
_NAMED_BUCKETS = (Bucket.SIMPLE, Bucket.METADATA)
_ORIGIN_KINDS = ("index", "url", "path")


def clean(store: Store, packages: Iterable[str] = ()) -> Removed:
    """Remove everything, or what the store has of some packages.

    The root and its lock survive, and so do entries (with the roots that name them) on which the
    symbolic links of an existing environment stand. Raises SystemFailure.
    """
    names: frozenset[str] = frozenset(map(normalize_name, packages))
    if not names:
        return _clean_everything(store)
    removed = Removed()
    suspects: set[str] = set()
    for path in _package_directories(store, Bucket.WHEELS, names):
        suspects |= _entries_named_by(store, path)
        removed += remove_tree(path)
    for bucket in _NAMED_BUCKETS:
        for path in _package_directories(store, bucket, names):
            removed += remove_tree(path)
    return removed + _remove_entries(store, suspects - _needed_entries(store))


def prune(store: Store, *, ci: bool = False) -> Removed:
    """Remove what nothing needs any more: buckets of other versions, what killed processes left,
    and entries that no pointer and no environment's symbolic link leads to.

    With `ci` the pointers of wheels that can be fetched again go first: a cache between runs of a
    pipeline is worth its size only for what is built. Raises SystemFailure.
    """
    removed = Removed()
    for name in _listed(store.root):
        if name not in BUCKETS and name not in _BASE:
            removed += remove_tree(os.path.join(store.root, name))
    from time import time

    now = time()
    staging = store.path(Bucket.STAGING)
    for name in _listed(staging):
        path = os.path.join(staging, name)
        if is_stale(path, now=now):
            removed += remove_tree(path)
    for bucket in BUCKETS:
        if bucket not in (Bucket.STAGING, Bucket.ENTRIES):
            removed += _remove_unfinished(store.path(bucket), now=now)
    if ci:
        removed += remove_tree(store.path(Bucket.WHEELS))
    forget_missing(store)
    unneeded = set(_all_entries(store)) - _needed_entries(store)
    return removed + _remove_entries(store, unneeded)


def _clean_everything(store: Store) -> Removed:
    forget_missing(store)
    held = symlinked_entries(store)
    kept = {LOCK}
    removed = Removed()
    if held:
        kept |= {Bucket.ENTRIES, Bucket.ROOTS}
        removed += remove_tree(store.path(Bucket.WHEELS))
        removed += _remove_entries(store, set(_all_entries(store)) - held)
    for name in _listed(store.root):
        if name not in kept:
            removed += remove_tree(os.path.join(store.root, name))
    return removed


def _needed_entries(store: Store) -> set[str]:
    needed = set(symlinked_entries(store))
    for origin in _origins(store, Bucket.WHEELS):
        for name in _listed(origin):
            needed |= _entries_named_by(store, os.path.join(origin, name))
    return needed


def _remove_entries(store: Store, entries: Iterable[str]) -> Removed:
    """Take entries out of sight one by one, then remove their files."""
    removed = Removed()
    for entry in sorted(entries):
        path = store.entry_path(entry)
        removed += store.discard(path)
        try:
            os.rmdir(os.path.dirname(path))
        except OSError:  # another entry begins with the same two digits
            pass
    return removed


def _package_directories(store: Store, bucket: str, names: frozenset[str]) -> Iterator[str]:
    """What a bucket has of packages, whether each is a directory or a file with a suffix."""
    for origin in _origins(store, bucket):
        for found in _listed(origin):
            if found in names or found.partition(".")[0] in names:
                yield os.path.join(origin, found)


def _origins(store: Store, bucket: str) -> Iterator[str]:
    """The directories of a bucket that have one child per package (see `layout.origin_key`)."""
    root = store.path(bucket)
    for kind in _listed(root):
        path = os.path.join(root, kind)
        if kind in _ORIGIN_KINDS:
            yield from (os.path.join(path, digest) for digest in _listed(path))
        else:
            yield path


def _entries_named_by(store: Store, directory: str) -> set[str]:
    """The entries that the pointers in one package's directory name."""
    wheels = store.path(Bucket.WHEELS)
    origin, name = os.path.split(os.path.relpath(directory, wheels))
    return {wheel.entry for wheel in store.wheels(origin.replace(os.sep, "/"), name)}


def _all_entries(store: Store) -> Iterator[str]:
    root = store.path(Bucket.ENTRIES)
    for prefix in _listed(root):
        yield from _listed(os.path.join(root, prefix))


def _remove_unfinished(path: str, *, now: float) -> Removed:
    """Remove files that were being written when their process was killed, a day ago or more."""
    removed = Removed()
    for name in _listed(path):
        child = os.path.join(path, name)
        if not name.startswith(TEMPORARY):
            if os.path.isdir(child) and not os.path.islink(child):
                removed += _remove_unfinished(child, now=now)
        elif is_stale(child, now=now):
            removed += remove_tree(child)
    return removed


def _listed(path: str) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []
