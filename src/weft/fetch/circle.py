"""Builds that wait for each other.

Owns finding out that a project is needed, by whatever way, to build itself: nobody would ever be
done. Refuses to build.
"""

from __future__ import annotations

from _thread import get_ident
from contextlib import contextmanager

from weft.fetch.orders import CyclicBuild

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.core.source import Source


class Circle:
    """Finds builds that wait for themselves: a project that is needed to build itself.

    Threads are known by their number. A thread works on sources, and waits for at most one.
    """

    def __init__(self) -> None:
        from _thread import allocate_lock

        self._lock = allocate_lock()
        self._workers: dict[Source, int] = {}
        self._waiting: dict[int, Source] = {}

    @contextmanager
    def waiting(self, source: Source) -> Iterator[None]:
        """While a thread waits for what may be another one's work. Raises CyclicBuild."""
        me = get_ident()
        with self._lock:
            worker = self._workers.get(source)
            while worker is not None:
                if worker == me:
                    raise CyclicBuild(source)
                awaited = self._waiting.get(worker)
                worker = self._workers.get(awaited) if awaited is not None else None
            before = self._waiting.get(me)
            self._waiting[me] = source
        try:
            yield
        finally:
            with self._lock:
                if before is None:
                    del self._waiting[me]
                else:
                    self._waiting[me] = before

    @contextmanager
    def working(self, source: Source) -> Iterator[None]:
        """While a thread works on a source itself, and so does not wait for it."""
        me = get_ident()
        with self._lock:
            self._workers[source] = me
            self._waiting.pop(me, None)
        try:
            yield
        finally:
            with self._lock:
                self._workers.pop(source, None)
                self._waiting[me] = source
