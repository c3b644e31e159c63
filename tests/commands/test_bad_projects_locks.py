"""Locks that were edited by hand: what is wrong is told as by uv, and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands.projects_beside_uv import fill, locked
from tests.support.beside_uv import Twins
from tests.support.index_server import IndexServer

HEAD = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.9"\n'


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    wheels = tmp_path_factory.mktemp("wheels")
    fill(wheels)
    with IndexServer(wheels) as server:
        yield server


@pytest.fixture
def twins(tmp_path: Path, index: IndexServer) -> Twins:
    made = Twins(tmp_path, index.url)
    made.write("pyproject.toml", f'{HEAD}dependencies = ["wick"]\n')
    return locked(made)


def _change(pattern: str, text: str) -> Callable[[str], str]:
    def change(lock: str) -> str:
        changed, count = re.subn(pattern, text, lock, count=1)
        assert count, "the lock has what is to be changed"
        return changed

    return change


SAME = {
    "hash that is too short": _change("sha256:[0-9a-f]+", "sha256:0000"),
    "kind of hash that nobody knows": _change("sha256:", "sha99:"),
    "registry package without a version": _change('version = "2.0"\n', ""),
    "requirement on Python": _change('requires-python = ".*"', 'requires-python = "foo"'),
    "marker": _change('{ name = "wick" }', '{ name = "wick", marker = "foo == 3" }'),
    "no source": _change("source = { registry.*\n", ""),
    "edge to nowhere": _change('{ name = "wick" }', '{ name = "nope" }'),
    "future": _change("version = 1\n", "version = 2\n"),
    "future of another shape": lambda _lock: "version = 3\n[[stuff]]\na = 1\n",
}
SAME_CODE = {
    "version of another file": _change('version = "2.0"', 'version = "9.0"'),
    "no wheel": _change('url = "[^"]*"', 'url = "nonsense"'),
    "file of this machine": _change('url = "[^"]*"', 'url = "file:///etc/passwd"'),
    "name with slashes": _change("files/wick", "files/..%2f..%2fwick"),
    "not TOML": lambda lock: lock + "= 3\n",
    "merge": lambda lock: f"{lock}<<<<<<< HEAD\n=======\n>>>>>>> other\n",
    "escapes": _change('name = "wick"', r'name = "wi\\u001b[31mck"'),
}


@pytest.mark.parametrize("words", [("sync",), ("lock", "--check")], ids=" ".join)
@pytest.mark.parametrize("what", SAME)
def test_the_sentence_is_uvs(twins: Twins, what: str, words: tuple[str, ...]) -> None:
    _edit(twins, SAME[what])
    before = twins.files("weft")
    theirs = twins.outcome("uv", *words)
    ours = twins.outcome("weft", *words)
    assert _told(ours.err) == _told(theirs.err)
    assert (ours.code, ours.files) == (theirs.code, before)
    assert theirs.code != 0


@pytest.mark.parametrize("words", [("lock",), ("tree", "--frozen")], ids=" ".join)
@pytest.mark.parametrize("what", SAME_CODE)
def test_what_parsers_say_differs_the_rest_is_uvs(
    twins: Twins, what: str, words: tuple[str, ...]
) -> None:
    _edit(twins, SAME_CODE[what])
    before = twins.files("weft")
    theirs = twins.outcome("uv", *words)
    ours = twins.outcome("weft", *words)
    assert (ours.code, ours.files) == (2, before)
    assert theirs.code == 2
    assert "error: Failed to parse `uv.lock`\n  cause: " in ours.err
    assert "\x1b" not in ours.err


def test_a_hash_of_another_file_is_found_when_it_is_fetched(twins: Twins) -> None:
    _edit(twins, _change("sha256:[0-9a-f]{8}", "sha256:00000000"))
    before = twins.files("weft")
    outcome = twins.same("sync", "--frozen")
    assert outcome.code == 1
    assert "Hash mismatch for `wick==2.0`" in outcome.err
    assert outcome.files == before


def _edit(twins: Twins, change: Callable[[str], str]) -> None:
    twins.write("uv.lock", change((twins.places["uv"] / "uv.lock").read_text()))


def _told(err: str) -> str:
    return err[err.index("error:") :]
