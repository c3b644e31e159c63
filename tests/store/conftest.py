"""Fixtures of the store's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.mounts import mounts
from weft.link import finding

__all__ = ["mounts"]


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """Each test finds out for itself what can be linked: mount numbers are used again."""
    finding._known_routes.clear()
    yield
    finding._known_routes.clear()
