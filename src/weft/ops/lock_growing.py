"""Locks that grow: requirements that came or went where that leaves nothing to decide.

Owns when the resolver need not be asked (`lock.growth` says what nothing to decide means), and
putting the new text together out of the old blocks. The lock is the one that a resolution would
give: the versions in it are preferred anyway, and each block that stays is known to be what would
be written today (`ops.lock_blocks`). Refuses everything unusual: other places than one index,
limits, conflicts, regions, options that change an answer.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.fetch.selection import Rules
    from weft.lock.freshness import Check
    from weft.lock.growth import Grown, Sprout
    from weft.lock.uvmodel import UvLock, UvMetadata, UvPackage
    from weft.ops.building import Building
    from weft.ops.lock_blocks import Blocks
    from weft.ops.lock_offers import Offers
    from weft.ops.lock_places import LockPlaces
    from weft.ops.lock_request import LockRequest
    from weft.ops.lock_requirements import Writer
    from weft.ops.lock_resolving import Resolved
    from weft.ops.session import Session

_REASONS = ("mismatched requirements for", "mismatched dependency groups for", "mismatched extras")
_PLAIN = (
    ("resolution", "highest"),
    ("prerelease", "if-necessary"),
    ("fork_strategy", "requires-python"),
    ("index_strategy", "first-index"),
    ("torch_backend", None),
    ("exclude_newer", None),
)
_EMPTY = (
    "upgrade", "upgrade_package", "upgrade_group", "refresh", "refresh_package", "find_links",
    "no_index", "prerelease_package", "exclude_newer_package", "dependency_metadata", "no_binary",
    "no_binary_package", "no_build", "no_build_package",
)  # fmt: skip


def grown(
    session: Session,
    building: Building,
    request: LockRequest,
    *,
    places: LockPlaces,
    known: tuple[UvLock, str],
    check: Check,
) -> tuple[UvLock, str] | None:
    """The lock with what the members require now, and its text; None where that has to be
    resolved. `check` is the verdict about the lock so far."""
    if not check.reason.startswith(_REASONS) or check.notice:
        return None
    key = _key(session, building, request)
    if key is None or not _is_plain_lock(known[0], session):
        return None
    from weft.lock.growth import Odd

    try:
        found = _Growing(session, building, request, places, key=key).run(*known)
    except Odd:
        return None
    from weft.core.events import Debug

    session.context.sink(Debug("Changed the lock without a resolution: there is nothing to decide"))
    return found


class _Growing:
    def __init__(
        self,
        session: Session,
        building: Building,
        request: LockRequest,
        places: LockPlaces,
        *,
        key: str,
    ) -> None:
        from weft.ops.lock_blocks import Blocks
        from weft.ops.lock_making import writer_of
        from weft.ops.lock_offers import Offers, World

        context = session.context
        self._context = context
        self._request = request
        self._places = places
        self._since = context.now
        self._now = None if context.settings.offline else int(context.now)
        self._writer: Writer = writer_of(request, places)
        self._supported = MarkerSet.of_python(request.python)
        self._blocks: Blocks = Blocks(session.store, key)

        def rules() -> Rules:
            from weft.ops.lock_resolving import lock_rules

            return lock_rules(context, building, request)

        index = session.locations().indexes[0].url
        world = World(index, rules, request.python, self._supported, self._now)
        self._offers: Offers = Offers(session.store, world)

    def run(self, lock: UvLock, text: str) -> tuple[UvLock, str]:
        """The lock and its text. Raises Odd."""
        from weft.lock.growth import grow
        from weft.lock.splicing import blocks_of, spliced, written

        members = dict(self._metadata(lock))
        parts = grow(lock, members, supported=self._supported, offer=self._offers)
        blocks = blocks_of(text)
        self._check(parts, blocks)
        changed = self._arranged(lock, [*parts.members, *map(self._planted, parts.sprouts)])
        new = written(changed.packages)
        packages = sorted((*parts.kept, *changed.packages), key=lambda each: each.name)
        found = replace(changed, packages=tuple(packages))
        self._remember(parts, new)
        return found, spliced(found, blocks | new)

    def _metadata(self, lock: UvLock) -> Iterator[tuple[str, UvMetadata]]:
        """What the members say today, in order. Raises Odd."""
        from weft.lock.growth import Odd
        from weft.lock.uvorder import metadata

        locked = {package.name: package for package in lock.packages}
        for place, tree in self._places.members.items():
            name = place.partition(" @ ")[0]
            package = locked.get(name)
            if package is None or package.version != tree.lowered.version:
                raise Odd
            yield name, metadata(self._writer.metadata(place))

    def _arranged(self, lock: UvLock, packages: list[UvPackage]) -> UvLock:
        """These packages, and what the resolution would start from, in order."""
        from weft.lock.uvorder import arranged
        from weft.ops.lock_making import manifest

        told = manifest(self._context, self._request, self._writer)
        return arranged(replace(lock, packages=tuple(packages), manifest=told))

    def _check(self, parts: Grown, blocks: dict[str, str]) -> None:
        """What stays has to be what would be written again. Raises Odd."""
        from weft.lock.growth import Odd

        for package in parts.kept:
            name = package.name
            where = self._told(parts.where[name])
            page = self._offers.page_key(name)
            block = blocks.get(name, "")
            if not self._blocks.stands(name, block, where=where, page=page, now=self._now):
                raise Odd

    def _told(self, where: MarkerSet) -> str:
        return "" if where.is_true else where.simplified(self._supported).text

    def _planted(self, sprout: Sprout) -> UvPackage:
        """A new package with its files."""
        from weft.lock.uvmodel import UvPackage
        from weft.ops.lock_packages import listed_files, reach_of

        sdist, wheels = listed_files(
            self._offers.files(sprout.name),
            self._writer,
            reach_of(sprout.where, self._writer.python),
        )
        return UvPackage(
            sprout.name,
            sprout.version,
            self._writer.index(self._offers.index),
            dependencies=sprout.edges,
            sdist=sdist,
            wheels=wheels,
        )

    def _remember(self, parts: Grown, new: dict[str, str]) -> None:
        rows = [
            (each.name, new[each.name], self._told(each.where), self._offers.page_key(each.name))
            for each in parts.sprouts
        ]
        until = {self._offers.page_key(name): at for name, at in self._offers.fresh_until.items()}
        self._blocks.keep(rows, until, since=self._since)


def remember(
    session: Session, building: Building, request: LockRequest, resolved: Resolved, text: str
) -> None:
    """Know the blocks of a lock that was resolved, for the next one."""
    key = _key(session, building, request)
    pages = session.client().pages_read() if key is not None else None
    resolution = resolved.resolution
    if key is None or pages is None or resolution.forks or resolved.pins:
        return
    from weft.lock.splicing import blocks_of
    from weft.ops.lock_blocks import Blocks
    from weft.store.layout import origin_key

    supported = MarkerSet.of_python(request.python)
    origin = origin_key(session.locations().indexes[0].url)
    lacking = set(resolution.missing_extras)
    blocks = blocks_of(text)
    rows = []
    for package in resolution.packages:
        name = package.name
        if package.url or name not in blocks:
            continue
        if any(
            (edge.name, extra) in lacking for edge in package.dependencies for extra in edge.extras
        ):
            continue  # each resolution warns of it
        file = resolved.source.file(name, package.position)
        if file is None or file.yanked is not None:
            continue  # each resolution warns of it
        where = "" if package.marker.is_true else package.marker.simplified(supported).text
        rows.append((name, blocks[name], where, f"{origin}/{name}"))
    Blocks(session.store, key).keep(rows, dict(pages), since=session.context.now)


def _key(session: Session, building: Building, request: LockRequest) -> str | None:
    """What stands for the rules of a request; None for one that has to be resolved."""
    settings = session.context.settings
    if not settings.reuse_resolutions or any(getattr(settings, each) for each in _EMPTY):
        return None
    if any(getattr(settings, name) != usual for name, usual in _PLAIN):
        return None
    places, table = session.locations(), request.table
    index = places.only
    if index is None or any(each.exclude_newer for each in settings.index):
        return None
    limits = (request.constraints, request.overrides, request.requirements, request.groups)
    ruled = (table.environments, table.required_environments, table.conflicts, table.excludes)
    if any(limits) or any(ruled) or request.project is None or not request.project.has_root_project:
        return None
    from weft import __version__
    from weft.core.digest import quick_digest
    from weft.ops.platforms import judge

    judged = judge(settings, building.interpreter)
    parts = [__version__, index.url, request.python.text, ",".join(judged.tags), judged.python]
    return quick_digest("\n".join(parts))


def _is_plain_lock(lock: UvLock, session: Session) -> bool:
    """Whether a lock is written as today, of one region, with everything from the one index."""
    from weft.lock.uvmodel import REVISION, UvOptions

    index = session.locations().indexes[0].url
    if lock.revision != REVISION or lock.options != UvOptions():
        return False
    if lock.resolution_markers or lock.supported_markers or lock.required_markers:
        return False
    return not lock.conflicts and all(
        package.source.kind != "registry" or package.source.location == index
        for package in lock.packages
    )
