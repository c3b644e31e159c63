"""What outlines say of a universal request: only by the same rules, and while the pages are the
same."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.commands.test_outlines import facts_of, kept
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel
from weft.fetch.outlines import Outlines
from weft.store.layout import origin_key
from weft.store.store import Store

WORDS = ("pip", "compile", "reqs.in", "--universal", "--no-header", "--no-annotate")
FOUND = """\
candle==1.0 ; sys_platform == 'win32'
lantern==4.0
oil==3.0 ; python_full_version < '3.12'
oil==4.0 ; python_full_version >= '3.12'
wick==2.0
"""
MARKED = FOUND.replace("wick==2.0", "wick==2.0+marked")


def mark(weft: Weft, index: IndexServer) -> None:
    """Put another version into the outline of `wick`, to see whether it is used."""
    (path,) = kept(weft)
    mine = Outlines(Store(str(weft.cache)), facts_of(path), origin=origin_key(index.url), now=None)
    wick = mine.find("wick")
    assert wick is not None
    wick.texts = tuple([f"{text}+marked" for text in wick.texts])
    mine.keep({"wick": (wick, mine.used["wick"])}, started=time.time() + 1)


@pytest.fixture
def marked(weft: Weft, index: IndexServer, wheels: Path) -> Weft:
    """A machine that has outlines, of which one is marked."""
    make_wheel(
        wheels,
        "lantern",
        "4.0",
        requires=["oil", "wick[waxed]", "candle ; sys_platform == 'win32'"],
    )
    make_wheel(wheels, "oil", "4.0", requires_python=">=3.12")
    make_wheel(wheels, "wick", "2.0", extras={"waxed": ["oil>=1"]})
    make_wheel(wheels, "wick", "1.0")
    make_wheel(wheels, "candle", "1.0")
    (weft.cwd / "limits.txt").write_text("wick<3\n")
    index.cache_control = "max-age=600"
    weft.environ["WEFT_REUSE_RESOLUTIONS"] = "0"
    weft.venv()
    (weft.cwd / "reqs.in").write_text("lantern\n")
    assert weft.ok(*WORDS).out == FOUND
    time.sleep(0.1)  # what is too young is not noted
    assert weft.ok(*WORDS).out == FOUND
    mark(weft, index)
    assert weft.ok(*WORDS).out == MARKED
    return weft


@pytest.mark.parametrize(
    "words",
    [
        ("--fork-strategy", "fewest"),
        ("--resolution", "lowest"),
        ("--python-version", "3.12"),
        ("--constraint", "limits.txt"),
        ("--no-binary", "unrelated"),
        ("--prerelease", "allow"),
    ],
    ids=lambda words: words[0],
)
def test_another_request_is_resolved_as_ever(marked: Weft, words: tuple[str, ...]) -> None:
    done = marked.ok(*WORDS, *words)
    assert "lantern==" in done.out
    assert "marked" not in done.out


def test_what_an_earlier_output_says_is_heard(marked: Weft) -> None:
    (marked.cwd / "out.txt").write_text("wick==1.0\n")
    assert "wick==1.0\n" in marked.ok(*WORDS, "-o", "out.txt").out


def test_a_marker_of_the_request_counts(marked: Weft) -> None:
    (marked.cwd / "reqs.in").write_text("lantern ; python_version >= '3.12'\n")
    assert marked.ok(*WORDS, "--offline").out == (
        "candle==1.0 ; python_full_version >= '3.12' and sys_platform == 'win32'\n"
        "lantern==4.0 ; python_full_version >= '3.12'\n"
        "oil==4.0 ; python_full_version >= '3.12'\n"
        "wick==2.0+marked ; python_full_version >= '3.12'\n"
    )


def test_only_while_the_pages_are_the_same(marked: Weft, wheels: Path) -> None:
    make_wheel(wheels, "wick", "2.5", extras={"waxed": ["oil>=1"]})
    expected = FOUND.replace("wick==2.0", "wick==2.5")
    assert marked.ok(*WORDS).out == MARKED  # the page is fresh
    assert marked.ok(*WORDS, "--refresh").out == expected
    assert marked.ok(*WORDS, "--offline").out == expected


def test_hashes_and_pylock_read_what_they_need(marked: Weft) -> None:
    done = marked.ok(*WORDS, "--offline", "--format", "pylock.toml")
    assert 'name = "oil"' in done.out
    assert "marked" in done.out
    hashed = marked.ok(*WORDS, "--offline", "--generate-hashes").out
    assert hashed.count("--hash=sha256:") == 5


def test_what_cannot_be_told_in_an_outline_leaves_none(weft: Weft, wheels: Path) -> None:
    weft.environ["WEFT_REUSE_RESOLUTIONS"] = "0"
    weft.venv()
    make_wheel(wheels, "lantern", "4.0", requires=["oil", "wick[dry]"])
    make_wheel(wheels, "glass", "1.0+tinted")
    for text in ("lantern", "glass"):  # an extra that there is not, and a local version
        (weft.cwd / "reqs.in").write_text(f"{text}\n")
        first = weft.ok(*WORDS)
        time.sleep(0.1)  # what is too young is not noted
        again = weft.ok(*WORDS)
        assert again.out == first.out
        assert ("does not have an extra" in again.err) == (text == "lantern")
        assert kept(weft) == []
