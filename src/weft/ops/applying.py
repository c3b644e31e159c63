"""From a resolution to a changed environment.

Owns the plan for one environment, what a dry run says of it, and carrying it out: fetch first, so
that a failure there leaves the environment as it was; then remove, then link.
"""

from __future__ import annotations

import time

from weft.core.errors import WeftError
from weft.core.events import Change, PhaseEnded, PhaseStarted, Summary, Warned
from weft.install.plan import Plan, PlanOptions, Present, Wanted, changes, make_plan
from weft.ops.policy import check_policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.distribution import CachedWheel, InstalledDist
    from weft.fetch.prepare import Wanted as WantedFile
    from weft.install.target import Target
    from weft.link.receipt import Fallback, Receipt
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.resolving import Answer
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.store.filling import Filled
    from weft.store.manifest import Manifest
    from weft.store.members import Cache

SEEDS = frozenset(("pip", "uv", "weft"))
OLD_SEEDS = frozenset(("setuptools", "wheel"))


class Application:
    """One change of one environment: decided, told or carried out."""

    def __init__(
        self,
        context: Context,
        session: Session,
        target: Target,
        *,
        answer: Answer,
        wants: Wants,
        judged: Judged,
    ) -> None:
        self._context = context
        self._session = session
        self._target = target
        self._answer = answer
        self._wants = wants
        self._judged = judged
        self._files: dict[str, WantedFile] = {}
        self._plan = Plan((), (), (), (), ())

    def decide(self, installed: Sequence[InstalledDist]) -> None:
        """Make the plan; looks into the store, changes nothing."""
        from weft.fetch.prepare import Wanted as WantedFile
        from weft.fetch.prepare import stored
        from weft.python.installed import direct_url, supports

        wanted: list[Wanted] = []
        cached: dict[str, CachedWheel] = {}
        names = set()
        for package in self._answer.resolution.packages:
            direct = self._answer.direct.get(package.name)
            wanted.append(
                Wanted(
                    package.name,  # type: ignore[arg-type]
                    package.version,
                    direct.direct_url if direct else None,
                )
            )
            names.add(package.name)
            chosen = self._answer.files.get(package.name)
            if chosen is not None:
                hashes = self._wants.hashes.get(package.name, frozenset())
                self._files[package.name] = WantedFile(
                    package.name, package.version, chosen, hashes
                )
        tags = frozenset(self._judged.tags)
        present = [
            Present(dist, direct_url(dist), supports(dist, tags))
            if dist.name in names
            else Present(dist)
            for dist in installed
        ]
        options = self._options(installed)
        rough = make_plan(wanted, present, {}, options)
        for item in rough.fetch:
            file = self._files.get(item.name)
            if file is None or self._session.has_fetched(file):
                continue
            found = stored(self._session.store, file)
            if found is not None:
                cached[item.name] = found
        gone = self._session.cache.protect(wheel.entry for wheel in cached.values())
        cached = {name: wheel for name, wheel in cached.items() if wheel.entry not in gone}
        self._plan = make_plan(wanted, present, cached, options)  # type: ignore[arg-type]

    def _options(self, installed: Sequence[InstalledDist]) -> PlanOptions:
        settings = self._context.settings
        seeds: frozenset[str] = frozenset()
        if settings.exact and self._keeps_seeds():
            old = tuple(map(int, self._judged.python.split(".")[:2])) < (3, 12)
            seeds = SEEDS | OLD_SEEDS if old else SEEDS
        return PlanOptions(
            reinstall=settings.reinstall,
            reinstall_packages=frozenset(settings.reinstall_package),
            exact=settings.exact,
            seeds=seeds,
        )

    def _keeps_seeds(self) -> bool:
        """Seed packages are nobody's extra, unless weft or uv made the environment without."""
        from weft.python.interpreter import read_configuration

        configuration = read_configuration(self._target.prefix)
        ours = "weft" in configuration or "uv" in configuration
        return not ours or configuration.get("seed") == "true"

    def _removed(self) -> list[InstalledDist]:
        return [*self._plan.replace, *self._plan.remove]

    def _changes(self) -> tuple[Change, ...]:
        from weft.ops.pip_install import origin_of

        removed = [(str(d.name), d.version, origin_of(d)) for d in self._removed()]
        coming = [*(item for item, _ in self._plan.link), *self._plan.fetch]
        added = [
            (str(item.name), item.version, item.direct_url.url if item.direct_url else "")
            for item in sorted(coming, key=lambda item: item.name)
        ]
        return changes(removed, added)

    def tell(self) -> tuple[Change, ...]:
        """`--dry-run` and `--check`: what would happen."""
        sink = self._context.sink
        if self._plan.is_empty:
            from weft.core.events import Note

            sink(Summary("Checked", len(self._plan.keep), 0.0))
            sink(Note("Would make no changes"))
            return ()
        removed = len(self._removed())
        coming = len(self._plan.link) + len(self._plan.fetch)
        for verb, count in (
            ("Would download", len(self._plan.fetch)),
            ("Would uninstall", removed),
            ("Would install", coming),
        ):
            if count:
                sink(Summary(verb, count, None))
        return self._changes()

    def carry_out(self) -> tuple[Change, ...]:
        """Do it. Raises before the environment is touched where fetching fails."""
        told: tuple[Change, ...] = ()
        if self._plan.is_empty:
            start = time.monotonic()
            count = len(self._plan.keep)
            self._context.sink(Summary("Checked", count, time.monotonic() - start))
            return told
        wheels = self._fetch()
        told = self._changes()
        filled = self._session.cache.ensure(
            [wheel.entry for wheel in wheels.values()], self._session.serving
        )
        manifests = {name: filled.manifest(wheel.entry) for name, wheel in wheels.items()}
        check_policy(self._context.settings, self._target, filled, wheels=wheels)
        self._remove()
        self._link(wheels, manifests, filled)
        self._compile(manifests)
        return told

    def _fetch(self) -> dict[str, CachedWheel]:
        wheels = {str(item.name): wheel for item, wheel in self._plan.link}
        if not self._plan.fetch:
            return wheels
        start = time.monotonic()
        preparation = self._session.preparation()
        wheels.update(preparation.run([self._files[item.name] for item in self._plan.fetch]))
        self._session.rest()  # linking forks
        count = len(self._plan.fetch)
        self._context.sink(Summary("Prepared", count, time.monotonic() - start))
        return wheels

    def _remove(self) -> None:
        removed = self._removed()
        if not removed:
            return
        from weft.install.uninstall import uninstall_all

        start = time.monotonic()
        uninstall_all(self._target, removed, sink=self._context.sink)
        self._context.sink(Summary("Uninstalled", len(removed), time.monotonic() - start))

    def _link(
        self, wheels: dict[str, CachedWheel], manifests: dict[str, Manifest], filled: Filled
    ) -> None:
        if not wheels:
            return
        from weft.install.wheel import WheelExtras, install_wheels

        settings = self._context.settings
        if settings.link_mode == "symlink" and settings.no_cache:
            raise WeftError(
                "Symlink-based installation is not supported with `--no-cache`. The created "
                "environment will be rendered unusable by the removal of the cache."
            )
        start = time.monotonic()
        self._record_root(wheels, settings.link_mode)  # before the first link: it may be the last
        self._context.sink(PhaseStarted("Installing wheels...", len(wheels)))
        rows = []
        for name, wheel in sorted(wheels.items()):
            direct = self._answer.direct.get(name)
            extras = WheelExtras(
                requested=True,
                direct_url=direct.direct_url if direct else None,
                installer="" if settings.no_installer_metadata else "weft",
            )
            rows.append((wheel, manifests[name], extras))
        try:
            receipt = install_wheels(
                self._target,
                rows,
                store=filled,
                mode=settings.link_mode,  # type: ignore[arg-type]
                workers=settings.concurrent_installs or 2,
                sink=self._context.sink,
            )
        finally:
            self._context.sink(PhaseEnded())
        # One symbolic link is enough for an environment to need the store.
        mode = max(receipt.bytes, key=receipt.bytes.__getitem__, default="copy")
        mode = "symlink" if "symlink" in receipt.files else mode
        if mode != settings.link_mode:
            self._record_root(wheels, mode)
        self._tell_receipt(receipt)
        self._context.sink(Summary("Installed", len(wheels), time.monotonic() - start))

    def _record_root(self, wheels: dict[str, CachedWheel], mode: str) -> None:
        """An environment with links is a root: what it uses is not unused."""
        from weft.store.roots import record

        names = [str(dist.name) for dist in self._removed()]
        forget(self._session.cache, self._target.prefix, names)
        entries = tuple(sorted(wheel.entry for wheel in wheels.values()))
        record(self._session.store, self._target.prefix, entries, mode=mode)

    def _tell_receipt(self, receipt: Receipt) -> None:
        from weft.core.events import Debug

        settings = self._context.settings
        if settings.receipt is not None:
            import json
            import os

            from weft.system.files import write_output

            path = os.path.join(self._context.cwd, settings.receipt)
            write_output(path, json.dumps(receipt.to_json(), indent=2).encode() + b"\n")
        if settings.verbose:
            for line in receipt_lines(receipt):
                self._context.sink(Debug(line))
        warning = receipt.copy_warning(settings.link_mode)  # type: ignore[arg-type]
        if warning is not None:
            self._context.sink(Warned(warning[0], (warning[1],)))

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


def forget(cache: Cache, environment: str, names: Sequence[str]) -> None:
    """An environment no longer uses the entries of these projects."""
    if not names:
        return
    from weft.store.roots import find, record

    root = find(cache.home, environment)
    if root is None:
        return
    gone = []
    for entry, _ in root.entries:
        store = cache.find_entry(entry)
        if store is None:
            continue  # it may be on a disk that is absent
        try:
            if str(store.manifest(entry).name) in names:
                gone.append(entry)
        except WeftError:
            continue
    record(cache.home, environment, (), mode="", removed=gone)


def receipt_lines(receipt: Receipt) -> list[str]:
    """The receipt for `-v`: one line per mode, one per fall-back."""
    from weft.core.quantities import format_size, plural

    lines = [
        f"Linked by {mode}: {plural(count, 'file')}, {format_size(receipt.bytes[mode])}"
        for mode, count in receipt.files.items()
    ]
    for step in receipt.fallbacks:
        lines.append(
            f"{_step(step)} for {plural(step.files, 'file')}, {format_size(step.bytes)}, because "
            f"{step.explanation}: {step.example_path}"
        )
    return lines


def _step(step: Fallback) -> str:
    """What was done about a refusal: another mode, or the same one on another way."""
    if step.from_mode == step.to_mode:
        return f"Made {step.to_mode}s on another way"
    return f"Fell back from {step.from_mode} to {step.to_mode}"
