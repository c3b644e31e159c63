"""`weft add --script` and `weft remove --script`: the requirements in the head of a script.

Owns the order of things for one file: a script without a head gets one, and its lock is written
only where it has one already. Refuses to know how text is edited (`weft.project.edit_script`).
Follows uv in order, wording and exit codes.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.project.edit import Edit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.requirement import Requirement
    from weft.ops.add_plan import Placed
    from weft.ops.add_requirements import AskedLines
    from weft.ops.context import Context
    from weft.ops.editing import Editable
    from weft.ops.locking import Locking
    from weft.ops.scripts import Script
    from weft.ops.session import Session


def add_to_script(context: Context, shown: str, inputs: AskedLines) -> int:
    """Exit code 0. Raises WeftError: 1 where what was asked for cannot be met, else 2."""
    from weft.ops.editing import read_editable, save
    from weft.ops.scripts import script_context
    from weft.ops.session import Session
    from weft.project.edit_script import new_block
    from weft.project.script import script_block
    from weft.system.lean import os

    _warn_of_flags(context)
    file = read_editable(os.path.normpath(os.path.join(context.cwd, shown)), shown=shown)
    block = script_block(file.text)
    if block is None:
        from weft.ops.init_python import script_python

        block = new_block(script_python(context))
    edit = Edit(block, script=True)
    script = _script(file, edit, shown)
    context = script_context(context, script)
    with Session(context) as session:
        placed = _place_all(context, session, script, edit, inputs)
        new = {file.path: _bytes(file, edit)}
        if not context.settings.frozen:
            new |= _locked(context, session, file, edit, shown, placed=placed, inputs=inputs)
        save(new)
    return 0


def remove_from_script(context: Context, shown: str) -> int:
    """Exit code 0. Raises WeftError with exit code 2, NoSolution where there is a lock."""
    from weft.core.events import Note
    from weft.ops.editing import read_editable, save
    from weft.ops.remove import removed
    from weft.ops.scripts import require_script, script_context
    from weft.ops.session import Session

    _warn_of_flags(context)
    script = require_script(shown, context.cwd)
    assert script.metadata is not None, "a script without metadata is refused"
    file = read_editable(script.path, shown=shown)
    edit = Edit(script.metadata.text, script=True)
    removed(edit, context.settings)
    new = {file.path: _bytes(file, edit)}
    if context.settings.frozen:
        save(new)
    elif not _has_lock(script):
        save(new)
        context.sink(Note(f"Updated `{shown}`"))
    else:
        context = script_context(context, script)
        with Session(context) as session:
            locking = _lock(context, session, _script(file, edit, shown))
            save(new | _lock_file(locking))
    return 0


def _warn_of_flags(context: Context) -> None:
    from weft.core.events import Warned

    settings = context.settings
    for given, flag in (
        (settings.locked, "--locked"),
        (settings.frozen, "--frozen"),
        (settings.no_sync, "--no-sync"),
    ):
        if given:
            what = "is a no-op for Python scripts with inline metadata, which always run in"
            context.sink(Warned(f"`{flag}` {what} isolation"))


def _bytes(file: Editable, edit: Edit) -> bytes:
    from weft.project.edit_script import with_block

    return file.encoded(with_block(file.text, edit.text))


def _script(file: Editable, edit: Edit, shown: str) -> Script:
    """The script as it will be."""
    from weft.ops.scripts import script_of
    from weft.system.lean import os

    directory = os.path.dirname(file.path)
    return script_of(_bytes(file, edit), path=file.path, shown=shown, directory=directory)


def _has_lock(script: Script) -> bool:
    from weft.system.lean import os

    return os.path.isfile(script.lock_path)


def _place_all(
    context: Context, session: Session, script: Script, edit: Edit, inputs: AskedLines
) -> list[Placed]:
    """Put everything into the head."""
    from weft.ops.add_plan import add_indexes, pinned_index, place
    from weft.ops.add_requirements import name_all, source_entry
    from weft.ops.script_environment import script_interpreter
    from weft.ops.scripts import script_sources

    settings = context.settings
    placed: list[Placed] = []
    interpreter = script_interpreter(context, session, script)
    known = script_sources(context, script).project
    for asked in name_all(context, session, interpreter, inputs.requirements):
        entry = ""
        if not settings.raw:
            entry = source_entry(
                settings,
                asked,
                root=script.directory,
                is_member=False,
                known=known,
                index=pinned_index(settings),
            )
        place(edit, placed, settings, asked, entry)
    if not settings.raw:
        add_indexes(context, edit, script.directory)
    return placed


def _locked(
    context: Context,
    session: Session,
    file: Editable,
    edit: Edit,
    shown: str,
    *,
    placed: list[Placed],
    inputs: AskedLines,
) -> dict[str, bytes]:
    """The files with lower bounds, and the lock where there was one."""
    from weft.ops.add import AddFailed, bound

    limits = tuple([line.requirement for line in inputs.constraints if line.requirement])
    try:
        locking = _lock(context, session, _script(file, edit, shown), constraints=limits)
    except WeftError as error:
        raise AddFailed(error) from error
    kept = bound(context, edit, placed, locking.lock)
    if kept is not None and locking.before is not None:
        script = _script(file, edit, shown)
        if kept:
            from weft.ops.lock_script import restated_script

            locking = restated_script(context, session, locking, script)
        else:
            from weft.ops.session import Session

            with Session(context) as another:  # the first one goes on with its settings
                locking = _lock(context, another, script, quiet=True)
    return {file.path: _bytes(file, edit), **_lock_file(locking)}


def _lock(
    context: Context,
    session: Session,
    script: Script,
    *,
    constraints: tuple[Requirement, ...] = (),
    quiet: bool = False,
) -> Locking:
    """What the lock of the script would be; nothing is written."""
    from weft.ops.lock_script import lock_script

    return lock_script(
        context, session, script, mode="write", hold=True, constraints=constraints, quiet=quiet
    )


def _lock_file(locking: Locking) -> dict[str, bytes]:
    from weft.system.lean import os

    if not locking.changed or not os.path.isfile(locking.path):
        return {}
    return {locking.path: locking.text.encode()}
