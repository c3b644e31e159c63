"""The metadata block of a script, replaced or put in.

Owns where a new block goes (first, or behind the line that names an interpreter) and how TOML
becomes comments. Everything else of the script stays byte for byte. Refuses to know what the TOML
says. Follows PEP 723.
"""

from __future__ import annotations

_OPENING = "# /// script"
_CLOSING = "# ///"


def with_block(script: str, block: str) -> str:
    """The text of a script with `block`, TOML text, in place of the one it has.

    A block that is there must have been read by `weft.project.script` before.
    """
    newline = "\r\n" if "\r\n" in script else "\n"
    lines = script.splitlines(keepends=True)
    start = next((at for at, line in enumerate(lines) if line.rstrip() == _OPENING), None)
    content = [f"# {line}" if line else "#" for line in block.splitlines()]
    if start is None:
        made = newline.join((_OPENING, *content, _CLOSING)) + newline
        if not script.startswith("#!"):
            return made + script
        first = lines[0].rstrip("\r\n") + newline
        rest = "".join(lines[1:])
        return first + made + (newline + rest if rest else "")
    end = start + 1
    while end < len(lines) and (lines[end].rstrip() == "#" or lines[end].startswith("# ")):
        end += 1
    while lines[end - 1].rstrip() != _CLOSING:
        end -= 1
    inside = "".join(line + newline for line in content)
    return "".join(lines[: start + 1]) + inside + "".join(lines[end - 1 :])


def new_block(requires_python: str) -> str:
    """The TOML of a script that says nothing yet."""
    return f'requires-python = "{requires_python}"\ndependencies = []\n'
