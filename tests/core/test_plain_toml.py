"""Plain TOML is read as `tomllib` reads it, or not at all."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.project.awkward import CASES
from weft.core.plain_toml import plain_tables

ROOT = Path(__file__).parents[2]

PIECES = st.sampled_from(
    [
        "a", "b", "-", "0", "1", "12", ".", "=", " = ", "[", "]", "[[", "]]", "{", "}", ",", ", ",
        '"', "'", '"a"', "'b'", '""', "''", '"""', "\\", "#", "# c", "\n", "\n", "\r\n", "\r", " ",
        "\t", "true", "false", "tru", "+1", "1.5", "0x1", "1_0", "01", "nan", "1979-05-27", "a = 1",
        "a.b = 1\n", "[a]\n", "[a.b]\n", "[[a]]\n", "[[a.b]]\n", "a = {b = 1}\n", "a = [1, 2]\n",
        "b = []\n", "a.c = 2\n", "\x00", "\x7f", "é", "١", "x = 1\n", "c = {}\n", "a = [{b = 1}]\n",
    ]
)  # fmt: skip


def agrees(text: str) -> bool:
    """Whether it was read; then `tomllib` has to say the same."""
    found = plain_tables(text)
    if found is None:
        return False
    assert found == tomllib.loads(text)
    assert repr(found) == repr(tomllib.loads(text))  # in the same order, and of the same types
    return True


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=14).map("".join))
@example("a.b = 1\n[a]\n")
@example("[a]\nb.c = 1\n[a.b]\n")
@example("[a.b]\n[a]\nb.c = 1\n")
@example("a = []\n[[a]]\n")
@example("[[a]]\n[a]\n")
@example("[a]\n[[a]]\n")
@example("[[a]]\n[[a.b]]\n[a.c]\n[[a]]\n[a.c]\n")
@example("a = {}\n[a.b]\n")
@example("[a]\n[a]\n")
@example("a = {b = 1,}")
@example("a = {b = 1\n}")
@example("a = [1 2]")
@example("a = 'x'y")
@example('a = """x"""')
@example('a = """"')
def test_what_is_read_is_what_tomllib_reads(text: str) -> None:
    agrees(text)


@settings(max_examples=500)
@given(st.sampled_from([case[1] for case in CASES]), st.data())
def test_what_is_read_of_a_damaged_project_is_what_tomllib_reads(
    text: str, data: st.DataObject
) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 5, len(text))))
        text = text[:start] + data.draw(PIECES | st.just("")) + text[end:]
    agrees(text)


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_projects_are_plain(case: tuple[str, str, str, tuple[str, ...]]) -> None:
    assert agrees(case[1]) == ('"""' not in case[1] and "'''" not in case[1])
    assert agrees(case[1].replace("\n", "\r\n")) == agrees(case[1])


def test_our_own_project_is_plain() -> None:
    assert agrees((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("word", ["1.5", "0x1", "+1", "1979-05-27", '"\\n"', '"""x"""', "inf"])
def test_unusual_values_are_left_to_tomllib(word: str) -> None:
    assert plain_tables(f"a = {word}\n") is None
    tomllib.loads(f"a = {word}\n")


def test_what_is_nested_without_end_is_left_to_tomllib() -> None:
    assert plain_tables("a = " + "[" * 100_000) is None
