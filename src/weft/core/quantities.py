"""Figures in the words of the terminal.

Owns how sizes, durations and counts read. Refuses colour and layout.
Follows the IEC binary prefixes (KiB = 1024 bytes).
"""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def format_size(size: int) -> str:
    """Bytes as `512B`, `1.2MiB`: one decimal from 1 KiB on, no space."""
    if size < 1024:
        return f"{size}B"
    power = min((size.bit_length() - 1) // 10, len(_UNITS) - 1)
    return f"{size / (1 << 10 * power):.1f}{_UNITS[power]}"


def parse_size(text: str) -> int:
    """`512`, `10MiB`, `1.5 GB` as bytes: `K`, `KiB` count by 1024, `KB` by 1000.

    Raises ValueError with a sentence for anything else.
    """
    digits = text.strip()
    unit = digits.lstrip("0123456789.")
    digits = digits[: len(digits) - len(unit)]
    letters = unit.strip().lower()
    power = "bkmgtpe".find(letters[:1] or "b")
    whole, _, part = digits.partition(".")
    if not whole.isascii() or not whole.isdigit() or not (part or "0").isdigit() or power < 0:
        raise ValueError("expected a number of bytes, or a number with a unit such as `10MiB`")
    if letters[1:] not in (("",) if letters[:1] in ("", "b") else ("", "b", "ib")):
        raise ValueError(f"unknown unit `{unit.strip()}`, expected one like `KiB`, `MiB` or `GB`")
    unit_size: int = (1000 if letters[1:] == "b" else 1024) ** power
    shift: int = 10 ** len(part)
    return int(whole + part) * unit_size // shift


def format_duration(seconds: float) -> str:
    """`0.48ms` below a millisecond, `12ms`, `3.04s`, `1m 05s`; cut off, never rounded up."""
    nanoseconds = max(0, int(seconds * 1_000_000_000))
    if nanoseconds < 1_000_000:
        return f"0.{nanoseconds // 10_000:02}ms"
    if nanoseconds < 1_000_000_000:
        return f"{nanoseconds // 1_000_000}ms"
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    if whole < 60:
        return f"{whole}.{rest // 10_000_000:02}s"
    return f"{whole // 60}m {whole % 60:02}s"


def plural(count: int, noun: str) -> str:
    """`1 package`, `3 packages`, `2 directories`."""
    if count == 1:
        return f"{count} {noun}"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{count} {noun[:-1]}ies"
    return f"{count} {noun}s"
