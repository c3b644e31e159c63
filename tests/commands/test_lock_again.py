"""`weft lock` where nothing has changed: remembered, without the network, and never wrongly."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.index_server import IndexServer
from tests.support.sync_pair import Pair
from tests.support.wheels import make_wheel

HEAD = '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n'


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    wheels = tmp_path_factory.mktemp("wheels")
    for name in ("wick", "oil"):
        make_wheel(wheels, name, "1.0")
    with IndexServer(wheels) as server:
        yield server


@pytest.fixture
def pair(tmp_path: Path, index: IndexServer) -> Pair:
    found = Pair(tmp_path, index.url, tmp_path)
    found.project(
        HEAD + 'dependencies = ["wick"]\n[tool.uv.workspace]\nmembers = ["p/*"]\n', lock=False
    )
    found.write("p/one/pyproject.toml", HEAD.replace("demo", "one"))
    assert found.run_one("weft", "lock").code == 0
    aged(found)
    assert found.run_one("weft", "lock").code == 0
    return found


def aged(pair: Pair) -> None:
    """What is as young as the clock's tick is not trusted: make everything older."""
    then = time.time() - 60
    for path in sorted(pair.places["weft"].rglob("*")):
        os.utime(path, (then, then))
    time.sleep(0.05)


def remembered(pair: Pair) -> list[Path]:
    return sorted((pair.root / "weft-cache").glob("installed-v1/locked-*"))


def test_a_lock_that_stands_asks_nobody(pair: Pair, index: IndexServer) -> None:
    time.sleep(0.1)
    assert pair.run_one("weft", "lock").code == 0
    assert remembered(pair)
    before = len(index.requests)
    done = pair.run_one("weft", "lock")
    assert done.code == 0
    assert done.err.splitlines()[-1].startswith("Resolved 3 packages in ")
    assert pair.run_one("weft", "lock", "--check", "--offline").code == 0
    assert len(index.requests) == before


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", HEAD + 'dependencies = ["oil"]\n'),
        ("p/one/pyproject.toml", HEAD.replace("demo", "one") + 'dependencies = ["oil"]\n'),
        ("p/two/pyproject.toml", HEAD.replace("demo", "two")),
        ("uv.toml", 'exclude-newer = "2020-01-01"\n'),
        ("uv.lock", "version = 1\n"),
    ],
)
def test_whatever_changes_is_seen(pair: Pair, path: str, text: str) -> None:
    assert pair.run_one("weft", "lock", "--check").code == 0
    pair.write(path, text)
    assert pair.run_one("weft", "lock", "--check").code != 0


def test_a_variable_is_seen(pair: Pair) -> None:
    assert pair.run_one("weft", "lock", "--check").code == 0
    assert pair.run_one("weft", "lock", "--check", UV_RESOLUTION="lowest").code == 1
