"""What `weft python find` and `list` showed, remembered: the shortest way to say it again.

Owns the memory of one answer: with these words, this environment of the process and this working
directory this is what was said. It names every file and directory that the answer was drawn from,
each with its identity, absent ones too: settings, version files, the project, the directories of
the search path and of managed Pythons, the table of downloads, and the executables that were looked
at. It holds while all of them are the same.
Refuses options that it does not know, scripts, workspaces, interpreters that did not answer,
programs that run another one (what that is may change without any change to themselves), and what
is so young that a later change could bear the same times.
"""

from __future__ import annotations

from weft.install.verdict import (
    BUCKET,
    ELSEWHERE,
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
    from weft.ops.project_python import PythonNeeds
    from weft.ops.session import Session
    from weft.python.discovery import Scope
    from weft.python.interpreter import Interpreter

    # Warnings, and the result.
    Told = tuple[tuple[str, ...], str]

_PREFERENCE = ("--managed-python", "--no-managed-python", "--no-python-downloads", "--offline")
_FLAGS = {
    "find": frozenset((
        "--system", "--no-system", "--show-version", "--resolve-links", "--no-project",
        *_PREFERENCE,
    )),
    "list": frozenset((
        "--all-versions", "--all-platforms", "--all-arches", "--only-installed", "--only-downloads",
        "--show-urls", "--output-format=json", "--output-format=text", *_PREFERENCE,
    )),
}  # fmt: skip
_ELSEWHERE = ("PYENV_DIR", "WEFT_NO_CACHE", "UV_NO_CACHE")


class Hearing:
    """Passes events on and keeps warnings; `more` tells that there was other news."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.warnings: list[str] = []
        self.more = False

    def __call__(self, event: Event) -> None:
        from weft.core.events import Debug, Warned

        if isinstance(event, Warned) and not event.hints and event.cause is None:
            self.warnings.append(event.text)
        elif not isinstance(event, Debug):
            self.more = True
        self._sink(event)


def is_eligible(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether `words` (behind `python`) may be remembered."""
    if words[0] not in _FLAGS or any(name in environ for name in (*ELSEWHERE, *_ELSEWHERE)):
        return False
    requests = [word for word in words[1:] if word not in _FLAGS[words[0]]]
    return len(requests) < 2 and not any(word.startswith("-") for word in requests)


def recall(
    words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str
) -> Told | None:
    """What to say if everything is still as it was, else None."""
    told: Told | None = standing(_place(words, environ, cwd=cwd, platform=platform))
    return told


def remember_found(
    context: Context,
    session: Session,
    needs: PythonNeeds,
    found: Interpreter,
    *,
    told: str,
    heard: Hearing,
) -> None:
    """Keep the answer of `find`."""
    if not _may_keep(context, heard) or not is_usual(found) or has_workspace(context.cwd):
        return
    scope: Scope = "system" if context.settings.system else "any"
    looked = looked_at(context, session, needs, found, scope=scope)
    if looked is not None:
        _keep(context, session, told, paths=looked, heard=heard)


def remember_list(
    context: Context, session: Session, paths: Sequence[str], *, told: str, heard: Hearing
) -> None:
    """Keep the answer of `list`; `paths` are the executables that were looked at."""
    from weft.ops.python_table import table_path
    from weft.python.interpreter import is_script

    if not _may_keep(context, heard) or any(is_script(path) for path in paths):
        return
    table = table_path(context)
    if table is None:
        return  # one of the network
    _keep(context, session, told, paths=[table, *paths], heard=heard)


def _may_keep(context: Context, heard: Hearing) -> bool:
    words, settings = context.words, context.settings
    if words[:1] != ("python",) or not is_eligible(words[1:], context.environ):
        return False
    return not (heard.more or settings.warnings or settings.quiet or settings.verbose)


def _keep(
    context: Context, session: Session, told: str, *, paths: Iterable[str], heard: Hearing
) -> None:
    words, environ = context.words[1:], context.environ
    path = _place(words, environ, cwd=context.cwd, platform=context.platform)
    if os.path.dirname(path) != os.path.join(session.store.root, BUCKET):
        return  # a settings file names the cache: nobody would look there before reading it
    consulted = dict.fromkeys((*around(context, context.settings.request), *paths))
    keep(path, (tuple(heard.warnings), told), consulted=consulted, since=context.now)


def _place(words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str) -> str:
    return place(words, environ, cwd=cwd, platform=platform, kind="python")


def is_usual(found: Interpreter) -> bool:
    """Whether it was the first that fits: of others there might have been a better one later."""
    final = found.version.replace(".", "").isdigit()
    return final and not found.gil_disabled and found.implementation == "CPython"


def has_workspace(directory: str) -> bool:
    """Whether a project here or above has members, of which there may be more at any time."""
    from weft.system.files import read_bytes

    files = (os.path.join(each, "pyproject.toml") for each in upwards(directory))
    return any(b"workspace" in (read_bytes(path) or b"") for path in files)


def around(context: Context, request: str | None) -> Iterator[str]:
    """What decides which Python is wanted, and in which directories Pythons are looked for."""
    from weft.python.discovery import World
    from weft.python.search import managed_homes, search_path
    from weft.system.userdirs import config_dirs

    environ, platform = context.environ, context.platform
    yield from surroundings(context.cwd, environ, platform)
    yield from pins(*upwards(context.cwd))
    for directory in config_dirs(environ, platform):
        yield from pins(f"{directory}/weft", f"{directory}/uv")
    if request is not None:
        yield os.path.join(context.cwd, request)
    world = World(environ, context.cwd, None, platform=platform)  # type: ignore[arg-type]
    yield from managed_homes(world)
    for entry in search_path(environ).split(os.pathsep):
        directory = os.path.join(context.cwd, entry)
        yield directory
        if os.path.basename(directory) == "shims":
            yield f"{os.path.dirname(directory)}/version"
            yield f"{os.path.dirname(directory)}/versions"


def looked_at(
    context: Context, session: Session, needs: PythonNeeds, found: Interpreter, *, scope: Scope
) -> list[str] | None:
    """The executables up to the one that was chosen; None where one of them is a script."""
    from weft.python.discovery import Candidate, World, everywhere
    from weft.python.interpreter import absolute, is_script
    from weft.python.request import PythonRequest

    preference = context.settings.python_preference
    world = World(context.environ, context.cwd, session.store, preference, context.platform)  # type: ignore[arg-type]
    request = None
    if needs.request is not None:
        request = PythonRequest.parse(needs.request, cwd=context.cwd)
        if request.kind in ("file", "directory"):
            return None if is_script(found.executable) else list(_of(found.executable))
    paths: list[str] = []
    for each in everywhere(request, world, scope):
        if not isinstance(each, Candidate) or not os.path.isfile(each.path):
            return None
        if is_script(each.path):
            return None
        paths += _of(each.path)
        if absolute(each.path) == found.executable or _is_same(each.path, found.executable):
            return [*paths, *_of(found.executable)]
    return None


def _of(executable: str) -> Iterator[str]:
    """An executable with what makes it that of an environment."""
    directory = os.path.dirname(executable)
    yield executable
    yield os.path.join(directory, "pyvenv.cfg")
    yield os.path.join(os.path.dirname(directory), "pyvenv.cfg")


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
