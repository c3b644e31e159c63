"""`weft lock`: write down which versions a project, or a script, uses everywhere.

Owns the modes of the command and what it prints. Refuses to install anything.
Follows uv.
"""

from __future__ import annotations

from weft.ops.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.locking import Locking, Mode


def run(context: Context) -> int:
    """Exit code 0. Raises LockMissing, LockOutdated, NoSolution and errors of reading."""
    from weft.core.events import Note
    from weft.ops.locking import changed_lines

    mode = _mode(context)
    with Session(context) as session:
        locking = _lock(context, session, mode)
    if locking.changed and (mode == "dry-run" or locking.before is not None):
        lines = changed_lines(locking.before, locking.lock, dry_run=mode == "dry-run")
        for line in lines:
            context.sink(Note(line))
        if mode == "dry-run" and not lines:
            context.sink(Note("Lockfile changes detected"))
    elif mode == "dry-run":
        context.sink(Note("No lockfile changes detected"))
    return 0


def _mode(context: Context) -> Mode:
    settings = context.settings
    if settings.frozen:
        return "frozen"
    if settings.dry_run:
        return "dry-run"
    return "locked" if settings.locked else "write"


def _lock(context: Context, session: Session, mode: Mode) -> Locking:
    if context.settings.script is not None:
        from weft.ops.lock_script import lock_script

        return lock_script(context, session, context.settings.script, mode=mode)
    from weft.ops.lock_verdict import Hearing, remember
    from weft.ops.locking import lock_path, lock_project
    from weft.ops.project_groups import GroupChoice, chosen_groups
    from weft.ops.project_python import project_interpreter
    from weft.ops.projects import open_project

    context = context.changed()
    context.sink = heard = Hearing(context.sink)
    project = open_project(context)
    if mode == "frozen":
        return _exists(context, lock_path(project))
    interpreter = project_interpreter(context, session, project, groups=GroupChoice())
    chosen_groups(context.settings, project.top)  # a default group has to be there
    locking = lock_project(context, session, project, mode=mode, interpreter=interpreter)
    remember(context, session, project, locking, interpreter=interpreter, heard=heard)
    return locking


def _exists(context: Context, path: str) -> Locking:
    """The lock as it is, with the remark that this says nothing of the project."""
    from weft.core.events import Warned
    from weft.ops.locking import frozen_lock, option_shown, shown

    locking = frozen_lock(context, path)
    context.sink(
        Warned(
            f"The lockfile at `{shown(context, path)}` was only checked for validity, not whether "
            f"it is up-to-date, because `{option_shown(context, 'frozen')}` was provided; use "
            "`--check` instead"
        )
    )
    return locking
