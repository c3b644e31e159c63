"""Pages and metadata in the store: their formats and keys.

Owns what the buckets `simple-v1` and `metadata-v1` hold. Refuses to fetch. What cannot be read
counts as absent; a store that can only be read keeps nothing and is no error.

`simple-v1/<origin key>/<project>/page`: `MAGIC`, then `_HEAD` (fetched and fresh until in epoch
seconds, flags, lengths of two texts), the ETag, the Last-Modified text, and a packed page
(`weft.index.simple.packed`) or its front. Where the rest of it is long it lies in `rest` beside,
so that a resolution reads a tenth of it. Find-links pages are `flat/<16 hex>/page`, with marshal
of (URL, rows) in place of a packed page.
`metadata-v1/<origin key>/<project>/<filename>-<16 hex>`: marshal of `weft.core.metadata.pack`.
"""

from __future__ import annotations

import marshal
from struct import Struct
from struct import error as StructError

from weft.core.value import value
from weft.index.httpcache import Freshness
from weft.index.simple.packed import PackedPage, cut, is_packed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from weft.core.distribution import File
    from weft.core.metadata import PackedMetadata

    class Store(Protocol):
        """What this room needs of the store."""

        def read(self, bucket: str, key: str) -> bytes | None: ...
        def write(self, bucket: str, key: str, data: bytes) -> object: ...
        def path(self, bucket: str, key: str = "") -> str: ...


MAGIC = b"WFS1"
SIMPLE = "simple-v1"
METADATA = "metadata-v1"
_HEAD = Struct("<4sqqBHH")
_MUST_REVALIDATE = 1
_LONG = 1 << 14


@value
class Kept:
    """A page as it lies in the store; `body` is the packed page or its front."""

    fetched_at: int
    freshness: Freshness
    body: bytes | memoryview


class Shelf:
    """Reads and writes pages and metadata."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, key: str) -> Kept | None:
        """What is kept under a key of `simple-v1` without `/page`."""
        data = self._store.read(SIMPLE, key + "/page")
        if data is None:
            return None
        try:
            magic, fetched_at, until, flags, etag_size, date_size = _HEAD.unpack_from(data)
            if magic != MAGIC:
                return None
            date_at = _HEAD.size + etag_size
            etag = data[_HEAD.size : date_at].decode("latin-1")
            date = data[date_at : date_at + date_size].decode("latin-1")
        except StructError:
            return None
        freshness = Freshness(until, etag, date, bool(flags & _MUST_REVALIDATE))
        return Kept(fetched_at, freshness, memoryview(data)[date_at + date_size :])

    def write(self, key: str, kept: Kept, *, whole: bool = True) -> bytes | memoryview:
        """Keep a page; a long rest goes beside it, and first. Gives the body without such a rest.

        Without `whole` the body is what was read here, whose rest is beside it already.
        """
        body = kept.body
        if whole and is_packed(body):
            front, rest = cut(bytes(body))
            if len(rest) > _LONG and self._store.write(SIMPLE, key + "/rest", rest):
                body = front
        self._store.write(SIMPLE, key + "/page", b"".join((_head(kept), body)))
        return body

    def page(self, key: str, kept: Kept, *, index: str) -> PackedPage | None:
        """The packed page out of what is kept, None if it is damaged."""
        return PackedPage.load(
            kept.body,
            index=index,
            rest=lambda: self._store.read(SIMPLE, key + "/rest"),
            replace=lambda: self._whole(key, index),
        )

    def metadata(self, key: str) -> PackedMetadata | None:
        """Packed metadata under a key of `metadata-v1`."""
        data = self._store.read(METADATA, key)
        try:
            found: PackedMetadata | None = marshal.loads(data) if data is not None else None
        except (ValueError, EOFError, TypeError):
            return None
        return found if isinstance(found, tuple) and len(found) == 9 else None

    def write_metadata(self, key: str, packed: PackedMetadata) -> None:
        """Keep packed metadata."""
        self._store.write(METADATA, key, marshal.dumps(packed, 4))

    def _whole(self, key: str, index: str) -> PackedPage:
        """The page that another process has put in the place of ours, front and rest."""
        for _ in range(5):
            kept = self.read(key)
            rest = self._store.read(SIMPLE, key + "/rest")
            if kept is not None and rest is not None:
                page = PackedPage.load(b"".join((kept.body, rest)), index=index)
                if page is not None and page.is_whole():
                    return page
        raise incomplete(key)


def incomplete(key: str) -> Exception:
    """The error for a page that went away while it was in use."""
    from weft.core.errors import WeftError

    return WeftError(
        f"The cached page of `{key.rpartition('/')[2]}` is incomplete",
        hints=("Run the command again with `--refresh`",),
    )


def _head(kept: Kept) -> bytes:
    freshness = kept.freshness
    etag = freshness.etag.encode("latin-1", "ignore")[:0xFFFF]
    date = freshness.last_modified.encode("latin-1", "ignore")[:0xFFFF]
    flags = _MUST_REVALIDATE if freshness.must_revalidate else 0
    head = _HEAD.pack(MAGIC, kept.fetched_at, freshness.fresh_until, flags, len(etag), len(date))
    return head + etag + date


def metadata_name(file: File, project: str = "") -> str:
    """The key of a file below its origin names the content: digest, else URL, size and time.

    `project` is the one that the file is of, as far as that is known.
    """
    from weft.core.digest import short_digest

    facts = [f"{algorithm}={digest}" for algorithm, digest in file.hashes]
    if file.url.startswith("file:"):
        from weft.index.urls import local_path
        from weft.store.hashes import file_stamp

        facts = [file.url, file_stamp(local_path(file.url) or "")]
    elif not facts:
        facts = [file.url, str(file.size), str(file.upload_time)]
    if not project:
        from weft.index.simple.packing import project_of

        project = project_of(file.filename) or "unknown"
    stem = file.filename[:120].replace("/", "_").replace("\\", "_")
    return f"{project}/{stem}-{short_digest(' '.join(facts))}"
