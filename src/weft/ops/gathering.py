"""From chosen versions to wheels in the store.

Owns the question, for each package of an answer, whether the store has its wheel, and getting the
others: files by `fetch.prepare`, sources by `fetch.builder`. Refuses to resolve and to install.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.distribution import CachedWheel, File
    from weft.core.source import Source
    from weft.fetch.stored import Wanted
    from weft.ops.answers import Answer
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.wants import Wants


def sdist(name: str, version: str, file: File, wants: Wants) -> Source:
    """The source distribution of an index; equal for the resolver and for what comes after it."""
    from weft.core.source import Source

    return Source(
        "sdist", file.url, name, version, file, settings=wants.config_settings.get(name, ())
    )


class NotDownloaded(WeftError):
    """A file of the project `name` could not be had, or is not what it should be.

    `why` says how the project came to be wanted, if that is known.
    """

    def __init__(self, wanted: Wanted, cause: WeftError) -> None:
        super().__init__(exit_code=cause.exit_code)
        self.name = wanted.name
        self.version = wanted.version
        self.url = "" if wanted.file.index else wanted.file.url
        self.why: str | None = None
        self.__cause__ = cause

    @property
    def message(self) -> str:
        from weft.index.urls import redact

        place = f" @ {redact(self.url)}" if self.url else f"=={self.version}"
        return f"Failed to download `{self.name}{place}`"

    @property
    def hints(self) -> tuple[str, ...]:
        inner = self.__cause__.hints if isinstance(self.__cause__, WeftError) else ()
        return (self.why, *inner) if self.why is not None else inner


class Gathering:
    """The wheels of one answer. `files` and `sources` are by name; installed ones have neither."""

    def __init__(
        self,
        context: Context,
        session: Session,
        *,
        answer: Answer,
        wants: Wants,
        building: Building,
    ) -> None:
        self._context = context
        self._session = session
        self._building = building
        self._hashes = wants.hashes
        self.files: dict[str, Wanted] = {}
        self.sources: dict[str, Source] = {}
        from weft.fetch.stored import Wanted

        for package in answer.resolution.packages:
            name, file = package.name, answer.files.get(package.name)
            direct = answer.direct.get(name)
            if direct is not None and direct.source is not None:
                self.sources[name] = direct.source
            elif file is None:
                continue
            elif file.filename.endswith(".whl"):
                self.files[name] = Wanted(name, package.version, file, self._allowed(name))
            else:
                self.sources[name] = sdist(name, package.version, file, wants)

    def _allowed(self, name: str) -> frozenset[str]:
        return self._hashes.get(name, frozenset())

    def cache_info(self, name: str) -> bytes | None:
        """The state of what lies on this machine, None for what comes from elsewhere."""
        source = self.sources.get(name)
        if source is not None:
            return self._building.builder.cache_info(source) or None
        file = self.files.get(name)
        if file is None or file.file.index or not file.file.url.startswith("file:"):
            return None
        from weft.index.urls import local_path
        from weft.project.cache_info import file_cache_info

        return file_cache_info(local_path(file.file.url) or "").to_json()

    def build_info(self, name: str) -> bytes | None:
        """What a source is built with, None for what is not built."""
        source = self.sources.get(name)
        return None if source is None else self._building.builder.build_info(source)

    def recorded(self, name: str, wheel: CachedWheel) -> tuple[bytes | None, bytes | None]:
        """What was true of the state and the build when the wheel was made."""
        if name not in self.sources:
            return self.cache_info(name), None
        from weft.store.built import built_info

        info, build = built_info(self._session.store, wheel)
        # The wheel is that of an archive's content, which may have been in another file then.
        return (self.cache_info(name) if self.sources[name].kind == "archive" else info), build

    def cached(self, names: Iterable[str], *, used: bool = True) -> dict[str, CachedWheel]:
        """What the store has of these; protected from a prune, if it is to be `used`."""
        from weft.fetch.stored import stored

        found: dict[str, CachedWheel] = {}
        store, fetched = self._session.store, self._session.has_fetched
        for name in names:
            file = self.files.get(name)
            if file is None:
                wheel = self._built(name)
            else:
                wheel = None if fetched(file) else stored(store, file)
            if wheel is not None:
                found[name] = wheel
        if not used:
            return found
        gone = self._session.cache.protect(wheel.entry for wheel in found.values())
        return {name: wheel for name, wheel in found.items() if wheel.entry not in gone}

    def _built(self, name: str) -> CachedWheel | None:
        source = self.sources.get(name)
        if source is None:
            return None
        return self._building.builder.cached(source, allowed=self._allowed(name))

    def fetch(self, names: Iterable[str]) -> dict[str, CachedWheel]:
        """Get these, whatever it takes. Raises the first failure."""
        names = list(names)
        files = [self.files[name] for name in names if name in self.files]
        wheels = self._download(files) if files else {}
        sources = [name for name in names if name in self.sources]
        if sources:
            wheels.update(self._build(sources))
        return wheels

    def _download(self, files: list[Wanted]) -> dict[str, CachedWheel]:
        preparation = self._session.preparation()
        try:
            return preparation.run(files)
        except WeftError as error:
            if preparation.failed is None:
                raise
            raise NotDownloaded(preparation.failed, error) from error

    def _build(self, names: list[str]) -> dict[str, CachedWheel]:
        """Longest builds are unknown: they begin by name, as many as builds may run at once."""
        builder = self._building.builder

        def work(name: str) -> CachedWheel:
            return builder.wheel(self.sources[name], allowed=self._allowed(name))

        results = self._building.in_threads([lambda name=name: work(name) for name in names])  # type: ignore[misc]
        return dict(zip(names, results, strict=True))  # type: ignore[arg-type]

    def all(self) -> dict[str, CachedWheel]:
        """Every wheel of the answer, for an environment of its own; builds one after the other.

        May be called in any thread, also while other packages are being prepared.
        """
        names = sorted({*self.files, *self.sources})
        wheels = self.cached(names)
        files = [self.files[name] for name in names if name in self.files and name not in wheels]
        if files:
            preparation = self._session.another_preparation(self._context.sink)
            wheels.update(preparation.run(files))
        for name in names:
            if name in self.sources and name not in wheels:
                wheels[name] = self._building.builder.wheel(
                    self.sources[name], allowed=self._allowed(name)
                )
        return wheels
