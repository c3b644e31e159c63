"""Requests without a proxy: connections of our own, kept and used again.

Owns how many connections there are to a server, which of them are used again, and the mapping of
what goes wrong to weft's failures, in the words that `weft.index.connections` uses. Refuses what is
not plain: then `open` answers None, and urllib3 is there for it, with which an installation from an
empty cache takes a fifth longer. A kept connection that ends before it answers counts for nothing:
the request is made on a new one.
Follows RFC 9110 and 9112 by way of `weft.index.wire`.
"""

from __future__ import annotations

from weft.index.connections import CHUNK, certificate_text, os_text
from weft.index.dialing import Dialer, is_ready
from weft.index.failures import BrokenTransfer, FetchFailure, unsent
from weft.index.wire import Ended, Malformed, Unanswered

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Generator, Mapping

    from weft.index.settings import TransportSettings
    from weft.index.urls import Url
    from weft.index.wire import Head, Wire


_HOST = b"abcdefghijklmnopqrstuvwxyz0123456789.-_"
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_TARGET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?@!$&'()*+,;=%"


class Direct:
    """Connections by server, made when first needed. Thread-safe.

    `trust` makes the TLS context of a kind: `roots` or `blind`.
    """

    def __init__(self, settings: TransportSettings, trust: Callable[[str], ssl.SSLContext]) -> None:
        from _thread import allocate_lock

        self._settings = settings
        self._trust = trust
        self._lock = allocate_lock()
        self._servers: dict[tuple[str, str], _Server | None] = {}

    def open(self, method: str, url: Url, *, headers: Mapping[str, str]) -> Whole | None:
        """Send one request; `FetchFailure` if no answer begins. Its body is not read yet.

        None for a request that has to go another way: through a proxy, to a host or with a path
        that need quoting.
        """
        key = (url.scheme, url.place)
        if key not in self._servers:
            with self._lock:
                if key not in self._servers:
                    self._servers[key] = self._find(url)
        server = self._servers[key]
        request = None if server is None else _request(method, url, headers)
        if server is None or request is None:
            return None
        public = url.public
        wire, head = server.ask(request, method=method, url=public)
        return Whole(public, head, wire, server)

    def close(self) -> None:
        """Close what is idle; to be called when no request is under way."""
        with self._lock:
            for server in self._servers.values():
                if server is not None:
                    server.close()
            self._servers.clear()

    def _find(self, url: Url) -> _Server | None:
        settings = self._settings
        if settings.proxy_for(url.scheme, url.place) or not url.host:
            return None
        if url.host.encode("utf-8").translate(None, _HOST):
            return None  # an address of IPv6, a name in another script
        trust = ""
        if url.scheme == "https":
            trust = "blind" if settings.trusts_blindly(url.scheme, url.place) else "roots"
        return _Server(url, settings, self._trust, trust=trust)


class _Server:
    """The connections to one server."""

    def __init__(
        self,
        url: Url,
        settings: TransportSettings,
        context: Callable[[str], ssl.SSLContext],
        *,
        trust: str,
    ) -> None:
        from _queue import SimpleQueue

        port = url.port or (443 if url.scheme == "https" else 80)
        self._dialer = Dialer(url.host, port, settings, context=context, trust=trust)
        self._trust = trust
        self._idle: list[Wire] = []
        self._permits: SimpleQueue[None] = SimpleQueue()
        self._most = max(settings.connections, 1)
        for _ in range(self._most):
            self._permits.put(None)

    def ask(self, request: bytes, *, method: str, url: str) -> tuple[Wire, Head]:
        """The head of the answer, on a connection that `release` has to get back."""
        self._permits.get()
        wire: Wire | None = None
        try:
            wire = self._kept()
            if wire is not None:
                try:
                    return wire, wire.ask(request, method=method)
                except (Unanswered, ConnectionError):
                    wire.close()  # it was given up while the request was on its way
            wire = self._dialer.connect(url)
            if self._wants_more():
                self._dialer.begin()
            return wire, wire.ask(request, method=method)
        except BaseException as error:
            if wire is not None:
                wire.close()
            self._permits.put(None)
            self._explain(url, error)
            if isinstance(error, (OSError, Ended, ValueError)):
                failure = _unanswered(url, error)
                raise failure from failure.__cause__
            raise

    def _wants_more(self) -> bool:
        """Whether requests go side by side, and there may be one more."""
        free = self._permits.qsize()
        return 0 < free < self._most - 1

    def _explain(self, url: str, error: BaseException) -> None:
        """Raise what an error of TLS means; others are nothing that is known here."""
        if self._trust:
            import ssl

            if isinstance(error, ssl.SSLError):
                text = certificate_text(str(error))
                transient = "certificate" not in text
                failure = unsent(url, "client error (Connect)", text, transient=transient)
                raise failure from failure.__cause__

    def release(self, wire: Wire, *, reuse: bool) -> None:
        """Take back a connection, to be used again or to be closed."""
        if reuse:
            self._idle.append(wire)
        else:
            wire.close()
        self._permits.put(None)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._dialer.close()
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> Wire | None:
        """A connection that is still good: on such a one nothing comes unasked, nor its end."""
        while True:
            try:
                wire = self._idle.pop()
            except IndexError:
                return None
            if wire.is_clean() and not is_ready(wire.fileno(), 0):
                return wire
            wire.close()


class Whole:
    """An answer whose body is still on the wire. Read it to its end, or `close` it."""

    __slots__ = ("_begun", "_head", "_server", "_wire", "headers", "status", "url")

    def __init__(self, url: str, head: Head, wire: Wire, server: _Server) -> None:
        self.url = url
        self.status = head.status
        self.headers = head.headers
        self._head = head
        self._server = server
        self._wire: Wire | None = wire
        self._begun = False
        if head.length == 0:
            self._release(reuse=head.keeps)

    def chunks(self) -> Generator[bytes | memoryview]:
        """The body as it was sent, each piece good until the next is asked for.

        `BrokenTransfer` where it ends too early.
        """
        wire = self._wire
        if wire is None:
            return
        self._begun = True
        complete = False
        try:
            yield from wire.body(self._head)
            complete = True
        except (OSError, Ended, Malformed) as error:
            failure = _broken(self.url, error)
            raise failure from failure.__cause__
        finally:
            # What is left on the wire would answer the next request.
            self._release(reuse=complete and self._head.keeps)

    def read(self, limit: int) -> bytes:
        """The whole body, decompressed; `FetchFailure` if it is longer than `limit` bytes."""
        coding = self.headers.get("content-encoding", "").strip().lower()
        if coding in ("", "identity"):
            return self._read_plain(limit)
        from weft.index.decoding import NotDecoded, TooLong, decoded

        chunks = self.chunks()
        try:
            return decoded(chunks, coding, limit=limit)
        except TooLong:
            failure = _too_long(self.url, limit)
            raise failure from failure.__cause__
        except NotDecoded as error:
            failure = BrokenTransfer(self.url, f"the body does not decompress: {error}")
            raise failure from failure.__cause__
        finally:
            chunks.close()

    def _read_plain(self, limit: int) -> bytes:
        pieces, size = [], 0
        chunks = self.chunks()
        try:
            for piece in chunks:
                size += len(piece)
                if size > limit:
                    raise _too_long(self.url, limit)
                pieces.append(bytes(piece))
        finally:
            chunks.close()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Give the connection up; cheap answers are read to their end, so that it is kept."""
        length = self._head.length
        if self._wire is None:
            return
        if self._begun or length is None or length > CHUNK or not self._head.keeps:
            self._release(reuse=False)
            return
        try:
            for _ in self.chunks():
                pass
        except BrokenTransfer:
            pass  # nobody wanted it

    def _release(self, *, reuse: bool) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            self._server.release(wire, reuse=reuse)


def _request(method: str, url: Url, headers: Mapping[str, str]) -> bytes | None:
    """The head of a request; None where something in it would have to be quoted."""
    target = url.rest if url.rest[:1] == "/" else "/" + url.rest
    lines = [f"{method} {target} HTTP/1.1", f"Host: {_place(url)}"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    try:
        if target.encode("ascii").translate(None, _TARGET) or "/." in target:
            return None
        if "%" in target and not _is_quoted(target):
            return None
        data = "\r\n".join(lines).encode("latin-1")
    except UnicodeEncodeError:
        return None
    if data.count(b"\n") != len(lines) - 1 or data.count(b"\r") != len(lines) - 1:
        return None
    return data + b"\r\n\r\n"


def _is_quoted(target: str) -> bool:
    """Whether each percent sign begins a byte."""
    return all(
        len(each) > 1 and _HEXADECIMAL.issuperset(each[:2]) for each in target.split("%")[1:]
    )


def _place(url: Url) -> str:
    return url.origin.partition("://")[2]


def _unanswered(url: str, error: BaseException) -> FetchFailure:
    """The failure of a request that got no answer, with causes in uv's words."""
    if isinstance(error, (TimeoutError, BlockingIOError)):
        return unsent(url, "operation timed out")
    if isinstance(error, Ended):
        text = "connection closed before message completed"
    elif isinstance(error, OSError):
        text = os_text(error)
    else:
        text = str(error)
    return unsent(url, "client error (SendRequest)", text)


def _broken(url: str, error: BaseException) -> BrokenTransfer:
    if isinstance(error, (TimeoutError, BlockingIOError)):
        return BrokenTransfer(url, "operation timed out")
    return BrokenTransfer(url)


def _too_long(url: str, limit: int) -> FetchFailure:
    return FetchFailure(url, f"The answer is longer than {limit} bytes")
