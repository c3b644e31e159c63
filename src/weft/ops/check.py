"""`weft check`: check the types of a project's code, by ty.

Owns the order: bring the environment up to date, get ty, run it over the project; and what of the
options ty hears. Refuses to check anything itself. Follows uv.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.context import Context
    from weft.ops.run_base import Base
    from weft.ops.session import Session
    from weft.ops.tool_ephemeral import ToolEnvironment


def run(context: Context) -> int:
    """Becomes ty, and so has its exit code: 1 where something is wrong."""
    from weft.ops.released import warn_of_preview

    warn_of_preview(context, "check", "check-command")
    if not context.settings.isolated_run:
        return _run(context, directory="")
    from weft.ops.session import store_root
    from weft.store.layout import Bucket
    from weft.store.staging import Staging
    from weft.system.files import make_directory

    parent = os.path.join(store_root(context), Bucket.STAGING)
    make_directory(parent)
    with Staging(parent) as staging:
        return _run(context, directory=staging.path)


def _run(context: Context, *, directory: str) -> int:
    """`directory` is one for an environment of this run alone, empty for none."""
    from weft.ops.session import Session

    with Session(context) as session:
        base, place, paths = _prepared(context, session, directory)
        if directory or context.settings.no_cache:  # nothing may go while ty runs
            session.rest()
            return _go(context, base, place, paths, stays=True)
    return _go(context, base, place, paths, stays=False)


def _go(context: Context, base: Base, place: str, paths: Sequence[str], *, stays: bool) -> int:
    from weft.core.events import Note
    from weft.ops.released import TY, become, installed_version, run_tool

    settings = context.settings
    words = ["check", *(["--fix"] if settings.fix else ()), *paths]
    variables = {"VIRTUAL_ENV": base.interpreter.prefix} if base.interpreter.is_virtual else {}
    if settings.show_command:
        context.sink(Note(f"ty {' '.join(words)}"))
    own = context.environ.get("TY", "")
    if own:
        line = (own, *words)
        return become(context, line, directory=place, variables=variables, stays=stays)

    def told(found: ToolEnvironment) -> Sequence[str]:
        if settings.show_version:
            context.sink(Note(f"ty {installed_version(found)}"))
        return words

    version = settings.tool_version or base.versions.get("ty")
    return run_tool(context, TY, version, told, directory=place, variables=variables, stays=stays)


def _prepared(
    context: Context, session: Session, directory: str
) -> tuple[Base, str, Sequence[str]]:
    """The environment, where ty runs, and the paths that it is to look at; none for all."""
    from weft.ops.run_base import base_of, find

    settings = context.settings
    if settings.script is not None:
        return _of_script(context, session, settings.script)
    project = find(context)
    if project is not None:
        from weft.ops.sync import check_members

        check_members(settings.package, project)
    base = base_of(context, session, directory=directory)
    if project is None:
        from weft.ops.released import project_directory

        return base, project_directory(context), ()
    if settings.all_packages:
        return base, project.root, ()
    if not settings.package:
        return base, project.directory, ()
    members = [project.member(name) for name in settings.package]
    return base, project.root, [each.directory for each in members if each is not None]


def _of_script(context: Context, session: Session, shown: str) -> tuple[Base, str, Sequence[str]]:
    from weft.ops.run_scripts import prepare_script
    from weft.ops.scripts import require_script, script_context

    script = require_script(shown, context.cwd)
    world = script_context(context, script, session)
    return prepare_script(world, session, script), context.cwd, [script.path]
