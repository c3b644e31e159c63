"""`weft python find`: which Python a command would use here.

Owns what is shown of it. Refuses to fetch a Python that is missing, and to make environments.
Follows uv in order and wording.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter


def run(context: Context) -> int:
    """The path on stdout.

    Raises RequestError, InterpreterNotFound, InspectionFailure, and WeftError for a script that
    cannot be read.
    """
    from weft.ops.session import Session

    settings = context.settings
    if settings.script is not None and settings.request is not None:
        from weft.core.errors import UsageError

        raise UsageError(
            "the argument '[REQUEST]' cannot be used with '--script <SCRIPT>'",
            usage="weft python find <REQUEST>",
        )
    with Session(context) as session:
        if settings.script is not None:
            context.out(_told(context, _of_script(context, session, settings.script)))
        else:
            _find(context, session)
    return 0


def _told(context: Context, found: Interpreter) -> str:
    from weft.system.lean import os

    if context.settings.show_version:
        return found.version
    path = os.path.join(context.cwd, found.executable)
    return os.path.realpath(path) if context.settings.resolve_links else path


def _find(context: Context, session: Session) -> None:
    from weft.ops.interpreters import find_installed
    from weft.ops.python_verdict import Hearing, remember_found
    from weft.ops.wanted_python import wanted_python, warn_unless_allowed

    heard = Hearing(context.sink)
    context = context.having(context.settings, sink=heard)
    needs = wanted_python(context, context.settings.request)
    system = context.settings.system
    found = find_installed(
        context, session, needs.request, include_virtual=not system, system=system
    )
    warn_unless_allowed(context, needs, found)
    told = _told(context, found)
    context.out(told)
    remember_found(context, session, needs, found, told=told, heard=heard)


def _of_script(context: Context, session: Session, shown: str) -> Interpreter:
    """The environment of the script where it has one that will do, else what one is made of."""
    from weft.ops.script_environment import existing, script_interpreter, script_place
    from weft.ops.scripts import require_script, script_context
    from weft.python.discovery import InterpreterNotFound

    script = require_script(shown, context.cwd)
    context = script_context(context, script, session)
    found = existing(context, session, script, script_place(context, session, script))
    if found is not None:
        return found
    try:
        return script_interpreter(context, session, script)
    except InterpreterNotFound as error:
        error.exit_code = 1
        raise
