"""`weft sync --script`: make the environment of a script what it asks for.

Owns the two ways: what its lock says, where it has one, and else a resolution that nothing is
written down of. Refuses to make a lock: `weft lock --script` does.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.events import Change, Event, Sink
    from weft.ops.context import Context
    from weft.ops.project_environment import Environment
    from weft.ops.scripts import Script
    from weft.ops.session import Session
    from weft.ops.sync_report import LockReport


def sync_script(context: Context, session: Session, shown: str) -> int:
    """Exit code 0; raises Outdated where `--check` finds something to change."""
    from weft.ops.scripts import require_script, script_context
    from weft.ops.sync import Outdated
    from weft.ops.sync_report import is_dry, print_report, tell_environment

    script = require_script(shown, context.cwd)
    context = script_context(context, script, session)
    if context.settings.frozen and not os.path.isfile(script.lock_path):
        raise _unlocked(script, "--frozen")
    environment = _environment(context, session, script)
    if not is_dry(context):
        from weft.ops.environment_lock import lock as hold

        hold(context, environment.target())
    tell_environment(context, environment, target="script")
    report: LockReport | None = None
    if os.path.isfile(script.lock_path):
        changes, report = _from_lock(context, session, script, environment)
    elif context.settings.locked:
        raise _unlocked(script, "--locked")
    else:
        changes = _resolved(context, session, script, environment)
    print_report(context, environment, changes, lock=report, script=script.path)
    if context.settings.check and changes:
        raise Outdated
    return 0


def _unlocked(script: Script, option: str) -> WeftError:
    return WeftError(
        f"`weft sync {option}` requires a script lockfile; run `weft lock --script {script.shown}` "
        "to lock the script"
    )


def _environment(context: Context, session: Session, script: Script) -> Environment:
    """The script's environment with what was done to it, or would be."""
    from weft.ops.project_environment import Environment
    from weft.ops.script_environment import (
        existing,
        script_environment,
        script_interpreter,
        script_place,
    )
    from weft.ops.sync_report import is_dry
    from weft.python.interpreter import in_environment, python_of

    path = script_place(context, session, script)
    known = os.path.isfile(f"{path}/pyvenv.cfg")
    found = existing(context, session, script, path)
    if found is not None:
        return Environment(path, found)
    if is_dry(context):
        base = script_interpreter(context, session, script)
        inside = in_environment(base, path, executable=python_of(path))
        return Environment(path, inside, "replace" if known else "create", exists=False)
    made = script_environment(context, session, script)
    return Environment(path, made, "update" if known else "create")


def _from_lock(
    context: Context, session: Session, script: Script, environment: Environment
) -> tuple[tuple[Change, ...], LockReport]:
    from weft.ops.lock_script import lock_script
    from weft.ops.project_groups import chosen_extras, chosen_groups
    from weft.ops.sync import mode_of, report_of
    from weft.ops.sync_checks import Roots
    from weft.ops.sync_report import tell_lock
    from weft.ops.syncing import Installation, synchronize

    settings = context.settings
    locking = lock_script(context, session, script.shown, mode=mode_of(context))
    report = report_of(context, locking)
    tell_lock(context, report)
    installation = Installation(
        locking.lock,
        script.directory,
        Roots((), single=False, script=True),
        chosen_extras(settings),
        chosen_groups(settings, None),
        not settings.inexact,
    )
    return synchronize(context, session, installation, environment).changes, report


def _resolved(
    context: Context, session: Session, script: Script, environment: Environment
) -> tuple[Change, ...]:
    """Resolve what the script requires, for this machine only, and install that."""
    from weft.ops.pip_install import install
    from weft.ops.scripts import script_wants

    heard = _Heard(context.sink)
    plain = context.changed(exact=not context.settings.inexact, output_format="text")
    quiet = plain.having(plain.settings, sink=heard)
    wants = script_wants(quiet, script)
    install(
        quiet,
        session,
        wants,
        interpreter=environment.interpreter,
        target=environment.target(),
    )
    return heard.changes


class _Heard:
    """Passes events on and keeps the changes among them."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.changes: tuple[Change, ...] = ()

    def __call__(self, event: Event) -> None:
        from weft.core.events import Changes

        if isinstance(event, Changes):
            self.changes = event.changes
        self._sink(event)
