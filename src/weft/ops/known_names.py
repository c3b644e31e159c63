"""Names of packages that this machine has met.

Owns where they are found: the pages of indexes in the cache, and a lock. Completion offers them,
and a name that no index has is compared with them. Refuses the network, and errors: what cannot be
read has no names. The file of a lock is scanned for the lines that name packages, since reading it
as TOML would cost a hundred times as much; its layout is `weft.lock.uvlock_layout`.
"""

from __future__ import annotations

import os

from weft.store.layout import Bucket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCAL = tuple(f"source = {{ {kind} = " for kind in ("editable", "virtual", "directory"))


def cached_names(cache: str) -> Iterator[str]:
    """Projects whose pages the cache in this directory has, of all indexes; some more than once."""
    root = os.path.join(cache, Bucket.SIMPLE)
    yield from _listed(os.path.join(root, "pypi"))
    others = os.path.join(root, "index")
    for index in _listed(others):
        yield from _listed(os.path.join(others, index))


def locked_names(path: str) -> list[tuple[str, bool]] | None:
    """The packages of the lock at `path`: name, and whether it is a project of this machine.

    None when there is no lock.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = stream.read().split("\n")
    except OSError:
        return None
    found: list[tuple[str, bool]] = []
    expected = False
    for line in lines:
        if line == "[[package]]":
            expected = True
        elif expected and line.startswith('name = "'):
            found.append((line[8:].partition('"')[0], False))
            expected = False
        elif found and line.startswith(_LOCAL):
            found[-1] = (found[-1][0], True)
    return found


def _listed(directory: str) -> list[str]:
    try:
        return [name for name in os.listdir(directory) if not name.startswith(".")]
    except OSError:
        return []
