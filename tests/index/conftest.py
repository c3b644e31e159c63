"""Wheels that the tests of the index room serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.wheels import make_wheel


@pytest.fixture
def wheels(tmp_path: Path) -> str:
    """A directory with two versions of `demo`."""
    directory = str(tmp_path / "wheels")
    make_wheel(directory, "demo", "1.0", requires=["other>=1"])
    make_wheel(directory, "demo", "2.0", requires_python=">=3.8")
    return directory
