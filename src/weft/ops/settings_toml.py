"""TOML with errors that show the place.

Owns the annotated message: line, column, the line itself and carets under what is wrong, in the
words that users of uv know. `tomllib` does not tell where a value stands (and before Python 3.14
gives an error's place only in its text), so `weft.project.toml_places` finds it, once something
went wrong. Refuses to read files. Follows TOML 1.0.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORDS = (  # what tomllib says, what people read
    ("Unclosed array", "unclosed array, expected `]`"),
    ("Unclosed inline table", "unclosed inline table, expected `}`"),
    ("Expected '=' after a key", "key with no value, expected `=`"),
    ("Cannot overwrite a value", "duplicate key"),
    ("Cannot declare", "duplicate key"),
    ("Duplicate inline table key", "duplicate key"),
    ("Unterminated string", "invalid string, expected a closing quote"),
    ("Expected newline or end of document", "unexpected text, expected a newline"),
    ("Expected ']'", "unclosed table, expected `]`"),
    ("Invalid statement", "invalid key"),
    ("Illegal character", "invalid character in a string"),
    ("Invalid value", "a value is missing or not valid"),
    ("Invalid date", "invalid date or time"),
)


class TomlError(WeftError):
    """A document that is no TOML, or a value in it that does not fit.

    `line` and `column` count from one, `length` is how much of the line is meant.
    """

    def __init__(
        self,
        reason: str,
        text: str,
        *,
        offset: int,
        length: int = 1,
        hints: tuple[str, ...] = (),
    ) -> None:
        super().__init__(hints=hints)
        self.reason = reason
        self.line = text.count("\n", 0, offset) + 1
        start = text.rfind("\n", 0, offset) + 1
        end = text.find("\n", start)
        self.source = text[start : end if end >= 0 else len(text)].rstrip("\r")
        self.column = offset - start + 1
        self.length = max(1, min(length, len(self.source) - self.column + 1))

    @property
    def message(self) -> str:
        from weft.core.plain_toml import pointed

        place = {"line": self.line, "column": self.column, "width": self.length}
        return pointed(self.reason, self.source, **place)


def parse(text: str) -> dict[str, Any]:
    """The document as `tomllib` reads it. Raises TomlError."""
    from weft.core.plain_toml import tables

    def refused(sentence: str) -> TomlError:
        reason, offset = _decode(sentence, text)
        return TomlError(reason, text, offset=offset)

    return tables(text, refused)


def _decode(message: str, text: str) -> tuple[str, int]:
    """Reason and offset out of `REASON (at line 1, column 5)` or `REASON (at end of document)`."""
    reason, separator, place = message.rpartition(" (at ")
    if not separator:
        return message[:1].lower() + message[1:], 0
    for theirs, ours in _WORDS:
        if reason.startswith(theirs):
            reason = ours
            break
    else:
        reason = reason[:1].lower() + reason[1:]
    words = place.rstrip(")").replace(",", "").split()
    numbers = [int(word) for word in words if word.isdigit()]
    if len(numbers) != 2:
        end = text.rstrip()
        if end.endswith(("[", ",")):  # tomllib misses a value there, people a bracket
            reason = "unclosed array, expected `]`"
        return reason, len(end)
    line, column = numbers
    offset = 0
    for _ in range(line - 1):
        offset = text.find("\n", offset) + 1
    offset += column - 1
    if reason == "duplicate key":  # reported behind the value; the key is what people look for
        offset = text.rfind("\n", 0, offset) + 1
    return reason, min(offset, len(text))


def wrong_value(text: str, path: tuple[str | int, ...], reason: str) -> TomlError:
    """An error that points at the value of the dotted `path`; an int picks out of an array."""
    from weft.project.toml_places import Places

    offset, length = Places(text).value(path)
    return TomlError(reason, text, offset=offset, length=length)


def wrong_key(
    text: str, path: tuple[str | int, ...], reason: str, hints: tuple[str, ...] = ()
) -> TomlError:
    """An error that points at the last key of `path`."""
    from weft.project.toml_places import Places

    offset, length = Places(text).key(path)
    return TomlError(reason, text, offset=offset, length=length, hints=hints)
