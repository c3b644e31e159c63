"""Choosing the store that a target is served from, where it is not on the home's mount.

Owns the order: what was configured, what is there, what shares after all, what can be made. Each
candidate is tried (`weft.link.preflight`) rather than believed. Refuses to make a member that would
share nothing, and one that the home could not remember.
"""

from __future__ import annotations

from weft.core.errors import SystemFailure
from weft.link.preflight import nearest_directory, predict
from weft.store.layout import BASE_FILES
from weft.store.members import Member, Placement
from weft.store.membership import Note, identity_of, notes, prepare_root, remember
from weft.store.staging import Staging
from weft.store.store import Store
from weft.store.volumes import MEMBER_DIRECTORY, mount_of, place_of, refusal, topmost_own
from weft.system.files import make_directory
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.link.route import LinkMode
    from weft.store.members import Cache
    from weft.system.mounts import Mount

_SAME = "it is on the file system of the environment"
_SHARES = "its files can be shared with the environment"


def choose(cache: Cache, target: str, *, mode: LinkMode) -> Placement:
    """The store for `target`, an existing directory without symbolic links in its path."""
    there = place_of(target)
    volumes = [os.path.realpath(volume) for volume in cache.volumes]
    for volume in volumes:
        if place_of(nearest_directory(volume)) == there:
            placed = _make_in(cache, volume, target, mode=mode)
            if placed is not None:
                return placed
    members = [each.store for each in cache.members() if each.store and each.state == "mounted"]
    usable = [store for store in members if _is_usable(store)]
    for store in usable:
        if place_of(store.root) == there:
            return Placement(store, _SAME)
    for store in (cache.home, *usable):
        if _shares(store, target, mode=mode):
            return Placement(store, _SHARES)
    for volume in volumes:
        placed = _make_in(cache, volume, target, mode=mode)
        if placed is not None:
            return placed
    return _make_on(cache, target, mode=mode)


def own_store(cache: Cache, store: Store) -> Store | None:
    """A store of this user's on the file system of `store`, to keep what another's is there.

    A member that is there, else one made beside `store`, or where a target's would be.
    """
    where = os.path.realpath(os.path.dirname(store.root))
    there = place_of(where)
    for member in cache.members():
        if member.store is None or member.store is store or place_of(member.root) != there:
            continue
        if _is_usable(member.store):
            return member.store
    mount = mount_of(where)
    beside = where if os.access(where, os.W_OK) else topmost_own(where, mount) if mount else ""
    placed = _make_in(cache, beside, where, mode="hardlink") if beside and cache.enabled else None
    return placed.store if placed else None


def _make_on(cache: Cache, target: str, *, mode: LinkMode) -> Placement:
    """A new member on the file system of `target`; the home where there can be none."""
    mount = mount_of(target)
    reason = refusal(mount)
    if reason or mount is None:
        return Placement(cache.home, f"`{target}` {reason}")
    place = topmost_own(target, mount)
    if not place:
        return Placement(cache.home, f"no directory above `{target}` belongs to you")
    placed = _make_in(cache, place, target, mode=mode)
    if placed is not None:
        return placed
    return Placement(cache.home, f"`{mount.point}` ({mount.fstype}) shares no files")


def _make_in(cache: Cache, place: str, target: str, *, mode: LinkMode) -> Placement | None:
    """A member in the directory `place`, made if need be; None where that would not help.

    Nothing is left where it is not wanted: whether files can be shared is tried before.
    """
    own = _suffix(cache.home)
    for name in (MEMBER_DIRECTORY, f"{MEMBER_DIRECTORY}-{own}"):
        root = os.path.join(place, name)
        identity, home = identity_of(root)
        if not identity and os.path.lexists(root):
            continue
        if not identity:
            return _make(cache, root, target, mode=mode)
        if _belongs(cache, root, identity, home) and _is_usable(Store(root)):
            if not _shares(Store(root, home=cache.home), target, mode=mode):
                return None
            return _enter(cache, root, identity, created=False)
    return None


def _make(cache: Cache, root: str, target: str, *, mode: LinkMode) -> Placement | None:
    place = os.path.dirname(root)
    if not os.access(cache.home.root, os.W_OK):  # it could not remember the member
        return None
    try:
        if not os.path.isdir(place):
            os.mkdir(place)  # a configured one; its parents are not ours to make
        if not predict(place, target, mode=mode).shares:
            return None
        identity = os.urandom(8).hex()
        with Staging(place) as staging:
            os.chmod(staging.path, 0o700)
            prepare_root(staging.path, identity=identity, home=cache.home)
            published = staging.publish(root)
    except (OSError, SystemFailure):
        return None
    if not published:  # another process was quicker
        identity, home = identity_of(root)
        if not identity or not _belongs(cache, root, identity, home):
            return None
    return _enter(cache, root, identity, created=published)


def _enter(cache: Cache, root: str, identity: str, *, created: bool) -> Placement | None:
    """Have the home remember a member."""
    from time import time_ns

    for member in cache.members():
        if member.root == root and member.store is not None:
            return Placement(member.store, _SAME)
    mount = mount_of(root)
    point, fstype = (mount.point, mount.fstype) if mount else ("", "")
    if not remember(cache.home, Note(root, identity, point, fstype, time_ns())):
        return None
    store = Store(root, home=cache.home, seal=cache.home.seal)
    cache.add(Member(root, store, "mounted", point, fstype))
    if created:
        _tell(cache, root, mount)
    return Placement(store, _SAME, created)


def _tell(cache: Cache, root: str, mount: Mount | None) -> None:
    if cache.sink is None:
        return
    from weft.core.events import Note as Line

    where = f"`{mount.point}` ({mount.fstype})" if mount else "that file system"
    cache.sink(
        Line(
            f"Keeping a part of the cache at `{root}`, so that environments on {where} share its "
            "files (set `cache-volumes` to keep it elsewhere, `cache-members = false` to copy)"
        )
    )


def _belongs(cache: Cache, root: str, identity: str, home: str) -> bool:
    """Whether a member is of this home: one it remembers, or one that names it."""
    if home == cache.home.root:
        return True
    return any((note.root, note.identity) == (root, identity) for note in notes(cache.home))


def _is_usable(store: Store) -> bool:
    """Whether a member is this user's, and may be written to."""
    try:
        status = os.lstat(store.root)
    except OSError:
        return False
    own = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return own and os.access(store.root, os.W_OK | os.X_OK)


def _shares(store: Store, target: str, *, mode: LinkMode) -> bool:
    """Whether files of a store would be shared with `target`.

    Where the store belongs to somebody else, one of its own files is tried: the kernel may refuse
    hard links to what is another's.
    """
    try:
        if _is_usable(store):
            staging = store.staging()
            make_directory(staging)
            return predict(staging, target, mode=mode).shares
        sample = os.path.join(store.root, BASE_FILES[0][0])
        return predict(store.root, target, mode=mode, sample=sample).shares
    except SystemFailure:
        return False


def _suffix(home: Store) -> str:
    from weft.core.digest import sha256_hex

    return sha256_hex(os.fsencode(home.root))[:8]
