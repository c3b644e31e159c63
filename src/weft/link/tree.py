"""Spreading whole trees of a store into an environment.

Owns how the work is cut and shared out, and one receipt of it all. Refuses to link directories:
they are always real (`link.whole` clones them where a platform can). What happens to one file is
in `link.placing`.
"""

from __future__ import annotations

from weft.core.value import value
from weft.link.account import account
from weft.link.finding import Finder
from weft.link.modes import CLONE_DIRECTORY
from weft.link.placing import Placer
from weft.link.route import CLONE
from weft.system.mounts import read_mounts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol, TypeAlias

    from weft.link.places import Group, Row
    from weft.link.receipt import Receipt
    from weft.link.route import LinkMode
    from weft.link.whole import CloneDirectory

    Path: TypeAlias = bytes

    class Job(Protocol):
        """One tree to spread, of which the names are not needed yet.

        `files` and `bytes` are its sums, `cost` is how long it takes, in files. `prepare` gives
        the names, and does what comes before anything of the tree is made; it is called once, in
        a worker's process as a rule. It may raise WeftError.
        """

        @property
        def files(self) -> int: ...
        @property
        def bytes(self) -> int: ...
        @property
        def cost(self) -> int: ...
        def prepare(self) -> LinkJob: ...


# What a directory costs, in files.
DIRECTORY_COST = 4
# Below so much work, in files, a second process costs more than it does.
_WORTH_A_PROCESS = 600
# What is more than a worker's part of the whole is cut into pieces of at most this.
_LARGEST_PIECE = 1200


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

    @property
    def cost(self) -> int:
        """How long it takes, in files."""
        return _cost(self.groups)

    def prepare(self) -> LinkJob:
        """Itself: there is nothing to be done before."""
        return self


def spread(
    jobs: Sequence[Job],
    *,
    mode: LinkMode,
    workers: int = 2,
    clone_directory: CloneDirectory | None = CLONE_DIRECTORY,
    rows: Sequence[Row] = (),
) -> Receipt:
    """Make all files of all jobs appear in their targets, and say how.

    `rows` are files that came to be there otherwise, for the same account.

    Existing files are replaced in one step each. `clone_directory` clones a whole directory, on
    platforms that can. Raises SystemFailure naming the path that could not be made, WorkerDied, or
    what a job's `prepare` raises; what was made before stays. Safe to repeat, beside others too.
    """
    # The way of nearly all files is that of the first one. It is found before workers start, so
    # that not each of them tries for itself.
    finder = Finder(read_mounts())
    base = None
    ready: dict[int, LinkJob] = {}  # what is prepared before
    for number, job in enumerate(jobs):
        first = ready[number] = job.prepare()
        if any(names for _, _, names, _ in first.groups):
            base = finder.find_way(first.tree, first.groups, mode=mode)
            break
    answers: list[Sequence[Row]] = [rows]
    total = sum(job.bytes for job in jobs) + sum(row[6] for row in rows)
    if clone_directory is not None and base is not None and base[0] == CLONE:
        from weft.link.whole import clone_directories

        prepared = [ready.get(number) or job.prepare() for number, job in enumerate(jobs)]
        jobs, cloned = clone_directories(prepared, clone_directory, mode=mode, way=base)
        ready = {}
        answers.append(cloned)
    pieces = _deal(jobs, ready, workers=workers)

    def run(number: int) -> list[Row]:
        piece = pieces[number][1].prepare()
        placer = Placer(mode, base, finder)
        return placer.place_groups(piece.tree, piece.groups, piece.directories)

    if sum(cost for cost, _ in pieces) < _WORTH_A_PROCESS:
        workers = 1
    if workers > 1:
        from weft.system.workers import fork_map

        answers += fork_map(len(pieces), run, workers=workers)
    else:
        answers += map(run, range(len(pieces)))
    return account(answers, base, total, mounts=finder.mounts)


def _cost(groups: Sequence[Group]) -> int:
    files = sum([len(names) + len(empties) for _, _, names, empties in groups])
    return files + DIRECTORY_COST * len(groups)


def _deal(
    jobs: Sequence[Job], ready: Mapping[int, LinkJob], *, workers: int
) -> list[tuple[int, Job]]:
    """What to do and what it costs, the most expensive first: so all workers end together.

    `ready` are those of the jobs that are prepared, by number. A job that is more than a worker's
    part is prepared now, and cut. The others stay whole, so that nobody needs their names but who
    does them.
    """
    costs = [job.cost for job in jobs]
    most = max(sum(costs) // max(workers, 1), _LARGEST_PIECE)
    pieces: list[tuple[int, Job]] = []
    for number, job in enumerate(jobs):
        if costs[number] <= most:
            pieces.append((costs[number], ready.get(number, job)))
        else:
            pieces += [
                (_cost(piece.groups), piece) for piece in _cut(ready.get(number) or job.prepare())
            ]
    pieces.sort(key=lambda piece: piece[0], reverse=True)
    return pieces


def _cut(job: LinkJob) -> list[LinkJob]:
    """A job in pieces; only their trees, groups and directories count."""
    slices: list[list[Group]] = [[]]
    room = _LARGEST_PIECE
    for group in job.groups:
        if room <= 0:
            slices.append([])
            room = _LARGEST_PIECE
        slices[-1].append(group)
        room -= len(group[2]) + len(group[3]) + DIRECTORY_COST
    owner = {group[1]: index for index, groups in enumerate(slices) for group in groups}
    directories: list[list[bytes]] = [[] for _ in slices]
    index = 0
    for directory in reversed(job.directories):
        # A parent without files of its own goes with what comes first in it.
        index = owner.get(directory, index)
        directories[index].append(directory)
    return [
        LinkJob(job.tree, tuple(groups), 0, 0, tuple(reversed(made)))
        for groups, made in zip(slices, directories, strict=True)
    ]
