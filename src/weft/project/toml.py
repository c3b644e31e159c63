"""TOML text into plain tables, with errors that point at the place.

Owns the form of TOML errors. Refuses to know what the tables mean. Follows TOML 1.0 as `tomllib`
of the standard library reads it.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class TomlError(WeftError):
    """What is wrong at `line` and `column` (from 1) of `text`; both 0 where it is not known."""

    def __init__(self, reason: str, text: str, *, line: int, column: int, width: int = 1) -> None:
        super().__init__()
        self.reason = reason
        self.text = text
        self.line = line
        self.column = column
        self.width = width

    @property
    def message(self) -> str:
        if not self.line:
            return f"TOML parse error\n{self.reason}"
        lines = self.text.split("\n")
        shown = lines[self.line - 1].rstrip("\r") if self.line <= len(lines) else ""
        margin = " " * len(str(self.line))
        return (
            f"TOML parse error at line {self.line}, column {self.column}\n"
            f"{margin} |\n"
            f"{self.line} | {shown}\n"
            f"{margin} | {' ' * (self.column - 1)}{'^' * self.width}\n"
            f"{self.reason}"
        )


def parse_toml(text: str) -> dict[str, Any]:
    """The top table. Raises TomlError."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _decode_error(str(error), text) from None
    except RecursionError:
        raise TomlError("tables are nested too deeply", text, line=0, column=0) from None


def locate(text: str, path: tuple[str, ...]) -> tuple[int, int, int]:
    """Line, column and width of the value at `path`, for errors about its content.

    A scan for the last key inside its table's header: good for pointing, not for editing. Where
    the key is not found it is the header, and where that is missing, line 1, column 1.
    """
    lines = text.split("\n")
    header = 1
    table: tuple[str, ...] = ()
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = tuple(part.strip(" \"'") for part in stripped.strip("[] ").split("."))
            if table == path[:-1] or table == path:
                header = number
        elif table == path[:-1] and "=" in line:
            key, _, rest = line.partition("=")
            if key.strip().strip("\"'") == path[-1]:
                shown = rest.strip()
                return number, len(line) - len(rest.lstrip()) + 1, max(len(shown), 1)
    return header, 1, max(len(lines[header - 1].rstrip()), 1)


def _decode_error(reason: str, text: str) -> TomlError:
    """`tomllib` puts the place at the end of its sentence: `… (at line 1, column 12)`."""
    sentence, _, place = reason.rpartition(" (at ")
    if place.startswith("end of document"):
        lines = text.rstrip("\n").split("\n")
        line, column = len(lines), len(lines[-1]) + 1
    else:
        words = place.rstrip(")").replace(",", "").split()
        line, column = int(words[1]), int(words[3])
    return TomlError(sentence[:1].lower() + sentence[1:], text, line=line, column=column)
