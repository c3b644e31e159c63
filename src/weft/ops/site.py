"""On which environment a pip command works.

Owns the choice among the active environment, `--python`, `--system`, `--target` and `--prefix`, and
the lines that say which one it is. Refuses to change it.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.install.target import Target
    from weft.ops.context import Context
    from weft.ops.installed_set import InstalledSet
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter
    from weft.store.store import Store


@value
class Site:
    """An interpreter and the directories whose distributions count."""

    interpreter: Interpreter
    directories: tuple[str, ...]

    def installed_set(self, environment: Mapping[str, str] | None = None) -> InstalledSet:
        """What is there, judged in `environment` (None: by the interpreter)."""
        from weft.ops.installed_set import InstalledSet
        from weft.python.installed import scan

        return InstalledSet(scan(self.directories), environment or self.interpreter.markers)


def read_site(context: Context, *, paths: tuple[str, ...] = ()) -> Site:
    """For commands that only read. Raises InterpreterNotFound and InspectionFailure."""
    from weft.core.events import Note
    from weft.ops.session import store_root
    from weft.python.discovery import target_note
    from weft.store.store import Store
    from weft.system.lean import os

    settings = context.settings
    interpreter = _find(context, Store(store_root(context)), mutable=False)
    if settings.target is not None or settings.prefix is not None:
        return Site(interpreter, _target(context, interpreter).site_directories)
    if paths:
        return Site(interpreter, tuple(os.path.join(context.cwd, path) for path in paths))
    note = target_note(interpreter, context.cwd)
    if note is not None:
        context.sink(Note(note))
    return Site(interpreter, interpreter.package_directories)


def write_target(
    context: Context,
    session: Session,
    *,
    name_interpreter: bool = True,
    meanwhile: Callable[[], object] | None = None,
) -> tuple[Interpreter, Target]:
    """For commands that change packages; refuses externally managed interpreters (PEP 668).

    With `--target` or `--prefix` the interpreter is named, unless the command runs nothing of it.
    `meanwhile` is called while an interpreter is asked, where one must be.
    """
    from weft.core.events import Note
    from weft.python.discovery import target_note

    settings = context.settings
    interpreter = _find(context, session.store, mutable=True, meanwhile=meanwhile)
    if settings.target is not None or settings.prefix is not None:
        if name_interpreter:
            from weft.ops.project_python import announce

            announce(context, interpreter)
        return interpreter, _target(context, interpreter)
    note = target_note(interpreter, context.cwd)
    if note is not None:
        context.sink(Note(note))
    if interpreter.externally_managed is not None and not settings.break_system_packages:
        raise ExternallyManaged(interpreter, system=settings.system)
    return interpreter, _target(context, interpreter)


class ExternallyManaged(WeftError):
    """Another package manager owns the interpreter (PEP 668)."""

    def __init__(self, interpreter: Interpreter, *, system: bool) -> None:
        if system:
            hint = "Virtual environments were not considered due to the `--system` flag"
        else:
            hint = "Consider creating a virtual environment, e.g., with `weft venv`"
        super().__init__(hints=(hint,))
        self.prefix = interpreter.prefix
        self.text = (interpreter.externally_managed or "").strip()

    @property
    def message(self) -> str:
        if not self.text:
            return f"The interpreter at `{self.prefix}` is externally managed"
        told = "\n".join(f"  {line}".rstrip() for line in self.text.splitlines())
        return (
            f"The interpreter at `{self.prefix}` is externally managed, and indicates the "
            f"following:\n\n{told}"
        )


def _find(
    context: Context,
    store: Store,
    *,
    mutable: bool,
    meanwhile: Callable[[], object] | None = None,
) -> Interpreter:
    from weft.python.discovery import find_environment

    settings = context.settings
    request = None
    if settings.python is not None:
        from weft.python.request import PythonRequest

        request = PythonRequest.parse(settings.python)
    elsewhere = settings.target is not None or settings.prefix is not None
    return find_environment(
        request,
        environ=context.environ,
        cwd=context.cwd,
        store=store,
        preference=settings.python_preference,  # type: ignore[arg-type]
        system=settings.system,
        mutable=mutable and not elsewhere,
        platform=context.platform,
        meanwhile=meanwhile,
    )


def _target(context: Context, interpreter: Interpreter) -> Target:
    from weft.install.target import directory_target, environment_target, prefix_target
    from weft.system.lean import os

    settings = context.settings
    if settings.target is not None:
        return directory_target(
            interpreter, os.path.normpath(os.path.join(context.cwd, settings.target))
        )
    if settings.prefix is not None:
        return prefix_target(
            interpreter, os.path.normpath(os.path.join(context.cwd, settings.prefix))
        )
    from weft.python.interpreter import read_configuration

    relocatable = False
    if interpreter.is_virtual:
        relocatable = read_configuration(interpreter.prefix).get("relocatable") == "true"
    return environment_target(interpreter, relocatable=relocatable)
