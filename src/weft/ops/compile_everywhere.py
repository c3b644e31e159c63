"""A universal request that is resolved by reading what there is.

Owns the translation of a request into the universal resolver's, the source that it asks, and the
rules for files. Refuses to make pins of the answer (`weft.ops.compile_universal`), which some
requests get without this.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.value import replace
from weft.resolver.sited import INDEX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weft.core.requirement import Requirement
    from weft.core.specifier import Specifiers
    from weft.fetch.selection import Rules
    from weft.fetch.universal import UniversalDatabase
    from weft.index.locations import IndexLocation
    from weft.lock.reach import Reach
    from weft.ops.building import Building
    from weft.ops.compile_places import ReadPlaces
    from weft.ops.compile_preferences import Preference
    from weft.ops.compile_universal import Asking
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.resolver.joining import UniversalResolution
    from weft.resolver.universal import Reading, UniversalRequest


def resolve(asking: Asking, reading: Reading) -> UniversalResolution:
    """Solve, with the progress line around it, with what lies at paths and URLs.

    A request that cannot be met is told with what works.
    """
    from weft.core.errors import WeftError
    from weft.core.events import PhaseEnded, PhaseStarted
    from weft.resolver.universal import resolve_universal

    context, wants, source, places = asking.context, asking.wants, asking.source, asking.places
    request = asking.request()
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
        return resolve_universal(request, source, reading=reading)
    except WeftError as error:
        from weft.ops.fixes import Case, advise

        def asked(world: Context) -> tuple[UniversalRequest, UniversalDatabase]:
            other = asking.again(world)
            made = replace(other.request(), requirements=requirements, constraints=constraints)
            return made, other.source

        here = asking.building.interpreter.markers
        advise(error, Case(context, wants, request, source, asked, here, source.locations))
        raise
    finally:
        context.sink(PhaseEnded())


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


def request_of(
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
