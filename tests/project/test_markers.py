"""Markers put together, by property: they hold where they should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.marker import Marker
from weft.project.markers import both, negated, required_extra, with_extras

_LEAVES = [
    f"{variable} {operator} '{literal}'"
    for variable, operators, literals in (
        ("python_version", ("==", "!=", "<", "<=", ">", ">=", "~="), ("3.9", "3.11", "3.12")),
        ("python_full_version", ("==", "!=", "<", ">=", "~="), ("3.9.1", "3.11.2")),
        ("sys_platform", ("==", "!=", "in", "not in"), ("linux", "win32 linux")),
    )
    for operator in operators
    for literal in literals
] + ["'nux' in sys_platform", "'nux' not in sys_platform", "extra == 'a'", "extra != 'b'"]
_ENVIRONMENTS = [
    {"python_version": version, "python_full_version": full, "sys_platform": platform}
    for version, full in (("3.9", "3.9.1"), ("3.11", "3.11.2"), ("3.13", "3.13.0"))
    for platform in ("linux", "win32")
]
_markers = st.recursive(
    st.sampled_from(_LEAVES),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
    max_leaves=5,
).map(Marker.parse)
_extras = st.sampled_from([frozenset(), frozenset("a"), frozenset("b"), frozenset("ab")])


def _holds(marker: Marker | None, environment: dict[str, str], extras: frozenset[str]) -> bool:
    return marker is None or marker.evaluate(environment, extras)


@given(_markers, st.sampled_from(_ENVIRONMENTS), _extras)
def test_the_negation_holds_where_the_marker_does_not(
    marker: Marker, environment: dict[str, str], extras: frozenset[str]
) -> None:
    assert _holds(negated(marker), environment, extras) is not _holds(marker, environment, extras)


@given(_markers, _markers, st.sampled_from(_ENVIRONMENTS), _extras)
def test_both_holds_where_each_does(
    first: Marker, second: Marker, environment: dict[str, str], extras: frozenset[str]
) -> None:
    together = _holds(both(first, second), environment, extras)
    assert together is (_holds(first, environment, extras) and _holds(second, environment, extras))


@given(_markers, st.sampled_from(_ENVIRONMENTS), _extras)
def test_what_is_left_of_a_marker_needs_no_extras(
    marker: Marker, environment: dict[str, str], extras: frozenset[str]
) -> None:
    possible, left = with_extras(marker, extras)
    assert (possible and _holds(left, environment, frozenset())) is _holds(
        marker, environment, extras
    )
    assert left is None or not left.mentions_extra


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("extra == 'x'", "x"),
        ("python_version > '3' and extra == 'X_y'", "x-y"),
        ("extra == 'x' or extra == 'y'", None),
        ("extra != 'x'", None),
        ("python_version > '3'", None),
    ],
)
def test_the_extra_that_a_marker_asks_for(text: str, extra: str | None) -> None:
    assert required_extra(Marker.parse(text)) == extra
