"""From a resolution to a changed environment.

Owns the plan for one environment, what a dry run says of it, and carrying it out: fetch first, so
that a failure there leaves the environment as it was; then remove, then link.
"""

from __future__ import annotations

import time

from weft.core.events import Change, Summary
from weft.install.plan import Plan, PlanOptions, Present, Wanted, changes, make_plan
from weft.ops.environment_lock import may_write
from weft.ops.gathering import Gathering

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.distribution import CachedWheel, InstalledDist
    from weft.install.target import Target
    from weft.install.wheel import WheelExtras
    from weft.ops.answers import Answer
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.store.manifest import Manifest

SEEDS = frozenset(("pip", "uv", "weft"))
OLD_SEEDS = frozenset(("setuptools", "wheel"))


class Application:
    """One change of one environment: decided, told or carried out.

    With `strict_sources` what an index should give does not stay if it came from elsewhere.
    """

    def __init__(
        self,
        context: Context,
        session: Session,
        target: Target,
        *,
        answer: Answer,
        wants: Wants,
        judged: Judged,
        building: Building,
        strict_sources: bool = False,
    ) -> None:
        self._context = context
        self._session = session
        self._target = target
        self._strict_sources = strict_sources
        self._answer = answer
        self._wants = wants
        self._judged = judged
        self._building = building
        self._gathering = Gathering(context, session, answer=answer, wants=wants, building=building)
        self._plan = Plan((), (), (), (), ())
        self.placed: dict[str, CachedWheel] = {}
        """The wheels that come, by name, as far as they are known."""
        self._began = time.monotonic()

    def decide(self, installed: Sequence[InstalledDist]) -> None:
        """Make the plan; looks into the store, changes nothing."""
        packages = self._answer.resolution.packages
        wanted = [self._wanted(package.name, package.version) for package in packages]
        names = {item.name: item for item in wanted}
        tags = frozenset(self._judged.tags)
        present = [
            _present(dist, names[dist.name], tags) if dist.name in names else Present(dist)
            for dist in installed
        ]
        options = self._options(installed)
        rough = make_plan(wanted, present, {}, options)
        coming = [str(item.name) for item in rough.fetch]
        cached = self._gathering.cached(coming, used=may_write(self._context))
        self._plan = make_plan(wanted, present, cached, options)  # type: ignore[arg-type]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return self._plan.is_empty

    @property
    def only_adds(self) -> bool:
        """Whether all that is done is to put wheels of an index into the environment."""
        plan = self._plan
        stays = not (plan.keep or plan.replace or plan.remove)
        return stays and not self._gathering.sources and len(self.placed) == self._coming()

    def _coming(self) -> int:
        return len(self._plan.link) + len(self._plan.fetch)

    @property
    def unplaced(self) -> frozenset[str]:
        """Names of what has to come while the answer does not say from where."""
        known = self._gathering.files.keys() | self._gathering.sources.keys()
        return frozenset(str(item.name) for item in self._plan.fetch if item.name not in known)

    def _wanted(self, name: str, version: str) -> Wanted:
        """With the state of what lies on this machine, and how it is built."""
        direct = self._answer.direct.get(name)
        return Wanted(
            name,  # type: ignore[arg-type]
            version,
            direct.direct_url if direct else None,
            self._gathering.cache_info(name),
            self._gathering.build_info(name),
        )

    def _options(self, installed: Sequence[InstalledDist]) -> PlanOptions:
        settings = self._context.settings
        seeds: frozenset[str] = frozenset()
        if settings.exact and self._keeps_seeds():
            old = tuple(map(int, self._judged.python.split(".")[:2])) < (3, 12)
            seeds = SEEDS | OLD_SEEDS if old else SEEDS
        return PlanOptions(
            reinstall=settings.reinstall,
            reinstall_packages=frozenset((*settings.reinstall_package, *self._built_again())),
            exact=settings.exact,
            seeds=seeds,
            strict_sources=self._strict_sources,
        )

    def _built_again(self) -> list[str]:
        """Directories that the user named: they may have changed where nobody looks."""
        fresh = self._building.fresh
        return [name for name, direct in self._answer.direct.items() if direct.source in fresh]

    def _keeps_seeds(self) -> bool:
        """Seed packages are nobody's extra, unless weft or uv made the environment without."""
        from weft.python.interpreter import read_configuration

        configuration = read_configuration(self._target.prefix)
        ours = "weft" in configuration or "uv" in configuration
        return not ours or configuration.get("seed") == "true"

    def _removed(self) -> list[InstalledDist]:
        return [*self._plan.replace, *self._plan.remove]

    def _changes(self) -> tuple[Change, ...]:
        from weft.python.installed import origin_of

        removed = [(str(d.name), d.version, origin_of(d)) for d in self._removed()]
        coming = [*(item for item, _ in self._plan.link), *self._plan.fetch]
        added = [
            (str(item.name), item.version, item.direct_url.shown if item.direct_url else "")
            for item in sorted(coming, key=lambda item: item.name)
        ]
        return changes(removed, added)

    def tell(self) -> tuple[Change, ...]:
        """`--dry-run` and `--check`: what would happen."""
        sink = self._context.sink
        if self._plan.is_empty:
            from weft.core.events import Note

            sink(self._checked())
            sink(Note("Would make no changes"))
            return ()
        removed, coming = len(self._removed()), self._coming()
        self.placed = {str(item.name): wheel for item, wheel in self._plan.link}
        for verb, count in (
            ("Would download", len(self._plan.fetch)),
            ("Would uninstall", removed),
            ("Would install", coming),
        ):
            if count:
                sink(Summary(verb, count, None))
        return self._changes()

    def _checked(self) -> Summary:
        """What there was to do instead of changes: deciding that none are due."""
        return Summary("Checked", len(self._plan.keep), time.monotonic() - self._began)

    def carry_out(self) -> tuple[Change, ...]:
        """Do it. Raises before the environment is touched where fetching fails."""
        told: tuple[Change, ...] = ()
        if self._plan.is_empty:
            self._context.sink(self._checked())
            return told
        told = self._changes()
        receipts = []
        manifests: dict[str, Manifest] = {}
        known = frozenset(str(item.name) for item, _ in self._plan.link)
        for number, names in enumerate(self._phases()):
            from weft.ops.placing import Placing

            placing = Placing(self._context, self._session, self._target, self._fetch(names))
            leaving = [dist for dist in self._plan.replace if dist.name in names]
            leaving += self._plan.remove if not number else ()
            if leaving:
                placing.read_all()
            self._remove(leaving)
            if names:
                receipts.append(placing.install(self._extras, known=known, removed=leaving))
                manifests.update(placing.manifests)
        if receipts:
            from weft.link.receipt import Receipt
            from weft.ops.receipts import tell_receipt

            tell_receipt(self._context, Receipt.merge(receipts))
        self._compile(manifests)
        return told

    def _phases(self) -> list[set[str]]:
        """What comes, in the order of its coming.

        What is built in this very environment waits until everything else is there.
        """
        coming = {str(item.name) for item, _ in self._plan.link}
        coming.update(str(item.name) for item in self._plan.fetch)
        late = {
            str(item.name)
            for item in self._plan.fetch
            if item.name in self._gathering.sources
            and not self._building.orders(self._gathering.sources[item.name]).isolated
        }
        return [coming - late, late] if late and coming - late else [coming]

    def _fetch(self, names: set[str]) -> dict[str, CachedWheel]:
        wheels = {str(item.name): wheel for item, wheel in self._plan.link if item.name in names}
        self.placed.update(wheels)
        missing = [str(item.name) for item in self._plan.fetch if item.name in names]
        if not missing:
            return wheels
        from weft.ops.loading import load_installing

        start = time.monotonic()
        load_installing()  # others are at work already, most often
        wheels.update(self._gathering.fetch(missing))
        self.placed.update(wheels)
        self._building.rest()
        self._session.rest()  # linking forks
        self._context.sink(Summary("Prepared", len(missing), time.monotonic() - start))
        return wheels

    def _remove(self, removed: list[InstalledDist]) -> None:
        if not removed:
            return
        from weft.install.uninstall import uninstall_all

        start = time.monotonic()
        uninstall_all(self._target, removed, sink=self._context.sink)
        self._context.sink(Summary("Uninstalled", len(removed), time.monotonic() - start))

    def _extras(self, name: str, wheel: CachedWheel) -> WheelExtras:
        """What is written beside the wheel's own files."""
        from weft.install.wheel import WheelExtras

        direct = self._answer.direct.get(name)
        cache_info, build_info = self._gathering.recorded(name, wheel)
        return WheelExtras(
            requested=True,
            direct_url=direct.direct_url if direct else None,
            installer="" if self._context.settings.no_installer_metadata else "weft",
            cache_info=cache_info,
            build_info=build_info,
        )

    def _compile(self, manifests: dict[str, Manifest]) -> None:
        settings = self._context.settings
        if not settings.compile_bytecode or not manifests:
            return
        from weft.install.bytecode import compile_files, source_files

        start = time.monotonic()
        compiled = compile_files(
            self._target,
            source_files(self._target, manifests.values()),
            environ=self._context.environ,
            file_timeout=settings.compile_bytecode_timeout,
        )
        seconds = time.monotonic() - start
        self._context.sink(Summary("Bytecode compiled", compiled.files, seconds, noun="file"))


def _present(dist: InstalledDist, wanted: Wanted, tags: frozenset[str]) -> Present:
    """Files are read only where their content counts for what is wanted."""
    from weft.python.installed import direct_url, supports

    cache_info = build_info = None
    if wanted.build_info is not None or wanted.cache_info is not None:
        from weft.install.origins import facts_of

        cache_info, build_info = facts_of(dist)
    return Present(dist, direct_url(dist), supports(dist, tags), cache_info, build_info)
