"""`packaging` is the oracle: parsing, normal form, order and properties agree with it."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from packaging.version import InvalidVersion
from packaging.version import Version as Oracle

from tests.core.strategies import version_texts
from weft.core.version import Version, VersionError, encode_number, version_key

ASCENDING = (
    *("0.dev0", "0a1", "0", "0+a", "0.0.1", "1.dev0", "1.dev1", "1.dev1+x", "1a0.dev1", "1a0"),
    *("1a0.post0.dev0", "1a0.post0", "1a1", "1a10", "1b0", "1rc0", "1rc2", "1rc10", "1", "1+a"),
    *("1+a.a", "1+a.1", "1+b", "1+0", "1+1", "1+1.a", "1+1.1", "1+10", "1.post0.dev0", "1.post0"),
    *(
        "1.post0+a",
        "1.post1",
        "1.post99",
        "1.0.1.dev0",
        "1.0.1",
        "1.1",
        "1.63",
        "1.64",
        "1.99",
        "1.100",
    ),
    *("1.20230101", "2.0a1", "2", "63", "64", "100", "20230101123456", "1!0.dev0", "1!0", "1!1"),
    *("63!0", "64!0", "255!0", "256!0", "70000!1"),
)


def accepted(text: str) -> Oracle | None:
    try:
        return Oracle(text)
    except InvalidVersion:
        return None


def test_the_keys_of_an_ascending_list_ascend() -> None:
    keys = [version_key(text) for text in ASCENDING]
    assert None not in keys
    assert all(low < high for low, high in itertools.pairwise(k for k in keys if k is not None))
    oracle = [Oracle(text) for text in ASCENDING]
    assert all(low < high for low, high in itertools.pairwise(oracle))


@given(version_texts())
def test_parsing_agrees_with_packaging(text: str) -> None:
    oracle = accepted(text)
    key = version_key(text)
    if oracle is None:
        assert key is None
        with pytest.raises(VersionError):
            Version.parse(text)
        return
    version = Version.parse(text)
    assert version.text == str(oracle)
    assert version.key == key == version_key(version.text)
    assert version.epoch == oracle.epoch
    assert version.release == oracle.release
    assert version.local == oracle.local
    assert version.public == oracle.public
    assert version.is_prerelease == oracle.is_prerelease
    assert version.is_devrelease == oracle.is_devrelease
    assert version.is_postrelease == oracle.is_postrelease


@given(version_texts(), version_texts())
def test_order_agrees_with_packaging(first: str, second: str) -> None:
    oracles = accepted(first), accepted(second)
    if oracles[0] is None or oracles[1] is None:
        return
    one, other = Version.parse(first), Version.parse(second)
    assert (one < other) == (oracles[0] < oracles[1])
    assert (one == other) == (oracles[0] == oracles[1])
    assert (one >= other) == (oracles[0] >= oracles[1])
    if one == other:
        assert hash(one) == hash(other)


def test_ten_thousand_neighbours_are_ordered_as_packaging_orders_them() -> None:
    chance = random.Random(440)
    parts = (
        ["", "", "", "1!"],
        ["0", "1", "1.0", "1.1", "1.0.0", "1.0.1", "2"],
        ["", "", "a0", "a1", "b1", "rc1"],
        ["", "", ".post0", ".post1"],
        ["", "", ".dev0", ".dev1"],
        ["", "", "", "+a", "+1", "+a.1"],
    )
    texts = ["".join(chance.choice(part) for part in parts) for _ in range(10_000)]
    assert sorted(texts, key=lambda text: version_key(text) or b"") == sorted(texts, key=Oracle)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "x", "1.", ".1", "1..2", "1.0-", "1!", "!1", "1+", "1+a+b", "1+a..b", "1+ä"),
        *(
            "1.0.*",
            "1.0x",
            "1.0-1-1",
            "1.0 1",
            "1a1a1",
            "1.0rc1rc",
            "١",
            "1.٢",
            "vv1",
            "1.0devpost",
        ),
        *("1-alpha-beta", "1.postx", "1.0.0.0.", "1\x00", "1\u2003.0"),
    ],
)
def test_what_is_no_version_has_no_key(text: str) -> None:
    assert accepted(text) is None
    assert version_key(text) is None


def test_numbers_of_any_length_are_ordered() -> None:
    numbers = ["0", "63", "64", "99", "100", "9" * 59, "1" + "0" * 59, "9" * 60, "1" + "0" * 60]
    numbers += ["9" * 5000, "1" + "0" * 5000, "9" * 70_000]
    keys = [encode_number(number) for number in numbers]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert encode_number("000" + "9" * 5000) == encode_number("9" * 5000)
    assert (version_key("1." + "9" * 1000) or b"\xff") < (version_key("2") or b"")


def test_numbers_that_python_cannot_hold_are_refused() -> None:
    assert Version.parse("1." + "9" * 1000).release == (1, int("9" * 1000))
    for text in ("9" * 1001, "1!" + "9" * 5000, "1a" + "9" * 5000):
        with pytest.raises(VersionError, match="at most 1000 digits"):
            Version.parse(text)


def test_no_key_reaches_the_top() -> None:
    assert (version_key("9" * 1000 + "!" + "9" * 1000) or b"\xff") < b"\xff"


def test_letters_that_fold_into_ascii_are_refused() -> None:
    assert version_key("1+\u212a") is None  # the Kelvin sign, lower case `k`
    assert version_key("1.po\u017ft1") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abc", "expected version to start with a number, but no leading ASCII digits were found"),
        ("1.0.x", "after parsing `1.0`, found `.x`, which is not part of a valid version"),
        ("1.0A.x", "after parsing `1.0A.`, found `x`, which is not part of a valid version"),
        ("1.*", "wildcards are not allowed in a version"),
        ("1.*.2", "wildcards in versions must be at the end"),
        (
            "1!",
            "expected version to have a non-empty release component after an epoch, but no ASCII"
            " digits after the epoch were found",
        ),
        (
            "1+a.",
            "found a `.` indicating the start of a local component in a version, but did not find"
            " any alphanumeric ASCII segment following the `.`",
        ),
    ],
)
def test_an_error_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(VersionError) as caught:
        Version.parse(text)
    assert caught.value.message == reason
    assert caught.value.text == text
