"""Wheels of this machine into the store.

Owns unpacking them where they lie, in several processes at once: the first begin while the answer
is still being looked for, as soon as it is worth a process. Refuses to choose, and to be used
beside threads, which `fork` forbids. Who gives up has nothing left behind removed.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.fetch.errand import read_answer, work_for, write_errand
from weft.fetch.stored import path_of, stored
from weft.system.children import can_fork
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.distribution import CachedWheel
    from weft.fetch.stored import Wanted
    from weft.store.store import Store
    from weft.system.crew import Crew

# Bytes of wheels before which it is not worth to have processes while resolving.
_WORTH_A_CREW = 2 << 20


class LocalWheels:
    """The wheels of one command that are files of this machine. `stop` it at the end."""

    def __init__(self, store: Store, *, workers: int = 2) -> None:
        self._store = store
        self._workers = workers
        self._crew: Crew | None = None
        self._begun: list[Wanted] = []
        self._known: dict[Wanted, int] = {}
        self._bytes = 0
        self._resting = False

    def has_begun(self, wanted: Wanted) -> bool:
        """Whether a wheel has been handed to a process."""
        return self._crew is not None and wanted in self._known

    def begin(self, wanted: Wanted) -> None:
        """Start with a wheel that `run` will probably be asked for. Never waits, never raises.

        Not where the first of them is in the store already: then most are.
        """
        if self._resting or wanted in self._known:
            return
        try:
            if not self._known and (not can_fork() or stored(self._store, wanted) is not None):
                self._resting = True
                return
            self._take(wanted)
            if self._crew is None and self._bytes >= _WORTH_A_CREW:
                self._start()
            elif self._crew is not None:
                self._hand_over(len(self._begun) - 1)
        except (WeftError, OSError):
            self._resting = True  # whoever waits for an answer meets it again

    def _take(self, wanted: Wanted) -> None:
        self._known[wanted] = len(self._begun)
        self._begun.append(wanted)
        self._bytes += _size(wanted)

    def _start(self) -> None:
        import weft.store.adding
        import weft.store.pointers  # noqa: F401  loaded here they are loaded once for all workers
        from weft.core.digest import new_sha256
        from weft.system.crew import Crew

        new_sha256()
        self._crew = Crew(self._workers, work_for(self._store))
        for number in range(len(self._begun)):
            self._hand_over(number)

    def _hand_over(self, number: int) -> None:
        assert self._crew is not None
        wanted = self._begun[number]
        message = write_errand(wanted, path_of(wanted.file.url))
        self._crew.put(number, message, weight=_size(wanted))

    def run(self, wanted: Sequence[Wanted]) -> dict[str, CachedWheel]:
        """Entries by project name. Raises the first failure, after the others have stopped."""
        if self._crew is None:
            return self._run_together(wanted)
        for each in wanted:
            if each not in self._known:
                self._take(each)
                self._hand_over(len(self._begun) - 1)
        numbers = [self._known[each] for each in wanted]
        try:
            self._wait(self._crew, numbers)
        except BaseException:
            self.stop()
            raise
        answers = self._crew.answers
        self._crew.close()
        self._crew = None
        found: dict[str, CachedWheel] = {}
        for each, number in zip(wanted, numbers, strict=True):
            answer = answers.get(number)
            if isinstance(answer, BaseException):
                raise answer
            if answer is not None:
                found[each.name] = read_answer(answer)
        return found

    def _wait(self, crew: Crew, numbers: Sequence[int]) -> None:
        """Until all are there; after a failure, until nobody works any more."""
        crew.drop(frozenset(numbers))
        crew.end()
        missing = set(numbers)
        while missing:
            crew.look(wait=True)
            missing -= crew.answers.keys()
            if any(isinstance(crew.answers.get(number), BaseException) for number in numbers):
                crew.drop(frozenset())
                while crew.is_busy:
                    crew.look(wait=True)
                return

    def _run_together(self, wanted: Sequence[Wanted]) -> dict[str, CachedWheel]:
        """This process works, too. Without a thread in it, workers have the jobs in hand."""
        from weft.system.workers import fork_map

        work = work_for(self._store)
        order = sorted(wanted, key=_size, reverse=True)
        messages = [write_errand(each, path_of(each.file.url)) for each in order]
        answers = fork_map(len(order), lambda number: work(messages[number]), workers=self._workers)
        return {each.name: read_answer(answer) for each, answer in zip(order, answers, strict=True)}

    def stop(self) -> None:
        """End everything at once, and remove what was being made."""
        crew, self._crew = self._crew, None
        self._resting = True
        if crew is None:
            return
        from weft.store.staging import sweep

        crew.close(kill=True)
        sweep(self._store.staging())


def _size(wanted: Wanted) -> int:
    try:
        return os.stat(path_of(wanted.file.url)).st_size
    except OSError:
        return 0
