"""A machine with a small index, and the configuration with which programs use weft on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import weft
from tests.commands.conftest import fill
from tests.support.index_server import IndexServer


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    directory = tmp_path_factory.mktemp("wheels")
    fill(directory)
    with IndexServer(directory) as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, index: IndexServer) -> weft.Config:
    """Everything below `tmp_path`; the working directory of the process plays no part."""
    work = tmp_path / "work"
    work.mkdir()
    return weft.Config(
        directory=work,
        cache_dir=tmp_path / "cache",
        default_index=index.url,
        environ={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "WEFT_NO_SYSTEM_CONFIG": "1",
            "WEFT_PYTHON_DOWNLOADS": "never",
        },
    )


@pytest.fixture
def environment(config: weft.Config) -> weft.Python:
    return weft.create_environment(".venv", python=sys.executable, config=config)
