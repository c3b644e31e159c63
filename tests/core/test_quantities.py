"""Sizes, durations and counts as they are printed."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.digest import new_sha256, sha256_hex, short_digest
from weft.core.quantities import format_duration, format_size, parse_size, plural


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1.0KiB"),
        (1_258_291, "1.2MiB"),
        (1 << 30, "1.0GiB"),
        (5 * (1 << 40), "5.0TiB"),
        (1 << 80, "1048576.0EiB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("512", 512),
        ("512B", 512),
        ("1K", 1024),
        ("1KB", 1000),
        ("10 MiB", 10 << 20),
        (" 1.5g ", 3 << 29),
        ("0.001kb", 1),
        ("2TB", 2 * 10**12),
        ("9EiB", 9 << 60),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "-1", ".5", "1.x", "1..2", "1 MiBs", "1Bi", "١", "1e3"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_size(text)


@given(st.integers(0, 1 << 70))
def test_a_size_that_was_written_is_read_with_the_precision_of_the_writing(size: int) -> None:
    read = parse_size(format_size(size))
    assert abs(read - size) <= max(size >> 10, 1) * 100


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00ms"),
        (-1, "0.00ms"),
        (0.000_48, "0.48ms"),
        (0.000_999_9, "0.99ms"),
        (0.001, "1ms"),
        (0.0129, "12ms"),
        (0.9999, "999ms"),
        (3.049, "3.04s"),
        (59.999, "59.99s"),
        (60, "1m 00s"),
        (65.9, "1m 05s"),
        (3661, "61m 01s"),
    ],
)
def test_durations_are_cut_off(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (1, "package", "1 package"),
        (0, "package", "0 packages"),
        (3, "package", "3 packages"),
        (2, "directory", "2 directories"),
        (2, "key", "2 keys"),
    ],
)
def test_plurals(count: int, noun: str, text: str) -> None:
    assert plural(count, noun) == text


@given(st.binary(max_size=100), st.integers(0, 2000))
def test_digests_are_sha256(data: bytes, times: int) -> None:
    data *= times
    expected = hashlib.sha256(data).hexdigest()
    assert sha256_hex(data) == expected
    running = new_sha256()
    running.update(data)
    assert running.hexdigest() == expected
    assert running.digest().hex() == expected


@given(st.text(alphabet=st.characters(codec=None), max_size=20))
def test_short_digests_are_sixteen_digits(text: str) -> None:
    encoded = text.encode("utf-8", "surrogatepass")
    assert short_digest(text) == hashlib.sha256(encoded).hexdigest()[:16]
