"""Constraints and overrides that say from where a project comes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.backends import backend_wheels, make_project
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel


@pytest.fixture
def bench(weft: Weft) -> Weft:
    """An environment; beside the working directory, a `wick` of its own with a requirement."""
    weft.venv()
    make_wheel(weft.root / "own", "wick", "1.7", requires=["oil"])
    return weft


def own(weft: Weft) -> str:
    return f"file://{weft.root}/own/wick-1.7-py3-none-any.whl"


def write(weft: Weft, text: str) -> str:
    (weft.cwd / "limits.txt").write_text(text)
    return "limits.txt"


def frozen(weft: Weft) -> list[str]:
    return weft.ok("pip", "freeze").out.splitlines()


def test_a_constraint_tells_where_a_requirement_comes_from(bench: Weft, index: IndexServer) -> None:
    limits = write(bench, f"wick @ {own(bench)}\n")
    bench.ok("pip", "install", "-c", limits, "wick")
    assert frozen(bench) == ["oil==4.0", f"wick @ {own(bench)}"]


def test_it_holds_for_what_others_require_and_against_what_is_installed(bench: Weft) -> None:
    limits = write(bench, f"wick @ {own(bench)}\n")
    bench.ok("pip", "install", "wick==2.0")
    bench.ok("pip", "install", "-c", limits, "lantern")
    assert frozen(bench) == ["lantern==1.0", "oil==3.0", f"wick @ {own(bench)}"]
    assert bench.ok("pip", "install", "-c", limits, "lantern").lines[-1].startswith("Checked")


@pytest.mark.parametrize("option", ["-c", "--overrides"])
def test_nobody_looks_for_what_nobody_wants(bench: Weft, option: str) -> None:
    limits = write(bench, "wick @ file:///nowhere/wick-1.0-py3-none-any.whl\n")
    bench.ok("pip", "install", option, limits, "oil")
    assert frozen(bench) == ["oil==4.0"]


def test_a_constraint_whose_marker_is_false_says_nothing(bench: Weft) -> None:
    limits = write(bench, f"wick @ {own(bench)} ; python_version < '3'\n")
    bench.ok("pip", "install", "-c", limits, "wick")
    assert frozen(bench) == ["wick==2.0"]


def test_a_version_that_the_url_does_not_have_has_no_solution(bench: Weft) -> None:
    limits = write(bench, f"wick @ {own(bench)}\n")
    done = bench("pip", "install", "-c", limits, "wick>=2")
    assert done.code == 1
    assert "only wick==1.7 is available and you require wick>=2" in done.err


def test_two_places_for_one_project_contradict(bench: Weft) -> None:
    make_wheel(bench.root / "other", "wick", "1.8")
    other = f"file://{bench.root}/other/wick-1.8-py3-none-any.whl"
    limits = write(bench, f"wick @ {own(bench)}\n")
    done = bench("pip", "install", "-c", limits, f"wick @ {other}")
    assert done.code == 1
    assert done.lines[-3:] == [
        "error: Requirements contain conflicting URLs for package `wick`:",
        f"- {other}",
        f"- {own(bench)}",
    ]


@pytest.mark.parametrize(
    "wanted", ["wick==2.0", "wick @ file:///nowhere/wick-1.0-py3-none-any.whl", "lantern"]
)
def test_an_override_replaces_versions_and_other_places(bench: Weft, wanted: str) -> None:
    limits = write(bench, f"wick @ {own(bench)}\n")
    bench.ok("pip", "install", "--overrides", limits, wanted)
    assert f"wick @ {own(bench)}" in frozen(bench)


def test_an_override_with_a_version_replaces_a_path(bench: Weft) -> None:
    bench.ok("pip", "install", "--overrides", write(bench, "wick==1.5\n"), own(bench))
    assert frozen(bench) == ["wick==1.5"]


def test_an_override_by_path_has_the_name_of_the_project_there(bench: Weft, wheels: Path) -> None:
    backend_wheels(wheels)
    make_project(bench.cwd / "tree", "hatchling", "wick", version="1.9")
    bench.ok("pip", "install", "--overrides", write(bench, "./tree\n"), "wick")
    assert frozen(bench) == [f"wick @ file://{bench.cwd}/tree"]


def test_an_override_without_any_name_asks_for_one(bench: Weft) -> None:
    (bench.cwd / "tree").mkdir()
    (bench.cwd / "tree" / "setup.py").write_text("raise SystemExit\n")
    done = bench("pip", "install", "--overrides", write(bench, "./tree\n"), "wick")
    assert done.code == 2
    assert "hint: Write `NAME @ ./tree`" in done.lines


def test_a_commit_as_a_constraint_is_frozen_as_a_commit(bench: Weft, wheels: Path) -> None:
    backend_wheels(wheels)
    tree = make_project(bench.root / "tree", "flit_core", "wick")
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    git = ("git", "-C", tree, "-c", "user.name=n", "-c", "user.email=n@n")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "one"), ("tag", "v1")):
        subprocess.run((*git, *words), check=True, env=environ)
    commit = subprocess.run(
        (*git, "rev-parse", "HEAD"), check=True, env=environ, capture_output=True, text=True
    ).stdout.strip()
    bench.ok("pip", "install", "-c", write(bench, f"wick @ git+file://{tree}@v1\n"), "wick")
    assert frozen(bench) == [f"wick @ git+file://{tree}@{commit}"]
