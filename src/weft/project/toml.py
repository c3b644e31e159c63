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
    from weft.core.plain_toml import plain_tables

    found = plain_tables(text)
    if found is not None:
        return found
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _decode_error(str(error), text) from None
    except RecursionError:
        raise TomlError("tables are nested too deeply", text, line=0, column=0) from None
    except ValueError:  # of `int`, which takes no text of any length
        raise TomlError("integer number overflowed", text, line=0, column=0) from None


def locate(text: str, path: tuple[str | int, ...], *, key: bool = False) -> tuple[int, int, int]:
    """Line, column and width of the value at `path`, or of its key, for errors about it.

    Where it is not found it is what stands around it: a table's header, the document's start.
    """
    from weft.project.toml_places import Places

    places = Places(text)
    offset, length = places.key(path) if key else places.value(path)
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    width = min(length, (len(text) if end < 0 else end) - offset)
    return text.count("\n", 0, offset) + 1, offset - start + 1, max(width, 1)


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
