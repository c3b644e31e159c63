"""`weft lock` with nothing to do, remembered: the shortest way to say so.

Owns the memory of one verdict: with these words, this environment of the process and this working
directory a lock stood, and how many packages it has. It holds while every file that it came from
is the same: the lock, the files of the projects, those of settings, the interpreter.
Refuses options that it does not know, projects that a back end has to be asked about, and runs that
said more than which interpreter and how many packages.
"""

from __future__ import annotations

from weft.install.verdict import (
    are_known,
    keep,
    pins,
    place,
    standing,
    surroundings,
    upwards,
)
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weft.core.events import Event, Sink
    from weft.ops.context import Context
    from weft.ops.locking import Locking
    from weft.ops.session import Session
    from weft.project.discovery import Project
    from weft.python.interpreter import Interpreter

KIND = "locked"
_VALUED = frozenset(("-p", "--python", "--exclude-newer", "--project"))
_FLAGS = frozenset(("--check", "--locked", "--offline"))


class Hearing:
    """A sink that passes events on and keeps the notes; `more` tells that there was other news."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.notes: list[str] = []
        self.more = False

    def __call__(self, event: Event) -> None:
        from weft.core.events import Debug, Note, Summary

        if isinstance(event, Note):
            self.notes.append(event.text)
        elif not isinstance(event, Summary | Debug):
            self.more = True
        self._sink(event)


def is_eligible(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether `words` (behind `lock`) may be remembered: few options."""
    return are_known(words, environ, flags=_FLAGS, valued=_VALUED)


def recall(
    words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str
) -> tuple[int, tuple[str, ...]] | None:
    """(number of packages, notes to print before) if the lock still stands, else None."""
    found: tuple[int, tuple[str, ...]] | None
    found = standing(place(words, environ, cwd=cwd, platform=platform, kind=KIND))
    return found


def remember(
    context: Context,
    session: Session,
    project: Project,
    locking: Locking,
    *,
    interpreter: Interpreter,
    heard: Hearing,
) -> None:
    """Keep a verdict, unless something that it was drawn from is too young or unknown."""
    words, environ, cwd = context.words[1:], context.environ, context.cwd
    if locking.changed or locking.consulted is None or heard.more:
        return
    if context.words[:1] != ("lock",) or not is_eligible(words, environ):
        return
    settings = context.settings
    if settings.quiet or settings.verbose or settings.warnings:
        return
    path = place(words, environ, cwd=cwd, platform=context.platform, kind=KIND)
    if os.path.dirname(os.path.dirname(path)) != session.store.root:
        return  # a settings file names the cache: nobody would look there before reading it
    consulted = dict.fromkeys(surroundings(cwd, environ, context.platform))
    consulted.update(dict.fromkeys(surroundings(project.directory, environ, context.platform)))
    consulted.update(dict.fromkeys(pins(*upwards(cwd), *upwards(project.directory))))
    consulted.update(dict.fromkeys((f"{interpreter.prefix}/pyvenv.cfg", interpreter.executable)))
    consulted.update(dict.fromkeys(locking.consulted))
    keep(path, (locking.count, tuple(heard.notes)), consulted=consulted, since=context.now)


def files_of(project: Project) -> Iterator[str] | None:
    """The files, present or not, that say what belongs to a project; None where a glob has `**`."""
    workspace = project.top.workspace
    patterns = workspace[0] if workspace is not None else ()
    if any("**" in pattern for pattern in patterns):
        return None
    return _files_of(project, patterns)


def _files_of(project: Project, patterns: Iterable[str]) -> Iterator[str]:
    yield f"{project.directory}/pyproject.toml"
    yield f"{project.root}/pyproject.toml"
    for pattern in patterns:
        import glob

        parts = [part for part in pattern.split("/") if part not in ("", ".")]
        level = [project.root]
        for part in parts:
            yield from level
            level = [
                os.path.join(directory, found)
                for directory in level
                for found in sorted(glob.glob(part, root_dir=directory))
            ]
        for found in level:
            yield f"{found}/pyproject.toml"
