"""The resolution behind a lock: one answer for all platforms and all Pythons of a project.

Owns the translation of a `LockRequest` into the universal resolver's. Refuses to write anything.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.marker_sets import MarkerSet
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weft.core.requirement import Requirement
    from weft.core.specifier import Specifiers
    from weft.fetch.selection import Rules
    from weft.fetch.universal import UniversalDatabase
    from weft.index.locations import IndexLocation
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.lock_places import LockPlaces
    from weft.ops.lock_request import LockRequest
    from weft.ops.session import Session
    from weft.resolver.conflicts import ConflictItem
    from weft.resolver.joining import UniversalResolution
    from weft.resolver.universal import UniversalRequest

    Preferences = Mapping[str, tuple[tuple[str, MarkerSet], ...]]


@value
class Resolved:
    """An answer with everything that writing it down takes; `limits` are its constraints, `pins`
    the one index of projects that have one."""

    resolution: UniversalResolution
    source: UniversalDatabase
    places: LockPlaces
    rules: Rules
    building: Building
    pins: Mapping[str, IndexLocation]
    limits: tuple[Requirement, ...] = ()


def resolve_lock(
    context: Context,
    session: Session,
    building: Building,
    request: LockRequest,
    *,
    places: LockPlaces,
    pins: dict[str, IndexLocation],
    preferences: Preferences,
    forks: tuple[MarkerSet, ...],
    constraints: tuple[Requirement, ...] = (),
) -> Resolved:
    """Resolve; `forks` are the regions of an earlier lock. Raises NoSolution and others."""
    from weft.core.events import PhaseEnded, PhaseStarted
    from weft.resolver.universal import resolve_universal

    rules = lock_rules(context, building, request)
    further = (request.table.environments, request.python.text)
    source = _source(
        context, session, building, rules=rules, places=places, pins=pins, further=further
    )
    context.sink(PhaseStarted("Resolving dependencies..."))
    question = _question(context, request, places, preferences, forks)
    question = replace(question, constraints=(*question.constraints, *constraints))
    try:
        resolution = resolve_universal(question, source)
        session.client().save_ledger()
    except WeftError as error:
        from weft.ops.lock_fixes import Trial, advise_lock

        def again(python: Specifiers) -> tuple[UniversalRequest, UniversalDatabase]:
            other = replace(request, python=python)
            further = (request.table.environments, python.text)
            rules = lock_rules(context, building, other)
            source = _source(
                context, session, building, rules=rules, places=places, pins=pins, further=further
            )
            return replace(question, requires_python=python, initial_forks=()), source

        locations = session.locations()
        here = building.interpreter
        advise_lock(error, Trial(context, request, question, source, again, here, locations))
        raise
    finally:
        context.sink(PhaseEnded())
    return Resolved(resolution, source, places, rules, building, pins, question.constraints)


def pinner(context: Context, session: Session) -> tuple[dict[str, IndexLocation], object]:
    """The one index of projects that have one, and what notes it by name and URL."""
    pins: dict[str, IndexLocation] = {}
    locations = session.locations()

    def pin(name: str, url: str) -> None:
        from weft.ops.asking import pinned

        for key, location in pinned(context, locations, {name: url}).items():
            pins.setdefault(key, location)

    return pins, pin


def _source(
    context: Context,
    session: Session,
    building: Building,
    *,
    rules: Rules,
    places: LockPlaces,
    pins: dict[str, IndexLocation],
    further: object,
) -> UniversalDatabase:
    from weft.fetch.universal import UniversalDatabase, bare_name
    from weft.ops.asking import pinned
    from weft.ops.gathering import sdist
    from weft.ops.reuse import open_ledger

    locations = session.locations()
    wants = building.wants
    assert wants is not None, "a lock's builds have limits"
    return UniversalDatabase(
        session.client(),
        locations,
        rules,
        places=places,
        index=lambda url: pinned(context, locations, {"": url})[""],
        pool=session.threads,
        offline=context.settings.offline,
        sink=context.sink,
        pinned=pins,
        built=lambda name, version, file: building.builder.metadata(
            sdist(bare_name(name), version, file, wants)
        ),
        noted=open_ledger(session, rules, further),
    )


def lock_rules(context: Context, building: Building, request: LockRequest) -> Rules:
    """What decides between files where every platform counts."""
    from weft.fetch.anywhere import Anywhere
    from weft.lock.reach import Reach
    from weft.ops.asking import rules
    from weft.ops.platforms import judge

    judged = judge(context.settings, building.interpreter)
    lowest, highest = minors(request.python)
    supported = MarkerSet.FALSE
    for text in request.table.environments:
        supported |= MarkerSet.parse(text)
    if supported.is_false:
        supported = MarkerSet.TRUE
    reach = Reach(supported, lowest=lowest, highest=highest)
    return replace(
        rules(context, building.wants, judged),
        supported=Anywhere(judged.tags, reach.includes),
        any_python=True,
    )


def minors(python: Specifiers) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """The lowest and the highest minor version of Python that count, None for no bound."""
    from weft.core.version import Version

    lowest = highest = None
    for clause in python.text.split(","):
        clause = clause.strip()
        written = clause.lstrip("<>=!~ ").removesuffix(".*")
        if not clause or clause.startswith("!="):
            continue
        release = (*Version.parse(written).release, 0)
        minor = (release[0], release[1])
        if clause.startswith((">", "=")):
            lowest = minor
        if clause.startswith(("<=", "=")):
            highest = minor
        elif clause.startswith("<"):
            exact = not any(release[2:]) if len(release) > 2 else True
            highest = (release[0], release[1] - 1) if exact else minor
            if highest[1] < 0:
                highest = (release[0] - 1, 1_000_000)
    return lowest, highest


def _question(
    context: Context,
    request: LockRequest,
    places: LockPlaces,
    preferences: Preferences,
    forks: tuple[MarkerSet, ...],
) -> UniversalRequest:
    from weft.core.names import normalize_name
    from weft.core.requirement import Requirement
    from weft.resolver.universal import UniversalRequest

    settings, table = context.settings, request.table
    roots = places.roots()
    roots += places.noted(request.requirements)
    roots += places.noted([line for _, lines in request.groups for line in lines])
    constraints = places.noted(request.constraints)
    overrides = places.noted(request.overrides)
    placed = [
        each for each in (*roots, *constraints, *overrides) if each.url and "index+" not in each.url
    ]
    upgrades = [Requirement.parse(text) for text in settings.upgrade_package]
    return UniversalRequest(
        requirements=tuple(roots),
        requires_python=request.python,
        constraints=(
            *constraints,
            *[each for each in upgrades if each.specifiers.text],
            *places.further(placed),
        ),
        overrides=tuple(overrides),
        excludes=frozenset(map(normalize_name, table.excludes)),
        strategy=settings.resolution,  # type: ignore[arg-type]
        fork_strategy=settings.fork_strategy,  # type: ignore[arg-type]
        prerelease=settings.prerelease,  # type: ignore[arg-type]
        prerelease_packages=dict(settings.prerelease_package),  # type: ignore[arg-type]
        preferences=preferences,
        environments=tuple([MarkerSet.parse(text) for text in table.environments]),
        required_environments=tuple(map(MarkerSet.parse, table.required_environments)),
        initial_forks=forks,
        conflicts=conflicts_of(request),
        direct=tuple(_without_extras(places.direct())),
        members=tuple([place.partition(" @ ")[0] for place in places.members]),
    )


def _without_extras(requirements: Iterable[Requirement]) -> Iterator[Requirement]:
    """The requirements, where they count for some choice of extras."""
    from weft.core.marker import Marker

    for each in requirements:
        where = MarkerSet.of(each.marker).without_extras()
        yield replace(each, marker=Marker.parse(where.text) if where.text else None)


def conflicts_of(request: LockRequest) -> tuple[tuple[ConflictItem, ...], ...]:
    """The conflicts of the project, with those that follow where groups include others."""
    if not request.table.conflicts:
        return ()
    from weft.core.names import normalize_name
    from weft.resolver.conflicts import ConflictItem, with_including_groups

    found = tuple(
        [
            tuple([ConflictItem(package, kind, name) for package, kind, name in items])  # type: ignore[arg-type]
            for items in request.table.conflicts
        ]
    )
    project = request.project
    if not found or project is None or project.top.name is None:
        return found
    included: dict[str, list[str]] = {
        name: [normalize_name(each[1]) for each in entries if not isinstance(each, str)]
        for name, entries in project.top.groups.items()
    }
    return with_including_groups(found, project.top.name, included)
