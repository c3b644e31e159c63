"""`weft pip sync`: make an environment exactly what a file lists.

Owns what sets it apart from `weft pip install`: nothing is wanted besides what is listed, not even
by dependencies, and everything else goes. Refuses to upgrade what fits.
"""

from __future__ import annotations

from weft.ops.session import Session
from weft.ops.wants import read_wants

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.wants import Wants


def run(context: Context) -> int:
    """Exit code 1 where `--check` finds something to change."""
    from weft.ops.locked import install_lock, lock_of

    context = _exact(context)
    with Session(context) as session:
        path = lock_of(context.settings)
        if path is not None:
            return install_lock(context, session, path)
        wants = read_wants(context)
        if _is_nothing(wants) and not context.settings.allow_empty_requirements:
            from weft.core.events import Note

            context.sink(
                Note(
                    "No requirements found (hint: use `--allow-empty-requirements` to clear the "
                    "environment)"
                )
            )
            return 0
        return _sync(context, session, wants)


def _exact(context: Context) -> Context:
    """What other commands offer to choose is settled: the file names the versions."""
    return context.changed(
        exact=True,
        no_deps=True,
        upgrade=False,
        upgrade_package=(),
        resolution="highest",
        prerelease="if-necessary",
        prerelease_package=(),
        constraint_dependencies=(),
        override_dependencies=(),
        exclude_dependencies=(),
    )


def _is_nothing(wants: Wants) -> bool:
    return not (wants.lines or wants.count or wants.trees)


def _sync(context: Context, session: Session, wants: Wants) -> int:
    from weft.ops.environment_lock import lock, may_write
    from weft.ops.pip_install import install
    from weft.ops.site import write_target

    interpreter, target = write_target(context, session)
    if may_write(context):
        lock(context, target)
    return install(context, session, wants, interpreter=interpreter, target=target)
