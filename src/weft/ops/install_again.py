"""Carrying out a plan that `weft pip install` has remembered.

Owns the order: the environment's lock, the look into it, the store, and then the steps and the
words of the usual way (`weft.ops.pip_install`). Whatever is not as it was when the plan was made
is found before anything is said or changed; the usual way is taken then. Refuses to resolve, to
fetch and to replace anything.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.core.distribution import CachedWheel
    from weft.core.events import Change, Sink
    from weft.install.target import Target
    from weft.install.wheel import WheelExtras
    from weft.ops.context import Context
    from weft.ops.install_memory import Plan
    from weft.ops.session import Session
    from weft.system.locks import FileLock


def install_again(plan: Plan, context: Context, *, start: float) -> bool:
    """Do what was planned and say so; False where nothing was said or done.

    `context` has the settings of the plan, `start` is when the command began, on the monotonic
    clock. Raises what `weft.ops.placing.Placing` raises.
    """
    from weft.core.distribution import CachedWheel
    from weft.install.target import Target

    wheels = {row[1]: CachedWheel(*row) for row in plan.wheels}
    if context.settings.dry_run:
        return _tell(plan, context, wheels, start=start)
    target = Target(*plan.target)
    held = _locked(target)
    if held is None:
        return False
    if not _is_vacant(plan, target):
        held.release()
        return False
    from weft.ops.session import Session

    with Session(context) as session:
        session.place(target.purelib)
        if session.cache.protect([wheel.entry for wheel in wheels.values()]):
            held.release()
            return False
        _begin(plan, context, len(wheels), start=start)
        _install(context, session, target, wheels)
    return True


def context_of(
    plan: Plan,
    environ: Mapping[str, str],
    *,
    cwd: str,
    platform: str,
    sink: Sink,
    words: Sequence[str],
    now: float,
) -> Context:
    """The world of a planned command; it writes no result."""
    from weft.ops.context import Context
    from weft.ops.settings_values import Settings

    return Context(
        Settings(plan.settings, {}),
        environ,
        cwd=cwd,
        platform=platform,
        sink=sink,
        out=lambda _text: None,
        now=now,
        words=tuple(words),
    )


def _tell(plan: Plan, context: Context, wheels: Mapping[str, CachedWheel], *, start: float) -> bool:
    """`--dry-run`."""
    from weft.core.events import Changes, Summary
    from weft.install.target import Target

    if not _is_vacant(plan, Target(*plan.target)):
        return False
    _begin(plan, context, len(wheels), start=start)
    context.sink(Summary("Would install", len(wheels), None))
    context.sink(Changes(_changes(wheels)))
    return True


def _install(
    context: Context, session: Session, target: Target, wheels: Mapping[str, CachedWheel]
) -> None:
    from weft.core.events import Changes
    from weft.install.wheel import WheelExtras
    from weft.ops.placing import Placing
    from weft.ops.receipts import tell_receipt

    recorded = WheelExtras(requested=True)

    def extras(_name: str, _wheel: CachedWheel) -> WheelExtras:
        return recorded

    placing = Placing(context, session, target, wheels)
    tell_receipt(context, placing.install(extras, known=frozenset(wheels)))
    context.sink(Changes(_changes(wheels)))


def _begin(plan: Plan, context: Context, count: int, *, start: float) -> None:
    from weft.core.events import Note, Summary

    if plan.note:
        context.sink(Note(plan.note))
    context.sink(Summary("Resolved", count, time.monotonic() - start))


def _changes(wheels: Mapping[str, CachedWheel]) -> tuple[Change, ...]:
    from weft.core.events import Change

    return tuple([Change("added", name, wheels[name].version) for name in sorted(wheels)])


def _is_vacant(plan: Plan, target: Target) -> bool:
    from weft.ops.install_memory import is_vacant

    return is_vacant(target.site_directories, plan.looked_at)


def _locked(target: Target) -> FileLock | None:
    """The environment's lock, held until the process ends; None where it is not to be had at once.

    Who waits for it, and what that says, is the usual way's business.
    """
    from weft.core.errors import WeftError

    held = target.lock()
    try:
        return held if held.acquire(blocking=False) else None
    except WeftError:
        return None
