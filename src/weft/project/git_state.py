"""Commit and tags of the Git repository that a directory belongs to.

Owns the reading of its files. Refuses to run Git, and to look into packed references for tags: the
answer has to be uv's, which does not, so that both tools agree on what is outdated. A commit is
looked for there, since every clone has its branch packed at first and uv then knows of none.
Follows gitrepository-layout(5).
"""

from __future__ import annotations

import os

from weft.core.errors import WeftError
from weft.system.files import read_bytes

_HEX = frozenset("0123456789abcdefABCDEF")


def read_commit(directory: str) -> str | None:
    """40 hex digits; None without a repository or a commit, and for a repository in SHA-256."""
    place = _repository(directory)
    if place is None:
        return None
    head = f"{place}/HEAD"
    if not os.path.exists(head):
        private = _linked(place)
        if private is None:
            return None
        head = f"{private}/HEAD" if os.path.isdir(private) else private
    words = (_read(head) or "").split()
    if len(words) < 2:
        return _commit(words[0]) if words else None
    return _commit((_read(f"{place}/{words[1]}") or "").strip())


def read_tags(directory: str) -> tuple[tuple[str, str], ...] | None:
    """(tag, object it names), ascending; None where they cannot be told."""
    place = _repository(directory)
    if place is None:
        return None
    references = f"{place}/refs"
    if not os.path.exists(references):
        private = _linked(place)
        if private is None:
            return None
        references = os.path.join(os.path.dirname(os.path.dirname(private)), "refs")
    tags = []
    for name, path in _files(f"{references}/tags", ""):
        commit = _commit((_read(path) or "").strip())
        if commit is None:
            return None
        tags.append((name, commit))
    return tuple(sorted(tags))
