"""`packaging` is the oracle where both give a meaning; the rest is a table."""

from __future__ import annotations

import marshal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker as Oracle

from tests.core.strategies import ENVIRONMENT, marker_texts
from weft.core.marker import ALWAYS, Marker, MarkerError

EXTRAS = st.sampled_from(["", "a", "b", "a-b"])


def holds(text: str, *extras: str, **changes: str) -> bool:
    return Marker.parse(text).evaluate({**ENVIRONMENT, **changes}, frozenset(extras))


@given(marker_texts, EXTRAS)
def test_evaluation_agrees_with_packaging(text: str, extra: str) -> None:
    expected = Oracle(text).evaluate({**ENVIRONMENT, "extra": extra})
    found = Marker.parse(text).evaluate(ENVIRONMENT, frozenset([extra] if extra else ()))
    assert found == expected


@given(marker_texts)
def test_the_text_of_a_marker_gives_the_marker_again(text: str) -> None:
    marker = Marker.parse(text)
    again = Marker.parse(marker.text)
    assert again.tree == marker.tree
    assert again.text == marker.text
    assert marshal.loads(marshal.dumps(marker.tree)) == marker.tree


def test_equal_texts_are_parsed_once() -> None:
    assert Marker.parse("os_name == 'kept'") is Marker.parse(" os_name == 'kept' ")


@pytest.mark.parametrize(
    "text",
    [
        "'3' > '4'",
        "os_name == sys_platform",
        "python_version >= 'abc'",
        "python_version ~= '3'",
        "python_version in '3.8, 3.11'",
        "'3' in python_version",
        "os_name ~= 'x'",
        "extra > 'a'",
        "extra in 'a b'",
        "extras == 'a'",
        "'3' > '4' or '4' > '5'",
    ],
)
def test_what_means_nothing_is_dropped(text: str) -> None:
    marker = Marker.parse(text)
    assert marker.tree == ALWAYS
    assert marker.text == ""
    assert marker.evaluate({})
    assert Marker.parse(f"os_name == 'nt' and {text}").text == "os_name == 'nt'"
    assert Marker.parse(f"({text}) or os_name == 'nt'").text == "os_name == 'nt'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("python_version >= '3.11'", True),
        ("python_version > '3.11.0'", False),
        ("python_version < '3.11.5'", True),
        ("'3.8' <= python_version", True),
        ("'4' ~= python_version", True),
        ("'4.0' ~= python_version", False),
        ("python_version in '3.8 3.11'", True),
        ("python_version not in '3.8 3.11'", False),
        ("python_version in '3.1'", False),
        ("python_full_version == '3.11.*'", True),
        ("platform_release > '9'", False),
        ("platform_release >= '6'", True),
        ("os.name == 'posix'", True),
        ("sys.platform == 'linux'", True),
        ("platform.machine == 'x86_64'", True),
        ("platform.version == '#1 SMP'", True),
        ("platform.python_implementation == 'CPython'", True),
        ("python_implementation == 'PyPy'", False),
        ("os_name=='posix'and(sys_platform=='linux')", True),
        ("'inu' in sys_platform", True),
        ("'inu' not in sys_platform", False),
        ("os_name == 'nt' and os_name == 'nt' or os_name == 'posix'", True),
        ("os_name == 'nt' and (os_name == 'nt' or os_name == 'posix')", False),
        ("os_name <= 'posix' and os_name >= 'posix'", True),
        ("os_name <= 'q' or os_name >= 'p' or os_name < 'q' or os_name > 'p'", False),
    ],
)
def test_comparisons(text: str, expected: bool) -> None:
    assert holds(text) is expected


def test_the_release_of_darwin_is_a_version() -> None:
    darwin = {"sys_platform": "darwin", "platform_release": "23.6.0"}
    assert holds("platform_release > '9'", **darwin)
    assert holds("platform_release == '23.6'", **darwin)
    assert holds("platform_release == '23.*'", **darwin)
    assert holds("platform_release >= '23.6rc1'", **darwin)
    assert not holds("platform_release > '9+local'", **darwin)
    assert not holds("platform_release <= 'unknown'", **darwin)
    assert holds("platform_release != 'unknown'", **darwin)


@pytest.mark.parametrize("full", ["3.14.0rc1", "3.14.0+", "3.14.0b2+local", "3.14.0"])
def test_a_pre_release_of_python_counts_as_its_release(full: str) -> None:
    changes = {"python_version": "3.14", "python_full_version": full}
    assert holds("python_version >= '3.14'", **changes)
    assert holds("python_full_version >= '3.14'", **changes)
    assert holds("python_full_version == '3.14.0rc1'", **changes)
    assert not holds("python_full_version < '3.14.0b1'", **changes)


def test_an_unreadable_version_matches_nothing() -> None:
    assert not holds("implementation_version >= '0'", implementation_version="unknown")


def test_extras_are_compared_by_normal_name() -> None:
    assert holds("extra == 'A_b'", "a-b")
    assert not holds("extra == 'a_b'", "a")
    assert holds("extra != 'a_b'")
    assert not holds("extra != 'a.b'", "a-b", "c")
    assert Marker.parse("extra == 'A_b'").mentions_extra
    assert Marker.parse("os_name == 'x' or 'A_b' in extras").mentions_extra
    assert not Marker.parse("os_name == 'extra'").mentions_extra


def test_lock_file_sets_hold_names() -> None:
    marker = Marker.parse("'Dev_x' in dependency_groups and 'a' not in extras")
    assert marker.evaluate({}, groups=frozenset(["dev-x"]))
    assert not marker.evaluate({}, frozenset(["a"]), groups=frozenset(["dev-x"]))
    assert not marker.evaluate({})


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("os_name=='a'", ("==", "os_name", "a", False)),
        ("'a'in os_name", ("in", "os_name", "a", True)),
        ("'3.8' < python_version", (">", "python_version", "3.8", False)),
        (
            "os_name == 'a' and os_name == 'b' or extra == 'C_d'",
            (
                "or",
                ("and", ("==", "os_name", "a", False), ("==", "os_name", "b", False)),
                ("==", "extra", "c-d", False),
            ),
        ),
    ],
)
def test_the_shape_of_trees(text: str, tree: tuple[object, ...]) -> None:
    assert Marker.parse(text).tree == tree


def test_quotes_survive() -> None:
    assert Marker.parse("""os_name == "a'b" """).text == """os_name == "a'b\""""


def test_long_chains_stay_shallow() -> None:
    text = " or ".join(f"os_name == '{number}'" for number in range(5000))
    marker = Marker.parse(text + " or os_name == 'posix'")
    assert marker.evaluate(ENVIRONMENT)
    assert marshal.loads(marshal.dumps(marker.tree)) == marker.tree


def test_hostile_nesting_is_an_error() -> None:
    with pytest.raises(MarkerError, match="fewer nested parentheses"):
        Marker.parse("(" * 100_000 + "os_name == 'a'" + ")" * 100_000)


def test_an_error_points_into_the_marker() -> None:
    with pytest.raises(MarkerError) as caught:
        Marker.parse("os_name == 'a' x")
    assert caught.value.message == (
        "Unexpected character 'x', expected 'and', 'or' or end of input\n"
        "os_name == 'a' x\n"
        "               ^"
    )
