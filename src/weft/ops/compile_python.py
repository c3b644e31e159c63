"""Which Python `weft pip compile` works for, and which one it works with.

Owns the choice of both: requirements may be resolved for a Python that is not there, since all it
takes is its version; what has to be built is built with the nearest interpreter. Refuses to run
it. Follows uv, where `--python 3.12` means the version and `--python PATH` the interpreter.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.wants import Wants
    from weft.python.interpreter import Interpreter


def with_version(context: Context) -> Context:
    """`--python` with a version as `--python-version`; a variable gives way to the latter."""
    settings = context.settings
    python, version = settings.python, settings.python_version
    if python is None:
        return context
    if version is not None:
        if settings.sources.get("python", "").startswith("-"):
            return context
        return context.changed(python=None)
    if not is_version(python):
        return context
    return context.changed(python=None, python_version=python)


def is_version(text: str) -> bool:
    """Whether `--python` names a version and not an interpreter: `3`, `3.12`, `3.13.0rc1`."""
    if "." not in text and not (len(text) == 1 and text.isdigit()):
        return False
    from weft.core.version import Version, VersionError

    try:
        version = Version.parse(text)
    except VersionError:
        return False
    plain = not (version.is_devrelease or version.is_postrelease or version.local or version.epoch)
    return plain and len(version.release) <= 3


def find_interpreter(
    context: Context, session: Session, wants: Wants, *, builds: bool = True
) -> Interpreter:
    """The named one; else one of the wanted version, of its minor version, or any.

    Warns where builds will use another version than the one that is resolved for, unless nothing
    `builds` or the requirements forbid it. Raises InterpreterNotFound and InspectionFailure.
    """
    settings = context.settings
    if settings.system:
        context = context.changed(python_preference="system")
    if settings.python is not None:
        return _find(context, session, settings.python)
    version = settings.python_version
    if version is None:
        return _find(context, session, None)
    interpreter = _nearest(context, session, version)
    if _differs(version, interpreter.version) and builds and not _builds_nothing(wants):
        from weft.core.events import Warned

        context.sink(
            Warned(
                f"The requested Python version {version} is not available; {interpreter.version} "
                "will be used to build dependencies instead."
            )
        )
    return interpreter


def _nearest(context: Context, session: Session, version: str) -> Interpreter:
    """The one that was asked for, else another: it is only needed for builds."""
    from weft.core.events import Warned
    from weft.ops.interpreters import Unfetched, find_or_fetch
    from weft.python.discovery import InterpreterNotFound

    parts = version.split(".")
    for text in (version, ".".join(parts[:2])) if len(parts) > 2 else (version,):
        try:
            return find_or_fetch(
                context, session, text, include_virtual=True, system=context.settings.system
            )
        except InterpreterNotFound:
            continue
        except Unfetched as error:
            context.sink(Warned(error.message, cause=error.failure))
            break
    return _find(context, session, None)


def _find(context: Context, session: Session, text: str | None) -> Interpreter:
    from weft.ops import interpreters

    return interpreters.find_interpreter(
        context, session, text, include_virtual=True, system=context.settings.system
    )


def _differs(wanted: str, found: str) -> bool:
    """Whether the interpreter is of another version, as far as the wanted one says."""
    if wanted == found:
        return False
    return wanted.count(".") != 1 or not found.startswith(f"{wanted}.")


def _builds_nothing(wants: Wants) -> bool:
    return wants.options is not None and bool(wants.options.only_binary)
