"""Usage lines, and what to say about words that make no sense.

Owns the sentences about wrong command lines and the `Usage:` line behind them. Refuses to scan
words (that is `cli.parser`) and to print (that is `cli.printer`).
"""

from __future__ import annotations

from weft.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.commands import Command
    from weft.ops.options import Option


class Place:
    """Where in a command line something went wrong: the command, its options, those in use."""

    __slots__ = ("command", "known", "positional_used", "used")

    def __init__(self, command: Command, known: Sequence[Option]) -> None:
        self.command = command
        self.known = known
        self.used: list[Option] = []
        self.positional_used = False

    def note(self, option: Option) -> None:
        """Remember that `option` was used, for the usage line."""
        if all(other.dest != option.dest for other in self.used):
            self.used.append(option)


def full_usage(command: Command) -> str:
    """`weft cache clean [OPTIONS] [PACKAGE]...`."""
    return f"{command.display} [OPTIONS]{_tail(command)}"


def used_usage(place: Place, *more: Option, without: Option | None = None) -> str:
    """The usage line of what was given; the full one if nothing was."""
    if place.command.mark("program"):
        return full_usage(place.command)  # a program of its own is always shown whole
    shown = [item for item in (*place.used, *more) if without is None or item.dest != without.dest]
    if not shown and not place.positional_used:
        return full_usage(place.command)
    # What the tail of the line names already is not named twice.
    named = place.command.mark("requires").split(",")
    words = [item.display for item in shown if item.dest not in named]
    tail = "" if "rest" in place.command.marks else _tail(place.command)
    if place.positional_used:
        tail = tail.replace("[", "<").replace("]", ">")
    return " ".join([place.command.display, *dict.fromkeys(words)]) + tail


def _tail(command: Command) -> str:
    if command.usage_tail:
        return f" {command.usage_tail}"
    if not command.module:
        return " <COMMAND>"
    return f" {command.positional[1]}" if command.positional else ""


def unexpected_flag(place: Place, word: str) -> UsageError:
    """`--bogus` is no option of the command."""
    from weft.cli.similar import similar

    message = f"unexpected argument '{word}' found"
    if word.startswith("--"):
        names = {name[2:]: item for item in place.known for name in _long_names(item)}
        close = similar(word[2:], names)
        if close:
            meant = names[close[-1]]
            tip = f"a similar argument exists: '--{close[-1]}'"
            silent = meant.hidden or f"--{close[-1]}" in meant.negations
            usage = used_usage(place) if silent else used_usage(place, meant)
            return UsageError(message, usage=usage, tips=(tip,))
    tips: tuple[str, ...] = ()
    if place.command.positional and "rest" not in place.command.marks:
        tips = (f"to pass '{word}' as a value, use '-- {word}'",)
    usage = used_usage(place) if word.startswith("--") else full_usage(place.command)
    return UsageError(message, usage=usage, tips=tips)


def _long_names(option: Option) -> list[str]:
    spelled = (*option.spellings, *option.aliases, *option.negations)
    return [name for name in spelled if name.startswith("--")]


def unexpected_word(place: Place, word: str) -> UsageError:
    """One positional argument too many."""
    return UsageError(f"unexpected argument '{word}' found", usage=full_usage(place.command))


def unexpected_value(place: Place, option: Option, spelling: str, text: str) -> UsageError:
    """`--offline=1`: a flag takes no value."""
    message = f"unexpected value '{text}' for '{spelling}' found; no more were expected"
    return UsageError(message, usage=used_usage(place, option))


def missing_value(option: Option) -> UsageError:
    """`--link-mode` at the end of the line."""
    message = f"a value is required for '{option.display}' but none was supplied"
    return UsageError(message + _possible(option))


def invalid_value(name: str, text: str, reason: str) -> UsageError:
    """A value that fails its check; `name` is the option or positional as displayed."""
    return UsageError(f"invalid value '{text}' for '{name}': {reason}")


def invalid_word(choice: str, shown: str, text: str) -> UsageError:
    """A positional word outside the set of its choice."""
    from weft.cli.similar import similar
    from weft.ops.options_values import choices

    values = [name for name, _, canonical in choices(choice) if not canonical]
    close = similar(text, values)
    tips = (f"a similar value exists: '{close[-1]}'",) if close else ()
    listed = f"\n  [possible values: {', '.join(values)}]"
    return UsageError(f"invalid value '{text}' for '{shown}'{listed}", tips=tips)


def invalid_choice(option: Option, text: str) -> UsageError:
    """A value outside the set of a choice."""
    from weft.cli.similar import similar
    from weft.ops.options import possible_values

    close = similar(text, possible_values(option))
    tips = (f"a similar value exists: '{close[-1]}'",) if close else ()
    message = f"invalid value '{text}' for '{option.display}'"
    return UsageError(message + _possible(option), tips=tips)


def _possible(option: Option) -> str:
    from weft.ops.options import possible_values

    values = possible_values(option)
    return f"\n  [possible values: {', '.join(values)}]" if values else ""


def repeated(place: Place, option: Option) -> UsageError:
    """An option with one value was given twice."""
    message = f"the argument '{option.display}' cannot be used multiple times"
    return UsageError(message, usage=full_usage(place.command))


def conflict(place: Place, first: Option, second: Option) -> UsageError:
    """Two options that exclude each other, in the order in which they were given."""
    message = f"the argument '{first.display}' cannot be used with '{second.display}'"
    return UsageError(message, usage=used_usage(place, without=second))


def conflict_with_word(place: Place, option: Option, shown: str, *, word_first: bool) -> UsageError:
    """An option excludes what the command works on; `shown` is how help writes that."""
    first, second = (shown, option.display) if word_first else (option.display, shown)
    message = f"the argument '{first}' cannot be used with '{second}'"
    used = [item.display for item in place.used if item is not option or not word_first]
    words = [place.command.display, *used, shown.replace("[", "<").replace("]", ">")]
    return UsageError(message, usage=" ".join(words))


def missing_arguments(place: Place) -> UsageError:
    """Nothing of what the command cannot do without."""
    tail = place.command.usage_tail
    usage = used_usage(place) if place.used else f"{place.command.display} {tail}"
    message = f"the following required arguments were not provided:\n  {tail}"
    return UsageError(message, usage=usage)


def unknown_command(command: Command, word: str) -> UsageError:
    """A word where a subcommand is expected."""
    from weft.cli.similar import similar
    from weft.ops.commands import group_names, subcommands

    names = group_names(subcommands(command.path))
    of_pip = () if command.path else group_names(subcommands("pip"))
    close = [f"weft pip {word}"] if word in of_pip else similar(word, names)
    tips: tuple[str, ...] = ()
    if len(close) == 1:
        tips = (f"a similar subcommand exists: '{close[0]}'",)
    elif close:
        listed = ", ".join(f"'{name}'" for name in close)
        tips = (f"some similar subcommands exist: {listed}",)
    message = f"unrecognized subcommand '{word}'"
    return UsageError(message, usage=full_usage(command), tips=tips)


def missing_command(command: Command) -> UsageError:
    """A group without the command that says what to do."""
    from weft.ops.commands import group_names, subcommands

    names = ", ".join(group_names(subcommands(command.path)))
    message = (
        f"'{command.display}' requires a subcommand but one was not provided\n"
        f"  [subcommands: {names}]"
    )
    return UsageError(message, usage=full_usage(command))
