"""Sets of versions as half-open ranges of version keys.

Owns the algebra. A set is a tuple of `(low, high)` pairs of `bytes`, `low <= key < high`, sorted,
disjoint, not touching; every version key (`weft.core.version`) lies between `b""` and `TOP`.
Refuses to know what a version is: keys are compared as bytes and nothing else.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Ranges: TypeAlias = tuple[tuple[bytes, bytes], ...]

TOP = b"\xff"
"""Above every version key."""

EMPTY: Ranges = ()
FULL: Ranges = ((b"", TOP),)


def contains(ranges: Ranges, key: bytes) -> bool:
    """Whether `key` lies in one of the ranges."""
    for low, high in ranges:
        if key < high:
            return low <= key
    return False


def intersect(a: Ranges, b: Ranges) -> Ranges:
    """What lies in both."""
    if a in (FULL, b):
        return b
    if b == FULL:
        return a
    if len(a) == 1 == len(b):  # the usual case, without the loop
        ((low, high),) = a
        ((other_low, other_high),) = b
        low = max(low, other_low)
        high = min(high, other_high)
        return ((low, high),) if low < high else ()
    result: list[tuple[bytes, bytes]] = []
    left = right = 0
    while left < len(a) and right < len(b):
        low = max(a[left][0], b[right][0])
        high = min(a[left][1], b[right][1])
        if low < high:
            result.append((low, high))
        if a[left][1] < b[right][1]:
            left += 1
        else:
            right += 1
    return tuple(result)


def union(a: Ranges, b: Ranges) -> Ranges:
    """What lies in either; ranges that touch become one."""
    if not a or a == b:
        return b
    if not b:
        return a
    result: list[tuple[bytes, bytes]] = []
    for low, high in sorted(a + b):
        if result and low <= result[-1][1]:
            if high > result[-1][1]:
                result[-1] = (result[-1][0], high)
        else:
            result.append((low, high))
    return tuple(result)


def complement(a: Ranges) -> Ranges:
    """Every key that `a` leaves out."""
    result: list[tuple[bytes, bytes]] = []
    start = b""
    for low, high in a:
        if start < low:
            result.append((start, low))
        start = high
    if start < TOP:
        result.append((start, TOP))
    return tuple(result)
