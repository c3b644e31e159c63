"""`weft sync --package` beside uv: groups of a member, and groups that only the workspace has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.index_server import IndexServer
from tests.support.sync_pair import HEAD, Pair
from tests.support.wheels import make_wheel

GROUPS = '[dependency-groups]\nlint = ["oil>=2"]\ndev = ["lantern"]\nold = ["oil<2"]\n'
CONFLICT = '[tool.uv]\nconflicts = [[{ group = "lint" }, { group = "old" }]]\n'
WORKSPACE = '[tool.uv.workspace]\nmembers = ["part"]\n'


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    wheels = tmp_path_factory.mktemp("wheels")
    make_wheel(wheels, "lantern", "1.0", requires=["wick>=1"])
    make_wheel(wheels, "wick", "1.0")
    for version in ("1.0", "2.0"):
        make_wheel(wheels, "oil", version)
    with IndexServer(wheels) as server:
        yield server


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
def pair(tmp_path: Path, index: IndexServer, caches: Path) -> Pair:
    pair = Pair(tmp_path, index.url, caches)
    pair.write("part/pyproject.toml", HEAD.replace("demo", "part"))
    return pair


def installed(pair: Pair, *words: str) -> list[str]:
    """The packages that a dry run would install into nothing."""
    lines = pair.lines("sync", "--dry-run", *words)
    return [line.removeprefix(" + ") for line in lines if line.startswith(" + ")]


def test_a_member_may_ask_for_groups_of_the_root(pair: Pair) -> None:
    pair.project(HEAD + WORKSPACE + GROUPS + CONFLICT)
    part = ("--package", "part")
    assert installed(pair, *part) == []
    assert installed(pair, *part, "--group", "lint") == ["oil==2.0"]
    assert installed(pair, *part, "--only-group", "old") == ["oil==1.0"]
    assert installed(pair, *part, "--dev") == ["lantern==1.0", "wick==1.0"]
    assert installed(pair, *part, "--only-dev") == ["lantern==1.0", "wick==1.0"]
    assert installed(pair, *part, "--package", "demo", "--group", "lint") == [
        "lantern==1.0", "oil==2.0", "wick==1.0",
    ]  # fmt: skip
    assert pair.same("sync", *part, "--group", "nope").code == 2
    done = pair.same("run", *part, "--group", "lint", "python", "-c", "import oil")
    assert done.code == 0


def test_the_groups_of_the_member_go_first(pair: Pair) -> None:
    own = '[dependency-groups]\nlint = ["wick"]\n'
    pair.write("part/pyproject.toml", HEAD.replace("demo", "part") + own)
    pair.project(HEAD + WORKSPACE + GROUPS.replace('old = ["oil<2"]\n', ""))
    assert installed(pair, "--package", "part", "--group", "lint") == ["wick==1.0"]
    assert installed(pair, "--package", "part", "--all-groups") == ["lantern==1.0", "wick==1.0"]
    outcome = pair.outcome("weft", "export", "--package", "part", "--all-groups", "--no-header")
    assert outcome.out == pair.outcome(
        "uv", "export", "--package", "part", "--all-groups", "--no-header"
    ).out  # fmt: skip
    assert "lantern==1.0" in outcome.out


def test_groups_of_a_root_that_is_no_project_are_for_the_whole_workspace(pair: Pair) -> None:
    pair.project(WORKSPACE + GROUPS.replace('old = ["oil<2"]\n', ""))
    assert installed(pair) == ["lantern==1.0", "wick==1.0"]
    assert installed(pair, "--package", "part") == []
    assert installed(pair, "--package", "part", "--group", "lint") == ["oil==2.0"]
    assert installed(pair, "--package", "part", "--only-group", "dev") == [
        "lantern==1.0", "wick==1.0",
    ]  # fmt: skip
