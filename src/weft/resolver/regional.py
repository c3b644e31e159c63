"""From requirements to clauses, for many environments at once.

Owns what the solver is told in one region: which requirements count somewhere in it, which
version to take, and when one answer cannot serve the whole region, which it says by raising
`Split`. Refuses to search and to join answers; see `weft.resolver.universal`.
Follows PEP 508, and uv on forks and on preferences between them.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.ranges import FULL
from weft.resolver.candidates import Dependencies, Unusable
from weft.resolver.clauses import NO_FLAG, SELF_CONFLICT, Clause, Depends, Rejected, Required
from weft.resolver.coverage import (
    ROOT_PACKAGE,
    Dependents,
    local_or_public,
    no_wheels,
    parted,
    uncovered,
)
from weft.resolver.forks import Fork, Split, forks_of, in_order, told_markers
from weft.resolver.knowledge import Choice
from weft.resolver.packages import of_others, rejections
from weft.resolver.provider import NO_DEPENDENCIES, by_name
from weft.resolver.repeating import Repeating, Shared
from weft.resolver.sited import INDEX, Sited, named_indexes
from weft.resolver.solution import UNDECIDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from weft.core.marker import Marker
    from weft.core.requirement import PackedRequirements, Requirement
    from weft.resolver.clauses import Demand
    from weft.resolver.forks import Wanted
    from weft.resolver.listings import Listing
    from weft.resolver.packages import Package
    from weft.resolver.regions import Region
    from weft.resolver.resolution import Request
    from weft.resolver.solution import Solution
    from weft.resolver.universal import UniversalRequest, UniversalSource

    Key: TypeAlias = tuple[int, int, str]

ROOT: Key = (ROOT_PACKAGE, 0, "")
"""What the request itself wants; other keys are a package's number, a position, an extra."""


class Regional(Repeating):
    """The knowledge of one resolution in one region."""

    def __init__(
        self,
        request: Request,
        universal: UniversalRequest,
        source: UniversalSource,
        *,
        region: Region,
        shared: Shared,
    ) -> None:
        super().__init__(request, universal, Sited(source, {}), region=region, shared=shared)
        self._constraints = by_name([each for each in request.constraints if each.marker is None])
        self._metadata = shared.metadata
        self._dependents = Dependents()
        self._see_urls()

    def fork(self, fork: Fork, key: Key | None, request: Request | None) -> Regional:
        """What is known so far, for a part of the region.

        `key` are the requirements that split it; `request` is the request as it reads there, if
        policies depend on that.
        """
        other = Regional.__new__(Regional)
        for name, known in self.__dict__.items():
            setattr(other, name, known)
        other.region = fork.region
        other.request = request or self.request
        sited = self._sited
        other._sited = other._source = Sited(sited.source, sited.urls, sited.said)
        other.table = self.table.copy(request, other._sited)
        other._dependents = self._dependents.copy()
        other._first = {}
        other._news = []
        other._wanted = self._wanted.copy()
        if key is not None:
            other._wanted[key] = fork.wanted
        if request is not None and request.strategy == "lowest-direct":
            other.table.rejudge()
        other._see_urls()
        return other

    # What the solver asks

    def roots(self) -> Sequence[Clause]:
        wanted = self._settled(ROOT, self._universal.requirements, None)
        self._see(wanted)
        clauses = [
            Clause({demand.package: ~demand.mask} if demand.mask else {}, Required(demand))
            for each in wanted
            if not each.limits
            for demand in self._asked(ROOT_PACKAGE, each)
        ]
        return [*self.news(), *clauses]

    def choose(self, package: int, solution: Solution) -> Choice:
        row = self.table.rows[self._most_urgent(package, solution)]
        if row.is_flag:
            position = solution.decided[row.base]
            if position != UNDECIDED:
                return Choice(row.number, 0, key=(row.number, position))
            row = self.table.rows[row.base]
        allowed = solution.allowed[row.number]
        for position in self._order(row, allowed):
            if not row.usable >> position & 1 and not self._usable(row, position):
                continue
            if self._reaches(row, position, self._python_of(row, position)):
                return self._for_platforms(row, position, allowed)
            row = self.table.rows[row.number]
        return Choice(row.number, rejected=rejections(row, allowed))

    def consequences(self, package: int, choice: Choice) -> Sequence[Depends | Rejected]:
        row = self.table.rows[package]
        base, position = self.table.rows[row.base], choice.key[1]
        versions, flag = 1 << position, row.number if row.is_flag else NO_FLAG
        wanted = self._brought(row, base, position, choice)
        if wanted is None:
            return rejections(self.table.rows[base.number], versions)
        facts: list[Depends | Rejected] = []
        for each in wanted:
            if each.limits:
                continue
            for demand in self._asked(base.number, each):
                if demand.package != base.number:
                    facts.append(Depends(base.number, versions, flag, demand))
                elif not demand.mask & versions:
                    facts.append(Rejected(base.number, versions, flag, SELF_CONFLICT))
        return facts

    def demands(self, package: int, choice: Choice) -> Sequence[tuple[int, int]] | None:
        row = self.table.rows[package]
        base, position = self.table.rows[row.base], choice.key[1]
        wanted = self._brought(row, base, position, choice)
        if wanted is None:
            return None
        asked: list[tuple[int, int]] = []
        noted = bool(self._universal.required)
        for each in wanted:
            if each.limits:
                continue
            if noted or each.detached:
                asked += [(e.package, e.mask) for e in self._asked(base.number, each)]
            else:
                asked += self._masks(each.requirement)
        return of_others(asked, base.number, position)

    def _brought(
        self, row: Package, base: Package, position: int, choice: Choice
    ) -> Sequence[Wanted] | None:
        """What a choice brings along here, made known; None where it cannot be made."""
        found = self._known(base, position)
        if isinstance(found, Unusable):
            base.unusable[position] = found
            return None
        if not row.is_flag and not self._reaches(base, position, found.requires_python):
            return None
        wanted = self._settled((base.number, position, row.extra), found.requirements, choice)
        self._see(wanted)
        self._remember(row, position, found.requires_python)
        return wanted

    # What the answer is collected from

    def wanted(self, package: int, position: int, extra: str) -> Sequence[Wanted]:
        """What counts here of the requirements of a chosen version, or of one of its extras."""
        return self._wanted[package, position, extra]

    @property
    def root_wanted(self) -> Sequence[Wanted]:
        """What counts here of the request."""
        return self._wanted[ROOT]

    @property
    def urls(self) -> Mapping[str, str]:
        """Where packages come from in this region that do not come from an index."""
        return self._sited.urls

    def place(self, name: str) -> str:
        """The name that the source knows a package by."""
        return self._sited.place(name)

    # How a version is chosen

    def _python_of(self, row: Package, position: int) -> str | None:
        """The `Requires-Python` of a version as the source tells it."""
        try:
            return row.pythons[position]
        except KeyError:
            found = row.pythons[position] = self._sited.requires_python(row.name, position)
            return found

    def _order(self, row: Package, allowed: int) -> Iterator[int]:
        """The allowed positions, favourites first."""
        first = self._first.get(row.number)
        if first is None:
            url = self.urls.get(row.name, "")
            index = url if url.startswith(INDEX) else ""
            first = self._favourites.positions(row, self.region.markers, index)
            self._first[row.number] = first
        for position in first:
            if allowed >> position & 1:
                yield position
                allowed &= ~(1 << position)
        yield from row.taste.order(allowed)

    def _reaches(self, row: Package, position: int, requires_python: str | None) -> bool:
        """Whether every Python of the region can have a version.

        Raises `Split` where some can, if the strategy is to give every Python the latest
        versions it can have.
        """
        if requires_python is None or self.region.reaches(requires_python):
            return True
        if self._universal.fork_strategy == "requires-python":
            parts = self.region.split_at(requires_python)
            if parts is not None:
                older, newer = parts
                raise Split([Fork(newer), Fork(older)])
        own = self.table.own(row.number)
        own.unusable[position] = Unusable("", requires_python=requires_python)
        return False

    def _for_platforms(self, row: Package, position: int, allowed: int) -> Choice:
        """The choice of a version, if it has files for the platforms of the region.

        Raises `Split` where another version has them.
        """
        choice = Choice(row.number, position, key=(row.number, position))
        required = self._universal.required_environments
        text = row.versions.texts[position]
        if not required and "+" not in text:
            return choice
        public, plus, _local = text.partition("+")
        files = self._sited.markers(row.name, position)
        if files.is_true:
            return choice
        if required:
            where = self._dependents.where(row.number)
            marker = uncovered(files, required, self.region, where)
            if marker is not None:
                parts = parted(self.region, marker.apart_from(files))
                if parts is not None:
                    raise Split([Fork(parts[1]), Fork(parts[0])])
                row = self.table.own(row.number)
                row.unusable[position] = Unusable(no_wheels(marker))
                return Choice(row.number, rejected=rejections(row, 1 << position))
        at = row.position(public) if plus else -1
        if at < 0 or not allowed >> at & 1 or not self._usable(row, at):
            return choice
        other = Choice(row.number, at, key=(row.number, at))
        public_files = self._sited.markers(row.name, at)
        return local_or_public(self.region, (choice, files), (other, public_files))

    # How requirements are read

    def _known(self, package: Package, position: int) -> Dependencies | Unusable:
        if self.request.no_dependencies:
            return NO_DEPENDENCIES
        return self._metadata_of(self.place(package.name), position)

    def _metadata_of(self, place: str, position: int) -> Dependencies | Unusable:
        """What a version requires, by the name that the source knows it by; read once."""
        found = self._metadata.get((place, position))
        if found is None:
            found = self._metadata[place, position] = self._sited.source.dependencies(
                place, position
            )
        return found

    def _pinned(self, package: Package, position: int) -> bool:
        key = package.versions.keys[position]
        given = self._favourites.is_given(package.name, key)
        return given or super()._pinned(package, position)

    def _applies(self, marker: Marker | None, extra: str = "") -> bool:
        return self.region.meets(self._reader.place(marker, extra))

    def _settled(
        self,
        key: Key,
        requirements: Sequence[Requirement] | PackedRequirements,
        choice: Choice | None,
    ) -> Sequence[Wanted]:
        """What counts here of some requirements. Raises `Split` where they split the region."""
        known = self._wanted.get(key)
        if known is None:
            name = self.table.rows[key[0]].name if key is not ROOT else ""
            listing = self._reader.listing(
                requirements, (self.place(name), key[1], key[2]), name=name
            )
            counting = None if self._universal.conflicts else listing.here(self.region)
            if counting is not None:
                known = counting.wanted
            else:
                known = self._in_one(listing, key, choice)
            self._wanted[key] = known
        return known

    def _in_one(self, listing: Listing, key: Key, choice: Choice | None) -> Sequence[Wanted]:
        """What counts here of a list that may split the region. Raises `Split` if it does."""
        region, universal = self.region, self._universal
        here = [each for each in listing.wanted if region.meets(each.marker)]
        if region.excluded:
            here = [each for each in here if not region.voids(each.requirement, key[2])]
        forks = forks_of(here, region, universal.conflicts, direct=key == ROOT or key[2] != "")
        if len(forks) > 1:
            ordered = in_order(forks, oldest_first=universal.oldest_first)
            raise Split([Fork(each.region, each.wanted, choice) for each in ordered], key)
        return forks[0].wanted if forks else ()

    def _see(self, wanted: Sequence[Wanted]) -> None:
        """Make the packages known, and from where they come."""
        if not wanted:
            return
        rows = self.table
        for each in wanted:
            url = each.requirement.url
            if url and not rows.knows(each.requirement.name):
                known = self._sited.urls.setdefault(each.requirement.name, url)
                if known != url:
                    from weft.resolver.joining import ConflictingUrls

                    markers = self.region.markers.text
                    raise ConflictingUrls(each.requirement.name, (known, url), markers)
        self._meet([each.requirement for each in wanted])
        if self._sited.urls:
            self._order_placed([e for e in wanted if self._sited.urls.get(e.requirement.name)])
        self._note_urgent([each.requirement for each in wanted if not each.detached])

    def _order_placed(self, wanted: Sequence[Wanted]) -> None:
        """Decide first what comes from URLs: each package, followed by its extras."""
        rows = self.table
        for each in wanted:
            package = rows.package(each.requirement.name)
            if not each.detached:
                self._place(package)
            row = rows.detached if each.detached else rows.flag
            for extra in each.requirement.extras:
                self._place(row(package, extra))

    def _asked(self, parent: int, each: Wanted) -> Sequence[Demand]:
        """What a requirement asks for; remembered where required platforms depend on it."""
        demands = self._detached(each) if each.detached else self._demands(each.requirement)
        if self._universal.required:
            for demand in demands:
                base = self.table.rows[demand.package].base
                self._dependents.add(parent, base, each.marker)
        return demands

    def markers(self) -> dict[tuple[str, str], str]:
        """`weft.resolver.forks.told_markers` of what is known."""
        supported = MarkerSet.of_python(self._universal.requires_python)
        return told_markers(self._wanted.values(), supported)

    def _detached(self, each: Wanted) -> Sequence[Demand]:
        """What a requirement on groups alone asks for."""
        rows = self.table
        package = rows.package(each.requirement.name)
        found = [rows.detached(package, extra) for extra in each.requirement.extras]
        return [rows.demand(row, FULL, label=row.label, text="") for row in found]

    def _see_urls(self) -> None:
        """Take names that the request gives a URL in this region from there."""
        urls = self._sited.urls
        for name in [name for name in urls if not self.table.knows(name)]:
            del urls[name]
        conflicts = self._universal.conflicts
        for requirement in self._universal.first_party:
            if requirement.url is None or self.table.knows(requirement.name):
                continue
            if conflicts and requirement.url.startswith(INDEX):
                continue
            if self.region.meets(self._reader.place(requirement.marker)):
                urls.setdefault(requirement.name, requirement.url)
        for root in self._universal.requirements if conflicts else ():
            found = self._metadata_of(f"{root.name} @ {root.url}", 0) if root.url else None
            if not isinstance(found, Dependencies):
                continue
            for name, url in named_indexes(root.name, found, self.region):
                if not self.table.knows(name):
                    urls.setdefault(name, url)
