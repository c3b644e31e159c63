"""A ledger says what the pages say, or nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.index.helpers import NOW, Rig
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel
from weft.core.distribution import File
from weft.index import ledger as ledgers
from weft.index.simple import PackedPage

NAMES = tuple(f"p{number}" for number in range(ledgers.WORTH_KEEPING))
KEY = "0123456789abcdef"
LATER = NOW + 100


@pytest.fixture
def files(tmp_path: Path) -> str:
    """Some projects, `p0` with twenty versions: more than the front of a page has."""
    folder = tmp_path / "files"
    folder.mkdir()
    for minor in range(20):
        make_wheel(folder, "p0", f"1.{minor}", requires=[f"needed>={minor}"])
    for name in NAMES[1:]:
        make_wheel(folder, name, "1.19")
    return str(folder)


def _fill(rig: Rig) -> None:
    """What a run leaves that had to use the network: pages."""
    for name in NAMES:
        assert rig.page(name) is not None


def _choose(rig: Rig) -> None:
    """What a resolution does then: it chooses a file of each newest version, and reads that."""
    assert rig.client.open_ledger(KEY)
    for name in NAMES:
        page = _page(rig, name)
        last = len(page) - 1
        page.chosen[last] = page.files(last)[0]
        rig.client.metadata(page.chosen[last])
    rig.client.save_ledger()


def _root(rig: Rig) -> str:
    root: str = rig.client._store.root  # type: ignore[attr-defined]
    return root


def _ledger(rig: Rig) -> Path:
    return Path(_root(rig), ledgers.BUCKET, f"ledger-{KEY}")


def _page(rig: Rig, name: str = "p0") -> PackedPage:
    found = rig.page(name)
    assert found is not None
    return found


def test_a_ledger_gives_back_pages_choices_and_metadata(files: str, tmp_path: Path) -> None:
    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
            plain = _page(rig)
            newest, oldest = plain.files(19), plain.files(0)
        with Rig(tmp_path, server.url) as rig:
            _choose(rig)
            metadata = rig.client.metadata(newest[0])
            for kept in Path(_root(rig), "metadata-v1").rglob("p*.whl-*"):
                kept.unlink()
        with Rig(tmp_path, server.url, now=LATER) as rig:
            rig.client.open_ledger(KEY)
            before = len(server.requests)
            page = _page(rig)
            assert page.chosen == {19: newest[0]}
            assert page.summary() == plain.summary()
            assert rig.client.metadata(page.chosen[19]) == metadata
            assert len(server.requests) == before
            assert rig.client.pages_read() == [
                (rig.client._page_key(rig.location, "p0"), 600 + NOW)
            ]
            assert page.files(19) == newest
            assert page.files(0) == oldest


def test_what_was_chosen_is_nothing_to_other_rules(files: str, tmp_path: Path) -> None:
    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
        with Rig(tmp_path, server.url) as rig:
            _choose(rig)
        with Rig(tmp_path, server.url) as rig:
            assert rig.client.open_ledger("another")
            assert not rig.client.open_ledger(KEY)
            assert _page(rig).chosen == {}


def test_a_page_that_was_replaced_is_read(files: str, tmp_path: Path) -> None:
    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
        with Rig(tmp_path, server.url) as rig:
            _choose(rig)
        make_wheel(Path(files), "p0", "2.0")
        with Rig(tmp_path, server.url, refresh_packages=["p0"]) as rig:
            assert _page(rig).texts[-1] == "2.0"
        with Rig(tmp_path, server.url) as rig:
            rig.client.open_ledger(KEY)
            assert _page(rig).texts[-1] == "2.0"
            assert _page(rig).chosen == {}
            assert _page(rig, "p1").chosen.keys() == {0}


@pytest.mark.parametrize("how", ["old", "refreshed"])
def test_a_page_that_must_be_asked_for_again_is(files: str, tmp_path: Path, how: str) -> None:
    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
        with Rig(tmp_path, server.url) as rig:
            _choose(rig)
        now, refresh = (NOW + 700, False) if how == "old" else (NOW, True)
        with Rig(tmp_path, server.url, now=now, refresh=refresh) as rig:
            rig.client.open_ledger(KEY)
            before = len(server.requests)
            assert not rig.client.is_cached(rig.location, "p0")
            assert len(_page(rig)) == 20
            assert len(server.requests) == before + 1


def test_rows_of_a_page_that_has_gone_on_are_those_of_the_same_versions(
    files: str, tmp_path: Path
) -> None:
    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
        with Rig(tmp_path, server.url) as rig:
            _choose(rig)
        with Rig(tmp_path, server.url) as rig:
            rig.client.open_ledger(KEY)
            page = _page(rig)
            make_wheel(Path(files), "p0", "0.1")
            os.unlink(os.path.join(files, "p0-1.3-py3-none-any.whl"))
            with Rig(tmp_path, server.url, refresh=True) as other:
                assert _page(other).texts[0] == "0.1"
            assert [file.filename for file in page.files(0)] == ["p0-1.0-py3-none-any.whl"]
            assert page.files(3) == ()


def test_a_page_that_went_away_is_told(files: str, tmp_path: Path) -> None:
    from weft.core.errors import WeftError

    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
        with Rig(tmp_path, server.url) as rig:
            _choose(rig)
        with Rig(tmp_path, server.url) as rig:
            rig.client.open_ledger(KEY)
            page = _page(rig)
            key = rig.client._page_key(rig.location, "p0")
            os.unlink(os.path.join(_root(rig), "simple-v1", key, "page"))
            with pytest.raises(WeftError, match="`p0` is incomplete"):
                page.files(19)


def test_pages_of_this_very_moment_are_not_noted(files: str, tmp_path: Path) -> None:
    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
        with Rig(tmp_path, server.url, now=time.time() - 1000) as rig:
            _choose(rig)
            assert not _ledger(rig).exists()


@pytest.mark.parametrize("damage", [b"", b"WFL1", b"WFL1\xff\xff\xff\xff", b"WFL1\1\0\0\0i"])
def test_a_damaged_ledger_is_none(files: str, tmp_path: Path, damage: bytes) -> None:
    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
        with Rig(tmp_path, server.url) as rig:
            _choose(rig)
            _ledger(rig).write_bytes(damage)
        with Rig(tmp_path, server.url) as rig:
            rig.client.open_ledger(KEY)
            assert _page(rig).chosen == {}
            assert len(_page(rig)) == 20


def test_every_cut_ledger_says_the_same_or_nothing(files: str, tmp_path: Path) -> None:
    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
        with Rig(tmp_path, server.url) as rig:
            _choose(rig)
            whole = _ledger(rig).read_bytes()
        for size in range(0, len(whole), 397):
            _ledger(rig).write_bytes(whole[:size])
            with Rig(tmp_path, server.url) as rig:
                rig.client.open_ledger(KEY)
                for name in NAMES:
                    page = _page(rig, name)
                    last = len(page) - 1
                    assert page.texts[last] == "1.19"
                    assert page.chosen in ({}, {last: page.files(last)[0]})


def test_few_pages_are_not_worth_a_ledger(files: str, tmp_path: Path) -> None:
    with IndexServer(files) as server, Rig(tmp_path, server.url) as rig:
        _fill(rig)
        rig.client.open_ledger(KEY)
        rig.client.save_ledger()
        assert not _ledger(rig).exists()


def test_what_a_run_does_not_use_is_kept_while_there_is_room(
    files: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(ledgers.WORTH_KEEPING):
        make_wheel(Path(files), f"q{number}", "1.0")
    others = [f"q{number}" for number in range(ledgers.WORTH_KEEPING)]
    with IndexServer(files) as server:
        with Rig(tmp_path, server.url) as rig:
            _fill(rig)
            for name in others:
                _page(rig, name)
        with Rig(tmp_path, server.url) as rig:
            _choose(rig)
        for room, expected in ((1 << 20, True), (0, False)):
            monkeypatch.setattr(ledgers, "LARGEST", room)
            with Rig(tmp_path, server.url) as rig:
                rig.client.open_ledger(KEY)
                for name in others:
                    page = _page(rig, name)
                    page.chosen[room] = File("x", "y")
                rig.client.save_ledger()
            with Rig(tmp_path, server.url) as rig:
                rig.client.open_ledger(KEY)
                assert bool(_page(rig, "p0").chosen) == expected
                assert _page(rig, "q0").chosen
