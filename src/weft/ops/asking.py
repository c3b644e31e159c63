"""What is asked, and who is: settings turned into the resolver's request, its source and rules.

Owns that translation, which only a resolution needs that is made anew. Refuses to resolve.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from weft.core.distribution import File, InstalledDist
    from weft.core.metadata import Metadata
    from weft.core.ranges import Ranges
    from weft.core.requirement import Requirement
    from weft.fetch.ahead import Guess
    from weft.fetch.database import Database
    from weft.fetch.selection import Names, Rules
    from weft.index.locations import IndexLocation, Locations
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.direct import Direct
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.settings import Settings
    from weft.ops.wants import Wants
    from weft.resolver.resolution import Request


def source_of(
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
    from weft.ops.reuse import open_ledger

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
        guess=_guess(context, session, wants, judged, kept),
    )


def _guess(
    context: Context, session: Session, wants: Wants, judged: Judged, kept: Iterable[str]
) -> Guess | None:
    """What reading ahead goes by; None where versions and their requirements say little."""
    settings = context.settings
    if settings.no_deps or settings.resolution != "highest" or wants.overrides or wants.excludes:
        return None
    from weft.core.marker import Marker
    from weft.core.ranges import FULL, intersect
    from weft.fetch.ahead import Guess

    def holds(marker: str) -> bool:
        return Marker.parse(marker).evaluate(judged.environment)

    limits: dict[str, Ranges] = {}
    for each in (*wants.named, *wants.constraints):
        if each.marker is None or each.marker.evaluate(judged.environment):
            limits[each.name] = intersect(limits.get(each.name, FULL), each.specifiers.ranges)
    fetch = None
    if not context.settings.dry_run and not context.settings.check:
        fetch = _fetcher(session, wants)
    return Guess(holds, limits, fetch, frozenset((*kept, *wants.preferences)))


def _fetcher(session: Session, wants: Wants) -> Callable[[str, str, File], None]:
    """Has a wheel fetched that the solver has not picked yet."""

    def fetch(name: str, version: str, file: File) -> None:
        from weft.fetch.stored import Wanted

        hashes = wants.hashes.get(name, frozenset())
        session.guess(Wanted(name, version, file, hashes))

    return fetch


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

    Wheels of this machine are unpacked meanwhile. None where nothing is to be installed. What the
    solver picks first is nearly always right.
    """
    if context.settings.dry_run or context.settings.check:
        return None

    def picked(name: str, version: str, file: File) -> None:
        local = file.url.startswith("file://")
        if (local or session.is_online) and file.filename.endswith(".whl"):
            from weft.fetch.stored import Wanted

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


def request_of(
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
