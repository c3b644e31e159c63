"""From a request to exact versions and files.

Owns the translation of settings into the resolver's request and into the rules for files, and what
is said about the answer. Refuses to change an environment.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace
from weft.ops.answers import Answer
from weft.ops.plainly import trial
from weft.ops.platforms import judge
from weft.ops.reuse import keep, recalled, request_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.core.distribution import InstalledDist
    from weft.core.requirement import Requirement
    from weft.fetch.database import Database, PlaceNeeded
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.direct import Direct
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.settings import Settings
    from weft.ops.wants import Wants
    from weft.resolver.answer import Resolution
    from weft.resolver.resolution import Request


def resolve_wants(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    judged: Judged,
    installed: Sequence[InstalledDist],
    building: Building,
) -> Answer:
    """Solve, with the progress line around it. Raises NoSolution and errors of the index.

    What a limit with a URL leads to is read when it is wanted; the solver then begins again.
    """
    session.locations(wants)
    if wants.lines:
        from weft.ops.wants import pinned_indexes

        named = pinned_indexes(wants.lines, judged.environment)
        wants = replace(wants, indexes={**named, **wants.indexes})
    limits: dict[str, list[Requirement]] = {}
    if wants.constraints or wants.overrides:
        from weft.ops.limits import placed

        limits = placed(wants, judged)
    wanted = {name for name in map(_name, wants.named) if name in limits} if limits else set()
    while True:
        read = [_with_extras(each, wants) for name in sorted(wanted) for each in limits[name]]
        try:
            return _resolve(
                context,
                session,
                wants,
                judged=judged,
                installed=installed,
                building=building,
                limits=read,
                unread=frozenset(limits).difference(wanted),
            )
        except _place_needed() as needed:
            wanted.add(needed.name)


def _place_needed() -> type[PlaceNeeded]:
    """Looked up when something is raised: an earlier answer needs nothing that reads pages."""
    from weft.fetch.database import PlaceNeeded

    return PlaceNeeded


def _name(requirement: Requirement) -> str:
    return str(requirement.name)


def _with_extras(limit: Requirement, wants: Wants) -> Requirement:
    """What the extras that the user wants require by URL is looked for as well."""
    extras = [extra for each in wants.named if each.name == limit.name for extra in each.extras]
    return replace(limit, extras=tuple(dict.fromkeys((*limit.extras, *extras))))


def _resolve(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    judged: Judged,
    installed: Sequence[InstalledDist],
    building: Building,
    limits: Sequence[Requirement],
    unread: frozenset[str],
) -> Answer:
    """The same with what is known of limits. Raises PlaceNeeded for one in `unread`."""
    direct, wants, replaced = _direct(session, wants, judged, building, limits)
    for name in sorted(unread.intersection(direct)):
        raise _place_needed()(name)  # it may be another place

    def named() -> list[Requirement]:
        theirs = [each.requirement for each in direct.values() if each.written is None]
        return [*wants.named, *replaced, *theirs]

    kept = _kept(context.settings, installed, judged)
    places = session.locations(wants)
    key = request_key(context.settings, wants, judged=judged, named=named, kept=kept, places=places)
    traced = recalled(context, session, key)
    if traced is not None:
        return Answer(traced.resolution, traced.files, direct, wants.indexes)
    plain = trial(context, session, wants, judged=judged, places=places)
    found = plain.answer(wants.plain, named, kept) if plain is not None else None
    if plain is not None and found is not None:
        keep(context, session, key, *found, pages=plain.pages())
        return Answer(*found, direct, wants.indexes)

    def ask(world: Context, judged: Judged) -> tuple[Request, Database]:
        from weft.ops.asking import request_of, source_of

        request = request_of(world.settings, wants, judged, named(), kept)
        written = tuple([each.written for each in direct.values() if each.written is not None])
        database = source_of(
            world,
            session,
            wants,
            judged=judged,
            direct=direct,
            kept=kept,
            building=building,
            unread=unread,
        )
        return replace(request, constraints=(*request.constraints, *written)), database

    request, resolution, database = _solve(context, wants, ask, judged=judged, building=building)
    files = {each.name: database.file(each.name, each.position) for each in resolution.packages}
    session.client().save_ledger()
    if plain is not None:
        plain.keep(request, database, resolution)
    keep(context, session, key, resolution, files, pages=session.client().pages_read())
    return Answer(resolution, files, direct, wants.indexes)


def _solve(
    context: Context,
    wants: Wants,
    ask: Callable[[Context, Judged], tuple[Request, Database]],
    *,
    judged: Judged,
    building: Building,
) -> tuple[Request, Resolution, Database]:
    """Solve what `ask` asks, with the progress line around it; NoSolution tells what works."""
    from weft.core.events import PhaseEnded, PhaseStarted
    from weft.resolver.resolution import resolve

    request, database = ask(context, judged)
    context.sink(PhaseStarted("Resolving dependencies..."))
    try:
        return request, resolve(request, database), database
    except WeftError as error:
        from weft.ops.fixes import Case, advise

        def again(world: Context) -> tuple[Request, Database]:
            return ask(world, judge(world.settings, building.interpreter))

        here = judged.environment
        advise(error, Case(context, wants, request, database, again, here, database.locations))
        raise
    finally:
        context.sink(PhaseEnded())


def _direct(
    session: Session,
    wants: Wants,
    judged: Judged,
    building: Building,
    limits: Sequence[Requirement],
) -> tuple[Mapping[str, Direct], Wants, Sequence[Requirement]]:
    """Those with a path or a URL, and the request with what their projects say about indexes.

    Last those that an override replaces.
    """
    if not wants.direct and not limits:
        return {}, wants, ()
    from weft.ops.direct import read_direct
    from weft.ops.limits import overridden

    directs = read_direct(
        session,
        building,
        wants.direct,
        judged,
        dependencies=not building.context.settings.no_deps,
        limits=limits,
        overridden=overridden(wants),
    )
    if directs.indexes:
        wants = replace(wants, indexes={**directs.indexes, **wants.indexes})
    return directs.found, wants, directs.replaced


def _kept(
    settings: Settings, installed: Sequence[InstalledDist], judged: Judged
) -> dict[str, InstalledDist]:
    """Installed distributions that may stay: not those to reinstall."""
    if settings.reinstall or not installed:
        return {}
    from weft.python.installed import supports

    leaving = settings.reinstall_package
    tags = frozenset(judged.tags)
    seen: dict[str, InstalledDist | None] = {}
    for dist in installed:
        fits = dist.complete and dist.name not in leaving and dist.kind == "dist-info"
        first = dist.name not in seen
        seen[dist.name] = dist if fits and first and supports(dist, tags) else None
    return {name: dist for name, dist in seen.items() if dist is not None}
