"""Placing the files of one tree, each in the mode that works for it.

Owns the way of a single file: try, replace what is there, fall back alone, count. Refuses to list
directories: the names come from the manifest. Follows `mkdir(2)`, `linkat(2)` and `rename(2)`.
"""

from __future__ import annotations

import errno

from weft.core.errors import SystemFailure
from weft.link.finding import open_pair
from weft.link.modes import MODES, Pair, create_empty
from weft.link.places import find_places, way_of
from weft.link.route import (
    AUTO,
    CLONE,
    COPIED_UP,
    COPY,
    EMPTY,
    HARDLINK,
    LARGE_LIBRARY,
    TRANSIENT,
    Route,
    after,
    again,
    error_number,
    is_lasting,
    is_library,
    may_hold_libraries,
)
from weft.system.files import make_directory, random_name
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.link.finding import Finder
    from weft.link.places import Group, Places, Row, Way
    from weft.link.route import LinkMode, RealMode

_ACTIONS: dict[RealMode, str] = {
    "clone": "clone to",
    "hardlink": "hardlink to",
    "symlink": "create symlink at",
    "copy": "copy to",
}

# A file that failed for a moment is tried again so often, after so many seconds each. All files
# of a placer together wait no longer than its patience: some disks say EIO about everything.
_RETRIES = 2
_PAUSE = 0.02
_PATIENCE = 2.0


class Placer:
    """Places files, and keeps account of the ways they went.

    Files that go the way `base` are counted without their bytes, which spares looking at each.
    """

    def __init__(self, requested: LinkMode, base: Way | None, finder: Finder) -> None:
        self.requested = requested
        self.base = base
        self.finder = finder
        self.patience = _PATIENCE
        self.places: Places | None = None
        self.rows: dict[Way, tuple[int, int, bytes]] = {}  # files, bytes, an example

    def place_groups(
        self, tree: str, groups: Iterable[Group], directories: Sequence[bytes] = ()
    ) -> list[Row]:
        """Place everything, and give the account so far. Raises SystemFailure.

        The absolute `directories` are made, each when its turn comes: what is in it is added to
        the same part of the disk's index then. Those that exist are fine.
        """
        root = os.fsencode(tree)
        turns = {directory: turn for turn, directory in enumerate(directories, 1)}
        done = 0
        for source, target, names, empties in groups:
            while done < turns.get(target, 0):
                _make_directory(directories[done])
                done += 1
            pair = open_pair(root + b"/" + source if source else root, target)
            try:
                for name, mode in empties:
                    self.place_empty(pair, name, mode=mode)
                if names:
                    self.place_group(pair, names)
            finally:
                pair.close()
        for directory in directories[done:]:
            _make_directory(directory)
        return [(*way, *row) for way, row in self.rows.items()]

    def place_group(self, pair: Pair, names: tuple[bytes, ...]) -> None:
        places = self.find_places(pair)
        route = self.finder.find(pair, names[0], mode=self.requested, places=places)
        if route.refusals and route.next is None:
            # The last resort. This directory may lie elsewhere and be better off: look again.
            places = self.places = find_places(pair)
            route = self.finder.find(pair, names[0], mode=self.requested, places=places)
        if route.mode == CLONE and self.requested == AUTO and may_hold_libraries(names):
            names = self.place_libraries(pair, names, places=places)
        self.place_names(pair, names, route=route, places=places)

    def place_libraries(
        self, pair: Pair, names: tuple[bytes, ...], *, places: Places
    ) -> tuple[bytes, ...]:
        """Link large shared libraries, and give the other names.

        All links to a file share the memory that it is mapped to; clones of it do not.
        """
        large = [name for name in names if is_library(name) and _size(pair, name) >= LARGE_LIBRARY]
        if large:
            route = self.finder.find(pair, large[0], mode=HARDLINK, places=places)
            self.place_names(pair, tuple(large), route=route, places=places)
            names = tuple(name for name in names if name not in large)
        return names

    def place_names(
        self, pair: Pair, names: tuple[bytes, ...], *, route: Route, places: Places
    ) -> None:
        """Place files of one directory on one route."""
        covered = None
        if route.via:
            covered = self.finder.open_covered(pair, route.via, places=places)
            if covered is None and route.next is not None:  # nothing covers this directory
                route = Route(route.next.mode, route.next.next, route.refusals)
        way = way_of(route, places)
        try:
            if route.mode != HARDLINK or pair.source is None:
                self.place_all(covered or pair, names, route=route, way=way)
            elif places[0][0] in self.finder.overlays:
                self.hardlink_on_overlay(covered or pair, names, route=route, way=way)
            else:
                self.hardlink_group(covered or pair, names, route=route, way=way)
        finally:
            if covered is not None:
                covered.close()

    def hardlink_group(
        self, pair: Pair, names: tuple[bytes, ...], *, route: Route, way: Way
    ) -> None:
        """The warm path of nearly all installs: one system call per file and as little else."""
        link, source, target = os.link, pair.source, pair.target
        others = []
        for name in names:
            try:
                link(name, name, src_dir_fd=source, dst_dir_fd=target)
            except OSError as error:
                others.append(name)
                self.place_otherwise(pair, name, route=route, way=way, error=error)
        self.count_all(way, pair, names, others=others)

    def place_all(self, pair: Pair, names: tuple[bytes, ...], *, route: Route, way: Way) -> None:
        """The same for every other mode."""
        make = MODES[route.mode]
        others = []
        for name in names:
            try:
                make(pair, name, name)
            except OSError as error:
                others.append(name)
                self.place_otherwise(pair, name, route=route, way=way, error=error)
        self.count_all(way, pair, names, others=others)

    def hardlink_on_overlay(
        self, pair: Pair, names: tuple[bytes, ...], *, route: Route, way: Way
    ) -> None:
        """Link, then look for what overlayfs copied in order to do so: that counts as a copy."""
        from weft.link.overlay import Watch

        watch = Watch(pair, names)
        ways = {}
        for name in names:
            try:
                MODES[HARDLINK](pair, name, name)
                ways[name] = way
            except OSError as error:
                ways[name] = self.settle(pair, name, route=route, way=way, error=error)
        copied_up = watch.copied_up()
        for name, went in ways.items():
            if went[0] == HARDLINK and name in copied_up:
                went = (COPY, (*went[1], (HARDLINK, COPIED_UP)), *went[2:])
            self.count(went, pair, name)

    def place_otherwise(
        self, pair: Pair, name: bytes, *, route: Route, way: Way, error: OSError
    ) -> None:
        self.count(self.settle(pair, name, route=route, way=way, error=error), pair, name)

    def settle(self, pair: Pair, name: bytes, *, route: Route, way: Way, error: OSError) -> Way:
        """Place one file that met `error` on the route of its group; the way that it went.

        What exists is replaced. What fails for a moment is tried again. A store's file that has as
        many names as it may have is renewed. Anything else sends this file down the route, and no
        other file. Raises SystemFailure.
        """
        retries = _RETRIES
        while True:
            number = error_number(error)
            try:
                if isinstance(error, FileExistsError):
                    _replace(pair, name, mode=route.mode)
                    return way
                if number in TRANSIENT and retries and self.patience > 0:
                    retries -= 1
                    self.pause()
                else:
                    route, way = self.next_way(pair, name, route=route, way=way, error=error)
                MODES[route.mode](pair, name, name)
                return way
            except OSError as met:
                error = met

    def next_way(
        self, pair: Pair, name: bytes, *, route: Route, way: Way, error: OSError
    ) -> tuple[Route, Way]:
        """The route for one file after `error` on `route`. Raises SystemFailure, OSError."""
        number = error_number(error)
        following = after(route, number)
        if following is None:
            raise _failure(_ACTIONS[route.mode], pair, name, error=error)
        if number == errno.EMLINK and route.mode == HARDLINK and not _met(route, number):
            from weft.link.rotation import rotate

            if rotate(pair, name):
                following = again(route, number)
            return following, way_of(following, way[2:4])
        places = way[2:4] if route.via else find_places(pair)
        if is_lasting(route.mode, number) and way[2:4] != places:
            # Another file system is mounted here: it has a route of its own.
            following = self.finder.find(pair, name, mode=self.requested, places=places)
            if following.via:  # the pair at hand is not the one that it is for
                following = Route(HARDLINK, following.next, following.refusals[:-1])
        return following, way_of(following, places)

    def pause(self) -> None:
        import time

        self.patience -= _PAUSE
        time.sleep(_PAUSE)

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
        self.count((EMPTY, (), *self.find_places(pair), 0), pair, name)

    def find_places(self, pair: Pair) -> Places:
        if self.places is None:
            self.places = find_places(pair)
        return self.places

    def count_all(
        self, way: Way, pair: Pair, names: tuple[bytes, ...], *, others: Sequence[bytes]
    ) -> None:
        """Add the files of a directory but for `others`, which were counted already."""
        if way == self.base:
            if len(others) < len(names):
                self.count(way, pair, names[0], files=len(names) - len(others))
            return
        elsewhere = frozenset(others)
        for name in names:
            if name not in elsewhere:
                self.count(way, pair, name)

    def count(self, way: Way, pair: Pair, name: bytes, *, files: int = 1) -> None:
        """Add files that went the way `way`; sizes are looked up unless the job knows them."""
        known = self.rows.get(way)
        size = 0
        if way != self.base and way[0] != EMPTY:
            size = _size(pair, name)
        if known is None:
            self.rows[way] = (files, size, os.path.join(pair.target_path, name))
        else:
            self.rows[way] = (known[0] + files, known[1] + size, known[2])


def _size(pair: Pair, name: bytes) -> int:
    status = os.stat(pair.source_name(name), dir_fd=pair.source, follow_symlinks=False)
    return status.st_size


def _met(route: Route, number: int) -> bool:
    return (route.mode, number) in route.refusals


def _make_directory(path: bytes) -> None:
    try:
        os.mkdir(path)
    except FileExistsError:
        pass  # a file in its place is told when the directory is opened
    except OSError:
        make_directory(os.fsdecode(path))


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
