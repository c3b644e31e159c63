"""Columns of text, as the listing verbs print them.

Owns widths and padding. Refuses colours and streams.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table with a rule of dashes under its header; no trailing blanks."""
    widths = [
        max(len(title), *(len(row[place]) for row in rows)) if rows else len(title)
        for place, title in enumerate(header)
    ]
    lines = [header, ["-" * width for width in widths], *rows]
    return [
        " ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
