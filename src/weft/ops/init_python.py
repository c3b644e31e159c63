"""Which Python a new project is for.

Owns `requires-python` and the content of `.python-version`. Refuses to write either.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter
    from weft.python.request import PythonRequest


@value
class ChosenPython:
    """`requires` is the text of `requires-python`, `pin` that of `.python-version`, empty for no
    such file."""

    requires: str
    pin: str = ""


def choose_python(context: Context, directory: str, around: Project | None) -> ChosenPython:
    """What was asked for, else an environment that is there, else the workspace, else any.

    Raises InterpreterNotFound and InspectionFailure.
    """
    pins = not (context.settings.no_pin_python or context.settings.bare)
    text = context.settings.python or _pinned(context, directory, around)
    if text is not None:
        from weft.python.request import PythonRequest

        return _requested(context, PythonRequest.parse(text, cwd=context.cwd), text, pins=pins)
    interpreter = _existing(context, directory)
    if interpreter is None and around is not None:
        from weft.project.manifest import requires_python

        wanted = requires_python(around)
        if wanted is not None:
            pin = _minor(_find(context, wanted.text)) if pins else ""
            return ChosenPython(_spaced(wanted.text), pin)
    minor = _minor(interpreter or _find(context, None))
    return ChosenPython(f">={minor}", minor if pins else "")


def script_python(context: Context) -> str:
    """The `requires-python` of a new script. Raises InterpreterNotFound and InspectionFailure."""
    text = context.settings.python
    if text is None and not context.settings.no_pin_python:
        text = _pinned(context, context.cwd, None)
    return f">={_minor(_find(context, text, include_virtual=True))}"


def _requested(context: Context, request: PythonRequest, text: str, *, pins: bool) -> ChosenPython:
    version = request.version
    if request.kind == "version" and version is not None:
        if version.specifiers is not None:
            pin = _minor(_find(context, text)) if pins else ""
            return ChosenPython(_sorted(version.specifiers.text), pin)
        if len(version.release) > 1 and not version.prerelease:
            numbers = ".".join(map(str, version.release))
            return ChosenPython(f">={numbers}", str(version) if pins else "")
    minor = _minor(_find(context, text))
    return ChosenPython(f">={minor}", minor if pins else "")


def _pinned(context: Context, directory: str, around: Project | None) -> str | None:
    """The request of the version file of `directory` or one above, up to the workspace's."""
    from weft.ops.version_files import nearest_text

    return nearest_text(context, directory, stop=None if around is None else around.root)


def _existing(context: Context, directory: str) -> Interpreter | None:
    """The Python of an environment that is in the place already."""
    from weft.system.lean import os

    if not os.path.exists(f"{directory}/.venv/pyvenv.cfg"):
        return None
    from weft.core.errors import WeftError
    from weft.python.interpreter import python_of

    try:
        return _find(context, python_of(f"{directory}/.venv"))
    except WeftError:
        return None  # a broken one says nothing


def _find(context: Context, text: str | None, *, include_virtual: bool = False) -> Interpreter:
    from weft.ops.interpreters import find_interpreter
    from weft.ops.session import Session

    with Session(context) as session:
        return find_interpreter(context, session, text, include_virtual=include_virtual)


def _minor(interpreter: Interpreter) -> str:
    return ".".join(map(str, interpreter.minor))


def _spaced(text: str) -> str:
    return ", ".join([part.strip() for part in text.split(",")])


def _sorted(text: str) -> str:
    """The specifiers of a request in the order of their versions."""
    from weft.core.version import Version

    def order(clause: str) -> object:
        bare = clause.lstrip("<>=!~ ").removesuffix(".*")
        return Version.parse(bare).key

    parts = [part.strip() for part in text.split(",")]
    return ", ".join(sorted(parts, key=order))  # type: ignore[arg-type]
