"""Requests to end that deserve an answer: SIGTERM and SIGHUP while others work for us.

Owns turning them into an exception, so that programs that were started end and unfinished things
are removed exactly as after Ctrl-C; and dying of the same signal afterwards, so that whoever waits
for us learns the truth. Refuses signals that somebody ignores (`nohup`) or handles already.
A second request ends the process at once. Follows `signal(7)`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_REQUESTS = ("SIGTERM", "SIGHUP")


class Terminated(KeyboardInterrupt):
    """The process was asked to end by the signal with this number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def heed() -> None:
    """From now on SIGTERM and SIGHUP raise Terminated, if this is the main thread."""
    if TYPE_CHECKING:
        import signal
    else:
        import _signal as signal  # `signal` itself imports `enum`, which costs 4 ms

    for name in _REQUESTS:
        number = getattr(signal, name, None)
        try:
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _raise)
        except ValueError:  # another thread
            return


def die_of(number: int) -> NoReturn:
    """End this process by a signal, as if nobody had handled it."""
    import signal

    from weft.system.lean import os

    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)  # where it is blocked


def _raise(number: int, _frame: object) -> NoReturn:
    import signal

    for name in _REQUESTS:
        each = getattr(signal, name, None)
        if each is not None and signal.getsignal(each) is _raise:
            signal.signal(each, signal.SIG_DFL)
    raise Terminated(number)
