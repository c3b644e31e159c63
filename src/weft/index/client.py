"""The index client: what the rest of weft asks about indexes.

Owns one run's view of them: each page, each METADATA and each file is got once, whichever threads
ask. Refuses to choose between indexes and between files; `fetch` does.
"""

from __future__ import annotations

from weft.core.events import silent
from weft.index.once import Once
from weft.index.pages import Pages
from weft.index.shelf import Shelf, incomplete, metadata_name
from weft.index.urls import local_path
from weft.store.layout import origin_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from weft.core.distribution import File, Hashes
    from weft.core.events import Sink
    from weft.core.metadata import Metadata, PackedMetadata
    from weft.index.flat import Projects
    from weft.index.ledger import Ledger
    from weft.index.locations import IndexLocation, Locations
    from weft.index.metadata import MetadataSource
    from weft.index.scratch import Scratch
    from weft.index.shelf import Store
    from weft.index.simple import PackedPage
    from weft.index.transport import Transport


class IndexClient:
    """Thread-safe. `close` it at the end.

    With `refresh` every page is asked for again however fresh, with `refresh_packages` those of
    these projects (normalized names). `now` is the start of the run in epoch seconds. `scratch`
    makes the directory for wheels that had to be fetched whole for their metadata; without it
    they go to the system's directory for temporary files. `worker` answers the messages of
    `weft.index.pagework`, in another process. `held` knows METADATA of wheels that are on this
    machine, None for others; it is asked before a server is. `told` knows METADATA that the user
    has written down; it goes before everything else, and is not kept.
    """

    def __init__(
        self,
        store: Store,
        transport: Transport,
        *,
        locations: Locations,
        refresh: bool = False,
        refresh_packages: Container[str] = (),
        offline: bool = False,
        now: float,
        sink: Sink = silent,
        scratch: Callable[[], str] | None = None,
        worker: Callable[[bytes], bytes] | None = None,
        held: Callable[[File], PackedMetadata | None] = lambda _file: None,
        told: Callable[[File], PackedMetadata | None] | None = None,
    ) -> None:
        from time import monotonic

        started = monotonic()
        self.locations = locations
        self._transport = transport
        self._refresh = refresh
        self._refresh_packages = refresh_packages
        self._sink = sink
        self._make_scratch = scratch
        self._held = held
        self._told = told
        self._shelf = Shelf(store)
        self._pages = Pages(
            self._shelf,
            transport,
            offline=offline or transport.offline,
            clock=lambda: now + monotonic() - started,
            worker=worker,
        )
        self._once = Once()
        self._hashes: dict[str, Hashes] = {}
        self._origins: dict[str, str] = {}
        self._source: MetadataSource | None = None
        self._store = store
        self._started = now
        self._ledger: Ledger | None = None

    # Pages.

    def open_ledger(self, key: str) -> bool:
        """Whether pages come with what was chosen from them by the rules that `key` stands for.

        The first key of a run decides.
        """
        if self._ledger is None:
            from weft.index.ledger import Ledger

            self._ledger = Ledger(self._store, key, started=self._started, read=self._read_page)
        return self._ledger.key == key

    def save_ledger(self) -> None:
        """Keep what was chosen; to be called when an answer was found."""
        if self._ledger is not None:
            self._ledger.save()

    def page(self, location: IndexLocation, project: str) -> PackedPage | None:
        """The page of a project (normalized name), None where the index does not have it.

        Without a network: None where the cache does not have it. Raises `IndexRefused` (401, 403:
        the search must stop here; it has hints), `ContentTypeRefused`, `PageError`,
        `FetchFailure` and `RetriesExhausted`.
        """
        return self._once.get(
            ("page", location.url, project), lambda: self._load_page(location, project)
        )

    def is_cached(self, location: IndexLocation, project: str) -> bool:
        """Whether `page` can answer without a request."""
        if ("page", location.url, project) in self._once:
            return True
        if location.format == "flat" or location.url.startswith("file:"):
            return True
        refresh = self._refreshes(project)
        key = self._page_key(location, project)
        if self._ledger is not None:
            noted = self._ledger.find(key, location.url)
            if noted is not None and self._pages.is_usable(noted[0], refresh=refresh):
                return True
        return self._pages.is_usable(self._pages.kept(key), refresh=refresh)

    def pages_read(self) -> list[tuple[str, int]] | None:
        """What `Pages.read` says: the pages in the store that answers were made from."""
        return self._pages.read()

    def find_links(self, project: str) -> tuple[File, ...]:
        """The files of a project in all find-links locations, in their order.

        Raises `FindLinksFailure`.
        """
        from weft.index.simple.packed import FileMaker

        files: list[File] = []
        for location in self.locations.find_links:
            page = self._flat(location).get(project)
            if page is not None:
                files += map(FileMaker(page.url, location.url).make, page.rows)
        return tuple(files)

    def _load_page(self, location: IndexLocation, project: str) -> PackedPage | None:
        if location.format == "flat":
            return self._load_flat(location, project)

        def packed(body: bytes, url: str, kind: str) -> bytes:
            from weft.index.simple import read

            return read(body, url, kind=kind, project=project)

        key = self._page_key(location, project)
        refresh = self._refreshes(project)
        noted = self._find_in_ledger(key, location.url, refresh=refresh)
        if noted is not None:
            return noted
        for again in (False, True):
            kept = self._pages.get(
                key,
                location.page_url(project),
                location=location,
                refresh=refresh or again,
                pack=packed,
                project=project,
            )
            if kept is None:
                return None
            page = self._shelf.page(key, kept, index=location.url)
            if page is not None:
                if self._ledger is not None and self._pages.kept(key) is kept:
                    self._ledger.add(key, location.url, kept=kept, page=page)
                return page
            self._pages.forget(key)  # damaged: ask for it as if it were not there
        return None

    def _find_in_ledger(self, key: str, index: str, *, refresh: bool) -> PackedPage | None:
        if self._ledger is None:
            return None
        found = self._ledger.find(key, index)
        if found is None or not self._pages.is_usable(found[0], refresh=refresh):
            return None
        self._pages.note(key, found[0])
        return found[1]

    def _read_page(self, key: str, index: str) -> PackedPage:
        """A page of the store that is known to have been there."""
        kept = self._shelf.read(key)
        page = self._shelf.page(key, kept, index=index) if kept is not None else None
        if page is None:
            raise incomplete(key)
        return page

    def _load_flat(self, location: IndexLocation, project: str) -> PackedPage | None:
        from weft.index.simple import PackedPage, pack

        page = self._flat(location).get(project)
        if page is None:
            return None
        return PackedPage.load(pack(page, project), index=location.url)

    def _flat(self, location: IndexLocation) -> Projects:
        from weft.index.flat import read_flat

        return self._once.get(
            ("flat", location.url),
            lambda: read_flat(location, self._pages, refresh=self._refresh),
        )

    def _refreshes(self, project: str) -> bool:
        return self._refresh or project in self._refresh_packages

    # Metadata.

    def metadata(self, file: File) -> PackedMetadata:
        """METADATA of a wheel as `weft.core.metadata.pack` gives it.

        From the cache, else from the metadata file, from a part of the wheel, or from the whole
        wheel, which `download` then has already. Raises `MetadataMismatch`, `ZipFailure`,
        `MetadataError`, `Offline` and the failures of requests.
        """
        return self._once.get(("metadata", file.url), lambda: self._load_metadata(file))

    def _load_metadata(self, file: File) -> PackedMetadata:
        told = self._told(file) if self._told is not None else None
        if told is not None:
            return told
        if self._ledger is not None:
            noted = self._ledger.metadata(file.index, file.url)
            if noted is not None:
                return noted
        key = f"{self._origin(file.index)}/{metadata_name(file)}"
        found = self._shelf.metadata(key)
        if found is None:
            from weft.core.metadata import pack

            found = self._held(file) or pack(self._read_metadata(file))
            self._shelf.write_metadata(key, found)
        if self._ledger is not None and local_path(file.url) is None:
            self._ledger.add_metadata(key.rpartition("/")[0], file.url, found)
        return found

    def _read_metadata(self, file: File) -> Metadata:
        from weft.index.metadata import MetadataSource, check, read_local

        path = local_path(file.url)
        if path is not None:
            return check(file, read_local(path, file.filename))
        if self._source is None:
            self._source = MetadataSource(self._transport, self._wheels())
        return self._source.fetch(file)

    def _wheels(self) -> Scratch:
        from weft.index.scratch import Scratch

        return self._once.get("scratch", lambda: Scratch(self._transport, self._make_scratch))

    # Files.

    def download(
        self,
        file: File,
        directory: str,
        progress: Callable[[int], None] | None = None,
        *,
        name: str = "",
        sink: Sink | None = None,
    ) -> str:
        """The path of a complete file whose size and digest are those that the index says.

        It is in `directory`, but a file of this machine (`file://`) is where it always was, and
        not to be moved. A second call for the same file answers with the path of the first.
        `progress` and the events for `sink` tell of bytes. See `weft.index.download.download`.
        """
        return self._once.get(
            ("file", file.url),
            lambda: self._download(file, directory, progress, name=name, sink=sink or self._sink),
        )

    def hashes(self, path: str) -> Hashes:
        """What a file that was downloaded by this run hashes to; nothing for other paths."""
        return self._hashes.get(path, ())

    def _download(
        self,
        file: File,
        directory: str,
        progress: Callable[[int], None] | None,
        *,
        name: str,
        sink: Sink,
    ) -> str:
        from weft.core.events import DownloadEnded, DownloadProgress, DownloadStarted
        from weft.index.download import check_local, download

        path = local_path(file.url)
        if path is not None:
            check_local(file, path)
            return path

        def report(received: int) -> None:
            sink(DownloadProgress(file.url, received))
            if progress is not None:
                progress(received)

        def answered(size: int | None) -> None:
            sink(DownloadStarted(file.url, name or file.filename, size))

        found = self._wheels().take(file, directory)
        if found is None:
            known = file.size is not None
            if known:
                answered(file.size)
            try:
                found = download(
                    self._transport,
                    file,
                    directory,
                    progress=report,
                    answered=None if known else answered,
                )
            finally:
                sink(DownloadEnded(file.url))
        self._hashes[found.path] = found.hashes
        return found.path

    def close(self) -> None:
        """Give back connections and temporary files; to be called when no request is under way."""
        self._transport.close()
        if "scratch" in self._once:
            self._wheels().close()

    # Keys.

    def _page_key(self, location: IndexLocation, project: str) -> str:
        return f"{self._origin(location.url)}/{project}"

    def _origin(self, url: str) -> str:
        """`origin_key`, made once for each of the few indexes."""
        known = self._origins.get(url)
        if known is None:
            known = self._origins[url] = origin_key(url)
        return known
