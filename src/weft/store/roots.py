"""Environments that use entries of a store.

Owns the notes about who uses what, so that nothing which an environment needs by a symbolic link
is removed below it, and finding an environment again that was moved. Refuses to look into
environments: what was linked is told by those who link.

`roots-v1/<digest of the path>` is marshal: (path, device, inode, ((entry id, mode), …) sorted,
written in ns, ((entry id, project), …) sorted); older notes lack the last part. Device and inode
are those of the environment's directory when it was recorded. An inode stays what it is; a device
may get another number with the next start of the machine. So a note is about another directory only
where the device is the same and the inode is not.
`linked-roots-v1/<inode, hexadecimal>` holds the path of an environment that has symbolic links.
"""

from __future__ import annotations

import marshal

from weft.core.value import value
from weft.store.layout import MARSHAL_VERSION, Bucket
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Protocol

    from weft.store.store import Store

    Identity = tuple[int, int]

    class Recorded(Protocol):
        """A store, or a cache of several."""

        @property
        def records(self) -> Store: ...


_FIELDS = (5, 6)
SYMLINK = "symlink"


@value
class Root:
    """An environment: its path, its directory's identity, and (entry id, link mode) pairs.

    `projects` are (entry id, normalized name) pairs, as far as those were told.
    """

    path: str
    identity: Identity
    entries: tuple[tuple[str, str], ...]
    projects: tuple[tuple[str, str], ...] = ()

    def is_there(self) -> bool:
        """Whether the environment still exists where it was recorded."""
        now = _identity(self.path)
        return now is not None and now[1] == self.identity[1]

    @property
    def symlinked(self) -> frozenset[str]:
        """The entries that it reaches through symbolic links, and cannot do without."""
        return frozenset(entry for entry, mode in self.entries if mode == SYMLINK)


def record(
    store: Store,
    environment_path: str,
    entries: Iterable[str],
    mode: str,
    *,
    removed: Iterable[str] = (),
    projects: Mapping[str, str] | None = None,
) -> bool:
    """Note that an environment got `entries` by `mode`, and no longer uses the `removed` ones.

    `projects` are the names of those that it got. What was noted before stays. False where the
    store can only be read. Raises SystemFailure. Two processes that change one environment hold its
    lock, so nothing is lost between them.
    """
    path = os.path.abspath(environment_path)
    identity = _identity(path)
    if identity is None:
        return False
    before = _load(store, _key(path))
    if before is not None and _is_another(before.identity, identity):
        # It was moved, or made anew. Looking for it takes a look at every directory around, so
        # that is done for those alone that are broken by what they lose.
        if before.symlinked:
            _follow(store, before)
        before = None
    origin = before or _adopted(store, path, identity)
    known = dict(origin.entries)
    for entry in removed:
        known.pop(entry, None)
    known.update(dict.fromkeys(entries, mode))
    names = {**dict(origin.projects), **(projects or {})}
    root = _made(path, identity, known, names)
    return root == before or _write(store, root)


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


def symlinked(cache: Recorded) -> list[Root]:
    """The environments that have symbolic links into the cache, by path."""
    return [root for root in known(cache.records) if root.symlinked]


def symlinked_entries(store: Store) -> frozenset[str]:
    """Entries that an environment reaches through symbolic links, and cannot do without."""
    return frozenset(entry for root in known(store) for entry in root.symlinked)


def used_entries(store: Store) -> frozenset[str]:
    """Entries that an environment has, in whatever mode."""
    return frozenset(entry for root in known(store) for entry, _ in root.entries)


def copy(store: Store, environment_path: str, copied_path: str) -> None:
    """A copy of an environment uses what the original uses. Raises SystemFailure."""
    root = find(store, environment_path)
    identity = _identity(os.path.abspath(copied_path))
    if root is not None and identity is not None:
        path = os.path.abspath(copied_path)
        _write(store, Root(path, identity, root.entries, root.projects))


def move(store: Store, before: str, now: str) -> None:
    """The environment noted at `before` has been put at `now`, in place of any that was there."""
    root = find(store, before)
    now = os.path.abspath(now)
    identity = _identity(now)
    if identity is None:
        return
    if root is not None and not _is_another(root.identity, identity):
        _write(store, Root(now, identity, root.entries, root.projects))
        _drop(store, root.path)


def replace_mode(store: Store, root: Root, entries: Iterable[str], mode: str) -> None:
    """Note that an environment has `entries` by another mode than before. Raises SystemFailure."""
    changed = {**dict(root.entries), **dict.fromkeys(entries, mode)}
    _write(store, _made(root.path, root.identity, changed, dict(root.projects)))


def forget_missing(store: Store) -> list[Root]:
    """Follow environments that were moved, and drop the notes about those that are gone.

    An environment is looked for under another name of itself, or of whichever directory above it
    was renamed, and beside. One whose file system is not mounted now may come back, so its note
    stays. Those forgotten are returned.
    """
    forgotten = []
    for root in known(store):
        if root.is_there() or _follow(store, root) or _is_away(root):
            continue
        if _drop(store, root.path):
            forgotten.append(root)
    _drop_stale_paths(store)
    return forgotten


def _is_away(root: Root) -> bool:
    """Whether the file system of the environment is not the one that its path leads to now."""
    path = root.path
    while (there := _identity(path)) is None and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return there is None or there[0] != root.identity[0]


def _follow(store: Store, root: Root) -> bool:
    """Note the new path of an environment that was moved; False where it is not found."""
    path = _moved_path(root)
    if path is None:
        return False
    entries, projects = dict(root.entries), dict(root.projects)
    there = _load(store, _key(path))
    if there is not None and not _is_another(there.identity, root.identity):
        entries.update(there.entries)  # installed into since
        projects.update(there.projects)
    if not _write(store, _made(path, root.identity, entries, projects)):
        return False
    _drop(store, root.path)
    return True


def _moved_path(root: Root) -> str | None:
    """Where the environment is now: one name of its path may have become another."""
    parent, rest = os.path.split(root.path)
    grandparent, above = os.path.split(parent)
    candidates = [os.path.join(parent, other) for other in _listed(parent)]
    candidates += [os.path.join(grandparent, other, rest) for other in _listed(grandparent)]
    while not os.path.isdir(grandparent) and above:
        rest = os.path.join(above, rest)
        grandparent, above = os.path.split(grandparent)
        candidates += [os.path.join(grandparent, other, rest) for other in _listed(grandparent)]
    return next((path for path in candidates if _identity(path) == root.identity), None)


def _adopted(store: Store, path: str, identity: Identity) -> Root:
    """What is noted about this directory under the path that it had before; else nothing."""
    data = store.read(Bucket.LINKED, f"{identity[1]:x}")
    old = _load(store, _key(os.fsdecode(data))) if data else None
    if old is None or old.identity != identity or old.is_there():
        return Root(path, identity, ())
    _drop(store, old.path)
    return old


def _made(path: str, identity: Identity, entries: dict[str, str], projects: dict[str, str]) -> Root:
    """Names are kept of what is used alone."""
    names = sorted([each for each in projects.items() if each[0] in entries])
    return Root(path, identity, tuple(sorted(entries.items())), tuple(names))


def _write(store: Store, root: Root) -> bool:
    from time import time_ns

    fields = (root.path, *root.identity, root.entries, time_ns(), root.projects)
    written = store.write(Bucket.ROOTS, _key(root.path), marshal.dumps(fields, MARSHAL_VERSION))
    if written and root.symlinked:
        store.write(Bucket.LINKED, f"{root.identity[1]:x}", os.fsencode(root.path))
    return written


def _drop(store: Store, path: str) -> bool:
    try:
        os.unlink(store.path(Bucket.ROOTS, _key(path)))
    except OSError:
        return False
    return True


def _drop_stale_paths(store: Store) -> None:
    """Keep only the paths of environments that are still noted."""
    for name in _listed(store.path(Bucket.LINKED)):
        data = store.read(Bucket.LINKED, name)
        if data is None or _load(store, _key(os.fsdecode(data))) is not None:
            continue
        try:
            os.unlink(store.path(Bucket.LINKED, name))
        except OSError:
            continue


def _key(path: str) -> str:
    from weft.core.digest import sha256_hex

    return sha256_hex(os.fsencode(path))[:32]


def _identity(path: str) -> Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _is_another(noted: Identity, now: Identity) -> bool:
    """Whether two identities are surely those of two directories."""
    return noted[0] == now[0] and noted[1] != now[1]


def _listed(path: str) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def _load(store: Store, key: str) -> Root | None:
    data = store.read(Bucket.ROOTS, key)
    try:
        fields = marshal.loads(data or b"")
        if len(fields) not in _FIELDS:
            return None
    except (EOFError, ValueError, TypeError):
        return None
    path, device, inode, entries, _written, *more = fields
    return Root(path, (device, inode), entries, more[0] if more else ())
