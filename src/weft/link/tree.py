"""Spreading whole trees of a store into an environment.

Owns the walk over the groups of a manifest, which never lists a directory, and what happens when a
file refuses the mode that the others take. Refuses to link directories: they are always real.
Follows `mkdir(2)`, `linkat(2)` and `rename(2)`: what was at a target is replaced in one step.
"""

from __future__ import annotations

import os

from weft.core.errors import OsCause, SystemFailure
from weft.core.value import value
from weft.link.modes import MODES, Pair, create_empty
from weft.link.receipt import Receipt, Tally
from weft.link.route import EMPTY, HARDLINK, Route, after, first_route, is_lasting
from weft.system.files import make_directory, random_name
from weft.system.mounts import mount_identifier, read_mounts
from weft.system.workers import fork_map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from weft.link.route import LinkMode, RealMode

    Path: TypeAlias = bytes
    Refusals: TypeAlias = tuple[tuple[RealMode, int], ...]
    # (mount number, st_dev): a directory number alone cannot tell two bind mounts apart, a mount
    # number alone cannot tell two btrfs subvolumes apart.
    Place: TypeAlias = tuple[int, int]
    Group: TypeAlias = tuple[bytes, bytes, tuple[bytes, ...], tuple[tuple[bytes, int], ...]]
    Key: TypeAlias = tuple[RealMode, Refusals, Place, Place]
    Row: TypeAlias = tuple[RealMode, Refusals, Place, Place, int, int, bytes]

# Below so much work (files, and directories at four each) a second process costs more than it does.
_WORTH_A_PROCESS = 600
_DIRECTORY_COST = 4
# Jobs are cut into pieces of at most this, so that all workers finish at about the same time.
_LARGEST_PIECE = 1200

_ACTIONS: dict[RealMode, str] = {
    "clone": "clone to",
    "hardlink": "hardlink to",
    "symlink": "create symlink at",
    "copy": "copy to",
}

# Where the first mode that works was found, for the rest of this process.
_known_routes: dict[tuple[LinkMode, Place, Place], Route] = {}


@value
class LinkJob:
    """One tree to spread.

    `tree` is the absolute path of the entry's tree. A group is (source directory relative to the
    tree, absolute target directory, names of files in both, empty files as (name, mode)).
    `directories` are the absolute targets to make, parents first; those of groups that are left
    out are made when they are met. `files` and `bytes` are the sums over the groups.
    """

    tree: str
    groups: tuple[Group, ...]
    files: int
    bytes: int
    directories: tuple[Path, ...] = ()


def spread(jobs: Sequence[LinkJob], *, mode: LinkMode, workers: int = 2) -> Receipt:
    """Make all files of all jobs appear in their targets, and say how.

    Existing files are replaced in one step each. Raises SystemFailure naming the path that could
    not be made; what was made before stays. Safe to repeat, beside others too.
    """
    pieces = sorted(_cut(jobs), key=_cost, reverse=True)
    base = _find_base(jobs, mode)
    total = sum(map(_cost, pieces))

    def run(number: int) -> list[Row]:
        return _Spreading(mode, base).spread(pieces[number])

    answers = fork_map(len(pieces), run, workers=workers if total >= _WORTH_A_PROCESS else 1)
    return _account(answers, base, sum(job.bytes for job in jobs))


def _cost(job: LinkJob) -> int:
    files = sum(len(names) + len(empties) for _, _, names, empties in job.groups)
    return files + _DIRECTORY_COST * len(job.groups)


def _cut(jobs: Sequence[LinkJob]) -> list[LinkJob]:
    """The jobs, the large ones in several pieces. Only trees, groups and directories count now."""
    pieces = []
    for job in jobs:
        if _cost(job) <= _LARGEST_PIECE:
            pieces.append(job)
            continue
        slices: list[list[Group]] = [[]]
        room = _LARGEST_PIECE
        for group in job.groups:
            if room <= 0:
                slices.append([])
                room = _LARGEST_PIECE
            slices[-1].append(group)
            room -= len(group[2]) + len(group[3]) + _DIRECTORY_COST
        owner = {group[1]: index for index, groups in enumerate(slices) for group in groups}
        directories: list[list[bytes]] = [[] for _ in slices]
        for directory in job.directories:  # parents without files of their own go to the first
            directories[owner.get(directory, 0)].append(directory)
        pieces += [
            LinkJob(job.tree, tuple(groups), 0, 0, tuple(made))
            for groups, made in zip(slices, directories, strict=True)
        ]
    return pieces


def _find_base(jobs: Sequence[LinkJob], mode: LinkMode) -> Key | None:
    """The way that nearly all files will go: the way of the first one.

    Found before workers start, so that each does not try for itself.
    """
    for job in jobs:
        for source, target, names, _ in job.groups:
            if names:
                pair = _open_pair(job.tree, source, target)
                try:
                    places = _find_places(pair)
                    return _key(_find_route(pair, names[0], mode=mode, places=places), places)
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


class _Spreading:
    """One piece on its way into the environment, and the account of it."""

    def __init__(self, requested: LinkMode, base: Key | None) -> None:
        self.requested = requested
        self.base = base
        self.places: tuple[Place, Place] | None = None
        self.rows: dict[Key, tuple[int, int, bytes]] = {}  # files, bytes, an example

    def spread(self, piece: LinkJob) -> list[Row]:
        """Place everything. Bytes of files that went the base way are left out of the rows."""
        for directory in piece.directories:
            _make_directory(directory)
        for source, target, names, empties in piece.groups:
            pair = _open_pair(piece.tree, source, target)
            try:
                for name, mode in empties:
                    self.place_empty(pair, name, mode=mode)
                if names:
                    self.place_group(pair, names)
            finally:
                pair.close()
        return [(*key, *row) for key, row in self.rows.items()]

    def place_group(self, pair: Pair, names: tuple[bytes, ...]) -> None:
        places = self.find_places(pair)
        route = _find_route(pair, names[0], mode=self.requested, places=places)
        if route.refusals and route.next is None:
            # The last resort. This directory may lie elsewhere and be better off: look again.
            places = self.places = _find_places(pair)
            route = _find_route(pair, names[0], mode=self.requested, places=places)
        key = _key(route, places)
        if key != self.base:
            for name in names:
                self.place(pair, name, route=route, key=key)
        elif route.mode == HARDLINK and pair.source is not None:
            self.hardlink_group(pair, names, route=route, key=key)
        else:
            for name in names:
                self.place(pair, name, route=route, key=key)

    def hardlink_group(
        self, pair: Pair, names: tuple[bytes, ...], *, route: Route, key: Key
    ) -> None:
        """The warm path of nearly all installs: one system call per file and as little else."""
        link, source, target = os.link, pair.source, pair.target
        placed = len(names)
        for name in names:
            try:
                link(name, name, src_dir_fd=source, dst_dir_fd=target)
            except OSError as error:
                placed -= 1
                self.place_otherwise(pair, name, route=route, key=key, error=error)
        self.count(key, pair, names[0], files=placed)

    def place(self, pair: Pair, name: bytes, *, route: Route, key: Key) -> None:
        try:
            MODES[route.mode](pair, name, name)
        except OSError as error:
            self.place_otherwise(pair, name, route=route, key=key, error=error)
        else:
            self.count(key, pair, name)

    def place_otherwise(
        self, pair: Pair, name: bytes, *, route: Route, key: Key, error: OSError
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
                following = after(route, error.errno or 0)
                if following is None:
                    path = os.path.join(pair.target_path, name)
                    raise SystemFailure(
                        _ACTIONS[route.mode], os.fsdecode(path), error
                    ) from OsCause(error)
                route = following
                key = _key(route, _find_places(pair))
                MODES[route.mode](pair, name, name)
                break
            except OSError as met:
                error = met
        self.count(key, pair, name)

    def place_empty(self, pair: Pair, name: bytes, *, mode: int) -> None:
        try:
            try:
                create_empty(pair, name, name, mode=mode)
            except FileExistsError:
                temporary = random_name().encode()
                create_empty(pair, name, temporary, mode=mode)
                _rename(pair, temporary, name)
        except OSError as error:
            path = os.path.join(pair.target_path, name)
            raise SystemFailure("create", os.fsdecode(path), error) from OsCause(error)
        self.count((EMPTY, (), *self.find_places(pair)), pair, name)

    def find_places(self, pair: Pair) -> tuple[Place, Place]:
        if self.places is None:
            self.places = _find_places(pair)
        return self.places

    def count(self, key: Key, pair: Pair, name: bytes, *, files: int = 1) -> None:
        """Add files that went the way `key`; sizes are looked up unless the job knows them."""
        known = self.rows.get(key)
        size = 0
        if key != self.base and key[0] != EMPTY:
            at = pair.source_name(name)
            size = os.stat(at, dir_fd=pair.source, follow_symlinks=False).st_size
        if known is None:
            self.rows[key] = (files, size, os.path.join(pair.target_path, name))
        else:
            self.rows[key] = (known[0] + files, known[1] + size, known[2])


def _key(route: Route, places: tuple[Place, Place]) -> Key:
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


def _replace(pair: Pair, name: bytes, *, mode: RealMode) -> None:
    """Place a file beside its target, then rename it over what is there."""
    if mode == HARDLINK:
        old = os.stat(pair.target_name(name), dir_fd=pair.target, follow_symlinks=False)
        new = os.stat(pair.source_name(name), dir_fd=pair.source, follow_symlinks=False)
        if os.path.samestat(old, new):
            return
    temporary = random_name().encode()
    MODES[mode](pair, name, temporary)
    _rename(pair, temporary, name)
    if mode == HARDLINK:
        # Somebody may have put the same inode there since: then the rename did nothing, and left
        # the temporary name, and said success.
        _unlink_quietly(pair, temporary)


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


def _account(answers: Sequence[Sequence[Row]], base: Key | None, total: int) -> Receipt:
    """One receipt of all workers' rows; the base way gets the bytes that no other row has."""
    mounts = read_mounts()
    left = total - sum(row[5] for rows in answers for row in rows)
    tallies = []
    for rows in answers:
        for mode, refusals, store, target, files, size, example in rows:
            if (mode, refusals, store, target) == base:
                size, left = left, 0
            tallies.append(
                Tally(
                    mode=mode,
                    refusals=refusals,
                    store=mounts.by_identifier(store[0]),
                    target=mounts.by_identifier(target[0]),
                    files=files,
                    bytes=size,
                    example=os.fsdecode(example),
                )
            )
    return Receipt.merge((Receipt(tuple(tallies)),))
