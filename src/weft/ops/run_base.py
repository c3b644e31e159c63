"""The environment that a command runs in, without what lies over it.

Owns the choice: the one of the project, brought up to date; without a project the nearest
environment or interpreter; with `--isolated` a new one. Refuses scripts with a block of their own
(`ops.run_scripts`).
Follows uv, also in which options have no effect where, and in saying so.
"""

from __future__ import annotations

from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.settings_values import Settings
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter


@value
class Base:
    """An interpreter; `versions` are those of its lock, which what lies over it should have too.

    `paths` are what decided, besides settings and the environment; None where that cannot be looked
    at again. `use` is the file that keeps an environment of the cache, empty for others.
    """

    interpreter: Interpreter
    versions: Mapping[str, str] = {}
    paths: tuple[str, ...] | None = None
    use: str = ""


def base_of(context: Context, session: Session, *, directory: str) -> Base:
    """The environment for a command, made and filled where it has to be.

    `directory` is one to make a new environment in for `--isolated`. Raises ProjectMissing for
    `--package` outside of a project, and whatever locking and installing raise.
    """
    settings = context.settings
    project = find(context)
    if project is None:
        where = "alongside `--no-project`" if settings.no_project else "outside of a project"
        for warning in without_project(settings, where):
            _warn(context, warning)
        return Base(_nearest(context, session, directory), paths=())
    if settings.isolated_run:
        from weft.ops.run_project import isolated

        return isolated(context, session, project, directory)
    from weft.ops.run_project import up_to_date

    return up_to_date(context, session, project)


def find(context: Context) -> Project | None:
    """The project that the command belongs to. With `--package` there has to be one."""
    from weft.ops.projects import ProjectMissing, open_project
    from weft.project.discovery import ProjectUnmanaged

    settings = context.settings
    if settings.no_project:
        return None
    try:
        project = open_project(context)
    except (ProjectMissing, ProjectUnmanaged):
        if settings.member is not None:
            raise
        return None
    if settings.member is not None:
        from weft.ops.sync import check_members

        check_members((settings.member,), project)
    return project


def without_project(settings: Settings, where: str) -> Iterator[str]:
    """The options that need a project, each as a sentence about having no effect."""
    told = {
        "alongside `--no-project`": "has no effect when used alongside `--no-project`",
        "outside of a project": "has no effect when used outside of a project",
    }[where]
    for flag in (*extra_flags(settings), *group_flags(settings)):
        yield f"`{flag}` {told}"
    names = ["locked", "frozen"] if settings.no_project else ["locked"]
    for name in (*names, "no_sync"):
        if getattr(settings, name):
            yield f"`--{name.replace('_', '-')}` {told}"


def extra_flags(settings: Settings) -> Iterator[str]:
    """The options about extras as they were given."""
    if settings.all_extras:
        yield "--all-extras"
    for name in settings.extra:
        yield f"--extra {name}"
    for name in settings.no_extra:
        yield f"--no-extra {name}"


def group_flags(settings: Settings) -> Iterator[str]:
    """The options about groups as they were given."""
    for name in ("dev", "only_dev", "no_dev", "all_groups", "no_default_groups"):
        if getattr(settings, name):
            yield f"--{name.replace('_', '-')}"
    for name in settings.group:
        yield f"--group {name}"
    for name in settings.only_group:
        yield f"--only-group {name}"
    for name in settings.no_group:
        yield f"--no-group {name}"


def warn_of_script(context: Context) -> None:
    """What has no meaning for a script with a block of its own."""
    settings = context.settings
    if any(extra_flags(settings)):
        _warn(context, "Extras are not supported for Python scripts with inline metadata")
    for flag in group_flags(settings):
        _warn(context, f"`{flag}` is not supported for Python scripts with inline metadata")
    for name, flag in (
        ("all_packages", "--all-packages"), ("member", "--package"), ("no_sync", "--no-sync"),
        ("isolated_run", "--isolated"),
    ):  # fmt: skip
        if getattr(settings, name):
            _warn(
                context,
                f"`{flag}` is a no-op for Python scripts with inline metadata, which always run "
                "in isolation",
            )


def _warn(context: Context, text: str) -> None:
    from weft.core.events import Warned

    context.sink(Warned(text))


def _nearest(context: Context, session: Session, directory: str) -> Interpreter:
    """The active environment, `.venv` upwards, or an interpreter that is installed."""
    from weft.ops.interpreters import find_interpreter
    from weft.ops.projects import start_directory
    from weft.ops.version_files import nearest_text

    request = context.settings.python
    if request is None:
        request = nearest_text(context, start_directory(context))
    found = find_interpreter(context, session, request, include_virtual=True)
    if not context.settings.isolated_run:
        return found
    from weft.python.environment import create

    return create(os.path.join(directory, "environment"), found)
