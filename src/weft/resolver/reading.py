"""Which requirements count, and in which environments.

Owns the way from what metadata lists to `Wanted`: markers without their extras, overrides,
excludes, constraints, and extras of a package that name other extras of it, which are replaced by
what those bring.
Refuses to know versions. Follows PEP 508, and uv on overrides, constraints and such extras.
"""

from __future__ import annotations

from weft.core.marker import Marker, needs_extra
from weft.core.marker_sets import MarkerSet
from weft.core.requirement import PackedRequirements, Requirement
from weft.resolver.conflicts import GROUP
from weft.resolver.forks import Wanted
from weft.resolver.listings import Listing
from weft.resolver.provider import brought_by, by_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weft.resolver.universal import UniversalRequest


class Reader:
    """Reads requirements for one request, each list of them once for all regions: `lists`."""

    def __init__(self, request: UniversalRequest) -> None:
        self._excludes = request.excludes
        self._overrides = by_name(request.overrides)
        self._constraints = by_name(request.constraints)
        self._places: dict[tuple[str, str], MarkerSet] = {}
        self.lists: dict[tuple[str, int, str], Listing] = {}

    def listing(
        self,
        requirements: Iterable[Requirement] | PackedRequirements,
        key: tuple[str, int, str],
        *,
        name: str = "",
    ) -> Listing:
        """What counts anywhere of the requirements of package `name`.

        `key` tells lists apart: what the source calls the package, a position, and an extra. With
        an extra it is what that alone brings, with what it includes of the package's others.
        """
        known = self.lists.get(key)
        if known is None:
            known = self.lists[key] = Listing(self._unfolded(requirements, name, key[2]))
        return known

    def known(self, key: tuple[str, int, str]) -> Listing | None:
        """A list that was read before."""
        return self.lists.get(key)

    def _unfolded(
        self, requirements: Iterable[Requirement] | PackedRequirements, name: str, extra: str
    ) -> list[Wanted]:
        """What counts, with the extras that a package includes of its own replaced."""
        found = self._counting(requirements, extra)
        if extra.startswith(GROUP):
            return found  # groups may ask for the project itself
        if not any(each.requirement.name == name and each.requirement.extras for each in found):
            return found
        kept: list[Wanted] = []
        seen: set[tuple[str, MarkerSet]] = set()
        queue = [(each, MarkerSet.TRUE) for each in found]
        for each, outer in queue:  # grows while it is walked
            inner = Wanted(each.requirement, each.marker & outer, each.limits)
            if inner.marker.is_false:
                continue
            if each.requirement.name != name:
                kept.append(inner)
                continue
            kept += _limit_on_itself(inner)
            for other in each.requirement.extras:
                if (other, inner.marker) not in seen and other != extra:
                    seen.add((other, inner.marker))
                    queue += [(more, inner.marker) for more in self._counting(requirements, other)]
        return kept

    def place(self, marker: Marker | None, extra: str = "") -> MarkerSet:
        """Where a requirement counts without any extra, or else because of `extra` alone."""
        if marker is None:
            return MarkerSet.FALSE if extra else MarkerSet.TRUE
        return self._place(marker.text, extra)

    def _place(self, text: str, extra: str) -> MarkerSet:
        known = self._places.get((text, extra))
        if known is None:
            if (not text and extra) or (not extra and needs_extra(text)):
                known = MarkerSet.FALSE
            else:
                anyhow = MarkerSet.parse(text)
                known = anyhow.restrict_extras(lambda _: False)
                if extra:
                    known = anyhow.restrict_extras(lambda wanted: wanted == extra) & ~known
            self._places[text, extra] = known
        return known

    def _counting(
        self, requirements: Iterable[Requirement] | PackedRequirements, extra: str
    ) -> list[Wanted]:
        """What counts, after overrides and excludes; each with the constraints on its name."""
        if isinstance(requirements, PackedRequirements) and not self._overrides:
            requirements = requirements.where(lambda text: not self._place(text, extra).is_false)
        found: list[Wanted] = []
        for requirement, marker in self._effective(requirements, extra):
            if not marker.is_false:
                found.append(Wanted(requirement, marker))
                if requirement.name in self._constraints:
                    found += self._limits(requirement.name, marker)
        return found

    def _effective(
        self, requirements: Iterable[Requirement], extra: str
    ) -> Iterator[tuple[Requirement, MarkerSet]]:
        """The requirements with where they count, or the overrides in their place.

        Only the extra of a requirement carries over to its overrides, not the rest of its marker.
        """
        for requirement in requirements:
            if requirement.name in self._excludes:
                continue
            replaced = self._overrides.get(requirement.name)
            if replaced is None:
                yield requirement, self.place(requirement.marker, extra)
            elif brought_by(requirement.marker, extra):
                for override in replaced:
                    yield override, self.place(override.marker)

    def _limits(self, name: str, marker: MarkerSet) -> Iterator[Wanted]:
        """The constraints on a name where it is wanted."""
        for constraint in self._constraints[name]:
            both = marker & self.place(constraint.marker)
            if not both.is_false:
                yield Wanted(constraint, both, limits=constraint.marker is None)


def _limit_on_itself(each: Wanted) -> list[Wanted]:
    """What a requirement of a package on itself says besides extras."""
    requirement = each.requirement
    if requirement.extras and not requirement.specifiers.text and requirement.url is None:
        return []
    bare = Requirement(requirement.name, (), requirement.specifiers, requirement.url)
    return [Wanted(bare, each.marker, each.limits)]
