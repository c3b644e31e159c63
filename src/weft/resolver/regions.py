"""Regions: sets of environments and of choices that are solved at once.

Owns `Region`, its parts, and the split at a `Requires-Python`. Refuses to decide when to split;
see `weft.resolver.forks`.
Follows PEP 440 and PEP 508, and uv on which end of `Requires-Python` counts.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.ranges import TOP
from weft.core.specifier import SpecifierError, Specifiers
from weft.core.value import replace, value
from weft.resolver.conflicts import ConflictItem, sorted_items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.requirement import Requirement


@value
class Region:
    """A set of environments that is solved at once.

    `markers` is what forks made of the whole; `within` has only those of its environments whose
    Python the request supports. `python` is the key of the lowest of these Pythons. `met`
    remembers answers. `included` and `excluded` are the items of conflicts that are known to be
    chosen and not to be chosen.
    """

    markers: MarkerSet
    within: MarkerSet
    python: bytes
    met: dict[MarkerSet, bool]
    included: frozenset[ConflictItem] = frozenset()
    excluded: frozenset[ConflictItem] = frozenset()

    @staticmethod
    def of(markers: MarkerSet, supported: MarkerSet) -> Region:
        """The environments of `markers` whose Python is supported.

        Extras in `markers` are items of conflicts.
        """
        environments = markers.without_extras()
        region = _region(environments, supported)
        return region if environments == markers else _with_terms(region, markers)

    @property
    def whole(self) -> MarkerSet:
        """The environments with the choices of extras and groups: what lock files show."""
        found = self.markers
        for item in sorted_items(self.excluded):
            found &= ~item.marker
        for item in sorted_items(self.included):
            found &= item.marker
        return found

    @property
    def description(self) -> str:
        """What sets the region apart, for messages; empty if it is everything."""
        parts = [f"markers: {self.markers.text}"] if not self.markers.is_true else []
        for word, items in (("included", self.included), ("excluded", self.excluded)):
            if items:
                parts.append(f"{word}: {', '.join(sorted([item.label for item in items]))}")
        return "; ".join(parts)

    def part(self, markers: MarkerSet) -> Region:
        """The environments that are in `markers`, too; `is_empty` if there are none."""
        narrowed = self.markers & markers
        if narrowed == self.markers:
            return self
        part = _region(narrowed, self.within)
        return replace(part, included=self.included, excluded=self.excluded)

    def choosing(self, item: ConflictItem | None, items: Sequence[ConflictItem]) -> Region | None:
        """The choices with `item` and without all others of `items`; None if there is none."""
        included = self.included if item is None else self.included | {item}
        excluded = self.excluded.union([each for each in items if each != item])
        if included & excluded:
            return None
        return replace(self, included=included, excluded=excluded)

    def rules_out(self, item: ConflictItem) -> bool:
        """Whether an item is not chosen anywhere in the region.

        The extras of a project that is not chosen are not either, unless one is known to be. Its
        groups do not need the project.
        """
        if item in self.excluded:
            return True
        if item.kind != "extra" or ConflictItem(item.package, "project") not in self.excluded:
            return False
        return item not in self.included

    @property
    def is_empty(self) -> bool:
        """Whether no environment is left."""
        return self.within.is_false

    def meets(self, markers: MarkerSet) -> bool:
        """Whether some environment of the region is in `markers`."""
        known = self.met.get(markers)
        if known is None:
            known = self.met[markers] = not self.within.is_disjoint(markers)
        return known

    def voids(self, requirement: Requirement, extra: str) -> bool:
        """Whether an extra can count nowhere here for it asks for its namesake, which does not.

        (That it asks for another one that does not count voids it, too, but uv says so only of
        the namesake: the extra `cpu` of one member of a workspace that wants another's.)
        """
        return extra in requirement.extras and self.rules_out(
            ConflictItem.of(requirement.name, extra)
        )

    def reaches(self, requires_python: str) -> bool:
        """Whether every Python of the region is new enough for a `Requires-Python`.

        Only its lower end counts (see `weft.resolver.candidates.python_reaches`).
        """
        return self.python >= lower_end(requires_python)[0]

    def split_at(self, requires_python: str) -> tuple[Region, Region] | None:
        """The Pythons that are too old for a `Requires-Python` and the others, if both exist.

        The older ones begin with the first that the request supports, as in uv: only such a split
        says in its markers what the request says anyway, and lock files show it.
        """
        enough = lower_end(requires_python)[1]
        if not self.meets(enough):
            return None
        supported = self.within.python_from()
        older, newer = self.part(supported & ~enough), self.part(enough)
        return None if older.is_empty or newer.is_empty else (older, newer)


def _region(markers: MarkerSet, supported: MarkerSet) -> Region:
    within = markers & supported
    pythons = within.python()
    return Region(markers, within, pythons[0][0] if pythons else TOP, {})


def _with_terms(region: Region, markers: MarkerSet) -> Region:
    """A region with the items that `markers`, a conjunction, names; what is none counts not."""
    chosen: dict[bool, list[ConflictItem]] = {True: [], False: []}
    for name, wanted in markers.only_extras().extra_terms():
        item = ConflictItem.decode(name)
        if item is not None:
            chosen[wanted].append(item)
    return replace(region, included=frozenset(chosen[True]), excluded=frozenset(chosen[False]))


_lower_ends: dict[str, tuple[bytes, MarkerSet]] = {}


def lower_end(requires_python: str) -> tuple[bytes, MarkerSet]:
    """The key of the lowest Python of a `Requires-Python`, and all Pythons from there on.

    What cannot be read or met restricts nothing.
    """
    known = _lower_ends.get(requires_python)
    if known is None:
        known = b"", MarkerSet.TRUE
        try:
            allowed = MarkerSet.of_python(Specifiers.parse_lenient(requires_python))
        except SpecifierError:
            allowed = MarkerSet.TRUE
        ranges = allowed.python()
        if ranges and ranges[0][0]:
            known = ranges[0][0], allowed.python_from()
        _lower_ends[requires_python] = known
    return known
