"""Each thing once per run, whichever threads ask for it.

Owns results and failures by key. Refuses threads of its own: the first who asks does the work,
the others wait for it.
"""

from __future__ import annotations

from _thread import allocate_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")


class _Job:
    __slots__ = ("error", "lock", "result")

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.lock.acquire()
        self.result: Any = None
        self.error: BaseException | None = None


class Once:
    """A map from keys to what was made of them; a failure is kept and raised to all who ask."""

    def __init__(self) -> None:
        self._jobs: dict[object, _Job] = {}

    def get(self, key: object, make: Callable[[], T]) -> T:
        """The result of `make` for this key, which is called by the first caller alone."""
        fresh = _Job()
        try:  # before others find it: Ctrl-C must not leave them waiting for who is gone
            job = self._jobs.setdefault(key, fresh)
            if job is fresh:
                job.result = make()
        except BaseException as error:
            fresh.error = error
            raise
        finally:
            fresh.lock.release()
        if job is not fresh:
            with job.lock:  # held by the maker until there is a result
                pass
            if job.error is not None:
                raise job.error
        result: T = job.result
        return result

    def __contains__(self, key: object) -> bool:
        """Whether somebody has asked for this key."""
        return key in self._jobs
