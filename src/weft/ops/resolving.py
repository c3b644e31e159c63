"""From a request to exact versions and files.

Owns the translation of settings into the resolver's request and into the rules for files, and what
is said about the answer. Refuses to change an environment.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value
from weft.ops.platforms import judge
from weft.ops.reuse import keep, open_ledger, recalled, request_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.core.distribution import File, InstalledDist
    from weft.core.metadata import Metadata
    from weft.core.requirement import Requirement
    from weft.fetch.database import Database, PlaceNeeded
    from weft.fetch.selection import Names, Rules
    from weft.index.locations import IndexLocation, Locations
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.direct import Direct
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.settings import Settings
    from weft.ops.wants import Wants
    from weft.resolver.resolution import Request, Resolution


@value
class Answer:
    """Resolved packages with the file of each that has one (installed ones have none).

    `indexes` are the projects that were looked for in one index only, by its URL.
    """

    resolution: Resolution
    files: Mapping[str, File | None]
    direct: Mapping[str, Direct]
    indexes: Mapping[str, str] = {}


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
    from weft.ops.limits import placed
    from weft.ops.wants import pinned_indexes

    session.locations(wants)
    named = pinned_indexes(wants.lines, judged.environment)
    wants = replace(wants, indexes={**named, **wants.indexes})
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
    named = [
        *wants.named,
        *replaced,
        *(each.requirement for each in direct.values() if each.written is None),
    ]
    kept = _kept(context.settings, installed, judged)
    key = request_key(
        context.settings,
        wants,
        judged=judged,
        named=named,
        kept=kept,
        places=session.locations(wants),
    )
    traced = recalled(context, session, key)
    if traced is not None:
        return Answer(traced.resolution, traced.files, direct, wants.indexes)

    def ask(world: Context, judged: Judged) -> tuple[Request, Database]:
        request = _request(world.settings, wants, judged, named, kept)
        written = tuple([each.written for each in direct.values() if each.written is not None])
        database = _database(
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

    resolution, database = _solve(context, wants, ask, judged=judged, building=building)
    files = {each.name: database.file(each.name, each.position) for each in resolution.packages}
    session.client().save_ledger()
    if key is not None:
        keep(context, session, key, resolution, files)
    return Answer(resolution, files, direct, wants.indexes)


def _solve(
    context: Context,
    wants: Wants,
    ask: Callable[[Context, Judged], tuple[Request, Database]],
    *,
    judged: Judged,
    building: Building,
) -> tuple[Resolution, Database]:
    """Solve what `ask` asks, with the progress line around it; NoSolution tells what works."""
    from weft.core.events import PhaseEnded, PhaseStarted
    from weft.resolver.resolution import resolve

    request, database = ask(context, judged)
    context.sink(PhaseStarted("Resolving dependencies..."))
    try:
        return resolve(request, database), database
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


def _database(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    judged: Judged,
    direct: Mapping[str, Direct],
    kept: Mapping[str, InstalledDist],
    building: Building,
    unread: frozenset[str],
) -> Database:
    from weft.fetch.database import Database
    from weft.fetch.projects import Candidate
    from weft.ops.gathering import sdist

    candidates = {
        name: Candidate(dist.version, _reader(dist, context.settings), None)
        for name, dist in kept.items()
        if name not in direct
    }
    limits = rules(context, wants, judged)
    return Database(
        session.client(),
        session.locations(wants),
        limits,
        pool=session.threads,
        direct={name: each.candidate for name, each in direct.items()},
        installed=candidates,
        offline=context.settings.offline,
        sink=context.sink,
        picked=_picker(context, session, wants),
        pinned=pinned(context, session.locations(wants), wants.indexes),
        unread=unread,
        noted=open_ledger(session, limits),
        built=lambda name, version, file: building.builder.metadata(
            sdist(name, version, file, wants)
        ),
    )


def pinned(
    context: Context, places: Locations, wanted: Mapping[str, str]
) -> dict[str, IndexLocation]:
    """The index of each project that `[tool.uv.sources]` gives one; as configured, if it is."""
    if not wanted:
        return {}
    from weft.index.locations import IndexLocation

    known = {each.url: each for each in places.indexes}
    found = {}
    for name, url in wanted.items():
        location = IndexLocation.parse(url, cwd=context.cwd)
        found[name] = known.get(location.url, location)
    return found


def _picker(
    context: Context, session: Session, wants: Wants
) -> Callable[[str, str, File], None] | None:
    """Has wheels fetched while the resolution goes on, once it had to use the network.

    None where nothing is to be installed. What the solver picks first is nearly always right.
    """
    if context.settings.dry_run or context.settings.check:
        return None

    def picked(name: str, version: str, file: File) -> None:
        if session.is_online and file.filename.endswith(".whl"):
            from weft.fetch.prepare import Wanted

            hashes = wants.hashes.get(name, frozenset())
            session.preparation().begin(Wanted(name, version, file, hashes))

    return picked


def _reader(dist: InstalledDist, settings: Settings) -> Callable[[], Metadata]:
    def read() -> Metadata:
        if settings.dependency_metadata:
            from weft.ops.build_settings import told_metadata

            told = told_metadata(settings, dist.name, dist.version)
            if told is not None:
                return told
        from weft.python.installed import read_metadata

        return read_metadata(dist)

    return read


def _request(
    settings: Settings,
    wants: Wants,
    judged: Judged,
    named: Sequence[Requirement],
    kept: Mapping[str, InstalledDist],
) -> Request:
    from weft.core.requirement import Requirement
    from weft.resolver.resolution import Request

    upgrades = [Requirement.parse(text) for text in settings.upgrade_package]
    limits = [each for each in upgrades if each.specifiers.text]
    rising = kept if settings.upgrade else {str(each.name) for each in upgrades}
    versions = {name: dist.version for name, dist in kept.items()}
    staying = {name: version for name, version in versions.items() if name not in rising}
    return Request(
        requirements=tuple(named),
        environment=judged.environment,
        constraints=(*wants.constraints, *limits),
        overrides=wants.overrides,
        excludes=wants.excludes,
        strategy=settings.resolution,  # type: ignore[arg-type]
        prerelease=settings.prerelease,  # type: ignore[arg-type]
        prerelease_packages=dict(settings.prerelease_package),  # type: ignore[arg-type]
        preferences={**wants.preferences, **staying},
        floors={name: version for name, version in versions.items() if name in rising},
        no_dependencies=settings.no_deps,
        requested_python=f">={settings.python_version}" if settings.python_version else "",
    )


def rules(context: Context, wants: Wants | None, judged: Judged) -> Rules:
    """What decides between files, from settings and the options of requirements files."""
    from weft.core.version import Version
    from weft.fetch.selection import Rules, Supported
    from weft.ops.cutoffs import cutoff, index_cutoffs

    settings = context.settings
    no_binary = _names(settings.no_binary, settings.no_binary_package)
    no_build = _names(settings.no_build, settings.no_build_package)
    if wants is not None and wants.options is not None:
        no_binary = _more(no_binary, wants.options.no_binary)
        no_build = _more(no_build, wants.options.only_binary)
    return Rules(
        supported=Supported(judged.tags),
        python=Version.parse(judged.python),
        no_binary=no_binary,
        no_build=no_build,
        cutoff=cutoff(settings.exclude_newer, context.now),
        cutoffs={name: cutoff(text, context.now) for name, text in settings.exclude_newer_package}
        or None,
        index_cutoffs=index_cutoffs(context),
        hashes=wants.hashes if wants is not None and wants.hashes else None,
    )


def _names(everything: bool, names: Sequence[str]) -> Names:
    from weft.fetch.selection import Names

    return Names(everything, frozenset(names))


def _more(given: Names, written: Sequence[str]) -> Names:
    """`:none:` forgets what came before it, `:all:` means every project."""
    from weft.fetch.selection import Names

    everything, names = given.everything, set(given.names)
    for each in written:
        if each == ":all:":
            everything = True
        elif each == ":none:":
            everything, names = False, set()
        else:
            names.add(each)
    return Names(everything, frozenset(names))
