"""From a project's lock to its environment.

Owns which packages of the lock are installed, how, and what is said about it; `sync`, `run`, `add`
and `remove` all come through here. Refuses to lock, and to make environments.
"""

from __future__ import annotations

from weft.core.value import replace, value
from weft.ops.sync_checks import Roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from weft.core.distribution import InstalledDist
    from weft.core.errors import WeftError
    from weft.core.events import Change
    from weft.install.target import Target
    from weft.lock.uvmodel import UvLock, UvPackage
    from weft.lock.uvselect import UvTarget
    from weft.ops.applying import Application
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.locking import Locking
    from weft.ops.platforms import Judged
    from weft.ops.project_environment import Environment
    from weft.ops.project_groups import ExtraChoice, GroupChoice
    from weft.ops.session import Session
    from weft.ops.settings import Settings
    from weft.ops.sync_answer import Picked
    from weft.ops.wants import Wants
    from weft.project.discovery import Project


@value
class Installation:
    """What is to be installed: the lock, the directory that its paths count from, its members."""

    lock: UvLock
    root: str
    roots: Roots
    extras: ExtraChoice
    groups: GroupChoice
    exact: bool = True


@value
class Synced:
    """What changed, or would have, in an environment of `count` packages."""

    changes: tuple[Change, ...]
    count: int


def sync_project(
    context: Context,
    session: Session,
    project: Project,
    locking: Locking,
    environment: Environment,
    *,
    extras: ExtraChoice | None = None,
    groups: GroupChoice | None = None,
    exact: bool = True,
    members: tuple[str, ...] = (),
) -> tuple[Change, ...]:
    """Make the environment what the lock says; the changes, which are said as well.

    `extras` and `groups` are those of the options where they are None, `members` the ones to
    install, empty for those of the options. With `--dry-run` and `--check` nothing is changed.
    Raises WeftError where the lock is not for this environment or lacks what is asked for.
    """
    from weft.ops.project_groups import chosen_extras, chosen_groups

    settings, lock = context.settings, locking.lock
    installation = Installation(
        lock,
        project.root,
        chosen_roots(settings, project, lock, members=members),
        extras if extras is not None else chosen_extras(settings),
        groups if groups is not None else chosen_groups(settings, project.pyproject),
        exact,
    )
    return synchronize(context, session, installation, environment, project=project).changes


def chosen_roots(
    settings: Settings, project: Project, lock: UvLock, *, members: tuple[str, ...] = ()
) -> Roots:
    """The members that the options mean: the current one unless they name others, or all."""
    names = members or settings.package
    if settings.all_packages or (not names and project.name is None):
        return Roots(workspace_members(lock), single=False)
    if not names:
        assert project.name is not None, "checked above"
        names = (str(project.name),)
    return Roots(names, single=len(names) == 1)


def workspace_members(lock: UvLock) -> tuple[str, ...]:
    """All members; a project on its own is the package that lies where the lock does."""
    if lock.manifest.members:
        return lock.manifest.members
    return tuple(
        [
            package.name
            for package in lock.packages
            if package.source.kind in ("editable", "virtual", "directory")
            and package.source.location in (".", "")
        ]
    )


def synchronize(
    context: Context,
    session: Session,
    installation: Installation,
    environment: Environment,
    *,
    project: Project | None = None,
) -> Synced:
    """The same for anything with a lock."""
    from weft.ops.platforms import judge
    from weft.ops.sync_checks import check_lock

    interpreter = environment.interpreter
    judged = judge(context.settings, interpreter)
    check_lock(
        installation.lock,
        installation.roots,
        extras=installation.extras,
        groups=installation.groups,
        environment=judged.environment,
        python=interpreter.version,
    )
    chosen = _chosen(context, installation, judged)
    if project is not None:
        _warn_of_scripts(context, project, chosen.packages)
    return _apply(context, session, installation, environment, chosen=chosen, judged=judged)


@value
class Chosen:
    """The packages that belong into the environment, and what their files are chosen for."""

    packages: tuple[UvPackage, ...]
    target: UvTarget

    def picked(self, standing: Mapping[str, str]) -> list[Picked]:
        """With their files. What has the version in `standing` by its name needs none yet: nine
        tenths of a lock are its files, and most of the time everything is there."""
        from weft.lock.uvselect import choose
        from weft.ops.sync_answer import Picked

        found = []
        for package in self.packages:
            kind = package.source.kind
            if kind == "registry" and standing.get(package.name) == package.version:
                found.append(Picked(package))
            elif kind != "virtual":
                found.append(Picked(package, choose(package, self.target)[1]))
        return found


def _chosen(context: Context, installation: Installation, judged: Judged) -> Chosen:
    from weft.lock.uvselect import UvTarget, reach
    from weft.ops.asking import rules

    choice = rules(context, None, judged)
    is_part = installation.roots.single or bool(context.settings.package)
    target = UvTarget(
        judged.environment,
        choice.supported.rank,
        extras=installation.extras.wants,
        groups=installation.groups.wants,
        shared=installation.groups.asks if is_part else None,
        project=not installation.groups.only,
        no_binary=choice.no_binary.__contains__,
        no_build=choice.no_build.__contains__,
    )
    left = left_out(context.settings, installation)
    reached = reach(installation.lock, installation.roots.names, target)
    packages = [package for package, _ in reached if not left(package)]
    packages.sort(key=lambda package: (package.name, package.version))
    return Chosen(tuple(packages), target)


def left_out(settings: Settings, installation: Installation) -> Callable[[UvPackage], bool]:
    """Whether `--no-install-…` and `--only-install-…` leave a package out."""
    members = frozenset((*workspace_members(installation.lock), *installation.roots.names))
    project = installation.roots.names if installation.roots.single else ()

    def is_left_out(package: UvPackage) -> bool:
        name = package.name
        local = package.source.kind in ("path", "directory", "editable", "virtual")
        rules = (
            (settings.no_install_project, settings.only_install_project, name in project),
            (settings.no_install_workspace, settings.only_install_workspace, name in members),
            (settings.no_install_local, settings.only_install_local, local),
            (
                bool(settings.no_install_package),
                bool(settings.only_install_package),
                name in (*settings.no_install_package, *settings.only_install_package),
            ),
        )
        return any((no and it_is) or (only and not it_is) for no, only, it_is in rules)

    return is_left_out


def _warn_of_scripts(context: Context, project: Project, packages: Iterable[UvPackage]) -> None:
    """A project that is not built has no place for its programs."""
    from weft.core.events import Warned

    for package in packages:
        member = project.member(package.name)
        if package.source.kind != "virtual" or member is None:
            continue
        table = member.pyproject.tables.get("project")
        if isinstance(table, dict) and (table.get("scripts") or table.get("gui-scripts")):
            context.sink(
                Warned(
                    "Skipping installation of entry points (`project.scripts`) for package "
                    f"`{package.name}` because this project is not packaged; to install "
                    "entry points, set `tool.uv.package = true` or define a `build-system`"
                )
            )


def _apply(
    context: Context,
    session: Session,
    installation: Installation,
    environment: Environment,
    *,
    chosen: Chosen,
    judged: Judged,
) -> Synced:
    from weft.core.errors import WeftError
    from weft.core.events import Changes
    from weft.ops.building import Building
    from weft.python.installed import scan

    target = environment.target()
    context = context.changed(exact=installation.exact)
    dry = context.settings.dry_run or context.settings.check
    wants = _wants(context, installation.lock)
    installed = scan(target.site_directories) if environment.exists else ()
    with Building(context, session, environment.interpreter, wants=wants) as building:

        def decided(standing: Mapping[str, str]) -> tuple[Application, int]:
            return _decided(
                building,
                target,
                chosen.picked(standing),
                wants=wants,
                root=installation.root,
                judged=judged,
                installed=installed,
            )

        application, count = decided({str(dist.name): dist.version for dist in installed})
        if application.unplaced:  # something of the right version has to go all the same
            application, count = decided({})
        if not dry:
            session.place(target.purelib)
        try:
            changes = application.tell() if dry else application.carry_out()
        except WeftError as error:
            _explain(error, chosen, installation)
            raise
    context.sink(Changes(changes))
    return Synced(changes, count)


def _explain(error: WeftError, chosen: Chosen, installation: Installation) -> None:
    """Say of what could not be had why it was to be installed."""
    from weft.fetch.orders import BuildFailed
    from weft.ops.gathering import NotDownloaded
    from weft.ops.sync_why import why

    if isinstance(error, NotDownloaded | BuildFailed):
        name = error.source.name if isinstance(error, BuildFailed) else error.name
        error.why = why(name, chosen.packages, installation.roots.names)


def _decided(
    building: Building,
    target: Target,
    picked: Sequence[Picked],
    *,
    wants: Wants,
    root: str,
    judged: Judged,
    installed: Sequence[InstalledDist],
) -> tuple[Application, int]:
    """The plan, and of how many packages it is."""
    from weft.ops.applying import Application
    from weft.ops.sync_answer import answer_of

    locked = answer_of(picked, building.session, building, root)
    packages = locked.answer.resolution.packages
    building.versions = {each.name: each.version for each in packages}
    application = Application(
        building.context,
        building.session,
        target,
        answer=locked.answer,
        wants=replace(wants, hashes=locked.hashes),
        judged=judged,
        building=building,
        strict_sources=True,
    )
    application.decide(installed)
    return application, len(packages)


def _wants(context: Context, lock: UvLock) -> Wants:
    """What a lock leaves to be wanted: limits for builds.

    Those of the lock count, whatever the settings say by now; what has an address is in the
    settings alone as a whole.
    """
    from weft.ops.build_settings import read_build_limits
    from weft.ops.wants import Wants

    wants = Wants(requirements=(), limits=read_build_limits(context))
    told = lock.manifest.build_constraints
    if not told or any(each.source is not None for each in told):
        return wants
    from weft.core.requirement import Requirement

    constraints = tuple([
        Requirement.parse(f"{each.name}{each.specifier}" + (each.marker and f" ; {each.marker}"))
        for each in told
    ])  # fmt: skip
    return replace(wants, limits=replace(wants.limits, constraints=constraints))
