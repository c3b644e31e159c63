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

    __slots__ = ("_known", "_rows", "is_everywhere", "wanted", "whole")

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self.wanted = tuple(wanted)
        everywhere = MarkerSet.TRUE
        self.is_everywhere = all(each.marker is everywhere for each in wanted)
        self.whole = Counting(tuple(sorted(wanted, key=_name)))
        self._known: dict[int, Counting] = {}
        self._rows: list[tuple[Wanted, MarkerSet | None, bytes, str]] | None = None

    def here(self, region: Region) -> Counting | None:
        """What counts in a region; None where that may be reason to split it."""
        if self.is_everywhere:
            return self.whole
        rows = self._rows
        if rows is None:
            rows = self._rows = [_row(each) for each in self.whole.wanted]
        met, python = region.met, region.python
        counting = 0
        bit = 1
        last, last_marker = "", None
        for _each, marker, lowest, name in rows:
            if marker is not None:
                known = met.get(marker)
                if not (region.meets(marker) if known is None else known):
                    bit <<= 1
                    continue
                if lowest > python:
                    return None
            if name == last and marker is not last_marker:
                return None
            last, last_marker = name, marker
            counting |= bit
            bit <<= 1
        found = self._known.get(counting)
        if found is None:
            wanted = [row[0] for place, row in enumerate(rows) if counting >> place & 1]
            found = self._known[counting] = Counting(tuple(wanted))
        return found


def _name(each: Wanted) -> str:
    return each.requirement.name


def _row(each: Wanted) -> tuple[Wanted, MarkerSet | None, bytes, str]:
    """A requirement, where it counts (None for everywhere), the lowest Python there, its name."""
    if each.marker.is_true:
        return each, None, b"", each.requirement.name
    pythons = each.marker.python()
    return each, each.marker, pythons[0][0] if pythons else b"", each.requirement.name
