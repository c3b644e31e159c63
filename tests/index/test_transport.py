"""Redirects, certificates, proxies and pauses."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest

from tests.index.helpers import Rig, TunnelProxy, make_certificate, story
from tests.support.index_server import IndexServer, garbage, half, redirect, status
from weft.core.events import Warned
from weft.index.auth import Keychain, Login
from weft.index.failures import FetchFailure, Offline, StatusFailure
from weft.index.locations import Locations
from weft.index.settings import TransportSettings, bypasses, proxies_of
from weft.index.transport import Transport, retry_after

PAGE = "/simple/demo/"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def authorizations(server: IndexServer) -> list[str | None]:
    return [asked.headers.get("authorization") for asked in server.requests]


def test_a_redirect_is_followed(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, f"{server.origin}/old") as rig:
        server.fail("/old/demo/", redirect(PAGE, 301), always=True)
        assert rig.texts() == ("1.0", "2.0")


def test_credentials_do_not_follow_a_redirect_to_another_server(
    wheels: str, tmp_path: Path
) -> None:
    with IndexServer(wheels) as first, IndexServer(wheels) as second:
        with Rig(tmp_path, first.url_with("user", "secret")) as rig:
            first.fail(PAGE, redirect(second.url + "/demo/"), always=True)
            assert rig.texts() == ("1.0", "2.0")
        assert authorizations(first) == [Login("user", "secret").header]
        assert authorizations(second) == [None]


def test_credentials_follow_a_redirect_on_the_same_server(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, auth=("user", "secret")) as server:
        with Rig(tmp_path, server.url_with("user", "secret")) as rig:
            server.fail(PAGE, redirect("/simple/demo/"))
            assert rig.texts() == ("1.0", "2.0")
        assert authorizations(server) == [Login("user", "secret").header] * 2


def test_credentials_of_a_single_url_follow_a_redirect_on_the_same_server(wheels: str) -> None:
    with IndexServer(wheels, auth=("user", "secret")) as server, IndexServer(wheels) as other:
        server.fail("/old", redirect("/simple/demo/"))
        server.fail("/older", redirect(other.url + "/demo/"))
        locations = Locations.of([])
        transport = Transport(TransportSettings(retries=0), Keychain(locations.all, {}))
        url = server.origin.replace("://", "://user:secret@")
        for path in ("/old", "/older"):
            assert transport.request("GET", url + path).status == 200
        assert authorizations(server) == [Login("user", "secret").header] * 3
        assert authorizations(other) == [None]
        transport.close()


def test_a_redirect_that_never_ends_is_given_up(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        server.fail(PAGE, redirect(PAGE), always=True)
        with pytest.raises(FetchFailure) as caught:
            rig.page()
        assert story(caught.value)[-1] == "too many redirects"
        assert server.count() == 10


def test_a_redirect_from_https_to_http_is_refused(
    wheels: str, tmp_path: Path, certificate: tuple[str, str]
) -> None:
    settings = {"certificate_file": certificate[0]}
    with IndexServer(wheels, certificate=certificate) as safe, IndexServer(wheels) as open_one:
        safe.fail(PAGE, redirect(open_one.url + "/demo/"), always=True)
        with (
            Rig(tmp_path, safe.url, settings=settings) as rig,
            pytest.raises(FetchFailure) as caught,
        ):
            rig.page()
        assert story(caught.value)[-1] == (
            f"A redirect from https to http is refused: `{open_one.url}/demo/`"
        )
        assert open_one.count() == 0


def test_a_certificate_that_nobody_vouches_for_is_refused(
    wheels: str, tmp_path: Path, certificate: tuple[str, str]
) -> None:
    with IndexServer(wheels, certificate=certificate) as server:
        with Rig(tmp_path, server.url, settings={"retries": 3}) as rig:
            with pytest.raises(FetchFailure) as caught:
                rig.page()
            assert rig.pauses == []  # it will not become valid by waiting
        told = story(caught.value)
        assert told[2] == "client error (Connect)"
        assert told[3].startswith("invalid peer certificate: ")
        assert server.count() == 0


def test_a_certificate_file_may_vouch_for_it(
    wheels: str, tmp_path: Path, certificate: tuple[str, str]
) -> None:
    settings = {"certificate_file": certificate[0]}
    with (
        IndexServer(wheels, certificate=certificate) as server,
        Rig(tmp_path, server.url, settings=settings) as rig,
    ):
        assert rig.texts() == ("1.0", "2.0")
        rig.client.download(rig.file(), str(tmp_path))


def test_an_unusable_certificate_file_vouches_for_nothing(
    wheels: str, tmp_path: Path, certificate: tuple[str, str]
) -> None:
    settings = {"certificate_file": str(tmp_path / "absent.pem")}
    with IndexServer(wheels, certificate=certificate) as server:
        with (
            Rig(tmp_path, server.url, settings=settings) as rig,
            pytest.raises(FetchFailure) as caught,
        ):
            rig.page()
        assert "invalid peer certificate" in story(caught.value)[3]
        assert rig.events == [
            Warned(
                f"Invalid `SSL_CERT_FILE`. Path does not exist: {tmp_path / 'absent.pem'}. "
                "No default certificates will be trusted."
            )
        ]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:{port}", "https://127.0.0.1", "*"])
def test_a_host_may_be_trusted_blindly(
    wheels: str, tmp_path: Path, certificate: tuple[str, str], host: str
) -> None:
    with IndexServer(wheels, certificate=certificate) as server:
        port = server.origin.rpartition(":")[2]
        settings = {"insecure_hosts": (host.format(port=port),)}
        with Rig(tmp_path, server.url, settings=settings) as rig:
            assert rig.texts() == ("1.0", "2.0")


def test_other_hosts_are_not_trusted_blindly() -> None:
    settings = TransportSettings(insecure_hosts=("a.example", "https://b.example:8443"))
    assert settings.trusts_blindly("https", "a.example")
    assert settings.trusts_blindly("https", "a.example:444")
    assert settings.trusts_blindly("https", "b.example:8443")
    assert not settings.trusts_blindly("https", "b.example")
    assert not settings.trusts_blindly("https", "c.a.example")


def test_requests_go_through_the_proxy(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as proxy:  # it takes whole URLs, so it can play the proxy
        settings = {"http_proxy": proxy.origin.replace("://", "://me:pass%20word@")}
        with Rig(tmp_path, "http://index.invalid/simple", settings=settings) as rig:
            assert rig.texts() == ("1.0", "2.0")
        (asked,) = proxy.requests
        assert asked.target == "http://index.invalid/simple/demo/"
        expected = base64.b64encode(b"me:pass word").decode()
        assert asked.headers["proxy-authorization"] == f"Basic {expected}"


def test_encrypted_requests_go_through_a_tunnel(
    wheels: str, tmp_path: Path, certificate: tuple[str, str]
) -> None:
    with TunnelProxy() as proxy, IndexServer(wheels, certificate=certificate) as server:
        settings = {
            "https_proxy": f"http://me:word@{proxy.place}",
            "certificate_file": certificate[0],
        }
        with Rig(tmp_path, server.url, settings=settings) as rig:
            assert rig.texts() == ("1.0", "2.0")
            rig.client.metadata(rig.file())
        (head,) = proxy.heads
        assert head.startswith(f"CONNECT {server.origin.removeprefix('https://')} ")
        assert f"basic {base64.b64encode(b'me:word').decode()}".lower() in head.lower()
        assert all("proxy-authorization" not in asked.headers for asked in server.requests)


def test_no_proxy_is_believed(wheels: str, tmp_path: Path) -> None:
    settings = {"http_proxy": "http://127.0.0.1:1", "no_proxy": ("127.0.0.1",)}
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, settings=settings) as rig:
        assert rig.texts() == ("1.0", "2.0")


def test_a_proxy_that_is_not_there_is_an_error(wheels: str, tmp_path: Path) -> None:
    settings = {"http_proxy": "http://127.0.0.1:1"}
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, settings=settings) as rig:
        with pytest.raises(FetchFailure) as caught:
            rig.page()
        assert story(caught.value)[-1] == "Connection refused (os error 111)"
        assert server.count() == 0


def test_proxies_of_other_kinds_are_refused(tmp_path: Path) -> None:
    settings = {"http_proxy": "socks5://user:secret@127.0.0.1:1"}
    with (
        Rig(tmp_path, "http://127.0.0.1:1/simple", settings=settings) as rig,
        pytest.raises(FetchFailure) as caught,
    ):
        rig.page()
    assert "not supported" in story(caught.value)[-1]
    assert "secret" not in " ".join(story(caught.value))


@pytest.mark.parametrize(
    ("pattern", "place", "expected"),
    [
        ("*", "a.example", True),
        ("a.example", "a.example", True),
        ("a.example", "a.example:8080", True),
        ("a.example:8080", "a.example:8080", True),
        ("a.example:8081", "a.example:8080", False),
        ("example", "a.example", True),
        (".example", "a.example", True),
        ("*.example", "a.example", True),
        ("ample", "a.example", False),
        ("A.Example", "a.example", True),
        ("127.0.0.0/8", "127.0.0.1:99", True),
        ("10.0.0.0/8", "127.0.0.1", False),
        ("::1", "[::1]:99", True),
        ("10.0.0.0/8", "ten.example", False),
    ],
)
def test_no_proxy_names_hosts_domains_and_networks(
    pattern: str, place: str, expected: bool
) -> None:
    assert bypasses((pattern,), place) is expected


def test_proxies_are_read_from_the_environment() -> None:
    assert proxies_of({}) == ("", "", ())
    environ = {"HTTP_PROXY": "http://a", "https_proxy": "http://b", "NO_PROXY": " x , ,y"}
    assert proxies_of(environ) == ("http://a", "http://b", ("x", "y"))
    assert proxies_of({"ALL_PROXY": "http://c"}) == ("http://c", "http://c", ())
    assert proxies_of({"HTTP_PROXY": "http://a", "REQUEST_METHOD": "GET"}) == ("", "", ())


def test_the_pause_that_a_server_asks_for_is_kept(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, settings={"retries": 3}) as rig:
        server.fail(PAGE, status(429, Retry_After="7"), status(503, Retry_After="100000"))
        assert rig.texts() == ("1.0", "2.0")
        assert rig.pauses == [7.0, 60.0]


def test_pauses_grow(wheels: str, tmp_path: Path) -> None:
    settings = {"retries": 4, "backoff": 1.0}
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, settings=settings) as rig:
        server.fail(PAGE, *[status(500)] * 4)
        rig.page()
        assert all(
            0.75 * 2**tries <= pause <= 1.25 * 2**tries for tries, pause in enumerate(rig.pauses)
        )
        assert len(rig.pauses) == 4


@pytest.mark.parametrize(
    ("text", "seconds"), [("5", 5.0), ("", None), ("soon", None), ("-1", None)]
)
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    assert retry_after(text) == seconds


def test_offline_makes_no_connection(wheels: str) -> None:
    with IndexServer(wheels) as server:
        transport = Transport(TransportSettings(offline=True))
        with pytest.raises(Offline) as caught:
            transport.request("GET", server.url_with("user", "secret") + "/demo/")
        assert caught.value.message == (
            "Network connectivity is disabled, but the requested data wasn't found in the cache: "
            f"{server.url}/demo/"
        )
        assert caught.value.exit_code == 1
        assert server.count() == 0


def test_pages_may_come_compressed(wheels: str, tmp_path: Path) -> None:
    body = gzip.compress(b'<a href="demo-7.0-py3-none-any.whl">x</a>')
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        answer = garbage(body, content_type="text/html")
        answer.headers["Content-Encoding"] = "gzip"  # type: ignore[index]
        server.fail(PAGE, answer)
        assert rig.texts() == ("7.0",)


def test_a_body_that_does_not_decompress_is_an_error(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        answer = garbage(b"plain", content_type="text/html")
        answer.headers["Content-Encoding"] = "gzip"  # type: ignore[index]
        server.fail(PAGE, answer)
        with pytest.raises(FetchFailure) as caught:
            rig.page()
        assert "does not decompress" in " ".join(story(caught.value))


@pytest.mark.parametrize("compressed", [False, True])
def test_a_body_without_end_is_given_up(wheels: str, tmp_path: Path, compressed: bool) -> None:
    body = b"<html>" + b" " * 2_000_000
    answer = garbage(gzip.compress(body) if compressed else body, content_type="text/html")
    if compressed:
        answer.headers["Content-Encoding"] = "gzip"  # type: ignore[index]
    with IndexServer(wheels) as server:
        server.fail(PAGE, answer)
        transport = Transport(TransportSettings(retries=0))
        with pytest.raises(FetchFailure) as caught:
            transport.request("GET", server.url + "/demo/", limit=1_000_000)
        assert story(caught.value)[-1] == "The answer is longer than 1000000 bytes"
        transport.close()


def test_answers_that_are_not_read_to_their_end_give_their_connection_back(wheels: str) -> None:
    with IndexServer(wheels) as server:
        transport = Transport(TransportSettings(retries=0, connections=1))
        url = server.url + "/demo/"
        for _ in range(3):
            server.fail(PAGE, garbage(b"x" * 500_000))
            transport.request("GET", url, stream=True).close()
            server.fail(PAGE, garbage(b"x" * 500_000))
            next(iter(transport.request("GET", url, stream=True).chunks()))
            server.fail(PAGE, status(404, body=b"x" * 500_000), status(500), half())
            for _ in range(3):
                with pytest.raises(FetchFailure):
                    transport.request("GET", url)
        assert transport.request("GET", url).status == 200  # it would wait for ever
        transport.close()


def test_connections_are_kept(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        rig.page()
        rig.page("absent")
        rig.client.metadata(rig.file())
        rig.client.download(rig.file(), str(tmp_path))
        assert server.count() == 4
        assert server.connections == 1


def test_a_missing_local_file_is_told_in_full(tmp_path: Path) -> None:
    transport = Transport(TransportSettings())
    with pytest.raises(StatusFailure) as caught:
        transport.request("GET", (tmp_path / "absent.whl").as_uri())
    assert story(caught.value)[-1] == "No such file or directory (os error 2)"


def test_the_user_agent_is_sent(wheels: str, tmp_path: Path) -> None:
    settings = {"user_agent": "weft/1.2.3"}
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, settings=settings) as rig:
        rig.page()
        assert server.requests[0].headers["user-agent"] == "weft/1.2.3"
