"""Rooms that may not take the time to load the layout know the names of buckets by themselves."""

from __future__ import annotations

from weft.fetch import outlines
from weft.index import ledger, shelf
from weft.install import verdict
from weft.store.layout import Bucket


def test_buckets_are_called_the_same_everywhere() -> None:
    assert {outlines.INSTALLED, ledger.BUCKET, verdict.BUCKET} == {Bucket.INSTALLED}
    assert {outlines.SIMPLE, shelf.SIMPLE} == {Bucket.SIMPLE}
    assert shelf.METADATA == Bucket.METADATA
