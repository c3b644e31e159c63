"""Answers end where they say; whatever leaves that open is refused."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.index.helpers import story
from weft.index.decoding import NotDecoded, TooLong, decoded
from weft.index.failures import FetchFailure
from weft.index.settings import TransportSettings
from weft.index.transport import Transport
from weft.index.wire import Ended, Head, Malformed, Unanswered, Wire

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def answered(raw: bytes, *, step: int = 1 << 20, method: str = "GET") -> tuple[int, bytes, bool]:
    """Status, body and whether the connection may be used again, of an answer cut into steps."""
    return read(raw, step=step, method=method)[1:]


def read(raw: bytes, *, step: int = 1 << 20, method: str = "GET") -> tuple[Head, int, bytes, bool]:
    ours, theirs = socket.socketpair()

    def send() -> None:
        with theirs:
            theirs.recv(len(REQUEST))
            for at in range(0, len(raw), step):
                try:
                    theirs.sendall(raw[at : at + step])
                except OSError:
                    return

    thread = threading.Thread(target=send)
    thread.start()
    wire = Wire(ours, whole=socket.MSG_WAITALL)
    try:
        head = wire.ask(REQUEST, method=method)
        body = b"".join(bytes(each) for each in wire.body(head))
        return head, head.status, body, head.keeps and wire.is_clean()
    finally:
        wire.close()
        thread.join()


@given(st.binary(max_size=3000), st.integers(1, 700), st.booleans())
def test_a_body_is_what_was_sent_however_it_comes(body: bytes, step: int, chunked: bool) -> None:
    if chunked:
        pieces = [body[at : at + 97] for at in range(0, len(body), 97)]
        sent = b"".join(b"%x;a=b\r\n%s\r\n" % (len(each), each) for each in pieces)
        raw = b"Transfer-Encoding: chunked\r\n\r\n" + sent + b"0\r\nX-Sum: 1\r\n\r\n"
    else:
        raw = b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert answered(b"HTTP/1.1 200 OK\r\n" + raw, step=step) == (200, body, True)


def test_large_bodies_come_in_whole_pieces() -> None:
    body = bytes(range(256)) * 8000
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert answered(raw, step=9999) == (200, body, True)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", (200, b"to the end", False)),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", (200, b"a", False)),
        (b"HTTP/1.0 200\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", (200, b"", True)),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nab", (200, b"ab", True)),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", (200, b"", False)),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", (304, b"", True)),
        (
            b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\na",
            (404, b"a", True),
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n0\r\n\r\n",
            (200, b"", False),
        ),
    ],
)  # fmt: skip
def test_heads_tell_where_a_body_ends(raw: bytes, expected: tuple[int, bytes, bool]) -> None:
    assert answered(raw) == expected


def test_the_answer_to_head_has_no_body() -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    assert answered(raw, method="HEAD") == (200, b"", True)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 1_000_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\nContent-Length: 1\r\n\r\na",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na",
        b"HTTP/1.1 103 Early\r\n\r\n" * 30,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 300_000,
    ],
)  # fmt: skip
def test_answers_that_leave_something_open_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        answered(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nab",
    ],
)
def test_answers_that_end_too_early_are_refused(raw: bytes) -> None:
    with pytest.raises(Ended):
        answered(raw)


def test_headers_are_read() -> None:
    head, *_ = read(
        b"HTTP/1.1 200 OK\r\nETag: a\r\nX-Long: b\r\n c\r\nCache-Control: no-store\r\n"
        b"cache-control: max-age=5\r\nETag: d\r\nContent-Length: 0\r\n\r\n"
    )
    assert head.headers == {
        "content-length": "0",
        "etag": "d",
        "x-long": "b c",
        "cache-control": "no-store, max-age=5",
    }


def test_a_second_answer_that_nobody_asked_for_is_not_read() -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
    assert answered(raw + b"HTTP/1.1 200 OK\r\n") == (200, b"a", False)
    assert answered(b"HTTP/1.1 204 No Content\r\n\r\nabc") == (204, b"", False)


def test_a_server_that_says_nothing_is_told_from_one_that_breaks_off() -> None:
    with pytest.raises(Unanswered):
        answered(b"")
    with pytest.raises(Ended) as caught:
        answered(b"HTTP/1.1 200 OK\r\n")
    assert not isinstance(caught.value, Unanswered)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(st.binary(max_size=2000), st.integers(1, 300))
def test_bodies_are_decompressed(body: bytes, size: int) -> None:
    bare = zlib.compressobj(wbits=-15)
    raw = bare.compress(body) + bare.flush()
    for data, coding in (
        (gzip.compress(body), "gzip"),
        (gzip.compress(body) + gzip.compress(body), "x-gzip"),
        (zlib.compress(body), "deflate"),
        (raw, "deflate"),
        (gzip.compress(zlib.compress(body)), "deflate, gzip"),
        (body, "br"),
    ):
        twice = coding == "x-gzip"
        assert decoded(pieces(data, size), coding, limit=4000) == body * (1 + twice)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_compressed_bodies_have_bounds(coding: str) -> None:
    body = b" " * 50_000_000
    data = gzip.compress(body) if coding == "gzip" else zlib.compress(body)
    with pytest.raises(TooLong):
        decoded(pieces(data, 100), coding, limit=1_000_000)
    with pytest.raises(NotDecoded):
        decoded(pieces(data[:-9], 1 << 20), coding, limit=1 << 30)
    with pytest.raises(NotDecoded):
        decoded(pieces(b"plain", 2), coding, limit=100)
    with pytest.raises(NotDecoded):
        decoded(pieces(data, 100), ",".join(["gzip"] * 6), limit=100)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_no_body_needs_no_decompression(coding: str) -> None:
    assert decoded([], coding, limit=1) == b""
    assert decoded([b""], coding, limit=1) == b""
    with pytest.raises(NotDecoded):
        decoded([b"\x1f"], coding, limit=1)


def test_what_needs_quoting_is_still_sent_right(tmp_path: object) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port, heads = server.getsockname()[1], []

        def serve() -> None:
            for _ in range(3):
                connection, _ = server.accept()
                with connection:
                    heads.append(connection.recv(9999))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        transport = Transport(TransportSettings(retries=0))
        for path in ("/a b/\u00e9", "/a/../b", "/%zz"):
            transport.request("GET", f"http://127.0.0.1:{port}{path}")
            transport.close()
        thread.join()
    assert [each.split(b" ")[1] for each in heads] == [b"/a%20b/%C3%A9", b"/b", b"/%25zz"]


def test_no_header_smuggles_another_request() -> None:
    transport = Transport(TransportSettings(retries=0))
    with pytest.raises(FetchFailure) as caught:
        transport.request("GET", "http://127.0.0.1:9/", headers={"A": "b\r\n\r\nGET /c"})
    assert "Connection refused" not in " ".join(story(caught.value))


def test_an_answer_that_is_given_up_ends_quietly_after_its_connection() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut")
        wire = Wire(ours)
        response = wire.ask(REQUEST, method="GET").response
        wire.makefile("rb").raw.close()  # as the collector may do it first
        wire.close()
    response.close()
    assert response.isclosed()
