"""The pieces of TOML that a `uv.lock` is made of, in the one layout that is ever written.

Owns values, arrays and tables whose blanks and quotes are where the writer puts them. Refuses the
rest by UnusualLayout. Follows the layout of `uvlock_write`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class UnusualLayout(Exception):
    """The text may be fine, but it is not laid out as the writer does it."""


def tables_of(text: str, prefixes: tuple[str, ...]) -> dict[str, Any]:
    """Keys and tables of a text, as a TOML parser would give them."""
    top: dict[str, Any] = {}
    here = top
    prefix = prefixes[0] if prefixes else ""
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        if text[position] == "\n":
            position += 1
        elif text[position] == "[":
            here = _table_at(top, text[position:end], prefix)
            position = end + 1
        else:
            key, equals, _ = text[position:end].partition(" = ")
            if not equals or key in here:
                raise UnusualLayout
            here[bare(key)], position = _value(text, position + len(key) + 3)
            if text[position : position + 1] not in ("\n", ""):
                raise UnusualLayout
            position += 1
    return top


def _table_at(top: dict[str, Any], header: str, prefix: str) -> dict[str, Any]:
    """The new table that a header begins."""
    is_list = header.startswith("[[")
    path = header.strip("[]").removeprefix(prefix)
    if header != (f"[[{prefix}{path}]]" if is_list else f"[{prefix}{path}]"):
        raise UnusualLayout
    *parents, last = [bare(key) for key in path.split(".")]
    table = top
    for key in parents:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise UnusualLayout
    new: dict[str, Any] = {}
    if is_list:
        rows = table.setdefault(last, [])
        if not isinstance(rows, list):
            raise UnusualLayout
        rows.append(new)
    elif last in table:
        raise UnusualLayout
    else:
        table[last] = new
    return new


def whole(text: str, position: int) -> dict[str, Any]:
    """The inline table that the text ends with."""
    found, end = _value(text, position)
    if end != len(text) or not isinstance(found, dict):
        raise UnusualLayout
    return found


def _value(text: str, position: int) -> tuple[Any, int]:
    """The value that begins there, and where it ends."""
    letter = text[position]
    if letter == '"':
        end = text.index('"', position + 1)
        found = text[position + 1 : end]
        if "\n" in found:
            raise UnusualLayout
        return found, end + 1
    if letter == "{":
        return _inline_table(text, position + 1)
    if letter == "[":
        return _array(text, position + 1)
    if text.startswith("false", position):
        return False, position + 5
    end = position
    while text[end : end + 1].isdecimal():
        end += 1
    if (
        end == position
        or (letter == "0" and end > position + 1)
        or not text[position:end].isascii()
    ):
        raise UnusualLayout
    return int(text[position:end]), end


def _inline_table(text: str, position: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    if text[position] == "}":
        return found, position + 1
    while True:
        if text[position] != " ":
            raise UnusualLayout
        equals = text.index(" = ", position)
        key = bare(text[position + 1 : equals])
        if key in found:
            raise UnusualLayout
        found[key], position = _value(text, equals + 3)
        if text.startswith(" }", position):
            return found, position + 2
        if text[position] != ",":
            raise UnusualLayout
        position += 1


def _array(text: str, position: int) -> tuple[list[Any], int]:
    """On one line, or with an item on each."""
    found: list[Any] = []
    stacked = text[position] == "\n"
    if text[position] == "]":
        return found, position + 1
    while True:
        if stacked:
            if text.startswith("\n]", position):
                return found, position + 2
            if not text.startswith("\n    ", position):
                raise UnusualLayout
            position += 5
        item, position = _value(text, position)
        found.append(item)
        if text[position] == "]" and not stacked:
            return found, position + 1
        if not text.startswith("," if stacked else ", ", position):
            raise UnusualLayout
        position += 1 if stacked else 2


def bare(key: str) -> str:
    if not (key.isascii() and key.replace("-", "").replace("_", "").isalnum()):
        raise UnusualLayout
    return key


def text_of(line: str, start: str, end: str = '"') -> str:
    """What stands between the two, which has no quotes."""
    if not (line.startswith(start) and line.endswith(end)) or len(line) < len(start) + len(end):
        raise UnusualLayout
    found = line[len(start) : -len(end)]
    if '"' in found:
        raise UnusualLayout
    return found
