"""Hostile wheels, sick indexes, wrong words: a clear error, and nothing is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support import index_server
from tests.support.commands import Finished, Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import HOSTILE


def tree(root: Path) -> dict[str, bytes | None]:
    """Every path below a directory with its content; links are not followed."""
    found: dict[str, bytes | None] = {}
    for folder, directories, files in os.walk(root):
        for name in directories:
            found[os.path.relpath(os.path.join(folder, name), root)] = None
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                found[os.path.relpath(path, root)] = Path(path).read_bytes()
    return found


def assert_clear(done: Finished, *, code: int | None = None) -> None:
    """An error for people: no traceback, and it begins with what went wrong."""
    assert done.code in ((1, 2) if code is None else (code,)), done.err
    assert "Traceback" not in done.err
    assert done.err.startswith("error: ") or "\nerror: " in done.err


@pytest.mark.parametrize("offence", sorted(HOSTILE))
def test_a_hostile_wheel_is_refused_and_leaves_everything_as_it_was(
    offence: str, tmp_path: Path
) -> None:
    weft = Weft(tmp_path)
    weft.venv()
    path = HOSTILE[offence](tmp_path / "hostile")
    before = tree(weft.cwd)
    outside = sorted(os.listdir(tmp_path))
    done = weft("pip", "install", "--no-index", "--no-deps", path)
    assert_clear(done)
    assert "demo" in done.err
    after = tree(weft.cwd)
    after.pop(".venv/.lock", None)
    assert after == before
    assert sorted({*os.listdir(tmp_path), "cache"}) == sorted({*outside, "cache"})
    entries = weft.cache / "entries-v1"
    assert not entries.exists() or not any(entries.iterdir())
    staging = weft.cache / "staging-v1"
    assert not staging.exists() or not any(staging.iterdir())


SICK = {
    "absent": index_server.status(404),
    "broken": index_server.status(500),
    "garbage": index_server.garbage(),
    "half": index_server.half(),
    "nothing": index_server.nothing(),
}


@pytest.mark.parametrize("illness", sorted(SICK))
@pytest.mark.parametrize("what", ["page", "file"])
def test_a_sick_index_is_named_and_a_healthy_one_works_again(
    weft: Weft, index: IndexServer, illness: str, what: str
) -> None:
    weft.venv()
    path = "/simple/wick/" if what == "page" else "/files/wick-2.0-py3-none-any.whl"
    if what == "file":
        path = index.file_url("wick-2.0-py3-none-any.whl").removeprefix(index.origin)
    before = tree(weft.cwd)
    index.fail(path, SICK[illness], always=True)
    done = weft("pip", "install", "wick")
    assert_clear(done)
    assert "wick" in done.err
    after = tree(weft.cwd)
    after.pop(".venv/.lock", None)
    assert after == before
    index.fail(path)
    weft.ok("pip", "install", "--refresh", "wick")
    assert weft.python(".venv", "import wick; print(wick.version)") == "2.0"


def test_a_directory_in_the_place_of_a_requirements_file_is_told_once(weft: Weft) -> None:
    weft.venv()
    done = weft("pip", "install", "-r", ".")
    assert_clear(done, code=2)
    assert done.err.count("Is a directory") == 1


def test_no_server_at_all(tmp_path: Path) -> None:
    weft = Weft(tmp_path, "http://127.0.0.1:9/simple")
    weft.venv()
    done = weft("pip", "install", "wick")
    assert_clear(done)
    assert "127.0.0.1:9/simple/wick/" in done.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["no-such-thing"], 1, "no-such-thing was not found in the package registry"),
        (["lantern>=9"], 1, "only lantern<=2.0rc1 is available"),
        (["oil==99"], 1, "there is no version of oil==99"),
        (["lantern==1.0", "oil>=4"], 1, "lantern==1.0 depends on oil>=2,<4"),
        (["lantern=="], 2, "Unexpected end of version specifier, expected version"),
        (["foo bar"], 2, "Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `b`"),
        (["-r", "nothing.txt"], 2, "File not found: nothing.txt"),
        (["./nowhere.whl"], 1, "The wheel filename `nowhere.whl` is invalid: Must have a version"),
        (["./nowhere-1.0-py3-none-any.whl"], 1, "Distribution not found at: file://"),
        (["nowhere-1.0-py3-none-any.whl"], 1, "Distribution not found at: file://"),
        (["wick", "--bogus"], 2, "unexpected argument '--bogus' found"),
        (["wick", "--link-mode", "zip"], 2, "auto, clone, hardlink, symlink, copy"),
        (["wick", "--exclude-newer", "soon"], 2, "could not be parsed as a valid exclude-newer"),
        (["wick", "-p", "nope"], 2, "nope"),
        ([], 2, "the following required arguments were not provided"),
        (["wick", "--target", "a", "--prefix", "b"], 2, "cannot be used with"),
        (["--user", "wick"], 2, "pip's `--user` is unsupported"),
        (["wick", "--extra", "x"], 2, "Requesting extras requires a"),
    ],
)
def test_wrong_words_get_an_error_and_the_documented_code(
    weft: Weft, words: list[str], code: int, told: str
) -> None:
    weft.venv()
    before = tree(weft.cwd)
    done = weft("pip", "install", *words)
    assert_clear(done, code=code)
    assert told in done.err
    after = tree(weft.cwd)
    after.pop(".venv/.lock", None)
    assert after == before


def test_a_file_that_belongs_to_two_packages_is_named(weft: Weft, wheels: Path) -> None:
    from tests.support.wheels import make_wheel

    make_wheel(wheels, "left", "1.0", files={"both.py": "left = 1\n", "left.py": ""})
    make_wheel(wheels, "right", "1.0", files={"both.py": "right = 1\n", "right.py": ""})
    weft.venv()
    done = weft.ok("pip", "install", "left", "right")
    assert "both.py" in done.err
    assert "`left`" in done.err
    assert "`right`" in done.err
