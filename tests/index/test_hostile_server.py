"""A server that answers as it should not is refused, or read as urllib3 reads it, and what it sent
is never taken for the answer to another request."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.index.helpers import story
from weft.core.events import silent
from weft.index.connections import Connections
from weft.index.failures import FetchFailure
from weft.index.settings import TransportSettings
from weft.index.transport import Transport
from weft.index.urls import Url

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LIMIT = 100_000


class Hostile:
    """Answers `/good` as it should, and everything else with `raw`, once a connection or always."""

    def __init__(self, raw: bytes, *, step: int = 0, pause: float = 0.0, hangs: bool = False):
        self.raw = raw
        self.step = step or len(raw) or 1
        self.pause = pause
        self.hangs = hangs
        self.requests: list[bytes] = []
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while request := connection.recv(9999):
                self.requests.append(request.split(b" ")[1])
                if request.split(b" ")[1] == b"/good":
                    connection.sendall(GOOD)
                    continue
                for at in range(0, len(self.raw), self.step):
                    connection.sendall(self.raw[at : at + self.step])
                    time.sleep(self.pause)
                if not self.hangs:
                    return


@contextmanager
def hostile(raw: bytes, **options: object) -> Iterator[Hostile]:
    server = Hostile(raw, **options)  # type: ignore[arg-type]
    try:
        yield server
    finally:
        server.close()


def ours(transport: Transport, url: str) -> bytes | None:
    """The body; None where the answer is refused."""
    try:
        return transport.request("GET", url, limit=LIMIT).body
    except FetchFailure:
        return None


def theirs(url: str) -> bytes | None:
    """What urllib3 makes of it, with the same bounds."""
    connections = Connections(TransportSettings(retries=0, timeout=30.0), silent)
    try:
        return connections.open("GET", Url.parse(url), headers={}).read(LIMIT)
    except FetchFailure:
        return None
    finally:
        connections.close()


REFUSED = {
    "two lengths": OK + b"Content-Length: 4\r\nContent-Length: 9\r\n\r\nabcdabcde",
    "two lengths in one": OK + b"Content-Length: 4, 9\r\n\r\nabcdabcde",
    "a negative length": OK + b"Content-Length: -1\r\n\r\nabcd",
    "a length that nobody has": OK + b"Content-Length: 99999999999999999999\r\n\r\nabcd",
    "a body that is too short": OK + b"Content-Length: 9\r\n\r\nabcd",
    "another coding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
    "two codings": OK + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\nabcd",
    "a line that is no header": OK + b"abcd\r\nContent-Length: 2\r\n\r\nab",
    "no end of the head": OK + b"X: " + b"x" * 1_000_000,
    "a head cut off": OK + b"Content-Type: text/html\r\nContent-Le",
    "a flood of headers": OK + b"X: x\r\n" * 100_000 + b"\r\n",
    "a flood of early answers": b"HTTP/1.1 103 Early\r\n\r\n" * 1000,
    "a flood of continuations": b"HTTP/1.1 100 Continue\r\n\r\n" * 300_000,
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "no HTTP": b"220 mail.example ESMTP\r\n\r\n",
    "HTTP without a head": b"<html>good</html>",
    "nothing": b"",
    "a chunk without a size": CHUNKED + b"\r\nabcd\r\n0\r\n\r\n",
    "a chunk of nonsense": CHUNKED + b"zz\r\nabcd\r\n0\r\n\r\n",
    "a chunk that is too short": CHUNKED + b"9\r\nabcd",
    "a chunk without bounds": CHUNKED + b"7fffffffffffffff\r\n" + b"a" * 300_000,
    "the last chunk missing": CHUNKED + b"4\r\nabcd\r\n",
    "endless extensions": CHUNKED + b"4;" + b"a" * 200_000 + b"\r\nabcd\r\n0\r\n\r\n",
    "endless trailers": CHUNKED + b"4\r\nabcd\r\n0\r\n" + b"a: b\r\n" * 1_000_000,
    "a body without bounds": OK + b"\r\n" + b"a" * 300_000,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_leaves_something_open_is_refused(name: str) -> None:
    with hostile(REFUSED[name]) as server:
        transport = Transport(TransportSettings(retries=0, timeout=30.0))
        assert ours(transport, server.url + "/bad") is None
        assert ours(transport, server.url + "/good") == b"good"
        transport.close()


READ = {
    "chunks with extensions and trailers": (
        CHUNKED + b'2;a=b;c="d"\r\nab\r\n2\r\ncd\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n',
        b"abcd",
    ),
    "chunks and a length": (
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
        b"abcd",
    ),
    "the same length twice": (
        OK + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        b"abcd",
    ),
    "lines without returns": (b"HTTP/1.1 200 OK\nContent-Length: 4\n\nabcd", b"abcd"),
    "an old server without a length": (b"HTTP/1.0 200 OK\r\n\r\nabcd", b"abcd"),
    "an answer without a length": (OK + b"\r\nabcd", b"abcd"),
    "more than its length": (OK + b"Content-Length: 4\r\n\r\nabcdefgh", b"abcd"),
    "a body that there cannot be": (b"HTTP/1.1 204 No Content\r\n\r\nabcd", b""),
    "chunks that there cannot be": (
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
        b"",
    ),
    "an answer that was not asked for": (
        OK + b"Content-Length: 4\r\n\r\nabcd" + GOOD.replace(b"good", b"evil"),
        b"abcd",
    ),
}  # fmt: skip


@pytest.mark.parametrize("hangs", [False, True], ids=["closed", "kept"])
@pytest.mark.parametrize("name", READ)
def test_what_is_odd_is_read_as_elsewhere_and_ends_where_it_ends(name: str, hangs: bool) -> None:
    raw, body = READ[name]
    if hangs and "without a length" in name:
        hangs = False  # the end of the connection is the end of the body
    with hostile(raw, hangs=hangs) as server:
        transport = Transport(TransportSettings(retries=0, timeout=30.0))
        for _ in range(3):
            assert ours(transport, server.url + "/odd") == body
            assert ours(transport, server.url + "/good") == b"good"
        if "cannot be" not in name:
            assert theirs(server.url + "/odd") == body
        transport.close()


def test_early_answers_are_passed_over() -> None:
    with hostile(
        b"HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + GOOD
    ) as server:
        transport = Transport(TransportSettings(retries=0, timeout=30.0))
        assert ours(transport, server.url + "/early") == b"good"
        transport.close()


@pytest.mark.parametrize("raw", [b"", OK, OK + b"Content-Length: 4\r\n\r\nab", CHUNKED + b"2\r\na"])
def test_a_server_that_falls_silent_is_given_up(raw: bytes) -> None:
    with hostile(raw, hangs=True) as server:
        transport = Transport(TransportSettings(retries=0, timeout=0.2))
        with pytest.raises(FetchFailure) as caught:
            transport.request("GET", server.url + "/silent")
        assert "operation timed out" in " ".join(story(caught.value))
        transport.close()


def test_a_server_that_drips_is_patiently_read() -> None:
    raw = OK + b"Content-Length: 9\r\n\r\nabcdefghi"
    with hostile(raw, step=3, pause=0.01) as server:
        transport = Transport(TransportSettings(retries=0, timeout=30.0))
        assert ours(transport, server.url + "/drip") == b"abcdefghi"
        transport.close()


def test_a_kept_connection_that_ends_before_it_answers_costs_no_retry() -> None:
    with hostile(b"") as server:  # closes when asked
        transport = Transport(TransportSettings(retries=0, timeout=30.0))
        assert ours(transport, server.url + "/good") == b"good"
        with pytest.raises(FetchFailure) as caught:
            transport.request("GET", server.url + "/gone")
        assert "connection closed before message completed" in " ".join(story(caught.value))
        transport.close()
    assert server.requests == [b"/good", b"/gone", b"/gone"]  # again, but on a new one, and once
    assert server.connections == 2


def test_credentials_are_in_no_message() -> None:
    for raw in (b"", b"nonsense\r\n\r\n", OK + b"Content-Length: 9\r\n\r\na"):
        with hostile(raw) as server:
            transport = Transport(TransportSettings(retries=0, timeout=30.0))
            url = server.url.replace("//", "//ann:secret@") + "/bad"
            with pytest.raises(FetchFailure) as caught:
                transport.request("GET", url, headers={"Authorization": "Basic secret"})
            assert "secret" not in " ".join(story(caught.value))
            transport.close()
