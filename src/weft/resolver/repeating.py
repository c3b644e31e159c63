"""Decisions that other regions have taken, taken again.

Owns the short way of a search through what is known: most regions of a resolution differ in few
packages, and take the versions of the others for the same reasons. Where the first version to try
of a package has been decided on before, where the whole region can have it and what it wants does
not split the region, nothing is to be asked and nothing to be told: only what is left of others
counts. The packages are met and decided in the order of the long way, so that whoever goes on
finds everything as if that had been gone.
Refuses whatever is out of the ordinary: conflicts between choices, required platforms, packages
from URLs, policies that depend on the region. Follows no specification.
"""

from __future__ import annotations

from weft.resolver.candidates import Usable
from weft.resolver.forks import Split
from weft.resolver.knowledge import Choice
from weft.resolver.packages import is_peculiar
from weft.resolver.provider import Provider
from weft.resolver.regions import lower_end
from weft.resolver.solution import EARLY, LATE, ORDINARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from weft.core.marker_sets import MarkerSet
    from weft.resolver.candidates import Dependencies, Unusable
    from weft.resolver.clauses import ClauseBook
    from weft.resolver.favourites import Favourites
    from weft.resolver.forks import Wanted
    from weft.resolver.listings import Counting, Listing
    from weft.resolver.packages import Package
    from weft.resolver.reading import Reader
    from weft.resolver.regions import Region
    from weft.resolver.resolution import Request
    from weft.resolver.sited import Sited
    from weft.resolver.solution import Solution
    from weft.resolver.solver import Step
    from weft.resolver.universal import UniversalRequest

    Key: TypeAlias = tuple[int, int, str]
    # A position, the lowest Python that can have the version, what it wants
    Known: TypeAlias = tuple[int, bytes, Listing]


class Shared:
    """What all regions of a resolution share: what was read, and what was chosen.

    `metadata` is by the name that the source knows a package by, and a position. `decided` tells
    of versions that some region decided on, `sole` of the only one of a package that was chosen.
    """

    __slots__ = ("decided", "favourites", "metadata", "reader", "sole")

    def __init__(self, reader: Reader, favourites: Favourites) -> None:
        self.reader = reader
        self.favourites = favourites
        self.metadata: dict[tuple[str, int], Dependencies | Unusable] = {}
        self.decided: dict[tuple[str, int], Known] = {}
        self.sole: dict[str, Known] = {}

    def prefer(self, versions: Iterable[tuple[str, bytes]], markers: MarkerSet) -> None:
        """Leave versions, by names and keys, that were chosen for some region to the next ones."""
        for name in self.favourites.add_all(versions, markers):
            self.sole.pop(name, None)


class Repeating(Provider):
    """A provider for one of many regions."""

    def __init__(
        self,
        request: Request,
        universal: UniversalRequest,
        sited: Sited,
        *,
        region: Region,
        shared: Shared,
    ) -> None:
        self.region = region
        self._universal = universal
        self._sited = sited
        self._reader = shared.reader
        self._favourites = shared.favourites
        self._shared = shared
        super().__init__(request, sited)
        self._first: dict[int, tuple[int, ...]] = {}
        self._wanted: dict[Key, Sequence[Wanted]] = {}
        self._repeats = not (
            universal.conflicts
            or universal.required
            or request.no_dependencies
            or is_peculiar(request)
        )

    def repeat(self, solution: Solution, steps: list[Step]) -> None:
        """Decide for as long as it is a repetition; adds the steps that were taken."""
        if not self._repeats or self._sited.urls:
            return
        allowed, rows = solution.allowed, self.table.rows
        while True:
            package = self._next(solution)
            if package < 0:
                return
            row = rows[package]
            known = self._again(row, allowed[package], solution.decided)
            if known is None:
                return
            at, _, listing = known
            counting = self._counting(row.name, (row.base, at, row.extra), listing)
            if counting is None:
                return
            demands = self._of_others(counting)
            if len(rows) > len(allowed):
                solution.make_room(len(rows))
            for other, mask in demands:
                if not allowed[other] & mask:
                    return
            if counting.urgent:
                self._note_urgent(counting.urgent)
            position = 0 if row.extra else at
            steps.append((Choice(package, position, (), (package, at)), ()))
            _decide(solution, package, position, demands)

    def repeated(
        self, solution: Solution, book: ClauseBook, choice: Choice | None
    ) -> Solution | None:
        """The answer, where all that is left to decide after `choice` is a repetition.

        `solution` is where a solver came to that had to go back and learn; `book` is what it
        knows. Where that says nothing of the versions that are to be taken, it would take them.
        What is met here stays known, so it is to be asked on a copy where there is none.
        """
        if not self._repeats or self._sited.urls:
            return None
        sketch = solution.sketch()
        if choice is not None and not self._take(choice, sketch):
            return None
        steps: list[Step] = [] if choice is None else [(choice, ())]
        self.repeat(sketch, steps)
        if any(sketch.waiting):
            return None
        for step, _ in steps:
            if book.speaks_of(step.package, 1 << step.position):
                return None
        return sketch

    def _take(self, choice: Choice, sketch: Solution) -> bool:
        """Decide on a choice that a split left; whether that is all there is to it."""
        package = choice.package
        if choice.rejected or sketch.allowed[package] < 0:
            return False
        try:
            demands = self.demands(package, choice)
        except Split:
            return False
        sketch.make_room(len(self.table.rows))
        allowed = sketch.allowed
        if self.news() or demands is None or not all(allowed[p] & mask for p, mask in demands):
            return False
        _decide(sketch, package, choice.position, demands)
        return all(allowed[other] for other, _ in demands)

    def _next(self, solution: Solution) -> int:
        """The package to decide next, -1 if none is waiting."""
        waiting = solution.waiting
        waits = waiting[EARLY] or waiting[LATE] or waiting[ORDINARY]
        package = (waits & -waits).bit_length() - 1
        pinned = self._pinned_packages
        if pinned and (waiting[ORDINARY] | waiting[LATE] | waiting[EARLY]) & pinned:
            return self._most_urgent(package, solution)
        return package

    def _remember(self, row: Package, position: int, requires_python: str | None) -> None:
        """Note a decision, or one on an extra, for other regions. Its wants must be known."""
        if not self._repeats or self._sited.urls:
            return
        listing = self._reader.known((row.name, position, row.extra))
        if listing is None:
            return
        counting = listing.here(self.region)
        if counting is not None and counting.demands is None and not counting.is_odd:
            self._shorten(counting, row.name)
        decided = self._shared.decided
        if row.extra or (row.name, position) in decided or "+" in row.versions.texts[position]:
            return  # a local version may split the region
        if isinstance(self._sited.candidate(row.name, position), Usable):
            pythons = (row.pythons.get(position), requires_python)
            lowest = max([lower_end(each)[0] if each else b"" for each in pythons])
            decided[row.name, position] = position, lowest, listing

    def _shorten(self, counting: Counting, name: str) -> None:
        """Find out what is left of other packages, of which all are known to some region."""
        names = [each.requirement.name for each in counting.wanted]
        if not all(map(self.table.was_met, names)):
            return
        odd = any(e.limits or e.detached or e.requirement.url for e in counting.wanted)
        if odd or len(set(names)) < len(names) or name in names or self._constraints.keys() & names:
            counting.is_odd = True
            return
        self._meet([each.requirement for each in counting.wanted])
        demands, urgent = [], []
        first: list[tuple[str, str]] = []
        more: list[tuple[str, str]] = []
        for each in counting.wanted:
            requirement = each.requirement
            wanted, specifiers = requirement.name, requirement.specifiers
            demands.append((wanted, self.table.package(wanted).mask(specifiers.ranges)))
            if requirement.extras or "==" in specifiers.text:
                urgent.append(requirement)
            if requirement.extras:  # in the order in which they are met
                first.append((wanted, requirement.extras[0]))
            more += [(wanted, extra) for extra in requirement.extras[1:]]
        counting.demands, counting.urgent, counting.extras = demands, urgent, first + more

    def _again(self, row: Package, allowed: int, decided: Sequence[int]) -> Known | None:
        """The version to decide on again, or to take an extra of; None where that is open."""
        name = row.name
        if row.extra:
            position = decided[row.base]
            listing = self._reader.known((name, position, row.extra))
            return (position, b"", listing) if listing is not None else None
        known = self._shared.sole.get(name)
        if known is None:
            first = self._first.get(row.number)
            if first is None:
                first = self._favourites.positions(row, self.region.markers)
                self._first[row.number] = first
            known = self._shared.decided.get((name, first[0])) if first else None
            if known is None:
                return None
            if self._favourites.is_sole(name):
                self._shared.sole[name] = known
        return known if allowed >> known[0] & 1 and known[1] <= self.region.python else None

    def _counting(self, name: str, key: Key, listing: Listing) -> Counting | None:
        """What counts here of what a version wants; None where that has to be found out."""
        counting = listing.whole if listing.is_everywhere else listing.here(self.region)
        if counting is None or counting.is_odd:
            return None
        if counting.demands is None:
            self._shorten(counting, name)
            if counting.demands is None:
                return None
        if self._wanted.setdefault(key, counting.wanted) is not counting.wanted:
            return None  # a split left other wants
        return counting

    def _of_others(self, counting: Counting) -> list[tuple[int, int]]:
        """What is asked of other packages, which are known from now on."""
        assert counting.demands is not None
        table = self.table
        demands = table.again(counting.demands)
        for name, extra in counting.extras:
            demands.append((table.flag(table.package(name), extra).number, 1))
        return demands


def _decide(
    solution: Solution, package: int, position: int, demands: Sequence[tuple[int, int]]
) -> None:
    """Choose a version, and leave of other packages what it asks for."""
    allowed, waiting, rank = solution.allowed, solution.waiting, solution.rank
    allowed[package] = 1 << position
    solution.decided[package] = position
    waiting[rank[package]] &= ~(1 << package)
    for other, mask in demands:
        state = allowed[other]
        allowed[other] = state & mask
        if state < 0:
            waiting[rank[other]] |= 1 << other
