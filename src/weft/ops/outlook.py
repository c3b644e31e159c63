"""What an install into a directory would do, found out without doing it.

Owns the survey behind `weft cache doctor`: the members of the cache and what works on their file
systems, the store that would serve the target (as `store.choosing` would choose, but making none),
the way its files would go, and the caches of other installers. Refuses to write anything but probe
files, and to word what it found (`ops.doctor_words`).
"""

from __future__ import annotations

from weft.core.errors import SystemFailure
from weft.core.value import value
from weft.link.preflight import nearest_directory, predict, probe_filesystem
from weft.store.layout import BASE_FILES
from weft.store.volumes import MEMBER_DIRECTORY, mount_of, place_of, refusal, topmost_own
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.link.preflight import Abilities, Prediction
    from weft.link.route import LinkMode
    from weft.store.members import Cache, Member
    from weft.system.mounts import Mount


@value
class Place:
    """A directory and its file system; `abilities` is None where probe files cannot be made."""

    path: str
    mount: Mount | None
    abilities: Abilities | None


@value
class Part:
    """A member of the cache. `size` is in bytes of allocated blocks, 0 where it is absent."""

    member: Member
    place: Place | None
    size: int


@value
class Serving:
    """The store that would serve the target. `state` is that of the member, or "new".

    `reason` reads on from "because". `root` need not exist.
    """

    root: str
    state: str
    reason: str


@value
class Outlook:
    """Everything together; `prediction` is None where `failure` says what stands in the way.

    `others` are (name, path, bytes) of caches that exist. `volumes` are those of the settings,
    `own` is a directory of this user's whose files could be shared with the target, "" where there
    is none. `members` tells whether parts on other file systems are allowed, `writable` whether
    the home can remember them, `wheels` whether the cache has any.
    """

    requested: LinkMode
    parts: tuple[Part, ...]
    target: Place
    serving: Serving
    prediction: Prediction | None
    failure: str
    others: tuple[tuple[str, str, int], ...]
    volumes: tuple[str, ...]
    own: str
    members: bool
    writable: bool
    wheels: bool


def survey(
    cache: Cache, target: str, *, mode: LinkMode, environ: Mapping[str, str], platform: str
) -> Outlook:
    """Look at everything. `target` is absolute and need not exist."""
    from weft.store.layout import Bucket
    from weft.store.usage import size

    there = os.path.realpath(nearest_directory(target))
    parts = []
    for member in cache.members():
        if member.store is None:
            parts.append(Part(member, None, 0))
        else:
            parts.append(Part(member, place(member.root), sum(size(member.store).values())))
    serving = choose(cache, there, mode=mode)
    prediction, failure = None, ""
    try:
        prediction = _predict(serving.root, there, mode=mode)
    except SystemFailure as error:
        failure = f"{error.message}: {error.__cause__}"
    return Outlook(
        requested=mode,
        parts=tuple(parts),
        target=place(there, shown=target),
        serving=serving,
        prediction=prediction,
        failure=failure,
        others=tuple(others(environ, platform)),
        volumes=cache.volumes,
        members=cache.enabled,
        writable=_is_writable(cache.home.root),
        own=_own(there, mode=mode),
        wheels=os.path.isdir(cache.home.path(Bucket.WHEELS)),
    )


def place(path: str, *, shown: str = "") -> Place:
    """What works in a directory, or in the nearest parent that exists."""
    directory = os.path.realpath(nearest_directory(path))
    try:
        abilities = probe_filesystem(directory)
    except SystemFailure:
        abilities = None
    return Place(shown or path, mount_of(directory), abilities)


def choose(cache: Cache, target: str, *, mode: LinkMode) -> Serving:
    """The store that an install into the existing directory `target` would use or make."""
    home = Serving(cache.home.root, "home", "")
    if mode == "copy":
        return Serving(home.root, "home", "copies are asked for")
    if not cache.enabled:
        return Serving(home.root, "home", "it is the only part of the cache")
    there = place_of(target)
    if place_of(nearest_directory(home.root)) == there and not _is_foreign(home.root):
        return Serving(home.root, "home", "it is on the same file system")
    volumes = [os.path.realpath(volume) for volume in cache.volumes]
    near = [each for each in volumes if place_of(nearest_directory(each)) == there]
    found = _new_or_known(cache, near, target, mode=mode)
    if found is not None:
        return found
    mounted = [each.root for each in cache.members() if each.state == "mounted"]
    for root in mounted:
        if place_of(root) == there:
            return Serving(root, "mounted", "it is on the same file system")
    for root in (home.root, *mounted):
        if _shares(root, target, mode=mode):
            state = "home" if root == home.root else "mounted"
            return Serving(root, state, "its files can be shared across the two mounts")
    found = _new_or_known(cache, volumes, target, mode=mode)
    return found or _on_the_spot(cache, target, mode=mode)


def _on_the_spot(cache: Cache, target: str, *, mode: LinkMode) -> Serving:
    """A new member on the file system of the target, else the home."""
    mount = mount_of(target)
    why = refusal(mount)
    if not why and not _is_writable(cache.home.root):
        why = "can have no part of a cache that cannot be written to"
    if not why and mount is not None:
        directory = topmost_own(target, mount)
        if not directory:
            why = "has no directory above it that belongs to you"
        else:
            found = _new_or_known(cache, [directory], target, mode=mode)
            if found is not None:
                return found
            why = f"is on a file system that shares no files ({mount.fstype})"
    return Serving(cache.home.root, "home", f"`{target}` {why}")


def _new_or_known(
    cache: Cache, directories: Sequence[str], target: str, *, mode: LinkMode
) -> Serving | None:
    """A member in one of these directories, there already or to be made.

    A new one has to be remembered by the home, which must be open to writing for that.
    """
    mounted = {each.root for each in cache.members() if each.state == "mounted"}
    for directory in directories:
        root = os.path.join(directory, MEMBER_DIRECTORY)
        if root in mounted:
            return Serving(root, "mounted", "it is on the same file system")
        if _is_writable(cache.home.root) and _shares(directory, target, mode=mode):
            return Serving(root, "new", "it would be on the same file system")
    return None


def _shares(root: str, target: str, *, mode: LinkMode) -> bool:
    try:
        return _predict(root, target, mode=mode).shares
    except SystemFailure:
        return False


def _predict(root: str, target: str, *, mode: LinkMode) -> Prediction:
    """The way of files from a store, existing or not, to `target`.

    Of a store that is not this user's one of its own files is tried, as an install would.
    """
    sample = os.path.join(root, BASE_FILES[0][0])
    directory = nearest_directory(root)
    if os.path.exists(sample) and _is_foreign(root):
        return predict(directory, target, mode=mode, sample=sample)
    return predict(directory, target, mode=mode)


def _is_foreign(root: str) -> bool:
    """Whether a store is somebody else's, or not to be written to."""
    try:
        owner = os.stat(root).st_uid
    except OSError:
        return False  # it would be made by this user
    own = not hasattr(os, "geteuid") or os.geteuid() in (0, owner)
    return not (own and os.access(root, os.W_OK | os.X_OK))


def _is_writable(root: str) -> bool:
    return os.access(nearest_directory(root), os.W_OK | os.X_OK)


def _own(target: str, *, mode: LinkMode) -> str:
    mount = mount_of(target)
    directory = topmost_own(target, mount) if mount is not None else ""
    return directory if directory and _shares(directory, target, mode=mode) else ""


def others(environ: Mapping[str, str], platform: str) -> list[tuple[str, str, int]]:
    """The caches of pip and uv that exist: (name, path, allocated bytes)."""
    from weft.ops.pip_cache import default_directory
    from weft.store.store import Store
    from weft.store.usage import size
    from weft.system.userdirs import cache_dir

    own = cache_dir(environ, platform)
    beside = own.replace("weft", "uv") if platform == "win32" else _sibling(own)
    known = (
        ("pip", default_directory(environ, platform)),
        ("uv", environ.get("UV_CACHE_DIR") or beside),
    )
    return [
        (name, path, sum(size(Store(path)).values())) for name, path in known if os.path.isdir(path)
    ]


def _sibling(own: str) -> str:
    return os.path.join(os.path.dirname(own), "uv")
