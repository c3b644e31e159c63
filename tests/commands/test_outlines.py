"""What outlines say stands for pages: only by the same rules, and while the pages are the same."""

from __future__ import annotations

import marshal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.conftest import fill
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel
from weft.fetch import outlines
from weft.fetch.outlines import Outlines
from weft.store.layout import origin_key
from weft.store.store import Store

WORDS = ("pip", "compile", "reqs.in", "--no-header", "--no-annotate")
FOUND = "lantern==1.0\noil==3.0\nwick==2.0\n"
MARKED = FOUND.replace("oil==3.0", "oil==3.0+marked")


def kept(weft: Weft) -> list[Path]:
    return sorted((weft.cache / "installed-v1").glob("outlines-*"))


def facts_of(path: Path) -> str:
    """What the outlines in a file depend on."""
    data = path.read_bytes()
    end = len(outlines.MAGIC) + 4
    length = int.from_bytes(data[len(outlines.MAGIC) : end], "little")
    facts: str = marshal.loads(data[end : end + length])[0]
    return facts


def mark(weft: Weft, index: IndexServer) -> None:
    """Put another version into the outline of `oil`, to see whether it is used."""
    (path,) = kept(weft)
    mine = Outlines(Store(str(weft.cache)), facts_of(path), origin=origin_key(index.url), now=None)
    oil = mine.find("oil")
    assert oil is not None
    oil.texts = ("3.0+marked",) * len(oil.texts)
    mine.keep({"oil": (oil, mine.used["oil"])}, started=time.time() + 1)


def prepare(weft: Weft, index: IndexServer) -> Weft:
    """Have outlines on a machine, and mark one."""
    index.cache_control = "max-age=600"
    weft.environ["WEFT_REUSE_RESOLUTIONS"] = "0"
    weft.venv()
    (weft.cwd / "reqs.in").write_text("lantern\n")
    assert weft.ok(*WORDS).out == FOUND
    time.sleep(0.1)  # what is too young is not noted
    assert weft.ok(*WORDS).out == FOUND
    assert len(kept(weft)) == 1
    mark(weft, index)
    assert weft.ok(*WORDS).out == MARKED
    return weft


@pytest.fixture
def marked(weft: Weft, index: IndexServer) -> Weft:
    return prepare(weft, index)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weft]:
    """Such a machine for tests that leave it as it is."""
    root = tmp_path_factory.mktemp("settled")
    fill(root / "wheels")
    with IndexServer(root / "wheels") as server:
        weft = prepare(Weft(root, server.url), server)
        (weft.cwd / "limits.txt").write_text("wick<3\n")
        (weft.cwd / "names.txt").write_text("unrelated\n")
        yield weft


def test_installing_asks_them_as_well(settled: Weft) -> None:
    done = settled.ok("pip", "install", "--offline", "--dry-run", "lantern")
    assert " + oil==3.0+marked" in done.lines
    assert "Would install 3 packages" in done.lines


@pytest.mark.parametrize(
    "words",
    [
        ("--no-deps",),
        ("--resolution", "lowest"),
        ("--prerelease", "allow"),
        ("--no-binary", "unrelated"),
        ("--no-build",),
        ("--python-version", "3.12"),
        ("--python-platform", "windows"),
        ("--exclude-newer", "2400-01-01"),
        ("--upgrade-package", "oil"),
        ("--find-links", "."),
        ("--constraint", "limits.txt"),
        ("--override", "limits.txt"),
        ("--excludes", "names.txt"),
    ],
    ids=lambda words: words[0],
)
def test_another_request_is_resolved_as_ever(settled: Weft, words: tuple[str, ...]) -> None:
    """What that has to read may not be there: then it says so."""
    assert settled.ok(*WORDS, "--offline").out == MARKED
    done = settled(*WORDS, "--offline", *words)
    known = ("the requested data wasn't found", "No solution found")
    assert "lantern==" in done.out or any(words in done.err for words in known)
    assert "marked" not in done.out


@pytest.mark.parametrize("words", [("--refresh",), ("--refresh-package", "oil")])
def test_a_page_that_was_replaced_is_read(
    marked: Weft, wheels: Path, words: tuple[str, ...]
) -> None:
    make_wheel(wheels, "oil", "3.5")
    expected = FOUND.replace("oil==3.0", "oil==3.5")
    assert marked.ok(*WORDS, *words).out == expected
    assert marked.ok(*WORDS).out == expected


def test_a_page_that_is_gone_is_asked_for(marked: Weft) -> None:
    (page,) = (marked.cache / "simple-v1").glob("**/oil/page")
    page.unlink()
    assert marked.ok(*WORDS).out == FOUND


def test_a_page_that_is_no_longer_fresh_is_asked_for(weft: Weft, index: IndexServer) -> None:
    index.cache_control = "max-age=2"
    weft.environ["WEFT_REUSE_RESOLUTIONS"] = "0"
    weft.venv()
    (weft.cwd / "reqs.in").write_text("lantern\n")
    assert weft.ok(*WORDS).out == FOUND
    time.sleep(0.1)
    assert weft.ok(*WORDS, "--offline").out == FOUND
    mark(weft, index)
    assert weft.ok(*WORDS, "--offline").out == MARKED
    time.sleep(2)
    assert weft.ok(*WORDS).out == FOUND


def test_damage_is_passed_over(marked: Weft) -> None:
    (path,) = kept(marked)
    data = path.read_bytes()
    for damaged in (b"", data[:10], data[:-40], data[:3] + b"9" + data[4:], data[:8] + b"\0" * 90):
        path.write_bytes(damaged)
        assert marked.ok(*WORDS).out == FOUND


def test_an_installed_version_stays(marked: Weft, wheels: Path) -> None:
    assert marked.ok("pip", "install", "oil<3")
    done = marked("pip", "install", "--dry-run", "lantern")
    assert not any("marked" in line for line in done.lines)


def test_a_conflict_is_told_as_ever(settled: Weft) -> None:
    done = settled("pip", "install", "--offline", "--dry-run", "lantern", "oil<1")
    assert done.code == 1
    assert "No solution found" in done.err


def test_other_versions_are_added_to_what_is_known(marked: Weft) -> None:
    """The first time as ever, which tells of no mark; then out of outlines, which do again."""
    listing = marked.cwd / "reqs.in"
    listing.write_text("lantern\nwick<2\n")
    assert marked.ok(*WORDS).out == FOUND.replace("wick==2.0", "wick==1.5")
    assert marked.ok(*WORDS).out == FOUND.replace("wick==2.0", "wick==1.5")
    listing.write_text("lantern\n")
    before = kept(marked)[0].read_bytes()
    assert marked.ok(*WORDS).out == FOUND
    assert kept(marked)[0].read_bytes() == before
