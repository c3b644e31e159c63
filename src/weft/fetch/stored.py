"""Which wheels the store has already.

Owns `Wanted`, the place that a wheel of an index, a file or an address has in the store, and the
question whether what is there is what the index lists and the request allows. Refuses to fetch.
"""

from __future__ import annotations

from weft.core.value import value
from weft.store.layout import origin_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.distribution import CachedWheel, File
    from weft.store.store import Store

_origins: dict[str, str] = {}  # of indexes, of which a run has few


@value
class Wanted:
    """One wheel to have in the store. `hashes` are the allowed `algorithm:hex`, none for any."""

    name: str
    version: str
    file: File
    hashes: frozenset[str] = frozenset()


def origin_of(file: File) -> str:
    """The place in the store for wheels of this index, or of this one address."""
    if file.index:
        known = _origins.get(file.index)
        if known is None:
            known = _origins[file.index] = origin_key(file.index)
        return known
    if file.url.startswith("file://"):
        return origin_key(file.url, kind="path")
    return origin_key(public_url(file.url), kind="url")


def public_url(url: str) -> str:
    """The address as it may be kept."""
    from weft.index.urls import without_credentials

    return without_credentials(url) if "@" in url else url


def path_of(url: str) -> str:
    """The path in a `file://` URL."""
    from urllib.parse import unquote

    return unquote(url.removeprefix("file://").partition("#")[0], errors="surrogateescape")


def stored(store: Store, wanted: Wanted) -> CachedWheel | None:
    """What the store has, unless its hashes contradict the index or the request."""
    url, stamp = wanted.file.url, ""
    if url.startswith("file://"):
        from weft.store.hashes import file_stamp

        stamp = file_stamp(path_of(url))
    origin = origin_of(wanted.file)
    found = store.find_wheel(origin, wanted.file.filename, name=wanted.name, stamp=stamp)
    if found is None and not stamp:
        from weft.fetch.held import find_by_content

        found = find_by_content(store, wanted.file, name=wanted.name)
    if found is None:
        return None
    if found.hashes == wanted.file.hashes and not wanted.hashes:
        return found
    have = {f"{algorithm}:{digest}" for algorithm, digest in found.hashes}
    listed = {f"{algorithm}:{digest}" for algorithm, digest in wanted.file.hashes}
    for known in (listed, wanted.hashes):
        comparable = {each for each in known if each.split(":")[0] in _algorithms(have)}
        if comparable and not comparable & have:
            return None
    if (listed and not have) or (wanted.hashes and not wanted.hashes & have):
        return None  # asked for by what was not kept: read the file again
    return found


def _algorithms(hashes: Iterable[str]) -> set[str]:
    return {each.split(":")[0] for each in hashes}
