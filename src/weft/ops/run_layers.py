"""`--with`: packages that lie over an environment for one command.

Owns what is asked for and the two environments over the one below. The first has the packages; it
is kept in the cache under what is in it, so that the next command with the same packages links
nothing, whatever it lies over. The second is empty but for what leads to both (`ops.run_overlay`).
Refuses to change the environment below.
"""

from __future__ import annotations

import time

from weft.core.errors import WeftError
from weft.core.events import Changes, Summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.distribution import CachedWheel
    from weft.ops.answers import Answer
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.locked import Lock
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.python.interpreter import Interpreter
    from weft.resolver.report import NoSolution

_OPERATORS = ("<", ">", "=", "!", "~")


class Unsolved(WeftError):
    """No versions go together; `what` is who asks: "script", "tool" or "`--with`".

    `error` is what the resolver said.
    """

    exit_code = 1

    def __init__(self, what: str, error: NoSolution) -> None:
        message = f"No solution found when resolving {what} dependencies"
        super().__init__(message, hints=error.hints)
        self.error = error


class Unresolved(WeftError):
    """A requirement of `what` leads nowhere; the cause says why."""

    exit_code = 1

    def __init__(self, what: str) -> None:
        super().__init__(f"Failed to resolve {what} requirement")


def split_requirements(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Requirements one by one: commas divide them, but not the specifiers or extras of one."""
    found: list[str] = []
    for text in texts:
        start = depth = 0
        for index, letter in enumerate(text):
            depth += (letter in "[(") - (letter in "])")
            if letter == "," and not depth:
                if text[index + 1 :].lstrip().startswith(_OPERATORS):
                    continue
                found.append(text[start:index].strip())
                start = index + 1
        found.append(text[start:].strip())
    return tuple(text for text in found if text)


def is_wanted(context: Context) -> bool:
    """Whether there is anything to lay over."""
    settings = context.settings
    return bool(settings.with_packages or settings.with_editable or settings.with_requirements)


def lay_over(
    context: Context,
    session: Session,
    base: Interpreter,
    *,
    preferences: Mapping[str, str],
    directory: str = "",
) -> tuple[Interpreter, ...]:
    """The interpreters of the environments over `base`, the topmost first; none where it has all.

    `preferences` are versions to try first. `directory` is where to make the topmost instead of in
    the cache, for what is removed afterwards. Raises Unsolved.
    """
    from weft.core.filename import FilenameError
    from weft.core.value import replace
    from weft.ops.building import Building
    from weft.ops.direct_sources import DistributionMissing
    from weft.ops.locked import lock_of, lock_wants, read_lock
    from weft.ops.wants import read_wants

    context = _asking(context)
    path = lock_of(context.settings)
    lock: Lock | None = None
    if path is not None:
        lock, wants = read_lock(context, path), lock_wants(context)
    else:
        wants = read_wants(context)
        # Directories count as changed only where they have changed.
        direct = tuple(replace(line, origin=line.origin or "--with") for line in wants.direct)
        wants = replace(wants, direct=direct, preferences=preferences)
        try:
            if _has_all(context, session, base, wants):
                return ()
        except (DistributionMissing, FilenameError) as error:
            raise Unresolved("`--with`") from error
    with Building(context, session, base, wants=wants) as building:
        layer = Layer(context, session, base, wants=wants, building=building)
        packages = layer.made(lock)
    from weft.ops.run_overlay import overlay

    return overlay(context, session, packages, base, directory=directory), packages


def _asking(context: Context) -> Context:
    """The options of `--with` as those of `weft pip install`, which they are like."""
    from weft.ops.run_quiet import quiet

    settings = context.settings
    files = tuple(part for text in settings.with_requirements for part in text.split(",") if part)
    return quiet(
        context.changed(
            packages=split_requirements(settings.with_packages),
            editable=split_requirements(settings.with_editable),
            requirements=files,
            extra=(),
            all_extras=False,
            group=(),
            exact=False,
            constraint_dependencies=(),
            override_dependencies=(),
            exclude_dependencies=(),
        )
    )


def _has_all(context: Context, session: Session, base: Interpreter, wants: Wants) -> bool:
    from weft.install.inventory import Inventory
    from weft.ops.pip_install import already_satisfied
    from weft.ops.platforms import judge

    if not (wants.lines or wants.count or wants.trees):
        return True
    judged = judge(context.settings, base)
    inventory = Inventory(
        session.store, base.site_packages, environment=judged.environment, tags=judged.tags
    )
    return already_satisfied(context, wants, inventory)


class Layer:
    """The making of the environment with the packages, for the interpreter of `base`.

    `what` is who asks, for what is said where there is no solution.
    """

    def __init__(
        self,
        context: Context,
        session: Session,
        base: Interpreter,
        *,
        wants: Wants,
        building: Building,
        what: str = "`--with`",
    ) -> None:
        from weft.ops.platforms import judge

        self._context = context
        self._session = session
        self._base = base
        self._wants = wants
        self._building = building
        self._what = what
        self._judged = judge(context.settings, base)

    def made(self, lock: Lock | None = None) -> Interpreter:
        """The environment's interpreter; linked only where it is not there yet.

        `lock` has the versions where they are not looked for. Raises Unsolved.
        """
        answer = self._resolved() if lock is None else self._locked(lock)
        wheels = self._gathered(answer)
        from weft.core.digest import short_digest
        from weft.ops.kept_environment import kept_environment
        from weft.python.environment import create

        base = self._base
        entries = sorted(wheel.entry for wheel in wheels.values())
        places = sorted(each.direct_url.shown for each in answer.direct.values())
        key = short_digest("\0".join((base.base_executable, base.version, *entries, *places)))

        def make(path: str) -> Interpreter:
            made = create(path, base, clear=True)
            self._fill(answer, made)
            return made

        return kept_environment(self._context, self._session, key, make)

    def _resolved(self) -> Answer:
        from weft.ops.direct_sources import DistributionMissing
        from weft.ops.resolving import resolve_wants
        from weft.resolver.report import NoSolution

        start = time.monotonic()
        self._read_direct()
        if self._context.settings.resolution != "highest":
            from weft.ops.compile_warnings import warn_before

            warn_before(self._context, self._wants)
        try:
            answer = resolve_wants(
                self._context,
                self._session,
                self._wants,
                judged=self._judged,
                installed=(),
                building=self._building,
            )
        except NoSolution as error:
            raise Unsolved(self._what, error) from error.__cause__
        except DistributionMissing as error:
            raise Unresolved(self._asker(error.url)) from error
        count = len(answer.resolution.packages)
        self._context.sink(Summary("Resolved", count, time.monotonic() - start))
        return answer

    def _read_direct(self) -> None:
        """Look at what has a path or a URL first, so that it can be told what cannot be read."""
        if not self._wants.direct:
            return
        from weft.core.filename import FilenameError
        from weft.ops.direct import ConflictingUrls, read_direct
        from weft.ops.direct_sources import DistributionMissing
        from weft.ops.limits import overridden
        from weft.project.lines import LineError

        wants = self._wants
        self._session.locations(wants)
        try:
            read_direct(
                self._session,
                self._building,
                wants.direct,
                self._judged,
                overridden=overridden(wants),
            )
        except (LineError, ConflictingUrls):
            raise
        except DistributionMissing as error:
            raise Unresolved(self._asker(error.url)) from error
        except FilenameError as error:
            raise Unresolved("`--with`") from error  # it would have told the name
        except WeftError as error:
            raise Unresolved(self._what) from error

    def _asker(self, url: str) -> str:
        """Who asks for what lies at `url`: only what has no name can be told from a `--with`."""
        named = [line.requirement for line in self._wants.direct if line.requirement is not None]
        return self._what if any(each.url == url for each in named) else "`--with`"

    def _locked(self, lock: Lock) -> Answer:
        from weft.ops.locked import answer_of, check_python

        check_python(lock, self._base.version)
        return answer_of(lock, self._session, self._building, judged=self._judged)

    def _gathered(self, answer: Answer) -> dict[str, CachedWheel]:
        from weft.ops.gathering import Gathering

        gathering = Gathering(
            self._context, self._session, answer=answer, wants=self._wants, building=self._building
        )
        names = sorted({*gathering.files, *gathering.sources})
        wheels = gathering.cached(names)
        missing = [name for name in names if name not in wheels]
        if missing:
            start = time.monotonic()
            wheels.update(gathering.fetch(missing))
            self._context.sink(Summary("Prepared", len(missing), time.monotonic() - start))
        self._building.rest()
        self._session.rest()  # linking forks
        return wheels

    def _fill(self, answer: Answer, made: Interpreter) -> None:
        from weft.install.target import environment_target
        from weft.ops.applying import Application

        self._session.place(made.prefix)
        application = Application(
            self._context,
            self._session,
            environment_target(made),
            answer=answer,
            wants=self._wants,
            judged=self._judged,
            building=self._building,
        )
        application.decide(())
        self._context.sink(Changes(application.carry_out()))
