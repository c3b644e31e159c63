"""Scripts with a lock of their own as targets of `weft run`.

Owns bringing their environment to what the lock says. Refuses to lock (`ops.lock_script`).
"""

from __future__ import annotations

from weft.ops.run_base import Base
from weft.ops.run_quiet import quiet
from weft.ops.script_environment import script_environment, use_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.uvmodel import UvLock
    from weft.ops.context import Context
    from weft.ops.locking import Mode
    from weft.ops.scripts import Script
    from weft.ops.session import Session


def prepare_locked(context: Context, session: Session, script: Script) -> Base:
    """The environment of the script, with the versions of its lock, which is brought up to date.

    `context` is that of `ops.scripts.script_context`. Raises Unsolved, LockOutdated.
    """
    from weft.ops.environment_lock import lock
    from weft.ops.lock_script import lock_script
    from weft.ops.project_environment import Environment
    from weft.ops.project_groups import ExtraChoice, GroupChoice
    from weft.ops.run_layers import Unsolved
    from weft.ops.run_project import versions_of
    from weft.ops.sync_checks import Roots
    from weft.ops.syncing import Installation, synchronize
    from weft.resolver.report import NoSolution

    settings = context.settings
    interpreter = script_environment(context, session, script)
    environment = Environment(interpreter.prefix, interpreter)
    lock(context, environment.target())
    silent = quiet(context)
    mode: Mode = "frozen" if settings.frozen else "locked" if settings.locked else "write"
    try:
        locking = lock_script(silent, session, script, mode=mode, interpreter=interpreter)
    except NoSolution as error:
        raise Unsolved("script", error) from error.__cause__
    installation = Installation(
        locking.lock,
        script.directory,
        Roots((), single=False, script=True),
        ExtraChoice(),
        GroupChoice(),
        settings.exact,
    )
    synchronize(silent, session, installation, environment)
    paths = None if _has_local(locking.lock) else (script.path, locking.path)
    return Base(interpreter, versions_of(locking.lock), paths, use_of(context, session, script))


def _has_local(lock: UvLock) -> bool:
    return any(
        package.source.kind in ("directory", "editable", "virtual", "path")
        for package in lock.packages
    )
