"""`weft workspace` tells what uv tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.projects_beside_uv import conflicting, fill, locked, unnamed_root, workspace
from tests.support.beside_uv import Twins
from tests.support.index_server import IndexServer

HEADER = '# /// script\n# requires-python = ">=3.9"\n# dependencies = ["lantern[bright]"]\n# ///\n'


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    wheels = tmp_path_factory.mktemp("wheels")
    fill(wheels)
    times = {path.name: "2024-01-01T00:00:00.123456Z" for path in wheels.glob("[lo]*")}
    with IndexServer(wheels, format="json", upload_times=times) as server:
        yield server.url


@pytest.fixture(params=[workspace, conflicting, unnamed_root])
def twins(request: pytest.FixtureRequest, tmp_path: Path, index: str) -> Twins:
    twins = Twins(tmp_path, index)
    request.param(twins)
    twins.write("scripts/one.py", HEADER)
    twins.write("two.py", HEADER)
    twins.write("three.py", "print(1)\n")
    return locked(twins)


def test_directories_members_scripts_and_metadata(twins: Twins) -> None:
    for words in (
        "dir", "dir --package aye", "dir --package nope", "list", "list --paths",
        "list --scripts", "list --scripts --preview", "metadata --frozen", "metadata --locked",
        "metadata --frozen --preview-features workspace-metadata -q",
        "metadata --output-version 7", "metadata --script two.py",
    ):  # fmt: skip
        twins.same("workspace", *words.split())


def test_from_a_member(tmp_path: Path, index: str) -> None:
    twins = Twins(tmp_path, index)
    unnamed_root(twins)
    locked(twins)
    for words in ("dir", "list --paths", "metadata --frozen"):
        assert twins.same("workspace", *words.split(), cwd="a").code == 0


def test_no_workspace(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    for words in (["dir"], ["list"], ["metadata"]):
        assert twins.same("workspace", *words).code == 2
