"""One question to another interpreter: what are you?

Owns asking it with the script of `weft.python.question`, and the reading of its answer. Refuses to
interpret what it hears: tags and schemes are made from these raw facts elsewhere. Follows no
standard but that of the script.
"""

from __future__ import annotations

from weft.core.errors import OsCause, SystemFailure, WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from weft.system.process import Completed

TIMEOUT = 10.0
_MOST = 1 << 20  # bytes of an output that are kept; an answer has some 8,000
_SHOWN = 4000  # letters of an output that people see

# Told by the environment of this process, but not true of the interpreter that is asked: macOS
# launchers and Debian's distutils (before 3.10) would answer for another one.
_MISLEADING = ("__PYVENV_LAUNCHER__", "PYTHONEXECUTABLE", "VIRTUAL_ENV")


class InterpreterFailure(WeftError):
    """An executable cannot be used as a Python interpreter.

    `path` is the executable, `reason` completes the sentence, `output` is what it printed, as
    `(stream name, text)` pairs. `code` is its exit code (negative: the signal that killed it),
    None where it did not get that far.
    """

    def __init__(
        self,
        path: str,
        reason: str,
        *,
        output: tuple[tuple[str, str], ...] = (),
        code: int | None = None,
    ) -> None:
        super().__init__()
        self.path = path
        self.reason = reason
        self.output = output
        self.code = code

    @property
    def message(self) -> str:
        blocks = "".join(f"\n\n[{stream}]\n{text}" for stream, text in self.output)
        return self.reason + blocks


class InterpreterAbsent(InterpreterFailure):
    """There is no file at `path`, or a link that leads nowhere."""

    def __init__(self, path: str, absolute: str, error: OSError) -> None:
        from weft.system.lean import os

        self.dangling = os.path.islink(absolute)
        if self.dangling:
            reason = f"Broken symlink at `{path}`, was the underlying Python interpreter removed?"
        else:
            reason = f"Python interpreter not found at `{absolute}`"
        super().__init__(path, reason)
        self.__cause__ = None if isinstance(error, FileNotFoundError) else OsCause(error)


def ask(
    executable: str,
    *,
    environ: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    quoted: str = "",
    meanwhile: Callable[[], object] | None = None,
) -> dict[str, Any]:
    """What the interpreter at `executable` says of itself: the object that the script prints.

    `environ` is the environment it runs in, None for that of this process; `timeout` is in
    seconds; `quoted` is how people wrote the path; `meanwhile` is called while it thinks. Raises
    InterpreterFailure where it cannot be started, dies, hangs, is too old or answers anything else.
    """
    from weft.python.question import SCRIPT
    from weft.system.process import ProcessTimeout, run

    quoted = quoted or executable
    try:
        completed = run(
            [executable, "-I", "-S", "-B", "-c", SCRIPT],
            env=_environment(environ),
            timeout=timeout,
            keep=_MOST,
            meanwhile=meanwhile,
        )
    except ProcessTimeout:
        reason = f"Querying Python at `{quoted}` took longer than {timeout:g}s"
        raise InterpreterFailure(quoted, reason) from None
    except SystemFailure as error:
        reason = f"Failed to query Python interpreter at `{quoted}`"
        raise InterpreterFailure(quoted, reason) from error.__cause__
    return _answer(quoted, completed)


def _environment(environ: Mapping[str, str] | None) -> dict[str, str]:
    if environ is None:
        from weft.system.lean import os

        environ = os.environ
    kept = {name: text for name, text in environ.items() if name not in _MISLEADING}
    kept["SYSTEM_VERSION_COMPAT"] = "0"  # else macOS 11 and later call themselves 10.16
    return kept


def _answer(executable: str, completed: Completed) -> dict[str, Any]:
    import json

    if completed.code != 0:
        raise _died(executable, completed)
    lines = completed.stdout.decode("utf-8", "replace").splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else None
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict) and "unsupported" in answer:
        raise _too_old(executable, f"Python {answer['unsupported']} is not supported.")
    if not isinstance(answer, dict) or "environment_schemes" not in answer:
        raise nonsense(executable, _output(completed))
    return answer


def nonsense(executable: str, output: tuple[tuple[str, str], ...] = ()) -> InterpreterFailure:
    """The error for a program that answers something else than the script."""
    reason = f"Querying Python at `{executable}` returned an invalid response"
    return InterpreterFailure(executable, reason, output=output, code=0)


def _died(executable: str, completed: Completed) -> InterpreterFailure:
    if b"Unknown option: -I" in completed.stderr:  # Python 2 and 3.3
        return _too_old(executable, "Python executable does not support `-I` flag.")
    return InterpreterFailure(
        executable,
        f"Querying Python at `{executable}` failed with {_status(completed.code)}",
        output=_output(completed),
        code=completed.code,
    )


def _too_old(executable: str, complaint: str) -> InterpreterFailure:
    error = InterpreterFailure(executable, f"Can't use Python at `{executable}`")
    error.__cause__ = WeftError(f"{complaint} Please use Python 3.6 or newer.")
    return error


def _status(code: int) -> str:
    if code >= 0:
        return f"exit status: {code}"
    import signal

    try:
        return f"signal: {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"signal: {-code}"


def _output(completed: Completed) -> tuple[tuple[str, str], ...]:
    streams = (("stdout", completed.stdout), ("stderr", completed.stderr))
    return tuple((name, _short(data)) for name, data in streams if data.strip())


def _short(data: bytes) -> str:
    text = data.decode("utf-8", "replace").strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
