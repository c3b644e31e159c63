"""`weft pip compile --universal`: one answer for all platforms and for Pythons from one on.

Owns the translation of a request into the universal resolver's, and of its answer into pins.
Refuses to write anything.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers
from weft.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.fetch.selection import Rules
    from weft.fetch.universal import UniversalDatabase
    from weft.ops.building import Building
    from weft.ops.compile_pins import Pin
    from weft.ops.compile_places import ReadPlaces
    from weft.ops.compile_preferences import Preference
    from weft.ops.compiling import Compiled
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.resolver.joining import UniversalResolution
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
    from weft.core.events import PhaseEnded, PhaseStarted
    from weft.ops.compile_warnings import warnings_after
    from weft.ops.compiling import Compiled
    from weft.ops.platforms import judge
    from weft.resolver.universal import resolve_universal

    python = python_of(context, building)
    judged = judge(context.settings, building.interpreter)
    limits = universal_rules(context, wants, judged, python)
    source, places = universal_source(context, session, wants, rules=limits, building=building)
    requirements = [*wants.named, *places.requirements_of(wants.direct)]
    context.sink(PhaseStarted("Resolving dependencies..."))
    try:
        request = _request(context, replace(wants, requirements=tuple(requirements), plain=()))
        request = replace(request, requires_python=python, preferences=_preferences(preferences))
        resolution = resolve_universal(request, source)
    finally:
        context.sink(PhaseEnded())
    pins = _pins(resolution, source, places, python)
    return Compiled(
        context,
        wants,
        pins=pins,
        direct={pin.name: pin.direct for pin in pins if pin.direct is not None},
        preferences=preferences,
        database=source,
        rules=limits,
        places=session.locations(wants),
        building=building,
        environment=None,
        requires_python=python,
        warnings=warnings_after(
            context, wants, pins, missing=resolution.missing_extras, database=source
        ),
    )


def python_of(context: Context, building: Building) -> Specifiers:
    """The Pythons to resolve for: the wanted version or that of the interpreter, and newer."""
    version = context.settings.python_version
    if version is None:
        version = ".".join(building.interpreter.version.split(".")[:2])
    return Specifiers.parse(f">={version}")


def universal_rules(context: Context, wants: Wants, judged: Judged, python: Specifiers) -> Rules:
    """What decides between files where every platform counts."""
    from weft.fetch.universal import Anywhere
    from weft.lock.reach import Reach
    from weft.ops.platforms import digits
    from weft.ops.resolving import rules

    parts = [*python.text.lstrip(">=").split("."), "0"][:2]
    reach = Reach(MarkerSet.TRUE, lowest=(int(digits(parts[0])), int(digits(parts[1]))))
    return replace(
        rules(context, wants, judged),
        supported=Anywhere(judged.tags, reach.includes),
        any_python=True,
    )


def universal_source(
    context: Context, session: Session, wants: Wants, *, rules: Rules, building: Building
) -> tuple[UniversalDatabase, ReadPlaces]:
    """What exists for every platform, and what lies at paths and URLs."""
    from weft.fetch.universal import UniversalDatabase
    from weft.ops.compile_places import ReadPlaces
    from weft.ops.gathering import sdist
    from weft.ops.resolving import pinned

    locations = session.locations(wants)
    pins = pinned(context, locations, wants.indexes)

    def pin(name: str, url: str) -> None:
        for key, location in pinned(context, locations, {name: url}).items():
            pins.setdefault(key, location)

    places = ReadPlaces(session, building, pin=pin)
    source = UniversalDatabase(
        session.client(),
        locations,
        rules,
        places=places,
        pool=session.threads,
        offline=context.settings.offline,
        pinned=pins,
        built=lambda name, version, file: building.builder.metadata(
            sdist(name, version, file, wants)
        ),
    )
    return source, places


def _request(context: Context, wants: Wants) -> UniversalRequest:
    from weft.core.requirement import Requirement
    from weft.resolver.universal import UniversalRequest

    settings = context.settings
    upgrades = [Requirement.parse(text) for text in settings.upgrade_package]
    return UniversalRequest(
        requirements=wants.requirements,
        constraints=(*wants.constraints, *(each for each in upgrades if each.specifiers.text)),
        overrides=wants.overrides,
        excludes=wants.excludes,
        strategy=settings.resolution,  # type: ignore[arg-type]
        fork_strategy=settings.fork_strategy,  # type: ignore[arg-type]
        prerelease=settings.prerelease,  # type: ignore[arg-type]
        prerelease_packages=dict(settings.prerelease_package),  # type: ignore[arg-type]
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


def _pins(
    resolution: UniversalResolution,
    source: UniversalDatabase,
    places: ReadPlaces,
    python: Specifiers,
) -> tuple[Pin, ...]:
    from weft.ops.compile_pins import Pin, in_order

    supported = MarkerSet.of_python(python)
    dependents: dict[tuple[str, str, str], set[str]] = {}
    for package in resolution.packages:
        for edge in package.dependencies:
            if edge.name != package.name:
                key = (edge.name, edge.version, edge.url)
                dependents.setdefault(key, set()).add(package.name)
    pins = []
    for package in resolution.packages:
        place = f"{package.name} @ {package.url}" if package.url else package.name
        key = (package.name, package.version, package.url)
        pins.append(
            Pin(
                package.name,
                package.version,
                package.position,
                package.extras,
                package.marker.simplified(supported).text,
                tuple(sorted(dependents.get(key, ()))),
                source.file(place, package.position),
                places.read(place) if package.url else None,
                package.url,
            )
        )
    return in_order(pins)
