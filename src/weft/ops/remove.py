"""`weft remove`: take requirements out of a project, lock, and install what is left.

Owns the order of things, as `ops.add` does, and the advice where a package is in another list.
Refuses to know how files are edited (`weft.project.edit`).
Follows uv in order, wording and exit codes.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.project.edit import DEV, DEV_GROUP, Edit, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.locking import Locking
    from weft.ops.project_environment import Environment
    from weft.ops.project_groups import GroupChoice
    from weft.ops.session import Session
    from weft.ops.settings_values import Settings
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter


class DependencyMissing(WeftError):
    """`name` is not in the list; it may be in the `others`. `known` are the names in any list."""

    def __init__(self, name: str, target: Target, others: list[Target], *, known: set[str]) -> None:
        super().__init__(f"The dependency `{name}` could not be found in {target.shown}")
        self.name = name
        self.target = target
        self.others = others
        self.known = known

    @property
    def hints(self) -> tuple[str, ...]:
        if self.others:
            return tuple([_hint(self.name, other) for other in self.others])
        from weft.ops.known_names import did_you_mean

        return did_you_mean(self.name, self.known)


def run(context: Context) -> int:
    """Exit code 0. Raises DependencyMissing and other errors with exit code 2, NoSolution."""
    from weft.ops.editing import (
        Exclusive,
        Restoring,
        check_flags,
        open_member,
        save,
        settled,
    )
    from weft.ops.project_groups import chosen_groups
    from weft.ops.session import Session

    settings = context.settings
    check_flags(settings)
    if settings.script is not None:
        from weft.ops.add_script import remove_from_script

        return remove_from_script(context, settings.script)
    project = open_member(context)
    if settings.frozen:
        with Exclusive(context, project):
            save(_changed(project, settings))
        return 0
    with Session(context) as session:
        _changed(project, settings)  # what cannot be removed is said before anything is made
        groups = chosen_groups(context.changed(dev=False).settings, project.pyproject)
        interpreter, environment = settled(context, session, project, groups)
        before: dict[str, bytes | None] = {}
        with Restoring(before):
            with Exclusive(context, project):
                new = _changed(project, settings)
                project, locking = _locked(context, session, project, new, interpreter=interpreter)
                if locking.changed:
                    new[locking.path] = locking.text.encode()
                save(new, before)
            if environment is not None:
                _install(context, session, project, locking, environment, groups=groups)
    return 0


def _changed(project: Project, settings: Settings) -> dict[str, bytes]:
    """The bytes of the file without the packages, by its path."""
    from weft.ops.editing import read_editable

    file = read_editable(f"{project.directory}/pyproject.toml")
    edit = Edit(file.text)
    removed(edit, settings)
    return {file.path: file.encoded(edit.text)}


def _locked(
    context: Context,
    session: Session,
    project: Project,
    new: dict[str, bytes],
    *,
    interpreter: Interpreter,
) -> tuple[Project, Locking]:
    """The project as it will be, and its lock."""
    from weft.ops.editing import changed_project
    from weft.ops.locking import lock_project

    project = changed_project(project, new)
    locking = lock_project(
        context,
        session,
        project,
        mode="locked" if context.settings.locked else "write",
        interpreter=interpreter,
        hold=True,
    )
    return project, locking


def _install(
    context: Context,
    session: Session,
    project: Project,
    locking: Locking,
    environment: Environment,
    *,
    groups: GroupChoice,
) -> None:
    """Bring the environment in line: what nothing needs any more goes."""
    from weft.ops.project_groups import ExtraChoice
    from weft.ops.syncing import sync_project

    sync_project(
        context,
        session,
        project,
        locking,
        environment,
        extras=ExtraChoice(),
        groups=groups,
        exact=True,
    )


def removed(edit: Edit, settings: Settings) -> None:
    """Take the packages out. Raises DependencyMissing for the first that is not there."""
    from weft.core.names import normalize_name

    for written in settings.packages:
        name = normalize_name(written)
        targets = _targets(settings)
        if not sum([edit.remove(name, target) for target in targets]):
            import tomllib

            from weft.ops.known_names import declared_names

            known = declared_names(tomllib.loads(edit.text))
            raise DependencyMissing(name, targets[-1], edit.find(name), known=known)


def _targets(settings: Settings) -> tuple[Target, ...]:
    """The lists that the options mean; the old one of development dependencies counts as `dev`."""
    from weft.core.names import normalize_name
    from weft.project.edit import PRODUCTION

    if settings.optional is not None:
        return (Target("extra", normalize_name(settings.optional)),)
    group = "dev" if settings.dev else settings.to_group
    if group is None:
        return (PRODUCTION,)
    if normalize_name(group) == DEV_GROUP.name:
        return (DEV, DEV_GROUP)
    return (Target("group", normalize_name(group)),)


def _hint(name: str, target: Target) -> str:
    if target.kind == "production":
        return f"`{name}` is a production dependency"
    if target.kind == "dev":
        return f"`{name}` is a development dependency (try: `weft remove {name} --dev`)"
    if target.kind == "extra":
        command = f"weft remove {name} --optional {target.name}"
        return f"`{name}` is an optional dependency (try: `{command}`)"
    command = f"weft remove {name} --group {target.name}"
    return f"`{name}` is in the `{target.name}` group (try: `{command}`)"
