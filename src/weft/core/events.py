"""What can be reported while a command runs, without saying how.

Owns the vocabulary between verbs and the printer. Refuses words: an event carries figures and
names, the printer makes the lines.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from weft.core.errors import WeftError

    ChangeKind = Literal["added", "removed", "reinstalled"]


@value
class Change:
    """One line ` + name==version (from origin)`."""

    kind: ChangeKind
    name: str
    version: str
    origin: str = ""


@value
class Summary:
    """`Resolved 3 packages in 12ms`; `verb` is the whole first word or words.

    `count` is None for lines without a number. With `noun` empty the line is the verb alone.
    """

    verb: str
    count: int | None
    seconds: float | None
    noun: str = "package"


@value
class Changes:
    """The change lines, after all summaries."""

    changes: tuple[Change, ...]


@value
class Note:
    """A plain line on stderr (`Using Python 3.12.1 environment at: …`)."""

    text: str


@value
class Step:
    """A line about one package that takes its time: `   Building demo @ file:///…`.

    `verb` begins (`Building`) or ends (`Built`) it; `text` names the package.
    """

    verb: str
    text: str

    @property
    def begins(self) -> bool:
        """Whether there will be another line in its place."""
        return self.verb.endswith("ing")


@value
class Warned:
    """`warning: …`, once each, with the chain of causes that begins with `cause`, and hints."""

    text: str
    hints: tuple[str, ...] = ()
    cause: BaseException | None = None


@value
class Failed:
    """`error: …` of one of several jobs; the command goes on and ends with an exit code."""

    error: WeftError


@value
class Debug:
    """A line that only `-v` shows."""

    text: str


@value
class PhaseStarted:
    """A spinner or bar may appear (`Resolving dependencies...`); `total` is 0 when unknown."""

    text: str
    total: int = 0


@value
class PhaseAdvanced:
    """One more of the phase's total is done; `text` names it."""

    text: str = ""


@value
class PhaseEnded:
    """The spinner or bar goes away."""


@value
class DownloadStarted:
    """`size` in bytes, None when unknown. `key` tells concurrent downloads apart."""

    key: str
    name: str
    size: int | None


@value
class DownloadProgress:
    """`received` bytes so far."""

    key: str
    received: int


@value
class DownloadEnded:
    """The download named by `key` is complete or was given up."""

    key: str


if TYPE_CHECKING:
    Event = (
        Change
        | Summary
        | Changes
        | Note
        | Step
        | Warned
        | Failed
        | Debug
        | PhaseStarted
        | PhaseAdvanced
        | PhaseEnded
        | DownloadStarted
        | DownloadProgress
        | DownloadEnded
    )
    Sink = Callable[[Event], None]


def silent(_event: Event) -> None:
    """A sink for callers that do not listen."""
