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
from weft.resolver.bounded import OutOfTime
from weft.resolver.clauses import Constrained, Depends, Rejected, Required
from weft.resolver.proof import NoneAvailable, OtherPython
from weft.resolver.resolution import Request
from weft.resolver.solution import Contradiction, GaveUp
from weft.resolver.solver import Solver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Literal, TypeAlias

    from weft.core.requirement import Requirement
    from weft.resolver.bounded import Bounded, Edits
    from weft.resolver.report import NoSolution
    from weft.resolver.universal import UniversalRequest

    Asked: TypeAlias = Request | UniversalRequest
    Versions: TypeAlias = Mapping[str, tuple[str, ...]]
    Pairs: TypeAlias = tuple[tuple[Requirement, Requirement | None], ...]
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
    place (nothing where it is dropped); with `owners`, they are those of that project. An override
    has no pairs: it is `override`, which `owners` (labels of packages) do not allow by themselves.
    Pre-releases are those of `name`.
    """

    kind: Kind
    name: str
    pairs: tuple[tuple[Requirement, Requirement | None], ...] = ()
    override: Requirement | None = None
    owners: tuple[str, ...] = ()


def fixes(error: NoSolution, request: Asked, source: Bounded) -> Iterator[Change]:
    """Changes that were solved again and work, the best first, at most `MOST_FIXES`.

    Ends early when `source` has no time left. What the source raises for other reasons makes an
    attempt fail.
    """
    facts = _Facts(error, request.members)
    attempts = _Attempts(source)
    found: list[Change] = []
    try:
        for propose in (_prereleases, _requirements, _of_members, _constraints, _overrides):
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

    def __init__(self, error: NoSolution, members: Sequence[str]) -> None:
        self.of_members: dict[tuple[str, str, str], None] = {}  # owners, names and specifiers
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
                if owner in members:
                    if text:
                        self.of_members[owner, fact.demand.label, text] = None
                    continue
                # Facts that were merged have the specifiers of several requirements in a row.
                parsed = replace(Specifiers.parse(text), ranges=fact.demand.ranges)
                if text and owner != fact.demand.label:
                    self.depends.setdefault(fact.demand.label, []).append((owner, parsed))


def _bare(label: str) -> str:
    return label.partition("[")[0].partition(":")[0]


class _Attempts:
    """Solves again, so often and so hard as is allowed."""

    def __init__(self, source: Bounded) -> None:
        self._source = source
        self._left = MOST_ATTEMPTS

    def requirements(self, place: str) -> Sequence[Requirement]:
        """What a project of the user requires."""
        found = self._source.dependencies(place, 0)
        return tuple(getattr(found, "requirements", ()))

    def answer(self, request: Asked, edits: Edits | None = None) -> Versions | None:
        """The versions of an answer, by name; None where there is none. Raises OutOfTime."""
        if not self._left:
            raise OutOfTime
        self._left -= 1
        source = self._source.editing(edits) if edits else self._source
        try:
            if isinstance(request, Request):
                return _solved(request, source)
            from weft.resolver.universal import resolve_universal

            found: dict[str, tuple[str, ...]] = {}
            resolution = resolve_universal(request, source, most_conflicts=MOST_CONFLICTS)
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


def _of_members(facts: _Facts, request: Asked, attempts: _Attempts) -> Iterator[Change]:
    """A requirement of a project that gives way."""
    places: dict[str, str] = {
        each.name: f"{each.name} @ {each.url}" for each in request.requirements if each.url
    }
    for owner, name, text in facts.of_members:
        if owner not in places:
            continue
        listed = _with_specifiers(attempts.requirements(places[owner]), name)
        concerned = [each for each in listed if each.specifiers.text == text]

        def answer(pairs: Pairs, place: str = places[owner]) -> Versions | None:
            now = {old: new for old, new in pairs if new is not None}
            return attempts.answer(_with_direct(request, now), {place: now})

        for each in dict.fromkeys((tuple(concerned), tuple(listed))):
            pairs = _giving_way(each, answer) if each else ()
            if pairs:
                yield Change("requirement", name, pairs, owners=(owner,))
                break


def _with_direct(request: Asked, edits: Mapping[Requirement, Requirement]) -> Asked:
    """The request where what projects require reads as it does after the edits."""
    texts = {(old.name, old.specifiers.text): new.specifiers for old, new in edits.items()}
    direct = [
        replace(each, specifiers=texts.get((each.name, each.specifiers.text), each.specifiers))
        for each in request.direct
    ]
    return replace(request, direct=tuple(direct))


def _giving_way(
    concerned: Sequence[Requirement],
    answer: Callable[[Pairs], Versions | None],
    *,
    drop: bool = False,
) -> Pairs:
    """What takes the place of the requirements of one name; nothing where that does not help.

    What works without any of the specifiers tells which of them can stay.
    """
    name = concerned[0].name
    versions = answer(tuple([(each, replace(each, specifiers=ANY)) for each in concerned]))
    if versions is None or name not in versions:
        return ()
    pairs: list[tuple[Requirement, Requirement | None]] = []
    for each in concerned:
        kept = _kept(each.specifiers, versions[name])
        if kept.text != each.specifiers.text:
            gone = drop and not kept.text
            pairs.append((each, None if gone else replace(each, specifiers=kept)))
    return tuple(pairs) if pairs and answer(tuple(pairs)) is not None else ()


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
    """Requirements or constraints of the request on one name that give way."""
    if not concerned:
        return None
    name = concerned[0].name

    def answer(pairs: Pairs) -> Versions | None:
        return attempts.answer(changed(request, Change(kind, name, pairs)))

    pairs = _giving_way(concerned, answer, drop=kind == "constraint")
    return Change(kind, name, pairs) if pairs else None


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
        written = (*request.requirements, *request.constraints)
        if request.members:
            written = (*written, *request.direct)
        own = [each for each in written if each.name == name]
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
