"""Pointers: which wheel of which origin is which entry.

Owns their form on disk (`weft.store.layout.Bucket.WHEELS`). Refuses to ask whether the entry is
there. What cannot be read counts as absent.
"""

from __future__ import annotations

import marshal

from weft.core.distribution import CachedWheel
from weft.core.names import NormalizedName
from weft.store.layout import MARSHAL_VERSION

_FIELDS = 8


def pack_pointer(wheel: CachedWheel, *, size: int, url: str, stamp: str) -> bytes:
    """The bytes of the pointer to a wheel of `size` bytes that was fetched just now."""
    from time import time_ns

    fields = (
        wheel.entry, wheel.filename, wheel.version, wheel.hashes, size, url, time_ns(), stamp,
    )  # fmt: skip
    return marshal.dumps(fields, MARSHAL_VERSION)


def unpack_pointer(data: bytes | None, *, origin: str, name: str) -> tuple[CachedWheel | None, str]:
    """The wheel of a project from an origin, and its stamp; (None, "") for anything else."""
    if not data:
        return None, ""
    try:
        fields = marshal.loads(data)
        if len(fields) != _FIELDS:
            return None, ""
    except (EOFError, ValueError, TypeError):
        return None, ""
    entry, filename, version, hashes, _size, _url, _fetched, stamp = fields
    return CachedWheel(entry, NormalizedName(name), version, filename, hashes, origin), stamp
