"""An environment that one command changes at a time.

Owns the wait for the lock of an environment, and which commands need none. Refuses to stop where
the file system has no locks.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.install.target import Target
    from weft.ops.context import Context


def may_write(context: Context) -> bool:
    """Whether the command may change anything, which `--dry-run` and `--check` may not."""
    return not (context.settings.dry_run or context.settings.check)


def lock(context: Context, target: Target) -> None:
    """Hold the environment's lock until the process ends; go on where locks do not work."""
    from weft.system.locks import LockUnsupported

    held = target.lock(timeout=context.settings.lock_timeout)
    try:
        held.acquire(shared=False, timeout=held.timeout)
    except LockUnsupported as error:
        from weft.core.events import Debug

        context.sink(Debug(error.message))
