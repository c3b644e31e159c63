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
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from weft.link.places import Group, Row
    from weft.link.receipt import Receipt
    from weft.link.route import LinkMode
    from weft.link.whole import CloneDirectory

    Path: TypeAlias = bytes
    # What it costs, a part of a job, and the job's number where the part is all of it, else None.
    Piece: TypeAlias = "tuple[int, LinkJob, int | None]"

# Below so much work (files, and directories at four each) a second process costs more than it does.
_WORTH_A_PROCESS = 600
_DIRECTORY_COST = 4
# Jobs are cut into pieces of at most this, so that all workers finish at about the same time.
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


def spread(
    jobs: Sequence[LinkJob],
    *,
    mode: LinkMode,
    workers: int = 2,
    clone_directory: CloneDirectory | None = CLONE_DIRECTORY,
    rows: Sequence[Row] = (),
    before: Callable[[int], object] | None = None,
) -> Receipt:
    """Make all files of all jobs appear in their targets, and say how.

    `rows` are files that came to be there otherwise, for the same account.
    `before(number of a job)` is called once for each, before anything of that job is made; in a
    worker's process as a rule.

    Existing files are replaced in one step each. `clone_directory` clones a whole directory, on
    platforms that can. Raises SystemFailure naming the path that could not be made, or WorkerDied;
    what was made before stays. Safe to repeat, beside others too.
    """
    start = _Start(before)
    # The way of nearly all files is that of the first one. It is found before workers start, so
    # that not each of them tries for itself.
    finder = Finder(read_mounts())
    base = None
    for number, job in enumerate(jobs):
        if any(names for _, _, names, _ in job.groups):
            start(number)
            base = finder.find_way(job.tree, job.groups, mode=mode)
            break
    answers: list[Sequence[Row]] = [rows]
    total = sum(job.bytes for job in jobs) + sum(row[6] for row in rows)
    if clone_directory is not None and base is not None and base[0] == CLONE:
        from weft.link.whole import clone_directories

        for number in range(len(jobs)):
            start(number)
        jobs, cloned = clone_directories(jobs, clone_directory, mode=mode, way=base)
        answers.append(cloned)
    pieces = sorted(_cut(jobs, start), key=lambda piece: piece[0], reverse=True)

    def run(number: int) -> list[Row]:
        _, piece, job = pieces[number]
        if job is not None:
            start(job)
        placer = Placer(mode, base, finder)
        return placer.place_groups(piece.tree, piece.groups, piece.directories)

    if sum(cost for cost, _, _ in pieces) < _WORTH_A_PROCESS:
        workers = 1
    if workers > 1:
        from weft.system.workers import fork_map

        answers += fork_map(len(pieces), run, workers=workers)
    else:
        answers += map(run, range(len(pieces)))
    return account(answers, base, total, mounts=finder.mounts)


class _Start:
    """Calls `before` once for each job."""

    def __init__(self, before: Callable[[int], object] | None) -> None:
        self._before = before
        self._done: set[int] = set()

    def __call__(self, number: int) -> None:
        if self._before is not None and number not in self._done:
            self._done.add(number)
            self._before(number)


def _cost(groups: Sequence[Group]) -> int:
    files = sum([len(names) + len(empties) for _, _, names, empties in groups])
    return files + _DIRECTORY_COST * len(groups)


def _cut(jobs: Sequence[LinkJob], start: Callable[[int], object]) -> list[Piece]:
    """The jobs, the large ones in several pieces. Only trees, groups and directories count now.

    What is cut is started at once: its pieces may be taken in any order.
    """
    pieces: list[Piece] = []
    for number, job in enumerate(jobs):
        cost = _cost(job.groups)
        if cost <= _LARGEST_PIECE:
            pieces.append((cost, job, number))
            continue
        start(number)
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
        index = 0
        for directory in reversed(job.directories):
            # A parent without files of its own goes with what comes first in it.
            index = owner.get(directory, index)
            directories[index].append(directory)
        pieces += [
            (_cost(groups), LinkJob(job.tree, tuple(groups), 0, 0, tuple(reversed(made))), None)
            for groups, made in zip(slices, directories, strict=True)
        ]
    return pieces
