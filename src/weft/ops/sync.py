"""`weft sync`: make the environment of a project what its lock says.

Owns the order of the steps and the exit code of `--check`. Refuses to do any of them itself.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.ops.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.ops.context import Context
    from weft.ops.locking import Locking, Mode
    from weft.ops.project_environment import Environment
    from weft.ops.project_groups import GroupChoice
    from weft.ops.sync_report import LockReport
    from weft.project.discovery import Project


class Outdated(WeftError):
    """`--check` found something to change."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__("The environment is outdated; run `weft sync` to update the environment")


class FrozenOutdated(WeftError):
    """The lock that `--frozen` is about lacks the member called `name`."""

    exit_code = 1

    def __init__(self, shown: str, name: str) -> None:
        super().__init__(
            f"The lockfile at `{shown}` needs to be updated, but `--frozen` was provided: Missing "
            f"workspace member `{name}`.",
            hints=("To update the lockfile, run `weft lock`.",),
        )
        self.name = name


def run(context: Context) -> int:
    """Exit code 1 where `--check` finds something to change, or `--locked` an old lock."""
    with Session(context) as session:
        if context.settings.script is not None:
            from weft.ops.sync_script import sync_script

            return sync_script(context, session, context.settings.script)
        return _sync(context, session)


@value
class Prepared:
    """A project with its lock and the environment that is to be as the lock says."""

    project: Project
    groups: GroupChoice
    environment: Environment
    locking: Locking


def prepare(
    context: Context, session: Session, *, hold: Callable[[Environment], object]
) -> Prepared:
    """Find or make all that is needed; `hold` keeps others from the environment before locking.

    Raises what opening a project, making an environment and locking raise.
    """
    from weft.ops.project_environment import project_environment
    from weft.ops.project_groups import chosen_groups
    from weft.ops.projects import open_project

    settings = context.settings
    project = open_project(context)
    if not settings.frozen:
        check_members(settings.package, project)
    groups = chosen_groups(settings, project.pyproject)
    early = lock_of(context, session, project, None) if settings.frozen else None
    if early is not None:
        check_known(context, project, early)
    environment = project_environment(context, session, project, groups=groups)
    hold(environment)
    locking = early or lock_of(context, session, project, environment)
    return Prepared(project, groups, environment, locking)


def _sync(context: Context, session: Session) -> int:
    from weft.ops.sync_report import is_dry, print_report, tell_environment, tell_lock
    from weft.ops.sync_verdict import Hearing, remember
    from weft.ops.syncing import sync_project

    settings = context.settings
    heard = Hearing(context.sink)
    context = context.having(settings, sink=heard)

    def hold(environment: Environment) -> None:
        if not is_dry(context):
            from weft.ops.environment_lock import lock

            lock(context, environment.target())
        tell_environment(context, environment, target="project")

    prepared = prepare(context, session, hold=hold)
    project, environment, locking = prepared.project, prepared.environment, prepared.locking
    report = report_of(context, locking)
    tell_lock(context, report)
    changes = sync_project(
        context,
        session,
        project,
        locking,
        environment,
        groups=prepared.groups,
        exact=not settings.inexact,
    )
    print_report(context, environment, changes, lock=report, project=project)
    if settings.check and changes:
        raise Outdated
    if not changes:
        remember(context, session, project, locking, environment, heard=heard)
    return 0


def check_members(names: tuple[str, ...], project: Project) -> None:
    """Raises WeftError for a `--package` that the workspace does not have."""
    known = {str(member.name) for member in project.members}
    for name in names:
        if name not in known:
            from weft.ops.known_names import did_you_mean

            message = f"Package `{name}` not found in workspace"
            if len(names) == 1:
                message = f"The workspace does not have a member {name}: {project.root}"
            raise WeftError(message, hints=did_you_mean(name, known))


def check_known(context: Context, project: Project, locking: Locking) -> None:
    """Raises FrozenOutdated where a frozen lock does not know a member of the workspace."""
    from weft.ops.locking import shown
    from weft.ops.syncing import workspace_members

    known = workspace_members(locking.lock)
    for member in project.members:
        if member.name not in known:
            raise FrozenOutdated(shown(context, locking.path), member.name)


def lock_of(
    context: Context, session: Session, project: Project, environment: Environment | None
) -> Locking:
    """The lock as the options want it; without an environment only for `--frozen`."""
    from weft.ops.locking import lock_project

    interpreter = environment.interpreter if environment is not None else None
    # What is frozen is not resolved, and needs no interpreter.
    return lock_project(context, session, project, mode=mode_of(context), interpreter=interpreter)  # type: ignore[arg-type]


def mode_of(context: Context) -> Mode:
    """How the lock is to be treated."""
    from weft.ops.sync_report import is_dry

    if context.settings.frozen:
        return "frozen"
    if context.settings.locked:
        return "locked"
    return "dry-run" if is_dry(context) else "write"


def report_of(context: Context, locking: Locking) -> LockReport:
    """What was done to the lock."""
    from weft.ops.sync_report import LockReport, is_dry

    settings = context.settings
    action = "check"
    if settings.frozen:
        action = "use"
    elif locking.changed:
        action = "create" if locking.before is None else "update"
    dry = is_dry(context) and not (settings.frozen or settings.locked)
    return LockReport(locking.path, action, dry)
