"""Lists of requirements as the regions of one resolution meet them.

Owns `Listing`, what some version (or an extra of one) wants anywhere, and `Counting`, what of that
counts in a region. Regions in which the same of a list counts share one `Counting`, so that what
follows from it is found out once.
Refuses to split regions: it tells where one may have to be. Follows uv's universal resolution.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.requirement import Requirement
    from weft.resolver.forks import Wanted
    from weft.resolver.regions import Region


class Counting:
    """What counts somewhere of a list, in alphabetic order.

    `demands` has for each package that is asked for its name and the mask that is left of it, once
    somebody has found out; then `urgent` are the requirements that say what to decide first, and
    `extras` pairs of a name and an extra. `is_odd` tells that it cannot be told so shortly.
    """

    __slots__ = ("demands", "extras", "is_odd", "urgent", "wanted")

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self.wanted = wanted
        self.demands: Sequence[tuple[str, int]] | None = None
        self.urgent: Sequence[Requirement] = ()
        self.extras: Sequence[tuple[str, str]] = ()
        self.is_odd = False


class Listing:
    """A list of requirements; `wanted` in the order in which it was read."""

    __slots__ = ("_known", "_rows", "_unmarked", "is_everywhere", "wanted", "whole")

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self.wanted = tuple(wanted)
        everywhere = MarkerSet.TRUE
        self.is_everywhere = all(each.marker is everywhere for each in wanted)
        self.whole = Counting(tuple(sorted(wanted, key=_name)))
        self._known: dict[int, Counting] = {}
        self._rows: list[tuple[int, MarkerSet, bytes, int]] | None = None
        self._unmarked = 0

    def here(self, region: Region) -> Counting | None:
        """What counts in a region; None where that may be reason to split it."""
        if self.is_everywhere:
            return self.whole
        rows = self._rows
        if rows is None:
            rows = self._rows = self._marked()
        met, python = region.met, region.python
        counting = self._unmarked
        for bit, marker, lowest, clashing in rows:
            known = met.get(marker)
            if region.meets(marker) if known is None else known:
                if lowest > python or clashing & counting:
                    return None
                counting |= bit
        found = self._known.get(counting)
        if found is None:
            everything = self.whole.wanted
            wanted = [each for place, each in enumerate(everything) if counting >> place & 1]
            found = self._known[counting] = Counting(tuple(wanted))
        return found

    def _marked(self) -> list[tuple[int, MarkerSet, bytes, int]]:
        """Those that do not count everywhere.

        Each as a bit, with where it counts, the lowest Python there, and the bits of those that
        ask for the same name elsewhere.
        """
        everything = self.whole.wanted
        bits: dict[str, dict[MarkerSet, int]] = {}
        for place, each in enumerate(everything):
            by_marker = bits.setdefault(each.requirement.name, {})
            by_marker[each.marker] = by_marker.get(each.marker, 0) | 1 << place
        rows = []
        for place, each in enumerate(everything):
            marker = each.marker
            if marker.is_true:
                self._unmarked |= 1 << place
                continue
            pythons = marker.python()
            by_marker = bits[each.requirement.name]
            clashing = sum([other for where, other in by_marker.items() if where is not marker])
            rows.append((1 << place, marker, pythons[0][0] if pythons else b"", clashing))
        return rows


def _name(each: Wanted) -> str:
    return each.requirement.name
