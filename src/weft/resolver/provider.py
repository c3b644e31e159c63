"""From requirements to clauses.

Owns what a requirement means to the solver: markers are evaluated, overrides and excludes
applied, extras turned into flags, version ranges into masks. Every fact that leaves here keeps
the requirement it came from, so that `weft.resolver.report` can say why.
Refuses to search; see `weft.resolver.solver`, whose `Knowledge` this is.
Follows PEP 508, and uv on overrides, constraints and self-referencing extras.
"""

from __future__ import annotations

from weft.core.marker import Marker, needs_extra
from weft.core.ranges import FULL
from weft.core.requirement import PackedRequirements
from weft.core.version import version_key
from weft.resolver.candidates import Dependencies, Unusable, Usable, python_reaches
from weft.resolver.clauses import (
    NO_FLAG,
    SELF_CONFLICT,
    Clause,
    Constrained,
    Depends,
    Rejected,
    Required,
)
from weft.resolver.knowledge import Choice
from weft.resolver.packages import PackageTable, of_others, rejections
from weft.resolver.solution import UNDECIDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weft.core.requirement import Requirement
    from weft.resolver.candidates import CandidateSource
    from weft.resolver.clauses import Demand
    from weft.resolver.packages import Package
    from weft.resolver.resolution import Request
    from weft.resolver.solution import Solution
    from weft.resolver.solver import Step

NO_DEPENDENCIES = Dependencies(())


class Provider:
    """The knowledge of one resolution in one environment."""

    def __init__(self, request: Request, source: CandidateSource) -> None:
        self.request = request
        self._source = source
        self._python = request.environment["python_full_version"]
        self._markers: dict[tuple[str, str], bool] = {}
        self.table = PackageTable(request, source, holds=self._applies)
        self._dependencies: dict[tuple[int, int], Dependencies | Unusable] = {}
        self._needs: dict[tuple[int, int, str], Sequence[Requirement]] = {}
        self._news: list[Clause] = []
        self._pinned_packages = 0
        self._placed_packages = 0
        self._placed_order: tuple[int, ...] = ()
        self._overrides = by_name(request.overrides)
        self._constraints = by_name(
            [given for given in request.constraints if self._applies(given.marker)]
        )
        self._urls = {(given.name, given.url) for given in request.first_party if given.url}
        self._pins = frozenset(
            [
                (given.name, version_key(pin))
                for given in request.first_party
                if self._applies(given.marker)
                and (pin := given.specifiers.pinned or given.specifiers.exact)
            ]
        )
        self.root_requirements = tuple(self._effective(request.requirements, ""))

    # What the solver asks

    def package_count(self) -> int:
        return len(self.table.rows)

    def roots(self) -> Sequence[Clause]:
        self._meet(self.root_requirements)
        self._note_urgent(self.root_requirements)
        clauses = [
            Clause({demand.package: ~demand.mask} if demand.mask else {}, Required(demand))
            for requirement in self.root_requirements
            for demand in self._demands(requirement)
        ]
        return [*self.news(), *clauses]

    def rerank(self, package: int) -> None:
        self._pinned_packages &= ~(1 << package)

    def news(self) -> Sequence[Clause]:
        news, self._news = self._news, []
        return news

    def choose(self, package: int, solution: Solution) -> Choice:
        row = self.table.rows[self._most_urgent(package, solution)]
        if row.extra:
            position = solution.decided[row.base]
            if position != UNDECIDED:
                return Choice(row.number, 0, key=(row.number, position))
            row = self.table.rows[row.base]
        allowed = solution.allowed[row.number]
        for position in row.taste.order(allowed):
            if self._usable(row, position):
                floor = row.taste.floor
                if floor > position and allowed >> floor & 1 and self._usable(row, floor):
                    position = floor
                return Choice(row.number, position, key=(row.number, position))
        return Choice(row.number, rejected=rejections(row, allowed))

    def repeat(self, solution: Solution, steps: list[Step]) -> None:
        """One environment is solved once."""

    def consequences(self, package: int, choice: Choice) -> Sequence[Depends | Rejected]:
        row = self.table.rows[package]
        base, position = self.table.rows[row.base], choice.key[1]
        found = self._known(base, position)
        versions, flag = 1 << position, row.number if row.extra else NO_FLAG
        if isinstance(found, Unusable):
            base.unusable[position] = found
            return rejections(base, versions)
        wanted = found.requires_python
        if flag == NO_FLAG and wanted and not python_reaches(wanted, self._python):
            base.unusable[position] = Unusable("", requires_python=wanted)
            return rejections(base, versions)
        needed = self._needed(base, position, row.extra, found=found)
        self._meet(needed)
        self._note_urgent(needed)
        facts: list[Depends | Rejected] = []
        for requirement in needed:
            for demand in self._demands(requirement):
                if demand.package != base.number:
                    facts.append(Depends(base.number, versions, flag, demand))
                elif not demand.mask & versions:
                    facts.append(Rejected(base.number, versions, flag, SELF_CONFLICT))
        return facts

    def demands(self, package: int, choice: Choice) -> Sequence[tuple[int, int]] | None:
        row = self.table.rows[package]
        base, position = self.table.rows[row.base], choice.key[1]
        found = self._known(base, position)
        if isinstance(found, Unusable):
            return None
        wanted = found.requires_python
        if not row.extra and wanted and not python_reaches(wanted, self._python):
            return None
        needed = self._needed(base, position, row.extra, found=found)
        self._meet(needed)
        self._note_urgent(needed)
        asked: list[tuple[int, int]] = []
        for requirement in needed:
            asked += self._masks(requirement)
        return of_others(asked, base.number, position)

    # What the answer is collected from

    def needs(self, package: Package, position: int, extra: str) -> Iterator[Requirement]:
        """The requirements that hold here of a chosen version, or of one of its extras."""
        found = self._known(package, position)
        assert isinstance(found, Dependencies)
        return iter(self._needed(package, position, extra, found=found))

    def provided_extras(self, package: Package, position: int) -> frozenset[str]:
        """The extras that a chosen version declares."""
        found = self._known(package, position)
        assert isinstance(found, Dependencies)
        return found.extras

    # What is decided first

    def _note_urgent(self, requirements: Iterable[Requirement]) -> None:
        """Remember what comes from a URL, what something wants one version of, and extras that
        nothing wants the package without."""
        for requirement in requirements:
            specifiers = requirement.specifiers
            if requirement.url:
                self._note_placed(requirement)
            elif "==" in specifiers.text and (specifiers.pinned or specifiers.exact):
                self._pinned_packages |= 1 << self.table.package(requirement.name).number
            if requirement.extras:
                package = self.table.package(requirement.name)
                flag = self.table.flag(package, requirement.extras[0]).number
                if flag == package.number + 1:
                    self._pinned_packages |= 1 << flag

    def _note_placed(self, requirement: Requirement) -> None:
        """Remember a package that comes from a URL: its extras are as urgent as it is itself."""
        package = self.table.package(requirement.name)
        self._place(package)
        for extra in requirement.extras:
            self._place(self.table.flag(package, extra))

    def _place(self, row: Package) -> None:
        """Decide what a row stands for before other things, and after what was placed before.

        Whatever is of one package comes together.
        """
        if self._placed_packages >> row.number & 1:
            return
        self._placed_packages |= 1 << row.number
        rows, order = self.table.rows, self._placed_order
        at = max(
            [at + 1 for at, each in enumerate(order) if rows[each].name == row.name], default=-1
        )
        at = len(order) if at < 0 else at
        self._placed_order = (*order[:at], row.number, *order[at:])

    def _most_urgent(self, package: int, solution: Solution) -> int:
        """What comes from a URL is decided first, then what is pinned, then the solver's choice.

        An extra goes with the version that its package was decided on.
        """
        pinned, placed = self._pinned_packages, self._placed_packages
        if not (pinned or placed):
            return package
        waiting = 0
        for rank in solution.waiting:
            waiting |= rank
        if waiting & placed:
            return next(number for number in self._placed_order if waiting >> number & 1)
        waiting &= pinned
        while waiting:
            number = (waiting & -waiting).bit_length() - 1
            row = self.table.rows[number]
            if not row.extra or solution.decided[row.base] != UNDECIDED:
                return number
            waiting &= waiting - 1
        return package

    # How requirements are read

    def _known(self, package: Package, position: int) -> Dependencies | Unusable:
        if self.request.no_dependencies:
            return NO_DEPENDENCIES
        key = (package.number, position)
        found = self._dependencies.get(key)
        if found is None:
            found = self._dependencies[key] = self._source.dependencies(package.name, position)
        return found

    def _usable(self, package: Package, position: int) -> bool:
        bit = 1 << position
        if package.usable & bit:
            return True
        if position in package.unusable:
            return False
        found = self._source.candidate(package.name, position)
        wanted = not isinstance(found, Usable) and found.yanked and self._pinned(package, position)
        if not isinstance(found, Usable) and not wanted:
            package.unusable[position] = found
            return False
        package.usable |= bit
        return True

    def _pinned(self, package: Package, position: int) -> bool:
        """Whether the request names this very version, or an earlier answer did."""
        if package.taste.preferred >> position & 1:
            return True
        return (package.name, package.versions.keys[position]) in self._pins

    def _needed(
        self, package: Package, position: int, extra: str, *, found: Dependencies
    ) -> Sequence[Requirement]:
        """`_effective` for a version, once; of packed requirements few are unpacked."""
        key = (package.number, position, extra)
        known = self._needs.get(key)
        if known is None:
            requirements: Iterable[Requirement] = found.requirements
            if isinstance(requirements, PackedRequirements) and not self._overrides:
                requirements = requirements.where(lambda marker: self._holds(marker, extra))
            known = self._needs[key] = tuple(self._effective(requirements, extra))
        return known

    def _holds(self, marker: str, extra: str) -> bool:
        """`_applies` for the text of a marker."""
        known = self._markers.get((marker, extra))
        if known is None:
            if not extra and needs_extra(marker):
                known = False
            else:
                known = self._applies(Marker.parse(marker) if marker else None, extra)
            self._markers[marker, extra] = known
        return known

    def _effective(self, requirements: Iterable[Requirement], extra: str) -> Iterator[Requirement]:
        """The requirements that count, after overrides, excludes and markers.

        With `extra` those that only this extra brings. An override takes the place of a
        requirement whatever the marker of that says, save for the extra it belongs to.
        """
        excludes, overrides = self.request.excludes, self._overrides
        for requirement in requirements:
            if requirement.name in excludes:
                continue
            marker = requirement.marker
            replaced = overrides.get(requirement.name) if overrides else None
            if replaced is None:
                if self._applies(marker, extra):
                    yield requirement
            elif brought_by(marker, extra):
                for override in replaced:
                    if self._applies(override.marker):
                        yield override

    def _applies(self, marker: Marker | None, extra: str = "") -> bool:
        """Whether a requirement holds here, and because of `extra` if that is given."""
        if marker is None:
            return not extra
        key = (marker.text, extra)
        known = self._markers.get(key)
        if known is None:
            environment = self.request.environment
            if not extra:
                known = marker.evaluate(environment)
            else:
                known = (
                    marker.mentions_extra
                    and marker.evaluate(environment, frozenset((extra,)))
                    and not marker.evaluate(environment)
                )
            self._markers[key] = known
        return known

    def _meet(self, requirements: Sequence[Requirement]) -> None:
        """Make the packages of `requirements` known, with the constraints on them."""
        for package in self.table.meet([requirement.name for requirement in requirements]):
            for constraint in self._constraints.get(package.name, ()):
                demand = self._demand(package, constraint, constraint.name)
                outside = package.available & ~demand.mask
                if outside:
                    self._news.append(Clause({package.number: outside}, Constrained(demand)))

    def _demands(self, requirement: Requirement) -> Sequence[Demand]:
        """What a requirement asks for: the package, and each extra as a flag."""
        if requirement.url and (requirement.name, requirement.url) not in self._urls:
            from weft.resolver.resolution import UrlNotDirect

            raise UrlNotDirect(requirement.name, requirement.url)
        package = self.table.package(requirement.name)
        extras = requirement.extras
        if not extras:
            return (self._demand(package, requirement, requirement.name),)
        demands = [self._demand(package, requirement, f"{requirement.name}[{','.join(extras)}]")]
        for extra in extras:
            flag = self.table.flag(package, extra)
            demands.append(self.table.demand(flag, FULL, label=flag.label, text=""))
        return demands

    def _masks(self, requirement: Requirement) -> Sequence[tuple[int, int]]:
        """`_demands` in short: packages and what is left of them."""
        if requirement.url or requirement.extras:
            return [(demand.package, demand.mask) for demand in self._demands(requirement)]
        package = self.table.package(requirement.name)
        return ((package.number, package.mask(requirement.specifiers.ranges)),)

    def _demand(self, package: Package, requirement: Requirement, label: str) -> Demand:
        specifiers = requirement.specifiers
        return self.table.demand(package, specifiers.ranges, label=label, text=specifiers.text)


def by_name(requirements: Sequence[Requirement]) -> dict[str, list[Requirement]]:
    """The requirements on each name."""
    found: dict[str, list[Requirement]] = {}
    for requirement in requirements:
        found.setdefault(requirement.name, []).append(requirement)
    return found


def brought_by(marker: Marker | None, extra: str) -> bool:
    """Whether, of all that a marker says, its extra alone makes it hold with `extra`."""
    if marker is None or not marker.mentions_extra:
        return not extra
    return bool(extra) and _extra_holds(marker.tree, extra)


def _extra_holds(tree: tuple[object, ...], extra: str) -> bool:
    """Evaluate a marker with everything but `extra` taken for true."""
    if tree[0] in ("and", "or"):
        left, right = tree[1], tree[2]
        assert isinstance(left, tuple)
        assert isinstance(right, tuple)
        if tree[0] == "and":
            return _extra_holds(left, extra) and _extra_holds(right, extra)
        return _extra_holds(left, extra) or _extra_holds(right, extra)
    if tree[1] != "extra":
        return True
    return (tree[2] == extra) == (tree[0] == "==")
