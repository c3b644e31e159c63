"""Forked copies of this process, and threads: the starting and ending of both.

Owns that no child outlives its parent: the kernel sends it a signal in the moment in which the
parent is gone, however that came. Refuses to know what the work is. Refuses `fork` beside running
threads, whose locks would stay taken in the child for ever. Follows `fork(2)`, `pipe(7)` and
`fcntl(2)` (`O_ASYNC`).
"""

from __future__ import annotations

import _thread
import sys

from weft.core.errors import OsCause, SystemFailure
from weft.system.lean import os

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from threading import Thread
    from typing import NoReturn
else:
    import _signal as signal  # `signal` itself imports `enum`

# Children whose pipes this process holds. A younger child inherits all of those, and has to close
# them, or it would keep its older siblings waiting for a parent that is gone.
_living: set[Child] = set()


def can_fork() -> bool:
    """Whether a child can be forked now: POSIX, and no other thread is alive."""
    return hasattr(os, "fork") and not _thread._count()


class Child:
    """A forked copy of this process that runs `life(hears, replies)` and ends.

    `hears` and `replies` are the child's ends of two pipes; the parent writes into `speaks` and
    reads from `answers`. An error in `life` is printed, and the child exits with 1.
    """

    __slots__ = ("_anchor", "answers", "identifier", "speaks")

    def __init__(self, life: Callable[[int, int], None]) -> None:
        parent = os.getpid()
        hears, self.speaks = os.pipe()
        self.answers, replies = os.pipe()
        lifeline, self._anchor = os.pipe()
        _living.add(self)
        try:
            self.identifier = os.fork()
        except OSError as error:
            for descriptor in (hears, replies, lifeline):
                os.close(descriptor)
            self.close()
            _living.discard(self)
            hint = "`ulimit -u` tells how many processes this user may have"
            raise SystemFailure("start", "a worker process", error, hints=(hint,)) from OsCause(
                error
            )
        if not self.identifier:
            with _ForkedLife():
                for child in _living:
                    child.close()
                _die_with_parent(lifeline, parent)
                life(hears, replies)
        for theirs in (hears, replies, lifeline):
            os.close(theirs)

    def wait(self) -> int:
        """Close its pipes and wait for its end: the signal that killed it, else minus its code.

        Once; a second call gives 0.
        """
        if not self.identifier:
            return 0
        self.dismiss()
        _, status = os.waitpid(self.identifier, 0)
        self.identifier = 0
        self.close()
        _living.discard(self)
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)

    def dismiss(self) -> None:
        """Say that nothing more will be said to it; `wait` is still to be called."""
        if self.speaks >= 0:
            os.close(self.speaks)
            self.speaks = -1

    def kill(self) -> None:
        """End it at once; `wait` is still to be called."""
        if self.identifier:  # 0 would be our whole process group
            try:
                os.kill(self.identifier, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def close(self) -> None:
        """Close the parent's ends of the pipes."""
        for descriptor in (self.speaks, self.answers, self._anchor):
            if descriptor >= 0:
                os.close(descriptor)
        self.speaks = self.answers = self._anchor = -1


def hire(life: Callable[[int, int], None], count: int) -> list[Child]:
    """Up to `count` children: as many as the system gives, which may have a limit for its user."""
    crew: list[Child] = []
    try:
        for _ in range(count):
            crew.append(Child(life))
    except SystemFailure:
        pass
    except BaseException:
        for child in crew:
            child.kill()
            child.wait()
        raise
    return crew


class _ForkedLife:
    """What every child does first and last; never returns into the parent's code."""

    def __enter__(self) -> None:
        # Ctrl-C reaches the whole group, and so may others: the parent tells the user and puts
        # things in order, the child just goes.
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name)
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)

    def __exit__(self, kind: object, error: BaseException | None, _traceback: object) -> NoReturn:
        if error is None:
            os._exit(0)
        if not isinstance(error, BrokenPipeError):  # nobody is there to hear it
            sys.excepthook(type(error), error, error.__traceback__)
        os._exit(1)


def _die_with_parent(lifeline: int, parent: int) -> None:
    """Have the kernel end this process when the only writing end of `lifeline` is closed.

    `SIGIO` ends a process by default. The pipe must be this child's alone: the receiver of the
    signal belongs to the open file. Where pipes send none, a worker still ends after its batch.
    """
    try:
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    except (OSError, AttributeError):
        pass
    if os.getppid() != parent:
        os._exit(1)


def leave_everything() -> None:
    """Let go of all that a process has from its parent: files, directory, signals, priority."""
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.closerange(3, max(os.sysconf("SC_OPEN_MAX"), nothing + 1))
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGIO"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    _give_way()


def _give_way() -> None:
    """Run only when nobody else wants to, whatever group of processes the others are in.

    A session is a group of its own for the scheduler of Linux (`sched(7)`, autogroups), and a
    priority counts only within a group: so the group gets the lowest one, too.
    """
    try:
        os.nice(19)
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        with open("/proc/self/autogroup", "w") as group:
            group.write("19")
    except (AttributeError, OSError):  # no such class (macOS), no such groups
        pass


def start_thread(life: Callable[..., None], *arguments: object) -> Thread:
    """Start a thread that does not keep the program from ending."""
    import threading

    thread = threading.Thread(target=life, args=arguments, daemon=True)
    thread.start()
    return thread
