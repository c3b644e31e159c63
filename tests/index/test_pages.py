"""Pages are fetched when they must be, and only then."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.index.helpers import NOW, Rig, story
from tests.support.index_server import IndexServer, garbage, half, nothing, redirect, slow, status
from tests.support.wheels import make_wheel
from weft.index.failures import (
    ContentTypeRefused,
    FetchFailure,
    IndexRefused,
    RetriesExhausted,
    StatusFailure,
)
from weft.index.simple import PageError
from weft.store.collect import clean
from weft.store.store import Store

PAGE = "/simple/demo/"


@pytest.mark.parametrize("format", ["html", "json", "both"])
def test_html_and_json_say_the_same(wheels: str, tmp_path: Path, format: Any) -> None:
    upload_times = {"demo-2.0-py3-none-any.whl": "2024-05-06T07:08:09Z"}
    yanked = {"demo-1.0-py3-none-any.whl": "bad"}
    with (
        IndexServer(wheels, format=format, upload_times=upload_times, yanked=yanked) as server,
        Rig(tmp_path, server.url) as rig,
    ):
        page = rig.page()
        assert page is not None
        assert page.texts == ("1.0", "2.0")
        assert page.yanked == 0b01
        old, new = page.files(0)[0], page.files(1)[0]
        assert old.yanked == "bad"
        assert new.url == server.file_url("demo-2.0-py3-none-any.whl")
        assert new.requires_python == ">=3.8"
        assert new.upload_time == 1_714_979_289
        assert new.hashes[0][0] == "sha256"
        assert new.metadata is not None and new.metadata.startswith("sha256=")
        assert new.index == server.url
        size = os.path.getsize(os.path.join(wheels, new.filename))
        assert new.size == (None if format == "html" else size)


def test_both_formats_are_asked_for(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        rig.page()
        accept = server.requests[0].headers["accept"]
        assert "application/vnd.pypi.simple.v1+json" in accept
        assert "text/html" in accept


def test_a_page_is_asked_for_once_in_a_run(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        assert rig.page() is rig.page()
        assert rig.page("absent") is None
        assert rig.page("absent") is None
        assert server.count() == 2


def test_a_page_without_headers_is_fresh_for_ten_minutes(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server:
        for now, requests in ((NOW, 1), (NOW + 590, 1), (NOW + 610, 2)):
            with Rig(tmp_path, server.url, now=now) as rig:
                assert rig.texts() == ("1.0", "2.0")
                assert server.count("page") == requests


def test_the_server_may_choose_the_lifetime(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, cache_control="max-age=5") as server:
        for now, requests in ((NOW, 1), (NOW + 3, 1), (NOW + 7, 2)):
            with Rig(tmp_path, server.url, now=now) as rig:
                rig.page()
                assert server.count("page") == requests


def test_settings_may_choose_the_lifetime(wheels: str, tmp_path: Path) -> None:
    options = {"cache_control_api": "max-age=5000"}
    with IndexServer(wheels, cache_control="max-age=5") as server:
        for now in (NOW, NOW + 4000):
            with Rig(tmp_path, server.url, now=now, options=options) as rig:
                rig.page()
        assert server.count("page") == 1


def test_pages_that_must_not_be_stored_are_not(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, cache_control="no-store") as server:
        for _ in range(2):
            with Rig(tmp_path, server.url) as rig:
                rig.page()
        assert server.count("page") == 2
        assert not (tmp_path / "store" / "simple-v1").exists()


@pytest.mark.parametrize("validator", ["etag", "last_modified"])
def test_a_stale_page_that_has_not_changed_is_not_sent_again(
    wheels: str, tmp_path: Path, validator: str
) -> None:
    options: dict[str, Any] = {validator: True}
    with IndexServer(wheels, cache_control="max-age=60", **options) as server:
        for now in (NOW, NOW + 100, NOW + 130, NOW + 300):
            with Rig(tmp_path, server.url, now=now) as rig:
                assert rig.texts() == ("1.0", "2.0")
        assert [asked.status for asked in server.requests] == [200, 304, 304]


def test_a_stale_page_that_has_changed_is_replaced(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, etag=True, cache_control="no-cache") as server:
        with Rig(tmp_path, server.url) as rig:
            assert rig.texts() == ("1.0", "2.0")
        make_wheel(wheels, "demo", "3.0")
        with Rig(tmp_path, server.url) as rig:
            assert rig.texts() == ("1.0", "2.0", "3.0")
        assert [asked.status for asked in server.requests] == [200, 200]


def test_a_long_page_survives_being_revalidated(tmp_path: Path) -> None:
    rows = "".join(
        f'<a href="/files/demo-1.{minor}-py3-none-any.whl#sha256={minor:064}">x</a>'
        for minor in range(400)
    )
    pages = {PAGE: ("text/html", rows.encode())}
    with IndexServer(tmp_path, pages=pages, etag=True, cache_control="no-cache") as server:
        for expected in (200, 304, 304):
            with Rig(tmp_path, server.url) as rig:
                assert rig.file(position=0).hashes == (("sha256", f"{0:064}"),)
                assert rig.file().hashes == (("sha256", f"{399:064}"),)
                assert server.requests[-1].status == expected
    (front,) = (tmp_path / "store" / "simple-v1").rglob("page")
    (rest,) = (tmp_path / "store" / "simple-v1").rglob("rest")
    assert front.stat().st_size < rest.stat().st_size / 2


def test_refresh_asks_again_and_takes_a_304_for_an_answer(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, etag=True, cache_control="max-age=600") as server:
        asking: list[dict[str, Any]] = [{}, {"refresh": True}, {"refresh_packages": {"demo"}}, {}]
        for options in asking:
            with Rig(tmp_path, server.url, **options) as rig:
                assert rig.texts() == ("1.0", "2.0")
        assert [asked.status for asked in server.requests] == [200, 304, 304]
        assert server.requests[1].headers["cache-control"] == "no-cache"


def test_refresh_of_one_project_leaves_the_others(wheels: str, tmp_path: Path) -> None:
    make_wheel(wheels, "other", "1.0")
    with IndexServer(wheels) as server:
        for names in ((), ("demo",)):
            with Rig(tmp_path, server.url, refresh_packages=names) as rig:
                rig.page()
                rig.page("other")
        assert server.count(path=PAGE) == 2
        assert server.count(path="/simple/other/") == 1


def test_offline_takes_what_is_cached_however_old(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server:
        with Rig(tmp_path, server.url) as rig:
            rig.page()
        with Rig(tmp_path, server.url, now=NOW + 10**8, settings={"offline": True}) as rig:
            assert rig.client.is_cached(rig.location, "demo")
            assert not rig.client.is_cached(rig.location, "other")
            assert rig.texts() == ("1.0", "2.0")
            assert rig.page("other") is None
        assert server.count() == 1


def test_it_is_known_which_pages_need_no_request(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server:
        with Rig(tmp_path, server.url) as rig:
            assert not rig.client.is_cached(rig.location, "demo")
            rig.page()
            assert rig.client.is_cached(rig.location, "demo")
        with Rig(tmp_path, server.url, now=NOW + 5) as rig:
            assert rig.client.is_cached(rig.location, "demo")
        with Rig(tmp_path, server.url, refresh=True) as rig:
            assert not rig.client.is_cached(rig.location, "demo")
        with Rig(tmp_path, server.url, now=NOW + 5000) as rig:
            assert not rig.client.is_cached(rig.location, "demo")
        assert server.count() == 1


def test_a_damaged_cache_is_a_miss(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels, etag=True) as server:
        with Rig(tmp_path, server.url) as rig:
            rig.page()
        (kept,) = (tmp_path / "store" / "simple-v1").rglob("page")
        whole = kept.read_bytes()
        for damaged in (b"", whole[:10], whole[:-20], b"x" * len(whole)):
            kept.write_bytes(damaged)
            with Rig(tmp_path, server.url) as rig:
                assert rig.texts() == ("1.0", "2.0")
            assert kept.read_bytes()[:4] == b"WFS1"


def test_a_project_that_is_not_there_is_none(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        assert rig.page("absent") is None


def test_a_query_of_the_index_stays_at_the_end(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url + "?token=1") as rig:
        assert rig.texts() == ("1.0", "2.0")
        assert server.requests[0].target == PAGE + "?token=1"


def test_links_are_relative_to_where_the_page_was_found(wheels: str, tmp_path: Path) -> None:
    pages = {"/mirror/deep/demo/": ("text/html", b'<a href="demo-9.0-py3-none-any.whl">x</a>')}
    with IndexServer(wheels, pages=pages) as server, Rig(tmp_path, server.url) as rig:
        server.fail(PAGE, redirect("/mirror/deep/demo/"))
        assert rig.file().url == f"{server.origin}/mirror/deep/demo/demo-9.0-py3-none-any.whl"


@pytest.mark.parametrize("code", [401, 403])
def test_a_refusal_stops_the_search_with_a_hint(wheels: str, tmp_path: Path, code: int) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        server.fail(PAGE, status(code), always=True)
        with pytest.raises(IndexRefused) as caught:
            rig.page()
        (hint,) = caught.value.hints
        advice = f": `weft auth explain {server.url}` shows which it gets"
        assert caught.value.exit_code == 1
        if code == 401:
            assert hint == (
                f"An index URL ({server.url}) could not be queried due to a lack of valid "
                "authentication credentials (401 Unauthorized)" + advice
            )
        else:
            assert hint == (
                f"An index ({server.url}) returned a 403 Forbidden error. Check that the index "
                "URL is correct and the credentials are valid" + advice
            )


@pytest.mark.parametrize("code", [401, 403, 410, 500])
def test_refusals_may_be_ignored(wheels: str, tmp_path: Path, code: int) -> None:
    options = {"ignore_error_codes": (code,)}
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, options=options) as rig:
        server.fail(PAGE, status(code), always=True)
        assert rig.page() is None


def test_an_error_of_the_server_is_an_error(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        server.fail(PAGE, status(500), always=True)
        with pytest.raises(StatusFailure) as caught:
            rig.page()
        url = server.url + "/demo/"
        assert caught.value.exit_code == 2
        assert story(caught.value) == [
            f"Failed to fetch: {url}",
            f"HTTP status server error (500 Internal Server Error) for url ({url})",
        ]


def test_an_error_of_the_server_is_tried_again(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, settings={"retries": 3}) as rig:
        server.fail(PAGE, status(500), nothing(), half())
        assert rig.texts() == ("1.0", "2.0")
        assert server.count("page") == 4
        assert len(rig.pauses) == 2  # a kept connection that ended before it answered has none


def test_tries_come_to_an_end(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, settings={"retries": 2}) as rig:
        server.fail(PAGE, status(503), always=True)
        with pytest.raises(RetriesExhausted) as caught:
            rig.page()
        assert server.count("page") == 3
        told = story(caught.value)
        assert told[0].startswith("Request failed after 2 retries in ")
        assert told[1] == f"Failed to fetch: {server.url}/demo/"


@pytest.mark.parametrize("code", [400, 410, 451])
def test_what_will_not_change_is_not_tried_again(wheels: str, tmp_path: Path, code: int) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, settings={"retries": 3}) as rig:
        server.fail(PAGE, status(code), always=True)
        with pytest.raises(StatusFailure):
            rig.page()
        assert server.count("page") == 1


def test_half_a_page_is_an_error(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        server.fail(PAGE, half(), always=True)
        with pytest.raises(FetchFailure) as caught:
            rig.page()
        assert story(caught.value)[-1] == "end of file before message length reached"
        assert caught.value.exit_code == 2
    assert not (tmp_path / "store" / "simple-v1").exists()


def test_no_answer_is_an_error(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        server.fail(PAGE, nothing(), always=True)
        with pytest.raises(FetchFailure) as caught:
            rig.page()
        url = server.url + "/demo/"
        assert story(caught.value) == [
            f"Failed to fetch: {url}",
            f"error sending request for url ({url})",
            "client error (SendRequest)",
            "connection closed before message completed",
        ]


def test_an_answer_that_takes_too_long_is_an_error(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, settings={"timeout": 0.2}) as rig:
        server.fail(PAGE, slow(0.6), always=True)
        with pytest.raises(FetchFailure) as caught:
            rig.page()
        assert story(caught.value)[-1] == "operation timed out"


@pytest.mark.parametrize("format", ["html", "json"])
def test_garbage_is_an_error_and_is_not_kept(wheels: str, tmp_path: Path, format: Any) -> None:
    with IndexServer(wheels, format=format) as server:
        server.fail(PAGE, garbage())
        with Rig(tmp_path, server.url) as rig, pytest.raises(PageError) as caught:
            rig.page()
        assert caught.value.message == (
            f"Received some unexpected {format.upper()} from `{server.url}/demo/`"
        )
        with Rig(tmp_path, server.url) as rig:
            assert rig.texts() == ("1.0", "2.0")


def test_other_content_is_refused_by_its_type(wheels: str, tmp_path: Path) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        server.fail(PAGE, garbage(content_type="application/octet-stream"))
        with pytest.raises(ContentTypeRefused) as caught:
            rig.page()
        assert caught.value.message == (
            f'Unsupported `Content-Type` "application/octet-stream" for `{server.url}/demo/`. '
            "Expected JSON or HTML."
        )


def test_a_refused_connection_is_told_in_full(tmp_path: Path) -> None:
    with Rig(tmp_path, "http://127.0.0.1:1/simple") as rig, pytest.raises(FetchFailure) as caught:
        rig.page()
    assert story(caught.value)[1:] == [
        "error sending request for url (http://127.0.0.1:1/simple/demo/)",
        "client error (Connect)",
        "tcp connect error",
        "Connection refused (os error 111)",
    ]


def test_an_unknown_host_is_told_in_full(tmp_path: Path) -> None:
    with Rig(tmp_path, "http://nosuch.invalid/simple") as rig, pytest.raises(FetchFailure) as found:
        rig.page()
    told = story(found.value)
    assert told[2:4] == ["client error (Connect)", "dns error"]
    assert told[4].startswith("failed to lookup address information: ")


def test_an_unknown_scheme_is_an_error(tmp_path: Path) -> None:
    with Rig(tmp_path, "ftp://files.example/simple") as rig, pytest.raises(FetchFailure) as caught:
        rig.page()
    assert story(caught.value)[-1] == "URL scheme `ftp` is not supported"


def test_a_directory_laid_out_like_an_index_is_one(tmp_path: Path) -> None:
    project = tmp_path / "mirror" / "demo"
    make_wheel(project, "demo", "1.0")
    (project / "index.html").write_text('<a href="demo-1.0-py3-none-any.whl">x</a>')
    with Rig(tmp_path, str(tmp_path / "mirror")) as rig:
        assert rig.client.is_cached(rig.location, "demo")
        assert rig.file().url == (project / "demo-1.0-py3-none-any.whl").as_uri()
        assert rig.page("absent") is None
    assert not (tmp_path / "store" / "simple-v1").exists()


def test_what_is_kept_of_a_project_goes_with_it(wheels: str, tmp_path: Path) -> None:
    make_wheel(wheels, "other", "1.0")
    with IndexServer(wheels) as server, Rig(tmp_path, server.url) as rig:
        for project in ("demo", "other"):
            rig.client.metadata(rig.file(project))
        kept = tmp_path / "store"
        assert {path.name for path in kept.glob("*-v1/index/*/*")} == {"demo", "other"}
        clean(Store(str(kept)), ["demo"])
        assert {path.name for path in kept.glob("*-v1/index/*/*")} == {"other"}
