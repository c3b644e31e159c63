"""`weft version`: show or change the version of a project.

Owns which project is meant, what is said about its version, and the order of a change: the file,
the lock, the environment; where one of them fails the files are as they were.
Refuses to compute versions (`ops.version_bump`).
Follows the `project` table of pyproject.toml, and uv in wording.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.project.discovery import Project


def run(context: Context) -> int:
    """Exit code 0. Raises WeftError where there is no project, no version, or no way to change."""
    from weft.ops.version_bump import bumped, parse_bump

    settings = context.settings
    bumps = [parse_bump(text) for text in settings.bump]
    if bumps and settings.value is not None:
        from weft.core.errors import UsageError

        raise UsageError(
            "the argument '[VALUE]' cannot be used with '--bump <BUMP[=VALUE]>'",
            usage="weft version <VALUE>",
        )
    project = _project(context)
    name, old = _identity(context, project)
    new = None
    if settings.value is not None:
        new = _normal(settings.value)
    elif bumps:
        new = bumped(old, bumps)
    if new is None and settings.frozen:
        old = _locked(context, project, name) or old
    if new is not None and not settings.dry_run:
        _change(context, project, new)
    _show(context, name, old, new)
    return 0


def _show(context: Context, name: str, old: str, new: str | None) -> None:
    settings = context.settings
    version = new if new is not None else old
    if settings.output_format == "json":
        import json

        told = {"package_name": name, "version": version, "commit_info": None}
        context.out(json.dumps(told, indent=2))
    elif settings.short:
        context.out(version)
    else:
        context.out(f"{name} {old}" + (f" => {new}" if new is not None else ""))


def _project(context: Context) -> Project:
    """The project around, seen from the member that was asked for."""
    from weft.ops.editing import as_member
    from weft.ops.projects import ProjectMissing, open_project

    try:
        project = open_project(context)
    except ProjectMissing as error:
        raise WeftError(
            error.message,
            hints=("If you meant to view weft's version, use `weft self version` instead",),
        ) from None
    return as_member(project, context.settings.member)


def _identity(context: Context, project: Project) -> tuple[str, str]:
    """Name and version, normal. Raises WeftError where one of them is not told."""
    from weft.core.names import normalize_name

    path = f"{project.directory}/pyproject.toml"
    table = project.pyproject.tables.get("project")
    if not isinstance(table, dict):
        raise WeftError(f"No `project` table found in: {path}")
    if "version" in (table.get("dynamic") or ()):
        raise WeftError("We cannot get or set dynamic project versions in: pyproject.toml")
    version = table.get("version")
    if not isinstance(version, str):
        failure = _invalid(context, path, version)
        raise failure from failure.__cause__
    from weft.core.version import VersionError

    try:
        return normalize_name(table["name"]), _normal(version)
    except VersionError:
        failure = _invalid(context, path, version)
        raise failure from failure.__cause__


def _locked(context: Context, project: Project, name: str) -> str:
    """The version in the lock; empty where it has none. Raises LockMissing."""
    from weft.ops.locking import lock_project
    from weft.ops.session import Session

    with Session(context) as session:
        # What is frozen is not resolved, and needs no interpreter.
        locking = lock_project(context, session, project, mode="frozen", interpreter=None)  # type: ignore[arg-type]
    found = [package.version for package in locking.lock.packages if package.name == name]
    return found[0] if len(found) == 1 else ""


def _normal(text: str) -> str:
    """Raises VersionError."""
    from weft.core.version import Version

    return Version.parse(text).text


def _invalid(context: Context, path: str, version: object) -> WeftError:
    """What is wrong with a version, with its place in the file."""
    from weft.core.version import Version, VersionError
    from weft.ops.editing import read_editable
    from weft.project.pyproject import PyprojectError
    from weft.project.toml import TomlError, locate

    text = read_editable(path).text
    if version is None:
        where = locate(text, ("project",))
        reason = (
            "`pyproject.toml` is using the `[project]` table, but the required `project.version` "
            "field is neither set nor present in the `project.dynamic` list"
        )
    else:
        where = locate(text, ("project", "version"))
        reason = f"invalid type: {type(version).__name__}, expected a string"
        if isinstance(version, str):
            try:
                Version.parse(version)
            except VersionError as error:
                reason = error.message
    line, column, width = where
    failure = PyprojectError(path.removeprefix(f"{context.cwd.rstrip('/')}/"))
    failure.__cause__ = TomlError(reason, text, line=line, column=column, width=width)
    return failure


def _change(context: Context, project: Project, version: str) -> None:
    """Write the version down and bring the lock and the environment in line."""
    from weft.ops.editing import (
        Exclusive,
        Restoring,
        changed_project,
        check_flags,
        save,
        settled,
    )
    from weft.ops.locking import lock_project
    from weft.ops.project_groups import ExtraChoice, chosen_groups
    from weft.ops.session import Session
    from weft.ops.syncing import sync_project

    settings = context.settings
    check_flags(settings)
    if settings.frozen:
        with Exclusive(context, project):
            save(_edited(project, version))
        return
    with Session(context) as session:
        groups = chosen_groups(settings, project.pyproject)
        interpreter, environment = settled(context, session, project, groups)
        with Exclusive(context, project):
            new = _edited(project, version)
            project = changed_project(project, new)
            locking = lock_project(
                context,
                session,
                project,
                mode="locked" if settings.locked else "write",
                interpreter=interpreter,
                hold=True,
            )
            if locking.changed:
                new[locking.path] = locking.text.encode()
            before = save(new)
        if environment is not None:
            with Restoring(before):
                sync_project(
                    context,
                    session,
                    project,
                    locking,
                    environment,
                    extras=ExtraChoice(),
                    groups=groups,
                    exact=False,
                )


def _edited(project: Project, version: str) -> dict[str, bytes]:
    """The bytes of the file with another version, by its path."""
    from weft.ops.editing import read_editable
    from weft.project.edit import Edit

    file = read_editable(f"{project.directory}/pyproject.toml")
    edit = Edit(file.text)
    edit.set_version(version)
    return {file.path: file.encoded(edit.text)}
