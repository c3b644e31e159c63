"""Which name somebody may have meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.spelling import distance, nearest

NAMES = st.text("abc-", max_size=7)
KNOWN = ["django", "flask", "numpy", "python-dateutil", "pyyaml", "requests", "six", "sox"]


@given(NAMES, NAMES)
def test_the_distance_is_the_same_both_ways_and_zero_for_equals_alone(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert distance(one, other) <= max(len(one), len(other))
    assert distance(one, other) >= abs(len(one) - len(other))


@given(NAMES, st.integers(0, 7), st.sampled_from("abcx"))
def test_one_letter_more_or_two_swapped_is_a_distance_of_one(
    name: str, place: int, letter: str
) -> None:
    assert distance(name, name[:place] + letter + name[place:]) == 1
    swapped = name[:place] + name[place : place + 2][::-1] + name[place + 2 :]
    assert distance(name, swapped) == (swapped != name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("reqeusts", ["requests"]),
        ("request", ["requests"]),
        ("djagno", ["django"]),
        ("yaml", ["pyyaml"]),
        ("dateutil", ["python-dateutil"]),
        ("numpy", []),
        ("pynumpy", ["numpy"]),
        ("sax", []),
        ("flatten", []),
    ],
)
def test_a_name_is_meant_when_few_letters_differ(name: str, meant: list[str]) -> None:
    assert nearest(name, KNOWN) == meant


def test_of_many_close_names_three_are_enough() -> None:
    assert nearest("stone", [f"ston{letter}" for letter in "abcdef"]) == ["stona", "stonb", "stonc"]
