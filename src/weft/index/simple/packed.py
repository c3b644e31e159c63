"""The packed page: what a resolution reads instead of HTML or JSON.

Owns the format. Refuses to trust it: what does not decode is a miss, never an error for people.

A packed page is `MAGIC`, the length of the front (4 bytes, little-endian), the front, the rest.
Front and rest are marshal: the front holds the versions (ascending) and the rows of the newest
`NEWEST`, the rest holds the rows of all others, and is read when one of them is looked at. The
rows of one version are marshal in marshal, so that only versions that are looked at are decoded;
where a row is a text, it is an anchor as the page has it (`weft.index.simple.plain`).
The two may be kept apart (`cut`); the front then names the rest by its checksum.
What a page says of versions can be kept without any rows (`summary`, `PackedPage.summed`).
"""

from __future__ import annotations

import marshal
from zlib import crc32

from weft.core.distribution import File

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from weft.index.simple.page import Row

    Buffer = bytes | memoryview

MAGIC = b"WFP3"
_EARLIER = b"WFP2"  # had no anchors as they are written
NEWEST = 16
_HEAD = len(MAGIC) + 4


def encode(front: tuple[Any, ...], rows: Sequence[tuple[Row | str, ...]]) -> bytes:
    """The bytes of a page: `front` is what `PackedPage` unpacks first, `rows` are by position."""
    packed_rows = [marshal.dumps(each, 4) for each in rows]
    older = tuple(packed_rows[:-NEWEST])
    rest = marshal.dumps(older, 4) if older else b""
    packed = marshal.dumps((*front, tuple(packed_rows[-NEWEST:]), crc32(rest)), 4)
    return b"".join((MAGIC, len(packed).to_bytes(4, "little"), packed, rest))


def is_packed(data: Buffer) -> bool:
    """Whether `data` begins like a packed page."""
    return data[: len(MAGIC)] in (MAGIC, _EARLIER)


def cut(data: bytes) -> tuple[bytes, bytes]:
    """The front of a page, with its head, and the rest (empty where there is none)."""
    end = _HEAD + int.from_bytes(data[len(MAGIC) : _HEAD], "little")
    return data[:end], data[end:]


class PackedPage:
    """The files of one project on one index, by position; positions ascend with the version.

    `index` is a URL. `keys` are version keys, `texts` versions. `prereleases`, `yanked` (every file
    of the version) and `sdist_only` are bit masks by position. `status` is the project's
    (PEP 792), with `reason`; `dropped` counts files whose names make no sense for the project.
    `chosen` is for whoever chooses among the files of a version, to remember: the file, or what
    else `marshal` can write where there is none.
    """

    __slots__ = (
        "_crc",
        "_maker",
        "_newest",
        "_old",
        "_replace",
        "_rest",
        "_whole",
        "chosen",
        "dropped",
        "index",
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
        self._newest: tuple[bytes, ...]
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
        self.index = index
        self._maker: FileMaker | None = None
        self._old: tuple[bytes, ...] | None = None
        self._rest: Callable[[], Buffer | None] | None = None
        self._replace: Callable[[], PackedPage] | None = None
        self._whole: Callable[[], PackedPage] | None = None
        self.chosen: dict[int, File | tuple[Any, ...]] = {}

    @staticmethod
    def summed(
        summary: tuple[Any, ...], *, index: str, whole: Callable[[], PackedPage]
    ) -> PackedPage:
        """A page out of its `summary`; `whole` reads the page once rows are looked at.

        What that gives may be newer. A version that it no longer has then has no files.
        """
        page = PackedPage((*summary[:-1], (), summary[-1]), index=index)
        page._whole = whole
        return page

    def summary(self) -> tuple[Any, ...]:
        """All that the page says of its versions, as `marshal` can write it."""
        return (
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
            self._crc,
        )

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
        if not is_packed(view):
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
        if self._whole is not None:
            page = self._whole()
            self._whole = lambda: page
            place = page.find(self.keys[position])
            return () if place is None else page.rows(place)
        older = len(self.keys) - len(self._newest)
        if position >= older:
            packed = self._newest[position - older]
        else:
            if self._old is None:
                self._old = self._load_old(older)
            packed = self._old[position]
        rows: tuple[Any, ...] = marshal.loads(packed)
        if rows and isinstance(rows[0], str):
            from weft.index.simple.plain import read_rows

            return read_rows(rows)
        return rows

    def files(
        self, position: int, *, only: Callable[[str], bool] | None = None
    ) -> tuple[File, ...]:
        """The files of a version in the order of the page; with `only`, those whose name passes."""
        if self._maker is None:
            self._maker = FileMaker(self.url, self.index)
        rows = self.rows(position)
        if only is not None:
            rows = tuple([row for row in rows if only(row[0] or row[1].rpartition("/")[2])])
        return tuple(map(self._maker.make, rows))

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

    def _load_old(self, count: int) -> tuple[bytes, ...]:
        data = self._rest() if self._rest is not None else None
        if data is not None and crc32(data) == self._crc:
            loaded: tuple[bytes, ...] = marshal.loads(data)
            return loaded
        if self._replace is None:
            raise ValueError("the rest of a packed page is missing")
        newer = self._replace()
        places = [newer.find(key) for key in self.keys[:count]]
        rows = [newer.rows(place) if place is not None else () for place in places]
        return tuple([marshal.dumps(each, 4) for each in rows])


class FileMaker:
    """Makes the files of one page out of its rows; `index` is a URL without credentials."""

    __slots__ = ("_above", "_index", "_page")

    def __init__(self, page: str, index: str) -> None:
        self._page = page
        self._index = index
        self._above = _directories_above(page)

    def make(self, row: Row) -> File:
        """The file that a row stands for, its link joined to the URL of the page."""
        filename, link, hashes, size, requires_python, yanked, uploaded, metadata = row
        if not filename:
            filename = link.rpartition("/")[2]
            if "%" in filename or "?" in link or "#" in link:
                from weft.index.simple.packing import filename_of

                filename = filename_of(link)
        return File(
            filename,
            self._join(link),
            parse_hashes(hashes),
            size,
            requires_python,
            yanked,
            epoch(uploaded) if uploaded else None,
            metadata,
            self._index,
            uploaded or "",
        )

    def _join(self, link: str) -> str:
        """`page.join` for the links that are usual, by one lookup."""
        if link.startswith("https://"):
            return link.partition("#")[0]
        steps = 0
        if link[:1] == "/":
            steps, rest = len(self._above) - 1, link[1:]
        else:
            while link.startswith("../", 3 * steps):
                steps += 1
            rest = link[3 * steps :]
        if (
            0 <= steps < len(self._above)
            and rest[:1] != "/"
            and not ("./" in rest or "//" in rest or ":" in rest or "?" in rest or "#" in rest)
        ):
            return self._above[steps] + rest
        from weft.index.simple.page import join

        return join(self._page, link)


def _directories_above(page: str) -> tuple[str, ...]:
    """URLs of the directory of a page, of the one above it, and so on; of none if it is odd."""
    scheme, mark, rest = page.partition("#")[0].partition("?")[0].partition("://")
    host, *directories = rest.split("/")[:-1] or ("",)
    if not mark or not all(each.strip(".") for each in directories):
        return ()
    parts = [f"{scheme}://{host}/"]
    for each in directories:
        parts.append(f"{parts[-1]}{each}/")
    return tuple(reversed(parts))


def epoch(text: str) -> int | None:
    """Epoch seconds of an upload time; the usual form without what the others need."""
    if len(text) >= 20 and text[10] == "T" and text[-1] == "Z":
        year, month, day = text[:4], text[5:7], text[8:10]
        hour, minute, second = text[11:13], text[14:16], text[17:19]
        fraction = text[20:-1]
        if (
            (year + month + day + hour + minute + second + fraction).isdecimal()
            and text.isascii()
            and text[4] + text[7] + text[13] + text[16] == "--::"
            and text[19] in ".Z"
            and "01" <= month <= "12"
            and "01" <= day <= "28"
            and hour < "24"
            and minute < "60"
            and second < "60"
        ):
            return _seconds(int(year), int(month), int(day)) + (
                int(hour) * 3600 + int(minute) * 60 + int(second)
            )
    from weft.core.dates import parse_upload_time

    return parse_upload_time(text)


def _seconds(year: int, month: int, day: int) -> int:
    """Epoch seconds at the start of a day of the Gregorian calendar, counted from each March."""
    if month < 3:
        year -= 1
        month += 12
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day
    return (days - 719_469) * 86_400


_ALGORITHMS = frozenset(("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b"))


def parse_hashes(text: str) -> tuple[tuple[str, str], ...]:
    """`sha256=…&md5=…` as pairs; what is no known digest (`egg=…`) is left out."""
    if text[:7] == "sha256=" and "&" not in text:
        return (("sha256", text[7:].lower()),)
    pairs = [part.partition("=") for part in text.split("&")]
    return tuple([(name, digest.lower()) for name, _, digest in pairs if name in _ALGORITHMS])
