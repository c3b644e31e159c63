"""What fails, or finds nothing, in ways that nothing else asks about is told as by uv."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.beside_uv import Twins
from tests.support.index_server import IndexServer


@pytest.fixture
def twins(tmp_path: Path) -> Twins:
    twins = Twins(tmp_path)
    twins.write("plain.py", "print(1)\n")
    return twins


@pytest.mark.parametrize("name", ["nope.py", "."])
@pytest.mark.parametrize("command", ["lock", "sync", "tree", "export", "python find"])
def test_a_script_that_cannot_be_read_is_told_of(command: str, name: str, twins: Twins) -> None:
    twins.same(*command.split(), "--script", name)


def test_a_script_without_a_block_has_a_lock_of_nothing(twins: Twins) -> None:
    for words in (("lock",), ("lock", "--check"), ("tree",)):
        twins.same(*words, "--script", "plain.py")


def test_what_a_build_would_need_is_said_to_be_whose_wish_it_is(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    with IndexServer(tmp_path / "wheels") as server:
        twins = Twins(tmp_path / "twins", server.url)
        twins.write("pyproject.toml", '[project]\nname = "app"\nversion = "1"\n')
        twins.same("build", "--sdist")
        table = '[build-system]\nrequires = ["nowhere"]\nbuild-backend = "nowhere"\n'
        twins.write("pyproject.toml", table)
        twins.same("build", "--sdist")


def test_a_new_environment_that_gets_no_pip_says_so(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    with IndexServer(tmp_path / "wheels") as server:
        twins = Twins(tmp_path / "twins", server.url)
        theirs = twins.run_one("uv", "venv", "--seed")
        ours = twins.run_one("weft", "venv", "--seed")
        assert (ours.code, ours.lines[2:]) == (theirs.code, theirs.lines[2:])
        assert ours.code == 2
