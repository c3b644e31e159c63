"""Finding an interpreter with the settings of the command.

Owns that translation. Refuses to say which one is wanted: the caller has a request, or none.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter


def find_interpreter(
    context: Context,
    session: Session,
    text: str | None,
    *,
    include_virtual: bool = False,
    system: bool = False,
) -> Interpreter:
    """The first one that a request such as `3.12` allows; None allows any.

    Raises InterpreterNotFound and InspectionFailure.
    """
    return find_installed(context, session, text, include_virtual=include_virtual, system=system)


def find_installed(
    context: Context,
    session: Session,
    text: str | None,
    *,
    include_virtual: bool = False,
    system: bool = False,
) -> Interpreter:
    """The same among those that are there: nothing is fetched.

    Raises RequestError, InterpreterNotFound and InspectionFailure.
    """
    from weft.python.discovery import find
    from weft.python.request import PythonRequest

    return find(
        PythonRequest.parse(text, cwd=context.cwd) if text is not None else None,
        environ=context.environ,
        cwd=context.cwd,
        store=session.store,
        preference=context.settings.python_preference,  # type: ignore[arg-type]
        include_virtual=include_virtual,
        system=system,
        platform=context.platform,
    )
