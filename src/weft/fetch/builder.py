"""Metadata and wheels out of sources.

Owns the order in which cheaper ways are tried: what is kept from another time, what stands in the
source, what the back end prepares, a build. Each source is asked once per run, and one source is
never built by two weft processes at once. Refuses to choose a source, and to know back ends.
Follows PEP 517, PEP 660 and PEP 643.
"""

from __future__ import annotations

from contextlib import contextmanager

from weft.core.errors import WeftError
from weft.fetch.circle import Circle
from weft.fetch.orders import (
    BadMetadata,
    BuildFailed,
    BuildRefused,
    MatchImpossible,
    PythonTooOld,
    WheelRefused,
    exit_code_of,
    shown,
)
from weft.fetch.workshop import Workshop
from weft.index.once import Once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from weft.core.distribution import CachedWheel
    from weft.core.metadata import Metadata
    from weft.core.source import Source
    from weft.fetch.orders import Orders
    from weft.fetch.tree_build import Environments
    from weft.fetch.workshop import Places
    from weft.store.sources import SourceArchive

    T = TypeVar("T")


class Builder:
    """Thread-safe. `close` removes the trees and environments of this run.

    `orders` says what a source is built with, `environments` gives the environments for that.
    `refused` tells whether building a source is forbidden; `fits`
    tells of a wheel's name whether it can be installed. What `is_fresh` is built again
    though nothing seems to have changed. `stream` hears what back ends say. `told` knows metadata
    that the user has written down. `matched` gives the versions that requirements have which have
    to be those of the target. `python` is the version of the interpreter that builds; where it is
    given, nothing is asked of a back end that is for later ones.
    """

    def __init__(
        self,
        places: Places,
        *,
        orders: Callable[[Source], Orders],
        environments: Callable[[Orders], Environments],
        refused: Callable[[Source], bool],
        fits: Callable[[str], bool],
        is_fresh: Callable[[Source], bool] = lambda _source: False,
        stream: Callable[[bytes], None] | None = None,
        told: Callable[[str, str], Metadata | None] = lambda _name, _version: None,
        matched: Callable[[Orders], str] = lambda _orders: "",
        python: str = "",
    ) -> None:
        self._places = places
        self._orders = orders
        self._environments = environments
        self._refused = refused
        self._fits = fits
        self._is_fresh = is_fresh
        self._stream = stream
        self._told = told
        self._matched = matched
        self._python = python
        self._circle = Circle()
        self._once = Once()
        self._workshops: list[Workshop] = []

    def close(self) -> None:
        """To be called when nothing is being built."""
        from weft.fetch.leftovers import close_all

        close_all(self._workshops, self._places.sink)
        self._workshops.clear()

    # What can be asked.

    def metadata(self, source: Source) -> Metadata:
        """What a wheel of this source would say. Raises BuildFailed, or its cause if unnamed."""
        return self._one("metadata", source, self._find_metadata)

    def cached(
        self, source: Source, *, allowed: frozenset[str] = frozenset()
    ) -> CachedWheel | None:
        """The wheel, if one was built of the source as it is now, and with the same orders."""
        if self._is_fresh(source):
            return None
        workshop = self._workshop(source)
        with self._circle.waiting(source), workshop.lock:
            if allowed and source.kind in ("sdist", "archive"):
                workshop.archive(allowed=allowed)
            return self._find_wheel(workshop)

    def wheel(self, source: Source, *, allowed: frozenset[str] = frozenset()) -> CachedWheel:
        """The wheel, built if need be. `allowed` are the hashes that its archive may have.

        Raises BuildFailed, or its cause where the source has no name.
        """

        def make(workshop: Workshop) -> CachedWheel:
            if allowed and source.kind in ("sdist", "archive"):
                workshop.archive(allowed=allowed)
            if not self._is_fresh(source):
                found = self._find_wheel(workshop)
                if found is not None:
                    return found
            return self._make_wheel(workshop)

        return self._one("wheel", source, make)

    def cache_info(self, source: Source) -> bytes:
        """The state of a local source, as `uv_cache.json` has it."""
        return self._workshop(source).cache_info()

    def tree(self, source: Source) -> str:
        """The directory with the project: its own, or a copy for this run."""
        workshop = self._workshop(source)
        with self._circle.waiting(source), workshop.lock:
            return workshop.tree()

    def archive(self, source: Source) -> SourceArchive:
        """The archive of a source of that kind, fetched at need."""
        return self._one("archive", source, lambda workshop: workshop.archive())

    def build_info(self, source: Source) -> bytes:
        """What a source is built with, as `uv_build.json` has it."""
        return _build_info(self._workshop(source).orders)

    # How it is done.

    def _workshop(self, source: Source) -> Workshop:
        return self._once.get(("workshop", source), lambda: self._open(source))

    def _open(self, source: Source) -> Workshop:
        orders = self._orders(source)
        workshop = Workshop(
            source,
            orders,
            places=self._places,
            environments=self._environments(orders),
            stream=self._stream,
        )
        self._workshops.append(workshop)
        return workshop

    def _one(self, what: str, source: Source, work: Callable[[Workshop], T]) -> T:
        """Once per run; the others wait, unless they are what the first one waits for."""
        with self._circle.waiting(source):
            return self._once.get((what, source), lambda: self._guarded(source, work))

    def _guarded(self, source: Source, work: Callable[[Workshop], T]) -> T:
        """The work, under the lock of the workshop, with errors that name the source."""
        workshop = self._workshop(source)
        try:
            with self._circle.working(source), workshop.lock:
                return work(workshop)
        except (PythonTooOld, WheelRefused):
            raise
        except WeftError as error:
            if not workshop.told.name:
                error.exit_code = exit_code_of(error)
                raise
            raise BuildFailed(workshop.told, error) from error

    def _shard(self, workshop: Workshop) -> str:
        from weft.store.built import shard_key

        orders = workshop.orders
        key = f"{orders.key} {self._matched(orders)}" if orders.matching else orders.key
        return shard_key(workshop.source, revision=workshop.revision, build=key)

    def _find_metadata(self, workshop: Workshop) -> Metadata:
        from weft.store.built import check_match, read_metadata, write_metadata

        source = workshop.source
        told = self._told(source.name, source.version)
        if told is not None:
            return told
        store, shard = self._places.store, self._shard(workshop)
        found = None if self._is_fresh(workshop.source) else read_metadata(store, shard)
        if found is None:
            found = self._static(workshop)
            if found is None:
                with self._locked(shard):
                    found = self._build_metadata(workshop)
            write_metadata(store, shard, found)
        check_match(workshop.source, name=found.normalized_name, version=found.version)
        workshop.learn(found.normalized_name)
        return found

    def _static(self, workshop: Workshop) -> Metadata | None:
        from weft.fetch.static_metadata import read_static

        source = workshop.source
        return read_static(
            workshop.tree(),
            name=source.name or None,
            version=source.version or None,
            packaged=source.kind in ("sdist", "archive"),
        )

    def _build_metadata(self, workshop: Workshop) -> Metadata:
        """By the hook for it, else by a whole build."""
        from weft.core.metadata import Metadata, MetadataError
        from weft.system.files import read_bytes
        from weft.system.lean import os

        self._permit(workshop.source)
        self._check_python(workshop.source)
        if workshop.orders.matching:
            raise MatchImpossible(workshop.source, sorted(workshop.orders.matching)[0])
        prepared = workshop.back_end().metadata(editable=workshop.source.editable)
        if prepared is not None:
            data = read_bytes(os.path.join(prepared, "METADATA"))
            if data is None:
                raise WeftError(
                    "The build backend prepared metadata without a `METADATA` file", exit_code=1
                )
            try:
                return Metadata.parse(data)
            except MetadataError as error:
                raise BadMetadata from error
        wheel = self._add_wheel(workshop)
        return self._manifest_metadata(wheel)

    def _manifest_metadata(self, wheel: CachedWheel) -> Metadata:
        from weft.core.metadata import unpack

        return unpack(self._places.serving().manifest(wheel.entry).metadata())

    def _find_wheel(self, workshop: Workshop) -> CachedWheel | None:
        from weft.store.built import find_built

        shard = self._shard(workshop)
        for wheel in find_built(self._places.store, shard, name=workshop.told.name):
            if self._fits(wheel.filename):
                return wheel
        return None

    def _make_wheel(self, workshop: Workshop) -> CachedWheel:
        with self._locked(self._shard(workshop)):
            if not self._is_fresh(workshop.source):  # another process may have been faster
                found = self._find_wheel(workshop)
                if found is not None:
                    return found
            return self._add_wheel(workshop)

    def _add_wheel(self, workshop: Workshop) -> CachedWheel:
        """Build, check and unpack. The caller has the lock of the shard."""
        from weft.core.events import Step
        from weft.store.built import add_built

        source = workshop.source
        shard, info = self._shard(workshop), workshop.cache_info()
        direct = self._write_directly(workshop)
        if direct is None:
            self._permit(workshop.told, WheelRefused)
        self._places.sink(Step("Building", shown(workshop.told)))
        path = direct or workshop.back_end().wheel(workshop.output(), editable=source.editable)
        wheel = add_built(
            self._places.serving(),
            path,
            shard,
            source=source,
            info=info or None,
            build_info=_build_info(workshop.orders),
        )
        if not self._fits(wheel.filename):
            raise WeftError(
                f"The built wheel `{wheel.filename}` is not compatible with the current Python",
                exit_code=1,
            )
        self._places.sink(Step("Built", shown(workshop.told)))
        return wheel

    def _write_directly(self, workshop: Workshop) -> str | None:
        """An editable wheel without a back end, for projects that ask for nothing special."""
        orders = workshop.orders
        plain = orders.isolated and not (
            orders.config_settings or orders.requires or orders.variables
        )
        if not workshop.source.editable or not plain:
            return None
        from weft.fetch.direct_editable import write_editable

        return write_editable(workshop.tree(), workshop.output())

    def _permit(self, source: Source, error: type[BuildRefused] = BuildRefused) -> None:
        if not source.editable and self._refused(source):
            raise error(source.name)

    def _check_python(self, source: Source) -> None:
        """It may be resolved for another Python than the one that is here to build."""
        from weft.resolver.candidates import python_reaches

        wanted = source.file.requires_python if source.file is not None else None
        if wanted and self._python and not python_reaches(wanted, self._python):
            raise PythonTooOld(source, wanted, python=self._python)

    @contextmanager
    def _locked(self, shard: str) -> Iterator[None]:
        """Keep other weft processes from building the same; go on where locks do not work."""
        from weft.store.built import lock_shard
        from weft.system.locks import LockUnsupported

        lock = lock_shard(self._places.store, shard)
        try:
            lock.acquire(shared=False, timeout=self._places.lock_timeout)
        except LockUnsupported:
            yield
            return
        try:
            yield
        finally:
            lock.release()


def _build_info(orders: Orders) -> bytes:
    from weft.core.build_info import BuildInfo

    return BuildInfo(
        orders.config_settings, orders.requires, orders.variables, orders.matching
    ).to_json()
