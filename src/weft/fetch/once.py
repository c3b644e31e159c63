"""Each job once; whoever asks for the same one waits for it.

Owns results by key for the length of a run. Refuses threads of its own: the caller's thread works.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Generic, TypeVar

    T = TypeVar("T")
else:

    class _Subscriptable:
        def __class_getitem__(cls, _item):
            return cls

    Generic, T = _Subscriptable, None


class _Job:
    """A job under way: its lock is held by the worker until `done`."""

    __slots__ = ("done", "error", "lock", "result")

    def __init__(self) -> None:
        from _thread import allocate_lock

        self.lock = allocate_lock()
        self.lock.acquire()
        self.done = False
        self.result: object = None
        self.error: BaseException | None = None


class Once(Generic[T]):
    """Results by key. An error is a result too: everyone who asked gets it."""

    def __init__(self) -> None:
        self._jobs: dict[Hashable, _Job] = {}

    def get(self, key: Hashable, work: Callable[[], T]) -> T:
        """The result of `work()` for this key, from whoever asked first."""
        fresh = _Job()
        job = self._jobs.setdefault(key, fresh)
        if job is fresh:
            try:
                job.result = work()
            except BaseException as error:
                job.error = error
            finally:
                job.done = True
                job.lock.release()
        elif not job.done:
            with job.lock:
                pass
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]

    def known(self, key: Hashable) -> bool:
        """Whether the job was done or is under way."""
        return key in self._jobs
