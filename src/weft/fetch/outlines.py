"""Outlines of projects in the store: what the next resolution by the same rules needs of pages.

Owns their format, and whether one still counts: while the file of its page in the store is the very
one that it was made of (modification time, size, inode), and fresh where there is a network.
Refuses to make outlines (`weft.fetch.outlining`) and to search them (`weft.resolver.outline`). What
cannot be read counts as absent.

`installed-v1/outlines-<32 hex>`: `MAGIC`, the length of the table (4 bytes, little-endian), the
table, the entries. The table is marshal of (facts, {name: (offset behind the table, length)}); the
facts are text that stands for everything that outlines depend on besides pages, and whose digest
is in the name of the file. An entry is marshal of (mtime ns, size, inode, fresh until, older, keys,
texts, masks, known) with the fields of `weft.resolver.outline.Outline`; the file of a version is
the fields of a `File`.
"""

from __future__ import annotations

import marshal

from weft.core.digest import quick_digest
from weft.resolver.outline import Outline
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.index.shelf import Store

    Stamp = tuple[int, int, int]

MAGIC = b"WFO1"
INSTALLED = "installed-v1"  # as in `weft.store.layout`, which takes longer to load than this file
SIMPLE = "simple-v1"
LARGEST = 1 << 20
"""How much is kept, in bytes, besides what the latest resolution needed."""
_HEAD = len(MAGIC) + 4
_YOUNG = 50_000_000  # ns: what is younger at the start may have been replaced unseen


class Outlines:
    """The outlines of one index by one set of rules.

    `origin` is the key of the index in the store. With `now` (epoch seconds) what is no longer
    fresh does not count; None is for work without a network.
    """

    def __init__(self, store: Store, facts: str, *, origin: str, now: float | None) -> None:
        self.facts = facts
        self._store = store
        self._name = f"outlines-{quick_digest(facts)}"
        self._pages = store.path(SIMPLE, origin)
        self._now = now
        self._entries: dict[str, tuple[int, int]] | None = None
        self._data = memoryview(b"")
        self.used: dict[str, int] = {}
        """Until when the pages behind the outlines that were found are fresh, by project."""

    def find(self, name: str) -> Outline | None:
        """The outline of a project (normalized name), if there is one that counts."""
        place = self.entries().get(name)
        if place is None:
            return None
        at, length = place
        try:
            entry = self._data[at : at + length]
            known = marshal.loads(entry)
            mtime, size, inode, until, older, keys, texts, masks, versions = known
            if stamp(f"{self._pages}/{name}/page") != (mtime, size, inode):
                return None
            if self._now is not None and self._now >= until:
                return None
            found = Outline(older, (keys, texts), masks, versions)
        except (ValueError, EOFError, TypeError):
            return None
        self.used[name] = until
        return found

    def entries(self) -> dict[str, tuple[int, int]]:
        """Where the entries are, by name; read when first asked for."""
        if self._entries is None:
            self._entries, self._data = _read(self._store.read(INSTALLED, self._name), self.facts)
        return self._entries

    def keep(self, outlines: Mapping[str, tuple[Outline, int]], *, started: float) -> None:
        """Keep outlines, each with until when its page is fresh, and what there is room for.

        Not of pages that were written since `started` (epoch seconds): another process may have
        put them in the place of those that the outlines were made of.
        """
        kept: dict[str, bytes] = {}
        for name, (outline, until) in outlines.items():
            found = stamp(f"{self._pages}/{name}/page")
            if found is not None and found[0] <= started * 1e9 - _YOUNG:
                kept[name] = _entry(outline, (*found, until))
        room = LARGEST
        for name, (at, length) in self.entries().items():
            if name not in outlines and length <= room:
                room -= length
                kept[name] = bytes(self._data[at : at + length])
        self._store.write(INSTALLED, self._name, _packed(self.facts, kept))


def _entry(outline: Outline, head: tuple[int, ...]) -> bytes:
    masks = (outline.prereleases, outline.refused, outline.yanked)
    versions = (tuple(outline.keys), tuple(outline.texts))
    return marshal.dumps((*head, outline.older, *versions, masks, outline.known), 4)


def _read(data: bytes | None, facts: str) -> tuple[dict[str, tuple[int, int]], memoryview]:
    """Where the entries are by name, and in what; none of what is damaged, or something else."""
    if data is None or data[: len(MAGIC)] != MAGIC:
        return {}, memoryview(b"")
    view = memoryview(data)
    start = _HEAD + int.from_bytes(view[len(MAGIC) : _HEAD], "little")
    try:
        about, table = marshal.loads(view[_HEAD:start])
        if about == facts:
            return {name: (at, size) for name, (at, size) in table.items()}, view[start:]
    except (ValueError, EOFError, TypeError, AttributeError):
        pass
    return {}, view


def _packed(facts: str, entries: Mapping[str, bytes]) -> bytes:
    table: dict[str, tuple[int, int]] = {}
    at = 0
    for name, entry in entries.items():
        table[name] = (at, len(entry))
        at += len(entry)
    head = marshal.dumps((facts, table), 4)
    return b"".join((MAGIC, len(head).to_bytes(4, "little"), head, *entries.values()))


def stamp(path: str) -> Stamp | None:
    """The identity of a file that is replaced and never changed; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
