"""The environment of a project, as `weft run` needs it.

Owns the order: interpreter, environment, lock, packages; next to nothing is said about it. Refuses
to do any of these steps itself.
"""

from __future__ import annotations

from weft.core.value import replace
from weft.ops.run_base import Base
from weft.ops.run_memory import of_project
from weft.ops.run_quiet import quiet
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.lock.uvmodel import UvLock
    from weft.ops.context import Context
    from weft.ops.locking import Locking, Mode
    from weft.ops.project_environment import Environment
    from weft.ops.project_groups import GroupChoice
    from weft.ops.session import Session
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter


def up_to_date(context: Context, session: Session, project: Project) -> Base:
    """The project's environment with what its lock lists, unless `--no-sync` is given."""
    from weft.ops.project_environment import project_environment
    from weft.ops.project_groups import chosen_groups

    settings = context.settings
    project = _of_member(context, project)
    groups = chosen_groups(settings, project.pyproject)
    environment = project_environment(context, session, project, groups=groups)
    if settings.no_sync:
        paths = tuple(os.path.join(each.directory, "pyproject.toml") for each in project.members)
        return Base(environment.interpreter, _versions_there(context, project), paths)
    locking = _synced(context, session, project, environment, groups)
    read = of_project(project, locking.lock, locking.path)
    return Base(environment.interpreter, versions_of(locking.lock), read)


def isolated(context: Context, session: Session, project: Project, directory: str) -> Base:
    """The same in a new environment below `directory`."""
    from weft.ops.project_environment import Environment
    from weft.ops.project_groups import chosen_groups
    from weft.ops.project_python import python_needs
    from weft.python.environment import create

    settings = context.settings
    project = _of_member(context, project)
    groups = chosen_groups(settings, project.pyproject)
    needs = python_needs(context, project, groups)
    found = _any_interpreter(context, session, needs.request)
    needs.check(found.version)
    path = os.path.join(directory, "environment")
    environment = Environment(path, create(path, found), "create")
    if settings.no_sync:
        return Base(environment.interpreter)
    locking = _synced(context, session, project, environment, groups)
    return Base(environment.interpreter, versions_of(locking.lock))


def _any_interpreter(context: Context, session: Session, request: str | None) -> Interpreter:
    from weft.ops.interpreters import find_interpreter

    return find_interpreter(context, session, request, include_virtual=True)


def _of_member(context: Context, project: Project) -> Project:
    """The project as seen from the member of `--package`."""
    name = context.settings.member
    member = project.member(name) if name is not None else None
    if member is None:
        return project
    return replace(
        project, directory=member.directory, pyproject=member.pyproject, name=member.name
    )


def _synced(
    context: Context,
    session: Session,
    project: Project,
    environment: Environment,
    groups: GroupChoice,
) -> Locking:
    from weft.ops.environment_lock import lock
    from weft.ops.locking import lock_project
    from weft.ops.syncing import sync_project

    settings = context.settings
    lock(context, environment.target())
    silent = quiet(context)
    mode: Mode = "dry-run" if settings.isolated_run else "write"  # isolated: nothing is left of it
    if settings.frozen or settings.locked:
        mode = "frozen" if settings.frozen else "locked"
    locking = lock_project(
        silent,
        session,
        project,
        mode=mode,
        interpreter=environment.interpreter,
    )
    sync_project(
        silent,
        session,
        project,
        locking,
        environment,
        groups=groups,
        exact=settings.exact,
        members=(settings.member,) if settings.member is not None else (),
    )
    return locking


def versions_of(lock: UvLock) -> Mapping[str, str]:
    """The version of each package that has one only."""
    found: dict[str, str] = {}
    several = set()
    for package in lock.packages:
        if package.name in found:
            several.add(package.name)
        found[package.name] = package.version
    return {name: version for name, version in found.items() if name not in several and version}


def _versions_there(context: Context, project: Project) -> Mapping[str, str]:
    """Those of a lock that is there, however old, if they will be wanted."""
    from weft.core.errors import WeftError
    from weft.ops.locking import lock_path, read_lock
    from weft.ops.run_layers import is_wanted

    if not is_wanted(context):
        return {}
    try:
        found = read_lock(context, lock_path(project), "frozen")
    except WeftError:
        return {}
    return versions_of(found[0]) if found is not None else {}
