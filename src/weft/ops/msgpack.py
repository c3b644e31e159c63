"""MessagePack, as far as a cache of HTTP responses uses it.

Owns reading. Refuses extension types, deep nesting and lengths beyond the end of the data. Byte
strings are not read but pointed at: the body of a response may be larger than memory.
Follows the MessagePack specification (https://github.com/msgpack/msgpack/blob/master/spec.md).
"""

from __future__ import annotations

from struct import error as StructError
from struct import unpack_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mmap import mmap

_DEEPEST = 8
_MOST_PAIRS = 10_000
_LONGEST_TEXT = 1 << 20
_NUMBERS = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}  # fmt: skip
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
_BYTES = {0xC4: ">B", 0xC5: ">H", 0xC6: ">I"}
_TEXTS = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
_LISTS = {0xDC: ">H", 0xDD: ">I"}
_MAPS = {0xDE: ">H", 0xDF: ">I"}
_SIZES = {"B": 1, "b": 1, "H": 2, "h": 2, "I": 4, "i": 4, "f": 4, "Q": 8, "q": 8, "d": 8}


def decode(data: bytes | mmap, start: int = 0) -> object:
    """The value that begins at `start`; what follows it is not looked at.

    Maps are dicts, arrays lists, byte strings `slice(start, stop)` of `data`. Raises ValueError for
    everything that is cut off or not of the kinds above.
    """
    try:
        return _Reader(data, start).value(0)
    except (StructError, IndexError, TypeError) as error:  # TypeError: a key that is a map
        raise ValueError("not MessagePack") from error


class _Reader:
    def __init__(self, data: bytes | mmap, position: int) -> None:
        self.data = data
        self.position = position

    def value(self, depth: int) -> object:
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        mark = self.data[self.position]
        self.position += 1
        if mark < 0x80:
            return mark
        if mark >= 0xE0:
            return mark - 0x100
        if mark in _CONSTANTS:
            return _CONSTANTS[mark]
        if mark in _NUMBERS:
            return self.number(_NUMBERS[mark])
        if mark in _BYTES:
            return self.bytes(int(self.number(_BYTES[mark])))
        return self.compound(mark, depth + 1)

    def compound(self, mark: int, depth: int) -> object:
        if 0xA0 <= mark < 0xC0:
            return self.text(mark & 0x1F)
        if mark in _TEXTS:
            return self.text(int(self.number(_TEXTS[mark])))
        if mark < 0x90:
            return self.map(mark & 0x0F, depth)
        if mark < 0xA0:
            return self.list(mark & 0x0F, depth)
        if mark in _MAPS:
            return self.map(int(self.number(_MAPS[mark])), depth)
        if mark in _LISTS:
            return self.list(int(self.number(_LISTS[mark])), depth)
        raise ValueError(f"unknown type {mark:#04x}")

    def number(self, form: str) -> float:
        found: float = unpack_from(form, self.data, self.position)[0]
        self.position += _SIZES[form[1]]
        return found

    def bytes(self, length: int) -> slice:
        place = slice(self.position, self.position + length)
        if place.stop > len(self.data):
            raise ValueError("cut off")
        self.position = place.stop
        return place

    def text(self, length: int) -> str:
        if length > _LONGEST_TEXT:
            raise ValueError("the text is too long")
        return self.data[self.bytes(length)].decode("utf-8", "replace")

    def list(self, length: int, depth: int) -> object:
        return [self.value(depth) for _ in range(self.few(length))]

    def map(self, length: int, depth: int) -> object:
        return {self.value(depth): self.value(depth) for _ in range(self.few(length))}

    def few(self, length: int) -> int:
        if length > _MOST_PAIRS:
            raise ValueError("there are too many elements")
        return length
