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


UV = f"{HEAD}[tool.uv]\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'{HEAD}[tool.uv.workspace]\nmember = ["a"]\n', "unknown field `member`"),
        (f'{HEAD}[tool.uv.workspace]\nmembers = ["a["]\n', "near position 1: invalid range"),
        (f'{HEAD}[tool.uv.workspace]\nmembers = ["p/***"]\n', "position 4: wildcards are either"),
        (f'{HEAD}[tool.uv.workspace]\nmembers = ["a", "p**"]\n', "must form a single path"),
        (f'{HEAD}[tool.uv.workspace]\nexclude = ["**p"]\n', "must form a single path"),
        (f"{UV}conflicts = 3\n", "invalid type: integer `3`, expected a sequence"),
        (f'{UV}conflicts = [[{{extra = "a"}}]]\n', "found only one"),
        (f'{UV}managed = "x"\n', 'string "x", expected a boolean'),
        (f"{UV}package = 1\n", "integer `1`, expected a boolean"),
        (f"{UV}default-groups = 3\n", 'expected the string "all" or a list of strings'),
        ('[project]\nname = "x"\nversion = "1.x!"\n', "not part of a valid version"),
        (f'{HEAD}[dependency-groups]\na = [{{include-group = "a"}}]\n', "Detected a cycle"),
        (f'{HEAD}[dependency-groups]\na = [{{include-group = "b"}}]\n', "Failed to find group"),
    ],
)
def test_what_a_file_says_wrongly_is_told_with_its_place(
    twins: Twins, text: str, told: str
) -> None:
    twins.write("pyproject.toml", text)
    before = twins.files("weft")
    outcome = twins.same("sync", "--offline")
    assert outcome.code == 2
    assert told in outcome.err
    assert outcome.files == before
    assert not (twins.places["weft"] / ".venv").exists()


@pytest.mark.parametrize("conflicts", ["[3]", "[[3, 4]]", "[[{}, {}]]", '[[{x = "y"}, {}]]'])
def test_conflicts_that_are_none_are_refused(twins: Twins, conflicts: str) -> None:
    twins.write("pyproject.toml", f"{UV}conflicts = {conflicts}\n")
    for name in ("uv", "weft"):
        done = twins.run_one(name, "lock", "--offline")
        assert done.code == 2, name
        assert "TOML parse error at line 6, column 1" in done.err
    assert "uv.lock" not in twins.files("weft")


INDEX = '[[tool.uv.index]]\nname = "{}"\nurl = "http://127.0.0.1:1/{}"\n'


def test_two_indexes_of_a_name_are_refused(twins: Twins) -> None:
    twins.write("pyproject.toml", HEAD + INDEX.format("a", "x") + INDEX.format("a", "y"))
    outcome = twins.same("lock")
    assert outcome.code == 2
    assert "duplicate index name `a`" in outcome.err


def test_an_index_with_a_name_that_is_none_is_never_asked(twins: Twins) -> None:
    twins.write("pyproject.toml", f'{HEAD}dependencies = ["x"]\n' + INDEX.format("a b", "x"))
    for name in ("uv", "weft"):
        done = twins.run_one(name, "lock")
        assert done.code == 2, name
        assert "found unsupported character (` `) in: `a b`" in done.err


@pytest.mark.parametrize("words", [("lock", "--no-cache"), ("add", "x", "--no-cache")])
def test_without_a_network_the_files_stay_and_the_code_is_uvs(
    twins: Twins, words: tuple[str, ...]
) -> None:
    twins.write("pyproject.toml", f'{HEAD}dependencies = ["y"]\n')
    before = twins.files("weft")
    nowhere = "http://127.0.0.1:1/simple"
    outcome = twins.same(*words, UV_DEFAULT_INDEX=nowhere, UV_HTTP_RETRIES="0")
    assert outcome.code == 2
    assert "Connection refused" in outcome.err
    assert outcome.files == before
