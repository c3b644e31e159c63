"""Resolving by outlines, without opening a page.

Owns when that may be tried, what outlines depend on besides pages, and what is kept for the next
time. Refuses to search (`weft.resolver.outline`); what it has no answer for is resolved as ever.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from weft.core.distribution import File
    from weft.core.requirement import Requirement
    from weft.fetch.database import Database
    from weft.fetch.outlines import Outlines
    from weft.index.locations import IndexLocation, Locations
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.settings import Settings
    from weft.ops.wants import Wants
    from weft.resolver.answer import Resolution
    from weft.resolver.outline import Plain, Want
    from weft.resolver.resolution import Request


class Trial:
    """One request that outlines may answer. `keep` is for when they could not."""

    def __init__(
        self,
        context: Context,
        session: Session,
        wants: Wants,
        *,
        index: IndexLocation,
        judged: Judged,
    ) -> None:
        from weft.fetch.outlines import Outlines
        from weft.store.layout import origin_key

        self._started = context.now
        self._session = session
        self._environment = judged.environment
        self._origin = origin_key(index.url)
        self._outlines: Outlines = Outlines(
            session.store,
            facts_of(context.settings, wants, index, judged),
            origin=self._origin,
            now=None if context.settings.offline else context.now,
        )

    def answer(
        self,
        names: Sequence[str],
        named: Callable[[], Sequence[Requirement]],
        kept: Collection[str],
    ) -> tuple[Resolution, dict[str, File | None]] | None:
        """The resolution with the file of each package; None where it takes more to find it.

        A request that consists of names is given by `names`, without making requirements of them.
        """
        if not self._outlines.entries():
            return None
        from weft.core.names import normalize_name
        from weft.resolver.outline import ANY, search

        wants: list[Want] | None = [(normalize_name(each), (), ANY, False) for each in names]
        if not wants:
            wants = self._wants(named())
        if wants is None:
            return None

        found = search(wants, self._outlines.find, avoid=kept)
        return None if found is None else _unfolded(found)

    def pages(self) -> list[tuple[str, int]]:
        """The pages behind an answer: their keys, and until when each is fresh."""
        used = self._outlines.used
        return [(f"{self._origin}/{name}", until) for name, until in used.items()]

    def keep(self, request: Request, database: Database, resolution: Resolution) -> None:
        """Have what this resolution has read at hand for the next one."""
        pages = self._session.client().pages_read()
        if pages is None or resolution.missing_extras:
            return
        from weft.fetch.outlining import made

        earlier = {}
        for package in resolution.packages:
            outline = self._outlines.find(package.name)
            if outline is not None:
                earlier[package.name] = outline
        if all(
            package.name in earlier
            and all(
                earlier[package.name].knows(package.position, extra)
                for extra in ("", *package.extras)
            )
            for package in resolution.packages
        ):
            return  # what it lacked was not knowledge
        until = dict(pages)
        outlines = made(request, database, resolution, earlier=earlier)
        if outlines is not None:
            keys = {name: f"{self._origin}/{name}" for name in outlines}
            fresh = {name: (each, until[keys[name]]) for name, each in outlines.items()}
            self._outlines.keep(fresh, started=self._started)

    def _wants(self, named: Sequence[Requirement]) -> list[Want] | None:
        """The request in short, without what does not hold here."""
        wants: list[Want] = []
        for each in named:
            if each.url is not None:
                return None
            if each.marker is not None and not each.marker.evaluate(self._environment):
                continue
            given = each.specifiers
            pinned = "==" in given.text and bool(given.pinned or given.exact)
            wants.append((str(each.name), tuple(each.extras), given.ranges, pinned))
        return wants


def trial(
    context: Context, session: Session, wants: Wants, *, judged: Judged, places: Locations
) -> Trial | None:
    """The request as one that outlines may answer, None for all others.

    That is one for the newest versions of what one index has, without limits and preferences.
    """
    index = plain_index(context.settings, wants, places)
    return Trial(context, session, wants, index=index, judged=judged) if index else None


def plain_index(settings: Settings, wants: Wants, places: Locations) -> IndexLocation | None:
    """The one index that a request asks for the newest versions; None for all other requests."""
    if (
        settings.resolution != "highest" or settings.prerelease != "if-necessary"
        or settings.prerelease_package or settings.no_deps or settings.dependency_metadata
        or settings.refresh or settings.refresh_package or settings.no_cache
        or settings.exclude_newer or settings.exclude_newer_package or settings.upgrade_package
        or wants.direct or wants.indexes or wants.constraints or wants.overrides or wants.excludes
        or wants.hashes or wants.preferences
    ):  # fmt: skip
        return None
    index = places.only
    return None if any(each.exclude_newer for each in settings.index) else index


def facts_of(settings: Settings, wants: Wants, index: IndexLocation, judged: Judged) -> str:
    """Everything that choices of files and the meaning of markers depend on, as text."""
    from weft import __version__

    options = wants.options
    parts = (
        __version__, index.url, judged.python, sorted(judged.environment.items()),
        settings.no_binary, sorted(settings.no_binary_package), settings.no_build,
        sorted(settings.no_build_package), options.no_binary if options else (),
        options.only_binary if options else (),
    )  # fmt: skip
    return f"{parts!r} {','.join(judged.tags)}"


def _unfolded(plain: Plain) -> tuple[Resolution, dict[str, File | None]]:
    from weft.core.distribution import File
    from weft.resolver.answer import Resolution, ResolvedPackage

    packages = []
    files: dict[str, File | None] = {}
    for name, outline, place, extras, edges in plain.packages:
        fields, _ = outline.known[place]
        files[name] = File(*fields)
        packages.append(
            ResolvedPackage(name, outline.texts[place], outline.older + place, extras, edges)
        )
    return Resolution(tuple(packages), None), files
