"""Help texts.

Owns their layout: `-h` is short, `--help` and `weft help COMMAND` tell everything, each option with
its values, default and variable; the latter is paged on a terminal. The words are those of the
tables. Refuses words of its own beyond headings, so that a new row documents itself.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.cli.parser import Invocation
    from weft.cli.printer import Printer, Style
    from weft.cli.terminal import Stream
    from weft.ops.commands import Command
    from weft.ops.options import Option
    from weft.ops.settings_values import Settings


def show(invocation: Invocation, environ: Mapping[str, str], printer: Printer) -> int:
    """What `-h`, `--help` or a missing command ask for; exit code 0 or 2."""
    from weft.cli.terminal import width

    missing = invocation.asked == "no command"
    page = Page(width(environ, 2 if missing else 1))
    text = page.text(invocation.command, full=invocation.asked == "long help")
    topic = f" {invocation.command.path}" if invocation.command.path else ""
    text += f"\nUse `weft help{topic}` for more details."
    stream = printer.stderr if missing else printer.stdout
    text = coloured(text, _style(stream, environ, invocation.values.get("color")))
    if missing:
        printer.loud(text)
        return 2
    printer.out(text)
    return 0


def run_help(settings: Settings, environ: Mapping[str, str], printer: Printer) -> int:
    """`weft help [COMMAND…]`. Raises WeftError for a command that does not exist."""
    from weft.cli.terminal import width

    found = find(settings.topic)
    text = Page(width(environ, 1)).text(found, full=bool(found.path))
    if not found.module:
        topic = f" {found.path}" if found.path else ""
        text += f"\nUse `weft help{topic} <command>` for more information on a specific command."
    text = text.rstrip("\n") + "\n"
    style = _style(printer.stdout, environ, settings.color)
    paged = found.path and not settings.no_pager and printer.stdout.is_terminal()
    if paged and page_through(text, environ, style):
        return 0
    printer.out(coloured(text, style).removesuffix("\n"))
    return 0


def _style(stream: Stream, environ: Mapping[str, str], choice: object) -> Style:
    from weft.cli.printer import Style
    from weft.cli.terminal import in_colour

    chosen = choice if isinstance(choice, str) else "auto"
    return Style(in_colour(chosen, environ, terminal=stream.is_terminal()))


def find(words: Sequence[str]) -> Command:
    """The command that `words` spell, aliases included."""
    from weft.core.errors import WeftError
    from weft.core.spelling import nearest
    from weft.ops.commands import command, resolve_name, subcommands

    path = ""
    for word in words:
        below = resolve_name(path, word)
        if below is None:
            here = f"weft {path}".strip()
            known = [item.name for item in subcommands(path) if not item.hidden]
            listed = "".join(f"\n    {name}" for name in known)
            ending = f" Did you mean one of:{listed}" if listed else ""
            raise WeftError(
                f"There is no command `{word}` for `{here}`.{ending}",
                hints=tuple(
                    f"Run `weft help {path} {name}`".replace("  ", " ")
                    for name in nearest(word, known)
                ),
            )
        path = below
    found = command(path)
    assert found is not None
    return found


def page_through(text: str, environ: Mapping[str, str], style: Style) -> bool:
    """Show `text` in the pager, in colour where that is `less`. False if there is none."""
    import shutil
    import subprocess

    pager = environ.get("PAGER", "less").split()
    if not pager or shutil.which(pager[0], path=environ.get("PATH")) is None:
        return False
    if os.path.basename(pager[0]) == "less":
        text = coloured(text, style)
    try:
        subprocess.run(pager, input=text.encode(), env={"LESS": "FR", **environ})
    except OSError:
        return False
    return True


def coloured(text: str, style: Style) -> str:
    """A page with its headings, commands and options painted, as far as `style` paints."""
    if not style.on:
        return text
    lines = []
    heading = ""
    for line in text.split("\n"):
        if line.startswith("Usage: "):
            line = f"{style.paint('Usage:', '1', '32')} {_painted(line[7:], style)}"
        elif line.endswith(":") and line[:-1].replace(" ", "").isalpha():
            heading = line
            line = style.paint(line, "1", "32")
        elif line.startswith(("  -", "      --")):
            end = line.find("  ", len(line) - len(line.lstrip()))
            end = len(line) if end < 0 else end
            line = _painted(line[:end], style) + line[end:]
        elif heading in ("Commands:", "Arguments:") and line[:2] == "  " and line[2:3] != " ":
            name = line[2:].partition("  ")[0]
            line = f"  {_painted(name, style)}{line[2 + len(name) :]}"
        lines.append(line)
    return "\n".join(lines)


def _painted(words: str, style: Style) -> str:
    """Words of a command line: bold what is written as it stands, plain what stands for more."""
    painted = []
    for word in words.split(" "):
        bare = word.rstrip(",")
        codes = ("36",) if bare[:1] in ("<", "[") else ("1", "36")
        painted.append(style.paint(bare, *codes) + word[len(bare) :] if bare else word)
    return " ".join(painted)


class Page:
    """Lays out the help of one command in `width` columns."""

    def __init__(self, width: int) -> None:
        self.width = width

    def text(self, command: Command, *, full: bool) -> str:
        from weft.cli.usage import full_usage
        from weft.ops.commands import subcommands
        from weft.ops.options import options

        about = command.about + ("." if full and command.more else "")
        parts = [self.wrap(about, "")]
        if full and command.more:
            parts.append(self.wrap(command.more, ""))
        parts.append(f"Usage: {full_usage(command)}")
        below = [item for item in subcommands(command.path) if not item.hidden]
        if below and not command.module:
            parts.append("Commands:\n" + self.columns([(c.name, c.about) for c in below]))
        if command.positional:
            parts.append("Arguments:\n" + self.columns([_argument(command)]))
        sections: dict[str, list[Option]] = {}
        for heading, option in options(command.blocks):
            if not option.hidden:
                sections.setdefault(heading, []).append(option)
        for heading, found in sections.items():
            body = self.long(found) if full else self.short(found)
            parts.append(f"{heading}:\n{body}")
        return "\n\n".join(parts) + "\n"

    def short(self, found: Sequence[Option]) -> str:
        """One entry per option: spellings, then the help with values and variable behind it."""
        return self.columns([(spelled(option), _with_notes(option)) for option in found])

    def columns(self, rows: Sequence[tuple[str, str]]) -> str:
        """Two columns, or the help below where the first column leaves too little room."""
        longest = max(len(left) for left, _ in rows)
        room = self.width - longest - 4
        beside = longest + 12 <= self.width * 0.4 or all(len(right) <= room for _, right in rows)
        lines = []
        for left, right in rows:
            if beside:
                head = f"  {left.ljust(longest)}  "
                lines.append(self.wrap(right, head, " " * len(head)))
            else:
                lines.append(f"  {left}\n" + self.wrap(right, " " * 10))
        return "\n".join(lines)

    def long(self, found: Sequence[Option]) -> str:
        """One paragraph per option, with everything there is to say."""
        entries = []
        for option in found:
            indent = " " * 10
            blocks = [self.wrap(option.help + ("." if option.more else ""), indent)]
            blocks += [self.wrap(part, indent) for part in option.more.split("\n\n") if part]
            values = [row for row in option.choices() if not row[2]]
            if values:
                blocks.append(self.values(values, indent))
            default = option.mark("default")
            if default is not None:
                blocks.append(f"{indent}[default: {default}]")
            variable = variables(option)
            if variable:
                blocks.append(f"{indent}[env: {variable}]")
            entries.append(f"  {spelled(option)}\n" + "\n\n".join(blocks))
        return "\n\n".join(entries)

    def values(self, rows: Sequence[tuple[str, str, str]], indent: str) -> str:
        if not any(row[1] for row in rows):
            names = ", ".join(row[0] for row in rows)
            return self.wrap(f"Possible values: {names}", indent)
        longest = max(len(row[0]) for row in rows) + 1
        lines = [f"{indent}Possible values:"]
        for name, told, _ in rows:
            head = f"{indent}- {(name + ':').ljust(longest)} "
            lines.append(self.wrap(told, head, f"{indent}  "))
        return "\n".join(lines)

    def wrap(self, text: str, first: str, rest: str | None = None) -> str:
        """`text` in lines of the page's width behind `first` and, from the second on, `rest`."""
        following = first if rest is None else rest
        lines = [first]
        empty = True
        for word in text.split():
            if not empty and len(lines[-1]) + 1 + len(word) > self.width:
                lines.append(following)
                empty = True
            lines[-1] += word if empty else f" {word}"
            empty = False
        return "\n".join(line.rstrip() for line in lines)


def spelled(option: Option) -> str:
    """`-p, --python <PYTHON>`, aligned where there is no short spelling."""
    short = [name for name in option.spellings if not name.startswith("--")]
    head = f"{short[0]}, " if short else "    "
    return head + option.display


def variables(option: Option) -> str:
    """The variable that stands in for an option, without the older names."""
    words = option.env.split()
    return f"WEFT_{words[0].lstrip('!')}" if words else ""


def _argument(command: Command) -> tuple[str, str]:
    from weft.ops.options_values import choices

    _, shown, told = command.positional
    choice = command.mark("choice")
    if choice:
        values = [name for name, _, canonical in choices(choice) if not canonical]
        told += f" [possible values: {', '.join(values)}]"
    return shown, told


def _with_notes(option: Option) -> str:
    from weft.ops.options import possible_values

    notes = [option.help]
    variable = variables(option)
    if variable:
        notes.append(f"[env: {variable}]")
    default = option.mark("default")
    if default is not None:
        notes.append(f"[default: {default}]")
    values = possible_values(option)
    if values:
        notes.append(f"[possible values: {', '.join(values)}]")
    return " ".join(notes)
