"""Fixtures of the operating system's tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mounts import mounts
from weft.system.files import remove_tree

__all__ = ["mounts"]


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every user may reach and write to, unlike those of pytest."""
    path = Path(tempfile.mkdtemp(prefix="weft-open-"))
    path.chmod(0o777)
    yield path
    os.chmod(path, 0o777)
    remove_tree(str(path))
