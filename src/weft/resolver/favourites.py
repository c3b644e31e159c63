"""Versions to try first in a universal resolution.

Owns the preferences of the request and those that solved regions leave to later ones: regions
that can share a version shall. Refuses to apply them; see `weft.resolver.regional`.
Follows uv: what was chosen for environments of the region comes first, then the best version.
"""

from __future__ import annotations

from weft.core.version import version_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weft.core.marker_sets import MarkerSet
    from weft.resolver.packages import Package


class Favourites:
    """Versions by the name of a package, each with where it was chosen; from a URL or not."""

    def __init__(self, given: Mapping[str, tuple[tuple[str, MarkerSet], ...]]) -> None:
        self._known: dict[str, dict[bytes, MarkerSet]] = {}
        self._given: set[tuple[str, bytes]] = set()
        self._indexed: set[tuple[str, bytes, str]] = set()
        for name, entries in given.items():
            for version, marker in entries:
                key = version_key(version)
                if key is not None:
                    self.add(name, key, marker)
                    self._given.add((name, key))

    def add_all(self, versions: Iterable[tuple[str, bytes]], marker: MarkerSet) -> list[str]:
        """`add` for the versions of a region. Gives the names that have several by now."""
        joined: dict[MarkerSet, MarkerSet] = {}  # most have been chosen for the same regions
        several = []
        for name, key in versions:
            entries = self._known.setdefault(name, {})
            known = entries.get(key)
            if known is None:
                entries[key] = marker
                if len(entries) > 1:
                    several.append(name)
                continue
            both = joined.get(known)
            if both is None:
                both = joined[known] = known | marker
            entries[key] = both
        return several

    def is_sole(self, name: str) -> bool:
        """Whether all that chose a version of a package chose the same one."""
        return len(self._known.get(name, ())) == 1

    def is_only(self, name: str, key: bytes) -> bool:
        """Whether this version of a package was chosen, and no other one."""
        entries = self._known.get(name, ())
        return len(entries) == 1 and key in entries

    def add(self, name: str, key: bytes, marker: MarkerSet) -> None:
        """Prefer a version, by its key, that was chosen for `marker`."""
        entries = self._known.setdefault(name, {})
        known = entries.get(key)
        entries[key] = marker if known is None else known | marker

    def is_given(self, name: str, key: bytes) -> bool:
        """Whether the request itself prefers a version."""
        return (name, key) in self._given

    def note_indexes(self, versions: Iterable[tuple[str, bytes, str]]) -> None:
        """Remember from where versions came that were looked for in one index alone."""
        self._indexed.update(versions)

    def keys(self, name: str, region: MarkerSet, *, highest_first: bool) -> Sequence[bytes]:
        """The favourites of a package, best first."""
        entries = self._known.get(name)
        if entries is None:
            return ()
        keys = list(entries)
        if len(keys) > 1:
            keys.sort(reverse=highest_first)
            keys.sort(key=lambda key: entries[key].is_disjoint(region))
        return keys

    def positions(self, package: Package, region: MarkerSet, index: str = "") -> tuple[int, ...]:
        """Where the favourites stand among the versions of a package, best first.

        With an `index`, of what regions chose only what they have from there. A pre-release that
        another region came down to is none where stable versions come first.
        """
        name = package.name
        keys = self.keys(name, region, highest_first=package.taste.highest_first)
        last_resort = package.taste.prereleases
        found: dict[int, None] = {}
        for key in keys:
            position = package.position_of(key)
            if position < 0:
                continue
            if index and not self.is_given(name, key) and (name, key, index) not in self._indexed:
                continue
            if last_resort >> position & 1 and not self.is_given(name, key):
                continue
            if package.versions.local:
                found.update(dict.fromkeys(_locals(package, position)))
            found[position] = None
        return tuple(found)


def _locals(package: Package, position: int) -> list[int]:
    """The local versions of a public one, highest first."""
    texts = package.versions.texts
    public = texts[position]
    if "+" in public:
        return []
    higher = position + 1
    while higher < len(texts) and texts[higher].partition("+")[0] == public:
        higher += 1
    return list(range(higher - 1, position, -1))
