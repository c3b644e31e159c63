"""The algebra of ranges against sets of small numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weft.core.ranges import EMPTY, FULL, TOP, complement, contains, intersect, union

POINTS = [bytes([number]) for number in range(24)]
Ranges = tuple[tuple[bytes, bytes], ...]


@st.composite
def ranges(draw: st.DrawFn) -> Ranges:
    """Sorted, disjoint, not touching; the ends may be open."""
    ends = sorted(draw(st.sets(st.integers(0, 23), max_size=8)))
    keys = [bytes([end]) for end in ends]
    if draw(st.booleans()):
        keys.insert(0, b"")
    if len(keys) % 2:
        keys.append(TOP)
    return tuple(zip(keys[::2], keys[1::2], strict=True))


def members(found: Ranges) -> set[bytes]:
    return {point for point in POINTS if contains(found, point)}


def assert_canonical(found: Ranges) -> None:
    flat = [end for pair in found for end in pair]
    assert flat == sorted(set(flat))


@given(ranges(), ranges())
def test_intersection_holds_what_both_hold(a: Ranges, b: Ranges) -> None:
    found = intersect(a, b)
    assert_canonical(found)
    assert members(found) == members(a) & members(b)
    assert found == intersect(b, a)


@given(ranges(), ranges())
def test_union_holds_what_either_holds(a: Ranges, b: Ranges) -> None:
    found = union(a, b)
    assert_canonical(found)
    assert members(found) == members(a) | members(b)
    assert found == union(b, a)


@given(ranges())
def test_complement_holds_the_rest(a: Ranges) -> None:
    found = complement(a)
    assert_canonical(found)
    assert members(found) == set(POINTS) - members(a)
    assert complement(found) == a
    assert intersect(a, found) == EMPTY
    assert union(a, found) == FULL


@given(ranges(), ranges())
def test_de_morgan(a: Ranges, b: Ranges) -> None:
    assert complement(union(a, b)) == intersect(complement(a), complement(b))


def test_full_and_empty_are_neutral() -> None:
    some = ((b"a", b"b"), (b"c", TOP))
    assert intersect(FULL, some) == some == intersect(some, FULL)
    assert intersect(EMPTY, some) == EMPTY
    assert union(EMPTY, some) == some == union(some, EMPTY)
    assert union(FULL, some) == FULL
