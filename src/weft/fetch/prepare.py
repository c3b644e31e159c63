"""Get chosen wheels into the store.

Owns the way from a chosen file to an entry: look whether the store has it, download what it lacks
(threads), check and unpack (processes). Local files are unpacked where they lie. What is likely to
be wanted may begin before it is certain; what turns out not to be wanted is given up.
Refuses to choose, and to touch an environment.
"""

from __future__ import annotations

import marshal

from weft.core.value import value
from weft.fetch.held import find_by_content
from weft.store.layout import origin_key
from weft.store.store import file_stamp
from weft.system.pending import Cancelled, Pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weft.core.distribution import CachedWheel, File
    from weft.core.events import Event, Sink
    from weft.index.client import IndexClient
    from weft.store.store import Store
    from weft.system.workers import ProcessPool, ThreadPool

    # (file name, origin in the store, address, hashes of the index, allowed hashes of the request)
    Packed = tuple[str, str, str, str, tuple[tuple[str, str], ...], str]
    Order = tuple[str, str, str, tuple[tuple[str, str], ...], tuple[str, ...]]


@value
class Wanted:
    """One wheel to have in the store. `hashes` are the allowed `algorithm:hex`, none for any."""

    name: str
    version: str
    file: File
    hashes: frozenset[str] = frozenset()


def origin_of(file: File) -> str:
    """The place in the store for wheels of this index, or of this one address."""
    if file.index:
        return origin_key(file.index)
    if file.url.startswith("file://"):
        return origin_key(file.url, kind="path")
    return origin_key(_public(file.url), kind="url")


def _public(url: str) -> str:
    """The address as it may be kept."""
    from weft.index.urls import without_credentials

    return without_credentials(url) if "@" in url else url


def stored(store: Store, wanted: Wanted) -> CachedWheel | None:
    """What the store has, unless its hashes contradict the index or the request."""
    url, stamp = wanted.file.url, ""
    if url.startswith("file://"):
        stamp = file_stamp(_path_of(url))
    origin = origin_of(wanted.file)
    found = store.find_wheel(origin, wanted.file.filename, name=wanted.name, stamp=stamp)
    if found is None and not stamp:
        found = find_by_content(store, wanted.file, name=wanted.name)
    if found is None:
        return None
    have = {f"{algorithm}:{digest}" for algorithm, digest in found.hashes}
    listed = {f"{algorithm}:{digest}" for algorithm, digest in wanted.file.hashes}
    for known in (listed, wanted.hashes):
        comparable = {each for each in known if each.split(":")[0] in _algorithms(have)}
        if comparable and not comparable & have:
            return None
    if wanted.hashes and not wanted.hashes & have:
        return None  # asked for by an algorithm that was not kept: read the file again
    return found


def _algorithms(hashes: Iterable[str]) -> set[str]:
    return {each.split(":")[0] for each in hashes}


class Preparation:
    """Fetches and unpacks. `pool` and `processes` make their pools at first use.

    `early` makes the pool of the few threads that work for `begin`.
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
    ) -> None:
        self._store = store
        self._client = client
        self._pool = pool
        self._early = early or pool
        self._processes = processes
        self._sink = sink
        self._curtain = _Curtain(sink)
        self._jobs: dict[Wanted, _Job] = {}
        self._running = self._given_up = False
        self.failed: Wanted | None = None
        """What `run` has failed for, where that was one in particular."""

    def begin(self, wanted: Wanted) -> None:
        """Start with a wheel that `run` will probably be asked for. Never waits, never raises.

        Nobody hears of it before `run`: neither of its progress nor of its failure.
        """
        if wanted not in self._jobs and not wanted.file.url.startswith("file://"):
            job = self._jobs[wanted] = _Job(wanted)
            self._early().submit(self._work, job)

    def has_fetched(self, wanted: Wanted) -> bool:
        """Whether this run, and none before it, has brought a wheel, or is about to."""
        job = self._jobs.get(wanted)
        return job is not None and job.fetched

    def give_up(self) -> None:
        """Stop everything that has begun, as soon as its next bytes arrive."""
        self._given_up = True

    def is_idle(self) -> bool:
        """Whether everything that was begun has ended."""
        return all(job.done() for job in self._jobs.values())

    def run(self, wanted: Sequence[Wanted]) -> dict[str, CachedWheel]:
        """Entries by project name. Raises the first failure, after the others have stopped."""
        from weft.core.events import PhaseEnded, PhaseStarted

        self._sink(PhaseStarted("Preparing packages...", len(wanted)))
        try:
            if all(each.file.url.startswith("file://") for each in wanted):
                return self._run_local(wanted)
            return self._run_all([self._jobs.get(each) or _Job(each) for each in wanted])
        except BaseException:
            self.give_up()
            raise
        finally:
            self._sink(PhaseEnded())

    def _run_all(self, jobs: list[_Job]) -> dict[str, CachedWheel]:
        from weft.core.events import PhaseAdvanced

        for other in {*self._jobs.values()}.difference(jobs):
            other.given_up = True
        self._running = True
        self._curtain.open()
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
            job.resolve(self._one(job))
        except BaseException as error:
            if self._running and not job.given_up:
                self.give_up()  # before anybody looks at this one
            job.resolve(None, error)

    def _run_local(self, wanted: Sequence[Wanted]) -> dict[str, CachedWheel]:
        """Without a thread in the process, workers can be forked with the jobs in hand."""
        import os

        from weft.system.workers import fork_map

        paths = [_path_of(each.file.url) for each in wanted]
        sizes = [os.stat(path).st_size if os.path.exists(path) else 0 for path in paths]
        order = sorted(range(len(wanted)), key=lambda number: -sizes[number])

        def work(number: int) -> object:
            place = order[number]
            return _pack(self._add(wanted[place], paths[place]))

        results = fork_map(len(order), work)
        return {
            wanted[order[number]].name: _unpack(result) for number, result in enumerate(results)
        }

    def _one(self, job: _Job) -> CachedWheel:
        """Download unless local, then hand the file to a process."""
        from weft.store.staging import Staging

        def watch(_received: int) -> None:
            if job.given_up or self._given_up:
                raise Cancelled

        wanted = job.wanted
        watch(0)
        if wanted.file.url.startswith("file://"):
            return self._submit(wanted, _path_of(wanted.file.url))
        if not self._running:  # nobody has looked yet
            found = stored(self._store, wanted)
            if found is not None:
                return found
        job.fetched = True
        with Staging(self._store.staging()) as staging:
            path = self._client().download(
                wanted.file, staging.path, watch, name=wanted.name, sink=self._curtain
            )
            return self._submit(wanted, path, self._client().hashes(path))

    def _submit(
        self, wanted: Wanted, path: str, computed: tuple[tuple[str, str], ...] = ()
    ) -> CachedWheel:
        message = marshal.dumps((path, _order(wanted), computed))
        return _unpack(marshal.loads(self._processes().submit(message).result()))

    def _add(self, wanted: Wanted, path: str) -> CachedWheel:
        return add(self._store, path, _order(wanted))


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
    """A sink behind which nothing is heard until it opens; then the past is told first."""

    def __init__(self, sink: Sink) -> None:
        from _thread import allocate_lock

        self._sink = sink
        self._lock = allocate_lock()
        self._waiting: list[Event] | None = []

    def __call__(self, event: Event) -> None:
        from weft.core.events import DownloadProgress

        if self._waiting is not None:
            with self._lock:
                if self._waiting is not None:
                    if not isinstance(event, DownloadProgress):
                        self._waiting.append(event)
                    return
        self._sink(event)

    def open(self) -> None:
        """Let everything through from now on."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
            for event in waiting or ():
                self._sink(event)


def _order(wanted: Wanted) -> Order:
    return (
        wanted.file.filename,
        origin_of(wanted.file),
        _public(wanted.file.url),
        wanted.file.hashes,
        tuple(sorted(wanted.hashes)),
    )


def add(
    store: Store, path: str, order: Order, computed: tuple[tuple[str, str], ...] = ()
) -> CachedWheel:
    """Unpack one file into the store; runs in whichever process."""
    filename, origin, url, hashes, allowed = order
    if allowed:
        pairs = (each.partition(":") for each in allowed)
        hashes = tuple((algorithm, digest) for algorithm, _, digest in pairs)
    stamp = file_stamp(path) if url.startswith("file://") else ""
    return store.add_wheel(
        path,
        filename=filename,
        origin=origin,
        url=url,
        hashes=hashes,
        computed=computed,
        stamp=stamp,
    )


def work_for(store: Store) -> Callable[[bytes], bytes]:
    """What a process of the pool does with one message."""

    def work(message: bytes) -> bytes:
        path, order, computed = marshal.loads(message)
        return marshal.dumps(_pack(add(store, path, order, computed)))

    return work


def _pack(wheel: CachedWheel) -> Packed:
    return wheel.entry, wheel.name, wheel.version, wheel.filename, wheel.hashes, wheel.origin


def _unpack(packed: object) -> CachedWheel:
    from weft.core.distribution import CachedWheel

    return CachedWheel(*packed)  # type: ignore[misc]


def _path_of(url: str) -> str:
    from urllib.parse import unquote

    return unquote(url.removeprefix("file://").partition("#")[0], errors="surrogateescape")
