"""Get chosen wheels into the store.

Owns the way from a chosen file to an entry: look whether the store has it, download what it lacks
(threads), check and unpack (processes). What is likely to be wanted may begin before it is certain;
what turns out not to be wanted is given up. Where all files are on this machine no thread is
started (`fetch.local`).
Refuses to choose, and to touch an environment.
"""

from __future__ import annotations

from weft.fetch.errand import read_answer, write_errand
from weft.fetch.stored import path_of, stored
from weft.system.lean import os
from weft.system.pending import Cancelled, Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weft.core.distribution import CachedWheel
    from weft.core.events import Event, Sink
    from weft.fetch.local import LocalWheels
    from weft.fetch.stored import Wanted
    from weft.index.client import IndexClient
    from weft.store.staging import Staging
    from weft.store.store import Store
    from weft.system.pending import Ticket
    from weft.system.workers import ProcessPool, ThreadPool


class Preparation:
    """Fetches and unpacks. `pool` and `processes` make their pools at first use.

    `early` makes the pool of the few threads that work for `begin`. `workers` processes unpack
    where all files are on this machine.
    """

    def __init__(
        self,
        store: Store,
        client: Callable[[], IndexClient],
        *,
        pool: Callable[[], ThreadPool],
        processes: Callable[[], ProcessPool],
        sink: Sink,
        early: Callable[[], ThreadPool] | None = None,
        workers: int = 2,
    ) -> None:
        self._store = store
        self._workers = workers
        self._client = client
        self._pool = pool
        self._early = early or pool
        self._processes = processes
        self._sink = sink
        self._curtain = _Curtain(sink)
        self._jobs: dict[Wanted, _Job] = {}
        self._local: LocalWheels | None = None
        self._running = self._given_up = False
        self._shelter = _Shelter(store)
        self.failed: Wanted | None = None
        """What `run` has failed for, where that was one in particular."""

    def begin(self, wanted: Wanted) -> None:
        """Start with a wheel that `run` will probably be asked for. Never waits, never raises.

        Nobody hears of it before `run`: neither of its progress nor of its failure.
        """
        if _is_local(wanted):
            self._locals().begin(wanted)
        elif wanted not in self._jobs:
            job = _Job(wanted)
            if self._jobs.setdefault(wanted, job) is job:
                self._early().submit(self._work, job)

    def guess(self, wanted: Wanted) -> None:
        """The same for a wheel that `begin` will probably be called for, from any thread.

        Once it is known what is wanted nothing is begun.
        """
        if not _is_local(wanted) and not self._running and not self._given_up:
            self.begin(wanted)

    def has_fetched(self, wanted: Wanted) -> bool:
        """Whether this run, and none before it, has brought a wheel, or is about to."""
        job = self._jobs.get(wanted)
        if self._local is not None and self._local.has_begun(wanted):
            return True
        return job is not None and job.fetched

    def give_up(self) -> None:
        """Stop everything that has begun, as soon as its next bytes arrive."""
        self._given_up = True
        if self._local is not None:
            self._local.stop()

    def close(self) -> None:
        """Remove what is left of downloads; to be called when nobody works any more."""
        self._shelter.close()

    def is_idle(self) -> bool:
        """Whether everything that was begun has ended."""
        return all(job.done() for job in list(self._jobs.values()))

    def run(self, wanted: Sequence[Wanted]) -> dict[str, CachedWheel]:
        """Entries by project name. Raises the first failure, after the others have stopped."""
        from weft.core.events import PhaseEnded, PhaseStarted

        self._sink(PhaseStarted("Preparing packages...", len(wanted)))
        try:
            if all(map(_is_local, wanted)):
                return self._locals().run(wanted)
            begun = [each for each in wanted if self._local and self._local.has_begun(each)]
            made = self._locals().run(begun) if begun else {}
            left = [each for each in wanted if each not in begun]
            return made | self._run_all([self._jobs.get(each) or _Job(each) for each in left])
        except BaseException:
            self.give_up()
            raise
        finally:
            self._shelter.close()
            self._sink(PhaseEnded())

    def _run_all(self, jobs: list[_Job]) -> dict[str, CachedWheel]:
        from weft.core.events import PhaseAdvanced

        for other in {*self._jobs.values()}.difference(jobs):
            other.given_up = True
        self._running = True
        self._curtain.open(job.wanted.file.url for job in jobs)
        jobs.sort(key=lambda job: -(job.wanted.file.size or 0))
        pool = self._pool()
        for job in jobs:
            if not job.done():
                pool.submit(self._work, job)
        made: dict[str, CachedWheel] = {}
        failures: list[tuple[Wanted, Exception]] = []
        for job in jobs:
            try:
                made[job.wanted.name] = job.result()
                self._sink(PhaseAdvanced(job.wanted.name))
            except Exception as error:
                self.give_up()
                failures.append((job.wanted, error))
        if failures:  # the others were cancelled for the sake of one
            real = (each for each in failures if not isinstance(each[1], Cancelled))
            self.failed, failure = next(real, failures[0])
            raise failure
        return made

    def _work(self, job: _Job) -> None:
        """In a thread: do a job, unless another thread has taken it."""
        if not job.claim():
            return
        try:
            self._one(job)
        except BaseException as error:
            self._fail(job, error)

    def _fail(self, job: _Job, error: BaseException) -> None:
        if self._running and not job.given_up:
            self.give_up()  # before anybody looks at this one
        job.resolve(None, error)

    def _one(self, job: _Job) -> None:
        """Download unless local, then hand the file to a process, which resolves the job."""

        def watch(_received: int) -> None:
            if job.given_up or self._given_up:
                raise Cancelled

        wanted = job.wanted
        watch(0)
        if _is_local(wanted):
            self._submit(job, path_of(wanted.file.url))
            return
        if not self._running:  # nobody has looked yet
            found = stored(self._store, wanted)
            if found is not None:
                job.resolve(found)
                return
        job.fetched = True
        path = self._client().download(
            wanted.file,
            self._shelter.place(wanted.file.filename),
            watch,
            name=wanted.name,
            sink=self._curtain,
        )
        self._submit(job, path, self._client().hashes(path))

    def _submit(self, job: _Job, path: str, computed: tuple[tuple[str, str], ...] = ()) -> None:
        """Have a process unpack a file. Nobody waits for it: whoever is free fetches the next."""
        message = write_errand(job.wanted, path, computed)
        self._processes().submit(
            message, weight=os.stat(path).st_size, heard=lambda ticket: self._made(job, ticket)
        )

    def _made(self, job: _Job, ticket: Ticket) -> None:
        try:
            made = read_answer(ticket.result())
        except BaseException as error:
            self._fail(job, error)
        else:
            job.resolve(made)

    def _locals(self) -> LocalWheels:
        if self._local is None:
            from weft.fetch.local import LocalWheels

            self._local = LocalWheels(self._store, workers=self._workers)
        return self._local


def _is_local(wanted: Wanted) -> bool:
    return wanted.file.url.startswith("file://")


class _Shelter:
    """Where files lie between their download and the end of unpacking. Thread-safe."""

    def __init__(self, store: Store) -> None:
        from _thread import allocate_lock

        self._store = store
        self._lock = allocate_lock()
        self._staging: Staging | None = None
        self._taken: set[str] = set()

    def place(self, filename: str) -> str:
        """The directory for a file: two indexes may have files of one name."""
        with self._lock:
            if self._staging is None:
                from weft.store.staging import Staging

                self._staging = Staging(self._store.staging())
            root = self._staging.path
            if filename not in self._taken:
                self._taken.add(filename)
                return root
        from weft.system.files import make_staging

        return make_staging(root)

    def close(self) -> None:
        """Remove it, with what is left in it."""
        with self._lock:
            staging, self._staging = self._staging, None
            self._taken.clear()
        if staging is not None:
            staging.close()


class _Job(Pending["CachedWheel"]):
    """One wheel on its way, which the first thread that comes takes on."""

    __slots__ = ("_free", "fetched", "given_up", "wanted")

    def __init__(self, wanted: Wanted) -> None:
        from _thread import allocate_lock

        super().__init__()
        self.wanted = wanted
        self.fetched = self.given_up = False
        self._free = allocate_lock()

    def claim(self) -> bool:
        """Whether the caller is the first."""
        return self._free.acquire(blocking=False)


class _Curtain:
    """A sink behind which nothing is heard until it opens; then the past is told first.

    Of downloads that nobody wants, since they were guessed wrong, nothing is ever told.
    """

    def __init__(self, sink: Sink) -> None:
        from _thread import allocate_lock

        self._sink = sink
        self._lock = allocate_lock()
        self._waiting: list[Event] | None = []
        self._wanted: frozenset[str] = frozenset()

    def __call__(self, event: Event) -> None:
        from weft.core.events import DownloadProgress

        if self._waiting is not None:
            with self._lock:
                if self._waiting is not None:
                    if not isinstance(event, DownloadProgress):
                        self._waiting.append(event)
                    return
        self._tell(event)

    def open(self, wanted: Iterable[str]) -> None:
        """Let through from now on what is said of the downloads of these URLs."""
        with self._lock:
            self._wanted = self._wanted.union(wanted)
            waiting, self._waiting = self._waiting, None
            for event in waiting or ():
                self._tell(event)

    def _tell(self, event: Event) -> None:
        if getattr(event, "key", "") in self._wanted:
            self._sink(event)
