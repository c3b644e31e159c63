"""Which name of a package somebody may have meant.

Owns the measure: few letters left out, added, changed or swapped, in proportion to the length, or
the same name with or without `python` or `py` before or behind it. Refuses to know names and to
phrase anything. Follows: optimal string alignment, after F. J. Damerau, "A technique for computer
detection and correction of spelling errors", 1964.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 3  # more would be no help
_AFFIXES = ("python-", "python3-", "py-", "py", "-python", "-py")


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The names of `known` that are as close to `name` as any, at most three, sorted.

    Both are normalized. Nothing is close to a name of less than four letters but what differs by
    `python` or `py`.
    """
    allowed = 0 if len(name) < 4 else 1 if len(name) < 6 else 2
    bare = _bare(name)
    found: dict[str, int] = {}
    for other in known:
        if other == name:
            continue
        if _bare(other) == bare and bare:
            found[other] = 1
        elif abs(len(other) - len(name)) <= allowed:
            far = distance(name, other)
            if far <= allowed:
                found[other] = far
    best = min(found.values(), default=0)
    return sorted(other for other, far in found.items() if far == best)[:_MOST]


def distance(left: str, right: str) -> int:
    """How many letters have to be inserted, removed, replaced or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for place, letter in enumerate(left, 1):
        current = [place]
        for at, other in enumerate(right, 1):
            best = min(row[at] + 1, current[at - 1] + 1, row[at - 1] + (letter != other))
            is_swap = place > 1 and at > 1 and letter == right[at - 2] and other == left[place - 2]
            if is_swap:
                best = min(best, before[at - 2] + 1)
            current.append(best)
        before, row = row, current
    return row[-1]


def _bare(name: str) -> str:
    """The name without what only says that it is for Python."""
    for affix in _AFFIXES:
        if affix.startswith("-"):
            name = name.removesuffix(affix)
        else:
            name = name.removeprefix(affix)
    return name.replace("-", "")
