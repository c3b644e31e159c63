"""Marker sets against the evaluation of markers, and the laws of sets."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.marker_worlds import ORDERS, environment, marker_text, wanted
from tests.core.strategies import version_texts
from weft.core.marker import Marker, MarkerError
from weft.core.marker_sets import MarkerSet
from weft.core.ranges import FULL, contains
from weft.core.specifier import Specifiers
from weft.core.version import Version

PARSE = MarkerSet.parse


def python(text: str) -> MarkerSet:
    return MarkerSet.of_python(Specifiers.parse(text))


@st.composite
def sets(draw: st.DrawFn) -> MarkerSet:
    return PARSE(marker_text(random.Random(draw(st.integers(0, 2**32))), 3))


def test_ten_thousand_cases_evaluate_as_their_markers_do() -> None:
    source = random.Random(20)
    for _ in range(2500):
        marker = Marker.parse(marker_text(source, 3))
        described = MarkerSet.of(marker)
        for _ in range(4):
            world, extras, groups = environment(source), wanted(source), wanted(source)
            expected = marker.evaluate(world, extras, groups=groups)
            assert described.evaluate(world, extras, groups) is expected, (marker.text, world)


def test_operations_mean_what_they_say_on_sampled_environments() -> None:
    source = random.Random(21)
    for _ in range(800):
        one, other = PARSE(marker_text(source, 2)), PARSE(marker_text(source, 2))
        worlds = [(environment(source), wanted(source), wanted(source)) for _ in range(6)]
        for world in worlds:
            first, second = one.evaluate(*world), other.evaluate(*world)
            assert (one & other).evaluate(*world) is (first and second)
            assert (one | other).evaluate(*world) is (first or second)
            assert (~one).evaluate(*world) is not first
            assert not (first and second and one.is_disjoint(other))
            assert not (first and not second and one.is_subset(other))
            if second:
                assert one.simplified(other).evaluate(*world) is first
                assert one.among(other).evaluate(*world) is first


@settings(max_examples=200, deadline=None)
@given(st.sampled_from((*ORDERS, "~=", "in", "not in")), version_texts(local=False))
def test_any_version_is_understood(operator: str, version: str) -> None:
    for variable in ("python_version", "python_full_version", "platform_release"):
        try:
            described = PARSE(f"{variable} {operator} '{version}'")
        except MarkerError:
            continue
        assert PARSE(described.text).is_subset(described)
        assert described.is_subset(PARSE(described.text))


def test_the_text_of_a_set_describes_it() -> None:
    source = random.Random(22)
    for _ in range(1000):
        described = PARSE(marker_text(source, 3))
        again = PARSE(described.text)
        world = (environment(source), wanted(source), wanted(source))
        assert again.evaluate(*world) is described.evaluate(*world), described.text
        assert again.is_subset(described)
        assert described.is_subset(again)


@settings(max_examples=150, deadline=None)
@given(sets(), sets(), sets())
def test_laws_of_sets(a: MarkerSet, b: MarkerSet, c: MarkerSet) -> None:
    assert ~~a is a
    assert (a & b) is (b & a)
    assert (a | b) is (b | a)
    assert ~(a & b) is (~a | ~b)
    assert (a & ~a).is_false
    assert (a | ~a).is_true
    assert (a & b).is_subset(a)
    assert a.is_subset(a | b)
    assert a.is_disjoint(b) is (a & b).is_false
    assert ((a & b) & c).is_subset(a & (b & c))
    if a.is_subset(b) and b.is_subset(c):
        assert a.is_subset(c)


@settings(max_examples=150, deadline=None)
@given(sets(), sets())
def test_what_is_simplified_agrees_where_the_assumption_holds(a: MarkerSet, b: MarkerSet) -> None:
    assert (a.simplified(b) & b).is_subset(a)
    assert (a & b).is_subset(a.simplified(b))
    assert a.simplified(a | b).is_subset(a | ~(a | b))


@pytest.mark.parametrize(
    ("marker", "under", "text"),
    [
        ("python_version >= '3.11'", "python_version < '3.12'", "python_full_version == '3.11.*'"),
        ("python_version < '3.11'", "python_version < '3.12'", "python_full_version != '3.11.*'"),
        ("sys_platform != 'win32'", "sys_platform == 'linux'", ""),
        ("os_name == 'nt'", "", "os_name == 'nt'"),
    ],
)
def test_a_set_among_others_treats_what_these_rule_out_as_their_first(
    marker: str, under: str, text: str
) -> None:
    assert PARSE(marker).among(PARSE(under)).text == text


def test_the_extras_of_a_conjunction_are_told_with_whether_they_are_wanted() -> None:
    found = PARSE("extra == 'b' and extra != 'a' and extra == 'c'").extra_terms()
    assert found == (("a", False), ("b", True), ("c", True))
    assert PARSE("").extra_terms() == ()


def test_equal_sets_are_one_object() -> None:
    assert PARSE("python_version < '3.9'") is PARSE("python_full_version < '3.9.0'")
    assert PARSE("os_name == 'a' and os_name == 'b'") is MarkerSet.FALSE
    assert PARSE("python_version >= '3' or python_version < '3'") is MarkerSet.TRUE
    assert PARSE("") is MarkerSet.of(None) is MarkerSet.TRUE
    assert PARSE("platform_system == 'Windows'") is PARSE("sys_platform == 'win32'")
    assert len({PARSE("os_name == 'a'"), PARSE("'a' == os_name"), MarkerSet.FALSE}) == 2


def test_what_is_no_marker_is_refused() -> None:
    with pytest.raises(MarkerError):
        PARSE("os_name is 'nt'")


@pytest.mark.parametrize(
    "text",
    [
        "os_name == 'nt' and sys_platform == 'linux'",
        "os_name == 'posix' and platform_system == 'Windows'",
        "platform_system == 'FreeBSD' and sys_platform == 'darwin'",
        "platform_system == 'iOS' and sys_platform == 'linux'",
        "sys_platform == 'win32' and (os_name == 'posix' and python_version < '3.9')",
    ],
)
def test_no_interpreter_is_in_an_impossible_set(text: str) -> None:
    first, _, second = text.partition(" and ")
    assert PARSE(text).is_false
    assert PARSE(first).is_disjoint(PARSE(second))
    assert (~PARSE(text)).is_true


def test_possible_platforms_stay() -> None:
    assert not PARSE("platform_system == 'iOS' and sys_platform == 'ios'").is_false
    assert not PARSE("os_name == 'posix' and sys_platform == 'cygwin'").is_false


@pytest.mark.parametrize(
    ("text", "lowest", "inside", "outside"),
    [
        ("python_version >= '3.9'", ">=3.9", ["3.9", "3.9.0rc1", "4.0"], ["3.8.20"]),
        ("python_full_version > '3.9.1'", ">3.9.1", ["3.9.2"], ["3.9.1", "3.9.1.post1"]),
        (
            "python_version == '3.8' and os_name == 'a' or python_version == '3.11'",
            ">=3.8",
            ["3.8.1", "3.11.0"],
            ["3.9.0", "3.10.4", "3.12.0"],
        ),
        ("python_version < '3.9'", None, ["2.7", "3.8.20"], ["3.9.0"]),
        ("python_version >= '3.9' or os_name == 'a'", None, ["2.7"], []),
        ("sys_platform == 'linux' and extra == 'a'", None, ["3.1"], []),
    ],
)
def test_pythons_of_a_set(
    text: str, lowest: str | None, inside: list[str], outside: list[str]
) -> None:
    described = PARSE(text)
    bound = described.python_at_least()
    assert (bound and bound.text) == lowest
    assert all(contains(described.python(), Version.parse(version).key) for version in inside)
    assert not any(contains(described.python(), Version.parse(version).key) for version in outside)


def test_pythons_of_everything_and_nothing() -> None:
    assert MarkerSet.TRUE.python() == FULL
    assert MarkerSet.FALSE.python() == ()
    assert MarkerSet.FALSE.python_at_least() is None


def test_requires_python_is_a_set() -> None:
    assert python("") is MarkerSet.TRUE
    assert python(">=3.8,!=3.9.*,<4").text == (
        "python_full_version == '3.8.*'"
        " or (python_full_version >= '3.10' and python_full_version < '4')"
    )
    assert python("~=3.9.2") is PARSE("python_full_version ~= '3.9.2'")
    assert python(">=3.9.0rc1") is python(">=3.9")
    assert python("===3.9.1") is PARSE("python_full_version == '3.9.1'")
    assert python(">=3.9").is_subset(python(">=3.8"))


def test_extras_are_assumed_or_set_aside() -> None:
    described = PARSE("os_name == 'x' and extra == 'a' or os_name == 'y' and extra != 'b'")
    assert described.mentions_extra
    assert not PARSE("os_name == 'extra' or 'a' in extras").mentions_extra
    assert described.with_extra("a").text == "os_name == 'x' or (os_name == 'y' and extra != 'b')"
    assert described.without_extra("a").with_extra("b").is_false
    assert described.without_extras().text == "os_name == 'x' or os_name == 'y'"
    assert described.only_extras().text == "extra == 'a' or extra != 'b'"
    none = described.restrict_extras(lambda name: False)
    assert none is PARSE("os_name == 'y'")
    assert described.restrict_extras(lambda name: None) is described


def test_no_version_is_below_zero() -> None:
    assert PARSE("python_version < '0'") is MarkerSet.FALSE
    assert PARSE("python_full_version >= '0'") is MarkerSet.TRUE
    assert PARSE("python_version > '0'").text == "python_full_version >= '0.1'"
    assert PARSE("python_version <= '0'").text == "python_full_version < '0.1'"
    assert PARSE("python_full_version > '0'").text == "python_full_version > '0'"


def test_numbers_of_any_size_survive() -> None:
    text = "python_full_version >= '3.64.20231231' and python_full_version < '3.100'"
    assert PARSE(text).text == text
    longer = f"python_full_version > '{'9' * 70}.1'"
    assert PARSE(longer).text == longer
