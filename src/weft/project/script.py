"""Inline metadata of scripts.

Owns the `script` block and what it may say. Refuses to run or change the script. Follows PEP 723.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_OPENING = "# /// script"
_CLOSING = "# ///"


class ScriptError(WeftError):
    """The metadata block of a script is not well formed."""


def script_block(text: str) -> str | None:
    """The TOML text of the block without its `#`, or None where there is no block.

    Raises ScriptError for a block that is not closed or comes twice.
    """
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.rstrip() == _OPENING]
    if not starts:
        return None
    first = starts[0] + 1
    end = first
    while end < len(lines) and (lines[end] == "#" or lines[end].startswith("# ")):
        end += 1
    # The last closing line of the run of comments closes the block.
    closing = next(
        (n for n in range(end - 1, first - 1, -1) if lines[n].rstrip() == _CLOSING), None
    )
    if closing is None:
        raise ScriptError(
            "An opening tag (`# /// script`) was found without a closing tag (`# ///`). Ensure "
            "that every line between the opening and closing tags (including empty lines) starts "
            "with a leading `#`."
        )
    if any(number > closing for number in starts):
        raise ScriptError("More than one `# /// script` block was found in the script")
    return "\n".join(line[2:] for line in lines[first:closing]) + "\n"


@value
class ScriptMetadata:
    """The block as `text`, and what is in it.

    `requires_python` is a valid specifier. `dependencies` is None where the block has no such key.
    `tools` is the table `tool`.
    """

    text: str
    requires_python: str | None
    dependencies: tuple[str, ...] | None
    tools: Mapping[str, Any]

    def tool(self, name: str) -> Mapping[str, Any]:
        """The table `[tool.NAME]`, empty where there is none."""
        found = self.tools.get(name)
        return found if isinstance(found, dict) else {}


def read_metadata(text: str) -> ScriptMetadata | None:
    """What the script with this text says about itself; None where it says nothing.

    Raises ScriptError, and TomlError that points into the block.
    """
    block = script_block(text)
    if block is None:
        return None
    from weft.project.toml import parse_toml

    tables = parse_toml(block)
    tools = tables.get("tool", {})
    if not isinstance(tools, dict):
        raise _wrong(block, ("tool",), "invalid type, expected a map")
    return ScriptMetadata(block, _requires_python(block, tables), _listed(block, tables), tools)


def _requires_python(block: str, tables: Mapping[str, Any]) -> str | None:
    found = tables.get("requires-python")
    if found is None:
        return None
    place = ("requires-python",)
    if not isinstance(found, str):
        raise _wrong(block, place, "invalid type, expected a string")
    from weft.core.specifier import SpecifierError, Specifiers

    try:
        return Specifiers.parse(found).text
    except SpecifierError as error:
        raise _wrong(block, place, error.message) from None


def _listed(block: str, tables: Mapping[str, Any]) -> tuple[str, ...] | None:
    found = tables.get("dependencies")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise _wrong(block, ("dependencies",), "invalid type, expected a sequence of strings")
    from weft.project.lines import LineError, parse_line

    for number, text in enumerate(found):
        try:
            parse_line(text, "/")
        except LineError as error:
            reason = error.__cause__ or error
            raise _wrong(block, ("dependencies", number), str(reason)) from None
    return tuple(found)


def _wrong(block: str, place: tuple[str | int, ...], reason: str) -> WeftError:
    from weft.project.toml import TomlError, locate

    line, column, width = locate(block, place)
    return TomlError(reason, block, line=line, column=column, width=width)
