"""Environments in which back ends run.

Owns making them: in the store that serves the target, so that everything in them is a link, and
once per command for equal requirements. Refuses to run a back end. Copies are the last resort and
never an error: where a file cannot be linked, `weft.link` copies that one.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.index.once import Once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.core.distribution import CachedWheel
    from weft.core.events import Event
    from weft.fetch.build_system import Isolated
    from weft.fetch.orders import Orders
    from weft.ops.answers import Answer
    from weft.ops.build_settings import BuildLimits
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.wants import Wants
    from weft.python.interpreter import Interpreter
    from weft.resolver.report import NoSolution
    from weft.store.staging import Staging
    from weft.store.store import Store


@value
class Provided:
    """An environment for hooks: its interpreter, and the whole environment of the process."""

    python: str
    environ: Mapping[str, str]


class UnmetRequires(WeftError):
    """The requirements of a build cannot be met; the cause says why."""

    exit_code = 1

    def __init__(self, requires: Sequence[str], *, declared: bool = True) -> None:
        super().__init__()
        self.requires = tuple(requires)
        self.declared = declared

    @property
    def message(self) -> str:
        origin = "`build-system.requires`" if self.declared else "`setup.py` build"
        return f"Failed to resolve requirements from {origin}"


class NoneFound(WeftError):
    """No versions go together; the cause is the derivation."""

    def __init__(self, requires: Sequence[str], error: NoSolution) -> None:
        from weft.core.requirement import Requirement

        listed = ", ".join(f"`{Requirement.parse(text)}`" for text in requires)
        super().__init__(f"No solution found when resolving: {listed}", hints=error.hints)
        self.__cause__ = error.__cause__


class BuildEnvironments:
    """Thread-safe. `close` removes all of them."""

    def __init__(self, building: Building) -> None:
        self._building = building
        self._once = Once()
        self._stagings: list[Staging] = []
        self._linked: dict[str, tuple[Store, CachedWheel]] = {}
        self._limits: BuildLimits | None = None

    def close(self) -> None:
        """Remove them; what cannot be removed is told."""
        from weft.fetch.leftovers import close_all

        close_all(self._stagings, self._building.context.sink)
        self._stagings.clear()

    def check(self) -> None:
        """Take out of the store what back ends have changed through links into it.

        The seal prevents that, save for root and for those who do without it.
        """
        for entry, (store, wheel) in list(self._linked.items()):
            from weft.store.tampering import changed_file

            if path := changed_file(store, entry):
                store.discard(store.entry_path(entry))
                del self._linked[entry]
                self._building.context.sink(_changed(path, f"{wheel.name}=={wheel.version}"))

    @property
    def limits(self) -> BuildLimits:
        """Versions and hashes that everything builds need is kept to."""
        if self._limits is None:
            from weft.ops.build_settings import read_build_limits

            wants = self._building.wants
            found = wants.limits if wants is not None else None
            self._limits = found or read_build_limits(self._building.context)
        return self._limits

    def provide(
        self, requires: Sequence[str], *, orders: Orders, shown: str, source_tree: str
    ) -> Isolated:
        """An environment with `requires` and what the orders add. Raises UnmetRequires."""
        if not orders.isolated:
            return self._outside(orders)
        further = [text for text in orders.requires if text not in orders.matching]
        pinned = self._building.matched(orders)
        texts = tuple(dict.fromkeys((*requires, *further, *pinned)))
        lines = self._lines(texts, source_tree)
        key = tuple(sorted(lines))
        prefix, python = self._once.get(key, lambda: self._make(texts, lines, tree=source_tree))
        return Provided(python, _environ(self._building.context, prefix, python, orders=orders))

    def _outside(self, orders: Orders) -> Isolated:
        """Without isolation: the environment that is being changed, as it is."""
        interpreter = self._building.interpreter
        prefix = interpreter.prefix if interpreter.is_virtual else ""
        python = interpreter.executable
        return Provided(python, _environ(self._building.context, prefix, python, orders=orders))

    def _lines(self, texts: Sequence[str], source_tree: str) -> tuple[str, ...]:
        """Requirements with what `[tool.uv.sources]` of the project says about them."""
        from weft.project.sources import build_requires

        settings = self._building.context.settings
        return build_requires(
            texts,
            source_tree,
            no_sources=settings.no_sources,
            no_sources_packages=settings.no_sources_package,
        )

    def _make(self, texts: Sequence[str], lines: Sequence[str], *, tree: str) -> tuple[str, str]:
        """Prefix and interpreter of a new environment."""
        from weft.fetch.build_system import read_build_system
        from weft.python.environment import create
        from weft.store.staging import Staging
        from weft.system.lean import os

        building = self._building
        staging = Staging(building.session.serving.staging())
        self._stagings.append(staging)
        prefix = os.path.join(staging.path, "environment")
        interpreter = create(prefix, building.interpreter, allow_existing=True)
        if lines:
            try:
                self._fill(interpreter, lines)
            except WeftError as error:
                declared = read_build_system(tree).declared
                raise UnmetRequires(texts, declared=declared) from _told(texts, error)
        return prefix, interpreter.executable

    def _fill(self, interpreter: Interpreter, lines: Sequence[str]) -> None:
        """Resolve and link; nothing is said about it."""
        from weft.install.target import environment_target
        from weft.install.wheel import WheelExtras, install_wheels
        from weft.ops.gathering import Gathering
        from weft.ops.platforms import Judged
        from weft.ops.resolving import resolve_wants
        from weft.store.tampering import is_protected

        building = self._building
        context = _quiet(building.context)
        session = building.session
        judged = Judged(interpreter.markers, interpreter.tags, interpreter.version)
        wants = _wants(context, lines, self.limits, building.wants)
        answer = resolve_wants(
            context, session, wants, judged=judged, installed=(), building=building
        )
        if self.limits.require_hashes:
            _check_hashes(answer, self.limits)
        gathering = Gathering(context, session, answer=answer, wants=wants, building=building)
        wheels = gathering.all()
        filled = session.cache.ensure([each.entry for each in wheels.values()], session.serving)
        rows = [
            (wheel, filled.manifest(wheel.entry), WheelExtras(installer=""))
            for _, wheel in sorted(wheels.items())
        ]
        for wheel in wheels.values():
            store = filled.store_of(wheel.entry)
            if not is_protected(store):
                self._linked[wheel.entry] = (store, wheel)
        install_wheels(
            environment_target(interpreter),
            rows,
            store=filled,
            mode=context.settings.link_mode,  # type: ignore[arg-type]
        )


def _changed(path: str, package: str) -> Event:
    from weft.core.events import Warned

    return Warned(
        f"A build has changed `{path}` of `{package}` in the cache, to which it is linked; the "
        "cache has dropped it",
        (f"Run `weft pip install --reinstall {package}` for environments that have it",),
    )


def _told(texts: Sequence[str], error: WeftError) -> WeftError:
    """What went wrong, with the requirements in question where no versions go together."""
    from weft.resolver.report import NoSolution

    return NoneFound(texts, error) if isinstance(error, NoSolution) else error


def _wants(
    context: Context, texts: Sequence[str], limits: BuildLimits, outer: Wants | None
) -> Wants:
    """A request of its own, with the options of the one that the build is for."""
    from weft.ops.wants import Wants
    from weft.project.lines import parse_line

    lines = [parse_line(text, context.cwd) for text in texts]
    named = [
        each.requirement
        for each in lines
        if each.requirement is not None and each.requirement.url is None
    ]
    direct = [each for each in lines if each.requirement is None or each.requirement.url]
    return Wants(
        requirements=tuple(named),
        direct=tuple(direct),
        constraints=limits.constraints,
        hashes=limits.hashes,
        require_hashes=limits.require_hashes,
        options=outer.options if outer is not None else None,
        count=len(lines),
    )


def _check_hashes(answer: Answer, limits: BuildLimits) -> None:
    """`--require-build-hashes`: nothing is used for a build that no constraint has a hash for."""
    for package in answer.resolution.packages:
        if package.name not in limits.hashes:
            raise WeftError(
                f"With `--require-build-hashes`, `{package.name}=={package.version}` has no hash",
                hints=(f"Pin `{package.name}` with `--hash` in a file for `--build-constraints`",),
                exit_code=1,
            )


def _quiet(context: Context) -> Context:
    """The same world without a listener, and without what the user wants of the target alone."""
    from weft.core.events import silent
    from weft.ops.context import Context
    from weft.ops.settings_values import changed

    settings = changed(
        context.settings,
        resolution="highest",
        python_version=None,
        python_platform=None,
        no_deps=False,
        upgrade=False,
        upgrade_package=(),
        reinstall=False,
        reinstall_package=(),
        dry_run=True,  # nothing is fetched ahead: a build environment is small
        check=False,
    )
    return Context(
        settings,
        context.environ,
        cwd=context.cwd,
        platform=context.platform,
        sink=silent,
        out=lambda _text: None,
        now=context.now,
        words=context.words,
    )


_OF_OTHERS = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")


def _environ(context: Context, prefix: str, python: str, *, orders: Orders) -> dict[str, str]:
    """What a hook sees: ours, with the environment's programs first."""
    from weft.system.lean import os

    environ = {key: text for key, text in context.environ.items() if key not in _OF_OTHERS}
    before = environ.get("PATH", os.defpath)
    environ["PATH"] = os.path.dirname(python) + os.pathsep + before
    if prefix:
        environ["VIRTUAL_ENV"] = prefix
    environ["PYTHONIOENCODING"] = "utf-8:backslashreplace"
    environ.update(orders.variables)
    return environ
