"""A name that no index has is compared with those that are known here."""

from __future__ import annotations

import pytest

from tests.support.commands import Weft

HINT = "hint: Did you mean `lantern` in place of `lantren`?"


@pytest.fixture
def met(weft: Weft) -> Weft:
    """A machine whose cache has the page of `lantern`."""
    weft.venv()
    weft.ok("pip", "install", "lantern")
    return weft


@pytest.mark.parametrize("words", [(), ("--offline",), ("--dry-run",)])
def test_a_name_that_the_cache_knows_is_suggested(met: Weft, words: tuple[str, ...]) -> None:
    done = met("pip", "install", "lantren", *words)
    assert done.code == 1
    assert HINT in done.err.splitlines()


def test_a_project_gets_the_same_hint(met: Weft) -> None:
    (met.cwd / "pyproject.toml").write_text('[project]\nname = "harbour"\nversion = "1"\n')
    assert HINT in met("add", "lantren").err.splitlines()


def test_a_name_of_the_lock_is_suggested_when_the_cache_is_empty(weft: Weft) -> None:
    text = '[project]\nname = "harbour"\nversion = "1"\ndependencies = ["lantern"]\n'
    (weft.cwd / "pyproject.toml").write_text(text + 'requires-python = ">=3.11"\n')
    weft.ok("lock")
    (weft.cwd / "wanted.in").write_text("lantren\n")
    done = weft("pip", "compile", "wanted.in", "--cache-dir", "other")
    assert HINT in done.err.splitlines()


def test_what_is_like_nothing_known_gets_no_suggestion(met: Weft) -> None:
    assert "Did you mean" not in met("pip", "install", "barometer").err


PROJECT = """\
[project]
name = "harbour"
version = "1"
requires-python = ">=3.11"
dependencies = ["lantern"]

[project.optional-dependencies]
lights = ["oil"]

[dependency-groups]
docking = ["wick"]
"""


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("sync --extra light", "lights"),
        ("sync --group doking", "docking"),
        ("sync --package harbor", "harbour"),
        ("remove lanter", "lantern"),
        ("run --extra lihgts true", "lights"),
        ("export --group dockng", "docking"),
    ],
)
def test_names_of_the_project_are_suggested(weft: Weft, line: str, meant: str) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    done = weft(*line.split())
    assert done.code == 2
    assert f"hint: Did you mean `{meant}`?" in done.err.splitlines()


def test_where_else_a_dependency_is_goes_before_what_may_have_been_meant(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT + 'more = ["lanten"]\n')
    assert "Did you mean" not in weft("remove", "lanten", "--frozen").err


def test_what_is_installed_is_suggested_for_removal(met: Weft) -> None:
    done = met.ok("pip", "uninstall", "lanterns")
    assert "hint: Did you mean `lantern`?" in done.err.splitlines()
    assert "Did you mean" not in met.ok("pip", "uninstall", "barometer").err


def test_what_is_installed_is_suggested_for_showing(met: Weft) -> None:
    done = met("pip", "show", "lantren")
    assert done.code == 1
    assert "hint: Did you mean `lantern`?" in done.err.splitlines()
