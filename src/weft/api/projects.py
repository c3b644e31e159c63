"""Projects: their locks, and the environments that come of them.

Owns `lock_project` and `sync_project`. Refuses to edit `pyproject.toml`.
"""

from __future__ import annotations

from weft.api.call import Call, several
from weft.api.config import Config
from weft.api.pythons import python_flags
from weft.api.values import Changed, Lock, LockedPackage
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.api.values import Python
    from weft.ops.context import Context
    from weft.ops.locking import Locking
    from weft.ops.project_environment import Environment

    Path = str | os.PathLike[str]

_DEFAULT = Config()


def lock_project(
    project: Path = ".",
    *,
    python: Path | Python | None = None,
    upgrade: bool = False,
    upgrade_packages: Iterable[str] = (),
    locked: bool = False,
    dry_run: bool = False,
    config: Config = _DEFAULT,
) -> Lock:
    """The lock of a project, made or brought up to date, as `weft lock` does it.

    `project` is its directory, or one below it. Versions that are locked stay where they may,
    unless `upgrade` asks for the newest of all, or `upgrade_packages` of some (`flask`,
    `flask<4`). With `locked` a lock that is missing or not up to date is an error; with `dry_run`
    nothing is written. Raises LockOutdated, NoSolution and other WeftErrors; then the file is as
    it was.
    """
    from weft.ops.locking import lock_project as locks
    from weft.ops.project_groups import GroupChoice, chosen_groups
    from weft.ops.project_python import project_interpreter
    from weft.ops.projects import open_project

    flags = [
        f"--project={os.fspath(project)}",
        *python_flags(python),
        *(("--upgrade",) if upgrade else ()),
        *(f"--upgrade-package={text}" for text in several(upgrade_packages)),
        *(("--locked",) if locked else ()),
        *(("--dry-run",) if dry_run else ()),
    ]
    with Call(config, "lock", flags) as call:
        context, session = call.context, call.session
        found = open_project(context)
        interpreter = project_interpreter(context, session, found, groups=GroupChoice())
        chosen_groups(context.settings, found.top)  # a default group has to be there
        mode = "locked" if locked else "dry-run" if dry_run else "write"
        locking = locks(context, session, found, mode=mode, interpreter=interpreter)  # type: ignore[arg-type]
        return _lock(locking, call.heard.warnings)


def _lock(locking: Locking, warnings: tuple[str, ...]) -> Lock:
    packages = [
        LockedPackage(each.name, each.version, each.source.kind, each.source.location)
        for each in locking.lock.packages
    ]
    return Lock(locking.path, tuple(packages), locking.changed, locking.reason, warnings)


def sync_project(
    project: Path = ".",
    *,
    python: Path | Python | None = None,
    extras: Iterable[str] = (),
    all_extras: bool = False,
    groups: Iterable[str] = (),
    all_groups: bool = False,
    no_groups: Iterable[str] = (),
    default_groups: bool = True,
    packages: Iterable[str] = (),
    exact: bool = True,
    locked: bool = False,
    frozen: bool = False,
    dry_run: bool = False,
    config: Config = _DEFAULT,
) -> Changed:
    """Make the environment of a project what its lock says, as `weft sync` does.

    The lock is brought up to date first; with `locked` that is an error, with `frozen` it is taken
    as it is. `extras` and `groups` are installed as well, `no_groups` are left out, and so are the
    default ones without `default_groups`. `packages` are the members of a workspace that are
    meant. Without `exact` what the lock does not have stays. With `dry_run` nothing is changed.
    Raises LockOutdated, NoSolution and other WeftErrors.
    """
    flags = [
        f"--project={os.fspath(project)}",
        *python_flags(python),
        *(f"--extra={name}" for name in several(extras)),
        *(f"--group={name}" for name in several(groups)),
        *(f"--no-group={name}" for name in several(no_groups)),
        *(f"--package={name}" for name in several(packages)),
        *(("--all-extras",) if all_extras else ()),
        *(("--all-groups",) if all_groups else ()),
        *(() if default_groups else ("--no-default-groups",)),
        *(() if exact else ("--inexact",)),
        *(("--locked",) if locked else ()),
        *(("--frozen",) if frozen else ()),
        *(("--dry-run",) if dry_run else ()),
    ]
    with Call(config, "sync", flags) as call:
        _sync(call, call.context)
        return Changed(call.heard.changes, call.heard.warnings)


def _sync(call: Call, context: Context) -> None:
    from weft.ops.sync import prepare
    from weft.ops.syncing import sync_project as synchronizes

    settings = context.settings

    def hold(environment: Environment) -> None:
        if not settings.dry_run:
            call.hold(environment.target())

    prepared = prepare(context, call.session, hold=hold)
    synchronizes(
        context,
        call.session,
        prepared.project,
        prepared.locking,
        prepared.environment,
        groups=prepared.groups,
        exact=not settings.inexact,
    )
