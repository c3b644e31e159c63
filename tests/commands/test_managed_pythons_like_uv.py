"""Commands that come upon a managed Python, next to uv: what they take and what they say of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.commands.test_python_install_like_uv import Both
from tests.support.python_mirror import PythonMirror, archive

_OWN = ("uv = ", "weft = ")  # each tool names itself in `pyvenv.cfg`


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Python 3.12 is installed by each of them, and there is another one on the search path."""
    with PythonMirror() as mirror:
        mirror.add("3.12.1", archive("3.12.1"))
        twins = Both(tmp_path_factory.mktemp("twins"), mirror)
        twins.same("python", "install", "3.12", "--no-bin")
        for name, place in twins.places.items():
            (place / "bin" / "python3").symlink_to(sys._base_executable)
            assert twins.run(name, "python", "find").out.endswith("-gnu/bin/python3.12\n")
        yield twins


def configuration(both: Both, name: str, environment: str) -> list[str]:
    text = (both.places[name] / "work" / environment / "pyvenv.cfg").read_text()
    lines = text.replace(str(both.places[name]), "<place>").splitlines()
    return [line for line in lines if not line.startswith(_OWN)]


@pytest.mark.parametrize("request_", [">=3.12", "==3.12.*", ">=3.12.1,<3.13", "==3.12.1", "3"])
def test_goes_on_to_the_next_patch_unless_a_patch_is_named(both: Both, request_: str) -> None:
    _, out, _, _ = both.same("python", "find", "--system", request_)
    assert ("cpython-3.12.1-" in out) == (request_ == "==3.12.1")
    both.same("venv", "--clear", "-p", request_)
    ours = configuration(both, "weft", ".venv")
    assert ours == configuration(both, "uv", ".venv")
    assert ("version_info = 3.12.1" in ours) == (request_ == "==3.12.1")


def test_lists_the_newest_patch_by_its_lasting_name(both: Both) -> None:
    assert "/cpython-3.12-linux" in both.same("python", "list", "--only-installed")[1]
    both.same("python", "list", "--only-installed", "--output-format", "json")


def test_says_nothing_of_where_a_managed_python_is(both: Both) -> None:
    assert "Using CPython 3.12.1\n" in both.same("venv", "--clear")[2]
    assert "Using CPython 3.12.1\n" in both.same("venv", "--clear", "-p", "3.12.1")[2]
    for name in both.places:
        both.run(name, "venv", "--clear", "-p", sys._base_executable)
    where = ("-p", "3.12", "--dry-run", "--no-index", "-r", "none.txt")
    both.both("work/none.txt", "")
    assert "Using CPython 3.12.1\n" in both.same("pip", "install", "--target", "there", *where)[2]


@pytest.mark.parametrize("preference", ["", "--managed-python", "--no-managed-python"])
def test_takes_the_search_path_first_with_system(both: Both, preference: str) -> None:
    found = {}
    for name in both.places:
        listed = both.run(name, "pip", "list", "--system", *filter(None, [preference]))
        assert listed.code == 0
        found[name] = listed.err.splitlines()[0]
    assert found["weft"] == found["uv"]
    assert "3.12.1" not in found["weft"]
    nothing = {"UV_PYTHON_SEARCH_PATH": "/nowhere"}
    told = both.same("pip", "list", "--system", *filter(None, [preference]), **nothing)
    assert "Using Python 3.12.1 environment at: " in told[2]


def test_warns_that_an_environment_is_never_made_of_another(both: Both) -> None:
    assert "`--system` flag has no effect" in both.same("venv", "--clear", "--system")[2]
    both.same("venv", "--clear", UV_SYSTEM_PYTHON="1")


@pytest.mark.parametrize("word", ["auto", "AUTO", "1", "true", "manual", "0", "false", "Never"])
def test_the_variable_for_downloads_has_words_of_its_own(both: Both, word: str) -> None:
    told = both.same("python", "find", "3.10", UV_PYTHON_DOWNLOADS=word)
    assert told[0] == 2
    assert "UV_PYTHON_DOWNLOADS" not in told[2]


@pytest.mark.parametrize("word", ["unsafe-any-match", "any"])
def test_old_names_of_strategies_stand_in_files(both: Both, word: str) -> None:
    both.both("work/uv.toml", f'index-strategy = "{word}"\n')
    try:
        told = both.same("pip", "list", "--system")
    finally:
        both.both("work/uv.toml", "")
    assert told[0] == (2 if word == "any" else 0)


@pytest.mark.parametrize("word", ["foo", "no", "on"])
def test_refuses_other_words_for_downloads(both: Both, word: str) -> None:
    ours, theirs = (
        both.run(name, "python", "find", UV_PYTHON_DOWNLOADS=word) for name in ("weft", "uv")
    )
    assert (ours.code, ours.out, ours.err) == (theirs.code, theirs.out, theirs.err)
    assert "invalid value for UV_PYTHON_DOWNLOADS" in ours.err
