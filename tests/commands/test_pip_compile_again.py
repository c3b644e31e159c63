"""What `weft pip compile` printed is printed again: only while everything it came from stands."""

from __future__ import annotations

import marshal
import time
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

WORDS = ("pip", "compile", "reqs.in", "--no-header", "--no-annotate")
FOUND = "lantern==1.0\noil==3.0\nwick==2.0\n"
MARKED = "marked\n"


def kept(weft: Weft) -> list[Path]:
    return list((weft.cache / "installed-v1").glob("compiled-*"))


@pytest.fixture(params=[(), ("--universal",)], ids=["here", "everywhere"])
def words(request: pytest.FixtureRequest, weft: Weft, index: IndexServer) -> tuple[str, ...]:
    """A command whose text is kept."""
    words = (*WORDS, *request.param)
    index.cache_control = "max-age=600"
    weft.venv()
    (weft.cwd / "reqs.in").write_text("-r more.in\n")
    (weft.cwd / "more.in").write_text("lantern\n")
    assert weft.ok(*words).out == FOUND
    time.sleep(0.2)
    for _ in range(2):
        assert weft.ok(*words).out == FOUND
    assert len(kept(weft)) == 1
    return words


def mark(weft: Weft) -> None:
    """Put another text in the place of the one that is kept, to see whether it is used."""
    (path,) = kept(weft)
    form, (count, _text, until), stamps = marshal.loads(path.read_bytes())
    path.write_bytes(marshal.dumps((form, (count, MARKED, until), stamps)))


def test_a_text_is_printed_again_as_it_was(weft: Weft, words: tuple[str, ...]) -> None:
    again = weft.ok(*words)
    assert (again.out, again.lines) == (FOUND, ["Resolved 3 packages in T"])
    mark(weft)
    assert weft.ok(*words).out == MARKED


@pytest.mark.parametrize("name", ["more.in", "reqs.in", "uv.toml", "pyproject.toml", "page"])
def test_a_changed_file_is_read_again(
    weft: Weft, words: tuple[str, ...], name: str, wheels: Path
) -> None:
    mark(weft)
    if name == "page":
        (page,) = (weft.cache / "simple-v1").glob("**/wick/page")
        page.unlink()
    elif name == "pyproject.toml":
        (weft.cwd / name).write_text("[tool.weft]\n")
    else:
        path = weft.cwd / name
        text = path.read_text() if path.exists() else ""
        path.write_text(f"{text}\n")
    make_wheel(wheels, "wick", "2.5")
    assert weft.ok(*words).out == (FOUND.replace("2.0", "2.5") if name == "page" else FOUND)


def test_other_words_and_variables_have_texts_of_their_own(
    weft: Weft, words: tuple[str, ...]
) -> None:
    mark(weft)
    assert weft.ok(*words, "--no-deps").out == "lantern==1.0\n"
    assert weft.ok(*words, OTHER="1").out == FOUND
    assert weft.ok(*words, WEFT_REUSE_RESOLUTIONS="0").out == FOUND


def test_nothing_is_kept_where_more_was_said(weft: Weft, index: IndexServer) -> None:
    index.cache_control = "max-age=600"
    weft.venv()
    (weft.cwd / "reqs.in").write_text("lantern[shade]\n")
    for _ in range(2):
        time.sleep(0.1)
        done = weft.ok(*WORDS)
        assert done.lines[-1].startswith("warning: ")
    assert not kept(weft)


def test_nothing_is_kept_of_files_written_or_of_quiet_runs(weft: Weft, index: IndexServer) -> None:
    index.cache_control = "max-age=600"
    weft.venv()
    (weft.cwd / "reqs.in").write_text("lantern\n")
    for _ in range(2):
        time.sleep(0.1)
        weft.ok(*WORDS, "-o", "out.txt")
        weft.ok(*WORDS, "-q")
    assert not kept(weft)
