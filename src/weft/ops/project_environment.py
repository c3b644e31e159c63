"""The environment of a project.

Owns where it is (`.venv` beside the lock, `WEFT_PROJECT_ENVIRONMENT`, with `--active` the active
one), whether what is there will do, and making it anew where it does not. Refuses to put packages
into it. While it is looked for and made, a lock keeps other commands of this project out, those of
uv too (`ops.project_lock`).
Follows uv in what may be removed and in wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from weft.install.target import Target
    from weft.ops.context import Context
    from weft.ops.project_groups import GroupChoice
    from weft.ops.project_python import PythonNeeds
    from weft.ops.session import Session
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter

    # What was done to it, or with `--dry-run` would be.
    Action = Literal["check", "create", "update", "replace"]


class EnvironmentUnusable(WeftError):
    """What is at `path` is no environment and nobody said that it may go."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            f"Project virtual environment directory `{path}` cannot be used because {reason}"
        )
        self.path = path


@value
class Environment:
    """An environment and its interpreter. `path` is absolute; with "create" and "replace" of a
    dry run nothing of it is there. `interpreter` is the one that it has or would have."""

    path: str
    interpreter: Interpreter
    action: Action = "check"
    exists: bool = True

    def target(self) -> Target:
        """Where packages go."""
        from weft.install.target import environment_target
        from weft.python.interpreter import read_configuration

        relocatable = False
        if self.exists and self.interpreter.is_virtual:
            relocatable = read_configuration(self.path).get("relocatable") == "true"
        return environment_target(self.interpreter, relocatable=relocatable)


def project_environment(
    context: Context,
    session: Session,
    project: Project,
    interpreter: Interpreter | None = None,
    *,
    groups: GroupChoice | None = None,
) -> Environment:
    """The environment of the project; made where it is missing or does not fit.

    `interpreter` is one to make it with, None to look for one that the project allows. With
    `--dry-run` and `--check` nothing is made. Raises EnvironmentUnusable, InterpreterNotFound and
    WeftError for a Python that the project does not allow.
    """
    from weft.ops.project_lock import hold
    from weft.ops.project_python import find, python_needs

    needs = python_needs(context, project, groups)
    dry = context.settings.dry_run or context.settings.check
    lock = None if dry else hold(context, project.root)
    try:
        path = environment_path(context, project)
        found = existing(context, session, project, needs, path=path)
        if found is not None:
            return Environment(path, found)
        if interpreter is None or not needs.allows(interpreter.version):
            interpreter = find(context, session, needs)
        return _would_be(path, interpreter) if dry else _made(context, project, path, interpreter)
    finally:
        if lock is not None:
            lock.release()


def environment_path(context: Context, project: Project) -> str:
    """Where the environment is or should be; warns of an active one that is another."""
    told = context.settings.project_environment
    path = os.path.join(project.root, told or ".venv")
    active = context.environ.get("VIRTUAL_ENV")
    wants = context.settings.active if "active" in context.settings.sources else None
    if not active or wants is False:
        return path
    active = os.path.join(context.cwd, active)
    if _is_same_place(active, path):
        return path
    if wants:
        return active
    from weft.core.events import Warned
    from weft.python.discovery import display

    context.sink(
        Warned(
            f"`VIRTUAL_ENV={display(active, context.cwd)}` does not match the project environment "
            f"path `{display(path, context.cwd)}` and will be ignored; use `--active` to target "
            "the active environment instead"
        )
    )
    return path


def _is_same_place(one: str, other: str) -> bool:
    return one == other or os.path.realpath(one) == os.path.realpath(other)


def existing(
    context: Context,
    session: Session,
    project: Project,
    needs: PythonNeeds,
    *,
    path: str | None = None,
) -> Interpreter | None:
    """The interpreter of the environment that is there, if it is what the project asks for.

    None for one that has to be made. Raises EnvironmentUnusable where that is not allowed.
    """
    from weft.ops.project_python import satisfies
    from weft.python.interpreter import probe

    if path is None:
        path = environment_path(context, project)
    python = _executable(context, path)
    if python is None:
        return None
    try:
        found = probe(python, session.store, environ=context.environ)
    except WeftError as error:
        from weft.core.events import Debug

        context.sink(Debug(error.message))
        return None
    if os.path.realpath(found.prefix) != os.path.realpath(path):
        # Without `pyvenv.cfg` what runs there is the Python that it was made of.
        _check_removable(path)
        return None
    if not needs.allows(found.version) or not _is_preferred(context, found):
        return None
    return found if satisfies(context, session, needs.request, found) else None


def _is_preferred(context: Context, found: Interpreter) -> bool:
    """`--managed-python` and `--no-managed-python` are about environments too."""
    preference = context.settings.python_preference
    if preference not in ("only-managed", "only-system"):
        return True
    from weft.python.discovery import World
    from weft.python.search import managed_homes

    world = World(context.environ, context.cwd, None, platform=context.platform)  # type: ignore[arg-type]
    homes = tuple(f"{os.path.realpath(home)}/" for home in managed_homes(world))
    managed = os.path.realpath(found.base_executable).startswith(homes)
    return managed == (preference == "only-managed")


def _executable(context: Context, path: str) -> str | None:
    """The `python` of what is there; None where nothing is, or nothing that has to stay."""
    from weft.python.discovery import display
    from weft.python.interpreter import python_of

    if not os.path.exists(path):
        return None
    if not os.path.isdir(path):
        raise EnvironmentUnusable(path, "expected directory but found a file")
    python = python_of(path)
    if os.path.exists(python):
        return python
    if os.path.islink(python):
        from weft.core.events import Warned

        context.sink(
            Warned(
                "Ignoring existing virtual environment linked to non-existent Python interpreter: "
                f"`{display(python, context.cwd)}` -> `{os.readlink(python)}`"
            )
        )
        return None
    if not os.path.exists(f"{path}/pyvenv.cfg") and os.listdir(path):
        raise EnvironmentUnusable(
            path, "it is not a valid Python environment (no Python executable was found)"
        )
    return None


def _would_be(path: str, interpreter: Interpreter) -> Environment:
    """What a dry run speaks of."""
    from weft.python.interpreter import in_environment, python_of

    _check_removable(path)
    action: Action = "replace" if os.path.exists(f"{path}/pyvenv.cfg") else "create"
    inside = in_environment(interpreter, path, executable=python_of(path))
    return Environment(path, inside, action, exists=False)


def _made(context: Context, project: Project, path: str, interpreter: Interpreter) -> Environment:
    from weft.core.events import Note
    from weft.python.discovery import display
    from weft.python.environment import create

    _check_removable(path)
    replaces = os.path.exists(f"{path}/pyvenv.cfg")
    shown = display(path, context.cwd)
    if replaces:
        context.sink(Note(f"Removed virtual environment at: {shown}"))
    context.sink(Note(f"Creating virtual environment at: {shown}"))
    made = create(
        path,
        interpreter,
        cwd=context.cwd,
        prompt=project.top.name or os.path.basename(project.root) or None,
        clear=True,
    )
    return Environment(path, made, "update" if replaces else "create")


def _check_removable(path: str) -> None:
    """Raises EnvironmentUnusable for a directory with something else in it."""
    if not os.path.isdir(path) or os.path.exists(f"{path}/pyvenv.cfg"):
        return
    if os.listdir(path):
        raise EnvironmentUnusable(
            path,
            "it is not a compatible environment but cannot be recreated because it is not a "
            "virtual environment",
        )
