"""What a run of a command was drawn from, so that the next one can take the shortest way.

Owns the list of files and directories, and the question whether there is one at all: nothing may
have been said, and everything that decided has to be something that can be looked at again.
Refuses to keep it (`ops.run_verdict`).
"""

from __future__ import annotations

from weft.core.events import Changes, Note, Summary, Warned
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.core.events import Event, Sink
    from weft.lock.uvmodel import UvLock
    from weft.ops.context import Context
    from weft.ops.run_base import Base
    from weft.ops.run_child import Place
    from weft.ops.run_target import Target
    from weft.ops.session import Session
    from weft.project.discovery import Member, Project
    from weft.python.interpreter import Interpreter

_LOCAL = ("directory", "editable", "virtual", "path")


class Heard:
    """Passes events on; `silent` as long as none of them was for people."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.silent = True

    def __call__(self, event: Event) -> None:
        if isinstance(event, (Changes, Note, Summary, Warned)):
            self.silent = False
        self._sink(event)


def of_environment(interpreter: Interpreter) -> list[str]:
    """What says which packages an environment has, and by what it runs."""
    return [
        interpreter.executable,
        interpreter.base_executable,
        os.path.join(interpreter.prefix, "pyvenv.cfg"),
        *interpreter.package_directories,
    ]


def of_project(project: Project, lock: UvLock, lock_path: str) -> tuple[str, ...] | None:
    """What a project, its members and everything local in its lock are drawn from.

    None where something decides that cannot be looked at again.
    """
    patterns = project.top.workspace[0] if project.top.workspace is not None else ()
    if any("**" in pattern for pattern in patterns):
        return None
    found = [
        lock_path,
        *(os.path.join(each.directory, "pyproject.toml") for each in project.members),
    ]
    found += [os.path.dirname(each.directory) for each in project.members if _inside(each, project)]
    found += [_stem(project.root, pattern) for pattern in patterns]
    for package in lock.packages:
        if package.source.kind not in _LOCAL:
            continue
        path = os.path.normpath(os.path.join(project.root, package.source.location))
        local = [path] if package.source.kind == "path" else _of_tree(path)
        if local is None:
            return None
        found += local
    return tuple(found)


def _inside(member: Member, project: Project) -> bool:
    """Whether a glob has found it, beside which another one may appear."""
    return member.directory != project.root


def _stem(root: str, pattern: str) -> str:
    """The directory before the first part of a glob that is not plain."""
    path = root
    for part in pattern.split("/"):
        if any(letter in part for letter in "*?["):
            break
        path = os.path.join(path, part)
    return os.path.normpath(path)


def _of_tree(path: str) -> list[str] | None:
    from weft.core.errors import WeftError
    from weft.project.cache_info import consulted_paths

    try:
        found = consulted_paths(path)
    except WeftError:
        return None
    if found is None:
        return None
    return [*found, os.path.join(path, "pyproject.toml"), *_described(path)]


def _described(path: str) -> Iterator[str]:
    for name in ("setup.py", "setup.cfg", "PKG-INFO"):
        yield os.path.join(path, name)


def keep(
    context: Context,
    target: Target,
    base: Base,
    where: Place,
    *,
    session: Session,
    over: tuple[Interpreter, ...],
    starts: tuple[str, ...],
) -> None:
    """Remember where the command runs, if that may be remembered.

    `over` are the interpreters of the environments of `--with`, which lie in the cache.
    """
    from weft.ops.run_verdict import remember, words_from

    settings = context.settings
    heard = context.sink
    if not (isinstance(heard, Heard) and heard.silent):
        return
    if base.paths is None or not base.interpreter.is_virtual:
        return
    if (
        settings.warnings or settings.refresh or settings.reinstall or settings.reinstall_package
        or settings.upgrade or settings.upgrade_package or settings.exclude_newer is not None
        or settings.exclude_newer_package or settings.verbose or context.words[:1] != ("run",)
    ):  # fmt: skip
        return
    words = words_from(context.words[1:], context.environ)
    drawn = _of_layers(context, session, base, over)
    if words is None or drawn is None:
        return
    remember(
        words,
        target,
        context.environ,
        where=where,
        uses=(*([base.use] if base.use else ()), *(f"{each.prefix}.use" for each in over)),
        until=drawn[0],
        cwd=context.cwd,
        platform=context.platform,
        cache=session.store.root,
        paths=(*base.paths, *of_environment(base.interpreter), *drawn[1]),
        starts=starts,
        since=context.now,
    )


def _of_layers(
    context: Context, session: Session, base: Base, over: tuple[Interpreter, ...]
) -> tuple[float, list[str]] | None:
    """Until when what `--with` asks for is what it was, in epoch seconds, and what it comes from.

    None where it is not known which pages of indexes it comes from.
    """
    if not over:
        return float("inf"), []
    from weft.ops.kept_environment import consulted
    from weft.ops.tool_run_verdict import pages_read

    read = pages_read(session)
    if read is None:
        return None
    found = [path for each in over for path in consulted(each)]
    # The environment on top has copies of the programs below.
    found += [base.interpreter.schemes["scripts"], *read[1]]
    return float("inf") if context.settings.offline else read[0], found
