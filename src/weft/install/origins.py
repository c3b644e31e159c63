"""What an installed distribution was made from, compared with a direct requirement.

Owns the search for the distribution that stands for a path or URL, and the rules for when it still
does. Refuses to read sources: who asks brings their state. Follows PEP 610, and uv for
`uv_cache.json` and `uv_build.json`.
"""

from __future__ import annotations

from weft.core import build_info, cache_info
from weft.core.value import value
from weft.install.plan import same_source
from weft.python.installed import direct_url
from weft.system.files import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.core.distribution import DirectUrl, InstalledDist


@value
class DirectWant:
    """A requirement that names a place.

    `cache_info` is the state of a local source now, None for what does not lie here. `build_info`
    is what a build would be made with. `name` is normalized, empty where only the place is known.
    """

    direct_url: DirectUrl
    cache_info: bytes | None = None
    build_info: bytes = build_info.PLAIN
    name: str = ""
    extras: tuple[str, ...] = ()


def facts_of(dist: InstalledDist) -> tuple[bytes | None, bytes | None]:
    """The contents of its `uv_cache.json` and `uv_build.json`, each None where it has none."""
    if dist.kind != "dist-info":
        return None, None
    return (
        read_bytes(f"{dist.path}/{cache_info.FILE_NAME}"),
        read_bytes(f"{dist.path}/{build_info.FILE_NAME}"),
    )


def is_built_alike(dist: InstalledDist, wanted: bytes) -> bool:
    """Whether it was built with what is wanted now; true for what was not built here."""
    if dist.kind != "dist-info":
        return True
    installed = read_bytes(f"{dist.path}/{build_info.FILE_NAME}")
    return build_info.is_same_build(installed, wanted)


def standing_for(
    want: DirectWant, by_name: Mapping[str, Sequence[InstalledDist]]
) -> InstalledDist | None:
    """The one distribution that was made from that place as it is now, in the same way."""
    if want.name:
        found = list(by_name.get(want.name, ()))
    else:
        found = [dist for dists in by_name.values() for dist in dists if _is_from(dist, want)]
    if len(found) != 1 or len(by_name[found[0].name]) != 1:
        return None
    dist = found[0]
    if want.name and not _is_from(dist, want):
        return None
    state, build = facts_of(dist)
    if want.cache_info is not None and not cache_info.is_current(state, want.cache_info):
        return None
    return dist if build_info.is_same_build(build, want.build_info) else None


def _is_from(dist: InstalledDist, want: DirectWant) -> bool:
    """Compared as text first, which is the form that both weft and uv write."""
    if dist.kind != "dist-info":
        return False
    record = read_bytes(f"{dist.path}/direct_url.json")
    if record is None:
        return False
    return _plain(want.direct_url) == record or same_source(direct_url(dist), want.direct_url)


def _plain(wanted: DirectUrl) -> bytes | None:
    """The record of a directory without `json`, which takes milliseconds to load."""
    url = wanted.url
    if wanted.kind != "dir" or wanted.subdirectory is not None or not url.isprintable():
        return None
    if '"' in url or "\\" in url:
        return None
    how = '{"editable":true}' if wanted.editable else "{}"
    return f'{{"url":"{url}","dir_info":{how}}}'.encode("utf-8", "surrogatepass")
