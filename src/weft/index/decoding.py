"""Bodies that a server has compressed.

Owns `gzip` and `deflate`, alone or one in another, and their bounds. Refuses to make more bytes
than are allowed, whatever a small body turns into. A coding that nobody asked for stays as it is.
Follows RFC 9110 (Content-Encoding), RFC 1950 to 1952.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import zlib
    from collections.abc import Iterable, Iterator

_GZIP = ("gzip", "x-gzip")
_MOST_CODINGS = 5
_PIECE = 1 << 18


class TooLong(Exception):
    """The body is longer than allowed."""


class NotDecoded(Exception):
    """The body is not compressed as its header says."""


def decoded(pieces: Iterable[bytes | memoryview], coding: str, *, limit: int) -> bytes:
    """The body out of its pieces. `coding` is the header, in lower case.

    Raises TooLong for more than `limit` bytes, NotDecoded, and what `pieces` raises.
    """
    import zlib

    names = [name.strip() for name in coding.split(",") if name.strip() not in ("", "identity")]
    if len(names) > _MOST_CODINGS:
        raise NotDecoded("it is compressed too many times")
    for name in reversed(names):
        if name not in (*_GZIP, "deflate"):
            break
        pieces = _gunzipped(pieces) if name in _GZIP else _inflated(pieces)
    whole, size = [], 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise TooLong
            whole.append(bytes(piece))
    except zlib.error as error:
        raise NotDecoded(str(error)) from None
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    return b"".join(whole)


def _gunzipped(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """One member after another; what is behind the last is left out."""
    import zlib

    inflater = zlib.decompressobj(31)
    members, begun = 0, False
    for piece in pieces:
        data = bytes(piece)
        begun = begun or bool(data)
        while data:
            if inflater.eof:
                members += 1
                inflater = zlib.decompressobj(31)
            try:
                yield from _pieces(inflater, data)
            except zlib.error:
                if members:
                    for _ in pieces:  # the connection is good for another request
                        pass
                    return
                raise
            data = inflater.unused_data
    if begun and not inflater.eof:  # an answer without a body may say anything of it
        raise zlib.error("it ends too early")


def _inflated(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """With the head that the standard wants, or without, as some servers send it."""
    import zlib

    inflater = zlib.decompressobj()
    head, begun = b"", False
    for piece in pieces:
        data = head + bytes(piece)
        if len(data) < 2 and not begun:
            head = data  # the two bytes of a head tell whether it is one
            continue
        head = b""
        try:
            yield from _pieces(inflater, data)
        except zlib.error:
            if begun:
                raise
            inflater = zlib.decompressobj(-15)
            yield from _pieces(inflater, data)
        begun = True
    if not inflater.eof and (begun or head):
        raise zlib.error("it ends too early")


def _pieces(inflater: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    while data and not inflater.eof:
        made = inflater.decompress(data, _PIECE)
        data = inflater.unconsumed_tail
        if made:
            yield made
        elif not data:
            return
