"""How long an answer may be used again: a pure function of its headers.

Owns freshness. Refuses to fetch, to store and to read the clock.
Follows the part of RFC 9111 that a private cache of index pages needs: `max-age`, `no-cache`,
`no-store`, `must-revalidate`, `Age`, `Expires`. A page without any of these is fresh for
`DEFAULT_LIFETIME` seconds: the standard allows a heuristic, and asking again on every run costs
more than a whole installation.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LIFETIME = 600


@value
class Freshness:
    """`fresh_until` in epoch seconds; validators as the server sent them ("" without).

    `must_revalidate` forbids use after that time even where the network is out of reach;
    `may_store` is false for `no-store`.
    """

    fresh_until: int
    etag: str
    last_modified: str
    must_revalidate: bool
    may_store: bool = True


def freshness(
    headers: Mapping[str, str],
    fetched_at: int,
    now: int,
    *,
    default: int = DEFAULT_LIFETIME,
    override: str | None = None,
) -> Freshness:
    """Freshness of an answer with these headers (lower-case names).

    `fetched_at` is when the request was sent, `now` when the answer came. `override` is a
    `Cache-Control` text that takes the place of the server's.
    """
    directives = parse_cache_control(
        override if override is not None else headers.get("cache-control", "")
    )
    lifetime = _lifetime(directives, headers if override is None else {}, default=default)
    age = _seconds(headers.get("age", "")) or 0
    return Freshness(
        fresh_until=now + lifetime - age - max(now - fetched_at, 0) if lifetime else 0,
        etag=headers.get("etag", ""),
        last_modified=headers.get("last-modified", ""),
        must_revalidate="must-revalidate" in directives or "no-cache" in directives,
        may_store="no-store" not in directives,
    )


def parse_cache_control(text: str) -> dict[str, str]:
    """Directives by lower-case name; without a value it is "". The first of a name wins."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name, _, setting = part.strip().partition("=")
        if name:
            found.setdefault(name.strip().lower(), setting.strip().strip('"'))
    return found


def _lifetime(directives: Mapping[str, str], headers: Mapping[str, str], *, default: int) -> int:
    if "no-cache" in directives or "no-store" in directives:
        return 0
    if "max-age" in directives:
        return _seconds(directives["max-age"]) or 0  # what is no number counts as stale
    if "expires" in headers:
        expires, date = _date(headers["expires"]), _date(headers.get("date", ""))
        if expires is None or date is None:
            return 0  # `Expires: 0` and other invalid dates mean the past
        return max(expires - date, 0)
    return 365 * 86_400 if "immutable" in directives else default


def _seconds(text: str) -> int | None:
    return min(int(text), 1 << 31) if text.isdecimal() and text.isascii() else None


def _date(text: str) -> int | None:
    if not text:
        return None
    from email.utils import parsedate_to_datetime

    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return None
