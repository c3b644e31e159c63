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
        from weft.core.plain_toml import pointed

        lines = self.text.split("\n")
        shown = lines[self.line - 1].rstrip("\r") if self.line <= len(lines) else ""
        return pointed(self.reason, shown, line=self.line, column=self.column, width=self.width)


def parse_toml(text: str) -> dict[str, Any]:
    """The top table. Raises TomlError."""
    from weft.core.plain_toml import tables

    return tables(text, lambda sentence: _decode_error(sentence, text))


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


def described(item: object) -> str:
    """A value in the words of messages: `string "x"`, `integer `1``, `map`."""
    if isinstance(item, str):
        return f'string "{item}"'
    if isinstance(item, bool):
        return f"boolean `{str(item).lower()}`"
    if isinstance(item, int):
        return f"integer `{item}`"
    if isinstance(item, float):
        return f"floating point `{item}`"
    return "sequence" if isinstance(item, list) else "map"


def _decode_error(reason: str, text: str) -> TomlError:
    """`tomllib` puts the place at the end of its sentence: `… (at line 1, column 12)`."""
    sentence, known, place = reason.rpartition(" (at ")
    if not known:
        return TomlError(reason, text, line=0, column=0)
    if place.startswith("end of document"):
        lines = text.rstrip("\n").split("\n")
        line, column = len(lines), len(lines[-1]) + 1
    else:
        words = place.rstrip(")").replace(",", "").split()
        line, column = int(words[1]), int(words[3])
    return TomlError(sentence[:1].lower() + sentence[1:], text, line=line, column=column)
