"""Bringing the environment of a tool to what is asked for.

Owns the order: resolve, decide, make the environment beside its place, find the executables, write
the receipt, put everything in its place, link. Until the last two nothing of the tool has changed;
the environment is put first, so that no link leads to what is not there yet. Refuses to choose what
is asked for. Follows uv for what is said.
"""

from __future__ import annotations

import time

from weft.core.errors import WeftError
from weft.core.value import replace, value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.core.distribution import InstalledDist
    from weft.core.events import Change
    from weft.install.target import Target
    from weft.ops.answers import Answer
    from weft.ops.applying import Application
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.platforms import Judged
    from weft.ops.session import Session
    from weft.ops.tool_environment import Staging
    from weft.ops.tool_receipts import Entrypoint, ToolReceipt
    from weft.ops.wants import Wants
    from weft.python.interpreter import Interpreter


class NoExecutables(WeftError):
    """The package of a tool has nothing to run. `others` are packages that have what it is called
    like."""

    def __init__(self, name: str, others: Sequence[str]) -> None:
        hints: tuple[str, ...] = ()
        if len(others) == 1:
            hints = (
                f"An executable with the name `{name}` is available via dependency "
                f"`{others[0]}`.\n      Did you mean `weft tool install {others[0]}`?",
            )
        elif others:
            listed = "".join(f"\n- {other}" for other in others)
            hints = (
                f"An executable with the name `{name}` is available via the following "
                f"dependencies:{listed}\n      Did you mean to install one of them instead?",
            )
        super().__init__(f"Failed to install entrypoints for `{name}`", hints=hints)
        self.name = name


@value
class Tool:
    """What is to be made of a tool.

    `existing` is the environment to go on from, None to make one of `base`. `receipt` is what is
    going to be written, but for the entry points; `before` what was there. The executables are
    those of the tool and of `providers`.
    """

    name: str
    root: str
    base: Interpreter
    existing: Interpreter | None
    receipt: ToolReceipt
    before: ToolReceipt | None
    wants: Wants
    providers: tuple[str, ...] = ()
    force: bool = False


@value
class Done:
    """What changed in the environment, and the executables that there are."""

    changes: tuple[Change, ...]
    entrypoints: tuple[Entrypoint, ...]


class Bringing:
    """One tool on its way.

    `tell` says what changed, and answers whether the executables are to be told of as well.
    """

    def __init__(
        self,
        context: Context,
        session: Session,
        tool: Tool,
        *,
        tell: Callable[[tuple[Change, ...]], bool],
    ) -> None:
        self._compiles = context.settings.compile_bytecode
        self.context = context.changed(exact=True, compile_bytecode=False)
        self.session = session
        self.tool = tool
        self._tell = tell

    def run(self) -> Done:
        """Do it. Raises before anything of the tool is touched; NoExecutables where it is gone."""
        from weft.ops.tool_environment import stage_copy, stage_new

        tool, settings = self.tool, self.context.settings
        if not (settings.no_build_isolation or settings.no_build_isolation_package):
            return self._built(tool.existing or _inside(tool.base, tool.root), None)
        # Builds run in the environment, so it has to be there first.
        copied = tool.existing is not None
        with (stage_copy if copied else stage_new)(self.session, tool.root, tool.base) as staging:
            return self._built(_inside(tool.existing or tool.base, staging.path), staging)

    def _built(self, interpreter: Interpreter, staging: Staging | None) -> Done:
        from weft.ops.building import Building

        with Building(self.context, self.session, interpreter, wants=self.tool.wants) as building:
            return self._resolved(building, staging)

    def _resolved(self, building: Building, staging: Staging | None) -> Done:
        from weft.core.events import Summary
        from weft.install.target import environment_target
        from weft.ops.answer_warnings import warn_of
        from weft.ops.platforms import judge
        from weft.ops.resolving import resolve_wants
        from weft.ops.tool_environment import stage_copy, stage_new
        from weft.python.installed import scan

        context, session, tool = self.context, self.session, self.tool
        start = time.monotonic()
        session.place(tool.root)
        judged = judge(context.settings, building.interpreter)
        target = environment_target(building.interpreter)
        installed = scan(target.site_directories) if tool.existing is not None else []
        if context.settings.resolution != "highest":
            from weft.ops.compile_warnings import warn_before

            warn_before(context, tool.wants)
        answer = resolve_wants(
            context, session, tool.wants, judged=judged, installed=installed, building=building
        )
        context.sink(Summary("Resolved", len(answer.resolution.packages), time.monotonic() - start))
        building.versions = {each.name: each.version for each in answer.resolution.packages}
        if staging is not None:
            return self._changed(staging, answer, judged, building)
        if tool.existing is None:
            with stage_new(session, tool.root, tool.base) as made:
                return self._changed(made, answer, judged, building)
        application = self._application(target, answer, judged, building)
        application.decide(installed)
        if application.is_empty:
            application.carry_out()
            loud = self._tell(())
            warn_of(context, answer)
            return self._linked(target, loud=loud)
        with stage_copy(session, tool.root, tool.base) as copied:
            return self._changed(copied, answer, judged, building)

    def _application(
        self, target: Target, answer: Answer, judged: Judged, building: Building
    ) -> Application:
        from weft.ops.applying import Application

        return Application(
            self.context,
            self.session,
            target,
            answer=answer,
            wants=self.tool.wants,
            judged=judged,
            building=building,
        )

    def _changed(
        self, staging: Staging, answer: Answer, judged: Judged, building: Building
    ) -> Done:
        """The environment beside gets its packages and takes the place of what was there."""
        from weft.ops.answer_warnings import warn_of
        from weft.ops.tool_links import Links
        from weft.ops.tool_receipts import write_receipt
        from weft.python.installed import scan

        tool = self.tool
        target = staging.target(tool.existing or tool.base)
        application = self._application(target, answer, judged, building)
        application.decide(scan(target.site_directories))
        changes = application.carry_out()
        if tool.name == "weft":
            from weft.ops.start_scripts import make_lean

            make_lean(target, staged=staging.path, root=tool.root)
        if self._compiles:
            self._compile(target, staging.path)
        loud = self._tell(changes)
        warn_of(self.context, answer)
        found = self._executables(target)
        entrypoints = self._entrypoints(found)
        write_receipt(staging.path, replace(tool.receipt, entrypoints=entrypoints))
        with Links(self._pairs(found)) as links:
            staging.put()
            links.put()
        self._retire(entrypoints)
        if loud:
            self._tell_executables(found)
        return Done(changes, entrypoints)

    def _linked(self, target: Target, *, loud: bool) -> Done:
        """Nothing changed in the environment; the executables are linked again."""
        from weft.ops.tool_links import Links
        from weft.ops.tool_receipts import write_receipt

        found = self._executables(target)
        entrypoints = self._entrypoints(found)
        with Links(self._pairs(found)) as links:
            write_receipt(self.tool.root, replace(self.tool.receipt, entrypoints=entrypoints))
            links.put()
        self._retire(entrypoints)
        if loud:
            self._tell_executables(found)
        return Done((), entrypoints)

    def _compile(self, target: Target, path: str) -> None:
        """Modules know their place again when they are imported."""
        from weft.core.events import Summary
        from weft.install.bytecode import compile_files
        from weft.ops.tools import python_of

        start = time.monotonic()
        files = [
            os.path.join(directory, name)
            for top in target.site_directories
            for directory, _, names in os.walk(top)
            for name in names
            if name.endswith(".py")
        ]
        settings = self.context.settings
        compiled = compile_files(
            replace(target, python=python_of(path)),
            files,
            environ=self.context.environ,
            file_timeout=settings.compile_bytecode_timeout,
        )
        seconds = time.monotonic() - start
        self.context.sink(Summary("Bytecode compiled", compiled.files, seconds, noun="file"))

    # Executables.

    def _executables(self, target: Target) -> list[tuple[str, list[str]]]:
        """The names of the executables by package: the tool's own come last."""
        from weft.ops.tool_links import executables
        from weft.python.installed import scan

        dists: dict[str, InstalledDist] = {}
        for dist in scan(target.site_directories):
            dists.setdefault(str(dist.name), dist)
        name = self.tool.name
        found = []
        for package in (*sorted({*self.tool.providers} - {name}), name):
            names = executables(dists[package], target.scripts) if package in dists else []
            if names:
                found.append((package, names))
            elif package != name:
                self.context.out(
                    f"No executables are provided by package `{package}`\n\nhint: Use `--with "
                    f"{package}` to include `{package}` as a dependency without installing its "
                    "executables"
                )
            else:
                self._give_up(dists, target.scripts)
        return found

    def _give_up(self, dists: dict[str, InstalledDist], scripts: str) -> None:
        """A tool without executables is none, and what there was of it goes."""
        from weft.ops.tool_environment import remove_environment
        from weft.ops.tool_links import executables, unlink

        tool = self.tool
        others = [each for each in sorted(dists) if tool.name in executables(dists[each], scripts)]
        self.context.out(f"No executables are provided by package `{tool.name}`; removing tool")
        if tool.before is not None:
            unlink(tool.before.entrypoints, tool.root)
        remove_environment(tool.root)
        raise NoExecutables(tool.name, others)

    def _pairs(self, found: list[tuple[str, list[str]]]) -> list[tuple[str, str]]:
        """Executables and their links. Raises ExecutablesTaken."""
        from weft.ops.tool_links import check_free
        from weft.ops.tools import bin_directory, scripts_of

        tool, directory = self.tool, bin_directory(self.context)
        scripts = scripts_of(tool.root)
        names = [name for _, listed in found for name in listed]
        pairs = [(os.path.join(scripts, name), os.path.join(directory, name)) for name in names]
        if not tool.force:
            before = tool.before.entrypoints if tool.before is not None else ()
            known = frozenset(entry.install_path for entry in before)
            check_free([target for _, target in pairs], tool.root, known=known)
        return pairs

    def _entrypoints(self, found: list[tuple[str, list[str]]]) -> tuple[Entrypoint, ...]:
        from weft.ops.tool_receipts import Entrypoint
        from weft.ops.tools import bin_directory

        directory = bin_directory(self.context)
        entries = [
            Entrypoint(name.removesuffix(".exe"), os.path.join(directory, name), package)
            for package, names in found
            for name in names
        ]
        return tuple(sorted(entries, key=lambda each: (each.name, each.install_path)))

    def _retire(self, entrypoints: Sequence[Entrypoint]) -> None:
        """Links to what the tool no longer has."""
        from weft.ops.tool_links import sweep, unlink
        from weft.ops.tools import bin_directory

        tool = self.tool
        kept = {entry.install_path for entry in entrypoints}
        before = tool.before.entrypoints if tool.before is not None else ()
        unlink([each for each in before if each.install_path not in kept], tool.root)
        sweep(bin_directory(self.context), tool.root)

    def _tell_executables(self, found: list[tuple[str, list[str]]]) -> None:
        from weft.core.events import Note
        from weft.core.quantities import plural

        for package, names in found:
            source = "" if package == self.tool.name else f" from `{package}`"
            told = ", ".join(name.removesuffix(".exe") for name in names)
            count = plural(len(names), "executable")
            self.context.sink(Note(f"Installed {count}{source}: {told}"))


def _inside(base: Interpreter, root: str) -> Interpreter:
    """The interpreter of an environment of `base` at `root`, which need not be there yet."""
    from weft.ops.tools import python_of
    from weft.python.interpreter import in_environment

    return in_environment(base, root, executable=python_of(root))
