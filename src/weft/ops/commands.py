"""Finds commands and reads their rows.

Owns names, aliases and groups of commands. Refuses the rows themselves (`ops.commands_table`) and
the options (`ops.options`).
"""

from __future__ import annotations

from weft.ops.commands_table import ROOT, every_row, rows_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.commands_table import Row


class Command:
    """One row, with names for its columns."""

    __slots__ = (
        "about",
        "aliases",
        "blocks",
        "marks",
        "module",
        "more",
        "path",
        "positional",
        "usage_tail",
    )

    def __init__(self, row: Row) -> None:
        self.path = row[0]
        self.aliases = row[1].split()
        self.module, self.about, self.more, self.positional = row[2:6]
        self.usage_tail, self.blocks, self.marks = row[6:]

    @property
    def hidden(self) -> bool:
        """Whether help leaves the command out."""
        return "hidden" in self.marks

    @property
    def display(self) -> str:
        """`weft pip install`; what has a program of its own is called like that."""
        return self.mark("program") or (f"weft {self.path}" if self.path else "weft")

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(" ")[2]

    def mark(self, name: str) -> str:
        """The text of `name=text` among the marks, "" without it."""
        for mark in self.marks:
            key, _, text = mark.partition("=")
            if key == name:
                return text
        return ""


def command(path: str) -> Command | None:
    """The command of this path in its own name, None when there is none."""
    for row in rows_of(path.partition(" ")[0]):
        if row[0] == path:
            return Command(row)
    return Command(ROOT) if not path else None


def subcommands(path: str) -> list[Command]:
    """The commands right under `path`, hidden ones included, in the order of the table."""
    prefix = f"{path} " if path else ""
    return [
        Command(row)
        for row in (rows_of(path.partition(" ")[0]) if path else every_row())
        if row[0].startswith(prefix) and " " not in row[0][len(prefix) :]
    ]


def resolve_name(path: str, word: str) -> str | None:
    """The path of the subcommand that `word` names under `path`, by name or alias."""
    prefix = f"{path} " if path else ""
    wanted = prefix + word
    for row in rows_of(wanted.partition(" ")[0]):
        if row[0] == wanted:
            return wanted
    for row in every_row():
        name = row[0]
        if name.startswith(prefix) and " " not in name[len(prefix) :] and word in row[1].split():
            return name
    return None


def group_names(found: Sequence[Command]) -> list[str]:
    """Names and aliases of commands, as the message about a missing command lists them."""
    return [name for item in found for name in (item.name, *item.aliases)]
