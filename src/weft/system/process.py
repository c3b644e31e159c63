"""Running other programs and reading what they say.

Owns child processes that are started, waited for and, where need be, ended with all of theirs,
from whichever thread. Refuses shells: a command is a list of words. Refuses a terminal to them:
each leads a session of its own, so that a question fails instead of waiting for an answer that
nobody gives. Follows POSIX sessions and process groups; on Windows only the child itself is ended,
and `stream` hears everything at the end.
"""

from __future__ import annotations

from _thread import allocate_lock

from weft.core.errors import OsCause, SystemFailure, WeftError
from weft.core.value import value
from weft.system.lean import os
from weft.system.output import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from selectors import BaseSelector
    from subprocess import Popen
    from typing import IO

_CHUNK = 1 << 16
# How long a program may take to end after it was asked to (seconds), and how long the output of a
# program that has ended may stay silent while something that it started still holds it open.
_MERCY = 1.0
_SILENCE = 0.25


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


class BadCommand(WeftError):
    """No system could run this: its words or variables hold what none may hold."""

    exit_code = 1

    def __init__(self, argv: Sequence[str], reason: str) -> None:
        super().__init__(f"Failed to run `{argv[0]}`: {reason}")


class ProcessEnded(WeftError):
    """`end_all` ended this program, or a standstill kept it from being started."""

    def __init__(self, argv: Sequence[str]) -> None:
        super().__init__()
        self.argv = tuple(argv)

    @property
    def message(self) -> str:
        return f"Process `{self.argv[0]}` was ended, because the command is over"


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    input: bytes | None = None,
    timeout: float | None = None,
    stream: Callable[[bytes], None] | None = None,
    keep: int | None = None,
    sweep: bool = False,
    meanwhile: Callable[[], object] | None = None,
) -> Completed:
    """Run a program to its end with its output captured; without `input` its stdin is empty.

    `env` is the whole environment, None passes ours on. `stream` hears both outputs while they
    come, in whole lines. `keep` bounds what is kept of each output, in bytes: of a longer one the
    head and, mostly, the tail. Any exit code is an answer. With `sweep` what the program leaves
    running is ended with it; without, it lives on, and its output is waited for no longer.
    `meanwhile` is called once the program runs, and delays neither it nor the answer by much.
    On a timeout or Ctrl-C the program is ended with everything that it started.
    Raises SystemFailure and BadCommand where the program cannot be started, ProcessTimeout, and
    ProcessEnded.
    """
    from weft.system.lifeline import Undisturbed

    group = None
    try:
        with Undisturbed():  # Ctrl-C comes before it starts, or when it can be ended
            group = _Group(argv, env=env, cwd=cwd, has_input=input is not None)
        talk = _Talk(group, input=input, stream=stream, keep=keep)
        if meanwhile is not None:
            meanwhile()
        talk.hold(timeout)
        code = group.finish(sweep=sweep)
    except BaseException:
        if group is not None:
            group.end()
            group.finish(sweep=True)
        raise
    finally:
        if group is not None:
            group.close()
    if group.was_ended:
        raise ProcessEnded(argv)
    return Completed(code, talk.said(1), talk.said(2))


def end_all() -> None:
    """End every program that some thread waits for in `run`, with everything that it started.

    Those calls raise ProcessEnded. Programs are asked first, and killed when they have not ended
    within a second.
    """
    with _registry:
        groups = list(_running)
        for group in groups:
            group.was_ended = True
    _end(groups)


class Standstill:
    """A context in which no program runs: all are ended, and none is started until it is left.

    For whoever waits for threads that would go on to their next program.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        global _standstills
        with _registry:
            _standstills += 1
        end_all()

    def __exit__(self, *_raised: object) -> None:
        global _standstills
        with _registry:
            _standstills -= 1


# The programs that are being waited for. Whoever sends a signal or reaps holds the lock, because
# the number of a process that was reaped may belong to another one.
_registry = allocate_lock()
_running: set[_Group] = set()
_standstills = 0


class _Group:
    """A running program, leader of the group of all that it starts."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None,
        cwd: str | None,
        has_input: bool,
    ) -> None:
        import subprocess

        from weft.system.lifeline import Lifeline

        self.argv = argv
        self.was_ended = False
        with _registry:  # so that `end_all` meets it, or comes before it
            if _standstills:
                raise ProcessEnded(argv)
            self._lifeline = Lifeline()
            try:
                self.process: Popen[bytes] = subprocess.Popen(
                    list(argv),
                    stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=None if env is None else dict(env),
                    cwd=cwd,
                    start_new_session=os.name == "posix",
                    bufsize=0,
                    pass_fds=self._lifeline.inherited,
                )
            except OSError as error:
                self._lifeline.cut()
                raise SystemFailure("run", argv[0], error) from OsCause(error)
            except ValueError as error:  # a zero in a word, `=` in the name of a variable
                self._lifeline.cut()
                raise BadCommand(argv, str(error)) from None
            self._lifeline.tie(self.process.pid)
            _running.add(self)

    def signal(self, number: int) -> None:
        """Send it to the whole group, unless that is gone."""
        with _registry:
            if self in _running:
                self._signal(number)

    def _signal(self, number: int) -> None:
        if os.name != "posix":
            self.process.kill()
            return
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):  # gone; or, on macOS, dead and not reaped
            pass

    def has_ended(self) -> bool:
        """Whether the leader has ended. It is not reaped, so that its number stays its own."""
        if not hasattr(os, "waitid"):  # macOS before Python 3.13, Windows
            return self.process.poll() is not None
        options = os.WEXITED | os.WNOWAIT | os.WNOHANG
        try:
            return os.waitid(os.P_PID, self.process.pid, options) is not None
        except ChildProcessError:
            return True

    def finish(self, *, sweep: bool) -> int:
        """Wait for the leader, forget the group, and give back the exit code."""
        if hasattr(os, "waitid"):
            try:
                os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
            except ChildProcessError:
                pass
        else:
            self.process.wait()
        with _registry:
            if sweep and self in _running and os.name == "posix":
                self._signal(_number("SIGKILL"))
            self._lifeline.cut()
            _running.discard(self)
            return self.process.wait()

    def end(self) -> None:
        """End all of it, gently if it lets itself be ended so."""
        _end([self])

    def close(self) -> None:
        """Close our ends of its pipes."""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


def _end(groups: Sequence[_Group]) -> None:
    """Interrupt the groups, as Ctrl-C at a terminal would, then kill what is left of them."""
    from time import monotonic, sleep

    try:
        if os.name == "posix":
            for group in groups:
                group.signal(_number("SIGINT"))
        deadline = monotonic() + _MERCY
        while monotonic() < deadline and not all(map(_Group.has_ended, groups)):
            sleep(0.005)
    finally:  # a second Ctrl-C ends the waiting, not the killing
        for group in groups:
            group.signal(_number("SIGKILL"))


def _number(name: str) -> int:
    import signal

    return int(getattr(signal, name, signal.SIGTERM))


class _Talk:
    """What is said to a program and what it says, until it has nothing more to say."""

    def __init__(
        self,
        group: _Group,
        *,
        input: bytes | None,
        stream: Callable[[bytes], None] | None,
        keep: int | None,
    ) -> None:
        self._group = group
        self._rest = memoryview(input or b"")
        self._outputs = (Output(stream, keep), Output(stream, keep))

    def said(self, number: int) -> bytes:
        """The output 1 or 2, as far as it was kept."""
        return self._outputs[number - 1].kept()

    def hold(self, timeout: float | None) -> None:
        """Write, read and stream until all outputs are closed. Raises ProcessTimeout."""
        from time import monotonic

        deadline = None if timeout is None else monotonic() + timeout
        if os.name != "posix":
            self._hold_without_selectors(timeout)
            return
        import selectors

        process = self._group.process
        with selectors.DefaultSelector() as selector:
            if process.stdin is not None:
                selector.register(process.stdin, selectors.EVENT_WRITE)
            for pipe, output in zip((process.stdout, process.stderr), self._outputs, strict=True):
                assert pipe is not None, "both outputs are pipes"
                selector.register(pipe, selectors.EVENT_READ, output)
            while selector.get_map():
                wait = _SILENCE if deadline is None else min(_SILENCE, deadline - monotonic())
                if wait < 0:
                    raise ProcessTimeout(self._group.argv, timeout or 0.0)
                moved = self._turn(selector, wait)
                if not moved and wait == _SILENCE and self._group.has_ended():
                    break
        for output in self._outputs:
            output.end()

    def _turn(self, selector: BaseSelector, wait: float) -> bool:
        """Serve every pipe that is ready; whether there was one."""
        ready = selector.select(wait)
        for key, _ in ready:
            pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]
            if key.data is None:
                if not self._write(pipe):
                    selector.unregister(pipe)
                    pipe.close()
            elif data := os.read(key.fd, _CHUNK):
                key.data.add(data)
            else:
                selector.unregister(pipe)
        return bool(ready)

    def _write(self, pipe: IO[bytes]) -> bool:
        """Write a piece of the input; whether there is more, and somebody who reads it."""
        try:
            # 512 bytes is what POSIX lets every pipe take that is ready to be written to.
            self._rest = self._rest[os.write(pipe.fileno(), self._rest[:512]) :]
        except BrokenPipeError:
            return False
        return len(self._rest) > 0

    def _hold_without_selectors(self, timeout: float | None) -> None:
        import subprocess

        process = self._group.process
        said = bytes(self._rest) if process.stdin is not None else None
        try:
            both = process.communicate(said, timeout)
        except subprocess.TimeoutExpired:
            raise ProcessTimeout(self._group.argv, timeout or 0.0) from None
        for output, data in zip(self._outputs, both, strict=True):
            output.add(data)
            output.end()
