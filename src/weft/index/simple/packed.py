"""The packed page: what a resolution reads instead of HTML or JSON.

Owns the format. Refuses to trust it: what does not decode is a miss, never an error for people.

A packed page is `MAGIC`, the length of the front (4 bytes, little-endian), the front, the rest.
Front and rest are marshal: the front holds the versions (ascending) and the rows of the newest
`NEWEST`, the rest holds the rows of all others, and is read when one of them is looked at. The
two may be kept apart (`cut`); the front then names the rest by its checksum.
"""

from __future__ import annotations

import marshal
from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from weft.core.distribution import File
    from weft.index.simple.page import Row

    Buffer = bytes | memoryview

MAGIC = b"WFP1"
NEWEST = 16
_HEAD = len(MAGIC) + 4


def encode(front: tuple[Any, ...], older: tuple[tuple[Row, ...], ...]) -> bytes:
    """The bytes of a page; `front` is what `PackedPage` unpacks, less its last field."""
    rest = marshal.dumps(older) if older else b""
    packed = marshal.dumps((*front, crc32(rest)))
    return b"".join((MAGIC, len(packed).to_bytes(4, "little"), packed, rest))


def is_packed(data: bytes) -> bool:
    """Whether `data` begins like a packed page."""
    return data[: len(MAGIC)] == MAGIC


def cut(data: bytes) -> tuple[bytes, bytes]:
    """The front of a page, with its head, and the rest (empty where there is none)."""
    end = _HEAD + int.from_bytes(data[len(MAGIC) : _HEAD], "little")
    return data[:end], data[end:]


class PackedPage:
    """The files of one project on one index, by position; positions ascend with the version.

    `keys` are version keys, `texts` versions in normal form. `prereleases`, `yanked` (every file
    of the version) and `sdist_only` are bit masks by position. `status` is the project's
    (PEP 792), with `reason`; `dropped` counts files whose names make no sense for the project.
    """

    __slots__ = (
        "_crc",
        "_index",
        "_newest",
        "_old",
        "_replace",
        "_rest",
        "dropped",
        "keys",
        "prereleases",
        "project",
        "reason",
        "sdist_only",
        "status",
        "texts",
        "url",
        "yanked",
    )

    def __init__(self, front: tuple[Any, ...], *, index: str) -> None:
        self.project: str
        self.url: str
        self.status: str
        self.reason: str
        self.dropped: int
        self.keys: tuple[bytes, ...]
        self.texts: tuple[str, ...]
        self.prereleases: int
        self.yanked: int
        self.sdist_only: int
        self._newest: tuple[tuple[Row, ...], ...]
        self._crc: int
        (
            self.project,
            self.url,
            self.status,
            self.reason,
            self.dropped,
            self.keys,
            self.texts,
            self.prereleases,
            self.yanked,
            self.sdist_only,
            self._newest,
            self._crc,
        ) = front
        self._index = index
        self._old: tuple[tuple[Row, ...], ...] | None = None
        self._rest: Callable[[], Buffer | None] | None = None
        self._replace: Callable[[], PackedPage] | None = None

    @staticmethod
    def load(
        data: Buffer,
        *,
        index: str = "",
        rest: Callable[[], Buffer | None] | None = None,
        replace: Callable[[], PackedPage] | None = None,
    ) -> PackedPage | None:
        """A page from the bytes of `pack`, None if they are not such.

        `index` is the URL that its files will name. A front without its rest needs `rest`, which
        reads it, and `replace`, which answers with a whole page, for when somebody has put a
        newer page in the place of this one between the two reads.
        """
        view = memoryview(data)
        if view[: len(MAGIC)] != MAGIC:
            return None
        end = _HEAD + int.from_bytes(view[len(MAGIC) : _HEAD], "little")
        try:
            page = PackedPage(marshal.loads(view[_HEAD:end]), index=index)
        except (ValueError, EOFError, TypeError):
            return None
        if len(view) > end:
            page._rest = lambda: view[end:]
        else:
            page._rest, page._replace = rest, replace
        return page

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, position: int) -> tuple[Row, ...]:
        """The files of a version as the page has them (see `page.Row`)."""
        older = len(self.keys) - len(self._newest)
        if position >= older:
            return self._newest[position - older]
        if self._old is None:
            self._old = self._load_old(older)
        return self._old[position]

    def files(self, position: int) -> tuple[File, ...]:
        """The files of a version, in the order of the page."""
        return tuple(
            [file_of(row, page=self.url, index=self._index) for row in self.rows(position)]
        )

    def is_whole(self) -> bool:
        """Whether all rows can be read without asking for another page."""
        data = self._rest() if self._rest is not None else None
        return crc32(data or b"") == self._crc

    def find(self, key: bytes) -> int | None:
        """The position of the version with this key."""
        low, high = 0, len(self.keys)
        while low < high:
            middle = (low + high) // 2
            if self.keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.keys) and self.keys[low] == key else None

    def _load_old(self, count: int) -> tuple[tuple[Row, ...], ...]:
        data = self._rest() if self._rest is not None else None
        if data is not None and crc32(data) == self._crc:
            loaded: tuple[tuple[Row, ...], ...] = marshal.loads(data)
            return loaded
        if self._replace is None:
            raise ValueError("the rest of a packed page is missing")
        newer = self._replace()
        places = [newer.find(key) for key in self.keys[:count]]
        return tuple([newer.rows(place) if place is not None else () for place in places])


def file_of(row: Row, *, page: str, index: str) -> File:
    """The file that a row stands for, with its link joined to the URL of its `page`."""
    from weft.core.dates import parse_upload_time
    from weft.core.distribution import File
    from weft.index.simple.page import join

    filename, link, hashes, size, requires_python, yanked, uploaded, metadata = row
    if not filename:
        from weft.index.simple.packing import filename_of

        filename = filename_of(link)
    return File(
        filename=filename,
        url=join(page, link),
        hashes=parse_hashes(hashes),
        size=size,
        requires_python=requires_python,
        yanked=yanked,
        upload_time=parse_upload_time(uploaded) if uploaded else None,
        metadata=metadata,
        index=index,
    )


_ALGORITHMS = frozenset(("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b"))


def parse_hashes(text: str) -> tuple[tuple[str, str], ...]:
    """`sha256=…&md5=…` as pairs; what is no known digest (`egg=…`) is left out."""
    pairs = []
    for part in text.split("&"):
        name, mark, digest = part.partition("=")
        if mark and name in _ALGORITHMS:
            pairs.append((name, digest.lower()))
    return tuple(pairs)
