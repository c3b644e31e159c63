"""Commit and tags of the Git repository that a directory belongs to.

Owns the reading of its files: loose and packed references, linked working trees, submodules.
Refuses to run Git, and repositories that keep references elsewhere (reftable) or use SHA-256.
Follows gitrepository-layout(5) and gitglossary(7).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.system.files import read_bytes
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_HEX = frozenset("0123456789abcdefABCDEF")
_CHAIN = 5  # symbolic references to symbolic references, as far as Git follows them


@value
class _Repository:
    """`private` is of one working tree, `common` of all; the same but in linked ones."""

    private: str
    common: str


def read_commit(directory: str) -> str | None:
    """The commit that is checked out, 40 hex digits; None without one."""
    repository = _find(directory)
    if repository is None:
        return None
    name = "HEAD"
    for _ in range(_CHAIN):
        text = _reference(repository, name)
        if not text.startswith("ref:"):
            return text if _is_commit(text) else None
        name = text[4:].strip()
        if ".." in name.split("/") or name.startswith("/"):
            return None
    return None


def read_tags(directory: str) -> tuple[tuple[str, str], ...] | None:
    """(tag, object that it names), ascending; None without a repository or with a broken tag."""
    repository = _find(directory)
    if repository is None:
        return None
    tags = {
        name.removeprefix("refs/tags/"): commit
        for name, commit in _packed(repository.common)
        if name.startswith("refs/tags/")
    }
    place = f"{repository.common}/refs/tags"
    for name in _files_below(place):
        tags[name] = _text(f"{place}/{name}")
    if not all(map(_is_commit, tags.values())):
        return None
    return tuple(sorted(tags.items()))


def _find(directory: str) -> _Repository | None:
    """The nearest repository, upwards from `directory`."""
    here = os.path.abspath(directory)
    while True:
        found = _open(f"{here.rstrip('/')}/.git")
        if found is not None:
            return found
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above


def _open(git: str) -> _Repository | None:
    """What a `.git` is: the repository, or a file that says where that lies."""
    if not os.path.isdir(git):
        text = _text(git)
        if not text.startswith("gitdir:"):
            return None
        git = os.path.join(os.path.dirname(git), text[7:].strip())
    if not os.path.exists(f"{git}/HEAD"):
        return None
    common = _text(f"{git}/commondir")
    return _Repository(git, os.path.normpath(os.path.join(git, common)) if common else git)


def _reference(repository: _Repository, name: str) -> str:
    """Its text; empty where there is no such reference. Loose ones win over packed ones."""
    for place in (repository.private, repository.common):
        text = _text(f"{place}/{name}")
        if text:
            return text
    return dict(_packed(repository.common)).get(name, "")


def _packed(common: str) -> Iterator[tuple[str, str]]:
    """(name, object) of every packed reference."""
    for line in _text(f"{common}/packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name and line[0] not in "#^":
            yield name, commit


def _files_below(place: str) -> list[str]:
    """Paths relative to `place`, which need not exist."""
    found = []
    for directory, _, names in os.walk(place):
        below = os.path.relpath(directory, place)
        found += [name if below == "." else f"{below}/{name}" for name in names]
    return [name for name in found if not name.endswith(".lock")]


def _is_commit(text: str) -> bool:
    return len(text) == 40 and _HEX.issuperset(text)


def _text(path: str) -> str:
    """A small file without the white space at its ends; empty where it cannot be read."""
    try:
        return (read_bytes(path) or b"").decode("utf-8", "surrogateescape").strip()
    except (WeftError, ValueError):
        return ""
