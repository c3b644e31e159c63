"""`weft python pin`: write, show or remove the version file of a project or of a person.

Owns what a version file may say beside the `requires-python` of the project around, and the words
about it. Refuses to change a file that lies above the working directory, except to remove it.
Follows uv in order and wording: what fails to be found is a warning, unless its path is written.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.version_files import VersionFile
    from weft.ops.wanted_python import Allowance
    from weft.python.interpreter import Interpreter
    from weft.python.request import PythonRequest


def run(context: Context) -> int:
    """Exit code 2 where there is no version file to show or remove, and where the project does
    not allow what is asked for."""
    settings = context.settings
    if settings.rm:
        _refuse_request(context)
        _remove(context)
        return 0
    from weft.ops.session import Session

    with Session(context) as session:
        if settings.request is None:
            _show(context, session)
        else:
            _write(context, session, settings.request)
    return 0


def _refuse_request(context: Context) -> None:
    if context.settings.request is None:
        return
    from weft.core.errors import UsageError

    message = "the argument '[REQUEST]' cannot be used with '--rm'"
    raise UsageError(message, usage="weft python pin <REQUEST>")


def _there(context: Context) -> VersionFile | None:
    """The version file that is meant where none is to be written."""
    from weft.ops.projects import start_directory
    from weft.ops.version_files import global_file, nearest
    from weft.ops.wanted_python import project_around

    if context.settings.global_pin:
        return global_file(context)
    around = project_around(context)
    stop = around.root if around is not None else None
    return nearest(context, start_directory(context), stop=stop)


def _remove(context: Context) -> None:
    from weft.ops.version_files import global_directory, in_directory

    if context.settings.global_pin:
        found = in_directory(context, global_directory(context))
        if found is None:
            raise WeftError("No global Python pin found")
        _unlink(found.path)
        context.out(f"Removed global Python pin at `{found.path}`")
        return
    found = _there(context)
    if found is None:
        raise WeftError("No Python version file found")
    if found.is_global:
        told = "No Python version file found; use `--rm --global` to remove the global pin"
        raise WeftError(told)
    from weft.python.discovery import display

    _unlink(found.path)
    context.out(f"Removed Python version file at `{display(found.path, context.cwd)}`")


def _unlink(path: str) -> None:
    from weft.core.errors import OsCause, SystemFailure
    from weft.system.lean import os

    try:
        os.unlink(path)
    except OSError as error:
        raise SystemFailure("remove", path, error) from OsCause(error)


def _show(context: Context, session: Session) -> None:
    from weft.core.events import Warned
    from weft.ops.interpreters import find_installed
    from weft.ops.wanted_python import allowance

    found = _there(context)
    if found is None:
        raise WeftError("No Python version file found; specify a version to create one")
    allowed = allowance(context)
    for request in found.requests:
        context.out(request.canonical)
        if allowed is None:
            continue
        version = request.fixed_version
        complaint = _complaint(allowed, request, version, given="pinned") if version else None
        if complaint is None:
            try:
                there = find_installed(context, session, request.canonical)
            except WeftError as error:
                told = f"Failed to resolve pinned Python version `{request.canonical}`"
                context.sink(Warned(told, cause=error))
                continue
            complaint = _complaint(allowed, request, there.version, given="pinned", resolved=True)
        if complaint is not None:
            context.sink(Warned(complaint))


def _write(context: Context, session: Session, text: str) -> None:
    from weft.ops.projects import start_directory
    from weft.ops.version_files import (
        VERSION_FILE,
        UnsupportedRequest,
        global_directory,
        write,
    )
    from weft.ops.wanted_python import allowance
    from weft.python.discovery import display
    from weft.python.request import PythonRequest

    settings = context.settings
    request = PythonRequest.parse(text, cwd=context.cwd)
    if request.kind == "name":
        raise UnsupportedRequest(text)
    found = _find(context, session, request)
    allowed = allowance(context)
    if allowed is not None:
        _check(context, allowed, request, found)
    pin = found.executable if settings.resolved and found is not None else request.canonical
    if settings.global_pin:
        path = f"{global_directory(context)}/{VERSION_FILE}"
        shown = path
    else:
        path = f"{start_directory(context).rstrip('/')}/{VERSION_FILE}"
        shown = display(path, context.cwd)
    before = _canonical_at(context, path)
    write(path, pin)
    if before not in (None, pin):
        context.out(f"Updated `{shown}` from `{before}` -> `{pin}`")
    else:
        context.out(f"Pinned `{shown}` to `{pin}`")


def _canonical_at(context: Context, path: str) -> str | None:
    """What the file to be replaced asks for; None where it is none, or nonsense."""
    from weft.ops.version_files import in_directory
    from weft.system.lean import os

    try:
        found = in_directory(context, os.path.dirname(path))
    except WeftError:
        return None
    if found is None or found.path != path or found.first is None:
        return None
    return found.first.canonical


def _find(context: Context, session: Session, request: PythonRequest) -> Interpreter | None:
    """What it stands for now. Raises where its path is to be written and nothing is found."""
    from weft.ops.interpreters import find_installed, find_interpreter
    from weft.python.discovery import InterpreterNotFound

    try:
        return find_installed(context, session, request.canonical)
    except InterpreterNotFound:
        pass
    except WeftError:
        if context.settings.resolved:
            raise
        return None
    try:
        return find_interpreter(context, session, request.canonical)
    except InterpreterNotFound as error:
        if context.settings.resolved:
            raise
        from weft.core.events import Warned

        context.sink(Warned(error.message))
        return None


def _check(
    context: Context, allowed: Allowance, request: PythonRequest, found: Interpreter | None
) -> None:
    """Raises WeftError for a version that is not allowed; warns of one that only holds now."""
    version = request.fixed_version
    if version is not None:
        complaint = _complaint(allowed, request, version, given="requested")
        if complaint is not None:
            raise WeftError(complaint)
    elif found is not None:
        complaint = _complaint(allowed, request, found.version, given="requested", resolved=True)
        if complaint is not None and context.settings.resolved:
            raise WeftError(complaint)
        if complaint is not None:
            from weft.core.events import Warned

            context.sink(Warned(complaint))


def _complaint(
    allowed: Allowance,
    request: PythonRequest,
    version: str,
    *,
    given: str,
    resolved: bool = False,
) -> str | None:
    """That the project does not allow a version; None if it does."""
    if allowed.allows(version):
        return None
    now = f" resolves to `{version}` which" if resolved else ""
    return (
        f"The {given} Python version `{request.canonical}`{now} is incompatible with the "
        f"{allowed.whose} `requires-python` value of `{allowed.specifiers.text}`."
    )
