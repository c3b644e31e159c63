"""Environments that use entries of a store.

Owns the notes about who uses what, so that nothing which an environment needs by a symbolic link
is removed below it. Refuses to look into environments: what was linked is told by those who link.

`roots-v1/<digest of the path>` is marshal: (path, device, inode, ((entry id, mode), …) sorted,
written in ns). Device and inode are those of the environment's directory when it was recorded: a
new environment of the same name starts afresh.
"""

from __future__ import annotations

import marshal
import os

from weft.core.value import value
from weft.store.layout import MARSHAL_VERSION, Bucket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.store.store import Store

_FIELDS = 5


@value
class Root:
    """An environment: its path, its directory's identity, and (entry id, link mode) pairs."""

    path: str
    identity: tuple[int, int]
    entries: tuple[tuple[str, str], ...]

    def is_there(self) -> bool:
        """Whether the environment still exists, and is the one that was recorded."""
        return _identity(self.path) == self.identity


def record(
    store: Store,
    environment_path: str,
    entries: Iterable[str],
    mode: str,
    *,
    removed: Iterable[str] = (),
) -> bool:
    """Note that an environment got `entries` by `mode`, and no longer uses the `removed` ones.

    What was noted before stays. False where the store can only be read. Raises SystemFailure.
    Two processes that change one environment hold its lock, so nothing is lost between them.
    """
    path = os.path.abspath(environment_path)
    identity = _identity(path)
    if identity is None:
        return False
    known: dict[str, str] = {}
    before = _load(store, _key(path))
    if before is not None and before.identity == identity:
        known.update(before.entries)
    for entry in removed:
        known.pop(entry, None)
    known.update(dict.fromkeys(entries, mode))
    pairs = tuple(sorted(known.items()))
    if before is not None and before.identity == identity and before.entries == pairs:
        return True
    from time import time_ns

    data = marshal.dumps((path, *identity, pairs, time_ns()), MARSHAL_VERSION)
    return store.write(Bucket.ROOTS, _key(path), data)


def find(store: Store, environment_path: str) -> Root | None:
    """What is noted about one environment, None where nothing is."""
    return _load(store, _key(os.path.abspath(environment_path)))


def known(store: Store) -> list[Root]:
    """All recorded environments, by path; whether they still exist is not asked."""
    try:
        keys = os.listdir(store.path(Bucket.ROOTS))
    except OSError:
        return []
    loaded = (_load(store, key) for key in keys)
    return sorted((root for root in loaded if root is not None), key=lambda root: root.path)


def forget_missing(store: Store) -> list[Root]:
    """Drop the notes about environments that are gone; those are returned.

    An environment below a directory that is missing too may lie on a disk that is not mounted
    now, so its note stays.
    """
    forgotten = []
    for root in known(store):
        if root.is_there() or not os.path.isdir(os.path.dirname(root.path)):
            continue
        try:
            os.unlink(store.path(Bucket.ROOTS, _key(root.path)))
        except OSError:
            continue
        forgotten.append(root)
    return forgotten


def symlinked_entries(store: Store) -> frozenset[str]:
    """Entries that an environment reaches through symbolic links, and cannot do without."""
    return frozenset(
        entry for root in known(store) for entry, mode in root.entries if mode == "symlink"
    )


def _key(path: str) -> str:
    from weft.core.digest import sha256_hex

    return sha256_hex(os.fsencode(path))[:32]


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _load(store: Store, key: str) -> Root | None:
    data = store.read(Bucket.ROOTS, key)
    try:
        fields = marshal.loads(data or b"")
        if len(fields) != _FIELDS:
            return None
    except (EOFError, ValueError, TypeError):
        return None
    path, device, inode, entries, _written = fields
    return Root(path, (device, inode), entries)
