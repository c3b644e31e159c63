"""What a resolution needs of many pages in one file.

Owns the format of a ledger: what pages say of versions, which file was chosen for those that were
looked at, and their metadata. Reading one file instead of two for each project, without a row of
all the files that nobody looks at, is half of the time of a small resolution.
Refuses to know how files are chosen: a ledger belongs to a key, which stands for all rules by
which that is done. What cannot be read counts as absent. A page counts while its file in the store
is the very one that was read (modification time, size, inode); other entries are passed over.

`installed-v1/ledger-<key>`: `MAGIC`, the length of the table (4 bytes, little-endian), the table
(marshal of page key → (offset behind the table, length)), the entries. An entry is marshal of
(mtime ns, size, inode, fetched at, fresh until, ETag, Last-Modified, must revalidate, summary of
the page, ((position, fields of the chosen file), …), ((position, what is kept where there is
none), …), ((URL, packed metadata), …)).
"""

from __future__ import annotations

import marshal

from weft.core.distribution import File
from weft.index.httpcache import Freshness
from weft.index.shelf import SIMPLE, Kept
from weft.index.simple.packed import PackedPage
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.core.metadata import PackedMetadata
    from weft.index.shelf import Store

MAGIC = b"WFL1"
BUCKET = "installed-v1"
WORTH_KEEPING = 8
"""Fewer pages are read as fast one by one."""
LARGEST = 1 << 20
"""How much is kept, in bytes, besides what the latest resolution needed."""
_HEAD = len(MAGIC) + 4
_YOUNG = 50_000_000  # ns: what is younger at the start may have been replaced unseen


class _Used:
    """A page of this run: `entry` is what the ledger has of it, None if it was read itself."""

    __slots__ = ("choices", "entry", "index", "kept", "metadata", "page", "stamp")

    def __init__(
        self, page: PackedPage, kept: Kept, index: str, *, entry: bytes | None, stamp: Stamp | None
    ) -> None:
        self.page = page
        self.kept = kept
        self.index = index
        self.entry = entry
        self.stamp = stamp
        self.choices = len(page.chosen)
        self.metadata: dict[str, PackedMetadata] = {}


class Ledger:
    """The ledger of one key. Thread-safe; `started` is when the run began, in epoch seconds.

    `read` gives a page that has to be read itself after all.
    """

    def __init__(
        self, store: Store, key: str, *, started: float, read: Callable[[str, str], PackedPage]
    ) -> None:
        self.key = key
        self._store = store
        self._name = f"ledger-{key}"
        self._oldest = started * 1e9 - _YOUNG
        self._read = read
        self._used: dict[str, _Used] = {}
        self._fresh: set[str] = set()
        self._metadata: dict[tuple[str, str], PackedMetadata] = {}
        self._entries: dict[str, memoryview] | None = None

    def find(self, key: str, index: str) -> tuple[Kept, PackedPage] | None:
        """The page with this key, as the ledger has it; `index` is the URL that files name."""
        entry = self._earlier().get(key)
        if entry is None:
            return None
        stamp = _stamp(self._store, key)
        try:
            *known, fetched, until, etag, modified, revalidate, summary, chosen, refused, told = (
                marshal.loads(entry)
            )
            if stamp is None or tuple(known) != stamp:
                return None
            kept = Kept(fetched, Freshness(until, etag, modified, revalidate), b"")
            page = PackedPage.summed(summary, index=index, whole=lambda: self._read(key, index))
            page.chosen = dict(refused)
            for position, fields in chosen:
                page.chosen[position] = File(*fields)
            used = _Used(page, kept, index, entry=bytes(entry), stamp=stamp)
            used.metadata = dict(told)
            for url, packed in told:
                self._metadata[index, url] = packed
        except (ValueError, EOFError, TypeError):
            return None
        self._used[key] = used
        return kept, page

    def add(self, key: str, index: str, *, kept: Kept, page: PackedPage) -> None:
        """Note a page that was read in the store."""
        self._used[key] = _Used(page, kept, index, entry=None, stamp=None)

    def metadata(self, index: str, url: str) -> PackedMetadata | None:
        """Metadata of a file on one of the pages that were found."""
        return self._metadata.get((index, url))

    def add_metadata(self, key: str, url: str, packed: PackedMetadata) -> None:
        """Note metadata that was read elsewhere."""
        used = self._used.get(key)
        if used is not None:
            used.metadata[url] = self._metadata[used.index, url] = packed
            self._fresh.add(key)

    def _earlier(self) -> dict[str, memoryview]:
        """What earlier runs have left, read when it is first asked for."""
        if self._entries is None:
            self._entries = _entries(self._store.read(BUCKET, self._name))
        return self._entries

    def save(self) -> None:
        """Keep what this run has used, if there is news, and of the rest what there is room for."""
        used = list(self._used.items())
        if len(used) < WORTH_KEEPING:
            return
        news = False
        kept: dict[str, bytes] = {}
        for key, each in used:
            entry = each.entry
            if entry is None or key in self._fresh or len(each.page.chosen) != each.choices:
                stamp = each.stamp or _stamp(self._store, key)
                if stamp is None or stamp[0] > self._oldest:
                    continue
                entry = _entry(each, stamp)
                news = True
            kept[key] = entry
        if not news:
            return
        room = LARGEST
        for key, old in self._earlier().items():
            if key not in self._used and len(old) <= room:
                room -= len(old)
                kept[key] = bytes(old)
        self._store.write(BUCKET, self._name, _packed(kept))


if TYPE_CHECKING:
    Stamp = tuple[int, int, int]


def _entries(data: bytes | None) -> dict[str, memoryview]:
    """The entries of a ledger, none of what is damaged."""
    if data is None or data[: len(MAGIC)] != MAGIC:
        return {}
    view = memoryview(data)
    start = _HEAD + int.from_bytes(view[len(MAGIC) : _HEAD], "little")
    try:
        table = marshal.loads(view[_HEAD:start])
        return {key: view[start + at : start + at + size] for key, (at, size) in table.items()}
    except (ValueError, EOFError, TypeError, AttributeError):
        return {}


def _packed(entries: dict[str, bytes]) -> bytes:
    table: dict[str, tuple[int, int]] = {}
    at = 0
    for key, entry in entries.items():
        table[key] = (at, len(entry))
        at += len(entry)
    head = marshal.dumps(table, 4)
    return b"".join((MAGIC, len(head).to_bytes(4, "little"), head, *entries.values()))


def _entry(used: _Used, stamp: Stamp) -> bytes:
    fresh = used.kept.freshness
    chosen, refused = [], []
    for position, found in used.page.chosen.copy().items():
        if isinstance(found, File):
            chosen.append((position, tuple([getattr(found, each) for each in File.__match_args__])))
        else:
            refused.append((position, found))
    return marshal.dumps(
        (
            *stamp,
            used.kept.fetched_at,
            fresh.fresh_until,
            fresh.etag,
            fresh.last_modified,
            fresh.must_revalidate,
            used.page.summary(),
            tuple(chosen),
            tuple(refused),
            tuple(used.metadata.copy().items()),
        ),
        4,
    )


def _stamp(store: Store, key: str) -> Stamp | None:
    try:
        found = os.stat(store.path(SIMPLE, f"{key}/page"))
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
