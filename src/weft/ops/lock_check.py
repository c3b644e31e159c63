"""Whether the lock of a project still stands: what the project says today, for `lock.freshness`.

Owns reading that, as far as it has to be read. Refuses the network.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.freshness import Check, Local, Wanted
    from weft.lock.uvmodel import UvLock, UvPackage
    from weft.ops.context import Context
    from weft.ops.lock_places import LockPlaces
    from weft.ops.lock_request import LockRequest
    from weft.ops.lock_requirements import Writer


def check_lock(context: Context, request: LockRequest, places: LockPlaces, lock: UvLock) -> Check:
    """The verdict; what people are to be told of it has been told."""
    from weft.lock.freshness import check
    from weft.ops.lock_making import writer_of

    places.roots()
    writer = writer_of(request, places)
    verdict = check(
        lock,
        wanted(context, request, places, writer),
        lambda package: _local(package, request, places, writer),
    )
    if verdict.notice:
        from weft.core.events import Note

        context.sink(Note(verdict.notice))
    elif verdict.reason:
        from weft.core.events import Debug

        context.sink(Debug(f"Resolving despite existing lockfile due to {verdict.reason}"))
    return verdict


def wanted(context: Context, request: LockRequest, places: LockPlaces, writer: Writer) -> Wanted:
    """What the lock would say today, but for its packages."""
    from weft.lock.freshness import Wanted
    from weft.lock.uvmodel import UvLock
    from weft.lock.uvorder import arranged
    from weft.ops import lock_making

    supported = MarkerSet.of_python(request.python)
    environments = MarkerSet.FALSE
    for text in request.table.environments:
        environments |= MarkerSet.parse(text)
    settings = context.settings
    plain = UvLock(
        request.python.spaced_text,
        supported_markers=lock_making.simplified(request.table.environments, supported),
        required_markers=lock_making.simplified(request.table.required_environments, supported),
        conflicts=lock_making.conflicts(request),
        options=lock_making.options(context),
        manifest=lock_making.manifest(context, request, writer),
    )
    members = [
        (place.partition(" @ ")[0], writer.local(tree.kind, tree.directory))
        for place, tree in places.members.items()
    ]
    return Wanted(
        arranged(plain),
        tuple(members),
        supported,
        MarkerSet.TRUE if environments.is_false else environments,
        _indexes(context, writer),
        upgrade=settings.upgrade,
        upgrade_some=bool(settings.upgrade_package or settings.upgrade_group),
        refresh=settings.refresh or bool(settings.refresh_package),
    )


def _indexes(context: Context, writer: Writer) -> frozenset[str] | None:
    """The indexes that may be used; None where nothing is said about any."""
    settings = context.settings
    if not settings.index and not settings.find_links and not settings.no_index:
        return None
    from weft.ops.places import locations

    places = locations(context, None)
    usable = places.find_links if places.no_index else places.all
    return frozenset([writer.index(each.url).location for each in usable])


def _local(
    package: UvPackage, request: LockRequest, places: LockPlaces, writer: Writer
) -> Local | None:
    """What a tree says now; None where nothing is there."""
    from weft.lock.freshness import Local
    from weft.lock.uvmodel import UvLock, UvPackage
    from weft.lock.uvorder import arranged
    from weft.project.lines import file_url
    from weft.system.lean import os

    path = os.path.normpath(os.path.join(request.root, package.source.location))
    if not os.path.exists(path):
        return None
    place = f"{package.name} @ {file_url(path)}"
    if package.source.subdirectory:
        place += f"#subdirectory={package.source.subdirectory}"
    tree = places.tree(place)
    version = places.read(place).candidate.version if tree is None else tree.lowered.version
    if tree is None and not package.version:
        version = ""
    probe = UvPackage(
        package.name, package.version, package.source, metadata=writer.metadata(place)
    )
    ordered = arranged(UvLock(request.python.spaced_text, (probe,))).packages[0]
    return Local(version, ordered.metadata)
