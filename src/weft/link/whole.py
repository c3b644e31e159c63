"""Cloning whole directories where the platform can (macOS) and nothing is in the way.

Owns the decision which directories of a job can be cloned at once: those of which the job wants
everything, and nothing else. Refuses to merge: where the target has anything, the files go one by
one. Each directory is cloned beside its target and renamed, so it is there as a whole or not at
all. Follows `clonefile(2)` of macOS and `rename(2)`, which replaces an empty directory.
"""

from __future__ import annotations

import stat

from weft.core.value import replace
from weft.link.route import AUTO, EMPTY, LARGE_LIBRARY, is_library
from weft.system.files import make_directory, random_name, remove_tree
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.link.places import Group, Row, Way
    from weft.link.route import LinkMode
    from weft.link.tree import LinkJob

    # Clones the directory at the first path to the second, which does not exist. Raises OSError.
    CloneDirectory = Callable[[bytes, bytes], None]


def clone_directories(
    jobs: Sequence[LinkJob], clone: CloneDirectory, *, mode: LinkMode, way: Way
) -> tuple[list[LinkJob], list[Row]]:
    """Clone what can be cloned whole; the jobs that are left, and the account of what went `way`.

    A refused directory is left to the jobs. Raises SystemFailure where a parent cannot be made.
    """
    left, files, empties, example = [], 0, 0, b""
    for job in jobs:
        forest = _Forest(job, spare_libraries=mode == AUTO)
        done = [source for source in forest.topmost_whole() if forest.clone(source, clone)]
        if not done:
            left.append(job)
            continue
        rest, cloned = forest.split(done)
        files += sum(len(names) for _, _, names, _ in cloned)
        empties += sum(len(made) for _, _, _, made in cloned)
        example = example or cloned[0][1]
        targets = [forest.targets[source] for source in done]
        directories = tuple(
            each for each in job.directories if not any(_is_below(each, top) for top in targets)
        )
        left.append(replace(job, groups=rest, directories=directories))
    rows: list[Row] = []
    if files:
        rows.append((*way, files, 0, example))
    if empties:
        rows.append((EMPTY, (), way[2], way[3], 0, empties, 0, example))
    return left, rows


class _Forest:
    """The directories of one job: what it wants of each, and where each goes."""

    def __init__(self, job: LinkJob, *, spare_libraries: bool) -> None:
        self.tree = os.fsencode(job.tree)
        self.groups = job.groups
        self.spare_libraries = spare_libraries
        self.wanted: dict[bytes, set[bytes]] = {}  # names in each source directory
        self.targets: dict[bytes, bytes] = {}
        self.broken: set[bytes] = set()  # parts of these go to different places
        for source, target, names, empties in job.groups:
            self._add(source, target.rstrip(b"/"))
            self.wanted[source].update(names, (name for name, _ in empties))

    def _add(self, source: bytes, target: bytes) -> None:
        """A directory, and its parents as far as they go to the parents of `target`."""
        while source:
            known = self.targets.setdefault(source, target)
            if known != target:
                self.broken.add(source)
            self.wanted.setdefault(source, set())
            parent, _, name = source.rpartition(b"/")
            self.wanted.setdefault(parent, set()).add(name)
            if os.path.basename(target) != name:
                self.broken.add(parent)
            source, target = parent, os.path.dirname(target)
        self.wanted.setdefault(source, set())

    def topmost_whole(self) -> list[bytes]:
        """Directories to clone, none inside another. The root of the tree is never one."""
        whole: list[bytes] = []
        tops = sorted(name for name in self.targets if b"/" not in name)
        while tops:
            source = tops.pop()
            if self._is_whole(source) and not _holds_anything(self.targets[source]):
                whole.append(source)
            else:
                tops += [child for child in self._children(source) if child in self.targets]
        return whole

    def _children(self, source: bytes) -> list[bytes]:
        return [os.path.join(source, name) for name in sorted(self.wanted[source])]

    def _is_whole(self, source: bytes) -> bool:
        """Whether the job wants all that is in the store's directory, in one place."""
        path = os.path.join(self.tree, source)
        if source in self.broken or set(os.listdir(path)) != self.wanted[source]:
            return False
        if self.spare_libraries and any(
            is_library(name) and os.stat(os.path.join(path, name)).st_size >= LARGE_LIBRARY
            for name in self.wanted[source]
        ):
            return False
        return all(self._is_whole(each) for each in self._children(source) if each in self.targets)

    def clone(self, source: bytes, clone: CloneDirectory) -> bool:
        """Clone one directory with all in it; False where that is refused, or too late."""
        target = self.targets[source]
        make_directory(os.fsdecode(os.path.dirname(target)))
        temporary = os.path.join(os.path.dirname(target), random_name().encode())
        try:
            clone(os.path.join(self.tree, source), temporary)
            for below, _, names, empties in self.groups:
                if _is_below(below, source):
                    inside = os.path.join(temporary, below[len(source) :].lstrip(b"/"))
                    for name in (*names, *(name for name, _ in empties)):
                        _unseal(os.path.join(inside, name))
            os.rename(temporary, target)
        except OSError:
            remove_tree(os.fsdecode(temporary))
            return False
        return True

    def split(self, done: Sequence[bytes]) -> tuple[tuple[Group, ...], list[Group]]:
        """The groups outside of the directories `done`, and those inside."""
        rest: list[Group] = []
        cloned: list[Group] = []
        for group in self.groups:
            inside = any(_is_below(group[0], source) for source in done)
            (cloned if inside else rest).append(group)
        return tuple(rest), cloned


def _holds_anything(path: bytes) -> bool:
    try:
        return bool(os.listdir(path))
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _unseal(path: bytes) -> None:
    """Clones may be written by their owner, as when they are made one by one."""
    os.chmod(path, stat.S_IMODE(os.lstat(path).st_mode) | stat.S_IWUSR)


def _is_below(path: bytes, directory: bytes) -> bool:
    return path == directory or path.startswith(directory + b"/")
