"""The one table of every option, and how to read it.

Owns the shape of a row and the way from a command to its rows. The rows themselves are plain
constants, one file per noun (`options_global`, `options_index`, …), so that they come out of the
`.pyc` in one piece and only the files that the invoked command names are touched. The parser, the
help, the reader of environment variables and the reader of settings files all read this table.

Refuses to know what an option does, and to read the world.

A row is a tuple of nine columns:

0. dest: the attribute of `ops.settings.Settings` that it sets.
1. spellings: `shown | hidden aliases | negations`, each a list separated by blanks. The last shown
   spelling is the name in messages. No spelling at all: only the environment or a file sets it.
2. kind: one of the constants below.
3. value: for `CHOICE` and `CHOICES` the name of a set of values in `options_values`, else the word
   in angle brackets where it is not the spelling in capitals.
4. env: without prefix. `WEFT_` goes first, `UV_` is honoured where that is unset; a leading `!`
   keeps the variable weft's own, since the two tools share no such directory.
5. key: the key in settings files; empty where files cannot set it.
6. help: one line. 7. more: what `weft help COMMAND` adds, paragraphs separated by an empty line.
8. marks: `hidden`; `later` (parses, but using it is an error until its command exists);
   `foreign=WORD` (an error in the commands below that one);
   `refuse=TEXT` (using it is this error); `note=TEXT` (using it is this warning); `default=TEXT`;
   `conflicts=DESTS` and `overrides=DESTS` (the later one wins); `check=NAME` of
   `ops.options_checks`; `min=N`, `max=N` and `seconds` of numbers; `metavar=WORD`; `empty` (an
   empty text counts as not given); `comma` (variable and values are separated by commas), `space`
   (the variable is separated by blanks), `pathsep` (it is separated like `PATH`), `values` (one
   value may hold several, with commas);
   `lenient` (a variable that makes no sense is a warning).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Row = tuple[str, str, str, str, str, str, str, str, tuple[str, ...]]
    Choice = tuple[str, str, str]  # value, help, the value it stands for ("" for itself)

FLAG = "flag"  # no value; True, or False by a negation
COUNT = "count"  # no value; how often
TEXT = "text"  # one value
PATH = "path"  # one value, relative to the working directory or to the file that sets it
NUMBER = "number"  # one value, digits
CHOICE = "choice"  # one of a set
LIST = "list"  # any number of values
PATHS = "paths"  # any number of paths
CHOICES = "choices"  # any number out of a set

_WITH_VALUE = (TEXT, PATH, NUMBER, CHOICE, LIST, PATHS, CHOICES)
_MANY = (LIST, PATHS, CHOICES)

# Where the rows of a block live. `:` after a block's name in a command picks some of its rows.
_FILES = {
    "GLOBAL": "options_global",
    "PYTHON": "options_global",
    "INTERPRETER": "options_global",
    "CACHE": "options_global",
    "REFRESH": "options_global",
    "TOOL": "options_global",
    "AMBIENT": "options_ambient",
    "INDEX": "options_index",
    "RESOLVER": "options_resolver",
    "INSTALLER": "options_install",
    "BUILD": "options_install",
    "BUILDING": "options_build",
    "PIP": "options_pip",
    "PIP_INSTALL": "options_pip",
    "PIP_READ": "options_read",
    "COMPILE": "options_compile",
    "SYNC": "options_sync",
    "GROUPS": "options_groups",
    "LOCKED": "options_groups",
    "LOCK": "options_lock",
    "PROJECT_INSTALL": "options_groups",
    "PROJECT_TARGET": "options_groups",
    "SYNC_REPORT": "options_groups",
    "RUN": "options_run",
    "ADD": "options_edit",
    "EDIT": "options_edit",
    "INIT": "options_init",
    "NO_PROJECT": "options_init",
    "WORKSPACE": "options_workspace",
    "TREE": "options_tree",
    "TREE_TARGET": "options_tree",
    "EXPORT": "options_export",
    "EMITTED": "options_export",
    "EXPORTED_SCRIPT": "options_export",
    "VENV": "options_venv",
    "PUBLISH": "options_publish",
    "PROJECT_VERSION": "options_project",
    "CACHE_VERBS": "options_project",
    "CACHE_REPORT": "options_project",
    "META": "options_project",
    "PYTHON_READ": "options_python",
    "PYTHON_LIST": "options_python",
    "PYTHON_FIND": "options_python",
    "PYTHON_PIN": "options_python",
    "PYTHON_INSTALL": "options_python_install",
    "PYTHON_UNINSTALL": "options_python_install",
    "TOOL_RUN": "options_tool",
    "TOOL_INSTALL": "options_tool_install",
    "TOOL_READ": "options_tool_install",
    "TOOL_UPGRADE": "options_tool_install",
    "AUTH": "options_auth",
    "SELF_UPDATE": "options_auth",
    "SELF_INSTALL": "options_auth",
    "AUDIT": "options_audit",
    "AUDIT_TARGET": "options_audit",
    "FORMAT": "options_format",
    "CHECK": "options_format",
    "UPGRADE": "options_format",
    "DOWNLOAD": "options_download",
    "SHELL": "options_shell",
}


class Option:
    """One row, with names for its columns."""

    __slots__ = (
        "aliases",
        "dest",
        "env",
        "help",
        "key",
        "kind",
        "marks",
        "more",
        "negations",
        "spellings",
        "value",
    )

    def __init__(self, row: Row) -> None:
        self.dest, spellings, self.kind, self.value, self.env, self.key = row[:6]
        self.help, self.more, self.marks = row[6:]
        shown, _, rest = spellings.partition("|")
        hidden, _, negations = rest.partition("|")
        self.spellings = shown.split()
        self.aliases = hidden.split()
        self.negations = negations.split()

    @property
    def takes_value(self) -> bool:
        """Whether a value follows the flag."""
        return self.kind in _WITH_VALUE

    @property
    def many(self) -> bool:
        """Whether every use adds to a list."""
        return self.kind in _MANY

    def mark(self, name: str) -> str | None:
        """The text of `name=text` among the marks, "" for a bare `name`, None without it."""
        for mark in self.marks:
            key, _, text = mark.partition("=")
            if key == name:
                return text
        return None

    @property
    def hidden(self) -> bool:
        """Whether help leaves the option out."""
        return "hidden" in self.marks or not self.spellings

    @property
    def metavar(self) -> str:
        """The word that stands for the value in messages."""
        named = self.mark("metavar")
        if named is not None:
            return named
        if self.value and self.kind not in (CHOICE, CHOICES):
            return self.value
        return self.name.lstrip("-").upper().replace("-", "_")

    @property
    def name(self) -> str:
        """The spelling that messages use."""
        return (self.spellings or self.aliases or [self.dest])[-1]

    @property
    def display(self) -> str:
        """How messages write it: `--link-mode <LINK_MODE>`, `--quiet...`, `--offline`."""
        if self.kind == COUNT:
            return f"{self.name}..."
        return f"{self.name} <{self.metavar}>" if self.takes_value else self.name

    def choices(self) -> tuple[Choice, ...]:
        """The values of a choice, aliases included; empty for other kinds."""
        if self.kind not in (CHOICE, CHOICES):
            return ()
        from weft.ops.options_values import choices

        return choices(self.value)


def possible_values(option: Option) -> list[str]:
    """The values to show for a choice: aliases are accepted but not listed."""
    return [name for name, _, canonical in option.choices() if not canonical]


def rows(block: str) -> Sequence[Row]:
    """The rows of `BLOCK` or of `BLOCK:dest,dest`, in the order of the table."""
    name, _, picked = block.partition(":")
    module = __import__(f"weft.ops.{_FILES[name]}", fromlist=(name,))
    found: tuple[Row, ...] = getattr(module, name)
    if not picked:
        return found
    wanted = picked.split(",")
    return tuple(row for row in found if row[0] in wanted)


def options(blocks: Sequence[tuple[str, str]]) -> list[tuple[str, Option]]:
    """Every option of a command's `(heading, block)` list, with its heading."""
    return [(heading, option) for heading, block in blocks for option in _options(block)]


_made: dict[str, list[Option]] = {}


def _options(block: str) -> list[Option]:
    """Those of a block, made once: a command shares blocks with the groups that it is in."""
    known = _made.get(block)
    if known is None:
        known = _made[block] = [Option(row) for row in rows(block)]
    return known


def all_rows() -> list[Row]:
    """The rows of every block."""
    return [row for block in _FILES for row in rows(block)]
