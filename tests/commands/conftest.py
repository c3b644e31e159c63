"""A small package index and a machine that uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.mounts import mounts
from tests.support.sync_pair import Pair
from tests.support.wheels import make_wheel

__all__ = ["caches", "fill", "index", "mounts", "pair", "weft", "wheels"]


def fill(wheels: Path) -> None:
    """Projects that need each other: a small web framework of fiction."""
    make_wheel(wheels, "lantern", "1.0", requires=["wick>=1", "oil>=2,<4"],
               extras={"bright": ["mirror"]},
               entry_points={"console_scripts": {"lantern": "lantern:main"}},
               files={"lantern/__init__.py": "def main():\n    print('light')\n",
                      "lantern/data.txt": "x" * 5000, "lantern/empty.py": ""})  # fmt: skip
    make_wheel(wheels, "lantern", "0.9", requires=["wick"])
    make_wheel(wheels, "lantern", "2.0rc1", requires=["wick"])
    for version in ("1.0", "1.5", "2.0"):
        make_wheel(wheels, "wick", version)
    for version in ("1.0", "2.0", "3.0", "4.0"):
        make_wheel(wheels, "oil", version)
    make_wheel(wheels, "mirror", "1.0", requires_python=">=3.6")
    make_wheel(wheels, "mirror", "2.0", requires_python=">=3.99")
    make_wheel(wheels, "heater", "1.0", requires=["oil>=4"])


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    directory = tmp_path / "wheels"
    fill(directory)
    return directory


@pytest.fixture
def index(wheels: Path) -> Iterator[IndexServer]:
    with IndexServer(wheels) as server:
        yield server


@pytest.fixture
def weft(tmp_path: Path, index: IndexServer) -> Weft:
    return Weft(tmp_path, index.url)


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the two tools of a module's pairs keep theirs."""
    return tmp_path_factory.mktemp("caches")


@pytest.fixture
def pair(tmp_path: Path, index: IndexServer, caches: Path) -> Pair:
    """A project for weft and one for uv, on the index of the module."""
    return Pair(tmp_path, index.url, caches)
