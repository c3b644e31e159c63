"""Answers that somebody else works out.

Owns waiting for one answer between threads. Refuses to start anything, and to know who works.
"""

from __future__ import annotations

import _thread

from weft.core.errors import WeftError

_HEARING_INTERVAL = 0.5  # seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Generic, TypeVar

    T = TypeVar("T")
else:

    class Generic:
        """Stands for `typing.Generic`, whose import costs more than starting a thread."""

        __slots__ = ()

        def __class_getitem__(cls, _parameter):
            return cls

    T = None


class Cancelled(WeftError):
    """The pool was closed before the task was begun."""

    def __init__(self) -> None:
        super().__init__("The task was cancelled")


class Pending(Generic[T]):
    """An answer that somebody else works out."""

    __slots__ = ("_answer", "_done", "_error", "_gate")

    def __init__(self) -> None:
        self._gate = _thread.allocate_lock()
        self._gate.acquire()
        self._done = False
        self._answer: T | None = None
        self._error: BaseException | None = None

    def done(self) -> bool:
        """Whether `result` answers (or raises) at once."""
        return self._done

    def result(self) -> T:
        """Wait for the answer; raises what the work raised. Any number of threads may ask."""
        # Not for ever at a time: a Ctrl-C that comes just before the wait begins does not
        # interrupt it, and would be heard only after it; one that comes just after it leaves the
        # gate shut for the others.
        while not self._done:
            if self._gate.acquire(timeout=_HEARING_INTERVAL):
                self._gate.release()  # for the next who waits
        if self._error is not None:
            raise self._error
        return self._answer  # type: ignore[return-value]

    def resolve(self, answer: T | None, error: BaseException | None = None) -> None:
        """Give the answer, once; for those who do the work."""
        self._answer = answer
        self._error = error
        self._done = True
        self._gate.release()


class Ticket(Pending[bytes]):
    """The answer of a worker process to one message; `heard` is called when it is there."""

    __slots__ = ("_heard", "message", "weight")

    def __init__(self, message: bytes, weight: int, heard: Callable[[Ticket], None] | None) -> None:
        super().__init__()
        self.message = message
        self.weight = weight
        self._heard = heard

    def resolve(self, answer: bytes | None, error: BaseException | None = None) -> None:
        """Give the answer, once, and say so."""
        super().resolve(answer, error)
        if self._heard is not None:
            self._heard(self)


class Task(Pending[T]):
    """The answer of one function that a thread runs."""

    __slots__ = ("work",)

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__()
        self.work = work
