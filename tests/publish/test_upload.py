"""One upload: what is sent, and what every kind of answer means."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.publish.helpers import parcel, sender, story
from tests.support.upload_server import Reply, UploadServer
from weft.core.value import replace
from weft.index.auth import Login
from weft.publish.errors import DUPLICATE_HINT, MissingCredentials, UploadFailure
from weft.publish.upload import Parcel, upload

LOGIN = Login("__token__", "secret").header
JSON = {"Content-Type": "application/json"}


def send(
    server: UploadServer, what: Parcel, *, slept: list[float] | None = None, retries: int = 2
) -> None:
    making = sender(retries=retries, slept=slept)
    try:
        upload(making, what, server.url, authorization=LOGIN)
    finally:
        making.close()


def refused(server: UploadServer, dist: Path, reply: Reply, *, retries: int = 0) -> UploadFailure:
    server.answer(*[reply] * (retries + 1))
    with pytest.raises(UploadFailure) as raised:
        send(server, parcel(dist), retries=retries)
    return raised.value


def test_the_server_gets_the_file_with_its_digests_and_metadata(
    server: UploadServer, dist: Path
) -> None:
    what = parcel(dist, requires=["wick"])
    send(server, what)
    (got,) = server.uploads
    data = Path(what.path).read_bytes()
    assert got.content == data
    assert got.filename == "demo-1.0-py3-none-any.whl"
    assert got.content_type == "application/octet-stream"
    assert got.login == "__token__:secret"
    assert got.fields["sha256_digest"] == [hashlib.sha256(data).hexdigest()]
    assert got.fields["blake2_256_digest"] == [hashlib.blake2b(data, digest_size=32).hexdigest()]
    assert got.fields["requires_dist"] == ["wick"]
    assert got.names[0] == ":action" and got.names[-1] == "content"
    assert "transfer-encoding" not in got.headers, "servers want to know the length first"
    assert got.headers["user-agent"].startswith("weft")


def test_attestations_go_behind_the_file(server: UploadServer, dist: Path) -> None:
    send(server, replace(parcel(dist), attestations='[{"version":1}]'))
    (got,) = server.uploads
    assert got.names[-2:] == ["content", "attestations"]
    assert json.loads(got.fields["attestations"][0]) == [{"version": 1}]


def test_a_large_file_arrives_whole(server: UploadServer, dist: Path) -> None:
    what = parcel(dist, files={"demo/data.bin": os.urandom(3_000_000)})
    send(server, what)
    assert hashlib.sha256(server.uploads[0].content).hexdigest() == what.digests.sha256


TOKEN_HINT = "Check that the token"
SAYS = "Server returned status code {}. Server says:"
NOT_THE_ENDPOINT = (
    "POST requests are not supported by the endpoint, are you using the simple index URL instead "
    "of the upload URL? Server says: no"
)
PAGE = b"<html><head><title>t</title></head><body><h1>No</h1>\n<p>thing &amp; all</body>"
PROBLEM = {"Content-Type": "application/problem+json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
REFUSALS = [
    (Reply(400, b"bad\nthing"), SAYS.format("400 Bad Request") + " bad\nthing", ""),
    (Reply(400), SAYS.format("400 Bad Request"), ""),
    (Reply(400, b'{"code": "400 Wrong", "message": "no"}', JSON), "Server says: 400 Wrong", ""),
    (Reply(400, b'{"foo": 1}', JSON), 'Server says: {"foo": 1}', ""),
    (Reply(400, b'{"foo', JSON), 'Server says: {"foo', ""),
    (Reply(400, b'{"title": "T", "detail": "d"}', PROBLEM), "Server message: T, d", ""),
    (Reply(400, PAGE, HTML), "Server says: No thing & all", ""),
    (Reply(418, b"tea"), SAYS.format("418") + " tea", ""),
    (Reply(401, b"who"), "401 Unauthorized. Server says: who", TOKEN_HINT),
    (Reply(403, b"not yours"), "403 Forbidden. Server says: not yours", TOKEN_HINT),
    (Reply(404), SAYS.format("404 Not Found"), ""),
    (Reply(405, b"no"), NOT_THE_ENDPOINT, "Give the URL"),
    (Reply(409, b"dup"), "409 Conflict. Server says: dup", DUPLICATE_HINT),
    (Reply(400, b"File already exists ('a')"), "already exists", DUPLICATE_HINT),
    (Reply(400, b"does not allow updating assets"), "updating assets", DUPLICATE_HINT),
    (Reply(400, b'{"message":"has already been taken"}', JSON), "been taken", DUPLICATE_HINT),
    (Reply(403, b"Not enough to overwrite artifact"), "overwrite artifact", DUPLICATE_HINT),
    (Reply(302), "Request was redirected, but no location header was provided", ""),
    (Reply(303, b"see"), SAYS.format("303") + " see", ""),
]


@pytest.mark.parametrize(("reply", "reason", "hint"), REFUSALS)
def test_a_refusal_says_what_the_server_said_and_what_to_do(
    server: UploadServer, dist: Path, reply: Reply, reason: str, hint: str
) -> None:
    error = refused(server, dist, reply)
    where = f"Failed to publish `dist/demo-1.0-py3-none-any.whl` to `{server.url}`"
    assert error.message == where
    cause = error.__cause__
    assert cause is not None and reason in story(cause)[0]
    hints = getattr(cause, "hints", ())
    assert len(hints) == bool(hint)
    assert all(text.startswith(hint) for text in hints)


def test_an_endless_or_colourful_answer_does_not_flood_the_terminal(
    server: UploadServer, dist: Path
) -> None:
    error = refused(server, dist, Reply(400, b"\x1b[31m\x07" + b"x" * 100_000))
    text = story(error)[1]
    assert "\x1b" not in text and "\x07" not in text
    assert len(text) < 5000 and text.endswith("…")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(server: UploadServer, dist: Path, status: int) -> None:
    server.answer(status, status)
    slept: list[float] = []
    send(server, parcel(dist), slept=slept)
    assert len(server.uploads) == 3
    assert len({upload.content for upload in server.uploads}) == 1
    assert len(slept) == 2 and slept[0] < slept[1]


def test_a_server_may_say_how_long_to_wait(server: UploadServer, dist: Path) -> None:
    server.answer(Reply(429, headers={"Retry-After": "7"}))
    slept: list[float] = []
    send(server, parcel(dist), slept=slept)
    assert slept == [7.0]


def test_the_last_answer_is_told_when_tries_are_used_up(server: UploadServer, dist: Path) -> None:
    error = refused(server, dist, Reply(503, b"later"), retries=1)
    assert "503 Service Unavailable. Server says: later" in story(error)[1]
    assert len(server.uploads) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413])
def test_a_refusal_is_not_argued_with(server: UploadServer, dist: Path, status: int) -> None:
    refused(server, dist, Reply(status))
    assert len(server.uploads) == 1


def test_a_connection_that_breaks_in_the_middle_is_tried_again(
    server: UploadServer, dist: Path
) -> None:
    server.answer(Reply(cut=1000))
    send(server, parcel(dist, files={"demo/data.bin": os.urandom(2_000_000)}))
    assert len(server.uploads) == 1


def test_nobody_at_the_address_is_told_with_the_systems_words(dist: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/legacy/"
    with pytest.raises(UploadFailure) as raised:
        upload(sender(retries=1), parcel(dist), url, authorization=LOGIN)
    assert story(raised.value)[1:3] == [
        "Failed to send POST request",
        f"error sending request for url ({url})",
    ]
    assert story(raised.value)[-1].startswith("Connection refused")


def test_a_server_that_answers_before_it_has_read_everything_is_heard(dist: Path) -> None:
    """As proxies do with files that are too large: they answer and close."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(
                b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 7\r\n"
                b"Connection: close\r\n\r\ntoo big"
            )
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16):
                pass

    thread = threading.Thread(target=serve)
    thread.start()
    what = parcel(dist, files={"demo/data.bin": os.urandom(500_000)})
    try:
        with pytest.raises(UploadFailure) as raised:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            upload(sender(retries=0), what, url, authorization=LOGIN)
    finally:
        thread.join()
        listener.close()
    assert "413 Payload Too Large. Server says: too big" in story(raised.value)[1]


def test_nothing_is_sent_without_credentials(server: UploadServer, dist: Path) -> None:
    with pytest.raises(UploadFailure) as raised:
        upload(sender(), parcel(dist), server.url, authorization=None)
    assert story(raised.value)[1:] == [
        "Failed to send POST request",
        f"Missing credentials for: {server.url}",
    ]
    assert MissingCredentials("x").hints
    assert not server.requests


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_on_the_same_server_is_followed_with_file_and_credentials(
    server: UploadServer, dist: Path, status: int
) -> None:
    server.answer(Reply(status, headers={"Location": "/legacy/"}))
    send(server, parcel(dist))
    assert [got.login for got in server.uploads] == ["__token__:secret"] * 2


def test_a_redirect_to_another_server_gets_neither_file_nor_credentials(
    server: UploadServer, dist: Path
) -> None:
    with UploadServer() as other:
        error = refused(server, dist, Reply(307, headers={"Location": other.url}))
        assert not other.requests
    cause = error.__cause__
    assert cause is not None
    assert story(cause) == [
        f"Redirected URL is not in the same realm. Redirected to: {other_url(cause)}"
    ]
    assert "--publish-url" in getattr(cause, "hints", ("",))[0]


def other_url(error: BaseException) -> str:
    return str(error).rpartition(" ")[2]


def test_redirects_end_some_time(server: UploadServer, dist: Path) -> None:
    server.answer(*[Reply(307, headers={"Location": server.url})] * 12)
    with pytest.raises(UploadFailure) as raised:
        send(server, parcel(dist))
    assert "Too many redirects, only 10 redirects are allowed" in story(raised.value)
    assert len(server.uploads) == 10


def test_a_failure_behind_a_redirect_names_where_it_happened(
    server: UploadServer, dist: Path
) -> None:
    error = refused(server, dist, Reply(301, headers={"Location": "/other/"}))
    assert f"to `{server.origin}/other/`" in error.message
    assert "are you using the simple index URL" in story(error)[1]


def test_other_schemes_are_refused(dist: Path) -> None:
    with pytest.raises(UploadFailure) as raised:
        upload(sender(), parcel(dist), "ftp://127.0.0.1/", authorization=LOGIN)
    assert story(raised.value)[-1] == "URL scheme `ftp` is not supported"


def test_a_file_that_changes_while_it_is_sent_is_no_upload(
    server: UploadServer, dist: Path
) -> None:
    what = parcel(dist)
    with open(what.path, "ab") as file:
        file.write(b"more")
    with pytest.raises(UploadFailure) as raised:
        send(server, what)
    assert story(raised.value)[1] == f"`{what.path}` changed while it was uploaded"
    assert not server.uploads


def test_a_server_may_take_its_time_to_read(dist: Path) -> None:
    """Longer than a connection may take: that limit is none of sending."""
    listener = socket.create_server(("127.0.0.1", 0))
    received: list[int] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            time.sleep(0.6)
            while len(data := connection.recv(1 << 20)) and not data.endswith(b"--\r\n"):
                received.append(len(data))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    what = parcel(dist, files={"demo/data.bin": bytes(20_000_000)}, compress=False)
    making = sender(retries=0, connect_timeout=0.2, timeout=20.0)
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        upload(making, what, url, authorization=LOGIN)
    finally:
        making.close()
        thread.join()
        listener.close()
    assert sum(received) > 19_000_000
