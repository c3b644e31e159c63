"""Directories that belong to one distribution, taken away by one rename each.

Owns telling whether a directory holds nothing but what is to be removed, and moving it out of the
environment. Refuses to delete: whoever made the place for it does that, when nobody waits any more.
Follows `rename(2)`, and PEP 3147 for bytecode.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CACHE = "__pycache__"
# A single file is as quick to delete.
_WORTH_A_RENAME = 2


class Trash:
    """Takes directories into `place`, as long as that lies on their file system."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._count = 0

    def take(self, directory: str, files: Mapping[str, Sequence[str]]) -> int:
        """Move `directory` away if all that is in it is among `files`: how many those were.

        `files` are names by the directory, below `directory` or that itself. Bytecode in
        `__pycache__` goes with its sources. 0 where it is not moved; then nothing has changed.
        """
        if not self._place or sum(map(len, files.values())) < _WORTH_A_RENAME:
            return 0
        try:
            count = _count(directory, {below: frozenset(names) for below, names in files.items()})
        except OSError:  # it cannot be listed
            return 0
        if count:
            self._count += 1
            try:
                os.rename(directory, f"{self._place}/{os.getpid()}-{self._count}")
            except OSError:  # another file system, most likely: then that is so for all of them
                self._place = ""
                return 0
        return count


def _count(top: str, files: Mapping[str, frozenset[str]]) -> int:
    """The number of files below a directory, 0 where something is not among `files`."""
    parents = {top}
    for directory in files:
        while directory not in parents:
            parents.add(directory)
            directory = os.path.dirname(directory)
    count = 0
    for directory in parents:
        expected = files.get(directory, frozenset())
        loose = os.path.basename(directory) == _CACHE
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.name in expected and not entry.is_dir(follow_symlinks=False):
                        count += 1
                    elif not loose and not (
                        entry.is_dir(follow_symlinks=False)
                        and (entry.path in parents or entry.name == _CACHE)
                    ):
                        return 0
        except FileNotFoundError:
            continue
    return count
