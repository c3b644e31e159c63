"""`weft add`: put requirements into a project, lock and install them.

Owns the order of things: nothing on the disk changes before the resolution is there, and all of
it changes back if the installation fails. Refuses to know how files are edited
(`weft.project.edit`), what is asked for (`ops.add_requirements`) and where it goes
(`ops.add_plan`).
Follows uv in order, wording and exit codes.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.version import Version
    from weft.lock.uvmodel import UvLock
    from weft.ops.add_plan import Placed, Plan
    from weft.ops.add_requirements import AskedLines
    from weft.ops.context import Context
    from weft.ops.locking import Locking
    from weft.ops.project_environment import Environment
    from weft.ops.project_groups import GroupChoice
    from weft.ops.session import Session
    from weft.ops.settings_values import Settings
    from weft.project.discovery import Project
    from weft.project.edit import Edit
    from weft.python.interpreter import Interpreter


class AddFailed(WeftError):
    """What was added cannot be resolved, or not installed; the cause says why."""

    def __init__(self, cause: WeftError) -> None:
        super().__init__(
            "Failed to add dependencies",
            hints=(
                *_hints_below(cause),
                "If you want to add the package regardless of the failed resolution, provide the "
                "`--frozen` flag to skip locking and syncing",
            ),
            exit_code=1,
        )
        self.__cause__ = cause


def _hints_below(cause: WeftError) -> list[str]:
    """What the causes advise, which is told first."""
    found: list[str] = []
    error: BaseException | None = cause
    while isinstance(error, WeftError):
        found += [hint for hint in error.hints if hint not in found]
        error = error.__cause__
    return found


def run(context: Context) -> int:
    """Exit code 0. Raises WeftError: 1 where what was asked for cannot be met, else 2."""
    from weft.ops.add_requirements import read_asked
    from weft.ops.editing import check_flags, open_member

    settings = context.settings
    check_flags(settings)
    inputs = read_asked(context)
    if settings.script is not None:
        from weft.ops.add_script import add_to_script

        return add_to_script(context, settings.script, inputs)
    project = open_member(context)
    if project.name is None:
        _check_virtual(settings)
    return _add(context, project, inputs)


def _add(context: Context, project: Project, inputs: AskedLines) -> int:
    from weft.ops.add_plan import planned
    from weft.ops.add_requirements import name_all
    from weft.ops.editing import Exclusive, Restoring, save, settled
    from weft.ops.session import Session

    settings = context.settings
    groups = groups_of(settings, project)
    with Session(context) as session:
        interpreter, environment = settled(context, session, project, groups)
        before: dict[str, bytes | None] = {}
        with Restoring(before):
            with Exclusive(context, project):
                asked = name_all(context, session, interpreter, inputs.requirements)
                if any("git+" in (each.requirement.url or "") for each in asked):
                    from weft.ops.add_requirements import with_logins

                    context = with_logins(context, asked)
                plan = planned(context, project, asked)
                if settings.frozen:
                    save(plan.new)
                    return 0
                locking = _locked(context, session, plan, interpreter, inputs)
                if locking.changed:
                    plan.new[locking.path] = locking.text.encode()
                save(plan.new, before)
            if environment is not None:
                _install(context, session, plan, locking, environment, groups=groups)
    return 0


def _locked(
    context: Context, session: Session, plan: Plan, interpreter: Interpreter, inputs: AskedLines
) -> Locking:
    """The lock of the project as it will be; lower bounds are in the plan then."""
    from weft.ops.locking import LockMissing, LockOutdated, lock_project, restated

    limits = tuple([line.requirement for line in inputs.constraints if line.requirement])
    try:
        locking = lock_project(
            context,
            session,
            plan.project,
            mode="locked" if context.settings.locked else "write",
            interpreter=interpreter,
            constraints=limits,
            hold=True,
        )
        kept = bound(context, plan.edit, plan.placed, locking.lock)
        if kept is None:
            return locking
        plan.settle()
        if kept:
            return restated(context, session, locking, plan.project, interpreter=interpreter)
        return lock_project(
            context, session, plan.project, interpreter=interpreter, hold=True, quiet=True
        )
    except (LockMissing, LockOutdated):
        raise
    except WeftError as error:
        if error.exit_code != 1:  # the network, a file: nothing that `--frozen` would be about
            raise
        raise AddFailed(error) from error


def bound(context: Context, edit: Edit, placed: Sequence[Placed], lock: UvLock) -> bool | None:
    """Give what is new and names no version the resolved one as its bound.

    None where nothing got one, else whether all bounds allow the versions that are locked.
    """
    settings = context.settings
    if settings.raw:
        return None
    from weft.core.events import Note

    kept: bool | None = None
    for each in placed:
        if not each.change.new or not each.from_index:
            continue
        if not each.is_open:
            if settings.bounds is not None:
                shown = f"`{each.shown}` over bounds preference `{settings.bounds}`"
                context.sink(Note(f"note: Using explicit requirement {shown}"))
            continue
        versions = _versions(lock, each.name)
        if versions:
            from weft.core.specifier import Specifiers
            from weft.ops.bounds import specifiers

            text = specifiers(versions[0], settings.bounds or "lower")
            edit.set_specifiers(each.change, text)
            allowed = Specifiers.parse(text)
            kept = kept is not False and all(allowed.contains(other) for other in versions)
    return kept


def _versions(lock: UvLock, name: str) -> list[Version]:
    """The versions of a package in the lock, the lowest first."""
    from weft.core.version import Version

    return sorted(
        Version.parse(package.version)
        for package in lock.packages
        if package.name == name and package.version
    )


def _install(
    context: Context,
    session: Session,
    plan: Plan,
    locking: Locking,
    environment: Environment,
    *,
    groups: GroupChoice,
) -> None:
    """Install what is missing."""
    from weft.core.names import normalize_name
    from weft.ops.project_groups import ExtraChoice
    from weft.ops.syncing import sync_project

    optional = context.settings.optional
    extras = ExtraChoice(
        frozenset() if optional is None else frozenset((normalize_name(optional),))
    )
    try:
        sync_project(
            context,
            session,
            plan.project,
            locking,
            environment,
            extras=extras,
            groups=groups,
            exact=False,
        )
    except WeftError as error:
        if error.exit_code == 1:
            raise AddFailed(error) from error
        raise


def _check_virtual(settings: Settings) -> None:
    """Without a `[project]` table there are groups, and nothing else."""
    if settings.dev or settings.to_group is not None:
        return
    kind = "optional" if settings.optional is not None else "production"
    raise WeftError(
        f"Project is missing a `[project]` table; add a `[project]` table to use {kind} "
        "dependencies, or run `weft add --dev` instead"
    )


def groups_of(settings: Settings, project: Project) -> GroupChoice:
    """The default groups and the one that is changed; `dev` only if a group is."""
    from weft.core.names import normalize_name
    from weft.ops.project_groups import GroupChoice, chosen_groups

    dev = normalize_name("dev")
    defaults = chosen_groups(settings, project.pyproject)
    if settings.dev:
        named = frozenset((dev,))
    elif settings.to_group is not None:
        named = frozenset((normalize_name(settings.to_group),))
    else:  # left out as by `--no-dev`; what is there stays
        refused = frozenset((dev,)) if dev in project.pyproject.groups else frozenset()
        return GroupChoice(
            refused=refused,
            defaults=defaults.defaults - {dev},
            every_default=defaults.every_default,
        )
    return GroupChoice(named, defaults=defaults.defaults, every_default=defaults.every_default)
