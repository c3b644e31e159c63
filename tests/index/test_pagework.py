"""A page that another process reads is the same page, and lies in the store as if it were ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.index.helpers import NOW, Rig, story
from tests.support.index_server import IndexServer
from weft.index.httpcache import Freshness
from weft.index.pagework import WARM_UP, WORTH_SENDING, pack_order, work_for
from weft.index.shelf import Kept
from weft.index.simple import PackedPage, PageError, pack, parse_html
from weft.store.store import Store
from weft.system.workers import ProcessPool

PAGE = "/simple/demo/"


def page_of(count: int) -> bytes:
    rows = "".join(
        f'<a href="/files/demo-{n}.0-py3-none-any.whl#sha256={n:064x}">demo</a>\n'
        for n in range(count)
    )
    return f"<html>{rows}</html>".encode()


LARGE = page_of(400)
assert len(LARGE) > WORTH_SENDING


class Worker:
    """Answers in a forked process, and keeps what was sent there."""

    def __init__(self, root: Path) -> None:
        self.pool = ProcessPool(1, work_for(Store(os.path.join(root, "store"))))
        self.sent: list[bytes] = []

    def __call__(self, message: bytes) -> bytes:
        self.sent.append(message)
        return self.pool.submit(message).result()


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    made = Worker(tmp_path)
    with made.pool:
        yield made


def test_a_large_page_is_read_elsewhere_and_says_the_same(tmp_path: Path, worker: Worker) -> None:
    with IndexServer(tmp_path, pages={PAGE: ("text/html", LARGE)}) as server:
        with Rig(tmp_path / "plain", server.url) as rig:
            here = rig.page()
        with Rig(tmp_path, server.url, worker=worker) as rig:
            there = rig.page()
        assert len(worker.sent) == 1
        assert here is not None
        assert there is not None
        assert here.texts == there.texts
        assert [here.files(n) for n in range(400)] == [there.files(n) for n in range(400)]
        with Rig(tmp_path, server.url, worker=worker, now=NOW + 60) as rig:
            kept = rig.page()
            assert kept is not None
            assert kept.files(3) == here.files(3)
        assert len(worker.sent) == 1
        assert server.count("page") + server.count("other") == 2  # one for each store


def test_a_small_page_stays_here(wheels: str, tmp_path: Path, worker: Worker) -> None:
    with IndexServer(wheels) as server, Rig(tmp_path, server.url, worker=worker) as rig:
        assert rig.texts() == ("1.0", "2.0")
    assert worker.sent == []


def test_what_must_not_be_stored_is_not_stored_there_either(tmp_path: Path, worker: Worker) -> None:
    pages = {PAGE: ("text/html", LARGE)}
    with IndexServer(tmp_path, pages=pages) as server:
        location = {"cache_control_api": "no-store"}
        with Rig(tmp_path, server.url, worker=worker, options=location) as rig:
            page = rig.page()
            assert page is not None
            assert page.files(3)[0].filename == "demo-3.0-py3-none-any.whl"
    assert len(worker.sent) == 1
    assert not os.path.exists(tmp_path / "store" / "simple-v1")


def test_an_error_there_is_the_error_here(tmp_path: Path, worker: Worker) -> None:
    pages = {PAGE: ("text/html", b"no tag" * WORTH_SENDING)}
    with (
        IndexServer(tmp_path, pages=pages) as server,
        Rig(tmp_path, server.url, worker=worker) as rig,
    ):
        with pytest.raises(PageError) as caught:
            rig.page()
        assert caught.value.message.startswith("Received some unexpected HTML")
        assert story(caught.value)[1] == "It holds no tag"
    assert len(worker.sent) == 1


class ReadOnly:
    """A store in which nothing can be kept."""

    def read(self, _bucket: str, _key: str) -> bytes | None:
        return None

    def write(self, _bucket: str, _key: str, _data: bytes) -> bool:
        return False


def test_where_nothing_can_be_stored_the_answer_is_the_whole_page() -> None:
    kept = Kept(1, Freshness(2, "", "", must_revalidate=False), b"")
    url = "https://index.test/simple/demo/"
    order = pack_order("key", "demo", url=url, kind="html", body=LARGE, kept=kept)
    work = work_for(ReadOnly())
    assert work(WARM_UP) == b""
    packed = work(order)
    assert packed == pack(parse_html(LARGE, url), "demo")
    page = PackedPage.load(packed)
    assert page is not None
    assert page.is_whole()
