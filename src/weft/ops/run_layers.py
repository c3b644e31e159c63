"""`--with`: packages that lie over an environment for one command.

Owns the environment of their own: resolved for the interpreter below, kept in the cache under what
is in it, so that the next command with the same packages links nothing; its `.pth` file leads on to
the packages below, and the programs from below are there again, run by its interpreter. Refuses to
change the environment below.
"""

from __future__ import annotations

import os

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.core.distribution import CachedWheel
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.resolving import Answer
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.python.interpreter import Interpreter
    from weft.resolver.report import NoSolution

_COMPLETE = ".complete"
_OVERLAY = "_weft_overlay.pth"


class Unsolved(WeftError):
    """No versions go together; `what` is who asks: "script" or "`--with`"."""

    exit_code = 1

    def __init__(self, what: str, error: NoSolution) -> None:
        message = f"No solution found when resolving {what} dependencies"
        super().__init__(message, hints=error.hints)


def split_requirements(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Requirements one by one: commas divide them, but not the specifiers or extras of one."""
    found: list[str] = []
    for text in texts:
        start = depth = 0
        for index, letter in enumerate(text):
            depth += (letter in "[(") - (letter in "])")
            if letter == "," and not depth and text[index + 1 :].lstrip()[:1] not in tuple("<>=!~"):
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
) -> Interpreter | None:
    """The interpreter of the environment over `base`; None where that has all of it already.

    `preferences` are versions to try first. `directory` is where to make it instead of in the
    cache, for what is removed afterwards. Raises Unsolved.
    """
    from weft.core.value import replace
    from weft.install.inventory import Inventory
    from weft.ops.pip_install import already_satisfied
    from weft.ops.platforms import judge
    from weft.ops.wants import read_wants

    context = _asking(context)
    wants = read_wants(context)
    judged = judge(context.settings, base)
    inventory = Inventory(
        session.store, base.site_packages, environment=judged.environment, tags=judged.tags
    )
    if not (wants.lines or wants.count or wants.trees):
        return None
    if already_satisfied(context, wants, inventory):
        return None
    wants = replace(wants, preferences=preferences)
    from weft.ops.building import Building

    with Building(context, session, base, wants=wants) as building:
        layer = _Layer(context, session, base, wants=wants, building=building, directory=directory)
        return layer.made()


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


class _Layer:
    """The making of one environment over `base`."""

    def __init__(
        self,
        context: Context,
        session: Session,
        base: Interpreter,
        *,
        wants: Wants,
        building: Building,
        directory: str,
    ) -> None:
        from weft.ops.platforms import judge

        self._context = context
        self._session = session
        self._base = base
        self._wants = wants
        self._building = building
        self._directory = directory
        self._judged = judge(context.settings, base)

    def made(self) -> Interpreter:
        answer = self._resolved()
        wheels = self._gathered(answer)
        if self._directory:
            return self._filled(answer, os.path.join(self._directory, "layer"))
        from weft.core.digest import short_digest
        from weft.store.environments import KeptEnvironment

        below = [self._base.executable, self._base.base_executable, self._base.version]
        held = sorted(wheel.entry for wheel in wheels.values())
        kept = KeptEnvironment(self._session.store, short_digest("\0".join((*below, "", *held))))
        kept.use()
        with kept.change(timeout=self._context.settings.lock_timeout):
            if not os.path.exists(os.path.join(kept.path, _COMPLETE)):
                return self._filled(answer, kept.path)
            return self._again(kept.path)

    def _resolved(self) -> Answer:
        from weft.ops.resolving import resolve_wants
        from weft.resolver.report import NoSolution

        try:
            return resolve_wants(
                self._context,
                self._session,
                self._wants,
                judged=self._judged,
                installed=(),
                building=self._building,
            )
        except NoSolution as error:
            raise Unsolved("`--with`", error) from error.__cause__

    def _gathered(self, answer: Answer) -> dict[str, CachedWheel]:
        from weft.ops.gathering import Gathering

        gathering = Gathering(
            self._context,
            self._session,
            answer=answer,
            wants=self._wants,
            building=self._building,
        )
        wheels = gathering.all()
        self._session.rest()  # linking forks
        return wheels

    def _filled(self, answer: Answer, path: str) -> Interpreter:
        from weft.install.target import environment_target
        from weft.ops.applying import Application
        from weft.python.environment import create

        shared = _shares_system(self._base)
        made = create(path, self._base, clear=True, system_site_packages=shared)
        self._session.place(path)
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
        application.carry_out()
        _lead_on(made, self._base)
        bring_programs(made, self._base)
        from weft.system.files import write_atomic

        write_atomic(os.path.join(path, _COMPLETE), b"")
        return made

    def _again(self, path: str) -> Interpreter:
        from weft.python.discovery import python_of
        from weft.python.interpreter import probe

        found = probe(python_of(path), self._session.store, environ=self._context.environ)
        bring_programs(found, self._base)
        return found


def _shares_system(base: Interpreter) -> bool:
    from weft.python.interpreter import read_configuration

    if not base.is_virtual:
        return False
    setting = read_configuration(base.prefix).get("include-system-site-packages", "")
    return setting.lower() == "true"


def _lead_on(made: Interpreter, base: Interpreter) -> None:
    """Imports go on below, and with them the `.pth` files there."""
    from weft.system.files import write_atomic

    directories = base.package_directories
    told = "; ".join(
        f'site.addsitedir(__import__("os").fsdecode({os.fsencode(each)!r}))' for each in directories
    )
    write_atomic(os.path.join(made.schemes["purelib"], _OVERLAY), f"import site; {told}\n".encode())
    configuration = os.path.join(made.prefix, "pyvenv.cfg")
    with open(configuration, "rb") as stream:
        text = stream.read()
    write_atomic(configuration, text + f"extends-environment = {base.prefix}\n".encode())


def bring_programs(made: Interpreter, base: Interpreter) -> None:
    """The programs of `base` that its interpreter runs, run by the one of `made`.

    What `made` has of its own stays. Those that are there as they should be are not written again.
    """
    from weft.system.files import read_bytes, write_atomic

    own = made.schemes["scripts"]
    for name, text in _programs(base):
        path = os.path.join(own, name)
        wanted = _retargeted(text, base, made)
        if wanted is None:
            continue
        there = read_bytes(path)
        if there == wanted or (there is not None and not _is_brought(there)):
            continue
        write_atomic(path, wanted, mode=0o755)


_MARK = b"# from below"


def _is_brought(text: bytes) -> bool:
    return text.rstrip().endswith(_MARK)


def _retargeted(text: bytes, base: Interpreter, made: Interpreter) -> bytes | None:
    """A program with another interpreter in its first lines; None where it has none of `base`."""
    directory = os.path.dirname(base.executable)
    new = os.fsencode(os.path.join(os.path.dirname(made.executable), "python"))
    first, rest = text.partition(b"\n")[::2]
    if first.startswith(b"#!") and first != b"#!/bin/sh":
        words = first[2:].strip().split(b" ")
        if os.path.dirname(os.fsdecode(words[0])) != directory:
            return None
        head = b" ".join((b"#!" + new, *words[1:]))
        body = rest
    elif first == b"#!/bin/sh" and rest.startswith(b"'''exec' "):
        line, body = rest.partition(b"\n")[::2]
        if os.fsencode(directory) + b"/" not in line and b"dirname" not in line:
            return None
        head = b"#!/bin/sh\n'''exec' '" + new + b'\' "$0" "$@"'
    else:
        return None
    return head + b"\n" + body.rstrip(b"\n") + b"\n" + _MARK + b"\n"


def _programs(base: Interpreter) -> Iterator[tuple[str, bytes]]:
    """Names and texts of the small executable files in the directory of programs."""
    from weft.ops.run_child import commands_in

    directory = base.schemes["scripts"]
    for name in commands_in(directory):
        path = os.path.join(directory, name)
        if os.path.islink(path) or os.path.getsize(path) > 1 << 16:
            continue
        with open(path, "rb") as stream:
            yield name, stream.read()
