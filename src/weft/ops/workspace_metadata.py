"""`weft workspace metadata`: a project's lock for other programs, as JSON.

Owns the warning that the format may change, and which environment the document tells of. Refuses to
make the document: `weft.lock.nodes` does.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.lock.uvmodel import UvLock
    from weft.ops.context import Context
    from weft.ops.lock_reading import Opened
    from weft.ops.session import Session
    from weft.python.interpreter import Interpreter


def run(context: Context) -> int:
    """Exit code 0. Raises errors of reading, of locking and of installing."""
    import json

    from weft.core.events import Warned
    from weft.lock.nodes import metadata
    from weft.ops.session import Session
    from weft.ops.settings_values import previews

    settings = context.settings
    if settings.exact and not settings.sync:
        raise WeftError("the following required arguments were not provided:\n  --sync")
    if not previews(settings, "workspace-metadata"):
        context.sink(
            Warned(
                "The `weft workspace metadata` command is experimental and may change without "
                "warning. Pass `--preview-features workspace-metadata` to disable this warning."
            )
        )
    with Session(context) as session:
        lock, root, script, interpreter = _looked_at(context, session)
    document = metadata(lock, root, script=script)
    if interpreter is not None:
        from weft.ops.module_owners import environment_parts

        environment, modules = environment_parts(lock, root, interpreter, script=script)
        document = _with_environment(document, environment, modules)
    context.out(json.dumps(document, indent=2, ensure_ascii=False))
    return 0


def _with_environment(
    document: dict[str, object], environment: object, modules: object
) -> dict[str, object]:
    """The same document with two more keys in their places."""
    made: dict[str, object] = {}
    for key, part in document.items():
        made[key] = part
        if key == "workspace_root":
            made["environment"] = environment
        elif key == "conflicts":
            made["modules"] = modules
    return made


def _looked_at(
    context: Context, session: Session
) -> tuple[UvLock, str, str | None, Interpreter | None]:
    """The lock, its directory, the path of its script, and the interpreter of the environment that
    is there, or that `--sync` has made."""
    from weft.ops.lock_reading import open_lock

    if context.settings.sync and context.settings.script is None:
        return _synced(context, session)
    opened = open_lock(context, session)
    if opened.script is None:
        return opened.lock, opened.root, None, _existing(context, session, opened)
    from weft.ops.scripts import script_context

    script = opened.script
    found = None
    if context.settings.sync:
        from weft.ops.run_scripts import prepare_script

        world = script_context(_silent(context), script, session)
        found = prepare_script(world, session, script).interpreter
    return opened.lock, opened.root, script.path, found


def _existing(context: Context, session: Session, opened: Opened) -> Interpreter | None:
    from weft.ops.project_environment import environment_path, existing
    from weft.ops.project_python import python_needs

    assert opened.project is not None, "it is no script"
    needs = python_needs(context, opened.project, None)
    path = environment_path(context, opened.project)
    return existing(context, session, opened.project, needs, path=path)


def _synced(
    context: Context, session: Session
) -> tuple[UvLock, str, str | None, Interpreter | None]:
    from weft.ops.environment_lock import lock as hold
    from weft.ops.lock_reading import mode_of
    from weft.ops.locking import lock_project
    from weft.ops.project_environment import project_environment
    from weft.ops.project_groups import chosen_groups
    from weft.ops.project_python import project_interpreter
    from weft.ops.projects import open_project
    from weft.ops.syncing import sync_project

    project = open_project(context)
    mode = mode_of(context)
    found = None if mode == "frozen" else project_interpreter(context, session, project)
    locking = lock_project(context, session, project, mode=mode, interpreter=found)  # type: ignore[arg-type]
    groups = chosen_groups(context.settings, project.pyproject)
    environment = project_environment(context, session, project, found, groups=groups)
    hold(context, environment.target())
    sync_project(
        _silent(context),
        session,
        project,
        locking,
        environment,
        groups=groups,
        exact=context.settings.exact,
    )
    return locking.lock, project.root, None, environment.interpreter


def _silent(context: Context) -> Context:
    """Without the lines about what was installed: the document tells that."""
    from weft.core.events import Changes, Summary

    sink = context.sink
    return context.having(
        context.settings,
        sink=lambda event: None if isinstance(event, Changes | Summary) else sink(event),
    )
