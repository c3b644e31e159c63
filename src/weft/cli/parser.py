"""From the words of a command line to values.

Owns the scan: subcommands and their aliases, long and short flags, `--flag=value`, `-fvalue`,
`-abc`, `--`, negations, and then the variables that stand in for flags that were not given.
The rules are those of clap, whose messages users of uv know; the table is `ops.options`.
Refuses to interpret: values stay text, `ops.settings` makes settings of them.
"""

from __future__ import annotations

from weft.cli import usage
from weft.cli.usage import Place
from weft.ops.commands import Command, command, resolve_name
from weft.ops.options import COUNT, FLAG, Option, options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    Asked = Literal["", "short help", "long help", "version", "no command"]


class Invocation:
    """What was asked for.

    `values` holds, by dest, True or False for flags, an int for counts, a text for options with one
    value, a list of texts for the others and for positionals. `sources` says for each dest where
    the value comes from: the flag as it was written, or the name of the variable. `asked` is not
    empty when help, the version or nothing at all was asked for instead of a command. `words` are
    all words as they were given.
    """

    __slots__ = ("asked", "command", "options", "sources", "values", "warnings", "words")

    def __init__(self) -> None:
        self.command: Command
        self.values: dict[str, object] = {}
        self.sources: dict[str, str] = {}
        self.asked: Asked = ""
        self.warnings: list[str] = []
        self.options: list[Option] = []
        self.words: tuple[str, ...] = ()


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Invocation:
    """The invocation that `argv` (without the program) spells.

    Raises `UsageError` with the message, the usage line and the tips of clap.
    """
    root = command("")
    assert root is not None
    first, behind = _descended(root, argv)
    scan = _Scan(first)
    scan.words(argv[behind:])
    found = scan.invocation
    if not found.asked:
        from weft.cli import variables

        if found.command.module:
            found.words = tuple(argv)
            variables.fill(found, environ)
            scan.check()
        elif not scan.place.used and not variables.any_set(found.options, environ):
            found.asked = "no command"
        else:
            raise usage.missing_command(found.command)
    return found


def _descended(root: Command, argv: Sequence[str]) -> tuple[Command, int]:
    """The command that the first words name, and how many they are: no option is among them yet.

    So the options of the commands on the way need not be looked at.
    """
    here, behind = root, 0
    for word in argv:
        if here.module or word.startswith("-"):
            break
        path = resolve_name(here.path, word)
        found = command(path) if path is not None else None
        if found is None:
            break
        here, behind = found, behind + 1
    return here, behind


class _Scan:
    """The state of one scan from left to right."""

    def __init__(self, root: Command) -> None:
        self.invocation = Invocation()
        self.given: list[Option] = []
        self.enter(root)

    def enter(self, found: Command) -> None:
        """Go on with the options of the command `found`."""
        self.invocation.command = found
        known = [option for _, option in options(found.blocks)]
        self.invocation.options = known
        place = Place(found, known)
        if self.given:
            place.used = list(self.given)
        self.place = place
        self.table: dict[str, Option] = {}
        for option in known:
            for name in (*option.spellings, *option.aliases, *option.negations):
                self.table[name] = option

    def words(self, argv: Sequence[str]) -> None:
        index = 0
        while index < len(argv) and not self.invocation.asked:
            word = argv[index]
            index += 1
            if word == "--":
                for rest in argv[index:]:
                    self.positional(rest)
                return
            takes_rest = "rest" in self.invocation.command.marks
            if takes_rest and (not word.startswith("-") or word == "-"):
                for rest in (word, *argv[index:]):
                    self.positional(rest)
                return
            if word.startswith("--"):
                index = self.long(word, argv, index)
            elif word.startswith("-") and len(word) > 1:
                index = self.short(word, argv, index)
            elif self.invocation.command.module:
                self.positional(word)
            else:
                self.subcommand(word)

    def subcommand(self, word: str) -> None:
        here = self.invocation.command
        path = resolve_name(here.path, word)
        found = command(path) if path is not None else None
        if found is None:
            raise usage.unknown_command(here, word)
        self.enter(found)

    def positional(self, word: str) -> None:
        here = self.invocation.command
        if not here.module:
            raise usage.unknown_command(here, word)
        if not here.positional:
            raise usage.unexpected_word(self.place, word)
        dest, shown, _ = here.positional
        values = self.invocation.values
        if not shown.endswith("...") and dest in values:
            raise usage.unexpected_word(self.place, word)
        choice = here.mark("choice")
        if choice:
            word = _chosen(choice, shown, word)
        check = here.mark("check")
        if check:
            from weft.ops.options_checks import wrong

            reason = wrong(check, word)
            if reason:
                raise usage.invalid_value(shown, word, reason)
        if shown.endswith("..."):
            many = values.setdefault(dest, [])
            assert isinstance(many, list)
            many.append(word)
        else:
            values[dest] = word
        self.invocation.sources[dest] = shown
        self.place.positional_used = True

    def long(self, word: str, argv: Sequence[str], index: int) -> int:
        name, equals, value = word.partition("=")
        option = self.table.get(name)
        if option is None:
            if not self.invocation.command.module and not equals:
                path = resolve_name(self.invocation.command.path, name)
                if path is not None:  # a command that is called like an option
                    self.subcommand(name)
                    return index
            raise usage.unexpected_flag(self.place, name)
        if not option.takes_value:
            if equals:
                raise usage.unexpected_value(self.place, option, name, value)
            self.flag(option, name)
            return index
        if not equals:
            value, index = self.following(option, argv, index)
        self.store(option, name, value)
        return index

    def short(self, word: str, argv: Sequence[str], index: int) -> int:
        position = 1
        while position < len(word) and not self.invocation.asked:
            name = f"-{word[position]}"
            option = self.table.get(name)
            if option is None:
                raise usage.unexpected_flag(self.place, name)
            position += 1
            if not option.takes_value:
                if word[position : position + 1] == "=":
                    raise usage.unexpected_value(self.place, option, name, word[position + 1 :])
                self.flag(option, name)
                continue
            value = word[position:]
            if value:
                value = value.removeprefix("=")
            else:
                value, index = self.following(option, argv, index)
            self.store(option, name, value)
            return index
        return index

    def following(self, option: Option, argv: Sequence[str], index: int) -> tuple[str, int]:
        """The next word as the value of `option`."""
        if index >= len(argv):
            raise usage.missing_value(option)
        word = argv[index]
        if word.startswith("-") and len(word) > 1:
            name = word.partition("=")[0] if word.startswith("--") else word[:2]
            if name in self.table or word == "--":
                raise usage.missing_value(option)
            self.place.note(option)
            raise usage.unexpected_flag(self.place, name)
        return word, index + 1

    def flag(self, option: Option, name: str) -> None:
        found = self.invocation
        if option.kind not in (FLAG, COUNT):
            if option.kind == "version":
                found.asked = "version"
            else:
                found.asked = "short help" if name == "-h" else "long help"
            return
        if option.kind == COUNT:
            count = found.values.get(option.dest, 0)
            assert isinstance(count, int)
            found.values[option.dest] = count + 1
        else:
            found.values[option.dest] = name not in option.negations
        self.use(option, name)

    def store(self, option: Option, name: str, value: str) -> None:
        """Take one value for `option`, checked."""
        from weft.cli.variables import take

        found = self.invocation
        if not option.many and option.dest in found.sources:
            raise usage.repeated(self.place, option)
        take(found, option, value)
        self.use(option, name)

    def use(self, option: Option, name: str) -> None:
        found = self.invocation
        found.sources[option.dest] = name
        for dest in (option.mark("overrides") or "").split(","):
            found.values.pop(dest, None)
            found.sources.pop(dest, None)
        refused = option.mark("refuse")
        if refused is not None:
            from weft.core.errors import WeftError

            raise WeftError(refused)
        foreign = option.mark("foreign")
        if foreign and found.command.path.startswith(f"{foreign} "):
            from weft.core.errors import WeftError

            raise WeftError(f"`{name}` is not supported in `weft {foreign}` commands")
        if option.mark("later") is not None:
            from weft.core.errors import WeftError

            raise WeftError(f"`{name}` is not supported by weft yet")
        note = option.mark("note")
        if note and note not in found.warnings:
            found.warnings.append(note)
        self.place.note(option)
        self.given = [item for item in self.given if item.dest != option.dest] + [option]

    def check(self) -> None:
        """What only the whole line shows: conflicts, and what is missing."""
        found = self.invocation
        given = [item for item in self.place.used if found.values.get(item.dest)]
        for position, first in enumerate(given):
            for second in given[position + 1 :]:
                if _exclude(first, second) or _exclude(second, first):
                    raise usage.conflict(self.place, first, second)
        dest, shown = (*found.command.positional[:2], "", "")[:2]
        if dest and found.values.get(dest):
            for option in given:
                if dest in (option.mark("conflicts") or "").split(","):
                    order = list(found.sources)
                    is_first = order.index(dest) < order.index(option.dest)
                    raise usage.conflict_with_word(self.place, option, shown, word_first=is_first)
        required = found.command.mark("requires")
        if required and not any(found.values.get(dest) for dest in required.split(",")):
            raise usage.missing_arguments(self.place)


def _chosen(choice: str, shown: str, word: str) -> str:
    """The value of the choice that a positional word means."""
    from weft.ops.options_values import choices

    for known, _, canonical in choices(choice):
        if known == word:
            return canonical or known
    raise usage.invalid_word(choice, shown, word)


def _exclude(one: Option, other: Option) -> bool:
    return other.dest in (one.mark("conflicts") or "").split(",")
