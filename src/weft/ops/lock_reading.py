"""The lock that a command wants to look at: a project's or a script's.

Owns opening it for `export`, `tree` and `workspace metadata`. Refuses to make environments; a lock
that is missing or stale is made, unless an option forbids it.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.uvmodel import UvLock
    from weft.ops.context import Context
    from weft.ops.locking import Mode
    from weft.ops.scripts import Script
    from weft.ops.session import Session
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter


@value
class Opened:
    """A lock, and whose it is: exactly one of `project` and `script` is set.

    `root` is the absolute directory that its paths count from. `interpreter` is None where nobody
    asked for one.
    """

    lock: UvLock
    root: str
    project: Project | None = None
    script: Script | None = None
    interpreter: Interpreter | None = None


def mode_of(context: Context) -> Mode:
    """What the options say about the lock."""
    if context.settings.frozen:
        return "frozen"
    return "locked" if context.settings.locked else "write"


def open_lock(context: Context, session: Session, *, interpreter: bool = False) -> Opened:
    """Bring the lock up to date and read it; with `frozen` it is read as it is.

    Without `interpreter` none is looked for where the lock is frozen.
    Raises LockMissing, LockOutdated, NoSolution and errors of reading.
    """
    if context.settings.script is not None:
        return _of_script(context, session, context.settings.script, interpreter=interpreter)
    from weft.ops.locking import lock_project
    from weft.ops.project_python import project_interpreter
    from weft.ops.projects import open_project

    project = open_project(context)
    mode = mode_of(context)
    found = None
    if interpreter or mode != "frozen":
        found = project_interpreter(context, session, project)
    locking = lock_project(context, session, project, mode=mode, interpreter=found)  # type: ignore[arg-type]
    return Opened(locking.lock, project.root, project, interpreter=found)


def _of_script(context: Context, session: Session, shown: str, *, interpreter: bool) -> Opened:
    """A script's lock; one that it does not have is not left behind."""
    from weft.ops.lock_script import lock_script
    from weft.ops.script_environment import script_interpreter
    from weft.ops.scripts import require_script
    from weft.system.lean import os

    script = require_script(shown, context.cwd)
    mode = mode_of(context)
    found = None
    if interpreter:
        found = script_interpreter(context, session, script)
    if mode == "write" and not os.path.isfile(script.lock_path):
        mode = "dry-run"
    locking = lock_script(context, session, script, mode=mode)
    return Opened(locking.lock, script.directory, script=script, interpreter=found)
