"""Making a lock: whether the old one still stands, and the resolution where it does not.

Owns the order: check without the network, preferences, resolve, compare. Refuses to write files.
Follows uv.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers
from weft.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.requirement import Requirement
    from weft.index.locations import IndexLocation
    from weft.lock.freshness import Check
    from weft.lock.uvmodel import UvLock, UvPackage
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.lock_places import LockPlaces
    from weft.ops.lock_request import LockRequest
    from weft.ops.lock_resolving import Resolved
    from weft.ops.locking import Locking
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter


def make(
    context: Context,
    session: Session,
    path: str,
    request: LockRequest,
    *,
    known: tuple[UvLock, str] | None,
    interpreter: Interpreter,
    constraints: tuple[Requirement, ...],
) -> Locking:
    """The lock that is right now: the old one, or a new one."""
    from weft.ops.building import Building
    from weft.ops.lock_formats import is_pylock
    from weft.ops.lock_request import lock_places, lock_wants
    from weft.ops.lock_resolving import pinner
    from weft.ops.locking import Locking

    before = known[0] if known is not None else None
    grows = not constraints and not is_pylock(path)
    wants = lock_wants(context, request)
    with Building(context, session, interpreter, wants=wants) as building:
        pins, pin = pinner(context, session)
        places = lock_places(context, session, building, request, pin)
        check = _checked(context, building, request, places, before)
        if check.stands and known is not None and not constraints:
            count = len(known[0].packages)
            consulted = _consulted(path, request, places)
            return Locking(path, known[0], known[1], before, False, count, consulted=consulted)
        if known is not None and grows:
            from weft.ops.lock_growing import grown

            found = grown(session, building, request, places=places, known=known, check=check)
            if found is not None:
                count, changed = len(found[0].packages), found[1] != known[1]
                return Locking(path, *found, before, changed, count, check.reason)
        resolved = _resolved(
            context,
            session,
            building,
            request,
            places=places,
            pins=pins,
            before=before,
            check=check,
            constraints=constraints,
        )
        lock, text = _composed(context, path, request, resolved)
        if grows:
            from weft.ops.lock_growing import remember

            remember(session, building, request, resolved, text)
    changed = known is None or text != known[1]
    count = len(lock.packages)
    return Locking(path, lock, text, before, changed, count, check.reason, resolved=resolved)


def _resolved(
    context: Context,
    session: Session,
    building: Building,
    request: LockRequest,
    *,
    places: LockPlaces,
    pins: dict[str, IndexLocation],
    before: UvLock | None,
    check: Check,
    constraints: tuple[Requirement, ...],
) -> Resolved:
    """The answer that prefers what an old lock has."""
    from weft.ops.lock_preferences import read_preferences
    from weft.ops.lock_resolving import resolve_lock
    from weft.ops.lock_warnings import warn_before

    lines = [line for tree in places.members.values() for line in tree.lowered.requirements]
    preferences, forks = read_preferences(
        context,
        request,
        before,
        check=check,
        building=building,
        lines=(*lines, *request.requirements),
    )
    warn_before(context, request, places)
    return resolve_lock(
        context,
        session,
        building,
        request,
        places=places,
        pins=pins,
        preferences=preferences,
        forks=forks,
        constraints=constraints,
    )


def _composed(
    context: Context, path: str, request: LockRequest, resolved: Resolved
) -> tuple[UvLock, str]:
    """The lock of an answer, and its text at `path`."""
    from weft.ops.lock_formats import default_groups, lock_text
    from weft.ops.lock_making import make_lock

    lock = make_lock(context, request, resolved)
    return lock, lock_text(lock, path, default_groups=default_groups(request))


def _consulted(path: str, request: LockRequest, places: LockPlaces) -> tuple[str, ...] | None:
    """The files by which a lock was found to be right."""
    from weft.ops.lock_verdict import files_of

    files = places.files()
    if request.project is None or files is None:
        return None
    of_project = files_of(request.project)
    return None if of_project is None else (path, *of_project, *files)


def _checked(
    context: Context,
    building: Building,
    request: LockRequest,
    places: LockPlaces,
    before: UvLock | None,
) -> Check:
    from weft.lock.freshness import Check

    if before is None:
        return Check("", usable=False, forks=False)
    from weft.ops.lock_check import check_lock

    return check_lock(context, request, places, before)


def restate(
    context: Context,
    session: Session,
    request: LockRequest,
    locking: Locking,
    *,
    interpreter: Interpreter,
) -> Locking:
    """The lock with the metadata of the members and the manifest made anew.

    Its regions are where a resolution that starts from them would leave them.
    """
    from weft.ops.building import Building
    from weft.ops.lock_making import manifest, writer_of
    from weft.ops.lock_request import lock_places, lock_wants
    from weft.ops.lock_resolving import pinner

    lock = locking.lock
    with Building(context, session, interpreter, wants=lock_wants(context, request)) as building:
        _, pin = pinner(context, session)
        places = lock_places(context, session, building, request, pin)
        places.roots()
        writer = writer_of(request, places)
        told = {place.partition(" @ ")[0]: writer.metadata(place) for place in places.members}
        members = [
            replace(each, metadata=told[each.name])
            for each in lock.packages
            if each.name in told and each.source.kind != "registry"
        ]
        lock = replace(lock, manifest=manifest(context, request, writer))
    made, text = _exchanged(context, lock, members, locking)
    # Texts are compared, for two locks would read all their files to be told apart.
    return replace(locking, lock=made, text=text, changed=locking.changed or text != locking.text)


def _exchanged(
    context: Context, lock: UvLock, members: list[UvPackage], locking: Locking
) -> tuple[UvLock, str]:
    """The lock with these in the place of the packages of their names, and its text."""
    from weft.lock.uvorder import arranged
    from weft.ops.lock_formats import is_pylock, lock_text

    by_name = {each.name: each for each in members}
    names = {each.name for each in lock.packages}
    if lock.resolution_markers or len(names) < len(lock.packages) or is_pylock(locking.path):
        packages = tuple([
            by_name.get(each.name, each) if each.source.kind != "registry" else each
            for each in lock.packages
        ])  # fmt: skip
        made = arranged(_settled(context, replace(lock, packages=packages)))
        return made, lock_text(made, locking.path)
    from weft.lock.splicing import blocks_of, spliced, written

    changed = arranged(replace(lock, packages=tuple(members)))
    by_name = {each.name: each for each in changed.packages}
    packages = tuple([by_name.get(each.name, each) for each in lock.packages])
    made = replace(changed, packages=packages)
    return made, spliced(made, blocks_of(locking.text) | written(changed.packages))


def _settled(context: Context, lock: UvLock) -> UvLock:
    """The lock with its regions in the order in which they are solved."""
    if len(lock.resolution_markers) < 2:
        return lock
    from weft.resolver.forks import solving_order

    settings = context.settings
    oldest_first = settings.fork_strategy == "fewest" or settings.resolution == "lowest"
    supported = MarkerSet.of_python(Specifiers.parse(lock.requires_python))

    def ordered(texts: tuple[str, ...]) -> tuple[str, ...]:
        wholes = dict(zip(markers_of(texts, supported), texts, strict=True))
        found = solving_order(tuple(wholes), oldest_first=oldest_first)
        return tuple([wholes[whole] for whole in found])

    packages = [
        replace(each, resolution_markers=ordered(each.resolution_markers)) for each in lock.packages
    ]
    markers = ordered(lock.resolution_markers)
    return replace(lock, packages=tuple(packages), resolution_markers=markers)


def markers_of(texts: tuple[str, ...], supported: MarkerSet) -> tuple[MarkerSet, ...]:
    """Regions of a lock, whole again."""
    return tuple([MarkerSet.parse(text) & supported for text in texts])
