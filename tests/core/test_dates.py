"""`datetime` is the oracle for timestamps; the forms of a cut-off are a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.dates import DateError, parse_cutoff, parse_upload_time, timestamp

NOW = 1_700_000_000
DAY = 86_400
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29))


@given(MOMENTS, OFFSETS)
def test_timestamps_agree_with_datetime(moment: datetime, zone: timezone) -> None:
    aware = moment.replace(tzinfo=zone)
    expected = (aware.replace(microsecond=0) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        seconds=1
    )
    assert parse_upload_time(aware.isoformat()) == expected
    assert parse_cutoff(aware.isoformat(" "), NOW) == expected


@given(MOMENTS)
def test_without_an_offset_it_is_utc(moment: datetime) -> None:
    text = moment.replace(microsecond=0).isoformat()
    expected = parse_upload_time(f"{text}+00:00")
    assert parse_upload_time(text) == expected == parse_upload_time(f"{text}Z")


@given(st.dates(max_value=datetime(9999, 12, 30).date()))
def test_a_date_is_the_end_of_its_day(day: object) -> None:
    assert parse_cutoff(str(day), NOW) == (parse_upload_time(f"{day}T00:00:00Z") or 0) + DAY


@pytest.mark.parametrize(
    "text",
    ["", "2024", "2024-01-15", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "x", "2024-01-15T"],
)
def test_what_is_no_timestamp_is_none(text: str) -> None:
    assert parse_upload_time(text) is None


@given(st.text(alphabet="0123456789-T:.Z+ PDWHMSdaysweek,", max_size=25))
def test_any_text_is_read_or_refused(text: str) -> None:
    parse_upload_time(text)
    try:
        parse_cutoff(text, NOW)
    except DateError as error:
        assert f"`{text}`" in error.message


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2 weeks", 14 * DAY),
        ("1 week", 7 * DAY),
        ("30 days", 30 * DAY),
        ("P30D", 30 * DAY),
        ("p3d", 3 * DAY),
        ("P1W2D", 9 * DAY),
        ("PT24H", DAY),
        ("PT1.5H", 5400),
        ("P1DT12H30M5S", DAY + 12 * 3600 + 1805),
        ("1w", 7 * DAY),
        ("1w2d", 9 * DAY),
        ("24 hours", DAY),
        ("1 h 30 min", 5400),
        ("90s", 90),
        ("3 days, 4 hours", 3 * DAY + 4 * 3600),
        ("2 weeks ago", 14 * DAY),
        ("-1 day", DAY),
        ("+3 days", 3 * DAY),
        ("-P3D", 3 * DAY),
    ],
)
def test_a_duration_counts_back_from_now(text: str, seconds: int) -> None:
    assert parse_cutoff(text, NOW) == NOW - seconds


def test_false_lifts_the_limit() -> None:
    assert parse_cutoff("false", NOW) is None


@pytest.mark.parametrize("text", ["", "0", "2024", "1705312800", "abc", "False", "1.5 days", "P"])
def test_other_texts_are_told_what_is_expected(text: str) -> None:
    with pytest.raises(DateError) as caught:
        parse_cutoff(text, NOW)
    assert caught.value.message == (
        f"`{text}` could not be parsed as a valid exclude-newer value (expected a date like"
        " `2024-01-01`, a timestamp like `2024-01-01T00:00:00Z`, or a duration like `3 days` or"
        " `P3D`)"
    )


@pytest.mark.parametrize("text", ["P1M", "1 month", "1mo", "3 months"])
def test_months_are_refused(text: str) -> None:
    with pytest.raises(DateError) as caught:
        parse_cutoff(text, NOW)
    assert caught.value.message == (
        f"Duration `{text}` uses 'months' which is not allowed; use days instead, e.g., `30 days`."
    )


@pytest.mark.parametrize("text", ["P1Y", "1 year", "2y"])
def test_years_are_refused(text: str) -> None:
    with pytest.raises(DateError, match="uses unit 'years' which is not allowed"):
        parse_cutoff(text, NOW)


@pytest.mark.parametrize("text", ["2024-01", "2024-1-5", "2024-02-30", "2024-01-15T25:00:00Z"])
def test_a_broken_date_is_called_one(text: str) -> None:
    with pytest.raises(DateError, match=f"`{text}` could not be parsed as a valid date: "):
        parse_cutoff(text, NOW)


@pytest.mark.parametrize("text", ["1 fortnight", "3 days from now", "1 day 2", "1e3 days", "P3X"])
def test_a_broken_duration_is_called_one(text: str) -> None:
    with pytest.raises(DateError, match=f"`{text}` could not be parsed as a duration: "):
        parse_cutoff(text, NOW)


def test_timestamps_are_in_utc() -> None:
    assert timestamp(1733333728) == "2024-12-04T17:35:28Z"
