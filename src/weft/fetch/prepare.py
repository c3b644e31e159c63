"""Get chosen wheels into the store.

Owns the way from a chosen file to an entry: look whether the store has it, download what it lacks
(threads), check and unpack (processes). Local files are unpacked where they lie.
Refuses to choose, and to touch an environment.
"""

from __future__ import annotations

import marshal

from weft.core.value import value
from weft.store.layout import origin_key
from weft.store.store import file_stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from weft.core.distribution import CachedWheel, File
    from weft.core.events import Sink
    from weft.index.client import IndexClient
    from weft.store.store import Store
    from weft.system.workers import ProcessPool, ThreadPool

    # (file name, origin in the store, address, hashes of the index, allowed hashes of the request)
    Packed = tuple[str, str, str, str, tuple[tuple[str, str], ...], str]
    Job = tuple[str, str, str, tuple[tuple[str, str], ...], tuple[str, ...]]


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
    return origin_key(file.url, kind="url")


def stored(store: Store, wanted: Wanted) -> CachedWheel | None:
    """What the store has, unless its hashes contradict the index or the request."""
    url, stamp = wanted.file.url, ""
    if url.startswith("file://"):
        stamp = file_stamp(_path_of(url))
    origin = origin_of(wanted.file)
    found = store.find_wheel(origin, wanted.file.filename, name=wanted.name, stamp=stamp)
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
    """Fetches and unpacks. `pool` and `processes` make their pools at first use."""

    def __init__(
        self,
        store: Store,
        client: Callable[[], IndexClient],
        *,
        pool: Callable[[], ThreadPool],
        processes: Callable[[], ProcessPool],
        sink: Sink,
    ) -> None:
        self._store = store
        self._client = client
        self._pool = pool
        self._processes = processes
        self._sink = sink

    def run(self, wanted: Sequence[Wanted]) -> dict[str, CachedWheel]:
        """Entries by project name. Raises the first failure, after the others have stopped."""
        from weft.core.events import PhaseAdvanced, PhaseEnded, PhaseStarted

        self._sink(PhaseStarted("Preparing packages...", len(wanted)))
        try:
            if all(each.file.url.startswith("file://") for each in wanted):
                return self._run_local(wanted)
            made = {}
            pool = self._pool()
            tasks = [(each, pool.submit(self._one, each)) for each in self._largest_first(wanted)]
            for each, task in tasks:
                made[each.name] = task.result()
                self._sink(PhaseAdvanced(each.name))
            return made
        finally:
            self._sink(PhaseEnded())

    def _largest_first(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        return sorted(wanted, key=lambda each: -(each.file.size or 0))

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

    def _one(self, wanted: Wanted) -> CachedWheel:
        """In a thread: download unless local, then hand the file to a process."""
        from weft.store.staging import Staging

        if wanted.file.url.startswith("file://"):
            return self._submit(wanted, _path_of(wanted.file.url))
        with Staging(self._store.staging()) as staging:
            path = self._client().download(
                wanted.file, staging.path, name=wanted.name, sink=self._sink
            )
            return self._submit(wanted, path, self._client().hashes(path))

    def _submit(
        self, wanted: Wanted, path: str, computed: tuple[tuple[str, str], ...] = ()
    ) -> CachedWheel:
        message = marshal.dumps((path, _job(wanted), computed))
        return _unpack(marshal.loads(self._processes().submit(message).result()))

    def _add(self, wanted: Wanted, path: str) -> CachedWheel:
        return add(self._store, path, _job(wanted))


def _job(wanted: Wanted) -> Job:
    return (
        wanted.file.filename,
        origin_of(wanted.file),
        wanted.file.url,
        wanted.file.hashes,
        tuple(sorted(wanted.hashes)),
    )


def add(
    store: Store, path: str, job: Job, computed: tuple[tuple[str, str], ...] = ()
) -> CachedWheel:
    """Unpack one file into the store; runs in whichever process."""
    filename, origin, url, hashes, allowed = job
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
        path, job, computed = marshal.loads(message)
        return marshal.dumps(_pack(add(store, path, job, computed)))

    return work


def _pack(wheel: CachedWheel) -> Packed:
    return wheel.entry, wheel.name, wheel.version, wheel.filename, wheel.hashes, wheel.origin


def _unpack(packed: object) -> CachedWheel:
    from weft.core.distribution import CachedWheel

    return CachedWheel(*packed)  # type: ignore[misc]


def _path_of(url: str) -> str:
    from urllib.parse import unquote

    return unquote(url.removeprefix("file://").partition("#")[0])
