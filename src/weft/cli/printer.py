"""Events and errors as lines on a terminal.

Owns every word, colour and level of quiet that a person sees while a command runs and when it
fails. Results go to stdout, everything else to stderr. The shape of each line is uv's.
Refuses to decide anything: it says what others did.
"""

from __future__ import annotations

from weft.cli.terminal import Stream
from weft.core.errors import UsageError, WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.cli.progress import Progress
    from weft.core import events

_MARKS = {"added": ("+", "32"), "removed": ("-", "31"), "reinstalled": ("~", "33")}
_ORDER = {"removed": 0, "added": 1, "reinstalled": 2}
_LARGE = 1 << 20  # bytes; smaller downloads are not worth a line


class Style:
    """Paints pieces of a line, or leaves them alone."""

    __slots__ = ("on",)

    def __init__(self, on: bool) -> None:
        self.on = on

    def paint(self, text: str, *codes: str) -> str:
        """`text` in the SGR `codes`."""
        if not self.on:
            return text
        return "".join(f"\x1b[{code}m" for code in codes) + text + "\x1b[0m"

    def label(self, word: str, colour: str) -> str:
        """`error:` and its like."""
        return self.paint(word, "1", colour) + self.paint(":", "1")


class Printer:
    """Writes what happens.

    `quiet`: 0 everything, 1 only errors and results that matter, 2 nothing. `keeps` tells that the
    results of this command matter, `always` that nothing silences them. `verbose` shows debug
    lines.
    """

    def __init__(
        self,
        out: Stream,
        err: Stream,
        *,
        style: Style,
        quiet: int = 0,
        verbose: int = 0,
        keeps: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.stdout = out
        self.stderr = err
        self.style = style
        self.quiet = quiet
        self.verbose = verbose
        self.keeps = keeps
        self.always = False
        self.progress = progress
        self.warned: set[str] = set()
        self.downloads: dict[str, str] = {}

    def out(self, text: str) -> None:
        """One result. Raises WeftError when it cannot be written."""
        if not self.always and (self.quiet > 1 or (self.quiet and not self.keeps)):
            return
        if self.progress is not None:
            self.progress.hide()
        try:
            self.stdout.write(f"{text}\n")
        except OSError as error:
            from weft.core.errors import SystemFailure

            raise SystemFailure("write to", "standard output", error) from error

    def line(self, text: str) -> None:
        """One line on stderr, unless the command is quiet."""
        if not self.quiet:
            self.loud(text)

    def loud(self, text: str) -> None:
        """One line on stderr, without secrets. Nobody can be told when that fails."""
        if "@" in text:
            from weft.core.secrets import without_secrets

            text = without_secrets(text)
        if self.progress is not None:
            self.progress.hide()
        try:
            self.stderr.write(f"{text}\n")
        except OSError:
            self.stderr.closed = True

    def sink(self, event: events.Event) -> None:
        """Take one event."""
        from weft.core import events  # only a command that has something to say pays for it

        if isinstance(event, events.Note):
            self.line(self.tinted(harmless(event.text)))
        elif isinstance(event, events.Summary):
            self.line(self.summary(event))
        elif isinstance(event, events.Step):
            self.step(event)
        elif isinstance(event, events.Changes):
            ordered = sorted(event.changes, key=lambda item: (item.name, _ORDER[item.kind]))
            if ordered:
                self.line("\n".join(map(self.change, ordered)))
        elif isinstance(event, events.Change):
            self.line(self.change(event))
        elif isinstance(event, events.Warned):
            self.warn(event.text, event.hints, event.cause)
        elif isinstance(event, events.Failed):
            self.error(event.error)
        elif isinstance(event, events.Debug):
            if self.verbose:
                self.line(f"{self.style.paint('DEBUG', '34')} {event.text}")
        elif self.progress is not None:
            self.progress.take(event)
        elif isinstance(event, events.DownloadStarted):
            self.download_started(event)
        elif isinstance(event, events.DownloadEnded):
            self.download_ended(event)

    def step(self, event: events.Step) -> None:
        """What begins moves on a terminal, and gives way to the line of its end."""
        if self.progress is not None:
            self.progress.take(event)
            if event.begins:
                return
        verb = self.style.paint(event.verb.rjust(11), "1", "36" if event.begins else "32")
        self.line(f"{verb} {harmless(event.text)}")

    def summary(self, event: events.Summary) -> str:
        """`Resolved 3 packages in 12ms`, dim, with the count in bold."""
        from weft.core.quantities import format_duration, plural

        parts = [event.verb]
        if event.count and event.noun:
            parts.append(self.style.paint(plural(event.count, event.noun), "1"))
        took = "" if event.seconds is None else f"in {format_duration(event.seconds)}"
        if not self.style.on:
            return " ".join([*parts, took] if took else parts)
        # An inner reset ends the dim of the whole line, so that its end is painted again.
        dim = f"\x1b[2m{' '.join(parts)}"
        return f"{dim} {self.style.paint(took, '2')}\x1b[0m" if took else f"{dim}\x1b[0m"

    def change(self, change: events.Change) -> str:
        """` + name==version (from url)`."""
        mark, colour = _MARKS[change.kind]
        tail = f"=={change.version}" if change.version else ""
        if change.origin:
            tail += f" (from {harmless(change.origin)})"
        name = self.style.paint(change.name, "1")
        return f" {self.style.paint(mark, colour)} {name}{self.style.paint(tail, '2')}"

    def tinted(self, text: str) -> str:
        """A plain line, with what is worth finding in it in colour."""
        if not self.style.on:
            return text
        if text.startswith("Using Python ") and " environment at: " in text:
            return self.style.paint(text, "2")
        for lead, colour in ((" at: ", "36"), ("Activate with: ", "32")):
            before, found, after = text.partition(lead)
            if found:
                return before + found + self.style.paint(after, colour)
        return text

    def download_started(self, event: events.DownloadStarted) -> None:
        """`Downloading numpy (15.9MiB)`, for large files where no bar is shown."""
        from weft.core.quantities import format_size

        if event.size is not None and event.size > _LARGE:
            self.downloads[event.key] = event.name
            verb = self.style.paint("Downloading", "1", "36")
            self.line(f"{verb} {event.name} ({format_size(event.size)})")

    def download_ended(self, event: events.DownloadEnded) -> None:
        """The line that answers to it."""
        name = self.downloads.pop(event.key, None)
        if name is not None:
            self.line(f" {self.style.paint('Downloaded', '1', '32')} {name}")

    def warn(
        self, text: str, hints: tuple[str, ...] = (), cause: BaseException | None = None
    ) -> None:
        """`warning: …` with its causes, each once."""
        if text in self.warned:
            return
        self.warned.add(text)
        shown = self.style.paint(harmless(text), "1")
        causes, more = self.causes(cause, hints)
        self.line("\n".join([f"{self.style.label('warning', '33')} {shown}", *causes]))
        for hint in more:
            self.line(f"\n{self.hint(hint)}")

    def hint(self, text: str) -> str:
        return f"{self.style.label('hint', '36')} {harmless(text)}"

    def error(self, error: WeftError) -> None:
        """`error: …` with its causes and hints. `-qq` silences it."""
        if self.quiet > 1:
            return
        if isinstance(error, UsageError):
            self.loud(self.usage(error))
            return
        causes, hints = self.causes(error.__cause__, error.hints)
        lines = [f"{self.style.label('error', '31')} {harmless(error.message)}", *causes]
        lines += [f"\n{self.hint(hint)}" for hint in hints]
        self.loud("\n".join(lines))

    def causes(
        self, cause: BaseException | None, hints: tuple[str, ...]
    ) -> tuple[list[str], list[str]]:
        """A line for each cause of a chain; `hints` and those of the causes."""
        lines, found = [], list(hints)
        while cause is not None:
            message = cause.message if isinstance(cause, WeftError) else told(cause)
            if message:
                shown = (
                    harmless(message)
                    .rstrip("\n")
                    .replace("\n", "\n         ")
                    .replace("\n         \n", "\n\n")
                )
                lines.append(f"  {self.style.label('cause', '31')} {shown}")
            if isinstance(cause, WeftError):
                found += [hint for hint in cause.hints if hint not in found]
            cause = cause.__cause__
        return lines, found

    def usage(self, error: UsageError) -> str:
        """A wrong command line: message, tips, usage line, where to read on."""
        parts = [f"{self.style.paint('error:', '1', '31')} {harmless(error.message)}"]
        if error.tips:
            tip = self.style.paint("tip:", "32")
            parts.append("\n".join(f"  {tip} {harmless(text)}" for text in error.tips))
        if error.usage:
            parts.append(f"{self.style.paint('Usage:', '1', '32')} {error.usage}")
        parts.append("For more information, try '--help'.")
        return "\n\n".join(parts)


def harmless(text: str) -> str:
    """Text that may come from anywhere, without what a terminal would obey: escape sequences,
    control characters but line feeds and tabs, and characters that turn the direction of text."""
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text
    import re

    text = re.sub(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]", "", text)
    text = re.sub(r"\x1b[]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)", "", text)
    return re.sub(r"[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)


def told(error: BaseException) -> str:
    """An exception of another library in one sentence."""
    if isinstance(error, OSError) and error.errno is not None:
        return f"{error.strerror} (os error {error.errno})"
    return str(error) or type(error).__name__
