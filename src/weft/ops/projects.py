"""The project that a command is about.

Owns where to look for it and what is said when there is none. Refuses to find an interpreter.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.project.discovery import Project
    from weft.project.pyproject import Pyproject


class ProjectMissing(WeftError):
    """Neither the working directory nor one above it has a `pyproject.toml`."""

    def __init__(self) -> None:
        super().__init__("No `pyproject.toml` found in current directory or any parent directory")


def open_project(context: Context, *, no_workspace: bool = False) -> Project:
    """The project around the working directory, or around `--project`.

    Raises ProjectMissing, PyprojectError (exit code 2) and the other errors of
    `weft.project.discovery.find_project`.
    """
    from weft.project.discovery import find_project
    from weft.project.pyproject import PyprojectError
    from weft.project.reader import local_reader

    directory = start_directory(context)
    try:
        project = find_project(directory, local_reader, no_workspace=no_workspace)
    except PyprojectError as error:
        raise _shorter(error, context.cwd) from error.__cause__
    if project is None:
        raise ProjectMissing
    _check(context, project)
    _check_groups(context, project)
    _warn(context, project)
    return project


def _check(context: Context, project: Project) -> None:
    """Settings that decide what to resolve have to be right: no lock is made without one."""
    from weft.project.discovery import uv_table, weft_table

    if not uv_table(project.top) and not weft_table(project.top):
        return
    from weft.ops.project_settings import DECISIVE, check_file

    if DECISIVE.isdisjoint(uv_table(project.top)) and DECISIVE.isdisjoint(weft_table(project.top)):
        return
    from weft.system.lean import os

    check_file(project.top.path, os.path.relpath(project.top.path, context.cwd))


def _check_groups(context: Context, project: Project) -> None:
    """Raises MalformedGroups for groups that include each other, or one that is not there."""
    from weft.project.groups import GroupError, flatten_groups

    files = [project.pyproject, project.top, *(each.pyproject for each in project.members)]
    for each in files:
        try:
            flatten_groups(each.groups)
            _check_told(each)
        except GroupError as error:
            from weft.project.projects import MalformedGroups
            from weft.system.lean import os

            path = os.path.relpath(each.path, context.cwd)
            where = os.path.dirname(path)
            subject = f"`{each.name} @ {where}`" if where else f"`{each.name}`"
            raise MalformedGroups(
                f"Project {subject}" if each.name else f"Project at `{path}`"
            ) from error


def _check_told(pyproject: Pyproject) -> None:
    """Raises GroupError where settings are for a group that is not there."""
    from weft.project.discovery import uv_table
    from weft.project.groups import GroupError

    table = uv_table(pyproject)
    settings = table.get("dependency-groups")
    if not isinstance(settings, dict):
        return
    from weft.core.names import normalize_name

    known = {*pyproject.groups, *(["dev"] if "dev-dependencies" in table else ())}
    for name in settings:
        if normalize_name(name) not in known:
            raise GroupError(
                f"Failed to find group `{name}` specified in `[tool.uv.dependency-groups]`"
            )


def _warn(context: Context, project: Project) -> None:
    """Of tables that have a standard by now."""
    from weft.project.discovery import uv_table

    files = dict.fromkeys([project.top.path, *(each.pyproject.path for each in project.members)])
    by_path = {each.pyproject.path: each.pyproject for each in project.members}
    for path in files:
        if "dev-dependencies" not in uv_table(by_path.get(path, project.top)):
            continue
        from weft.core.events import Warned
        from weft.system.lean import os

        shown = os.path.relpath(path, context.cwd)
        context.sink(
            Warned(
                f"The `tool.uv.dev-dependencies` field (used in `{shown}`) is deprecated and will "
                "be removed in a future release; use `dependency-groups.dev` instead"
            )
        )


def start_directory(context: Context) -> str:
    """Where the search begins; absolute."""
    from weft.system.lean import os

    given = context.settings.project
    if given is None:
        return context.cwd
    directory = os.path.normpath(os.path.join(context.cwd, given))
    if os.path.basename(directory) == "pyproject.toml" and os.path.isfile(directory):
        return os.path.dirname(directory)
    return directory


def _shorter(error: WeftError, cwd: str) -> WeftError:
    """The same with a path as people would write it."""
    from weft.project.pyproject import PyprojectError

    assert isinstance(error, PyprojectError)
    inside = f"{cwd.rstrip('/')}/"
    return PyprojectError(error.path.removeprefix(inside))
