"""One source during one run: where its archive is, its unpacked tree, its back end.

Owns the way from a `Source` to a directory in which a back end can work, made at first use and
removed with the workshop. Refuses to decide whether a build is needed, and to keep what was built.
Directories are built where they are; everything else in a directory of its own, so that a build
never changes what is kept.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace
from weft.index.urls import local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.core.distribution import File
    from weft.core.events import Sink
    from weft.core.source import Source
    from weft.fetch.git import Git
    from weft.fetch.orders import Orders
    from weft.fetch.tree_build import Environments, TreeBuild
    from weft.index.client import IndexClient
    from weft.store.sources import SourceArchive
    from weft.store.staging import Staging
    from weft.store.store import Store


class Places:
    """What workshops work with: stores, the network and Git, each made at first use."""

    __slots__ = ("client", "environ", "git", "lock_timeout", "serving", "sink", "store")

    def __init__(
        self,
        store: Store,
        *,
        serving: Callable[[], Store],
        client: Callable[[], IndexClient],
        git: Callable[[], Git],
        environ: Mapping[str, str],
        sink: Sink,
        lock_timeout: float | None = None,
    ) -> None:
        self.store = store
        self.serving = serving
        self.client = client
        self.git = git
        self.environ = environ
        self.lock_timeout = lock_timeout
        self.sink = sink


class Workshop:
    """Not thread-safe: who uses it holds `lock`."""

    def __init__(
        self,
        source: Source,
        orders: Orders,
        *,
        places: Places,
        environments: Environments,
        stream: Callable[[bytes], None] | None = None,
    ) -> None:
        from _thread import allocate_lock

        self.source = source
        #: The same with the name that its metadata told, for messages.
        self.told = source
        self.orders = orders
        self.lock = allocate_lock()
        self._stream = stream
        self._places = places
        self._environments = environments
        self._staging: Staging | None = None
        self._archive: SourceArchive | None = None
        self._archive_info = b""
        self._tree = ""
        self._revision = ""
        self._build: TreeBuild | None = None

    def learn(self, name: str) -> None:
        """The metadata has told the name."""
        if not self.told.name:
            self.told = replace(self.told, name=name)

    def close(self) -> None:
        """Remove what was unpacked and built."""
        staging, self._staging = self._staging, None
        self._tree, self._build = "", None
        if staging is not None:
            staging.close()

    @property
    def scratch(self) -> Staging:
        """A directory on the file system of the store that serves."""
        if self._staging is None:
            from weft.store.staging import Staging

            self._staging = Staging(self._places.serving().staging())
        return self._staging

    @property
    def revision(self) -> str:
        """What says whether the source has changed: a commit, a digest, a state of files.

        An archive whose digest nobody told is fetched.
        """
        if not self._revision:
            self._revision = self._find_revision()
        return self._revision

    def _find_revision(self) -> str:
        source = self.source
        if source.kind == "git":
            return source.commit
        if source.kind == "directory":
            from weft.core.digest import short_digest

            return short_digest(self.cache_info().decode())
        file = source.file
        assert file is not None, "an archive has a file"
        for algorithm, digest in file.hashes if not source.is_local else ():
            if algorithm == "sha256":
                return digest
        return dict(self.archive().hashes)["sha256"]

    def cache_info(self) -> bytes:
        """`uv_cache.json` of what lies on this machine; empty for what does not."""
        source = self.source
        if not source.is_local:
            return b""
        if source.kind == "directory":
            from weft.project.cache_info import read_cache_info

            return read_cache_info(self._directory(), environ=self._places.environ).to_json()
        self.archive()
        return self._archive_info

    def archive(self, *, allowed: frozenset[str] = frozenset()) -> SourceArchive:
        """The archive, fetched at need. Raises HashMismatch against `allowed` or the index."""
        if self._archive is None:
            self._archive = self._find_archive()
        if allowed:
            self._archive.check(allowed, shown=self.source.name or self.source.url)
        return self._archive

    def _find_archive(self) -> SourceArchive:
        from weft.store.hashes import file_stamp
        from weft.store.sources import find_archive, keep_archive
        from weft.store.staging import Staging

        file, store = self.source.file, self._places.store
        assert file is not None, "an archive has a file"
        local = local_path(file.url) or ""
        if local:
            from weft.project.cache_info import file_cache_info

            self._archive_info = file_cache_info(local).to_json()  # before it is read
        stamp = file_stamp(local) if local else ""
        found = find_archive(store, self.source, stamp=stamp)
        if found is not None:
            return found
        if local:
            return keep_archive(store, local, self.source, stamp=stamp)
        client = self._places.client()
        with Staging(store.staging()) as staging:
            path = client.download(file, staging.path, name=_called(self.source, file))
            return keep_archive(store, path, self.source, computed=client.hashes(path))

    def tree(self) -> str:
        """The directory with the project, ready to be built."""
        if not self._tree:
            self._tree = self._make_tree()
        return self._tree

    def _make_tree(self) -> str:
        from weft.system.lean import os

        source = self.source
        if source.kind == "directory":
            return self._directory()
        place = os.path.join(self.scratch.path, "source")
        if source.kind == "git":
            return self._places.git().checkout(
                source.url,
                source.commit,
                place,
                subdirectory=source.subdirectory,
                lfs=source.lfs,
            )
        from weft.fetch.unpacking import BadSource, unpack_source

        archive = self.archive()
        try:
            top = unpack_source(archive.path, place, filename=archive.filename)
        except BadSource:
            from weft.store.sources import forget_archive

            forget_archive(self._places.store, source)
            raise
        return _below(top, source.subdirectory)

    def _directory(self) -> str:
        return _below(_path(self.source.url), self.source.subdirectory)

    def back_end(self) -> TreeBuild:
        """The project's back end, for as long as this workshop is open."""
        if self._build is None:
            from weft.core.events import Debug
            from weft.fetch.tree_build import BuildSettings, TreeBuild
            from weft.system.lean import os

            scratch = os.path.join(self.scratch.path, "build")
            os.makedirs(scratch, exist_ok=True)
            from weft.fetch.orders import shown

            self._build = TreeBuild(
                self.tree(),
                shown=shown(self.told),
                environments=self._environments,
                scratch=scratch,
                settings=BuildSettings(
                    self.orders.config_settings,
                    self._stream,
                    in_place=self.source.kind == "directory",
                    lock_timeout=self._places.lock_timeout,
                    trace=lambda text: self._places.sink(Debug(text)),
                ),
            )
        return self._build

    def output(self) -> str:
        """An empty directory for what is built."""
        from weft.system.lean import os

        place = os.path.join(self.scratch.path, "output")
        os.makedirs(place, exist_ok=True)
        return place


def _path(url: str) -> str:
    """The path of a source that lies on this machine."""
    path = local_path(url)
    assert path is not None, "a local source has a `file:` URL"
    return path


def _below(top: str, subdirectory: str) -> str:
    """A subdirectory that does not lead out of `top`. Raises WeftError."""
    if not subdirectory:
        return top
    from weft.system.lean import os

    place = os.path.realpath(os.path.join(top, subdirectory))
    inside = os.path.realpath(top)
    if place != inside and not place.startswith(inside + os.sep):
        raise WeftError(
            f"The subdirectory `{subdirectory}` leads out of the source tree", exit_code=1
        )
    if not os.path.isdir(place):
        raise WeftError(
            f"The source distribution is missing the subdirectory `{subdirectory}`", exit_code=1
        )
    return place


def _called(source: Source, file: File) -> str:
    return source.name or file.filename
