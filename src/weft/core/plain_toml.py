"""TOML documents, those of the plain kind read without loading `tomllib`.

Owns the everyday part of TOML 1.0: tables, arrays of tables, strings on one line without escapes,
booleans, decimal integers, arrays and inline tables. Whatever else a document has, right or wrong,
is not judged here: then `tomllib` is asked, which takes a command longer to load than most
documents take to read. Owns how an error in a document is shown, too.
Refuses to be cleverer than that: what it answers is what `tomllib` would answer.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_ENDS = frozenset(" \t\n,]}#")
_DIGITS = 20  # more than numbers of 64 bits have


class _Unusual(Exception):
    """Something that `tomllib` has to look at."""


def tables(text: str, refused: Callable[[str], Exception]) -> dict[str, Any]:
    """The top table. Raises what `refused` makes of a sentence about what is wrong.

    The place is at its end where it is known, as `tomllib` puts it: `… (at line 1, column 5)`, `…
    (at end of document)`.
    """
    found = plain_tables(text)
    if found is not None:
        return found
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise refused(str(error)) from None
    except RecursionError:
        raise refused("tables are nested too deeply") from None
    except ValueError:  # of `int`, which takes no text of any length
        raise refused("integer number overflowed") from None


def pointed(reason: str, source: str, *, line: int, column: int, width: int) -> str:
    """A message with the line `source`, and carets under what is meant; numbers count from 1."""
    margin = " " * len(str(line))
    return (
        f"TOML parse error at line {line}, column {column}\n"
        f"{margin} |\n"
        f"{line} | {source}\n"
        f"{margin} | {' ' * (column - 1)}{'^' * width}\n"
        f"{reason}"
    )


def plain_tables(text: str) -> dict[str, Any] | None:
    """The top table, None for a document that is not plain; it may be wrong or unusual."""
    text = text.replace("\r\n", "\n")
    for letter in set(text):
        if (letter < " " and letter not in "\n\t") or letter == "\x7f":
            return None
    try:
        return _Reader(text).read()
    except (_Unusual, RecursionError):
        return None


class _Reader:
    """One pass over the text. Tables are told apart by identity: those of headers may grow."""

    def __init__(self, text: str) -> None:
        self.text = text + "\n"
        self.top: dict[str, Any] = {}
        self.current = self.top
        self.open = {id(self.top)}  # tables of headers, and those on the way to them
        self.headed: set[int] = set()  # those that have had their header
        self.dotted: set[int] = set()  # those that dotted keys have made
        self.lists: set[int] = set()  # arrays of tables

    def read(self) -> dict[str, Any]:
        text, length = self.text, len(self.text)
        position = self.skip(0)
        while position < length:
            if text[position] == "[":
                position = self.header(position)
            else:
                position = self.pair(position)
            position = self.blank(position)
            if text[position] == "#":
                position = text.index("\n", position)
            if text[position] != "\n":
                raise _Unusual
            position = self.skip(position)
        return self.top

    def skip(self, position: int) -> int:
        """Behind blanks, line breaks and comments; the end of the text at most."""
        text, length = self.text, len(self.text)
        while position < length:
            letter = text[position]
            if letter == "#":
                position = text.index("\n", position)
            elif letter not in " \t\n":
                break
            position += 1
        return position

    def blank(self, position: int) -> int:
        while self.text[position] in " \t":
            position += 1
        return position

    def key(self, position: int) -> tuple[list[str], int]:
        """A key with its dots, and the place behind it and blanks."""
        parts = []
        while True:
            position = self.blank(position)
            if self.text[position] in "\"'":
                part, position = self.string(position)
            else:
                start = position
                while self.text[position] in _BARE:
                    position += 1
                part = self.text[start:position]
                if not part:
                    raise _Unusual
            parts.append(part)
            position = self.blank(position)
            if self.text[position] != ".":
                return parts, position
            position += 1

    def header(self, position: int) -> int:
        brackets = 2 if self.text.startswith("[[", position) else 1
        parts, position = self.key(position + brackets)
        if not self.text.startswith("]" * brackets, position):
            raise _Unusual
        table = self.top
        for part in parts[:-1]:
            table = self.inner(table, part)
        name = parts[-1]
        self.current = self.listed(table, name) if brackets == 2 else self.single(table, name)
        return position + brackets

    def inner(self, table: dict[str, Any], part: str) -> dict[str, Any]:
        """A table on the way to another."""
        found = table.get(part)
        if found is None:
            found = table[part] = {}
            self.open.add(id(found))
        elif id(found) in self.lists:
            found = found[-1]
        elif id(found) not in self.open:
            raise _Unusual
        return found

    def single(self, table: dict[str, Any], name: str) -> dict[str, Any]:
        found = self.inner(table, name)
        if id(table.get(name)) in self.lists or id(found) in self.headed:
            raise _Unusual
        self.headed.add(id(found))
        return found

    def listed(self, table: dict[str, Any], name: str) -> dict[str, Any]:
        found = table.get(name)
        if found is None:
            found = table[name] = []
            self.lists.add(id(found))
        elif id(found) not in self.lists:
            raise _Unusual
        new: dict[str, Any] = {}
        found.append(new)
        self.open.add(id(new))
        self.headed.add(id(new))
        return new

    def pair(self, position: int) -> int:
        parts, position = self.key(position)
        if self.text[position] != "=":
            raise _Unusual
        table = self.current
        for part in parts[:-1]:
            found = table.get(part)
            if found is None:
                found = table[part] = {}
                self.dotted.add(id(found))
            elif id(found) not in self.dotted:
                raise _Unusual
            table = found
        if parts[-1] in table:
            raise _Unusual
        table[parts[-1]], position = self.value(self.blank(position + 1))
        return position

    def value(self, position: int) -> tuple[Any, int]:
        letter = self.text[position]
        if letter in "\"'":
            return self.string(position)
        if letter == "[":
            return self.array(position + 1)
        if letter == "{":
            return self.inline(position + 1)
        start = position
        while self.text[position] not in _ENDS:
            position += 1
        word = self.text[start:position]
        if word in ("true", "false"):
            return word == "true", position
        plain = word.isascii() and word.isdigit() and len(word) < _DIGITS
        if plain and (word == "0" or word[0] != "0"):
            return int(word), position
        raise _Unusual

    def string(self, position: int) -> tuple[str, int]:
        quote = self.text[position]
        end = self.text.find(quote, position + 1)
        found = self.text[position + 1 : end]
        if end < 0 or "\n" in found or (quote == '"' and "\\" in found):
            raise _Unusual
        if not found and self.text[end + 1] == quote:
            raise _Unusual  # a string of several lines
        return found, end + 1

    def array(self, position: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        while True:
            position = self.place(position)
            if self.text[position] == "]":
                return found, position + 1
            item, position = self.value(position)
            found.append(item)
            position = self.place(position)
            if self.text[position] == ",":
                position += 1
            elif self.text[position] != "]":
                raise _Unusual

    def place(self, position: int) -> int:
        """The next letter of an array."""
        position = self.skip(position)
        if position >= len(self.text):
            raise _Unusual
        return position

    def inline(self, position: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        position = self.blank(position)
        if self.text[position] == "}":
            return found, position + 1
        while True:
            parts, position = self.key(position)
            if len(parts) > 1 or parts[0] in found or self.text[position] != "=":
                raise _Unusual
            found[parts[0]], position = self.value(self.blank(position + 1))
            position = self.blank(position)
            if self.text[position] == "}":
                return found, position + 1
            if self.text[position] != ",":
                raise _Unusual
            position += 1
