"""Packages of locks that are known to be what a resolution would write today.

Owns the memory of blocks: a package's part of the text of a lock, by its digest, with where the
package counts, and the index page that its files were listed from. While that page is the very one
in the store, and is fresh, listing them again gives the same block.
Refuses to say under which rules that is so: they are the key. What cannot be read counts as absent.

`installed-v1/blocks-<key>`: marshal of name → (digest of the block, text of the marker,
modification time in ns, size and inode of the page, epoch second until when it is fresh).
"""

from __future__ import annotations

import marshal

from weft.core.digest import quick_digest
from weft.store.layout import Bucket
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.store.store import Store

    Row = tuple[str, str, int, int, int, int]

_MOST = 4000  # names; which of the rest are forgotten is left to chance
_YOUNG = 50_000_000  # ns: what is younger at the start may have been replaced unseen


class Blocks:
    """The memory of one key."""

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._name = f"blocks-{key}"
        self._rows = self._read()

    def stands(self, name: str, block: str, *, where: str, page: str, now: int | None) -> bool:
        """Whether a block is what would be written, at `now` (None: without a network), for a
        package that counts `where` and whose page is called `page`."""
        row = self._rows.get(name)
        if row is None or len(row) != 6 or row[0] != quick_digest(block) or row[1] != where:
            return False
        return (now is None or now < row[5]) and _stamp(self._store, page) == row[2:5]

    def keep(
        self, found: Iterable[tuple[str, str, str, str]], until: Mapping[str, int], *, since: float
    ) -> None:
        """Remember rows of (name, block, where, page); `until` tells when pages are not fresh any
        more. Pages that are younger than `since` (epoch seconds) are passed over."""
        oldest = since * 1e9 - _YOUNG
        rows: dict[str, Row] = {}
        for name, block, where, page in found:
            stamp = _stamp(self._store, page)
            if stamp is not None and stamp[0] < oldest and page in until:
                rows[name] = (quick_digest(block), where, *stamp, until[page])
        if all(self._rows.get(name) == row for name, row in rows.items()):
            return
        for name, row in self._rows.items():
            if len(rows) >= _MOST:
                break
            rows.setdefault(name, row)
        self._store.write(Bucket.INSTALLED, self._name, marshal.dumps(rows, 4))

    def _read(self) -> dict[str, Row]:
        data = self._store.read(Bucket.INSTALLED, self._name)
        try:
            found = marshal.loads(data) if data is not None else {}
        except (ValueError, EOFError, TypeError):
            return {}
        return found if isinstance(found, dict) else {}


def _stamp(store: Store, page: str) -> tuple[int, int, int] | None:
    """Modification time (ns), size and inode of a page."""
    try:
        found = os.stat(store.path(Bucket.SIMPLE, f"{page}/page"))
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
