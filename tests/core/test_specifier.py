"""`packaging` is the oracle for what a specifier allows; the words of errors are a table."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version as OracleVersion

from tests.core.strategies import plain_versions, specifier_texts
from weft.core.ranges import FULL, contains
from weft.core.specifier import ANY, SpecifierError, Specifiers, requires_python_allows
from weft.core.version import Version


def accepted(text: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


def parsed(text: str) -> Specifiers | None:
    try:
        return Specifiers.parse(text)
    except SpecifierError:
        return None


@given(specifier_texts(), plain_versions())
def test_what_is_allowed_agrees_with_packaging(text: str, candidate: str) -> None:
    oracle, mine = accepted(text), parsed(text)
    assert (oracle is None) == (mine is None)
    if oracle is None or mine is None:
        return
    version = Version.parse(candidate)
    assert mine.contains(version) == oracle.contains(candidate, prereleases=True)
    assert mine.contains_key(version.key) == mine.contains(version)
    assert Specifiers.parse(mine.text) == mine


def test_thirty_thousand_pairs_agree_with_packaging() -> None:
    chance = random.Random(7)

    def draw() -> str:
        parts = (
            ["", "", "", "", "1!"],
            ["0", "1", "1.0", "1.1", "1.0.0", "1.0.1", "1.9", "1.10", "2", "0.0"],
            ["", "", "", "a1", "b1", "rc1"],
            ["", "", "", ".post0", ".post1"],
            ["", "", "", ".dev0", ".dev1"],
            ["", "", "", "", "+a", "+a.1"],
        )
        return "".join(chance.choice(part) for part in parts)

    compared = 0
    while compared < 30_000:
        operator = chance.choice(["==", "!=", ">=", "<=", ">", "<", "~=", "==*", "!=*"])
        written = draw()
        text = operator.rstrip("*") + written + (".*" if operator.endswith("*") else "")
        oracle, mine = accepted(text), parsed(text)
        assert (oracle is None) == (mine is None), text
        if oracle is None or mine is None:
            continue
        for candidate in (written, draw(), draw(), draw()):
            expected = oracle.contains(candidate, prereleases=True)
            assert mine.contains(Version.parse(candidate)) == expected, (text, candidate)
            compared += 1


@given(specifier_texts(), specifier_texts(), plain_versions())
def test_a_comma_means_and(first: str, second: str, candidate: str) -> None:
    one, other, both = parsed(first), parsed(second), parsed(f"{first},{second}")
    if one is None or other is None:
        assert both is None
        return
    assert both is not None
    key = Version.parse(candidate).key
    assert both.contains_key(key) == (one.contains_key(key) and other.contains_key(key))


@given(plain_versions())
def test_a_pin_and_its_opposite_share_nothing_and_miss_nothing(text: str) -> None:
    pin, other = Specifiers.parse("==" + text), Specifiers.parse("!=" + text)
    candidates = [text, "0", "1", "1.0a1", "1+a", "1!9"]
    for candidate in candidates:
        version = Version.parse(candidate)
        assert pin.contains(version) != other.contains(version)


def test_arbitrary_equality_compares_the_normal_forms() -> None:
    exact = Specifiers.parse("===1.0")
    assert exact.exact == "1.0"
    assert exact.pinned is None
    assert exact.contains(Version.parse("1.0"))
    assert not exact.contains(Version.parse("1.0.0"))
    assert not exact.contains(Version.parse("1.0+a"))
    assert exact.contains_key(Version.parse("1.0.0").key)


def test_the_text_is_ordered_by_version() -> None:
    assert Specifiers.parse("<3 , >= 1.0,!=v1.5.RC1").text == ">=1.0,!=1.5rc1,<3"
    assert Specifiers.parse(">=1.0,!=1.0a1").text == "!=1.0a1,>=1.0"
    assert Specifiers.parse(">=1.0,").spaced_text == ">=1.0"
    assert Specifiers.parse(">=1.0,<2").spaced_text == ">=1.0, <2"


def test_nothing_written_allows_everything() -> None:
    assert Specifiers.parse("") == ANY == Specifiers.parse(" ")
    assert ANY.ranges == FULL
    assert contains(ANY.ranges, Version.parse("0.dev0").key)


def test_the_ends_of_neighbouring_clauses_are_the_same_key() -> None:
    (high,) = [high for _, high in Specifiers.parse("<2").ranges]
    (other,) = [high for _, high in Specifiers.parse("==1.*").ranges]
    assert high == other


@pytest.mark.parametrize(
    ("text", "pinned", "prerelease"),
    [
        ("==1.0", "1.0", False),
        ("== 1.0.RC1", "1.0rc1", True),
        ("==1.*", None, False),
        ("==1.0,>0", None, False),
        (">=1.0", None, False),
        (">=1.0.dev1", None, True),
        ("!=1.0a1", None, False),
        ("!=1.0a1,<2b1", None, True),
        ("==1.0+abcd", "1.0+abcd", False),
        (">=1.0.post1", None, False),
        ("", None, False),
    ],
)
def test_pins_and_prereleases_are_known(text: str, pinned: str | None, prerelease: bool) -> None:
    specifiers = Specifiers.parse(text)
    assert specifiers.pinned == pinned
    assert specifiers.mentions_prerelease is prerelease


@pytest.mark.parametrize("number", ["9" * 100, "1" + "9" * 900, "0"])
def test_huge_numbers_have_a_successor(number: str) -> None:
    within = Specifiers.parse(f"==1.{number}.*")
    assert within.contains(Version.parse(f"1.{number}.7"))
    assert within.contains(Version.parse(f"1.{number}"))
    assert not within.contains(Version.parse("2"))
    assert not within.contains(Version.parse(f"1.1{number}.0"))
    assert Specifiers.parse(f"~=1.{number}.0").contains(Version.parse(f"1.{number}.1"))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (">=3.6.*", ">=3.6"),
        (">= '2.7'", ">=2.7"),
        ('>="3.6"', ">=3.6"),
        (">=2.7!=3.0.*", ">=2.7,!=3.0.*"),
        (">=3.6 <4", ">=3.6,<4"),
        ("!=~5.0", "!=5.0.*"),
        (">=3.*", ">=3"),
        ("*", ""),
        (">=*", ""),
        ("(>=3.6)", ">=3.6"),
        ("=>3.6", ">=3.6"),
        (">=3.6,,<4", ">=3.6,<4"),
        (">=2.7,!=3.0*", ">=2.7,!=3.0.*"),
        (">=3.7.", ">=3.7"),
        ("> = 3.6", ">=3.6"),
        ("<4.*,>3.5.*", ">3.5,<4"),
        (">=1!2.0 <3", ">=1!2.0,<3"),
        (">dev", ">0.0.0dev"),
        (">=9.0.0a1.0", ">=9.0.0a1"),
        (">=9a1.0,<9.1.0*", ">=9a1,<9.1.0"),
    ],
)
def test_published_mistakes_are_mended(text: str, meant: str) -> None:
    assert parsed(text) is None
    assert Specifiers.parse_lenient(text) == Specifiers.parse(meant)


def test_what_is_right_is_not_mended() -> None:
    assert Specifiers.parse_lenient(">=1.0, !=1.5.*").text == ">=1.0,!=1.5.*"


@pytest.mark.parametrize(
    ("text", "version", "allowed"),
    [
        (">=3.8", "3.11.7", True),
        (">=3.12", "3.11.7", False),
        ("<3.12", "3.12.0rc1", False),
        (">=3.14", "3.14.0rc1", True),
        (">=3.6.*", "3.11.7", True),
        ("~=3.10", "3.11.7", True),
        ("3.6+ or so", "3.11.7", True),
        (">=3.8", "3.11.2+local", True),
    ],
)
def test_requires_python_is_read_leniently(text: str, version: str, allowed: bool) -> None:
    assert requires_python_allows(text, version) is allowed
    assert requires_python_allows(text, Version.parse(version)) is allowed


def test_an_error_points_at_the_clause() -> None:
    with pytest.raises(SpecifierError) as caught:
        Specifiers.parse(">=1.0, <2.x")
    error = caught.value
    assert error.message == (
        "Failed to parse version: after parsing `2`, found `.x`, which is not part of a valid"
        " version:\n>=1.0, <2.x\n      ^^^^^\n"
    )


def test_packaging_and_weft_read_the_same_release() -> None:
    assert Version.parse("1!2.0rc1").release == OracleVersion("1!2.0rc1").release
