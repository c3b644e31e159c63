"""Fixtures of the store's tests."""

from __future__ import annotations

from tests.support.mounts import mounts

__all__ = ["mounts"]
