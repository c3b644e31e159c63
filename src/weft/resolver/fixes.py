"""What would have to be asked for differently, for a request that cannot be met.

Owns the changes that a derivation suggests, one at a time: a requirement that gives way, a
constraint that is dropped, pre-releases of one package, a dependency that is allowed to differ.
Each is solved again, and only those with an answer are told.
Refuses to change what the user did not write, save by an override, and to go on when time or
conflicts run out. Follows no specification; commands and words are made in `weft.ops.fixes`.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import normalize_name
from weft.core.specifier import ANY, Specifiers
from weft.core.value import replace, value
from weft.core.version import Version
from weft.resolver.clauses import Constrained, Depends, Rejected, Required
from weft.resolver.proof import NoneAvailable, OtherPython
from weft.resolver.resolution import Request
from weft.resolver.solver import Contradiction, GaveUp, Solver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Literal, TypeAlias

    from weft.core.marker_sets import MarkerSet
    from weft.core.requirement import Requirement
    from weft.resolver.candidates import Dependencies, Missing, Unusable, Usable, VersionList
    from weft.resolver.report import NoSolution
    from weft.resolver.universal import UniversalRequest, UniversalSource

    Asked: TypeAlias = Request | UniversalRequest
    Versions: TypeAlias = Mapping[str, tuple[str, ...]]
    Kind: TypeAlias = Literal["requirement", "constraint", "prerelease", "override"]

MOST_FIXES = 3
"""So many are told at most."""

MOST_ATTEMPTS = 24
"""So often is solved again at most."""

MOST_CONFLICTS = 500
"""An attempt that is harder than this counts as failed."""


@value
class Change:
    """One thing to ask for differently.

    `pairs` are requirements or constraints as they stand in the request, each with what takes its
    place (nothing where it is dropped). An override has no pairs: it is `override`, which `owners`
    (labels of packages) do not allow by themselves. Pre-releases are those of `name`.
    """

    kind: Kind
    name: str
    pairs: tuple[tuple[Requirement, Requirement | None], ...] = ()
    override: Requirement | None = None
    owners: tuple[str, ...] = ()


class OutOfTime(GaveUp):
    """There is no time left to solve again."""


class Bounded:
    """A source that answers until `spent`, and that is not asked to read what `costs` too much.

    As universal as the source is (`weft.resolver.universal.UniversalSource`). Raises `GaveUp`.
    """

    def __init__(
        self,
        source: UniversalSource,
        *,
        spent: Callable[[], bool],
        costs: Callable[[str, int], bool],
    ) -> None:
        self._source = source
        self._spent = spent
        self._costs = costs

    def versions(self, name: str) -> VersionList | Missing:
        self._check()
        return self._source.versions(name)

    def candidate(self, name: str, position: int) -> Usable | Unusable:
        self._check()
        return self._source.candidate(name, position)

    def dependencies(self, name: str, position: int) -> Dependencies | Unusable:
        self._check()
        if self._costs(name, position):
            raise GaveUp
        return self._source.dependencies(name, position)

    def requires_python(self, name: str, position: int) -> str | None:
        return self._source.requires_python(name, position)

    def markers(self, name: str, position: int) -> MarkerSet:
        return self._source.markers(name, position)

    def prefetch(self, names: Sequence[str]) -> None:
        """What is needed is asked for when it is: nothing is read for a hint by the way."""

    def _check(self) -> None:
        if self._spent():
            raise OutOfTime


def fixes(error: NoSolution, request: Asked, source: Bounded) -> Iterator[Change]:
    """Changes that were solved again and work, the best first, at most `MOST_FIXES`.

    Ends early when `source` has no time left. What the source raises for other reasons makes an
    attempt fail.
    """
    facts = _Facts(error)
    attempts = _Attempts(source)
    found: list[Change] = []
    try:
        for propose in (_prereleases, _requirements, _constraints, _overrides):
            for change in propose(facts, request, attempts):
                found.append(change)
                yield change
                if len(found) == MOST_FIXES:
                    return
    except OutOfTime:
        return


def has_answer(request: Asked, source: Bounded) -> bool:
    """Whether a request can be met; False where that was not found out."""
    try:
        return _Attempts(source).answer(request) is not None
    except OutOfTime:
        return False


def oldest_python(error: NoSolution) -> str:
    """The lowest Python that all who ask for another one name, as `3.12`; empty for none."""
    found: list[Version] = []
    for fact in error.statements:
        if isinstance(fact, OtherPython):
            clauses = Specifiers.parse_lenient(fact.requires_python).text.split(",")
            lowest = [clause[2:] for clause in clauses if clause[:2] in (">=", "~=")]
            if not lowest:
                return ""
            found += map(Version.parse, lowest)
    if not found:
        return ""
    return max(found, key=_key).release_text


def _key(version: Version) -> bytes:
    return version.key


def too_new(error: NoSolution) -> tuple[str, ...]:
    """The packages of which versions were left out since they were uploaded too late."""
    names = [
        error.packages[fact.package]
        for fact in error.statements
        if isinstance(fact, Rejected) and "published after" in fact.reason
    ]
    return tuple(dict.fromkeys(names))


def changed(request: Asked, change: Change) -> Asked:
    """The request with a change."""
    if change.kind == "prerelease":
        return replace(
            request, prerelease_packages={**request.prerelease_packages, change.name: "allow"}
        )
    if change.override is not None:
        return replace(request, overrides=(*request.overrides, change.override))
    field = "requirements" if change.kind == "requirement" else "constraints"
    instead = dict(change.pairs)
    now = [instead.get(each, each) for each in getattr(request, field)]
    return replace(request, **{field: tuple([each for each in now if each is not None])})


class _Facts:
    """What a derivation rests on, by what can be done about it."""

    def __init__(self, error: NoSolution) -> None:
        self.required: dict[str, None] = {}
        self.constrained: dict[str, None] = {}
        self.lacking: dict[str, None] = {}
        self.depends: dict[str, list[tuple[str, Specifiers]]] = {}  # owners and specifiers
        labels = error.packages
        for fact in error.statements:
            if isinstance(fact, NoneAvailable):
                self.lacking[_bare(labels[fact.package])] = None
            elif isinstance(fact, Required):
                self.required[_bare(fact.demand.label)] = None
            elif isinstance(fact, Constrained):
                self.constrained[_bare(fact.demand.label)] = None
            elif isinstance(fact, Depends) and "[" not in fact.demand.label:
                owner = _bare(labels[fact.package])
                text = fact.demand.text
                # Facts that were merged have the specifiers of several requirements in a row.
                parsed = replace(Specifiers.parse(text), ranges=fact.demand.ranges)
                if text and owner != fact.demand.label:
                    self.depends.setdefault(fact.demand.label, []).append((owner, parsed))


def _bare(label: str) -> str:
    return label.partition("[")[0]


class _Attempts:
    """Solves again, so often and so hard as is allowed."""

    def __init__(self, source: Bounded) -> None:
        self._source = source
        self._left = MOST_ATTEMPTS

    def answer(self, request: Asked) -> Versions | None:
        """The versions of an answer, by name; None where there is none. Raises OutOfTime."""
        if not self._left:
            raise OutOfTime
        self._left -= 1
        try:
            if isinstance(request, Request):
                return _solved(request, self._source)
            from weft.resolver.universal import resolve_universal

            found: dict[str, tuple[str, ...]] = {}
            resolution = resolve_universal(request, self._source, most_conflicts=MOST_CONFLICTS)
            for package in resolution.packages:
                found[package.name] = (*found.get(package.name, ()), package.version)
        except OutOfTime:
            raise
        except (Contradiction, GaveUp, WeftError):
            return None
        return found


def _solved(request: Request, source: Bounded) -> Versions:
    from weft.resolver.provider import Provider

    provider = Provider(request, source)
    solution = Solver(provider, most_conflicts=MOST_CONFLICTS).run()
    return {
        row.name: (row.versions.texts[solution.decided[row.number]],)
        for row in provider.table.rows
        if not row.extra and solution.decided[row.number] >= 0
    }


def _prereleases(facts: _Facts, request: Asked, attempts: _Attempts) -> Iterator[Change]:
    """Pre-releases of a package of which nothing else is there."""
    for name in facts.lacking:
        if request.prerelease_packages.get(name, request.prerelease) in ("disallow", "explicit"):
            change = Change("prerelease", name)
            if attempts.answer(changed(request, change)) is not None:
                yield change


def _requirements(facts: _Facts, request: Asked, attempts: _Attempts) -> Iterator[Change]:
    """A requirement of the request that gives way."""
    for name in facts.required:
        concerned = _with_specifiers(request.requirements, name)
        change = _loosened(request, "requirement", concerned, attempts)
        if change is not None:
            yield change


def _constraints(facts: _Facts, request: Asked, attempts: _Attempts) -> Iterator[Change]:
    """Constraints on one package that give way."""
    for name in facts.constrained:
        concerned = _with_specifiers(request.constraints, name)
        change = _loosened(request, "constraint", concerned, attempts)
        if change is not None:
            yield change


def _with_specifiers(requirements: Sequence[Requirement], name: str) -> list[Requirement]:
    return [
        each for each in requirements if each.name == name and each.specifiers.text and not each.url
    ]


def _loosened(
    request: Asked, kind: Kind, concerned: Sequence[Requirement], attempts: _Attempts
) -> Change | None:
    """What works without any of the specifiers tells which of them can stay."""
    if not concerned:
        return None
    name = concerned[0].name
    free = Change(kind, name, tuple([(each, replace(each, specifiers=ANY)) for each in concerned]))
    versions = attempts.answer(changed(request, free))
    if versions is None or name not in versions:
        return None
    pairs = []
    for each in concerned:
        kept = _kept(each.specifiers, versions[name])
        if kept.text != each.specifiers.text:
            drop = kind == "constraint" and not kept.text
            pairs.append((each, None if drop else replace(each, specifiers=kept)))
    change = Change(kind, name, tuple(pairs))
    return change if pairs and attempts.answer(changed(request, change)) is not None else None


def _kept(specifiers: Specifiers, versions: Sequence[str]) -> Specifiers:
    """The clauses that let all `versions` in; a pin is moved."""
    if specifiers.pinned and len(versions) == 1:
        return Specifiers.parse(f"=={versions[0]}")
    parsed = [Version.parse(version) for version in versions]
    clauses = [Specifiers.parse(text) for text in specifiers.text.split(",")]
    kept = [each.text for each in clauses if all(map(each.contains, parsed))]
    return Specifiers.parse(",".join(kept))


def _overrides(facts: _Facts, request: Asked, attempts: _Attempts) -> Iterator[Change]:
    """A requirement that other packages have to put up with: one that somebody already has."""
    from weft.core.requirement import Requirement

    overridden = {each.name for each in request.overrides} | request.excludes
    for name, demands in facts.depends.items():
        own = [each for each in (*request.requirements, *request.constraints) if each.name == name]
        if name in overridden or any(each.extras or each.marker or each.url for each in own):
            continue
        wanted = [each.specifiers for each in own if each.specifiers.text]
        wanted = wanted or [specifiers for _, specifiers in demands]
        for specifiers in dict.fromkeys([Specifiers.parse(each.text) for each in wanted]):
            override = Requirement(normalize_name(name), specifiers=specifiers)
            change = Change("override", name, override=override)
            versions = attempts.answer(changed(request, change))
            if versions is None or name not in versions:
                continue
            owners = _unwilling(demands, versions[name])
            if owners:
                yield replace(change, owners=owners)


def _unwilling(
    demands: Sequence[tuple[str, Specifiers]], versions: Sequence[str]
) -> tuple[str, ...]:
    """Whoever demands something else, sorted."""
    parsed = [Version.parse(version) for version in versions]
    found = [
        owner
        for owner, specifiers in demands
        if not all(specifiers.contains(version) for version in parsed)
    ]
    return tuple(sorted(set(found)))
