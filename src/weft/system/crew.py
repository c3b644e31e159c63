"""Worker processes that are fed by one thread.

Owns handing messages to forked copies of this process while the caller does something else: the
pipes are looked at whenever the caller comes by, and waited for only at the end. So the caller may
go on forking, which a pool with threads (`system.workers`) forbids. Refuses to know what the work
is, and to lose a worker silently. Follows `poll(2)`.
"""

from __future__ import annotations

from weft.system.children import Child, hire
from weft.system.transfer import WorkerDied, opened, receive, respond, send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = bytes | BaseException

# What a worker has in hand and in its pipe: enough to go on with until the caller comes by again.
_AHEAD = 2


class Crew:
    """`workers` processes that answer messages with `run`. To be closed.

    They are forked at once, fewer where the system has a limit and SystemFailure where it gives
    none; the caller makes sure that it may (`children.can_fork`). Messages must
    be shorter than a pipe is long (4 KiB are safe). `answers` holds what has come, by the key that
    the message was given.
    """

    def __init__(self, workers: int, run: Callable[[bytes], bytes]) -> None:
        self.answers: dict[int, Answer] = {}
        self._run = run
        self._waiting: list[tuple[int, int, bytes]] = []
        self._crew: list[Child] = []
        self._hands: dict[int, list[int]] = {}
        self._ending = False
        self._died: WorkerDied | None = None
        try:
            self._crew.append(Child(self._live))
            self._crew += hire(self._live, workers - 1)
            self._hands = {child.answers: [] for child in self._crew}
        except BaseException:
            self.close(kill=True)
            raise

    def _live(self, hears: int, replies: int) -> None:
        """The life of a worker."""
        respond(self._run, hears, replies)

    def put(self, key: int, message: bytes, *, weight: int = 0) -> None:
        """Have a message answered; of those that wait the heaviest goes first."""
        self._waiting.append((weight, key, message))
        self._waiting.sort()
        self.look()

    def drop(self, keep: frozenset[int]) -> None:
        """Forget messages that nobody has begun with, but for these."""
        self._waiting = [each for each in self._waiting if each[1] in keep]

    def end(self) -> None:
        """Say that no more messages will be put: who has nothing left to do may go."""
        self._ending = True

    def look(self, *, wait: bool = False) -> None:
        """Take what has come and hand out what waits; with `wait`, once anything has come.

        Raises WorkerDied, which is also the answer to what that worker had in hand: a caller who
        goes on finds it there. Once nobody is left who could take what waits, every call raises it.
        """
        import select

        if self._died is not None and self._waiting and not self._crew:
            raise self._died

        self._hand_out()
        busy = [pipe for pipe, keys in self._hands.items() if keys]
        if not busy:
            return
        poll = select.poll()
        for pipe in busy:
            poll.register(pipe, select.POLLIN)
        for pipe, _ in poll.poll(None if wait else 0):
            self._take(pipe)
        self._hand_out()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._waiting) or any(self._hands.values())

    def _hand_out(self) -> None:
        for have in range(_AHEAD):
            for child in self._crew:
                if self._waiting and len(self._hands[child.answers]) == have:
                    _, key, message = self._waiting.pop()
                    self._hands[child.answers].append(key)
                    try:
                        send(child.speaks, message)
                    except OSError:
                        raise self._death(child) from None
        if self._ending and not self._waiting:
            for child in self._crew:
                child.dismiss()

    def _take(self, pipe: int) -> None:
        answer = receive(pipe)
        if answer is None:
            raise self._death(next(child for child in self._crew if child.answers == pipe))
        key = self._hands[pipe].pop(0)
        self.answers[key] = opened(answer)

    def _death(self, child: Child) -> WorkerDied:
        self._crew.remove(child)
        lost = self._hands.pop(child.answers)
        self._died = WorkerDied(max(child.wait(), 0))
        self.answers.update(dict.fromkeys(lost, self._died))
        return self._died

    def close(self, *, kill: bool = False) -> None:
        """Let the workers end after what they have in hand; with `kill`, at once."""
        self._waiting = []
        crew, self._crew, self._hands = self._crew, [], {}
        for child in crew:
            child.kill() if kill else child.dismiss()
        for child in crew:
            child.wait()
