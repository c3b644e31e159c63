"""Where an open pair of directories lies, and the names for it that the linker's parts share.

Owns the types of the account (place, way, row, group) and asking the system for a place. Refuses
to compare places: that two are equal or not says nothing about what works between them. Follows
`proc_pid_fdinfo(5)`.
"""

from __future__ import annotations

from weft.system.lean import os, supports
from weft.system.mounts import mount_identifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from weft.link.modes import Pair
    from weft.link.route import RealMode, Route

    Refusals: TypeAlias = tuple[tuple[RealMode, int], ...]
    # (mount number, st_dev): a device number alone cannot tell two bind mounts apart, a mount
    # number alone cannot tell two btrfs subvolumes apart.
    Place: TypeAlias = tuple[int, int]
    # The place of the store and that of the target.
    Places: TypeAlias = tuple[Place, Place]
    # The way that files went: the mode that worked, what was refused before, from where to where,
    # and the number of the mount that a hard link was made through (0: directly).
    Way: TypeAlias = tuple[RealMode, Refusals, Place, Place, int]
    # A way, and the files, the bytes and one target path of what went it. Marshal-able.
    Row: TypeAlias = tuple[RealMode, Refusals, Place, Place, int, int, int, bytes]
    # Source directory relative to the tree, absolute target directory, names of files in both,
    # empty files as (name, mode).
    Group: TypeAlias = tuple[bytes, bytes, tuple[bytes, ...], tuple[tuple[bytes, int], ...]]

_BY_DESCRIPTOR = supports("openat")
_DIRECTORY = (
    getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
)


def find_places(pair: Pair) -> Places:
    """Where the two directories lie. Raises OSError."""
    return _find_place(pair.source, pair.source_path), _find_place(pair.target, pair.target_path)


def places_between(store: bytes, target: bytes) -> Places:
    """Where two directories lie that nobody has open. Raises OSError."""
    return _look_at(store), _look_at(target)


def _look_at(path: bytes) -> Place:
    if not _BY_DESCRIPTOR:
        return _find_place(None, path)
    descriptor = os.open(path, _DIRECTORY)
    try:
        return _find_place(descriptor, path)
    finally:
        os.close(descriptor)


def _find_place(descriptor: int | None, path: bytes) -> Place:
    if descriptor is None:
        return 0, os.stat(path).st_dev
    return mount_identifier(descriptor), os.fstat(descriptor).st_dev


def way_of(route: Route, places: Places) -> Way:
    """The way of files that take `route` between `places`."""
    return (route.mode, route.refusals, *places, route.via)
