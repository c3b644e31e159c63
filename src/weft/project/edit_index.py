"""`[[tool.uv.index]]`: an index more, before those that are there.

Owns which entry is the same index (by name, by URL, or both the default), and that it goes to the
top. Refuses credentials: they do not belong into a file that is shared.
Follows uv's table.
"""

from __future__ import annotations

from weft.core.value import value
from weft.project.edit_document import Block, Document
from weft.project.edit_list import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from weft.project.edit_document import Path

_INDEX: Path = ("tool", "uv", "index")


@value
class IndexEntry:
    """`url` without credentials, or a path; `name` is empty where there is none."""

    url: str
    name: str = ""
    default: bool = False


def add_index(text: str, entry: IndexEntry) -> str:
    """The document with the index at the top of the list. Raises EditError where there is a list
    in another form than tables."""
    from weft.project.edit import EditError

    document = Document(text)
    if _INDEX in document.values and _INDEX not in document.arrays:
        raise EditError("Sources in `pyproject.toml` are malformed")
    tables = _tables(text)
    same = [number for number, table in enumerate(tables) if _is_same(table, entry)]
    for number in reversed(same[1:]):
        document = Document(document.without_block(_block(document, number)))
    if same:
        return _to_the_top(_updated(document, same[0], entry, tables[same[0]]), same[0])
    lines = "".join(f"{key} = {shown}\n" for key, shown in _values(entry))
    return document.with_block(_place(document), _INDEX, lines, double=True)


def _tables(text: str) -> list[dict[str, Any]]:
    from weft.project.toml import parse_toml

    found = parse_toml(text).get("tool", {}).get("uv", {}).get("index", [])
    return [table for table in found if isinstance(table, dict)]


def _values(entry: IndexEntry) -> list[tuple[str, str]]:
    found = [("name", quoted(entry.name))] if entry.name else []
    found.append(("url", quoted(entry.url)))
    return [*found, ("default", "true")] if entry.default else found


def _is_same(table: dict[str, Any], entry: IndexEntry) -> bool:
    if entry.name and table.get("name") == entry.name:
        return True
    if entry.default and table.get("default") is True:
        return True
    url = table.get("url")
    return isinstance(url, str) and _plain(url) == _plain(entry.url)


def _plain(url: str) -> str:
    """What two spellings of one address have in common."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url.rstrip("/")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.rpartition('@')[2].lower()}{slash}{path}".rstrip("/")


def _block(document: Document, number: int) -> Block:
    block = document.block((*_INDEX, number))
    assert block is not None, "a table of an array has a header"
    return block


def _updated(document: Document, number: int, entry: IndexEntry, table: dict[str, Any]) -> Document:
    """The entry with what is new of the index; what else it says stays."""
    moved = _plain(str(table.get("url", ""))) != _plain(entry.url)
    for key, shown in _values(entry):
        block = _block(document, number)
        path = (*block.path, key)
        if path not in document.values:
            document = Document(document.with_pair(block, f"{key} = {shown}"))
            continue
        start, length = document.values[path]
        if document.text[start : start + length] != shown:
            document = Document(document.spliced(start, start + length, shown))
    if moved and "format" in table:
        block = _block(document, number)
        at = [pair.path[-1] for pair in block.pairs].index("format")
        document = Document(document.without_pair(block, at))
    return document


def _to_the_top(document: Document, number: int) -> str:
    """The entry before the others, with the comments above it."""
    text = document.text
    if number == 0:
        return text
    block = _block(document, number)
    start = document.block_end(document.blocks[document.blocks.index(block) - 1])
    end = document.block_end(block)
    rest = Document(text[:start] + text[end:])
    at = rest.block_end(rest.blocks[rest.blocks.index(_block(rest, 0)) - 1])
    moved = text[start:end]
    if not moved.endswith("\n"):
        moved += document.newline
    return rest.text[:at] + moved + rest.text[at:]


def _place(document: Document) -> int:
    """Where a new entry goes: before the first one, else as far down as there are keys at the
    top of the document, as in uv, but never between tables that belong together."""
    blocks = document.blocks
    for number, block in enumerate(blocks):
        if block.path[:3] == _INDEX:
            return document.block_end(blocks[number - 1])
    count = len({path[0] for path in document.keys})
    at = min(count, len(blocks) - 1)
    while at + 1 < len(blocks) and blocks[at].path[:2] == blocks[at + 1].path[:2]:
        at += 1
    return document.block_end(blocks[at])
