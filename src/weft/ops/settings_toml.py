"""TOML with errors that show the place.

Owns the annotated message: line, column, the line itself and carets under what is wrong, in the
words that users of uv know. `tomllib` does not tell where a value stands (and before Python 3.14
gives an error's place only in its text), so this module finds it: a scan of its own, run only after
something went wrong. Refuses to read files. Follows TOML 1.0.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
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

    def __init__(self, reason: str, text: str, *, offset: int, length: int = 1) -> None:
        super().__init__()
        self.reason = reason
        self.line = text.count("\n", 0, offset) + 1
        start = text.rfind("\n", 0, offset) + 1
        end = text.find("\n", start)
        self.source = text[start : end if end >= 0 else len(text)].rstrip("\r")
        self.column = offset - start + 1
        self.length = max(1, min(length, len(self.source) - self.column + 1))

    @property
    def message(self) -> str:
        gutter = " " * len(str(self.line))
        caret = " " * (self.column - 1) + "^" * self.length
        return (
            f"TOML parse error at line {self.line}, column {self.column}\n"
            f"{gutter} |\n{self.line} | {self.source}\n{gutter} | {caret}\n{self.reason}"
        )


def parse(text: str) -> dict[str, Any]:
    """The document as `tomllib` reads it. Raises TomlError."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, offset = _decode(str(error), text)
        raise TomlError(reason, text, offset=offset) from None


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
    offset, length = _Finder(text).value(path)
    return TomlError(reason, text, offset=offset, length=length)


def wrong_key(text: str, path: tuple[str | int, ...], reason: str) -> TomlError:
    """An error that points at the last key of `path`."""
    offset, length = _Finder(text).key(path)
    return TomlError(reason, text, offset=offset, length=length)


class _Finder:
    """Walks a valid document and remembers where keys and values stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: dict[tuple[str | int, ...], tuple[int, int]] = {}
        self.values: dict[tuple[str | int, ...], tuple[int, int]] = {}
        self.arrays: dict[tuple[str | int, ...], int] = {}
        self.walk()

    def key(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        return self.keys.get(path) or self.value(path)

    def value(self, path: tuple[str | int, ...]) -> tuple[int, int]:
        while path and path not in self.values:
            if path in self.keys:
                return self.keys[path]
            path = path[:-1]
        return self.values.get(path, (0, 1))

    def walk(self) -> None:
        position = 0
        table: tuple[str | int, ...] = ()
        while True:
            position = self.blank(position, newlines=True)
            if position >= len(self.text):
                return
            if self.text[position] == "[":
                table, position = self.header(position)
            else:
                position = self.pair(position, table)

    def header(self, position: int) -> tuple[tuple[str | int, ...], int]:
        start = position
        double = self.text.startswith("[[", position)
        position += 2 if double else 1
        parts, position = self.dotted(position)
        end = self.text.find("]", position) + (2 if double else 1)
        path: tuple[str | int, ...] = ()
        for index, (name, offset, length) in enumerate(parts):
            path = (*path, name)
            self.keys.setdefault(path, (offset, length))
            last = index == len(parts) - 1
            if last and double:
                number = self.arrays.get(path, -1) + 1
                self.arrays[path] = number
                self.values.setdefault(path, (start, end - start))
                path = (*path, number)
                self.values[path] = (start, end - start)
            elif path in self.arrays:
                path = (*path, self.arrays[path])
        self.values.setdefault(path, (start, end - start))
        return path, end

    def pair(self, position: int, table: tuple[str | int, ...]) -> int:
        parts, position = self.dotted(position)
        path = table
        for name, offset, length in parts:
            path = (*path, name)
            self.keys.setdefault(path, (offset, length))
        position = self.blank(self.text.index("=", position) + 1)
        return self.item(position, path)

    def dotted(self, position: int) -> tuple[list[tuple[str, int, int]], int]:
        parts = []
        while True:
            position = self.blank(position)
            start = position
            if self.text[position] in "\"'":
                position = self.string(position)
                name = self.unquoted(self.text[start:position])
            else:
                while position < len(self.text) and self.text[position] in _BARE:
                    position += 1
                name = self.text[start:position]
            parts.append((name, start, position - start))
            position = self.blank(position)
            if position >= len(self.text) or self.text[position] != ".":
                return parts, position
            position += 1

    def unquoted(self, quoted: str) -> str:
        if "\\" not in quoted or quoted[0] == "'":
            return quoted[1:-1]
        import tomllib

        return str(tomllib.loads(f"x = {quoted}")["x"])

    def item(self, position: int, path: tuple[str | int, ...]) -> int:
        start = position
        letter = self.text[position]
        if letter in "\"'":
            position = self.string(position)
        elif letter == "[":
            position = self.sequence(position, path)
        elif letter == "{":
            position = self.table(position, path)
        else:
            while position < len(self.text) and self.text[position] not in ",]}\n#":
                position += 1
            position = start + len(self.text[start:position].rstrip())
        self.values[path] = (start, position - start)
        return position

    def sequence(self, position: int, path: tuple[str | int, ...]) -> int:
        number = 0
        position += 1
        while True:
            position = self.blank(position, newlines=True)
            if self.text[position] == "]":
                return position + 1
            if self.text[position] == ",":
                position += 1
                continue
            position = self.item(position, (*path, number))
            number += 1

    def table(self, position: int, path: tuple[str | int, ...]) -> int:
        position += 1
        while True:
            position = self.blank(position, newlines=True)
            if self.text[position] == "}":
                return position + 1
            if self.text[position] == ",":
                position += 1
                continue
            position = self.pair(position, path)

    def string(self, position: int) -> int:
        quote = self.text[position]
        if self.text.startswith(quote * 3, position):
            end = position + 3
            while not self.text.startswith(quote * 3, end):
                end += 2 if quote == '"' and self.text[end] == "\\" else 1
            end += 3
            while self.text.startswith(quote, end):  # up to two quotes may end the content
                end += 1
            return end
        end = position + 1
        while self.text[end] != quote:
            end += 2 if quote == '"' and self.text[end] == "\\" else 1
        return end + 1

    def blank(self, position: int, *, newlines: bool = False) -> int:
        while position < len(self.text):
            letter = self.text[position]
            if letter in " \t" or (newlines and letter in "\r\n"):
                position += 1
            elif letter == "#" and newlines:
                end = self.text.find("\n", position)
                position = end if end >= 0 else len(self.text)
            else:
                return position
        return position
