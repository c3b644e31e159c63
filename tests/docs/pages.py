"""What a page of the documentation tells people to type, and what it says they will see.

Owns the reading of `console` blocks: a line that begins with `$ ` is a command, the lines below it
are what it prints. In these, `…` stands for anything within a line, and a line `...` for any lines.
Refuses to run anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """One command of a page and the lines below it."""

    command: str
    lines: tuple[str, ...]

    def matches(self, printed: str) -> bool:
        """Whether a command that printed this printed what the page says."""
        pattern = "".join(
            r"(?:.*\n)*?" if line == "..." else _line(line) + r"\n" for line in self.lines
        )
        return re.fullmatch(pattern, printed) is not None


def _line(line: str) -> str:
    return ".+".join(re.escape(part) for part in line.split("…"))


def blocks(page: str, language: str) -> list[str]:
    """The code of one language on a page below `docs`, in order."""
    text = (DOCS / page).read_text()
    return [code for found, code in _BLOCK.findall(text) if found == language]


def commands(page: str) -> list[Shown]:
    """Every command of the `console` blocks of a page."""
    found: list[Shown] = []
    for block in blocks(page, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Shown(line[2:], ()))
            else:
                last = found.pop()
                found.append(Shown(last.command, (*last.lines, line)))
    return found
