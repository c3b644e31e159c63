"""How much disk a store takes.

Owns the counting: allocated blocks are added up, each inode once. Refuses to say what removing
would give back: files that environments link to are counted like all others. Follows what `du`
does with POSIX `st_blocks`.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.store.store import Store

_OTHER = "other"


def size(store: Store) -> dict[str, int]:
    """Allocated bytes by top-level directory; files beside the buckets are under `other`.

    A store that does not exist is empty. What vanishes while it is counted is not counted.
    """
    seen: set[tuple[int, int]] = set()
    found: dict[str, int] = {}
    for entry in _scan(store.root):
        if entry.is_dir(follow_symlinks=False):
            found[entry.name] = _allocated(entry, seen) + _tree(entry.path, seen)
        else:
            found[_OTHER] = found.get(_OTHER, 0) + _allocated(entry, seen)
    return found


def _tree(path: str, seen: set[tuple[int, int]]) -> int:
    total = 0
    pending = [path]
    while pending:
        for entry in _scan(pending.pop()):
            total += _allocated(entry, seen)
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
    return total


def _scan(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except OSError:
        return []


def _allocated(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> int:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    identity = (status.st_dev, status.st_ino)
    if status.st_nlink > 1 and not entry.is_dir(follow_symlinks=False):
        if identity in seen:
            return 0
        seen.add(identity)
    if hasattr(status, "st_blocks"):
        return status.st_blocks * 512
    return status.st_size
