"""The lock of a script: beside it, with `.lock` behind its name.

Owns what a script's lock is made from. Refuses to read scripts (`ops.scripts`) and to make their
environments. Follows PEP 723 and uv.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.requirement import Requirement
    from weft.core.specifier import Specifiers
    from weft.ops.context import Context
    from weft.ops.lock_request import LockRequest
    from weft.ops.locking import Locking, Mode
    from weft.ops.scripts import Script
    from weft.ops.session import Session
    from weft.project.lines import RequirementLine
    from weft.project.manifest import ResolutionTable
    from weft.python.interpreter import Interpreter


def lock_script(
    context: Context,
    session: Session,
    script: Script | str,
    *,
    mode: Mode = "write",
    interpreter: Interpreter | None = None,
    constraints: tuple[Requirement, ...] = (),
    hold: bool = False,
    quiet: bool = False,
) -> Locking:
    """The lock of a script, which may have been edited in memory, or is named by its path.

    The interpreter is looked for where none is given. The rest is as in
    `ops.locking.lock_project`. Raises WeftError where there is no such file.
    """
    from weft.ops.locking import run_lock
    from weft.ops.script_environment import script_interpreter
    from weft.ops.scripts import script_context, script_to_lock

    if isinstance(script, str):
        script = script_to_lock(script, context.cwd)
    world = script_context(context, script, session)
    known: Script = script

    def request(found: Interpreter) -> LockRequest:
        return script_request(world, known, found)

    return run_lock(
        world,
        session,
        known.lock_path,
        request,
        mode=mode,
        interpreter=lambda: interpreter or script_interpreter(world, session, known),
        constraints=constraints,
        hold=hold,
        quiet=quiet,
    )


def restated_script(
    context: Context,
    session: Session,
    locking: Locking,
    script: Script,
    *,
    interpreter: Interpreter | None = None,
) -> Locking:
    """The same answer with what `script` requires now; the session is that of `lock_script`."""
    from weft.ops.lock_work import restate
    from weft.ops.script_environment import script_interpreter
    from weft.ops.scripts import script_context

    world = script_context(context, script)
    found = interpreter or script_interpreter(world, session, script)
    request = script_request(world, script, found)
    return restate(world, session, request, locking, interpreter=found)


def script_request(context: Context, script: Script, interpreter: Interpreter) -> LockRequest:
    """What a script says of its resolution; `context` is that of `script_context`."""
    from weft.ops.lock_places import placed_lines
    from weft.ops.lock_request import LockRequest, default_python, python_of
    from weft.ops.scripts import script_sources

    metadata = script.metadata
    assert metadata is not None, "a script without a block has no lock"
    told = _told_python(metadata.requires_python)
    if not metadata.text:  # without a block, of which a missing Python would be warned
        told = _told_python(default_python(interpreter))
    table = _table(context)
    sources = script_sources(context, script)
    references: dict[str, str] = {}

    def lines(texts: tuple[str, ...]) -> tuple[RequirementLine, ...]:
        return tuple(placed_lines(sources, texts, references))

    return LockRequest(
        script.directory,
        None,
        python_of(context, told, interpreter),
        table,
        lines(table.constraints),
        lines(table.overrides),
        lines(table.build_constraints),
        lines(tuple(metadata.dependencies or ())),
        (),
        references,
    )


def _table(context: Context) -> ResolutionTable:
    from weft.project.manifest import ResolutionTable

    settings = context.settings
    return ResolutionTable(
        settings.constraint_dependencies,
        settings.override_dependencies,
        settings.exclude_dependencies,
        settings.build_constraint_dependencies,
    )


def _told_python(text: str | None) -> Specifiers | None:
    if text is None:
        return None
    from weft.project.pythons import combined

    return combined([text])
