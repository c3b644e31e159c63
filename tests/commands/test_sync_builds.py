"""Builds that `sync`, `run` and `add` need, beside uv: why it was built, and by which limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.backends import backend_wheels, make_sdist
from tests.support.index_server import IndexServer
from tests.support.sdists import Entry, make_archive
from tests.support.sync_pair import HEAD, Pair
from tests.support.wheels import make_wheel

BACKEND = b"import sys\n\n\ndef build_wheel(*_given, **_named):\n    sys.exit('no way')\n"
SYSTEM = '[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["."]\n'


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    """`crash` cannot be built, `wants` wants it; `candle` is built with flit_core."""
    wheels = tmp_path_factory.mktemp("wheels")
    make_archive(
        wheels,
        files=[
            Entry("crash-1.0/PKG-INFO", b"Metadata-Version: 2.2\nName: crash\nVersion: 1.0\n"),
            Entry("crash-1.0/pyproject.toml", SYSTEM.encode()),
            Entry("crash-1.0/back.py", BACKEND),
        ],
        filename="crash-1.0.tar.gz",
    )
    make_wheel(wheels, "wants", "1.0", requires=["crash"])
    make_sdist(wheels, "flit_core", "candle", "1.0")
    backend_wheels(wheels, "flit_core")
    with IndexServer(wheels) as server:
        yield server


@pytest.fixture
def pair(tmp_path: Path, index: IndexServer) -> Pair:
    return Pair(tmp_path, index.url, tmp_path)


@pytest.mark.parametrize("words", [("sync",), ("run", "python", "-c", "pass")], ids=" ".join)
def test_a_build_that_fails_tells_who_wanted_it(pair: Pair, words: tuple[str, ...]) -> None:
    pair.project(HEAD + 'dependencies = ["wants"]\n')
    outcome = pair.same(*words)
    assert outcome.code == 1
    assert (
        "hint: `crash` (v1.0) was included because `demo` (v0.1.0) depends on `wants` (v1.0) which "
        "depends on `crash`\n\nhint: Build failures usually"
    ) in outcome.err


def test_what_was_added_tells_it_as_well(pair: Pair) -> None:
    pair.write("pyproject.toml", HEAD)
    outcome = pair.same("add", "wants")
    assert "hint: `crash` (v1.0) was included because `demo` (v0.1.0)" in outcome.err
    assert (pair.places["weft"] / "pyproject.toml").read_text() == HEAD


def test_a_tree_has_no_version_before_it_is_built(pair: Pair) -> None:
    pair.write("tree/pyproject.toml", HEAD.replace("demo", "tree") + SYSTEM)
    pair.write("tree/back.py", BACKEND.decode())
    pair.project(HEAD + 'dependencies = ["tree"]\n[tool.uv.sources]\ntree = { path = "tree" }\n')
    err = pair.same("sync", PYTHONDONTWRITEBYTECODE="1").err
    assert "hint: `tree` was included because `demo` (v0.1.0) depends on `tree`" in err


def test_limits_for_builds_are_those_of_the_lock(pair: Pair) -> None:
    head = HEAD + 'dependencies = ["candle"]\n'
    pair.project(head + '[tool.uv]\nbuild-constraint-dependencies = ["flit_core<1"]\n')
    pair.write("pyproject.toml", head)
    for words in (("sync", "--frozen"), ("run", "--frozen", "python", "-c", "pass")):
        for name in ("uv", "weft"):
            done = pair.run_one(name, *words)
            assert done.code == 1
            assert "No solution found when resolving: `flit-core`" in done.err, name
    assert pair.same("sync").code == 0  # the lock is made anew without the limit
