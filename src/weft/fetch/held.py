"""Wheels that the store has, though not from the place that lists them now.

Owns the identity by content: a wheel whose index is not known is kept under its SHA-256, and is
found for any index that lists the same digest. Refuses weaker digests, and wheels that an index
lists without one: a name alone proves nothing.
"""

from __future__ import annotations

from weft.store.layout import origin_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import CachedWheel, File
    from weft.core.metadata import PackedMetadata
    from weft.store.store import Store


def content_origin(sha256: str) -> str:
    """The place in the store for the wheel with this digest, as if `sha256:…` were its address."""
    return origin_key(f"sha256:{sha256.lower()}", kind="url")


def find_by_content(store: Store, file: File, *, name: str) -> CachedWheel | None:
    """The wheel that has the digest which the index lists, whatever it was called."""
    digest = dict(file.hashes).get("sha256", "").lower()
    if not digest:
        return None
    for wheel in store.wheels(content_origin(digest), name):
        if ("sha256", digest) in wheel.hashes:
            return wheel
    return None


def held_metadata(store: Store, file: File) -> PackedMetadata | None:
    """METADATA of a wheel that need not be fetched, since the store has it unpacked."""
    from weft.core.errors import WeftError
    from weft.core.filename import WheelName
    from weft.fetch.stored import Wanted, stored

    if not file.filename.endswith(".whl"):
        return None
    try:
        parsed = WheelName.parse(file.filename)
        found = stored(store, Wanted(parsed.name, parsed.version, file))
        return None if found is None else store.manifest(found.entry).metadata()
    except WeftError:
        return None  # whoever fetches it will say what is wrong
