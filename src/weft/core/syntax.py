"""Errors that point at a place in a text.

Owns the three lines `reason`, the text, carets under the place. Refuses to know what was parsed.
Positions count characters; the carets count terminal columns (UAX #11).
"""

from __future__ import annotations

from weft.core.errors import WeftError


class SyntaxFailure(WeftError):
    """`text[position : position + length]` is wrong; `reason` is one sentence."""

    def __init__(self, text: str, reason: str, *, position: int, length: int = 1) -> None:
        super().__init__()
        self.text = text
        self.reason = reason
        self.position = position
        self.length = length

    @property
    def message(self) -> str:
        return f"{self.reason}\n{self.text}\n{self.underline}"

    @property
    def underline(self) -> str:
        """Carets to print under `text`; one behind it when the place is its end."""
        place = self.text[self.position : self.position + self.length]
        carets = columns(place) if self.position < len(self.text) else 1
        return " " * columns(self.text[: self.position]) + "^" * carets


def columns(text: str) -> int:
    """How many columns a terminal gives `text`."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        for character in text
    )
