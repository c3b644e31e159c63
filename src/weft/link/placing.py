"""Placing the files of one tree, each in the mode that works for it.

Owns the way of a single file: try, replace what is there, fall back alone, count. Refuses to list
directories: the names come from the manifest. Follows `mkdir(2)`, `linkat(2)` and `rename(2)`.
"""

from __future__ import annotations

import errno
import os

from weft.core.errors import OsCause, SystemFailure
from weft.link.modes import MODES, Pair, create_empty
from weft.link.route import EMPTY, HARDLINK, Route, after, first_route, is_lasting
from weft.system.files import make_directory, random_name
from weft.system.mounts import mount_identifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from weft.link.route import LinkMode, RealMode

    Refusals: TypeAlias = tuple[tuple[RealMode, int], ...]
    # (mount number, st_dev): a device number alone cannot tell two bind mounts apart, a mount
    # number alone cannot tell two btrfs subvolumes apart.
    Place: TypeAlias = tuple[int, int]
    # The way that files went: the mode that worked, what was refused before, from where to where.
    Way: TypeAlias = tuple[RealMode, Refusals, Place, Place]
    # A way, and the files, the bytes and one target path of what went it. Marshal-able.
    Row: TypeAlias = tuple[RealMode, Refusals, Place, Place, int, int, bytes]
    # Source directory relative to the tree, absolute target directory, names of files in both,
    # empty files as (name, mode).
    Group: TypeAlias = tuple[bytes, bytes, tuple[bytes, ...], tuple[tuple[bytes, int], ...]]

_ACTIONS: dict[RealMode, str] = {
    "clone": "clone to",
    "hardlink": "hardlink to",
    "symlink": "create symlink at",
    "copy": "copy to",
}

# Where the first mode that works was found, for the rest of this process.
_known_routes: dict[tuple[LinkMode, Place, Place], Route] = {}


def find_way(tree: str, groups: Iterable[Group], *, mode: LinkMode) -> Way | None:
    """The way that the first file of `groups` will go; None where all are empty.

    Makes that file's directory. Raises SystemFailure.
    """
    for source, target, names, _ in groups:
        if names:
            pair = _open_pair(tree, source, target)
            try:
                places = _find_places(pair)
                return _way(_find_route(pair, names[0], mode=mode, places=places), places)
            finally:
                pair.close()
    return None


def _find_route(pair: Pair, name: bytes, *, mode: LinkMode, places: tuple[Place, Place]) -> Route:
    """The first route that works between two places, by trying it under a temporary name."""
    route = _known_routes.get((mode, *places))
    if route is not None:
        return route
    route = first_route(mode)
    while route.next is not None:
        temporary = random_name().encode()
        try:
            MODES[route.mode](pair, name, temporary)
        except OSError as error:
            if not is_lasting(route.mode, error.errno or 0):
                break  # the matter of this one file, met again when it is placed
            route = after(route, error.errno or 0) or route.next
        else:
            os.unlink(pair.target_name(temporary), dir_fd=pair.target)
            break
    _known_routes[(mode, *places)] = route
    return route


class Placer:
    """Places files, and keeps account of the ways they went.

    Files that go the way `base` are counted without their bytes, which spares looking at each.
    """

    def __init__(self, requested: LinkMode, base: Way | None) -> None:
        self.requested = requested
        self.base = base
        self.places: tuple[Place, Place] | None = None
        self.rows: dict[Way, tuple[int, int, bytes]] = {}  # files, bytes, an example

    def make_directories(self, directories: Iterable[bytes]) -> None:
        """Make absolute directories; those that exist are fine. Raises SystemFailure."""
        for directory in directories:
            _make_directory(directory)

    def place_groups(self, tree: str, groups: Iterable[Group]) -> list[Row]:
        """Place everything, and give the account so far. Raises SystemFailure."""
        for source, target, names, empties in groups:
            pair = _open_pair(tree, source, target)
            try:
                for name, mode in empties:
                    self.place_empty(pair, name, mode=mode)
                if names:
                    self.place_group(pair, names)
            finally:
                pair.close()
        return [(*way, *row) for way, row in self.rows.items()]

    def place_group(self, pair: Pair, names: tuple[bytes, ...]) -> None:
        places = self.find_places(pair)
        route = _find_route(pair, names[0], mode=self.requested, places=places)
        if route.refusals and route.next is None:
            # The last resort. This directory may lie elsewhere and be better off: look again.
            places = self.places = _find_places(pair)
            route = _find_route(pair, names[0], mode=self.requested, places=places)
        way = _way(route, places)
        if way != self.base:
            for name in names:
                self.place(pair, name, route=route, way=way)
        elif route.mode == HARDLINK and pair.source is not None:
            self.hardlink_group(pair, names, route=route, way=way)
        else:
            for name in names:
                self.place(pair, name, route=route, way=way)

    def hardlink_group(
        self, pair: Pair, names: tuple[bytes, ...], *, route: Route, way: Way
    ) -> None:
        """The warm path of nearly all installs: one system call per file and as little else."""
        link, source, target = os.link, pair.source, pair.target
        placed = len(names)
        for name in names:
            try:
                link(name, name, src_dir_fd=source, dst_dir_fd=target)
            except OSError as error:
                placed -= 1
                self.place_otherwise(pair, name, route=route, way=way, error=error)
        if placed:
            self.count(way, pair, names[0], files=placed)

    def place(self, pair: Pair, name: bytes, *, route: Route, way: Way) -> None:
        try:
            MODES[route.mode](pair, name, name)
        except OSError as error:
            self.place_otherwise(pair, name, route=route, way=way, error=error)
        else:
            self.count(way, pair, name)

    def place_otherwise(
        self, pair: Pair, name: bytes, *, route: Route, way: Way, error: OSError
    ) -> None:
        """Place one file that met `error` on the route of its group.

        What exists is replaced; anything else sends this file, and no other, down the route. A
        store that can give a file a new inode (EMLINK) will do so before `after` is asked.
        """
        while True:
            try:
                if isinstance(error, FileExistsError):
                    _replace(pair, name, mode=route.mode)
                    break
                places = _find_places(pair)
                if is_lasting(route.mode, error.errno or 0) and way[2:] != places:
                    # Another file system is mounted here: it has a route of its own.
                    route = _find_route(pair, name, mode=self.requested, places=places)
                else:
                    following = after(route, error.errno or 0)
                    if following is None:
                        raise _failure(_ACTIONS[route.mode], pair, name, error=error)
                    route = following
                way = _way(route, places)
                MODES[route.mode](pair, name, name)
                break
            except OSError as met:
                error = met
        self.count(way, pair, name)

    def place_empty(self, pair: Pair, name: bytes, *, mode: int) -> None:
        try:
            try:
                create_empty(pair, name, name, mode=mode)
            except FileExistsError:
                temporary = random_name().encode()
                create_empty(pair, name, temporary, mode=mode)
                _rename(pair, temporary, name)
        except OSError as error:
            failure = _failure("create", pair, name, error=error)
            raise failure from failure.__cause__
        self.count((EMPTY, (), *self.find_places(pair)), pair, name)

    def find_places(self, pair: Pair) -> tuple[Place, Place]:
        if self.places is None:
            self.places = _find_places(pair)
        return self.places

    def count(self, way: Way, pair: Pair, name: bytes, *, files: int = 1) -> None:
        """Add files that went the way `way`; sizes are looked up unless the job knows them."""
        known = self.rows.get(way)
        size = 0
        if way != self.base and way[0] != EMPTY:
            at = pair.source_name(name)
            size = os.stat(at, dir_fd=pair.source, follow_symlinks=False).st_size
        if known is None:
            self.rows[way] = (files, size, os.path.join(pair.target_path, name))
        else:
            self.rows[way] = (known[0] + files, known[1] + size, known[2])


def _way(route: Route, places: tuple[Place, Place]) -> Way:
    return (route.mode, route.refusals, *places)


def _find_places(pair: Pair) -> tuple[Place, Place]:
    return _find_place(pair.source, pair.source_path), _find_place(pair.target, pair.target_path)


def _find_place(descriptor: int | None, path: bytes) -> Place:
    if descriptor is None:
        return 0, os.stat(path).st_dev
    return mount_identifier(descriptor), os.fstat(descriptor).st_dev


def _make_directory(path: bytes) -> None:
    try:
        os.mkdir(path)
    except FileExistsError:
        pass  # a file in its place is told when the directory is opened
    except OSError:
        make_directory(os.fsdecode(path))


def _open_pair(tree: str, source: bytes, target: bytes) -> Pair:
    source_path = os.path.join(os.fsencode(tree), source)
    try:
        return Pair(source_path, target)
    except OSError:
        make_directory(os.fsdecode(target))  # raises where it is a file, or cannot be made
    try:
        return Pair(source_path, target)
    except OSError as error:
        raise SystemFailure("open directory", os.fsdecode(source_path), error) from OsCause(error)


def _failure(action: str, pair: Pair, name: bytes, *, error: OSError) -> SystemFailure:
    source = os.path.join(pair.source_path, name)
    if error.errno == errno.ENOENT and not os.path.lexists(source):
        return SystemFailure("read", os.fsdecode(source), error)
    return SystemFailure(action, os.fsdecode(os.path.join(pair.target_path, name)), error)


def _replace(pair: Pair, name: bytes, *, mode: RealMode) -> None:
    """Place a file beside its target, then rename it over what is there."""
    if mode == HARDLINK and _is_the_same(pair, name):
        return
    temporary = random_name().encode()
    MODES[mode](pair, name, temporary)
    _rename(pair, temporary, name)
    if mode == HARDLINK:
        # Somebody may have put the same inode there since: then the rename did nothing, and left
        # the temporary name, and said success.
        _unlink_quietly(pair, temporary)


def _is_the_same(pair: Pair, name: bytes) -> bool:
    try:
        old = os.stat(pair.target_name(name), dir_fd=pair.target, follow_symlinks=False)
        new = os.stat(pair.source_name(name), dir_fd=pair.source, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(old, new)


def _rename(pair: Pair, temporary: bytes, name: bytes) -> None:
    try:
        os.replace(
            pair.target_name(temporary),
            pair.target_name(name),
            src_dir_fd=pair.target,
            dst_dir_fd=pair.target,
        )
    except OSError:
        _unlink_quietly(pair, temporary)
        raise


def _unlink_quietly(pair: Pair, name: bytes) -> None:
    try:
        os.unlink(pair.target_name(name), dir_fd=pair.target)
    except OSError:
        pass
