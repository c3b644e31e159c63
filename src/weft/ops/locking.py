"""The lock of a project: read, found fresh or not, made anew, written.

Owns the modes (`write`, `locked`, `frozen`, `dry-run`), what is said about them, and that nothing
is written before the answer is whole. Refuses to install anything.
Follows uv.
"""

from __future__ import annotations

import time

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from weft.core.requirement import Requirement
    from weft.lock.uvmodel import UvLock
    from weft.ops.context import Context
    from weft.ops.lock_request import LockRequest
    from weft.ops.lock_resolving import Resolved
    from weft.ops.session import Session
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter

    Mode = Literal["write", "locked", "frozen", "dry-run"]

LOCK = "uv.lock"


class LockMissing(WeftError):
    """There is no lock where an option promises one; exit code 1."""

    exit_code = 1

    def __init__(self, shown: str, option: str) -> None:
        super().__init__(
            f"Unable to find lockfile at `{shown}`, but `{option}` was provided. To create a "
            "lockfile, run `weft lock` or `weft sync` without the flag."
        )


class LockOutdated(WeftError):
    """The lock is not what would be written now; exit code 1."""

    exit_code = 1

    def __init__(self, shown: str, option: str, reason: str) -> None:
        super().__init__(
            f"The lockfile at `{shown}` needs to be updated, but `{option}` was provided.",
            hints=(
                "To update the lockfile, run `weft lock`.",
                *((f"What is out of date: {reason}",) if reason else ()),
            ),
        )
        self.reason = reason


@value
class Locking:
    """The lock as it counts now, at `path`, with its text.

    `before` is the one that was there, None where there was none. `reason` says why that was
    stale, empty where it was not. `count` is how many packages there are. `consulted` are the
    files that an old lock was found to be right by, present or not, besides those of settings;
    None where a back end was asked, or where it is not known. `resolved` is the answer that a new
    lock was made from.
    """

    path: str
    lock: UvLock
    text: str
    before: UvLock | None
    changed: bool
    count: int
    reason: str = ""
    consulted: tuple[str, ...] | None = None
    resolved: Resolved | None = None


def lock_project(
    context: Context,
    session: Session,
    project: Project,
    *,
    mode: Mode = "write",
    interpreter: Interpreter,
    constraints: tuple[Requirement, ...] = (),
    hold: bool = False,
    quiet: bool = False,
) -> Locking:
    """The lock of `project`, whose members may have been edited in memory.

    With `hold` nothing is written: see `write_lock`. `constraints` are further limits of this one
    resolution. Prints `Resolved N packages in …` unless `quiet`.
    Raises LockMissing, LockOutdated, NoSolution and errors of reading.
    """
    from weft.ops.lock_request import project_request

    path = lock_path(project)

    def request(found: Interpreter) -> LockRequest:
        return project_request(context, project, found)

    return run_lock(
        context,
        session,
        path,
        request,
        mode=mode,
        interpreter=lambda: interpreter,
        constraints=constraints,
        hold=hold,
        quiet=quiet,
    )


def lock_path(project: Project) -> str:
    """Where the lock of a project lies: `uv.lock`, or `lock-file` of `[tool.weft]`."""
    from weft.project.discovery import weft_table
    from weft.system.lean import os

    told = weft_table(project.top).get("lock-file")
    if not isinstance(told, str):
        return os.path.join(project.root, LOCK)
    from weft.ops.lock_formats import is_pylock

    if told != LOCK and not (is_pylock(told) and "/" not in told):
        raise WeftError(
            f"`lock-file` of `[tool.weft]` is `{told}`, but a lock file is called `{LOCK}`, "
            "`pylock.toml` or `pylock.<name>.toml`"
        )
    return os.path.join(project.root, told)


def run_lock(
    context: Context,
    session: Session,
    path: str,
    request: Callable[[Interpreter], LockRequest],
    *,
    mode: Mode,
    interpreter: Callable[[], Interpreter],
    constraints: Sequence[Requirement] = (),
    hold: bool = False,
    quiet: bool = False,
) -> Locking:
    """The same for whatever has a lock at `path`."""
    start = time.monotonic()
    if mode == "frozen":
        return frozen_lock(context, path)
    if mode == "locked":
        require_lock(context, path, mode)
    known = read_lock(context, path, mode)
    from weft.ops.lock_work import make

    found = interpreter()
    made = make(
        context,
        session,
        path,
        request(found),
        known=known,
        interpreter=found,
        constraints=tuple(constraints),
    )
    if known is not None and not hold and (mode == "locked" or not made.changed):
        _check_files(known[0])
    if not quiet:
        from weft.core.events import Summary

        context.sink(Summary("Resolved", made.count, time.monotonic() - start))
    if made.resolved is not None:
        from weft.ops.lock_warnings import warn_after

        warn_after(context, made.resolved)
    if mode == "locked" and made.changed:
        raise LockOutdated(shown(context, path), option_shown(context, "locked"), made.reason)
    if mode == "write" and made.changed and not hold:
        write_lock(made)
    return made


def frozen_lock(context: Context, path: str) -> Locking:
    """The lock as it is, whatever the project says by now. Raises LockMissing, LockError."""
    known = read_lock(context, path)
    if known is None:
        raise LockMissing(shown(context, path), option_shown(context, "frozen"))
    _check_files(known[0])
    return Locking(path, known[0], known[1], known[0], False, len(known[0].packages))


def _check_files(lock: UvLock) -> None:
    """Have all files read: nobody is told that a lock stands whose files make no sense.

    Raises InvalidUvLock. One that is written anew has been read as a whole by then.
    """
    for package in lock.packages:
        package.wheels  # noqa: B018  read when asked for


def require_lock(context: Context, path: str, mode: Mode) -> None:
    """Raises LockMissing where the lock is missing."""
    from weft.system.lean import os

    if not os.path.exists(path):
        raise LockMissing(shown(context, path), option_shown(context, mode))


def write_lock(locking: Locking) -> None:
    """Put the text where it belongs, at once. Raises SystemFailure."""
    from weft.system.files import write_atomic
    from weft.system.lean import os

    target = os.path.realpath(locking.path)
    mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o644
    write_atomic(target, locking.text.encode(), mode=mode)


def read_lock(context: Context, path: str, mode: Mode = "frozen") -> tuple[UvLock, str] | None:
    """The lock at `path` and its text; None where there is none.

    One that cannot be read is an error, and for a mode that writes a warning.
    """
    from weft.system.files import read_bytes

    data = read_bytes(path)
    if data is None:
        return None
    from weft.ops.lock_formats import parse_lock

    try:
        return parse_lock(data, path, shown(context, path))
    except WeftError as error:
        if mode in ("locked", "frozen") or not _may_be_replaced(error):
            raise
        from weft.core.events import Warned

        context.sink(
            Warned(f"Failed to read existing lockfile; ignoring locked requirements: {error}")
        )
        return None


def _may_be_replaced(error: WeftError) -> bool:
    """Whether the resolution may begin without what could not be read."""
    from weft.lock.uvlock_read import FutureUvLock, InvalidUvLock

    return not isinstance(error, FutureUvLock | InvalidUvLock)


def shown(context: Context, path: str) -> str:
    """A path as it is told: relative to where the command runs, if that is shorter."""
    inside = f"{context.cwd.rstrip('/')}/"
    if path.startswith(inside):
        return path.removeprefix(inside)
    from weft.system.lean import os

    other = os.path.relpath(path, context.cwd)
    return other if len(other) < len(path) else path


def option_shown(context: Context, name: str) -> str:
    """The option that set a mode, as it was written."""
    source = context.settings.sources.get(name, "")
    if source.startswith("-"):
        return source
    if source.startswith("environment variable `"):
        return source.removeprefix("environment variable `").removesuffix("`") + "=1"
    return f"--{name}"


def changed_lines(before: UvLock | None, after: UvLock, *, dry_run: bool) -> list[str]:
    """`Added name v1`, `Updated name v1 -> v2`, `Removed name v1`, by name."""
    words = ("Add", "Update", "Remove") if dry_run else ("Added", "Updated", "Removed")
    old, new = _versions(before), _versions(after)
    lines = []
    for name in sorted({*old, *new}):
        was, now = old.get(name, []), new.get(name, [])
        if was == now:
            continue
        if not was:
            lines.append(f"{words[0]} {name} {', '.join(now)}")
        elif not now:
            lines.append(f"{words[2]} {name} {', '.join(was)}")
        else:
            lines.append(f"{words[1]} {name} {', '.join(was)} -> {', '.join(now)}")
    return lines


def _versions(lock: UvLock | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for package in lock.packages if lock is not None else ():
        text = f"v{package.version}" if package.version else "(dynamic)"
        found.setdefault(package.name, []).append(text)
    return found


def restated(
    context: Context,
    session: Session,
    locking: Locking,
    project: Project,
    *,
    interpreter: Interpreter,
) -> Locking:
    """The same answer with what `project` requires now; the versions in it satisfy that."""
    from weft.ops.lock_request import project_request
    from weft.ops.lock_work import restate

    request = project_request(context, project, interpreter)
    return restate(context, session, request, locking, interpreter=interpreter)
