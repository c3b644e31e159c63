"""Spinner and bars.

Owns what moves on a terminal while a command waits. Nothing appears in the first 200 ms, so that a
quick command neither flickers nor pays for rich. It paints from a timer signal instead of a thread:
rooms that fork must not do so beside threads. Refuses anything but a terminal.
"""

from __future__ import annotations

import time

from weft.core import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from weft.cli.terminal import Stream
    from weft.core.events import Event

_DELAY = 0.2  # seconds before anything appears
_INTERVAL = 0.08  # seconds between two paintings


class Progress:
    """The current phase, steps and downloads under way, painted by and by."""

    def __init__(self, stream: Stream, environ: Mapping[str, str]) -> None:
        self.stream = stream
        self.environ = environ
        self.phase: tuple[str, int] | None = None  # text and total
        self.done = 0
        self.item = ""
        self.downloads: dict[str, list[Any]] = {}  # key → [name, received, size]
        self.steps: dict[str, events.Step] = {}  # what takes its time, by what it is about
        self.live: Any = None
        self.busy = False
        self.ticking = False
        self.broken = False
        self.next = 0.0

    def take(self, event: Event) -> None:
        """Take one event of a phase, a step or a download."""
        if isinstance(event, events.PhaseStarted):
            self.phase, self.done, self.item = (event.text, event.total), 0, ""
            self.tick()
        elif isinstance(event, events.PhaseAdvanced):
            self.done, self.item = self.done + 1, event.text
        elif isinstance(event, events.PhaseEnded):
            self.phase = None
        elif isinstance(event, events.DownloadStarted):
            self.downloads[event.key] = [event.name, 0, event.size]
            self.tick()
        elif isinstance(event, events.DownloadProgress):
            if event.key in self.downloads:
                self.downloads[event.key][1] = event.received
        elif isinstance(event, events.DownloadEnded):
            self.downloads.pop(event.key, None)
        elif isinstance(event, events.Step):
            about = event.text.partition(" (")[0]  # a commit takes the place of a branch
            if event.begins:
                self.steps[about] = event
                self.tick()
            else:
                self.steps.pop(about, None)
        if self.is_idle():
            self.rest()
        elif time.monotonic() > self.next:
            self.paint()

    def is_idle(self) -> bool:
        """Whether there is nothing to show."""
        return self.phase is None and not self.downloads and not self.steps

    def tick(self) -> None:
        """Start the timer."""
        if self.ticking:
            return
        self.next = time.monotonic() + _DELAY
        self.ticking = True
        import signal

        try:
            signal.signal(signal.SIGALRM, self.alarm)
            signal.setitimer(signal.ITIMER_REAL, _DELAY, _INTERVAL)
        except (AttributeError, ValueError):
            pass  # Windows, or not the main thread: events alone paint

    def alarm(self, *_signal: object) -> None:
        """What the timer calls, between two steps of whatever runs."""
        self.paint()

    def rest(self) -> None:
        """Nothing is under way: stop the timer and wipe."""
        self.hide()
        if not self.ticking:
            return
        self.ticking = False
        import signal

        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        except (AttributeError, ValueError):
            pass

    def hide(self) -> None:
        """Wipe what is shown; the next painting brings it back."""
        if self.live is not None and not self.busy:
            self.busy = True
            try:
                self.live.stop()
            except Exception:
                self.broken = True
            finally:
                self.live = None
                self.busy = False

    def close(self) -> None:
        """At the end of the command."""
        self.rest()

    def paint(self) -> None:
        """Show the state as it is now."""
        if self.busy or self.broken or self.is_idle():
            return
        self.busy = True
        try:
            self.next = time.monotonic() + _INTERVAL
            if self.live is None:
                self.live = self.begin()
            self.live.update(self.picture(), refresh=True)
        except Exception:
            self.broken = True  # the timer calls from anywhere: no picture is worth a command
        finally:
            self.busy = False

    def begin(self) -> Any:
        from rich.console import Console
        from rich.live import Live

        console = Console(stderr=True, highlight=False, _environ=self.environ)
        live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        live.start()
        return live

    def picture(self) -> Any:
        """The steps, the spinner's line, and a bar for each of the longest-running downloads."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        lines: list[Any] = []
        for step in list(self.steps.values())[:8]:
            lines.append(Text.assemble((step.verb.rjust(11), "bold cyan"), f" {step.text}"))
        if self.phase is not None:
            text, total = self.phase
            frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
            frame = frames[int(time.monotonic() / _INTERVAL) % len(frames)]
            count = f" ({self.done}/{total})" if total else ""
            lines.append(Text.assemble((frame, "cyan"), f" {text}{count} ", (self.item, "dim")))
        if self.downloads:
            table = Table.grid(padding=(0, 1))
            for name, received, size in list(self.downloads.values())[:8]:
                bar = ProgressBar(total=size, completed=received, width=30, pulse=size is None)
                table.add_row(name, bar, _amount(received, size))
            lines.append(table)
        return Group(*lines)


def _amount(received: int, size: int | None) -> str:
    from weft.core.quantities import format_size

    return format_size(received) if size is None else f"{format_size(received)}/{format_size(size)}"
