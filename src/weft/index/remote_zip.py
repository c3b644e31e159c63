"""METADATA out of a wheel of which only parts are read.

Owns finding one member by the end of a zip archive, through any `read(start, length)`: a range
request or a local file. Refuses to unpack anything else and to trust what the archive says: all
figures are checked against its size, and METADATA is bounded.
Follows the ZIP specification (APPNOTE 6.3: end record, zip64, central directory) and the wheel
format (PEP 427).
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[int, int], bytes]

TAIL = 1 << 16
"""How much of the end is read first: enough for the directory of all but the largest wheels."""

LARGEST_METADATA = 1 << 24
_LARGEST_DIRECTORY = 1 << 26
_END = Struct("<4s4H2LH")
_END64_PLACE = Struct("<4sLQL")
_END64 = Struct("<4sQ2H2L4Q")
_MEMBER = Struct("<4s4B4HL2L5H2L")
_LOCAL = Struct("<4s2B4HL2L2H")


class ZipFailure(WeftError):
    """The file is no zip archive, or not one that has METADATA in the place for it."""

    exit_code = 1

    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(f"Failed to read metadata from `{filename}`")
        self.filename = filename
        self.reason = reason
        self.__cause__ = WeftError(reason)


class Window:
    """Bytes of a file at an offset; asks `read` for what lies outside."""

    def __init__(self, read: Read, size: int, *, start: int, data: bytes) -> None:
        self._read = read
        self.size = size
        self._start = start
        self._data = data

    def get(self, start: int, length: int) -> bytes:
        """Exactly these bytes; ValueError if the file does not have them."""
        if start < 0 or length < 0 or start + length > self.size:
            raise ValueError("it points outside the file")
        if start >= self._start and start + length <= self._start + len(self._data):
            return self._data[start - self._start : start - self._start + length]
        data = self._read(start, length)
        if len(data) != length:
            raise ValueError("a part of the file is missing")
        return data


def read_metadata(filename: str, window: Window) -> bytes:
    """The content of `<name>-<version>.dist-info/METADATA`; `ZipFailure` if it is not there."""
    try:
        offset, length = _directory(window)
        method, packed, size, place = _find(window.get(offset, length))
        return _content(window, place, packed, method=method, size=size)
    except (ValueError, StructError) as error:
        failure = ZipFailure(filename, f"Invalid zip file structure: {error}")
        raise failure from failure.__cause__


def _directory(window: Window) -> tuple[int, int]:
    """Offset and length of the central directory."""
    start = max(window.size - TAIL, 0)
    tail = window.get(start, window.size - start)
    at = tail.rfind(b"PK\5\6")
    if at < 0:
        raise ValueError("the end record is missing")
    _, _, _, _, count, length, offset, _ = _END.unpack_from(tail, at)
    if 0xFFFFFFFF in (length, offset) or count == 0xFFFF:
        mark, _, place, _ = _END64_PLACE.unpack(window.get(start + at - 20, 20))
        if mark != b"PK\6\7":
            raise ValueError("the zip64 record is missing")
        record = _END64.unpack(window.get(place, _END64.size))
        length, offset = record[8], record[9]
    if length > _LARGEST_DIRECTORY:
        raise ValueError("the directory is too large")
    return offset, length


def _find(directory: bytes) -> tuple[int, int, int, int]:
    """Method, packed size, size and place of METADATA; exactly one may be there."""
    found: list[tuple[int, int, int, int]] = []
    at = 0
    while at < len(directory):
        row = _MEMBER.unpack_from(directory, at)
        if row[0] != b"PK\1\2":
            raise ValueError("the directory is damaged")
        method, packed, size, place = row[6], row[10], row[11], row[18]
        name_end = at + _MEMBER.size + row[12]
        name = directory[at + _MEMBER.size : name_end]
        extra_end = name_end + row[13]
        if name.endswith(b".dist-info/METADATA") and name.count(b"/") == 1:
            if 0xFFFFFFFF in (packed, size, place):
                packed, size, place = _large(directory[name_end:extra_end], packed, size, place)
            found.append((method, packed, size, place))
        at = extra_end + row[14]
    if len(found) != 1:
        raise ValueError(f"{len(found) or 'no'} METADATA files are in it")
    return found[0]


def _large(extra: bytes, packed: int, size: int, place: int) -> tuple[int, int, int]:
    """The zip64 field: 8 bytes for each figure that did not fit, size first."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = (
            int.from_bytes(extra[at : at + 2], "little"),
            extra[at + 2] | extra[at + 3] << 8,
        )
        field = extra[at + 4 : at + 4 + length]
        if kind == 1:
            figures = [field[i : i + 8] for i in range(0, len(field) - 7, 8)]
            values = []
            for value in (size, packed, place):
                if value == 0xFFFFFFFF:
                    if not figures:
                        raise ValueError("a zip64 field is too short")
                    value = int.from_bytes(figures.pop(0), "little")
                values.append(value)
            return values[1], values[0], values[2]
        at += 4 + length
    raise ValueError("a zip64 field is missing")


def _content(window: Window, place: int, packed: int, *, method: int, size: int) -> bytes:
    if size > LARGEST_METADATA or packed > LARGEST_METADATA:
        raise ValueError("METADATA is too large")
    # The local header repeats the name and may have other extras than the directory says; one
    # request fetches both with some room, and the rest only where the room was too small.
    guess = min(_LOCAL.size + 512 + packed, window.size - place)
    data = window.get(place, guess)
    header = _LOCAL.unpack_from(data)
    if header[0] != b"PK\3\4":
        raise ValueError("a member is not where the directory says")
    start = _LOCAL.size + header[10] + header[11]
    body = data[start : start + packed]
    if len(body) < packed:
        body = window.get(place + start, packed)
    if method == 0:
        content = body
    elif method == 8:
        content = _inflate(body)
    else:
        raise ValueError(f"METADATA is compressed by method {method}")
    if len(content) != size:
        raise ValueError("METADATA has another size than the directory says")
    return content


def _inflate(body: bytes) -> bytes:
    import zlib

    try:
        inflater = zlib.decompressobj(-15)
        return inflater.decompress(body, LARGEST_METADATA + 1)
    except zlib.error as error:
        raise ValueError(f"METADATA does not decompress: {error}") from None
