"""Work shared out among threads and worker processes.

Owns the three ways in which weft does things side by side: a batch of numbered jobs, processes that
answer messages, threads. Everything else in weft is synchronous. Refuses to know what the work is.
"""

from __future__ import annotations

import _thread
import marshal

from weft.system.children import Child, can_fork, hire, start_thread
from weft.system.files import write_all
from weft.system.lean import os
from weft.system.pending import Cancelled, Task, Ticket
from weft.system.transfer import (
    WorkerDied,
    opened,
    pack_error,
    receive,
    respond,
    send,
    unpack_error,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _queue import SimpleQueue
    from collections.abc import Callable
    from threading import Thread
    from typing import Any, Self, TypeVar

    T = TypeVar("T")
    Outcome = tuple[bool, Any]  # (True, the result) or (False, a packed error)

# Tokens in the job pipe: 2 bytes each, so that all fit the smallest pipe there is (one page).
_MOST_TOKENS = 1024


def fork_map(count: int, run: Callable[[int], object], *, workers: int = 2) -> list[Any]:
    """`[run(0), …, run(count - 1)]`, computed by this process and forked copies of it.

    Numbers are dealt in ascending order to whoever is free: put the longest jobs first. Results
    must be marshal-able. The first error (by number, of those met) is raised after everybody has
    stopped; jobs not begun by then are left out. Serial where `fork` is impossible, or refused.
    Raises WorkerDied, WorkerError, and what `run` raises: WeftError and OSError as they were.
    """
    if count < 2 or workers < 2 or not can_fork():
        return [run(number) for number in range(count)]
    step = -(-count // _MOST_TOKENS)
    tokens = -(-count // step)
    jobs, feed = os.pipe()
    try:
        try:
            write_all(feed, b"".join(token.to_bytes(2, "little") for token in range(tokens)))
        finally:
            os.close(feed)
        outcomes = _work_together(_Batch(jobs, run, count=count, step=step), min(workers, tokens))
    finally:
        os.close(jobs)
    for number in sorted(outcomes):
        if not outcomes[number][0]:
            raise unpack_error(outcomes[number][1])
    return [outcomes[number][1] for number in range(count)]


def _work_together(batch: _Batch, workers: int) -> dict[int, Outcome]:
    crew = hire(batch.work_as_child, workers - 1)  # with none we do it all
    try:
        outcomes = batch.work()
        while crew:
            answer = receive(crew[-1].answers)
            end = crew.pop().wait()
            if end or answer is None:
                raise WorkerDied(max(end, 0))
            outcomes.update(marshal.loads(answer))
        return outcomes
    finally:
        for child in crew:  # after an error or Ctrl-C
            child.kill()
            child.wait()


class _Batch:
    """The jobs of one `fork_map`, as one process sees them."""

    def __init__(self, jobs: int, run: Callable[[int], object], *, count: int, step: int) -> None:
        self.jobs = jobs
        self.run = run
        self.count = count
        self.step = step

    def work(self) -> dict[int, Outcome]:
        """Take numbers and run them until there are none, or one fails."""
        outcomes: dict[int, Outcome] = {}
        while token := os.read(self.jobs, 2):
            first = int.from_bytes(token, "little") * self.step
            for number in range(first, min(first + self.step, self.count)):
                try:
                    outcomes[number] = (True, self.run(number))
                except Exception as error:
                    outcomes[number] = (False, pack_error(error))
                    while os.read(self.jobs, 4096):  # nobody shall begin another
                        pass
                    return outcomes
        return outcomes

    def work_as_child(self, _hears: int, replies: int) -> None:
        outcomes = self.work()
        try:
            answer = marshal.dumps(outcomes)
        except ValueError as error:
            answer = marshal.dumps({min(outcomes): (False, pack_error(error))})
        send(replies, answer)


class ProcessPool:
    """Worker processes that answer messages, forked at once, so that no thread is copied.

    Where `fork` is impossible the messages are answered by threads of this process. `submit` may
    be called from any thread. Close it, or use it as a context manager; a forked worker ends with
    its parent in any case.
    """

    def __init__(self, workers: int, run: Callable[[bytes], bytes]) -> None:
        from _queue import SimpleQueue

        self._run = run
        self._calls: SimpleQueue[bool] = SimpleQueue()  # one for each that waits; False: the end
        self._waiting: list[Ticket] = []
        self._threads: list[Thread] = []
        self._lock = _thread.allocate_lock()
        self._closed = False
        self._children = []
        if can_fork():
            self._children = [Child(self._live), *hire(self._live, workers - 1)]
        self._alive = len(self._children) or max(workers, 1)

    def _live(self, hears: int, replies: int) -> None:
        """The life of a worker process."""
        respond(self._run, hears, replies)

    def submit(
        self, message: bytes, *, weight: int = 0, heard: Callable[[Ticket], None] | None = None
    ) -> Ticket:
        """Have the next free worker answer. It takes the heaviest message, and of equal ones the
        first: so that at the end nobody has long work while the others have none.

        `heard` is called when there is an answer, by a thread that others wait for.
        """
        ticket = Ticket(message, weight, heard)
        with self._lock:
            accepted = not self._closed and self._alive
            if accepted:
                if not self._threads:
                    speakers: list[Child | None] = [*self._children] or [None] * self._alive
                    self._threads = [start_thread(self._speak, child) for child in speakers]
                self._waiting.append(ticket)
                self._calls.put(True)
        if not accepted:
            ticket.resolve(None, Cancelled() if self._closed else WorkerDied(0))
        return ticket

    def _heaviest(self) -> Ticket | None:
        with self._lock:
            waiting = self._waiting
            if not waiting:  # refused meanwhile
                return None
            return waiting.pop(max(range(len(waiting)), key=lambda at: waiting[at].weight))

    def _speak(self, child: Child | None) -> None:
        """The life of the thread that hands messages to one worker."""
        while self._calls.get():
            ticket = self._heaviest()
            if ticket is None:
                continue
            try:
                answer = _ask(child, ticket.message) if child else self._run(ticket.message)
                ticket.resolve(answer)
            except BaseException as error:
                ticket.resolve(None, error)
                if isinstance(error, WorkerDied):
                    break
        else:
            self._calls.put(False)  # for the next, whom `_threads` may not know
        with self._lock:
            self._alive -= 1
            refused = () if self._alive else self._take_all()
        for ticket in refused:
            ticket.resolve(None, WorkerDied(0))

    def _take_all(self) -> list[Ticket]:
        """Those that wait; from now on none does. For the holder of the lock."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def close(self, *, kill: bool = False) -> None:
        """Let the workers end after the messages that are under way; the others are cancelled.

        With `kill` (after an error or Ctrl-C) those under way end too, with WorkerDied.
        """
        with self._lock:
            self._closed = True
            refused = self._take_all()
            self._calls.put(False)
        for ticket in refused:
            ticket.resolve(None, Cancelled())
        for child in self._children if kill else ():
            child.kill()
        for thread in self._threads:
            thread.join()
        for child in self._children:
            child.wait()
        self._children, self._threads = [], []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_raised: object) -> None:
        self.close(kill=kind is not None)


def _ask(child: Child, message: bytes) -> bytes:
    """Send, wait, and give back the answer; raises what the worker raised, or WorkerDied."""
    try:
        send(child.speaks, message)
        answer = receive(child.answers)
    except OSError:
        answer = None
    if answer is None:
        raise WorkerDied(max(child.wait(), 0))
    found = opened(answer)
    if isinstance(found, BaseException):
        raise found
    return found


class ThreadPool:
    """Up to `limit` threads, each started when there is work that nobody else is free for.

    The threads are daemons: a connection that hangs does not keep the program from ending.
    """

    def __init__(self, limit: int) -> None:
        from _queue import SimpleQueue

        self._limit = max(limit, 1)
        self._queue: SimpleQueue[Task[Any] | None] = SimpleQueue()
        self._lock = _thread.allocate_lock()
        self._threads: list[Thread] = []
        self._free = 0  # threads that wait, less tasks that wait for them
        self._closed = False

    def submit(self, function: Callable[..., T], *arguments: object) -> Task[T]:
        """Run `function(*arguments)` in a thread; tasks are begun in order."""
        task = Task(lambda: function(*arguments))
        with self._lock:
            if self._closed:
                task.resolve(None, Cancelled())
                return task
            self._queue.put(task)
            self._free -= 1
            if self._free < 0 and len(self._threads) < self._limit:
                self._free += 1
                self._threads.append(start_thread(self._work))
        return task

    def _work(self) -> None:
        while task := self._queue.get():
            try:
                task.resolve(task.work())
            except BaseException as error:
                task.resolve(None, error)
            with self._lock:
                self._free += 1
        self._queue.put(None)  # for the next: Ctrl-C while one starts leaves it out of `_threads`

    def close(self, cancel: bool = True, *, wait: bool | float = True) -> None:
        """End the threads; tasks that were not begun are cancelled, unless `cancel` is false.

        With `wait` this returns when no thread is left (and `fork` is possible again), or when
        that many seconds have passed.
        """
        from _queue import Empty

        with self._lock:
            self._closed = True
            try:
                while cancel:
                    if task := self._queue.get_nowait():
                        task.resolve(None, Cancelled())
            except Empty:
                pass
            self._queue.put(None)
        if wait is True:
            for thread in self._threads:
                thread.join()
        elif wait:
            from time import monotonic

            deadline = monotonic() + wait
            for thread in self._threads:
                thread.join(max(deadline - monotonic(), 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_raised: object) -> None:
        self.close(wait=kind is None)
