"""Scripts as targets of `weft run`: their environment, filled.

Owns the choice between the lock of a script and what it requires, and the way with nothing to do.
Refuses to find the script's interpreter and to lock.
"""

from __future__ import annotations

from weft.ops.script_environment import script_environment, use_of
from weft.ops.scripts import script_wants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.run_base import Base
    from weft.ops.scripts import Script
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.python.interpreter import Interpreter


def prepare_script(context: Context, session: Session, script: Script) -> Base:
    """The environment of a script that has a block, with what it requires.

    `context` is that of `ops.scripts.script_context`.
    """
    from weft.core.errors import WeftError
    from weft.ops.run_base import Base
    from weft.system.lean import os

    settings = context.settings
    if script.path != "-" and "://" not in script.path and os.path.isfile(script.lock_path):
        from weft.ops.run_locked import prepare_locked

        return prepare_locked(context, session, script)
    for flag in ("locked", "frozen"):
        if getattr(settings, flag):
            raise WeftError(
                f"Unable to find lockfile for Python script, but `--{flag}` was provided. To "
                "create a lockfile, run `weft lock --script`."
            )
    interpreter = script_environment(context, session, script)
    wants = install_wants(context, session, script, interpreter)
    paths = None if wants.direct or wants.trees else (script.path, script.lock_path)
    return Base(interpreter, {}, paths, use_of(context, session, script))


def install_wants(
    context: Context, session: Session, script: Script, interpreter: Interpreter
) -> Wants:
    """Bring what the script requires into its environment. Raises Unsolved."""
    from weft.install.target import environment_target
    from weft.ops.direct_sources import DistributionMissing
    from weft.ops.environment_lock import lock
    from weft.ops.pip_install import already_satisfied, install, inventory_of
    from weft.ops.platforms import judge
    from weft.ops.run_layers import Unresolved, Unsolved
    from weft.ops.run_quiet import quiet
    from weft.resolver.report import NoSolution

    wants = script_wants(context, script)
    target = environment_target(interpreter)
    judged = judge(context.settings, interpreter)
    inventory = inventory_of(session, target, judged)
    try:
        if already_satisfied(context, wants, inventory):
            return wants
        lock(context, target)
        install(quiet(context), session, wants, interpreter=interpreter, target=target)
    except NoSolution as error:
        raise Unsolved("script", error) from error.__cause__
    except DistributionMissing as error:
        raise Unresolved("script") from error
    return wants
