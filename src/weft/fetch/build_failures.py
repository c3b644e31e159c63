"""Back ends that failed: the error, and what they said in a form that can be read.

Owns the two errors of a hook that gave no answer, and making text of any bytes. Refuses to guess
at the cause; `build_hints` does that. Follows PEP 517 in that whatever a hook prints is for people.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# From so many in a row on, the sign that means "no text" is shown once, with their number.
_UNREADABLE = 16

_SCRIPT = os.path.join("pyproject_hooks", "_in_process", "_in_process.py")
_IMPORTING = ('"<frozen importlib', os.path.join("importlib", "__init__.py"))


class HookFailure(WeftError):
    """One call of a hook that went wrong.

    `call` is `backend.hook`, `code` the exit code of its process (negative: a signal), `reason`
    what was wrong with its answer where the process itself ended well. `stdout` and `stderr` are
    bounded by whoever read them; `streamed` tells that the user has seen them. `command` is what
    was run.
    """

    exit_code = 1

    def __init__(
        self,
        call: str,
        code: int,
        *,
        reason: str = "",
        stdout: bytes = b"",
        stderr: bytes = b"",
        streamed: bool = False,
        command: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.call = call
        self.code = code
        self.reason = reason
        self.stdout = stdout
        self.stderr = stderr
        self.streamed = streamed
        self.command = tuple(command)

    @property
    def message(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        end = "" if reason and not self.code else f" ({ending(self.code)})"
        parts = [f"Call to `{self.call}` failed{reason}{end}"]
        if not self.streamed:
            for name, data in (("stdout", self.stdout), ("stderr", self.stderr)):
                if text := without_our_frames(readable(data)).strip("\n"):
                    parts.append(f"\n[{name}]\n{text}")
        return "\n".join(parts)


class BuildFailure(WeftError):
    """A back end gave no metadata, no wheel or no source distribution.

    The cause is the HookFailure. `name` and `version` are the project's, empty where unknown,
    `shown` is how messages name its source.
    """

    exit_code = 1

    def __init__(self, call: HookFailure, *, shown: str, name: str = "", version: str = "") -> None:
        super().__init__()
        self.call = call
        self.shown = shown
        self.name = name
        self.version = version
        self.__cause__ = call

    @property
    def message(self) -> str:
        return "The build backend returned an error"

    @property
    def hints(self) -> tuple[str, ...]:
        """What is known about the cause; empty where nothing is."""
        from weft.fetch.build_hints import hints_for

        return hints_for(self)


def ending(code: int) -> str:
    """How a process ended: `exit status: 1` or `signal: 9 (SIGKILL)`."""
    if code >= 0:
        return f"exit status: {code}"
    import signal

    try:
        return f"signal: {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"signal: {-code}"


def readable(data: bytes) -> str:
    """Text of any bytes: no escape sequences, no control characters, no heaps of rubbish.

    A line that was written over and over, as progress bars are, is shown as it was last.
    """
    import re

    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    text = re.sub(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\^_])", "", text)
    text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", text)
    return re.sub(
        f"\ufffd{{{_UNREADABLE},}}",
        lambda found: f"\ufffd[{len(found[0])} unreadable bytes]",
        text,
    )


class Frames:
    """Tracebacks that begin in the back end: not in the script that calls it.

    The frames of an import that the script made belong to it.
    """

    __slots__ = ("_ours",)

    def __init__(self) -> None:
        self._ours = False

    def is_ours(self, line: str) -> bool:
        """Whether the next line of an output belongs to a frame of the script."""
        if line.startswith('  File "'):
            self._ours = _SCRIPT in line or (
                self._ours and any(part in line for part in _IMPORTING)
            )
        elif not line.startswith("    "):
            self._ours = False
        return self._ours


def without_our_frames(text: str) -> str:
    """The same for a text that is there at once."""
    frames = Frames()
    return "\n".join([line for line in text.split("\n") if not frames.is_ours(line)])
