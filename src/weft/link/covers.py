"""The way around EXDEV: one file system, seen through several mounts.

The kernel refuses a hard link between two mounts, also where both show one file system. Where a
third (or one of the two) shows both directories, the link can be made through that one.

Owns finding such a mount and opening the two directories through it. Refuses to trust a path: what
is opened must be the directory it stands for, by device and inode. Refuses as well to get around a
read-only mount, and reaches nothing that this user could not. Follows `link(2)` (EXDEV) and
`proc_pid_mountinfo(5)`.
"""

from __future__ import annotations

from weft.link.modes import DIRECTORY, Pair
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.link.places import Places
    from weft.system.mounts import Mount, Mounts


def candidates(places: Places, mounts: Mounts) -> list[Mount]:
    """Mounts of the file system that both places are on, those that show most of it first."""
    source = mounts.by_identifier(places[0][0])
    target = mounts.by_identifier(places[1][0])
    if source is None or target is None or source.device != target.device:
        return []
    if source is target or source.has_option("ro") or target.has_option("ro"):
        return []
    found = [
        mount
        for mount in mounts.mounts
        if mount.device == source.device and not mount.has_option("ro")
    ]
    return sorted(found, key=lambda mount: len(mount.root))


def open_through(cover: Mount, pair: Pair, places: Places, mounts: Mounts) -> Pair | None:
    """The directories of `pair`, reached through `cover`; None where it does not show them."""
    if pair.source is None or pair.target is None:
        return None
    source = _reopen(pair.source, cover, mounts.by_identifier(places[0][0]))
    if source is None:
        return None
    target = _reopen(pair.target, cover, mounts.by_identifier(places[1][0]))
    if target is None:
        os.close(source)
        return None
    return Pair.through(pair, source, target)


def _reopen(descriptor: int, cover: Mount, mount: Mount | None) -> int | None:
    """The directory behind `descriptor`, which was reached through `mount`, through `cover`."""
    try:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        inner = mount.inner_path(path) if mount else None
        outer = cover.outer_path(inner) if inner is not None else None
        if outer is None:
            return None
        found = os.open(outer, DIRECTORY)
    except OSError:
        return None
    if os.path.samestat(os.fstat(found), os.fstat(descriptor)):
        return found
    os.close(found)
    return None
