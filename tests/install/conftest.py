"""Fixtures: a store, and fresh virtual environments made from one template."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.helpers import Environment
from tests.support.mounts import mounts
from weft.store.store import Store

__all__ = ["mounts"]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty virtual environment."""
    path = tmp_path_factory.mktemp("template") / "venv"
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([base, "-m", "venv", "--without-pip", str(path)], check=True)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def make_environment(tmp_path: Path, template: Path, store: Store) -> Callable[[str], Environment]:
    def make(name: str) -> Environment:
        path = tmp_path / name
        shutil.copytree(template, path, symlinks=True)
        return Environment(str(path), store)

    return make


@pytest.fixture
def environment(make_environment: Callable[[str], Environment]) -> Environment:
    return make_environment("env")
