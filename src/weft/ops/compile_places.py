"""Paths and URLs in a universal resolution: read when somebody asks, each once.

Owns the way from `name @ url` to its one candidate, and from the lines of the user to such
requirements. Refuses to choose: where a project comes from several places, the resolver decides.
"""

from __future__ import annotations

from weft.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weft.core.marker import Marker
    from weft.core.requirement import Requirement
    from weft.fetch.projects import Candidate
    from weft.ops.building import Building
    from weft.ops.direct import Direct, Place
    from weft.ops.session import Session
    from weft.project.lines import RequirementLine

# Marks the URL of an index among those of files.
INDEX = "index+"


class ReadPlaces:
    """`fetch.universal.Places`, with what was found: `found` is by `name @ url`.

    `pin` hears of projects that the sources of a tree take from one index, by its URL.
    """

    def __init__(
        self, session: Session, building: Building, *, pin: Callable[[str, str], None]
    ) -> None:
        self._session = session
        self._building = building
        self._pin = pin
        self._lines: dict[str, list[RequirementLine]] = {}
        self._required: dict[str, tuple[Requirement, ...]] = {}
        self.found: dict[str, Direct] = {}

    def requirements_of(
        self, lines: Sequence[RequirementLine]
    ) -> dict[RequirementLine, Requirement]:
        """The user's lines as `name @ url`; sources are built."""
        if not lines:
            return {}
        from weft.ops.direct import build_ahead
        from weft.ops.direct_sources import locate

        places = [locate(line, self._building) for line in lines]
        for line, place in zip(lines, places, strict=True):
            source = place.source
            if not line.origin and source is not None and source.kind == "directory":
                self._building.fresh.add(source)
        build_ahead(self._building, [each.source for each in places if each.source is not None])
        return {line: self._named(line, place) for line, place in zip(lines, places, strict=True)}

    def further(self, requirements: Iterable[Requirement]) -> list[Requirement]:
        """What lies at URLs that projects at the URLs of `requirements` name in turn.

        Only where the extras are wanted. These URLs may be used, though the user did not write
        them: somebody whose project the user chose did.
        """
        found: dict[str, Requirement] = {}
        waiting = list(requirements)
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for each in waiting:  # grows while it is walked
            place = f"{each.name} @ {each.url}"
            if (place, each.extras) in seen:
                continue
            seen.add((place, each.extras))
            for other in self.requirements(place):
                if other.url is not None and _may_count(other.marker, each.extras):
                    waiting.append(other)
                    found.setdefault(other.text, replace(other, extras=()))
        return list(found.values())

    def candidate(self, place: str) -> Candidate:
        return self.read(place).candidate

    def requirements(self, place: str) -> Sequence[Requirement]:
        """What a project requires, with URLs where its sources say so."""
        known = self._required.get(place)
        if known is None:
            known = self._required[place] = tuple(self._find_requirements(place))
        return known

    def read(self, place: str) -> Direct:
        """What lies at `name @ url`. Raises what reading and building raise."""
        direct = self.found.get(place)
        if direct is None:
            lines = self._lines.get(place) or [_line(place)]
            direct = self._read(place, lines, None)
        return direct

    def _read(self, place: str, lines: Sequence[RequirementLine], at: Place | None) -> Direct:
        from weft.ops.direct_sources import locate

        line = next((each for each in lines if each.editable), lines[0])
        found = at if at is not None else locate(line, self._building)
        direct = found.direct(self._session, self._building)
        self.found[place] = direct = replace(direct, lines=tuple(lines))
        return direct

    def _named(self, line: RequirementLine, at: Place) -> Requirement:
        """The requirement behind a line. One without a name is read to find it out."""
        if line.requirement is not None:
            requirement = line.requirement
        else:
            name = at.direct(self._session, self._building).requirement.name
            requirement = _placed(str(name), line)
        place = f"{requirement.name} @ {requirement.url}"
        lines = self._lines.setdefault(place, [])
        lines.append(line)
        self._read(place, lines, at if line.editable or len(lines) == 1 else None)
        return requirement

    def _find_requirements(self, place: str) -> Iterable[Requirement]:
        from weft.ops.direct import dependencies_of

        for line in dependencies_of(self.read(place), self._building):
            requirement = line.requirement
            assert requirement is not None, "metadata has no requirements without a name"
            if requirement.url is not None:
                target = f"{requirement.name} @ {requirement.url}"
                self._lines.setdefault(target, [line])
            elif line.index:
                self._pin(requirement.name, line.index)
            yield requirement


def _may_count(marker: Marker | None, extras: Sequence[str]) -> bool:
    """Whether a requirement counts somewhere, with these extras wanted."""
    if marker is None:
        return True
    from weft.core.marker_sets import MarkerSet

    return not MarkerSet.of(marker).restrict_extras(lambda name: name in extras).is_false


def _placed(name: str, line: RequirementLine) -> Requirement:
    from weft.core.requirement import Requirement
    from weft.core.specifier import ANY
    from weft.project.lines import file_url

    target = line.path_or_url or ""
    url = target if "://" in target else file_url(target)
    return Requirement(name, line.extras, ANY, url, line.marker)  # type: ignore[arg-type]


def _line(place: str) -> RequirementLine:
    """A requirement out of somebody's metadata."""
    from weft.core.requirement import Requirement
    from weft.core.specifier import ANY
    from weft.project.lines import RequirementLine

    name, _, url = place.partition(" @ ")
    requirement = Requirement(name, (), ANY, url)  # type: ignore[arg-type]
    return RequirementLine(requirement, None, text=place, origin=name, given=url)
