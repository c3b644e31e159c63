"""Running other programs and reading what they say.

Owns child processes that are started, waited for and, where need be, ended with all of theirs.
Refuses shells: a command is a list of words. Follows POSIX process groups; on Windows only the
child itself is ended.
"""

from __future__ import annotations

import os

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import Popen


@value
class Completed:
    """A program that ended: its exit code (negative: the signal that killed it) and output."""

    code: int
    stdout: bytes
    stderr: bytes


class ProcessTimeout(WeftError):
    """A program took longer than it was given, in seconds, and was killed."""

    def __init__(self, argv: Sequence[str], seconds: float) -> None:
        super().__init__()
        self.argv = tuple(argv)
        self.seconds = seconds

    @property
    def message(self) -> str:
        return f"Process `{self.argv[0]}` did not end within {self.seconds:g}s and was killed"


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    input: bytes | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run a program to its end with its output captured; without `input` its stdin is empty.

    `env` is the whole environment, None passes ours on. The program leads a process group of its
    own, which is killed with everything in it on a timeout or Ctrl-C. Any exit code is an answer.
    Raises SystemFailure where the program cannot be started, and ProcessTimeout.
    """
    import subprocess

    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if env is None else dict(env),
            cwd=cwd,
            process_group=0 if os.name == "posix" else None,
        )
    except OSError as error:
        raise SystemFailure("run", argv[0], error) from OsCause(error)
    with process:
        try:
            stdout, stderr = process.communicate(input, timeout)
        except subprocess.TimeoutExpired:
            _kill_group(process)
            process.communicate()
            raise ProcessTimeout(argv, timeout or 0.0) from None
        except BaseException:
            _kill_group(process)
            raise
    return Completed(process.returncode, stdout, stderr)


def _kill_group(process: Popen[bytes]) -> None:
    if os.name == "posix":
        import signal

        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    else:
        process.kill()
