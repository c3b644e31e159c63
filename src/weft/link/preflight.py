"""What linking would do between a store and a target, before anything of it is done.

Owns two questions, both answered by trying with files of its own: the way that most files would go
(`predict`), and what a file system can do at all (`probe_filesystem`). Refuses to conclude anything
from device numbers or file system names, and leaves nothing behind. Follows the calls that
`link.modes` follows, and `flock(2)`.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure
from weft.core.value import value
from weft.link.finding import Finder
from weft.link.modes import MODES, Pair
from weft.link.places import find_places
from weft.link.route import (
    CLONE,
    COPIED_UP,
    COPY,
    HARDLINK,
    SYMLINK,
    Route,
    after,
    error_number,
)
from weft.system.files import make_staging, random_name, write_all
from weft.system.lean import os
from weft.system.mounts import mount_identifier, read_mounts
from weft.system.removal import remove_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.link.route import LinkMode, RealMode
    from weft.system.mounts import Mount

# One block: a clone of nothing may succeed where a clone of something would not.
_PROBE = b"\0" * 4096
_CREATE = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)
# What the C library answers for file systems that it has no number for.
_LINK_MAX_UNKNOWN = 127
_LINK_MAX_WINDOWS = 1023  # of NTFS and ReFS: 1024 names, one of which is the store's


@value
class Prediction:
    """The way that most files would go from a store to a target.

    `mode` is the one that works, `refusals` are (mode, errno) of those tried before it, as in
    `receipt.Tally`. `store` and `target` are the mounts (None where the system does not tell),
    `via` is one that shows both, where hard links can only be made through that.
    """

    mode: RealMode
    refusals: tuple[tuple[RealMode, int], ...]
    store: Mount | None
    target: Mount | None
    via: Mount | None = None

    @property
    def shares(self) -> bool:
        """Whether the target's files share the store's bytes."""
        return self.mode != COPY


@value
class Abilities:
    """What works in a directory.

    `link_limit` is the most names that one file may have, None where nobody tells. `free_bytes` are
    those that this user may still write. `mount` is None, and `fstype` empty, where unknown.
    """

    clone: bool
    hardlink: bool
    symlink: bool
    lock: bool
    case_sensitive: bool
    link_limit: int | None
    free_bytes: int
    fstype: str
    mount: Mount | None


def predict(
    store_directory: str, target_directory: str, *, mode: LinkMode, sample: str | None = None
) -> Prediction:
    """The way that most files would go from a store to `target_directory`.

    `store_directory` exists and may be written to; a probe file is made in it and removed. With
    `sample`, the path of a file of the store, that file is tried instead and nothing is written
    to the store: so another owner's files and stores that cannot be written to show themselves.
    (In a lower layer of an overlay that one file is copied up, which is what is to be found out.)
    The target, or the nearest parent of it that exists, gets one file for a moment. Paths are
    absolute. Raises SystemFailure naming the directory that cannot be read or written.
    """
    target_directory = nearest_directory(target_directory)
    if sample is not None:
        return _predict(*os.path.split(sample), target_directory, mode=mode)
    name = _make_probe(store_directory)
    try:
        return _predict(store_directory, name, target_directory, mode=mode)
    finally:
        _unlink_quietly(os.path.join(store_directory, name))


def _predict(directory: str, name: str, target: str, *, mode: LinkMode) -> Prediction:
    try:
        pair = Pair(os.fsencode(directory), os.fsencode(target))
    except OSError as error:
        raise SystemFailure("open directory", error.filename or target, error) from OsCause(error)
    mounts = read_mounts()
    finder = Finder(mounts, thorough=True)
    try:
        places = find_places(pair)
        route = finder.find(pair, os.fsencode(name), mode=mode, places=places)
        if route.mode == HARDLINK and places[0][0] in finder.overlays and not route.via:
            route = _link_on_overlay(pair, os.fsencode(name), route)
        if route.mode == COPY and (HARDLINK, COPIED_UP) not in route.refusals:
            refused = finder.attempt(pair, os.fsencode(name), route, places=places)
            if refused is not None:
                raise SystemFailure("write to directory", target, refused) from OsCause(refused)
    finally:
        pair.close()
    return Prediction(
        mode=route.mode,
        refusals=route.refusals,
        store=mounts.by_identifier(places[0][0]),
        target=mounts.by_identifier(places[1][0]),
        via=mounts.by_identifier(route.via) if route.via else None,
    )


def _link_on_overlay(pair: Pair, name: bytes, route: Route) -> Route:
    """What comes of a link on an overlay, which other trials leave out because it may copy."""
    from weft.link.overlay import Watch

    watch = Watch(pair, [name])
    temporary = random_name().encode()
    try:
        MODES[HARDLINK](pair, name, temporary)
    except OSError as error:
        return after(route, error_number(error)) or Route(COPY)
    os.unlink(pair.target_name(temporary), dir_fd=pair.target)
    if name in watch.copied_up():
        return Route(COPY, None, (*route.refusals, (HARDLINK, COPIED_UP)))
    return route


def probe_filesystem(directory: str) -> Abilities:
    """What works in `directory`, or in the nearest parent of it that exists.

    Tries everything in a directory `.tmp-…` of its own, which is removed. Raises SystemFailure
    where that cannot be made.
    """
    directory = nearest_directory(directory)
    place = make_staging(directory)
    try:
        name = _make_probe(place)
        mount = _mount_of(place)
        return Abilities(
            clone=_works(place, name, CLONE),
            hardlink=_works(place, name, HARDLINK),
            symlink=_works(place, name, SYMLINK),
            lock=_locks(os.path.join(place, name)),
            case_sensitive=not os.path.lexists(os.path.join(place, name.upper())),
            link_limit=_link_limit(place),
            free_bytes=_free_bytes(place),
            fstype=mount.fstype if mount else "",
            mount=mount,
        )
    finally:
        remove_tree(place)


def nearest_directory(path: str) -> str:
    """`path`, or the first parent of it that is a directory."""
    path = os.path.abspath(path)
    while not os.path.isdir(path):
        parent = os.path.dirname(path)
        if parent == path:
            break
        path = parent
    return path


def _make_probe(directory: str) -> str:
    """The name of a new small file in `directory`. Raises SystemFailure."""
    name = random_name()
    path = os.path.join(directory, name)
    try:
        descriptor = os.open(path, _CREATE, 0o644)
        try:
            write_all(descriptor, _PROBE)
        except BaseException:
            _unlink_quietly(path)
            raise
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SystemFailure("write to directory", directory, error) from OsCause(error)
    return name


def _works(directory: str, name: str, mode: RealMode) -> bool:
    pair = Pair(os.fsencode(directory), os.fsencode(directory))
    try:
        MODES[mode](pair, os.fsencode(name), mode.encode())
    except OSError:
        return False
    finally:
        pair.close()
    return True


def _locks(path: str) -> bool:
    from weft.system.locks import FileLock, LockTimeout, LockUnsupported

    try:
        with FileLock(path + ".lock"):
            return True
    except (LockUnsupported, LockTimeout, SystemFailure):
        return False


def _link_limit(directory: str) -> int | None:
    if os.name == "nt":
        return _LINK_MAX_WINDOWS
    try:
        limit = os.pathconf(directory, "PC_LINK_MAX")
    except (OSError, ValueError):
        return None
    return None if limit <= _LINK_MAX_UNKNOWN else limit


def _free_bytes(directory: str) -> int:
    if os.name == "nt":
        import shutil

        return shutil.disk_usage(directory).free
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize


def _mount_of(directory: str) -> Mount | None:
    if os.name == "nt":
        return None
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        number = mount_identifier(descriptor)
    finally:
        os.close(descriptor)
    return read_mounts().by_identifier(number)


def _unlink_quietly(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
