"""Compressed files as streams of bounded size.

Owns gzip, bzip2, xz, lzma and Zstandard, as far as this Python has them, behind one `read`. Refuses
to hold more than a piece in memory, to use more memory than a sane archive needs, and to go on
where the output has become a bomb. Checksums are compared by the decompressors themselves.
"""

from __future__ import annotations

from weft.store.directory import BOMB_BYTES, BOMB_RATIO, MOST_BYTES
from weft.store.errors import Refused
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Decompressor(Protocol):
        """What bz2, lzma and zstd have in common."""

        @property
        def eof(self) -> bool: ...
        @property
        def needs_input(self) -> bool: ...
        @property
        def unused_data(self) -> bytes: ...
        def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


_PIECE = 1 << 18
_LZMA_MEMORY = 1 << 28  # `xz -9` needs a quarter of it; a header may ask for 4 GiB


class Stream:
    """The bytes that an open file stands for; `kind` is a key of `KINDS`, empty for plain bytes."""

    def __init__(self, descriptor: int, kind: str) -> None:
        """Raises Refused where this Python cannot read the kind."""
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._make = KINDS[kind]() if kind else None
        self._kind = kind
        self._decompressor = self._make() if self._make is not None else None
        self._buffer = bytearray()
        self._made = 0

    def read(self, length: int) -> bytes:
        """`length` bytes, fewer only at the end. Raises Refused for damage and bombs, OSError."""
        while len(self._buffer) < length and self._fill():
            pass
        data = bytes(self._buffer[:length])
        del self._buffer[:length]
        return data

    def expect(self, size: int) -> None:
        """Refuse `size` bytes more that are announced, before they are read, if that is a bomb."""
        made = self._made - len(self._buffer) + size
        if made > MOST_BYTES or (made > BOMB_BYTES and made > self._size * BOMB_RATIO):
            raise Refused(
                f"it would unpack to {made} bytes from {self._size}, which looks like a bomb"
            )

    def _fill(self) -> bool:
        """Add a piece to the buffer; false at the end."""
        if self._decompressor is None:
            piece = os.read(self._descriptor, _PIECE)
            ended = not piece
        else:
            piece, ended = self._decompress(self._decompressor)
        self._buffer += piece
        self._made += len(piece)
        self.expect(len(self._buffer))
        return not ended

    def _decompress(self, decompressor: Decompressor) -> tuple[bytes, bool]:
        """A piece, which may be empty, and whether the file has ended."""
        if decompressor.eof:
            return self._begin_again(decompressor.unused_data)
        data = os.read(self._descriptor, _PIECE) if decompressor.needs_input else b""
        at_end = decompressor.needs_input and not data
        piece = self._try(decompressor, data)
        if at_end and not piece and not decompressor.eof:
            raise Refused("it is truncated")
        return piece, False

    def _begin_again(self, rest: bytes) -> tuple[bytes, bool]:
        """Several streams may follow each other; nothing else may, but zeros."""
        while not rest.strip(b"\0"):
            rest = os.read(self._descriptor, _PIECE)
            if not rest:
                return b"", True
        assert self._make is not None
        self._decompressor = self._make()
        return self._try(self._decompressor, rest.lstrip(b"\0")), False

    def _try(self, decompressor: Decompressor, data: bytes) -> bytes:
        try:
            return decompressor.decompress(data, _PIECE)
        except Exception as error:  # those of the modules have no base in common
            raise Refused(f"it is damaged, or not a {self._kind} file") from error


class _Inflater:
    """zlib's object with the manners of the others."""

    def __init__(self) -> None:
        import zlib

        self._object = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def needs_input(self) -> bool:
        return not self._object.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        return self._object.decompress(self._object.unconsumed_tail + data, max_length)


def _gzip() -> Callable[[], Decompressor]:
    return _Inflater


def _bzip2() -> Callable[[], Decompressor]:
    try:
        from bz2 import BZ2Decompressor
    except ImportError:
        raise _unsupported("bzip2") from None
    return BZ2Decompressor


def _lzma() -> Callable[[], Decompressor]:
    try:
        from lzma import LZMADecompressor
    except ImportError:
        raise _unsupported("lzma") from None
    return lambda: LZMADecompressor(memlimit=_LZMA_MEMORY)


def _zstd() -> Callable[[], Decompressor]:
    try:
        from compression.zstd import (  # type: ignore[import-not-found,unused-ignore]
            ZstdDecompressor,
        )
    except ImportError:
        raise _unsupported("Zstandard") from None
    made: Callable[[], Decompressor] = ZstdDecompressor
    return made


KINDS: dict[str, Callable[[], Callable[[], Decompressor]]] = {
    "gzip": _gzip,
    "bzip2": _bzip2,
    "xz": _lzma,
    "lzma": _lzma,
    "zstd": _zstd,
}


def _unsupported(kind: str) -> Refused:
    import sys

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return Refused(f"it is compressed with {kind}, which weft's Python {version} cannot read")
