"""Ties between this process and the programs that it runs.

Owns that a program ends with us, whatever ends us, with all that it started: the kernel kills its
process group when the last writing end of a pipe is closed, and we hold the only one. Owns also
that Ctrl-C never falls between the start of a program and its being known. Refuses to start or to
end anything itself. Follows `fcntl(2)` (`F_SETOWN` of a group, `F_SETSIG`) and `pipe(7)`; where
signals of files cannot be chosen (not Linux) there is no tie, and a program lives on after a
`kill -9` of ours.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import Any
else:
    import _signal as signal  # `signal` itself imports `enum`

_TAKEN = ("SIGINT", "SIGTERM", "SIGHUP")


class Lifeline:
    """The tie to one program; `inherited` are the descriptors that it has to be given."""

    __slots__ = ("_anchor", "_tied", "inherited")

    def __init__(self) -> None:
        self.inherited: tuple[int, ...] = ()
        self._anchor = -1
        self._tied = False
        try:
            import fcntl
        except ImportError:  # Windows
            return
        if hasattr(fcntl, "F_SETSIG"):
            try:
                theirs, self._anchor = os.pipe()
            except OSError:  # too many open files; the program is told so when it starts
                return
            self.inherited = (theirs,)

    def tie(self, group: int) -> None:
        """Let the process group `group`, which has inherited the pipe, die with us."""
        if not self.inherited:
            return
        import fcntl

        (pipe,) = self.inherited
        try:
            fcntl.fcntl(pipe, fcntl.F_SETOWN, -group)
            fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
            fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
            self._tied = True
        except OSError:  # it is gone, or its sandbox forbids it
            pass

    def cut(self) -> None:
        """Let what is left of the group live on; to be called before its leader is reaped."""
        if self._tied:
            import fcntl

            (pipe,) = self.inherited  # the flag belongs to the open file, also to their copies
            fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) & ~os.O_ASYNC)
            self._tied = False
        for descriptor in (*self.inherited, self._anchor):
            if descriptor >= 0:
                os.close(descriptor)
        self.inherited, self._anchor = (), -1


class Undisturbed:
    """A context in which Ctrl-C and requests to end wait; they are heard when it is left.

    Python calls handlers in the main thread only: in other threads there is nothing to do. A mask
    of the main thread would not do: while there are others, the system gives signals to them.
    """

    __slots__ = ("_handlers", "_heard")

    def __init__(self) -> None:
        self._handlers: dict[int, Any] = {}
        self._heard: list[int] = []

    def __enter__(self) -> None:
        try:
            for name in _TAKEN:
                number = getattr(signal, name, None)
                before = None if number is None else signal.getsignal(number)
                if number is not None and (callable(before) or before == signal.SIG_DFL):
                    self._handlers[number] = before
                    signal.signal(number, self._hear)
        except ValueError:  # not the main thread
            self._handlers.clear()

    def _hear(self, number: int, _frame: object) -> None:
        self._heard.append(number)

    def __exit__(self, *_raised: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for number in self._heard[:1]:
            signal.raise_signal(number)
