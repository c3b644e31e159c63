"""Freshness follows RFC 9111."""

from __future__ import annotations

import pytest

from weft.index.httpcache import Freshness, freshness, parse_cache_control

NOW = 1_000_000
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


def until(**headers: str) -> int:
    """Seconds from now for which an answer with these headers is fresh; negative means stale."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return max(freshness(named, NOW, NOW).fresh_until - NOW, -1)


def test_a_page_without_headers_is_fresh_for_ten_minutes() -> None:
    assert until() == 600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("max-age=60", 60),
        ("public, MAX-AGE=60, immutable", 60),
        ('max-age="60"', 60),
        ("max-age=0", -1),
        ("max-age=banana", -1),
        ("max-age=-1", -1),
        ("max-age=60, max-age=90", 60),
        ("no-cache", -1),
        ("no-cache, max-age=60", -1),
        ("no-store", -1),
        ("immutable", 31_536_000),
        ("private", 600),
        ("max-age=99999999999999999999", 1 << 31),
    ],
)
def test_cache_control_decides(text: str, seconds: int) -> None:
    assert until(cache_control=text) == seconds


def test_the_age_of_an_answer_counts() -> None:
    assert until(cache_control="max-age=60", age="45") == 15
    assert until(cache_control="max-age=60", age="nonsense") == 60


def test_the_time_on_the_wire_counts() -> None:
    assert freshness({"cache-control": "max-age=60"}, NOW - 20, NOW).fresh_until == NOW + 40


def test_expires_is_measured_from_the_date_of_the_answer() -> None:
    assert until(expires="Sun, 06 Nov 1994 08:50:37 GMT", date=DATE) == 60
    assert until(expires="Sun, 06 Nov 1994 08:40:00 GMT", date=DATE) == -1
    assert until(expires="0", date=DATE) == -1
    assert until(expires="Sun, 06 Nov 1994 08:50:37 GMT", date=DATE, cache_control="max-age=5") == 5


def test_an_override_takes_the_place_of_the_server() -> None:
    found = freshness({"cache-control": "no-store", "expires": "0"}, NOW, NOW, override="max-age=7")
    assert found == Freshness(NOW + 7, "", "", False)


def test_validators_and_orders_are_kept() -> None:
    headers = {"etag": 'W/"x"', "last-modified": DATE, "cache-control": "must-revalidate, no-store"}
    assert freshness(headers, NOW, NOW) == Freshness(0, 'W/"x"', DATE, True, False)


def test_directives_are_read_leniently() -> None:
    assert parse_cache_control(' a , b = "c",, =x,D') == {"a": "", "b": "c", "d": ""}
