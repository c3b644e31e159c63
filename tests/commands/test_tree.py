"""`weft tree` draws what uv draws."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.projects_beside_uv import clash, conflicting, fill, top, unnamed
from tests.support.beside_uv import Twins
from tests.support.index_server import IndexServer

__all__ = ["clash", "top", "unnamed"]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    wheels = tmp_path_factory.mktemp("wheels")
    fill(wheels)
    with IndexServer(wheels, format="json") as server:
        yield server.url


@pytest.mark.parametrize(
    "words",
    [
        "", "--universal", "--universal --all-groups", "--universal --invert", "--invert",
        "--invert --package oil", "--invert --package glass --no-dedupe", "--depth 0",
        "--universal --no-dedupe --package lantern", "--depth 1 --no-default-groups",
        "--only-group dev", "--only-dev", "--no-dev", "--prune oil", "--prune lantern --universal",
        "--show-sizes", "--outdated", "--outdated --show-sizes --universal",
        "--package lantern --package oil", "--package nope", "--invert --prune glass",
        "--group nope", "--all-groups --depth 1", "--invert --depth 1 --package cotton",
        "--invert --universal --no-dedupe --depth 3", "--python-version 3.8",
        "--python-version 3.12 --python-platform windows --package mirror",
        "--python-platform macos --no-group dev",
    ],
)  # fmt: skip
def test_a_workspace(top: Twins, words: str) -> None:
    top.same("tree", "--frozen", *words.split())


@pytest.mark.parametrize(
    "words",
    ["", "--universal --all-groups", "--invert", "--universal --invert", "--package lantern",
     "--depth 1", "--only-dev", "--outdated --universal", "--prune oil",
     "--preview-features json-output -q"],
)  # fmt: skip
def test_for_other_programs(top: Twins, words: str) -> None:
    top.same("tree", "--frozen", "--format", "json", *words.split())


def test_the_member_does_not_matter(top: Twins) -> None:
    top.same("tree", "--frozen", cwd="a")


def test_a_lock_that_is_up_to_date(top: Twins) -> None:
    assert "Resolved" in top.same("tree", "--universal").err
    top.same("tree", "--locked")


@pytest.mark.parametrize(
    "words", ["", "--group x", "--only-group y", "--invert", "--universal --all-groups",
              "--universal --all-groups --invert"],
)  # fmt: skip
def test_what_excludes_each_other(clash: Twins, words: str) -> None:
    clash.same("tree", "--frozen", *words.split())
    clash.same("tree", "--frozen", "--format", "json", *words.split())


@pytest.mark.parametrize(
    "words", ["", "--group x", "--only-group x", "--invert", "--universal", "--all-groups"]
)
def test_a_root_that_is_no_project(unnamed: Twins, words: str) -> None:
    unnamed.same("tree", "--frozen", *words.split())
    unnamed.same("tree", "--frozen", "--format", "json", *words.split())


def test_scripts(tmp_path: Path, index: str) -> None:
    twins = Twins(tmp_path, index)
    text = (
        '# /// script\n# requires-python = ">=3.9"\n# dependencies = ["lantern[bright]"]\n# ///\n'
    )
    twins.write("s.py", text)
    for words in ([], ["--universal"], ["--invert"], ["--format", "json", "--universal"]):
        ours = twins.same("tree", "--script", "s.py", *words)
        assert list(ours.files) == ["s.py"]


def test_a_lock_that_is_missing(tmp_path: Path, index: str) -> None:
    twins = Twins(tmp_path, index)
    conflicting(twins)
    assert twins.same("tree", "--frozen").code == 1
    assert twins.same("tree", "--locked").code == 1
    assert "uv.lock" in twins.same("tree").files
