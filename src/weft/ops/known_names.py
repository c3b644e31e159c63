"""Names of packages that this machine has met.

Owns where they are found: the pages of indexes in the cache, a lock, a project; and the question
whether one of them was meant. Completion offers them, and what cannot be found is compared with
them. Refuses the network, and errors: what cannot be read has no names. The file of a lock is
scanned for the lines that name packages, since reading it as TOML would cost a hundred times as
much; its layout is `weft.lock.uvlock_layout`.
"""

from __future__ import annotations

from weft.store.layout import Bucket
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

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


def nearest_locked_names(directory: str) -> list[tuple[str, bool]]:
    """The same of the lock in `directory` or the nearest above it; nothing where there is none."""
    while True:
        found = locked_names(os.path.join(directory, "uv.lock"))
        above = os.path.dirname(directory)
        if found is not None or above == directory:
            return found or []
        directory = above


def declared_names(document: Mapping[str, Any]) -> set[str]:
    """The packages that any list of a `pyproject.toml`, or of a script's metadata, requires."""
    from weft.core.names import leading_name, normalize_name

    project = document.get("project") or document
    tables = [project.get("optional-dependencies"), document.get("dependency-groups")]
    lists = [project.get("dependencies")]
    lists += [listed for table in tables if isinstance(table, dict) for listed in table.values()]
    found = [text for listed in lists if isinstance(listed, list) for text in listed]
    return {normalize_name(leading_name(text)) for text in found if isinstance(text, str)}


def did_you_mean(name: str, known: Iterable[str], *, why: str = "") -> tuple[str, ...]:
    """The hint for a name that is not among those known, if one of them is like it.

    `why` says what the name is that was not found, where the error above does not.
    """
    from weft.core.spelling import nearest

    close = nearest(name, known)
    meant = " or ".join([f"`{other}`" for other in close])
    return (f"Did you mean {meant}{why}?",) if close else ()


def _listed(directory: str) -> list[str]:
    try:
        return [name for name in os.listdir(directory) if not name.startswith(".")]
    except OSError:
        return []
