"""`weft version` shows and changes what uv shows and changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commands.projects_beside_uv import fill
from tests.support.beside_uv import Twins
from tests.support.index_server import IndexServer
from weft.core.version import Version
from weft.ops.version_bump import COMPONENTS, Bump, NotIncreased, bumped


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Twins:
    return Twins(tmp_path_factory.mktemp("versions"))


def _project(twins: Twins, version: str) -> None:
    twins.write("pyproject.toml", f"[project]\nname = 'Demo.x'\nversion = \"{version}\"  # here\n")


@pytest.mark.parametrize(
    "case",
    [
        "1.2.3: --bump patch", "1.2: --bump patch", "1: --bump minor", "1.2.3.4: --bump minor",
        "1!1.2.3: --bump major", "1.2.3a1: --bump alpha", "1.2.3a1: --bump beta",
        "1.2.3rc5: --bump rc=3", "1.2.3a1.dev1: --bump alpha", "1.2.3.post1: --bump post",
        "1.2.3.dev2: --bump dev", "1.2.3.dev2: --bump stable", "1.2.3: --bump stable",
        "1.2.3+loc: --bump minor=7", "1.2.3: --bump minor=1", "1.2.3: --bump dev",
        "1.2.3: --bump rc", "1.2.3: --bump dev --bump major", "1.2.3: --bump alpha --bump dev",
        "1.2.3a1: --bump patch --bump dev=4", "1.2.3: --bump post --bump patch",
        "1.2.3: --bump stable --bump dev", "1.2.3: --bump minor --bump minor",
        "1.2.3: --bump patch --bump rc=2 --short", "1.2.3b4.post5.dev6: --bump stable",
        "1.2.3: --bump what", "1.2.3: --bump minor=", "1.2.3: --bump stable=1",
        "1.2.3: --bump minor=x", "1.2.3: 2.0", "1.2.3: 0.9 --short", "1.2.3: v2.0-beta.1",
        "1.2.3: abc", "1.2.3: 1.2.", "1.2.3: 2 --output-format json", "1.0-1: --bump minor",
        "1.2.3: --short", "1.2.3: --output-format json --short", "1.2.3: --package demo-x",
        "1.2.3: --package other", "bad: --short", "1.2.3: -q --bump patch", "1.2.3: -qq",
    ],
)  # fmt: skip
def test_without_lock(twins: Twins, case: str) -> None:
    version, _, words = case.partition(": ")
    _project(twins, version)
    changes = "--bump" in words or not words.startswith("-")
    twins.same("version", *(["--frozen"] if changes else []), *words.split())


@pytest.mark.parametrize(
    "text",
    ["", '[project]\nname = "a"\n', '[project]\nname = "a"\ndynamic = ["version"]\n', "[tool]\n"],
)
def test_projects_without_a_version(twins: Twins, text: str) -> None:
    twins.write("pyproject.toml", text)
    twins.same("version")
    twins.same("version", "1.0")


def test_no_project(tmp_path: Path) -> None:
    twins = Twins(tmp_path)
    ours = twins.outcome("weft", "version")
    assert ours.code == 2
    theirs = twins.outcome("uv", "version").err.replace("uv's", "weft's")
    assert ours.err == theirs.replace("uv self", "weft self")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    wheels = tmp_path_factory.mktemp("wheels")
    fill(wheels)
    with IndexServer(wheels, format="json") as server:
        yield server.url


def test_lock_and_environment_follow(tmp_path: Path, index: str) -> None:
    twins = Twins(tmp_path, index)
    twins.write(
        "pyproject.toml",
        '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.9"\n'
        'dependencies = ["oil"]\n[project.optional-dependencies]\nx = ["cotton"]\n'
        '[dependency-groups]\ndev = ["wick"]\n',
    )
    for words in (
        "2.0",
        "--bump minor",
        "3 --no-sync",
        "3.1 --dry-run",
        "3.1 --locked",
        "3 --locked",
        "4 --frozen",
        "",
        "--frozen",
        "--dry-run 5",
    ):
        twins.same("version", *words.split())
    assert 'version = "4"' in twins.files("weft")["pyproject.toml"].decode()


def test_one_member_of_several(tmp_path: Path, index: str) -> None:
    twins = Twins(tmp_path, index)
    twins.write("pyproject.toml", '[tool.uv.workspace]\nmembers = ["a"]\n')
    twins.write("a/pyproject.toml", '[project]\nname = "a"\nversion = "1"\n')
    twins.same("version")
    twins.same("version", cwd="a")
    for words in (["--package", "a"], ["--package", "a", "5", "--frozen"], ["--package", "b"]):
        twins.same("version", *words)


@given(
    st.builds(
        lambda release, before, post, dev: ".".join(map(str, release)) + before + post + dev,
        st.lists(st.integers(0, 40), min_size=1, max_size=5),
        st.sampled_from(["", "a1", "b2", "rc3"]),
        st.sampled_from(["", ".post4"]),
        st.sampled_from(["", ".dev5"]),
    ),
    st.sampled_from(COMPONENTS),
)
def test_every_rule_raises_the_version_or_refuses(old: str, component: str) -> None:
    try:
        new = bumped(old, [Bump(component)])
    except NotIncreased:
        return
    assert Version.parse(new).key > Version.parse(old).key
    assert Version.parse(new).text == new
