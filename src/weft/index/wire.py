"""HTTP/1.1 on one connection: a request out, the head of the answer in, its body in pieces.

Owns framing: where a head ends, and where a body does. Refuses whatever leaves that open (two
lengths, a length that is no number, a coding of transfer that is not `chunked`, a head without
end): what would be left on the wire would be read as the next answer. Refuses to connect, to retry
and to decompress. Follows RFC 9112.
"""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class Socket(Protocol):
        """A connected socket, plain or encrypted, with a timeout."""

        def sendall(self, data: bytes, /) -> None: ...
        def recv(self, size: int, /) -> bytes: ...
        def recv_into(self, buffer: memoryview, size: int = 0, flags: int = 0, /) -> int: ...
        def fileno(self) -> int: ...
        def close(self) -> None: ...


PIECE = 1 << 18
"""How much of a body is read at once, in bytes."""

_FIRST = 1 << 16
_QUICK = 0.05
"""Seconds within which a piece comes where it is worth waiting until it is whole."""

_LONGEST_HEAD = 1 << 18
_LONGEST_LINE = 1 << 16
_MOST_TRAILERS = 100
_HEXADECIMAL = b"0123456789abcdefABCDEF"
_BODILESS = frozenset((204, 304))


class Malformed(ValueError):
    """What came is no HTTP; the text says what came."""


class Ended(Exception):
    """The other side has closed the connection too early."""


class Head:
    """The head of an answer. `headers` have lower-case names; of equal ones the last counts, but
    all of `cache-control`. `length` is None for a body that is chunked or ends with the connection.
    """

    __slots__ = ("chunked", "headers", "keeps", "length", "status")

    def __init__(self, status: int, headers: dict[str, str], *, keeps: bool) -> None:
        self.status = status
        self.headers = headers
        self.keeps = keeps
        self.chunked = False
        self.length: int | None = None


class Wire:
    """A connection. Not for two threads at once; who lets go of it has closed it.

    Pieces are made whole as long as they come quickly: for every small one the threads of this
    process take turns, which costs more than the piece. On a slow line small ones tell of progress.
    `whole` is the flag by which the system waits for all that is asked for, 0 if it cannot.
    """

    __slots__ = ("_buffer", "_data", "_quick", "_socket", "_whole")

    def __init__(self, socket: Socket, *, whole: int = 0) -> None:
        self._socket = socket
        self._whole = whole
        self._quick = False
        self._data = b""
        self._buffer: memoryview | None = None

    def __del__(self) -> None:
        self._socket.close()  # not every transport is closed before the command ends

    def fileno(self) -> int:
        """The descriptor, to be asked whether something has come unasked."""
        return self._socket.fileno()

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def ask(self, request: bytes, *, method: str) -> Head:
        """Send a request and read the head of its answer; 1xx answers before it do not count.

        Raises Malformed, Ended, and OSError (a TimeoutError where nothing comes).
        """
        self._socket.sendall(request)
        while True:
            head = parse_head(self._read_head())
            if head.status >= 200 or head.status == 101:
                break
        if head.status == 101:
            raise Malformed("the server switches to another protocol")
        if method == "HEAD" or head.status in _BODILESS:
            head.chunked, head.length = False, 0
        return head

    def body(self, head: Head) -> Iterator[bytes | memoryview]:
        """The body in pieces, each good until the next is asked for.

        Raises Malformed, Ended and OSError.
        """
        if head.chunked:
            yield from self._chunks()
        elif head.length is None:
            while piece := self._some(PIECE):
                yield piece
        else:
            yield from self._exactly(head.length)

    def _read_head(self) -> bytes:
        data = self._data
        while (end := _end_of_head(data)) < 0:
            if len(data) > _LONGEST_HEAD:
                raise Malformed("the head of the answer has no end")
            more = self._socket.recv(_FIRST)
            if not more:
                raise Ended
            data += more
        self._data = data[end:]
        return data[:end]

    def _some(self, most: int) -> bytes | memoryview:
        """Some bytes, at most so many; none where the connection has ended."""
        data = self._data
        if data:
            self._data = data[most:]
            return data[:most]
        if self._buffer is None:
            if most <= _FIRST:
                return self._socket.recv(most)
            self._buffer = memoryview(bytearray(PIECE))
        buffer, started = self._buffer, monotonic()
        size = self._socket.recv_into(buffer, most, self._whole if self._quick else 0)
        while self._quick and 0 < size < most:
            more = self._socket.recv_into(buffer[size:most])
            if not more:
                break
            size += more
            self._quick = monotonic() - started < _QUICK
        self._quick = monotonic() - started < _QUICK
        return buffer[:size]

    def _exactly(self, left: int) -> Iterator[bytes | memoryview]:
        while left:
            piece = self._some(left if left < PIECE else PIECE)
            if not piece:
                raise Ended
            left -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes | memoryview]:
        while True:
            digits = self._line().partition(b";")[0].strip()
            if not digits or len(digits) > 16 or digits.translate(None, _HEXADECIMAL):
                raise Malformed("the size of a chunk is no number")
            size = int(digits, 16)
            if not size:
                break
            yield from self._exactly(size)
            if self._line():
                raise Malformed("a chunk is longer than it says")
        for _ in range(_MOST_TRAILERS):
            if not self._line():
                return
        raise Malformed("the end of the answer has no end")

    def _line(self) -> bytes:
        """One line without its end."""
        data = self._data
        while (end := data.find(b"\n")) < 0:
            if len(data) > _LONGEST_LINE:
                raise Malformed("a line has no end")
            more = self._socket.recv(_FIRST)
            if not more:
                raise Ended
            data += more
        self._data = data[end + 1 :]
        return data[:end].removesuffix(b"\r")


def _end_of_head(data: bytes) -> int:
    """Where the body begins, -1 if that has not come yet. Lines may end without a return."""
    end = data.find(b"\n\r\n")
    bare = data.find(b"\n\n", 0, end if end >= 0 else len(data))
    if bare >= 0:
        return bare + 2
    return end + 3 if end >= 0 else -1


def parse_head(data: bytes) -> Head:
    """The head of an answer out of its bytes. Raises Malformed."""
    first, *lines = data.decode("latin-1").split("\n")
    version, _, rest = first.strip().partition(" ")
    number = rest.lstrip()[:3]
    if version[:7] != "HTTP/1." or len(number) != 3 or not (number.isascii() and number.isdigit()):
        raise Malformed(first.strip())
    headers: dict[str, str] = {}
    lengths: set[str] = set()
    name = ""
    for line in lines:
        if line[:1] in (" ", "\t"):  # an old way to go on with the line before
            if name and line.strip():
                headers[name] += " " + line.strip()
            continue
        name, colon, text = line.partition(":")
        name, text = name.lower(), text.strip()
        if not colon:
            continue
        if name == "content-length":
            lengths.add(text)
        if name == "cache-control" and name in headers:
            text = f"{headers[name]}, {text}"
        headers[name] = text
    said = headers.get("connection", "").lower()
    keeps = "close" not in said if version != "HTTP/1.0" else "keep-alive" in said
    head = Head(int(number), headers, keeps=keeps)
    _frame(head, lengths)
    return head


def _frame(head: Head, lengths: set[str]) -> None:
    """Find out how the body ends."""
    coding = head.headers.get("transfer-encoding", "").lower()
    if coding:
        if coding != "chunked":
            raise Malformed(f"the answer is encoded as `{coding}`")
        head.chunked = True
        head.keeps = head.keeps and not lengths  # who says both may be lying to somebody
    elif lengths:
        length = lengths.pop()
        if lengths or not (length.isascii() and length.isdigit() and len(length) < 19):
            raise Malformed("the length of the answer is no number")
        head.length = int(length)
    else:
        head.keeps = False
