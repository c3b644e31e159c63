"""`weft pip compile --universal`: one answer for all platforms and for Pythons from one on.

Owns the translation of a request into the universal resolver's, and of its answer into pins.
Refuses to write anything.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers
from weft.core.value import replace
from weft.ops.compile_places import INDEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from weft.core.requirement import Requirement
    from weft.fetch.selection import Rules
    from weft.fetch.universal import UniversalDatabase
    from weft.index.locations import IndexLocation
    from weft.lock.reach import Reach
    from weft.ops.building import Building
    from weft.ops.compile_pins import Pin
    from weft.ops.compile_places import ReadPlaces
    from weft.ops.compile_preferences import Preference
    from weft.ops.compiling import Compiled
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.resolver.joining import UniversalPackage, UniversalResolution
    from weft.resolver.universal import UniversalRequest


def compile_universal(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    building: Building,
    preferences: Sequence[Preference],
) -> Compiled:
    """Resolve for everybody. Raises NoSolution, ConflictingUrls and errors of the index."""
    from weft.ops.compile_trace import recall_pins, remember_pins, universal_key
    from weft.ops.compile_warnings import warnings_after
    from weft.ops.compiling import Compiled
    from weft.ops.platforms import judge

    python = python_of(context, building)
    judged = judge(context.settings, building.interpreter)
    limits = universal_rules(context, wants, judged, python)
    source, places = universal_source(
        context, session, wants, rules=limits, python=python, building=building
    )
    key = universal_key(
        context, session, wants, judged=judged, python=python, preferences=preferences
    )
    found = recall_pins(context, session, key) if key is not None else None
    if found is None:

        def again(world: Context) -> tuple[UniversalRequest, UniversalDatabase]:
            python = python_of(world, building)
            limits = universal_rules(world, wants, judge(world.settings, here), python)
            source, _ = universal_source(
                world, session, wants, rules=limits, python=python, building=building
            )
            return _request(world, wants, python, preferences), source

        here = building.interpreter
        request = _request(context, wants, python, preferences)
        resolution = _resolve(
            context, wants, request, source, places, again=again, here=here.markers
        )
        pinning = _Pinning(resolution, source, places, python)
        pinned = pinning.pins(by_extra=context.settings.no_strip_extras)
        found = pinned, resolution.missing_extras
        session.client().save_ledger()
        if key is not None:
            remember_pins(context, session, key, *found)
    pins, missing = found
    return Compiled(
        context,
        wants,
        pins=pins,
        direct=places.found,
        preferences=preferences,
        database=lambda: source,
        rules=lambda: limits,
        places=session.locations(wants),
        building=building,
        environment=None,
        requires_python=python.text,
        warnings=warnings_after(context, wants, pins, missing=missing, database=lambda: source),
    )


def _resolve(
    context: Context,
    wants: Wants,
    request: UniversalRequest,
    source: UniversalDatabase,
    places: ReadPlaces,
    *,
    again: Callable[[Context], tuple[UniversalRequest, UniversalDatabase]],
    here: Mapping[str, str],
) -> UniversalResolution:
    """Solve, with the progress line around it, with what lies at paths and URLs.

    A request that cannot be met is told with what works; `again` makes it under other settings,
    `here` is the interpreter's environment.
    """
    from weft.core.errors import WeftError
    from weft.core.events import PhaseEnded, PhaseStarted
    from weft.resolver.universal import resolve_universal

    requirements = tuple(_required(wants, places))
    context.sink(PhaseStarted("Resolving dependencies..."))
    try:
        placed = [
            each
            for each in (*requirements, *wants.constraints, *wants.overrides)
            if each.url and not each.url.startswith(INDEX)
        ]
        further = () if context.settings.no_deps else places.further(placed)
        constraints = (*request.constraints, *further)
        request = replace(request, requirements=requirements, constraints=constraints)
        return resolve_universal(request, source)
    except WeftError as error:
        from weft.ops.fixes import Case, advise

        def asked(world: Context) -> tuple[UniversalRequest, UniversalDatabase]:
            other, database = again(world)
            return replace(other, requirements=requirements, constraints=constraints), database

        advise(error, Case(context, wants, request, source, asked, here, source.locations))
        raise
    finally:
        context.sink(PhaseEnded())


def python_of(context: Context, building: Building) -> Specifiers:
    """The Pythons to resolve for: the wanted version or that of the interpreter, and newer."""
    version = context.settings.python_version
    if version is None:
        version = ".".join(building.interpreter.version.split(".")[:2])
    return Specifiers.parse(f">={version}")


def universal_rules(context: Context, wants: Wants, judged: Judged, python: Specifiers) -> Rules:
    """What decides between files where every platform counts."""
    from weft.fetch.anywhere import Anywhere
    from weft.ops.asking import rules
    from weft.ops.platforms import digits

    parts = [*python.text.lstrip(">=").split("."), "0"][:2]
    lowest = int(digits(parts[0])), int(digits(parts[1]))
    made: list[Reach] = []

    def includes(filename: str) -> bool:
        """Asked of few: most choices are known from earlier runs."""
        if not made:
            from weft.lock.reach import Reach

            made.append(Reach(_supported(context), lowest=lowest))
        return made[0].includes(filename)

    return replace(
        rules(context, wants, judged),
        supported=Anywhere(judged.tags, includes),
        any_python=True,
    )


def _supported(context: Context) -> MarkerSet:
    """The environments that count; files for others do not."""
    found = MarkerSet.FALSE
    for text in context.settings.environments:
        found |= MarkerSet.parse(text)
    return MarkerSet.TRUE if found.is_false else found


def universal_source(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    rules: Rules,
    python: Specifiers,
    building: Building,
) -> tuple[UniversalDatabase, ReadPlaces]:
    """What exists for every platform, and what lies at paths and URLs."""
    from weft.fetch.universal import UniversalDatabase, bare_name
    from weft.ops.asking import pinned
    from weft.ops.compile_places import ReadPlaces
    from weft.ops.gathering import sdist
    from weft.ops.reuse import open_ledger

    locations = session.locations(wants)
    pins = pinned(context, locations, {**_everywhere(wants), **wants.indexes})

    def pin(name: str, url: str) -> None:
        for key, location in pinned(context, locations, {name: url}).items():
            pins.setdefault(key, location)

    def index(url: str) -> IndexLocation:
        return pinned(context, locations, {"": url})[""]

    places = ReadPlaces(session, building, pin=pin)
    source = UniversalDatabase(
        session.client(),
        locations,
        rules,
        places=places,
        index=index,
        pool=session.threads,
        offline=context.settings.offline,
        sink=context.sink,
        pinned=pins,
        noted=open_ledger(session, rules, (context.settings.environments, python.text)),
        built=lambda name, version, file: building.builder.metadata(
            sdist(bare_name(name), version, file, wants)
        ),
    )
    return source, places


def _required(wants: Wants, places: ReadPlaces) -> Iterator[Requirement]:
    """All requirements in their order, those that were written without a name last.

    What is not to be had from the same index everywhere has the URL of its index.
    """
    indexes = _several(wants)
    direct = places.requirements_of(wants.direct)
    for line in sorted(wants.lines, key=lambda line: line.requirement is None):
        requirement = direct.get(line, line.requirement)
        assert requirement is not None, "a requirement without a name is a direct one"
        if line.index and requirement.url is None and requirement.name in indexes:
            yield replace(requirement, url=f"{INDEX}{line.index}")
        else:
            yield requirement


def _several(wants: Wants) -> frozenset[str]:
    """The projects that are looked for in one index here and in another one there."""
    found: dict[str, set[str]] = {}
    for line in wants.lines:
        if line.requirement is not None and line.requirement.url is None:
            found.setdefault(line.requirement.name, set()).add(line.index)
    return frozenset([name for name, indexes in found.items() if len(indexes) > 1])


def _everywhere(wants: Wants) -> dict[str, str]:
    """The one index of projects that have the same one wherever they are asked for."""
    several = _several(wants)
    return {
        line.requirement.name: line.index
        for line in wants.lines
        if line.requirement is not None and line.index and line.requirement.name not in several
    }


def _request(
    context: Context, wants: Wants, python: Specifiers, preferences: Sequence[Preference]
) -> UniversalRequest:
    """Everything but the requirements."""
    from weft.core.requirement import Requirement
    from weft.resolver.universal import UniversalRequest

    settings = context.settings
    upgrades = [Requirement.parse(text) for text in settings.upgrade_package]
    return UniversalRequest(
        requirements=(),
        requires_python=python,
        constraints=(*wants.constraints, *(each for each in upgrades if each.specifiers.text)),
        overrides=wants.overrides,
        excludes=wants.excludes,
        strategy=settings.resolution,  # type: ignore[arg-type]
        fork_strategy=settings.fork_strategy,  # type: ignore[arg-type]
        prerelease=settings.prerelease,  # type: ignore[arg-type]
        prerelease_packages=dict(settings.prerelease_package),  # type: ignore[arg-type]
        preferences=_preferences(preferences),
        environments=tuple([MarkerSet.parse(text) for text in settings.environments]),
        required_environments=tuple(map(MarkerSet.parse, settings.required_environments)),
        no_dependencies=settings.no_deps,
    )


def _preferences(
    preferences: Sequence[Preference],
) -> dict[str, tuple[tuple[str, MarkerSet], ...]]:
    """An earlier output does not tell which of its versions was chosen for which region."""
    found: dict[str, tuple[tuple[str, MarkerSet], ...]] = {}
    for each in preferences:
        found[each.name] = (*found.get(each.name, ()), (each.version, MarkerSet.TRUE))
    return found


class _Pinning:
    """Makes pins of an answer. Markers lose what all `python` meet."""

    def __init__(
        self,
        resolution: UniversalResolution,
        source: UniversalDatabase,
        places: ReadPlaces,
        python: Specifiers,
    ) -> None:
        self._resolution = resolution
        self._source = source
        self._places = places
        self._supported = MarkerSet.of_python(python)
        self._dependents: dict[tuple[str, str, str, str], set[str]] = {}
        for package in resolution.packages:
            for edge in package.dependencies:
                for extra in ("", *edge.extras) if edge.name != package.name else ():
                    key = (edge.name, edge.version, edge.url, extra)
                    self._dependents.setdefault(key, set()).add(package.name)

    def pins(self, *, by_extra: bool) -> tuple[Pin, ...]:
        """In the order of a file; `by_extra` gives extras that count elsewhere their own pins."""
        from weft.ops.compile_pins import in_order

        found = []
        for package in self._resolution.packages:
            groups: dict[MarkerSet, list[str]] = {package.marker: []}
            for extra, marker in zip(package.extras, package.extra_markers, strict=True):
                groups.setdefault(marker if by_extra else package.marker, []).append(extra)
            for marker, extras in groups.items():
                found.append(self._pin(package, marker, extras))
        return in_order(found)

    def _pin(self, package: UniversalPackage, marker: MarkerSet, extras: list[str]) -> Pin:
        from weft.ops.compile_pins import Pin

        name, url = package.name, package.url
        place = f"{name} @ {url}" if url else name
        whose = [""] if marker == package.marker else extras
        dependents = [
            self._dependents.get((name, package.version, url, extra), set()) for extra in whose
        ]
        return Pin(
            name,
            package.version,
            package.position,
            tuple(extras),
            marker.simplified(self._supported).text,
            tuple(sorted(set().union(*dependents))),
            self._source.file(place, package.position),
            self._places.read(place) if url and not url.startswith(INDEX) else None,
            url,
            marker,
        )
