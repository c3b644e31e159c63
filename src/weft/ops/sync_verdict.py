"""`weft sync` with nothing to do, remembered: the shortest way to say so.

Owns the memory of one verdict: with these words, this environment of the process and this working
directory the lock stood and the environment was what it says. It names every file and directory
that the verdict was drawn from, each with its identity, absent ones too: lock, projects, settings,
version files, what decides whether a local project is built again, the interpreter, and what is
installed. It holds while all of them are the same.
Refuses options that it does not know, projects that a back end has to be asked about, runs that
changed or would have changed anything, and what is so young that a later change could bear the same
times.
"""

from __future__ import annotations

from weft.install.verdict import (
    BUCKET,
    are_known,
    keep,
    pins,
    place,
    standing,
    surroundings,
)
from weft.system.lean import os
from weft.system.userdirs import config_dirs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weft.core.events import Event, Sink
    from weft.ops.context import Context
    from weft.ops.locking import Locking
    from weft.ops.project_environment import Environment
    from weft.ops.session import Session
    from weft.ops.settings import Settings
    from weft.project.discovery import Project

    # The verb of a summary with its count, or an empty text with a warning.
    Told = tuple[tuple[str, int | str], ...]

KIND = "synced"
_FLAGS = frozenset((
    "--all-extras", "--dev", "--no-dev", "--only-dev", "--no-default-groups", "--all-groups",
    "--no-editable", "--inexact", "--no-exact", "--exact", "--active", "--no-active",
    "--no-install-project", "--no-install-workspace", "--no-install-local", "--locked", "--frozen",
    "--all-packages", "--offline", "--no-index",
))  # fmt: skip
_VALUED = frozenset((
    "--extra", "--no-extra", "--group", "--no-group", "--only-group", "--no-editable-package",
    "--no-install-package", "--package", "-p", "--python", "--link-mode", "--default-index",
    "--index", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--python-platform",
    "--project",
))  # fmt: skip


class Hearing:
    """Passes events on and keeps what was said; `more` tells that there was other news."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.told: list[tuple[str, int | str]] = []
        self.more = False

    def __call__(self, event: Event) -> None:
        from weft.core.events import Changes, Debug, PhaseEnded, PhaseStarted, Summary, Warned

        if isinstance(event, Summary) and event.verb in ("Resolved", "Checked"):
            self.told.append((event.verb, event.count or 0))
        elif isinstance(event, Warned) and not event.hints:
            self.told.append(("", event.text))
        elif isinstance(event, Changes):
            self.more = self.more or bool(event.changes)
        elif not isinstance(event, Debug | PhaseStarted | PhaseEnded):
            self.more = True
        self._sink(event)


def is_eligible(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether `words` (behind `sync`) may be remembered: options that decide by what is stamped."""
    return are_known(words, environ, flags=_FLAGS, valued=_VALUED)


def recall(
    words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str
) -> Told | None:
    """What to say if everything is still as it was, else None."""
    told: Told | None = standing(place(words, environ, cwd=cwd, platform=platform, kind=KIND))
    return told


def remember(
    context: Context,
    session: Session,
    project: Project,
    locking: Locking,
    environment: Environment,
    *,
    heard: Hearing,
) -> None:
    """Keep a verdict, unless something that it was drawn from is too young or unknown."""
    words, environ, cwd = context.words[1:], context.environ, context.cwd
    settings = context.settings
    if context.words[:1] != ("sync",) or not is_eligible(words, environ):
        return
    if heard.more or settings.warnings or settings.quiet or settings.verbose or settings.dry_run:
        return
    if settings.check or not environment.interpreter.is_virtual or _asks_again(settings):
        return
    path = place(words, environ, cwd=cwd, platform=context.platform, kind=KIND)
    if os.path.dirname(path) != os.path.join(session.store.root, BUCKET):
        return  # a settings file names the cache: nobody would look there before reading it
    paths = _consulted(context, project, locking, environment)
    if paths is None:
        return
    keep(path, tuple(heard.told), consulted=paths, since=context.now)


def _asks_again(settings: Settings) -> bool:
    """Whether a file of settings wants what cannot be remembered."""
    return bool(
        settings.refresh or settings.refresh_package or settings.reinstall or settings.upgrade
        or settings.reinstall_package or settings.upgrade_package or settings.upgrade_group
        or settings.output_format == "json"
    )  # fmt: skip


def _consulted(
    context: Context, project: Project, locking: Locking, environment: Environment
) -> list[str] | None:
    """Every path whose change may change the verdict; None where some are unknown."""
    from weft.ops.run_memory import of_environment, of_project

    local = of_project(project, locking.lock, locking.path)
    if local is None or (locking.consulted is None and not context.settings.frozen):
        return None
    paths = [*pins(project.root)]
    for directory in (context.cwd, project.directory):
        paths += surroundings(directory, context.environ, context.platform)
    for directory in config_dirs(context.environ, context.platform):
        paths += pins(f"{directory}/weft", f"{directory}/uv")
    paths += [*local, *(locking.consulted or ()), *of_environment(environment.interpreter)]
    for directory in environment.interpreter.package_directories:
        paths += _installed(directory)
    return list(dict.fromkeys(paths))


def _installed(directory: str) -> Iterator[str]:
    """What tells which distributions there are, and of which state and source."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith((".dist-info", ".egg-info", ".egg-link")):
                yield entry.path
                yield f"{entry.path}/direct_url.json"
                yield f"{entry.path}/uv_cache.json"
