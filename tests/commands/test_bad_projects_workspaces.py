"""Workspaces that cannot be one: uv's words, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.beside_uv import Twins

HEAD = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.9"\n'
MEMBERS = f'{HEAD}[tool.uv.workspace]\nmembers = ["a", "b"]\n'
NESTED = '[tool.uv.workspace]\nmembers = ["c"]\n'


def member(name: str, more: str = "") -> str:
    return f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.9"\n{more}'


@pytest.fixture
def twins(tmp_path: Path) -> Twins:
    return Twins(tmp_path)


@pytest.mark.parametrize("words", [("lock",), ("sync",), ("tree",), ("add", "--frozen", "x")])
@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (member("One"), member("one"), "Two workspace members are both named `one`"),
        (member("demo"), member("two"), "Two workspace members are both named `demo`"),
        (member("one", NESTED), member("two"), "Nested workspaces are not supported"),
        ("", member("two"), "No `project` table found in"),
        ("[tool.x]\n", member("two"), "No `project` table found in"),
    ],
)
def test_members_that_cannot_be_are_told_as_by_uv(
    twins: Twins, words: tuple[str, ...], first: str, second: str, told: str
) -> None:
    twins.write("pyproject.toml", MEMBERS)
    twins.write("a/pyproject.toml", first)
    twins.write("b/pyproject.toml", second)
    before = twins.files("weft")
    outcome = twins.same(*words, "--offline")
    assert outcome.code == 2
    assert told in outcome.err
    assert outcome.files == before
    assert not (twins.places["weft"] / ".venv").exists()


@pytest.mark.parametrize("table", ["[tool.uv]\nmanaged = false\n"])
def test_a_member_that_is_unmanaged_is_none(twins: Twins, table: str) -> None:
    twins.write("pyproject.toml", MEMBERS)
    twins.write("a/pyproject.toml", member("two", table))
    twins.write("b/pyproject.toml", member("two"))
    outcome = twins.same("lock", "--offline")
    assert outcome.code == 0
    assert b'virtual = "b"' in outcome.files["uv.lock"]


def test_a_directory_that_two_globs_find_is_one_member(twins: Twins) -> None:
    twins.write("pyproject.toml", f'{HEAD}[tool.uv.workspace]\nmembers = ["a", "*", "./a"]\n')
    twins.write("a/pyproject.toml", member("one"))
    assert twins.same("lock", "--offline").code == 0
