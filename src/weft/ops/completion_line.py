"""What the words before the cursor mean.

Owns the reading of an unfinished command line: the command so far, the option whose value is being
written, what was used already. Refuses errors: a word that makes no sense is passed over, since
the line is not finished, and people are told what is wrong when they run it.
The rules are those of `weft.cli.parser`.
"""

from __future__ import annotations

from weft.ops.commands import Command, command, resolve_name
from weft.ops.options import Option, options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Line:
    """An unfinished command line.

    `current` is what has been written of the value, the flag or the word under the cursor, and
    `lead` what stands before it in the same word (`--link-mode=`). `option` waits for its value.
    `used` are the dests of the options so far, `values` what they were given, by dest. `arguments`
    are the positional words before the cursor; `rest` is the place of the word with which a
    command of its own begins, None where there is none. `literal` tells that `--` was passed.
    """

    __slots__ = (
        "arguments",
        "command",
        "current",
        "known",
        "lead",
        "literal",
        "option",
        "rest",
        "used",
        "values",
    )

    def __init__(self) -> None:
        root = command("")
        assert root is not None
        self.arguments: list[str] = []
        self.current = self.lead = ""
        self.literal = False
        self.option: Option | None = None
        self.rest: int | None = None
        self.used: set[str] = set()
        self.values: dict[str, list[str]] = {}
        self.enter(root)

    def enter(self, found: Command) -> None:
        """Go on behind the command `found`."""
        self.command = found
        self.known = [option for _, option in options(found.blocks)]

    def find(self, name: str) -> Option | None:
        """The option that is spelled `name` here."""
        for option in self.known:
            if name in option.spellings or name in option.aliases or name in option.negations:
                return option
        return None

    def take(self, word: str, place: int) -> None:
        """One finished word, the `place`th behind the program."""
        if self.option is not None:
            self.values.setdefault(self.option.dest, []).append(word)
            self.option = None
        elif self.rest is not None:
            return
        elif self.literal or word == "-" or not word.startswith("-"):
            self.argument(word, place)
        elif word == "--":
            self.literal = True
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            self.flag(name, value if equals else None)
        else:
            self.cluster(word)

    def argument(self, word: str, place: int) -> None:
        """A subcommand, or what the command works on."""
        below = resolve_name(self.command.path, word) if not self.command.module else None
        found = command(below) if below else None
        if found is not None:
            self.enter(found)
            return
        self.arguments.append(word)
        if "rest" in self.command.marks:
            self.rest = place

    def flag(self, name: str, value: str | None) -> None:
        """`--name` or `--name=value`."""
        if resolve_name(self.command.path, name) is not None and not self.command.module:
            self.argument(name, 0)
            return
        option = self.find(name)
        if option is None:
            return
        self.used.add(option.dest)
        if option.takes_value:
            if value is None:
                self.option = option
            else:
                self.values.setdefault(option.dest, []).append(value)

    def cluster(self, word: str) -> None:
        """`-abc`: flags, the last of which may have its value behind it."""
        for place in range(1, len(word)):
            option = self.find(f"-{word[place]}")
            if option is None:
                return
            self.used.add(option.dest)
            if option.takes_value:
                value = word[place + 1 :]
                if value:
                    self.values.setdefault(option.dest, []).append(value)
                else:
                    self.option = option
                return

    def finish(self, word: str) -> None:
        """The word under the cursor, which may be empty."""
        self.current = word
        if self.option is not None or self.literal or self.rest is not None:
            return
        name, equals, value = word.partition("=")
        if equals and name.startswith("--"):
            option = self.find(name)
            if option is not None and option.takes_value:
                self.option, self.lead, self.current = option, f"{name}=", value


def read(words: Sequence[str]) -> Line:
    """What `words` (behind the program, the last one under the cursor) have said so far."""
    line = Line()
    for place, word in enumerate(words[:-1]):
        line.take(word, place)
    line.finish(words[-1] if words else "")
    return line
