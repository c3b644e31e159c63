"""The members of a tar file, one after the other.

Owns the headers: v7, ustar, GNU long names, pax. Refuses what two readers could understand
differently (bad checksums, sizes of members that have no content, a name given twice, data behind
the end) and what no source distribution needs (sparse files, several volumes). Names are given as
stored; whoever unpacks checks them. Follows POSIX `pax` (ustar and extended headers).
"""

from __future__ import annotations

from weft.core.value import value
from weft.store.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal, Protocol

    Kind = Literal["file", "directory", "symlink", "hardlink", "device", "fifo"]

    class Readable(Protocol):
        """`weft.fetch.decompression.Stream`, or whatever reads like it."""

        def read(self, length: int, /) -> bytes: ...


_BLOCK = 512
_PIECE = 1 << 18
_LONGEST_EXTENSION = 1 << 20
_OCTAL = frozenset(b"01234567")
_KINDS: dict[bytes, Kind] = {
    b"0": "file", b"\0": "file", b"7": "file", b"1": "hardlink", b"2": "symlink",
    b"3": "device", b"4": "device", b"5": "directory", b"6": "fifo",
}  # fmt: skip
_EXTENSIONS = (b"x", b"X", b"g", b"L", b"K")


@value
class TarMember:
    """One member. `link` is the target of links, `mtime` in seconds, 0 where it is unusable."""

    name: bytes
    kind: Kind
    mode: int
    size: int
    mtime: int
    link: bytes


class TarReader:
    """Iterate once; the content of a member is read before the next one is asked for."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._left = 0
        self._padding = 0

    def __iter__(self) -> Iterator[TarMember]:
        """Raises Refused, and what the stream raises."""
        extended: dict[str, bytes] = {}
        first = True
        while header := self._header(first=first):
            first = False
            kind = header[156:157]
            if kind in _EXTENSIONS:
                self._extend(extended, kind, header)
                continue
            member = _member(header, extended)
            extended = {}
            self._left = member.size
            self._padding = -member.size % _BLOCK
            yield member
            while self.read(_PIECE):
                pass
            self._exactly(self._padding)
        if extended:
            raise Refused("it ends within a member")

    def read(self, length: int) -> bytes:
        """The next bytes of the member, none at its end."""
        data = self._exactly(min(length, self._left))
        self._left -= len(data)
        return data

    def _exactly(self, length: int) -> bytes:
        data = self._stream.read(length)
        if len(data) < length:
            raise Refused("it is truncated")
        return data

    def _header(self, *, first: bool) -> bytes:
        """The next header; empty at the end."""
        block = self._stream.read(_BLOCK)
        if block.count(0) == len(block):  # the mark of the end, or nothing
            self._check_end()
            return b""
        if len(block) < _BLOCK:
            raise Refused("it is not a tar file" if first else "it is truncated")
        told = _number(block[148:156])
        blank = block[:148] + b" " * 8 + block[156:]
        # Historic tars added up signed bytes.
        if told != sum(blank) and told != sum(byte - (byte > 127) * 256 for byte in blank):
            raise Refused("it is not a tar file" if first else "it has a damaged header")
        return block

    def _check_end(self) -> None:
        while piece := self._stream.read(_PIECE):
            if piece.count(0) != len(piece):
                raise Refused("data follows its end")

    def _extend(self, extended: dict[str, bytes], kind: bytes, header: bytes) -> None:
        """Take what stands in front of a member to tell more of it."""
        size = _size(header)
        if size > _LONGEST_EXTENSION:
            raise Refused(f"it has an extended header of {size} bytes")
        data = self._exactly(size)
        self._exactly(-size % _BLOCK)
        if kind in (b"L", b"K"):
            found = {"path" if kind == b"L" else "linkpath": data.partition(b"\0")[0]}
        else:
            found = _records(data)
        if any(key.startswith("GNU.sparse.") for key in found):
            raise Refused("it has a sparse file")
        found = {
            key: text for key, text in found.items() if key in ("path", "linkpath", "size")
        } | ({"mtime": found["mtime"]} if "mtime" in found else {})
        if kind == b"g":
            if found.keys() - {"mtime"}:
                raise Refused("it gives one name or size to all of its members")
            return
        if found.keys() & extended.keys():
            raise Refused("it names a member twice")
        extended.update(found)


def _member(header: bytes, extended: dict[str, bytes]) -> TarMember:
    name = _text(header[:100])
    if header[257:263] == b"ustar\0" and (prefix := _text(header[345:500])):
        name = prefix + b"/" + name
    name = extended.get("path", name)
    kind = _KINDS.get(header[156:157])
    if kind is None:
        raise Refused("is of a kind that no source distribution has", name)
    if header[156:157] == b"\0" and name.endswith(b"/"):  # v7 knows no directories
        kind = "directory"
    size = _size(header) if "size" not in extended else _decimal(extended["size"])
    if size and kind != "file":
        raise Refused("has content that it cannot have", name)
    link = extended.get("linkpath", _text(header[157:257]))
    mtime = _number(header[136:148]) or 0
    if "mtime" in extended:
        mtime = _decimal(extended["mtime"].partition(b".")[0], bad=0)
    return TarMember(name, kind, (_number(header[100:108]) or 0) & 0o7777, size, mtime, link)


def _records(data: bytes) -> dict[str, bytes]:
    """The records of a pax header: `<length> <key>=<value>\\n` each."""
    found: dict[str, bytes] = {}
    position = 0
    while position < len(data):
        digits, space, _ = data[position : position + 20].partition(b" ")
        length = _decimal(digits)
        record = data[position : position + length]
        key, equals, text = record[len(digits) + 1 : -1].partition(b"=")
        if not space or not equals or len(record) < length or record[-1:] != b"\n":
            raise Refused("it has a damaged extended header")
        name = key.decode("utf-8", "replace")
        if name in found and name != "comment":
            raise Refused("it names a member twice")
        found[name] = text
        position += length
    return found


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _size(header: bytes) -> int:
    size = _number(header[124:136])
    if size is None:
        raise Refused("it has a damaged header")
    return size


def _number(field: bytes) -> int | None:
    """An octal number, or GNU's binary one; None for neither, and for negative ones."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.partition(b"\0")[0].strip(b" ")
    if not _OCTAL.issuperset(digits):
        return None
    return int(digits or b"0", 8)


def _decimal(text: bytes, *, bad: int | None = None) -> int:
    if text.isdigit() and len(text) < 20:
        return int(text)
    if bad is None:
        raise Refused("it has a damaged extended header")
    return bad
