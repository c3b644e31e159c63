"""Every command: its path, what it is called too, what it takes and which module carries it out.

Owns the shape of a row, and which file has the rows of a command: only that one is loaded to run
it. A later command is a new row; nothing else has to change for it to be parsed and documented.
The columns are: path; aliases; module under `weft.ops`, empty for a group; about; more; positional
`(dest, as shown, help)`; usage tail where the table's own would not do; blocks as
`(heading, block)` of `ops.options`; marks: `hidden`, `requires=dests` (one of them must be given),
`keeps` (`-q` does not silence the result), `always` (nor does `-qq`), `check=NAME` (what the
positional must look like), `choice=NAME` (the values it can have), `rest` (all behind the first
positional is taken as it is).
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    # path, aliases, module under weft.ops, about, more, positional, usage tail, blocks, marks
    Row = tuple[
        str, str, str, str, str, tuple[str, ...], str, tuple[tuple[str, str], ...], tuple[str, ...]
    ]

# The first words of the paths in each file, in the order in which help lists them.
_FILES = (
    ("run", "run"),
    ("sync", "sync"),
    ("lock", "lock"),
    ("edit", "add remove"),
    ("project", "init version export tree"),
    ("workspace", "workspace"),
    ("audit", "audit format check upgrade"),
    ("tool", "tool"),
    ("python", "python"),
    ("pip", "pip"),
    ("main", "venv build publish"),
    ("cache", "cache"),
    ("auth", "auth"),
    ("self", "self clean help"),
    ("shell", "generate-shell-completion"),
)


def rows_of(word: str) -> tuple[Row, ...]:
    """The rows whose path begins with `word`, and maybe others."""
    for name, words in _FILES:
        if word in words.split():
            return _rows(name)
    return ()


def every_row() -> tuple[Row, ...]:
    """The rows of every file."""
    return tuple([row for name, _ in _FILES for row in _rows(name)])


def _rows(name: str) -> tuple[Row, ...]:
    constant = name.upper()
    module = __import__(f"weft.ops.commands_{name}", fromlist=(constant,))
    found: tuple[Row, ...] = getattr(module, constant)
    return found


# What `weft` takes before a command. `TOOL` is `--version`.
ROOT: Row = (
    "",
    "",
    "",
    "A Python package and project manager that links environments out of one cache.",
    "",
    (),
    "",
    (*GLOBAL, ("Global options", "TOOL")),
    (),
)
