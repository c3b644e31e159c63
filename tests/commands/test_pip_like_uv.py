"""Commands of `weft pip` answer as uv does where nothing else asks about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.projects_beside_uv import fill
from tests.support.beside_uv import Twins
from tests.support.index_server import IndexServer


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    wheels = tmp_path_factory.mktemp("wheels")
    fill(wheels)
    with IndexServer(wheels) as server:
        yield server.url


@pytest.fixture
def twins(tmp_path: Path, index: str) -> Twins:
    return Twins(tmp_path, index)


def test_extras_that_are_not_there_do_not_matter_without_dependencies(twins: Twins) -> None:
    twins.same("venv")
    compiling = ("pip", "compile", "--no-header", "extras.in")
    twins.write("extras.in", "oil[nosuch]\n")
    for words in (
        compiling,
        (*compiling, "--no-deps"),
        (*compiling, "--no-deps", "--universal"),
        ("pip", "install", "--no-deps", "oil[nosuch]"),
        ("pip", "install", "oil[nosuch]"),
        ("pip", "sync", "extras.in"),
    ):
        twins.same(*words)


def test_what_a_project_requires_is_resolved_where_it_is_installed_too(twins: Twins) -> None:
    project = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.9"\n'
    twins.write("pyproject.toml", f'{project}dependencies = ["oil"]\n')
    twins.write("script.py", '# /// script\n# dependencies = ["oil"]\n# ///\n')
    twins.same("venv")
    for _ in range(2):
        twins.same("pip", "install", "-r", "pyproject.toml")
    twins.same("pip", "install", "-r", "script.py")
