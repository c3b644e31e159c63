"""`weft pip install`: make an environment satisfy requirements.

Owns the order: check, resolve, plan, fetch, remove, link, report; and what each step says.
"""

from __future__ import annotations

import time

from weft.core.events import Changes, Note, Summary
from weft.ops.answer_warnings import warn_of
from weft.ops.environment_lock import lock, may_write
from weft.ops.platforms import judge
from weft.ops.session import Session
from weft.ops.site import write_target
from weft.ops.wants import names_projects, read_wants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.core.distribution import InstalledDist
    from weft.core.events import Change
    from weft.install.inventory import Inventory
    from weft.install.origins import DirectWant
    from weft.install.target import Target
    from weft.ops.answers import Answer
    from weft.ops.applying import Application
    from weft.ops.building import Building
    from weft.ops.context import Context
    from weft.ops.install_memory import Hearing
    from weft.ops.platforms import Judged
    from weft.ops.settings import Settings
    from weft.ops.wants import Wants
    from weft.python.interpreter import Interpreter


def run(context: Context) -> int:
    """Exit code 1 where `--check` finds something to change."""
    with Session(context) as session:
        if any(path.endswith(".toml") for path in context.settings.requirements):
            from weft.ops.locked import install_lock, lock_of

            path = lock_of(context.settings)
            if path is not None:
                return install_lock(context, session, path)
        start = time.monotonic()
        wants = read_wants(context)
        interpreter, target = write_target(context, session, meanwhile=_load)
        if may_write(context):
            lock(context, target)
        if _lacks_all(wants, target):
            return install(context, session, wants, interpreter=interpreter, target=target)
        judged = judge(context.settings, interpreter)
        inventory = inventory_of(session, target, judged)
        if already_satisfied(context, wants, inventory):
            context.sink(Summary("Checked", wants.count, time.monotonic() - start))
            if not may_write(context):
                context.sink(Note("Would make no changes"))
            _print_json(context, ())
            _remember(context, session, wants, inventory, interpreter=interpreter)
            return 0
        return install(context, session, wants, interpreter=interpreter, target=target)


def _load() -> None:
    """Load what the answer is looked for with, while an interpreter is asked."""
    from weft.ops.loading import load_resolving

    load_resolving()


def _lacks_all(wants: Wants, target: Target) -> bool:
    """Whether named packages are wanted where there is nothing yet: then nothing need be known of
    what packages require to see that something is missing."""
    from weft.python.installed import scan

    return bool(wants.plain) and not scan(target.site_directories)


def already_satisfied(context: Context, wants: Wants, inventory: Inventory) -> bool:
    """The short way, without an index: everything asked for is installed and fits.

    Not for what projects require, as in uv.
    """
    settings = context.settings
    if (
        settings.reinstall or settings.reinstall_package or settings.upgrade or settings.exact
        or settings.upgrade_package or settings.group or wants.trees
        or names_projects(settings.requirements)
    ):  # fmt: skip
        return False
    direct: Sequence[DirectWant] = ()
    if wants.direct:
        from weft.ops.standing import direct_wants

        found = direct_wants(context, wants, inventory.environment)
        if found is None:
            return False
        direct = found
    return inventory.satisfies(
        wants.requirements,
        names=wants.plain,
        constraints=wants.constraints,
        overrides=wants.overrides,
        excludes=wants.excludes,
        dependencies=not settings.no_deps,
        direct=direct,
        build_info=lambda name: _build_info(context, name),
    )


def _build_info(context: Context, name: str) -> bytes:
    settings = context.settings
    if not (
        settings.config_setting or settings.config_settings_package
        or settings.extra_build_dependencies or settings.extra_build_variables
    ):  # fmt: skip
        return b"{}"  # without loading what it takes to say more
    from weft.ops.standing import build_info

    return build_info(context, name)


def _remember(
    context: Context,
    session: Session,
    wants: Wants,
    inventory: Inventory,
    *,
    interpreter: Interpreter,
) -> None:
    """Next time the same words may take the shortest way."""
    from weft.install.verdict import is_eligible, remember
    from weft.python.discovery import target_note

    words = context.words[2:]
    if context.words[:2] != ("pip", "install") or not is_eligible(words, context.environ):
        return
    if not interpreter.is_virtual or wants.files is None or _says_more(context.settings):
        return
    paths = [*inventory.consulted, *wants.files]
    if wants.direct:
        from weft.ops.standing import consulted

        found = consulted(context, wants, inventory.environment)
        if found is None:
            return
        paths += found
    note = target_note(interpreter, context.cwd)
    remember(
        words,
        context.environ,
        cwd=context.cwd,
        platform=context.platform,
        cache=session.store.root,
        count=wants.count,
        notes=(note,) if note is not None else (),
        prefix=interpreter.prefix,
        executable=interpreter.executable,
        paths=paths,
        since=context.now,
    )


def _says_more(settings: Settings) -> bool:
    """Whether anything is said but the count."""
    return bool(
        settings.warnings or settings.dry_run or settings.check or settings.output_format == "json"
    )


def inventory_of(session: Session, target: Target, judged: Judged) -> Inventory:
    from weft.install.inventory import Inventory

    return Inventory(
        session.store,
        target.site_directories,
        environment=judged.environment,
        tags=judged.tags,
    )


def install(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    interpreter: Interpreter,
    target: Target,
) -> int:
    """Resolve, plan and, unless only asked to tell, change the environment."""
    from weft.ops.building import Building

    building = Building(context, session, interpreter, wants=wants)
    with building:
        return _install(
            context, session, wants, interpreter=interpreter, target=target, building=building
        )


def _install(
    context: Context,
    session: Session,
    wants: Wants,
    *,
    interpreter: Interpreter,
    target: Target,
    building: Building,
) -> int:
    from weft.ops.resolving import resolve_wants
    from weft.python.installed import scan

    start = time.monotonic()
    heard = _hearing(context, wants, interpreter)
    if heard is not None:
        context = context.having(context.settings, sink=heard)
    if may_write(context):
        session.place(target.purelib)
    judged = judge(context.settings, interpreter)
    installed = scan(target.site_directories)
    if wants.trees:
        from weft.ops.trees import with_trees

        wants = with_trees(context, wants, building.tree_metadata)
    if context.settings.resolution != "highest":
        from weft.ops.compile_warnings import warn_before

        warn_before(context, wants)
    answer = resolve_wants(
        context, session, wants, judged=judged, installed=installed, building=building
    )
    count = len(answer.resolution.packages)
    context.sink(Summary("Resolved", count, time.monotonic() - start))
    return apply_answer(
        context,
        session,
        answer,
        wants=wants,
        interpreter=interpreter,
        target=target,
        judged=judged,
        building=building,
        installed=installed,
        done=_remembering(
            heard,
            context,
            session,
            wants,
            interpreter=interpreter,
            target=target,
            installed=installed,
        ),
    )


def _remembering(
    heard: Hearing | None,
    context: Context,
    session: Session,
    wants: Wants,
    *,
    interpreter: Interpreter,
    target: Target,
    installed: Sequence[InstalledDist],
) -> Callable[[Application], None]:
    """What keeps the outcome, if nothing was done or said but to add wheels."""

    def keep(application: Application) -> None:
        if heard is None or heard.more or not application.only_adds:
            return
        from weft.ops.install_memory import remember

        remember(
            context,
            session,
            wants,
            interpreter=interpreter,
            target=target,
            installed=installed,
            wheels=application.placed,
        )

    return keep


def _hearing(context: Context, wants: Wants, interpreter: Interpreter) -> Hearing | None:
    """What listens to a run whose outcome may be remembered; None for others."""
    if context.words[:2] != ("pip", "install"):
        return None
    from weft.ops.install_memory import Hearing, may_remember

    return Hearing(context.sink) if may_remember(context, wants, interpreter) else None


def apply_answer(
    context: Context,
    session: Session,
    answer: Answer,
    *,
    wants: Wants,
    interpreter: Interpreter,
    target: Target,
    judged: Judged,
    building: Building,
    installed: Sequence[InstalledDist],
    done: Callable[[Application], None] = lambda _application: None,
) -> int:
    """Plan and, unless only asked to tell, change the environment into the answer.

    `done` is called at the end with what was planned.
    """
    from weft.ops.applying import Application

    building.versions = {each.name: each.version for each in answer.resolution.packages}
    application = Application(
        context, session, target, answer=answer, wants=wants, judged=judged, building=building
    )
    application.decide(installed)
    if not may_write(context):
        changes = application.tell()
    else:
        changes = application.carry_out()
    context.sink(Changes(changes))
    warn_of(context, answer)
    _print_json(context, changes)
    if context.settings.strict:
        _strict(context, interpreter, target)
    done(application)
    return 1 if context.settings.check and changes else 0


def _strict(context: Context, interpreter: Interpreter, target: Target) -> None:
    from weft.ops.site import Site
    from weft.ops.strict import warn_problems

    site = Site(interpreter, target.site_directories)
    warn_problems(context, site, site.installed_set())


def _print_json(context: Context, changes: tuple[Change, ...]) -> None:
    if context.settings.output_format != "json":
        return
    import json

    actions = {"added": "installed", "removed": "uninstalled", "reinstalled": "reinstalled"}
    document = {
        "schema": {"version": "preview"},
        "changes": [
            {"name": each.name, "version": each.version, "action": actions[each.kind]}
            for each in changes
        ],
        "dry_run": not may_write(context),
    }
    context.out(json.dumps(document, indent=2))
