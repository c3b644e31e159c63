"""Inline metadata of scripts.

Owns the `script` block. Refuses to run or change the script. Follows PEP 723.
"""

from __future__ import annotations

from weft.core.errors import WeftError

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
