"""What one command works with, put together at first use.

Owns the composition: the store, the index client, the pools, and their end. The only place besides
the entry point that turns settings into objects of other rooms.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from weft.core.events import Sink
    from weft.fetch.prepare import Preparation
    from weft.fetch.stored import Wanted
    from weft.index.client import IndexClient
    from weft.index.locations import Locations
    from weft.install.spares import Spares
    from weft.install.target import Target
    from weft.install.trash import Trash
    from weft.ops.context import Context
    from weft.ops.wants import Wants
    from weft.store.filling import Filled
    from weft.store.members import Cache, Placement
    from weft.store.staging import Staging
    from weft.store.store import Store
    from weft.system.workers import ProcessPool, ThreadPool

_EARLY = 8
_PATIENCE = 1.0
"""Seconds for requests under way to end after a failure or Ctrl-C: servers may take minutes."""

_LAST = (("pip", "install"), ("pip", "sync"), ("pip", "uninstall"))


class Session:
    """A context manager; leaving it ends pools, removes a temporary store, drops locks."""

    def __init__(self, context: Context) -> None:
        from _thread import RLock

        self.context = context
        self._making = RLock()
        self.traces: list[str] = []
        """The keys of the traces of all resolutions so far, empty texts for those without one."""
        self._store: Store | None = None
        self._cache: Cache | None = None
        self._placement: Placement | None = None
        self._client: IndexClient | None = None
        self._locations: Locations | None = None
        self._threads: ThreadPool | None = None
        self._processes: ProcessPool | None = None
        self._reader: ProcessPool | None = None
        self._early: ThreadPool | None = None
        self._preparation: Preparation | None = None
        self._temporary: str | None = None
        self._behind: list[Callable[[], object]] = []
        self._trash: Staging | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.rest(failed=kind is not None)
        if self._client is not None:
            self._client.close()
        if self._temporary is not None:
            from weft.system.files import remove_tree

            remove_tree(self._temporary)
        if self._trash is not None:
            from weft.ops.spares import removing

            self._behind.append(removing(self._trash.abandon()))
        if self._behind:
            from weft.ops.spares import run_behind

            run_behind(self._behind, parting=_ends_with(self.context))

    def enter(self, context: Context) -> None:
        """Go on with other settings, as those of a script; before an index has been asked.

        The store stays the one that it is.
        """
        assert self._preparation is None
        self.context = context
        self._locations = self._client = None

    def rest(self, *, failed: bool = False) -> None:
        """End threads and processes, so that what follows can fork; they come back when needed.

        Only a request that nobody waits for any more, and that the server lets hang, is left.
        """
        idle = self._preparation is None or self._preparation.is_idle()
        waiting = _PATIENCE if failed else idle
        with self._making:
            if self._preparation is not None:
                self._preparation.give_up()
        for threads in (self._early, self._threads):
            if threads is not None:
                threads.close(cancel=failed or threads is self._early, wait=waiting)
        for pool in (self._reader, self._processes):
            if pool is not None:
                pool.close()
        if self._preparation is not None:
            self._preparation.close()
        self._early = self._threads = self._reader = self._processes = self._preparation = None

    @property
    def store(self) -> Store:
        """The store, opened, with a shared lock until the process ends."""
        if self._store is None:
            from weft.store.store import Store

            settings = self.context.settings
            root = store_root(self.context)
            if settings.no_cache:
                root = self._temporary = _temporary_root()
            self._store = Store(root, temporary=settings.no_cache, seal=settings.seal)
            self._store.lock_shared(timeout=settings.lock_timeout)
        return self._store

    @property
    def cache(self) -> Cache:
        """The store and its members on other file systems, seen as one."""
        if self._cache is None:
            from weft.store.members import Cache
            from weft.system.lean import os

            settings = self.context.settings
            self._cache = Cache(
                self.store,
                volumes=[os.path.join(self.context.cwd, each) for each in settings.cache_volumes],
                enabled=settings.cache_members,
                sink=self.context.sink,
            )
        return self._cache

    def place(self, directory: str) -> None:
        """Serve from the member that shares files with `directory`; made if there is none."""
        mode = self.context.settings.link_mode
        self._placement = self.cache.for_target(directory, mode=mode)  # type: ignore[arg-type]

    @property
    def serving(self) -> Store:
        """The store that new wheels are unpacked into and links are made from."""
        return self._placement.store if self._placement is not None else self.store

    def locations(self, wants: Wants | None = None) -> Locations:
        """Indexes and find-links of settings, then of requirements files."""
        if self._locations is None:
            from weft.ops.places import locations

            self._locations = locations(self.context, wants.options if wants else None)
        return self._locations

    def client(self) -> IndexClient:
        """The index client; nothing of the network is loaded before it has to ask."""
        if self._client is None:
            from weft.ops.places import client

            self._client = client(
                self.context, self.store, self.locations(), worker=self._read_page
            )
        return self._client

    def threads(self) -> ThreadPool:
        """Threads for requests. The processes are forked first, while there is one thread."""
        with self._making:
            if self._threads is None:
                from weft.system.workers import ThreadPool

                self.processes()
                self._start_reader()
                self._threads = ThreadPool(self.context.settings.concurrent_downloads)
            return self._threads

    @property
    def is_online(self) -> bool:
        """Whether something was not cached, so that threads have been started."""
        return self._threads is not None

    def preparation(self) -> Preparation:
        """What gets wheels into the store."""
        if self._preparation is None:
            from weft.fetch.prepare import Preparation

            lease = self.store.lease()
            if lease is not None:
                lease.open()  # before anything forks: what children unpack is theirs to protect
            self._preparation = Preparation(
                self.serving,
                self.client,
                pool=self.threads,
                early=self._early_threads,
                processes=self.processes,
                sink=self.context.sink,
                workers=self._unpackers,
            )
        return self._preparation

    def guess(self, wanted: Wanted) -> None:
        """Start with a wheel that will probably be wanted; from any thread, at any time."""
        with self._making:  # `rest` comes before it or after it, and not between
            if self._preparation is not None:
                self._preparation.guess(wanted)

    def another_preparation(self, sink: Sink) -> Preparation:
        """One more, for wheels that a build needs while others are being prepared."""
        from weft.fetch.prepare import Preparation

        return Preparation(
            self.serving, self.client, pool=self.threads, processes=self.processes, sink=sink
        )

    def warm_up(self) -> None:
        """Make what several threads are about to use; each part is made by one of them."""
        self.client()
        _ = self.serving, self.cache.members()

    def has_fetched(self, wanted: Wanted) -> bool:
        """Whether a wheel is in the store only because this command has asked for it."""
        return self._preparation is not None and self._preparation.has_fetched(wanted)

    def spares(self, filled: Filled) -> Spares | None:
        """What installing may rename into place instead of linking it; None where it may not."""
        from weft.ops.spares import are_wanted

        if not are_wanted(self.context):
            return None
        from weft.install.spares import Spares

        return Spares(filled.store_of, mode=self.context.settings.link_mode)  # type: ignore[arg-type]

    def renew(
        self,
        spares: Spares,
        filled: Filled,
        files: Mapping[str, int],
        *,
        target: Target,
        names: Mapping[str, str],
    ) -> None:
        """Have spares of entries that have so many files made when the command is done."""
        from weft.ops.spares import refilling

        mode = self.context.settings.link_mode
        work = refilling(spares, filled, files, mode=mode, target=target, names=names)  # type: ignore[arg-type]
        if work is not None:
            self._behind.append(work)

    def trash(self) -> Trash | None:
        """Where an environment's directories may go that are deleted when the command is done."""
        from weft.core.errors import SystemFailure
        from weft.install.trash import Trash
        from weft.ops.spares import may_work_behind
        from weft.store.staging import Staging

        if not may_work_behind(self.context):
            return None
        try:
            self._trash = Staging(self.store.staging())
        except SystemFailure:  # a store that can only be read
            return None
        return Trash(self._trash.path)

    def _early_threads(self) -> ThreadPool:
        """The few that download while pages are still asked for: pages come first."""
        with self._making:
            if self._early is None:
                from weft.system.workers import ThreadPool

                self.threads()
                self._early = ThreadPool(min(_EARLY, self.context.settings.concurrent_downloads))
            return self._early

    def _start_reader(self) -> None:
        """A process for pages, besides those that unpack: a resolution waits for every page."""
        from weft.index.pagework import WARM_UP, work_for
        from weft.system.workers import ProcessPool

        self._reader = ProcessPool(1, work_for(self.store))
        self._reader.submit(WARM_UP)  # it loads the parsers while this process loads the network

    def _read_page(self, message: bytes) -> bytes:
        """Answer a message of `weft.index.pagework`."""
        if self._reader is not None:
            return self._reader.submit(message).result()
        from weft.index.pagework import work_for

        return work_for(self.store)(message)

    def processes(self) -> ProcessPool:
        """Processes that unpack."""
        with self._making:
            if self._processes is None:
                self.preparation()  # it opens the lease that they share
                from weft.fetch.errand import work_for
                from weft.system.workers import ProcessPool

                self._processes = ProcessPool(self._unpackers, work_for(self.serving))
            return self._processes

    @property
    def _unpackers(self) -> int:
        return self.context.settings.concurrent_installs or 2


def _ends_with(context: Context) -> bool:
    """Whether the process ends with the command, and does not become another program."""
    words = tuple(context.words[:2])
    return words[:1] == ("sync",) or words in _LAST


def store_root(context: Context) -> str:
    """Where the store is by flag, variable, file or platform; absolute."""
    from weft.system.lean import os
    from weft.system.userdirs import cache_dir

    chosen = context.settings.cache_dir
    if chosen is None:
        return cache_dir(context.environ, context.platform)
    return os.path.join(context.cwd, chosen)


def _temporary_root() -> str:
    from tempfile import mkdtemp

    return mkdtemp(prefix="weft-cache-")
