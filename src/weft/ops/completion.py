"""What can follow on an unfinished command line.

Owns the answer that shells get on each Tab: candidates with what they mean, and whether paths or a
command of its own may stand there too. It all follows from the tables of commands and options.
Refuses the talk with a shell (`ops.completion_shells`) and the search for names on the machine
(`ops.completion_values`).
"""

from __future__ import annotations

from weft.ops.completion_line import Line, read
from weft.ops.options import COUNT, PATH, PATHS, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weft.ops.completion_values import Names

    # A candidate and what it means, "" where it speaks for itself.
    Candidate = tuple[str, str]

#: What a shell is to look for besides: nothing, files, directories, or what another command takes.
NONE, FILES, DIRECTORIES, COMMAND = "none", "files", "directories", "command"

_DIRECTORIES = (
    "directory", "project", "cache_dir", "target", "prefix", "out_dir", "install_dir", "dest",
    "editable", "with_editable", "find_links", "paths",
)  # fmt: skip


class Answer:
    """Candidates, what else to look for, and where in the words a command of its own begins.

    `lead` stands before every candidate in the word under the cursor. `rest` counts the words
    behind the program and is 0 unless `also` is COMMAND.
    """

    __slots__ = ("also", "candidates", "lead", "rest")

    def __init__(self, also: str, candidates: list[Candidate], *, lead: str, rest: int) -> None:
        self.also = also
        self.candidates = candidates
        self.lead = lead
        self.rest = rest


def complete(
    words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str
) -> Answer:
    """What can stand in the place of the last of `words`, which are those behind the program."""
    from weft.ops.completion_values import Names

    line = read(words)
    if line.rest is not None:
        return Answer(COMMAND, [], lead="", rest=line.rest)
    names = Names(line, environ, cwd=cwd, platform=platform)
    if line.option is not None:
        found = list(_values(line.option, names))
        return Answer(_paths_of(line.option), found, lead=line.lead, rest=0)
    if line.current.startswith("-") and not line.literal:
        return Answer(NONE, list(_flags(line)), lead="", rest=0)
    found = list(_words(line, names))
    also = names.paths_of_argument()
    if not found and also == NONE and not line.literal:
        found = list(_flags(line))
    return Answer(also, found, lead="", rest=0)


def _values(option: Option, names: Names) -> Iterator[Candidate]:
    for name, told, canonical in option.choices():
        if not canonical:
            yield name, told
    yield from names.of_option(option)


def _paths_of(option: Option) -> str:
    if option.dest in _DIRECTORIES:
        return DIRECTORIES
    return FILES if option.kind in (PATH, PATHS) else NONE


def _words(line: Line, names: Names) -> Iterator[Candidate]:
    """Subcommands, or what the command works on."""
    from weft.ops.commands import subcommands

    if not line.command.module:
        for found in subcommands(line.command.path):
            if not found.hidden:
                yield found.name, found.about
        return
    yield from names.of_argument()


def _flags(line: Line) -> Iterator[Candidate]:
    """The options that may still follow. Short ones only where no second dash was written."""
    for option in line.known:
        if option.hidden or _spent(option, line):
            continue
        for name in option.spellings:
            if name.startswith("--") or not line.current.startswith("--"):
                yield name, option.help


def _spent(option: Option, line: Line) -> bool:
    """Whether the option would be refused: it was given, or one that excludes it."""
    if option.dest in line.used:
        return not (option.many or option.kind == COUNT)
    given = [other for other in line.known if other.dest in line.used]
    return any(_excludes(option, other) or _excludes(other, option) for other in given)


def _excludes(one: Option, other: Option) -> bool:
    return other.dest in (one.mark("conflicts") or "").split(",")
