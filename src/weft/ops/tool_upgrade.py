"""`weft tool upgrade`: the newest versions that tools were asked for with.

Owns the turn of each tool, with the options of its receipt, what is said of each, and advice about
tools that are pinned. A tool that cannot be upgraded stays as it is, and the others have their
turn. Refuses to ask for anything else than what the receipt has. Follows uv.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.core.events import Change, Event, Sink
    from weft.core.requirement import Requirement
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.tools import InstalledTool
    from weft.python.interpreter import Interpreter

_RESOLVED = frozenset(("Resolved",))
_SUMMARIES = frozenset(("Resolved", "Checked", "Prepared", "Installed", "Uninstalled"))


class UpgradeFailed(WeftError):
    """A tool stays as it is; the cause says why."""

    exit_code = 1

    def __init__(self, name: str, cause: BaseException, hints: tuple[str, ...]) -> None:
        super().__init__(f"Failed to upgrade {name}", hints=hints)
        self.name = name
        self.__cause__ = cause


@value
class Upgraded:
    """What became of a tool: a new version of it or of what it needs, another environment.

    `pinned` is the only version that was asked for, empty where there may be others.
    """

    tool: bool = False
    dependencies: bool = False
    environment: bool = False
    pinned: str = ""

    @property
    def is_relinked(self) -> bool:
        """Whether there are executables that were not there before."""
        return self.tool or self.environment

    @property
    def is_any(self) -> bool:
        """Whether there was something to upgrade."""
        return self.is_relinked or self.dependencies


def run(context: Context) -> int:
    """Exit code 0, 1 where a tool could not be upgraded. Raises InterpreterNotFound."""
    from weft.core.events import Failed
    from weft.ops.shell_path import warn_off_path
    from weft.ops.tool_environment import tidy
    from weft.ops.tools import bin_directory, make_directory_of_tools, tools_lock

    base = _asked_python(context)
    make_directory_of_tools(context)
    upgraded: dict[str, Upgraded] = {}
    failures = []
    with tools_lock(context):
        tidy(context)
        for name, limits in _wanted(context).items():
            try:
                upgraded[name] = _upgrade(context, name, limits, base=base)
            except WeftError as error:
                failures.append(_failure(name, error))
    if any(done.is_relinked for done in upgraded.values()):
        command = "weft tool update-shell"
        directory = bin_directory(context)
        warn_off_path(context, directory, what="installed tools", command=command)
    for failure in failures:
        context.sink(Failed(failure))
    if failures:
        return 1
    _conclude(context, upgraded)
    return 0


def _asked_python(context: Context) -> Interpreter | None:
    """The interpreter of `--python`; None without it."""
    if context.settings.python is None:
        return None
    from weft.ops.interpreters import find_interpreter
    from weft.ops.session import Session

    with Session(context) as session:
        return find_interpreter(context, session, context.settings.python)


def _wanted(context: Context) -> dict[str, tuple[Requirement, ...]]:
    """The tools by normal name, sorted, with the versions to keep to this time."""
    from weft.core.requirement import Requirement
    from weft.ops.tools import tool_names

    if context.settings.all_tools:
        return dict.fromkeys(tool_names(context), ())
    found: dict[str, tuple[Requirement, ...]] = {}
    for text in context.settings.packages:
        requirement = Requirement.parse(text)
        more = (requirement,) if requirement.specifiers.text else ()
        name = str(requirement.name)
        found[name] = (*found.get(name, ()), *more)
    return dict(sorted(found.items()))


def _failure(name: str, error: WeftError) -> UpgradeFailed:
    """What does not go together is told without the heading."""
    from weft.resolver.report import NoSolution

    told: BaseException = error
    if isinstance(error, NoSolution) and error.__cause__ is not None:
        told = error.__cause__
    return UpgradeFailed(name, told, error.hints)


def _upgrade(
    context: Context,
    name: str,
    limits: tuple[Requirement, ...],
    *,
    base: Interpreter | None,
) -> Upgraded:
    """One tool. Raises ToolMissing and errors of resolving."""
    from weft.ops.interpreters import find_interpreter
    from weft.ops.session import Session
    from weft.ops.tool_options import options_of, tool_context
    from weft.ops.tools import existing_interpreter, is_made_of

    tool = _existing(context, name)
    own = tool_context(context, tool.receipt.options)
    options = options_of(own)
    own = own.changed(upgrade=True, refresh=not own.settings.offline)
    with Session(own) as session:
        existing = existing_interpreter(own, session, tool.root)
        if existing is None or (base is not None and not is_made_of(existing, base)):
            if existing is None:
                _tell_broken(own, tool)
            chosen = base or find_interpreter(own, session, tool.receipt.python)
            return _Upgrade(own, session, tool, limits, options).anew(chosen)
        return _Upgrade(own, session, tool, limits, options).on(existing)


def _tell_broken(context: Context, tool: InstalledTool) -> None:
    from weft.core.events import Note

    context.sink(Note(f"Making the environment of `{tool.name}` again, whose Python does not work"))


def _existing(context: Context, name: str) -> InstalledTool:
    """The tool. Raises ToolMissing with the command that installs it."""
    from weft.ops.tool_receipts import ReceiptBroken
    from weft.ops.tools import ToolMissing, find_tool

    try:
        tool = find_tool(context, name)
    except ReceiptBroken:
        raise ToolMissing(
            name,
            f"`{name}` is missing a valid receipt; run `weft tool install --force {name}` to "
            "reinstall",
        ) from None
    if tool is None:
        raise ToolMissing(
            name, f"`{name}` is not installed; run `weft tool install {name}` to install"
        )
    return tool


class _Upgrade:
    """One tool with the settings of its receipt; `limits` hold this time only."""

    def __init__(
        self,
        context: Context,
        session: Session,
        tool: InstalledTool,
        limits: tuple[Requirement, ...],
        options: Mapping[str, object],
    ) -> None:
        self._context = context
        self._session = session
        self._tool = tool
        self._limits = limits
        self._options = options
        self._changes: tuple[Change, ...] = ()

    def on(self, existing: Interpreter) -> Upgraded:
        """In the environment that it has; only what came of it is said."""
        name = self._tool.name
        quiet = self._context.having(self._context.settings, sink=_without(_SUMMARIES, self._sink))
        self._run(quiet, existing, existing, python=self._tool.receipt.python, tell=self._tell)
        changed = [each for each in self._changes if each.name == name]
        is_new = any(each.kind == "added" for each in changed)
        others = any(each.name != name for each in self._changes)
        return Upgraded(is_new, others, pinned=self._pinned())

    def anew(self, base: Interpreter) -> Upgraded:
        """In a new environment."""
        from weft.core.events import Changes
        from weft.ops.tool_asked import absolute_python

        def tell(changes: tuple[Change, ...]) -> bool:
            self._sink(Changes(changes))
            return True

        asked = absolute_python(self._context.settings.python, self._context.cwd)
        loud = self._context.having(self._context.settings, sink=_without(_RESOLVED, self._sink))
        self._run(loud, base, None, python=asked or self._tool.receipt.python, tell=tell)
        return Upgraded(environment=True, pinned=self._pinned())

    def _sink(self, event: Event) -> None:
        self._context.sink(event)

    def _run(
        self,
        context: Context,
        base: Interpreter,
        existing: Interpreter | None,
        *,
        python: str | None,
        tell: Callable[[tuple[Change, ...]], bool],
    ) -> None:
        from weft.ops.tool_asked import wants_of
        from weft.ops.tool_change import Bringing, Tool

        tool = self._tool
        before = tool.receipt
        wants = wants_of(context, before)
        wants = replace(wants, constraints=(*wants.constraints, *self._limits))
        providers = tuple(sorted({entry.package for entry in before.entrypoints if entry.package}))
        Bringing(
            context,
            self._session,
            Tool(
                tool.name,
                tool.root,
                base,
                existing,
                replace(before, python=python, options=self._options),
                before,
                wants,
                providers=providers,
            ),
            tell=tell,
        ).run()

    def _tell(self, changes: tuple[Change, ...]) -> bool:
        """The heading and the lines; whether the executables are to be told of too."""
        from weft.core.events import Changes, Note

        self._changes = changes
        if not changes:
            return False
        name = self._tool.name
        came = {each.kind: each.version for each in changes if each.name == name}
        old, new = came.get("removed"), came.get("added")
        if old is not None and new is not None:
            self._sink(Note(f"Updated {name} v{old} -> v{new}"))
        elif new is not None:
            self._sink(Note(f"Added {name} v{new}"))
        else:
            self._sink(Note(f"Modified {name} environment"))
        self._sink(Changes(changes))
        return new is not None

    def _pinned(self) -> str:
        """The version that the tool is pinned to; empty where it is not."""
        for item in self._tool.receipt.requirements[:1]:
            parts = item.specifier.split(",")
            if len(parts) == 1 and parts[0].startswith("==") and not parts[0].endswith(".*"):
                return parts[0].lstrip("= ")
        return ""


def _without(verbs: frozenset[str], sink: Sink) -> Sink:
    from weft.core.events import Summary

    def sift(event: Event) -> None:
        if not (isinstance(event, Summary) and event.verb in verbs):
            sink(event)

    return sift


def _conclude(context: Context, upgraded: Mapping[str, Upgraded]) -> None:
    """What is said at the end: nothing, which Python there is now, and who is pinned."""
    from weft.core.events import Note

    changed = [name for name, done in upgraded.items() if done.is_any]
    moved = [name for name, done in upgraded.items() if done.environment]
    if not changed:
        context.sink(Note("Nothing to upgrade"))
    python = context.settings.python
    if moved and python is not None:
        from weft.python.request import PythonRequest

        what = PythonRequest.parse(python, cwd=context.cwd).describe()
        many = "environments" if len(moved) > 1 else "environment"
        context.sink(Note(f"Upgraded tool {many} for {_listed(moved)} to {what}"))
    first = "\n"
    for name, done in upgraded.items():
        if done.pinned and not done.is_relinked:
            context.sink(
                Note(
                    f"{first}hint: `{name}` is pinned to `{done.pinned}` (installed with an exact "
                    f"version pin); reinstall with `weft tool install {name}@latest` to upgrade "
                    "to a new version."
                )
            )
            first = ""


def _listed(names: Sequence[str]) -> str:
    """`a`, `b`, and `c`."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"
