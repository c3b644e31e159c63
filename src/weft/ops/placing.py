"""Putting wheels that the cache has into an environment.

Owns what belongs to it besides the files: which store serves them, whether copies are allowed, the
note about the environment as a root, what may be renamed into place instead of linked, and having
that made again behind the command. Refuses to decide what comes, and to fetch it.
"""

from __future__ import annotations

import time

from weft.core.errors import WeftError
from weft.core.events import PhaseEnded, PhaseStarted, Summary
from weft.ops.policy import check_policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from weft.core.distribution import CachedWheel, InstalledDist
    from weft.install.target import Target
    from weft.install.wheel import WheelExtras
    from weft.link.receipt import Receipt
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.store.manifest import Manifest
    from weft.store.members import Cache

    Extras = Callable[[str, CachedWheel], WheelExtras]


# So many wheels that come together are worth remembering what they are, though no spares of them
# are made.
_WORTH_A_SHEET = 16


class Placing:
    """Wheels by name on their way into one target, in one go.

    Making it brings them to the store that serves the target, and asks whether what would be copied
    may be; the environment has not been touched then. Raises EntryMissing, SystemFailure and
    CopyRefused.
    """

    def __init__(
        self,
        context: Context,
        session: Session,
        target: Target,
        wheels: Mapping[str, CachedWheel],
    ) -> None:
        self._context = context
        self._session = session
        self._target = target
        self._wheels = wheels
        self._filled = session.cache.ensure(
            [wheel.entry for wheel in wheels.values()], session.serving
        )
        self._spares = session.spares(self._filled)
        self._is_known_batch = False
        self.manifests = self._read_manifests()
        check_policy(context.settings, target, self._filled, wheels=wheels)

    def _read_manifests(self) -> dict[str, Manifest]:
        """The outlines alone where that may be enough: much is to be read otherwise."""
        from weft.install.batch import recall

        entries = [wheel.entry for wheel in self._wheels.values()]
        outlines = None
        if self._spares is not None or len(entries) >= _WORTH_A_SHEET:
            outlines = recall(self._session.store, self._target, entries)
        read = self._filled.manifest
        if outlines is None:
            return {name: read(wheel.entry) for name, wheel in self._wheels.items()}
        from weft.store.outline import OutlinedManifest

        self._is_known_batch = True
        return {
            name: OutlinedManifest(wheel.entry, outlines[wheel.entry], read)
            for name, wheel in self._wheels.items()
        }

    def read_all(self) -> None:
        """Read what nobody has needed until now: before anything is removed for these wheels.

        Raises EntryMissing where it is damaged.
        """
        self.manifests = {name: each.whole() for name, each in self.manifests.items()}

    def install(
        self, extras: Extras, *, known: Container[str], removed: Sequence[InstalledDist] = ()
    ) -> Receipt:
        """Install them, and say so; how they came.

        `extras` tells what is recorded about each, `known` are the names of those that were in the
        cache before this command, `removed` what has left the target for them.
        """
        from weft.install.wheel import install_wheels

        settings = self._context.settings
        if settings.link_mode == "symlink" and settings.no_cache:
            raise WeftError(
                "Symlink-based installation is not supported with `--no-cache`. The created "
                "environment will be rendered unusable by the removal of the cache."
            )
        start = time.monotonic()
        # Before the first link: it may be the last.
        self._record_root(settings.link_mode, removed)
        self._context.sink(PhaseStarted("Installing wheels...", len(self._wheels)))
        rows = [
            (wheel, self.manifests[name], extras(name, wheel))
            for name, wheel in sorted(self._wheels.items())
        ]
        spares = self._spares
        try:
            receipt = install_wheels(
                self._target,
                rows,
                store=self._filled,
                mode=settings.link_mode,  # type: ignore[arg-type]
                workers=settings.concurrent_installs or 2,
                spares=spares,
                apart=self._is_known_batch,
                sink=self._context.sink,
            )
        finally:
            self._context.sink(PhaseEnded())
        names = {wheel.entry: str(wheel.name) for wheel in self._wheels.values()}
        if spares is not None:  # not after a failure: who has no room has none for spares
            files = {
                wheel.entry: self.manifests[name].files
                for name, wheel in self._wheels.items()
                if name in known
            }
            self._session.renew(spares, self._filled, files, target=self._target, names=names)
        elif not (self._is_known_batch or settings.no_cache or len(names) < _WORTH_A_SHEET):
            self._remember(names)
        # Only symbolic links need the store to stay, and one of them is enough for that.
        if settings.link_mode == "symlink" and "symlink" not in receipt.files:
            mode = max(receipt.bytes, key=receipt.bytes.__getitem__, default="copy")
            self._record_root(mode, removed)
        self._context.sink(Summary("Installed", len(self._wheels), time.monotonic() - start))
        return receipt

    def _remember(self, names: Mapping[str, str]) -> None:
        """What is kept behind the command where spares are made."""
        from weft.install.batch import remember

        known = {self._wheels[name].entry: each for name, each in self.manifests.items()}
        store = self._session.store
        try:
            remember(store, self._target, names, known.__getitem__, locked=True)
        except WeftError:
            return  # it only saves time

    def _record_root(self, mode: str, removed: Sequence[InstalledDist]) -> None:
        """An environment with links is a root: what it uses is not unused."""
        from weft.store.roots import record

        names = [str(dist.name) for dist in removed]
        forget(self._session.cache, self._target.prefix, names)
        projects = {wheel.entry: str(wheel.name) for wheel in self._wheels.values()}
        store = self._session.store
        record(store, self._target.prefix, projects, mode=mode, projects=projects)


def forget(cache: Cache, environment: str, names: Sequence[str]) -> None:
    """An environment no longer uses the entries of these projects."""
    if not names:
        return
    from weft.store.roots import find, record

    root = find(cache.home, environment)
    if root is None:
        return
    leaving, projects = frozenset(names), dict(root.projects)
    gone = [entry for entry, name in root.projects if name in leaving]
    for entry, _ in root.entries:
        if entry in projects:
            continue
        store = cache.find_entry(entry)
        if store is None:
            continue  # it may be on a disk that is absent
        try:
            if str(store.manifest(entry).name) in leaving:
                gone.append(entry)
        except WeftError:
            continue
    record(cache.home, environment, (), mode="", removed=gone)
