"""Points in time as indexes and people write them.

Owns upload times of index pages and the cut-off of `--exclude-newer`. Refuses `datetime`, which
costs more to import than a page of dates to read, and the clock: now is an argument.
Follows RFC 3339 for timestamps and ISO 8601 for durations.
"""

from __future__ import annotations

from weft.core.errors import WeftError

_DAY = 86400
_UNITS = {
    "w": 7 * _DAY,
    "d": _DAY,
    "h": 3600,
    "m": 60,
    "s": 1,
}
_WORDS = {
    **dict.fromkeys(("weeks", "week", "wks", "wk", "w"), 7 * _DAY),
    **dict.fromkeys(("days", "day", "d"), _DAY),
    **dict.fromkeys(("hours", "hour", "hrs", "hr", "h"), 3600),
    **dict.fromkeys(("minutes", "minute", "mins", "min", "m"), 60),
    **dict.fromkeys(("seconds", "second", "secs", "sec", "s"), 1),
    **dict.fromkeys(("months", "month", "mos", "mo"), -30),
    **dict.fromkeys(("years", "year", "yrs", "yr", "y"), -365),
}
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class DateError(WeftError):
    """A cut-off cannot be read; the message says what is allowed."""


def parse_upload_time(iso: str) -> int | None:
    """Epoch seconds of `2024-01-15T12:34:56.789Z`, cut to whole seconds; None if it is not one."""
    try:
        return _timestamp(iso)
    except (ValueError, IndexError):
        return None


def parse_cutoff(text: str, now: int) -> int | None:
    """Epoch seconds before which files count; None for `false`, which lifts the limit.

    A date means the end of that day in UTC, a duration (`3 days`, `P3D`) that long before `now`.
    `DateError` for the rest.
    """
    if text == "false":
        return None
    stripped = text.strip()
    if _looks_like_date(stripped):
        return _date(text, stripped)
    if not any(character.isdigit() for character in stripped) or not any(
        character.isalpha() for character in stripped
    ):
        raise _unknown(text)
    bare = stripped.lstrip("+-")
    if bare[:1] in ("P", "p"):
        return now - abs(_iso_duration(text, bare[1:].upper()))
    return now - abs(_friendly_duration(text, stripped))


def timestamp(seconds: int) -> str:
    """`2024-12-04T17:35:28Z` of epoch seconds."""
    from time import gmtime, strftime

    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


def _unknown(text: str) -> DateError:
    return DateError(
        f"`{text}` could not be parsed as a valid exclude-newer value (expected a date like"
        " `2024-01-01`, a timestamp like `2024-01-01T00:00:00Z`, or a duration like `3 days` or"
        " `P3D`)"
    )


def _looks_like_date(text: str) -> bool:
    return len(text) > 5 and text[:4].isdigit() and text[4] == "-"


def _date(text: str, stripped: str) -> int:
    try:
        if len(stripped) == 10:
            return _days(stripped) * _DAY + _DAY
        return _timestamp(stripped)
    except (ValueError, IndexError) as error:
        reason = f": {error}" if isinstance(error, _Invalid) else ""
        raise DateError(f"`{text}` could not be parsed as a valid date{reason}") from None


class _Invalid(ValueError):
    """A field of a date is out of its range; the text says which."""


def _number(text: str, start: int, end: int) -> int:
    part = text[start:end]
    if len(part) != end - start or not (part.isascii() and part.isdigit()):
        raise _Invalid(f"expected {end - start} digits but found `{part}`")
    return int(part)


def _days(text: str) -> int:
    """Days since 1970-01-01 of the `YYYY-MM-DD` that `text` begins with (proleptic Gregorian)."""
    year, month, day = _number(text, 0, 4), _number(text, 5, 7), _number(text, 8, 10)
    if text[4] != "-" or text[7] != "-":
        raise _Invalid("expected `-` between year, month and day")
    if not 1 <= month <= 12:
        raise _Invalid("the month is not in the range 1..=12")
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = _MONTHS[month - 1] + (month == 2 and leap)
    if not 1 <= day <= last:
        raise _Invalid(f"the day is not in the range 1..={last}")
    year -= month <= 2  # years that begin in March put the leap day last
    cycle, of_cycle = divmod(year, 400)
    of_year = (153 * (month - 3 + 12 * (month <= 2)) + 2) // 5 + day - 1
    return cycle * 146097 + of_cycle * 365 + of_cycle // 4 - of_cycle // 100 + of_year - 719468


def _timestamp(text: str) -> int:
    """`YYYY-MM-DD[T ]HH:MM[:SS[.f]][Z|±HH[:MM]]`; without an offset it is UTC."""
    days = _days(text)
    if text[10] not in "Tt ":
        raise _Invalid("expected `T` between date and time")
    hour, minute, second = _number(text, 11, 13), _number(text, 14, 16), 0
    if text[13] != ":":
        raise _Invalid("expected `:` between hour and minute")
    at = 16
    if text[at : at + 1] == ":":
        second = _number(text, 17, 19)
        at = 19
        if text[at : at + 1] in (".", ","):
            at += 1
            while text[at : at + 1].isdigit():
                at += 1
    if hour > 23 or minute > 59 or second > 60:
        raise _Invalid("the time is not in the range 00:00:00..=23:59:59")
    return days * _DAY + hour * 3600 + minute * 60 + min(second, 59) - _offset(text[at:])


def _offset(text: str) -> int:
    """Seconds east of UTC."""
    text = text.partition("[")[0]
    if text in ("", "Z", "z"):
        return 0
    if text[0] not in "+-":
        raise _Invalid(f"expected an offset from UTC but found `{text}`")
    hours = _number(text, 1, 3)
    rest = text[3:].removeprefix(":")
    minutes = _number(rest, 0, len(rest)) if rest else 0
    if hours > 25 or minutes > 59 or len(rest) not in (0, 2):
        raise _Invalid("the offset from UTC is not in the range -25:59..=+25:59")
    seconds = hours * 3600 + minutes * 60
    return -seconds if text[0] == "-" else seconds


def _iso_duration(text: str, rest: str) -> int:
    """Seconds of what follows `P`: `3D`, `2W`, `1DT12H`."""
    dates, mark, times = rest.partition("T")
    total = 0.0
    for part, letters in ((dates, "YMWD"), (times, "HMS")):
        number = ""
        for character in part:
            if character in "0123456789.":
                number += character
                continue
            if character not in letters or not _is_number(number):
                raise _bad_duration(text)
            if letters[0] == "Y" and character in "YM":
                raise _calendar(text, character == "Y", number)
            total += float(number) * _UNITS[character.lower()]
            number = ""
        if number:
            raise _bad_duration(text)
    if (mark and not times) or not rest:
        raise _bad_duration(text)
    return int(total)


def _friendly_duration(text: str, rest: str) -> int:
    """Seconds of `3 days`, `1w 2d`, `2 weeks, 4 hours ago`."""
    words = rest.removesuffix("ago").lstrip("+-").replace(",", " ")
    total = 0
    at = 0
    while words[at:].strip():
        at = len(words) - len(words[at:].lstrip())
        start = at
        while words[at : at + 1].isdigit():
            at += 1
        number = words[start:at]
        if not number:
            raise _bad_duration(text)
        while words[at : at + 1] == " ":
            at += 1
        start = at
        while words[at : at + 1].isalpha():
            at += 1
        seconds = _WORDS.get(words[start:at])
        if seconds is None:
            raise _unknown(text) if words[start : start + 1] == "." else _bad_duration(text)
        if seconds < 0:
            raise _calendar(text, seconds == -365, number)
        total += int(number) * seconds
    return total


def _is_number(text: str) -> bool:
    return text.count(".") <= 1 and text.replace(".", "").isdigit()


def _bad_duration(text: str) -> DateError:
    return DateError(
        f"`{text}` could not be parsed as a duration: expected numbers with units from weeks to"
        " seconds, as in `3 days` or `P3D`"
    )


def _calendar(text: str, years: bool, _number: str) -> DateError:
    if years:
        return DateError(
            f"Duration `{text}` uses unit 'years' which is not allowed; use days instead, e.g.,"
            " `365 days`."
        )
    return DateError(
        f"Duration `{text}` uses 'months' which is not allowed; use days instead, e.g., `30 days`."
    )
