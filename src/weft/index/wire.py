"""HTTP/1.1 on one connection: a request out, the head of the answer in, its body in pieces.

Owns how a connection is read, and which answers are refused: those that leave open where they end
(two lengths, a length that is no number, a coding of transfer that is not `chunked`, a head that is
cut off), because what is left on the wire would be read as the next answer, and those that go on
without saying anything. Refuses to read HTTP itself, which `http.client` does, and to connect, to
retry and to decompress. Follows RFC 9112.
"""

from __future__ import annotations

from io import BufferedReader, RawIOBase
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse
    from typing import Protocol

    class Socket(Protocol):
        """A connected socket, plain or encrypted, with a timeout."""

        def sendall(self, data: bytes, /) -> None: ...
        def recv_into(self, buffer: memoryview, size: int = 0, flags: int = 0, /) -> int: ...
        def fileno(self) -> int: ...
        def close(self) -> None: ...


PIECE = 1 << 18
"""How much of a body is read at once, in bytes, where it comes quickly."""

_SLOW_PIECE = 1 << 14
_QUICK = 0.05
"""Seconds within which a large piece comes where it is worth waiting until it is whole."""

_BUFFER = 1 << 16
_MOST_IDLE = 1 << 22
"""So many bytes may come before the next piece of a body: heads, what chunks say besides."""

_MOST_EARLY = 20
"""How many answers may come that announce the real one."""


class Malformed(ValueError):
    """What came is no HTTP, or leaves open where it ends; the text says what came."""


class Ended(Exception):
    """The other side has closed the connection too early."""


class Unanswered(Ended):
    """It has closed it without a word."""


class Head:
    """The head of an answer. `headers` have lower-case names; of equal ones the last counts, but
    all of `cache-control`. `length` is None for a body that is chunked or ends with the connection.
    """

    __slots__ = ("headers", "keeps", "length", "response", "status")

    def __init__(self, response: HTTPResponse) -> None:
        self.response = response
        self.status = response.status
        self.headers, said_twice = _headers(response)
        self.length: int | None = response.length
        self.keeps = not response.will_close and not said_twice


class _Source(RawIOBase):
    """What comes over a socket. `ended` once the other side has closed it.

    Nothing more is read when `left` bytes and more have come. While it is `deaf` nothing seems to
    have come.
    """

    def __init__(self, socket: Socket, whole: int) -> None:
        self._socket = socket
        self._whole = whole
        self.left = 0
        self.deaf = False
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview, /) -> int | None:  # type: ignore[override]
        if self.deaf:
            return None
        if self.left < 0:
            raise Malformed("the answer goes on without saying anything")
        most = len(buffer)
        size = self._socket.recv_into(buffer, most, self._whole if most > _BUFFER else 0)
        self.left -= size
        self.ended = not size
        return size


class _Reader(BufferedReader):
    """Stays open when an answer has been read, for the next one."""

    def close(self) -> None:
        pass

    def flush(self) -> None:
        pass  # an answer that was given up does so when the connection may be gone already


class Wire:
    """A connection. Not for two threads at once; who lets go of it has closed it.

    Pieces are made whole as long as they come quickly: for every small one the threads of this
    process take turns, which costs more than the piece. On a slow line small ones tell of progress.
    `whole` is the flag by which the system waits for all that is asked for, 0 if it cannot.
    """

    __slots__ = ("_buffer", "_reader", "_socket", "_source")

    def __init__(self, socket: Socket, *, whole: int = 0) -> None:
        self._socket = socket
        self._source = _Source(socket, whole)
        self._reader = _Reader(self._source, _BUFFER)
        self._buffer: memoryview | None = None

    def __del__(self) -> None:
        self._socket.close()  # not every transport is closed before the command ends

    def fileno(self) -> int:
        """The descriptor, to be asked whether something has come unasked."""
        return self._socket.fileno()

    def is_clean(self) -> bool:
        """Whether nothing is left of what has been read from the system."""
        pending = getattr(self._socket, "pending", None)  # what TLS has decrypted
        if pending is not None and pending():
            return False
        self._source.deaf = True
        try:
            return not self._reader.peek(1)
        finally:
            self._source.deaf = False

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def makefile(self, _mode: str) -> BufferedReader:
        """What `http.client` reads answers from."""
        return self._reader

    def ask(self, request: bytes, *, method: str) -> Head:
        """Send a request and read the head of its answer; 1xx answers before it do not count.

        Raises Malformed, Ended, and OSError (a TimeoutError where nothing comes).
        """
        from http.client import HTTPException, HTTPResponse, RemoteDisconnected

        self._source.left = _MOST_IDLE
        self._socket.sendall(request)
        for _ in range(_MOST_EARLY):
            response = HTTPResponse(self, method=method)  # type: ignore[arg-type]
            try:
                response.begin()
            except RemoteDisconnected:
                raise Unanswered from None
            except HTTPException as error:
                raise Malformed(str(error)) from None
            if self._source.ended:
                raise Ended
            if response.status == 101:
                raise Malformed("the server switches to another protocol")
            if response.status >= 200:
                return Head(response)
        raise Malformed("the server has more to say before its answer than is read")

    def body(self, head: Head) -> Iterator[bytes | memoryview]:
        """The body in pieces, each good until the next is asked for.

        Raises Malformed, Ended and OSError.
        """
        from http.client import HTTPException, IncompleteRead

        response, most = head.response, PIECE
        self._source.left = _MOST_IDLE
        try:
            if head.length is not None and head.length <= _BUFFER:
                yield response.read()
                return
            if self._buffer is None:
                self._buffer = memoryview(bytearray(PIECE))
            while True:
                started = monotonic()
                self._source.left = _MOST_IDLE
                size = response.readinto(self._buffer[:most])
                if not size:
                    break
                most = PIECE if monotonic() - started < _QUICK * most / PIECE else _SLOW_PIECE
                yield self._buffer[:size]
        except IncompleteRead:
            raise Ended from None
        except HTTPException as error:
            raise Malformed(str(error)) from None
        if response.length:
            raise Ended


def _headers(response: HTTPResponse) -> tuple[dict[str, str], bool]:
    """The headers, and whether they say in two ways where the body ends. Raises Malformed."""
    if response.headers.defects:
        raise Malformed("the head of the answer has a line that is no header")
    headers: dict[str, str] = {}
    lengths: set[str] = set()
    codings: list[str] = []
    for name, text in response.headers.items():
        name, text = name.lower(), " ".join(text.split()) if "\n" in text else text.strip()
        if name == "content-length":
            lengths.add(text)
        elif name == "transfer-encoding":
            codings.append(text.lower())
        elif name == "cache-control" and name in headers:
            text = f"{headers[name]}, {text}"
        headers[name] = text
    if codings:
        if codings != ["chunked"]:
            raise Malformed(f"the answer is encoded as `{', '.join(codings)}`")
        return headers, bool(lengths)  # who says both may be lying to somebody
    if lengths:
        length = lengths.pop()
        if lengths or not (length.isascii() and length.isdigit() and len(length) < 19):
            raise Malformed("the length of the answer is no number")
    return headers, False
