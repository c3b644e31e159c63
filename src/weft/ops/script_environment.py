"""The environment of a script.

Owns which interpreter a script runs with, where its environment lies in the cache, and making it
anew where it does not fit. Refuses to install into it (`ops.run_scripts`).
Follows uv: `--python`, then a version file, then `requires-python`; with `--active` the active one.
"""

from __future__ import annotations

from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.scripts import Script
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter
    from weft.python.request import PythonRequest
    from weft.store.environments import KeptEnvironment


@value
class ScriptPython:
    """`request` is the text of a request, None for any Python; `required` the `requires-python`."""

    request: str | None
    required: str | None


def script_python(context: Context, script: Script) -> ScriptPython:
    """What is asked for."""
    from weft.ops.scripts import requires_python_of

    required = requires_python_of(script)
    if context.settings.python is not None:
        return ScriptPython(context.settings.python, required)
    pinned = nearest_pin(context, script.directory)
    if pinned is not None and (required is None or _may_be(pinned, required)):
        return ScriptPython(pinned.canonical, required)
    return ScriptPython(required, required)


def nearest_pin(context: Context, directory: str) -> PythonRequest | None:
    """The request of the nearest version file upwards, else of the global one."""
    from weft.ops.version_files import nearest

    found = nearest(context, directory)
    return found.first if found is not None else None


def _may_be(pinned: PythonRequest, required: str) -> bool:
    """A version that the script does not allow is not meant for it."""
    from weft.core.specifier import requires_python_allows

    version = pinned.fixed_version
    return version is None or requires_python_allows(required, version)


def script_interpreter(context: Context, session: Session, script: Script) -> Interpreter:
    """The interpreter of a script, outside of environments; warns where it is not allowed.

    Raises InterpreterNotFound.
    """
    from weft.ops.interpreters import find_interpreter

    needs = script_python(context, script)
    found = find_interpreter(context, session, needs.request, include_virtual=True)
    _warn(context, needs, found)
    return found


def _warn(context: Context, needs: ScriptPython, found: Interpreter) -> None:
    from weft.core.specifier import requires_python_allows

    if needs.required is None or requires_python_allows(needs.required, found.version):
        return
    from weft.core.events import Warned

    context.sink(
        Warned(
            f"The requested interpreter resolved to Python {found.version}, which is incompatible "
            f"with the script's Python requirement: `{needs.required}`"
        )
    )


def script_place(context: Context, session: Session, script: Script) -> str:
    """Where the environment of a script is, or would be; with `--active` it is the active one."""
    return _active(context) or _kept(session, script).path


def script_environment(context: Context, session: Session, script: Script) -> Interpreter:
    """The interpreter of the script's own environment; made where it is missing or does not fit.

    As long as this process lives, and the program that it becomes, the cache keeps it.
    """
    active = _active(context)
    if active is not None:
        return _settled(context, session, script, active)
    kept = _kept(session, script)
    kept.use()
    found = existing(context, session, script, kept.path)
    if found is not None:
        return found
    with kept.change(timeout=context.settings.lock_timeout):
        return _settled(context, session, script, kept.path)


def use_of(context: Context, session: Session, script: Script) -> str:
    """The file that keeps the environment of a script; empty for one that is not the cache's."""
    return "" if _active(context) is not None else _kept(session, script).use_path


def _active(context: Context) -> str | None:
    active = context.environ.get("VIRTUAL_ENV")
    if not (context.settings.active and active):
        return None
    return os.path.normpath(os.path.join(context.cwd, active))


def _kept(session: Session, script: Script) -> KeptEnvironment:
    """The place of a script; that of stdin goes by what the script says."""
    from weft.core.digest import short_digest
    from weft.store.environments import KeptEnvironment, name_of

    if script.path == "-":
        return KeptEnvironment(session.store, name_of("", short_digest(script.text)))
    stem = os.path.splitext(os.path.basename(script.path))[0]
    return KeptEnvironment(session.store, name_of(stem, short_digest(script.path)))


def _settled(context: Context, session: Session, script: Script, path: str) -> Interpreter:
    from weft.python.environment import create

    found = existing(context, session, script, path)
    if found is not None:
        return found
    base = script_interpreter(context, session, script)
    return create(path, base, cwd=context.cwd, clear=True)


def existing(context: Context, session: Session, script: Script, path: str) -> Interpreter | None:
    """The interpreter of the environment at `path`, if there is one and it will do.

    Warns of one that was asked for and that the script does not allow.
    """
    from weft.core.specifier import requires_python_allows
    from weft.ops.project_python import satisfies
    from weft.python.interpreter import probe, python_of
    from weft.python.probe import InterpreterFailure

    needs = script_python(context, script)
    if not os.path.isfile(f"{path}/pyvenv.cfg"):
        return None
    try:
        found = probe(python_of(path), session.store, environ=context.environ)
    except InterpreterFailure:
        return None
    if not satisfies(context, session, needs.request, found):
        return None
    if needs.required is None or requires_python_allows(needs.required, found.version):
        return found
    if context.settings.python is None:
        return None
    _warn(context, needs, found)
    return found
