"""Where a tool ran last time, remembered: the shortest way to a program of a package.

Owns the memory: with these options, this name of a program and these variables, the program was at
this path, and nothing had to be done or said. Every file and directory that this was drawn from is
named with its identity, absent ones too: it holds as long as all of them are the same, and no
longer than the pages of the index that were read are fresh. The working directory counts only
where it can decide. Refuses options that are not listed here, versions that are looked for anew
(`@latest`), and paths and URLs, which have to be looked at each time.
"""

from __future__ import annotations

from weft.install.verdict import BUCKET, ELSEWHERE, keep, parted, pins, stamp, standing, upwards
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import NoReturn

    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.tool_ephemeral import ToolEnvironment

_FLAGS = frozenset((
    "--offline", "--isolated", "--no-env-file", "--no-config", "--no-index", "-q", "--quiet",
    "--no-progress", "--no-python-downloads", "--managed-python", "--no-managed-python",
))  # fmt: skip
_VALUED = frozenset((
    "--from", "-w", "--with", "-p", "--python", "-c", "--constraints", "--constraint",
    "--overrides", "--override", "--link-mode", "--default-index", "--index", "-i", "--index-url",
    "--extra-index-url", "--exclude-newer", "--resolution", "--prerelease",
))  # fmt: skip
_SAYINGS = frozenset((
    "", "true", "false", "yes", "no", "on", "off", "never", "auto", "automatic", "manual",
))  # fmt: skip
_NAMING = ("--from", "-w", "--with")  # their values mean the same everywhere
# Variables that decide, besides all of weft and uv.
_DECIDING = (
    "WEFT_", "UV_", "PATH", "HOME", "XDG_", "PYENV_", "PYTHON", "TMPDIR", "NETRC", "CONDA_",
)  # fmt: skip
_IDLE = frozenset(("WEFT_RUN_RECURSION_DEPTH", "UV_RUN_RECURSION_DEPTH"))
_SPECIAL = (
    *ELSEWHERE, "WEFT_ENV_FILE", "UV_ENV_FILE", "WEFT_NO_CACHE", "UV_NO_CACHE",
)  # fmt: skip


class Words:
    """The words of a command: the options, and from the name of the program on the others.

    `wanders` tells whether they can mean something else in another directory.
    """

    __slots__ = ("command", "options", "wanders")

    def __init__(self, options: Sequence[str], command: Sequence[str], *, wanders: bool) -> None:
        self.options = options
        self.command = command
        self.wanders = wanders


def words_from(words: Sequence[str], environ: Mapping[str, str]) -> Words | None:
    """The words behind `weftx`, if they may have a verdict."""
    if os.name != "posix" or any(name in environ for name in _SPECIAL):
        return None
    found = parted(words, flags=_FLAGS, valued=_VALUED)
    if found is None:
        return None
    index, given = found
    if any(mark in words[index] for mark in "/\\:"):
        return None
    wanders = any(name not in _NAMING for name, _ in given) or any(
        name.startswith(("WEFT_", "UV_")) and _may_be_path(text) for name, text in environ.items()
    )
    return Words(words[:index], words[index:], wanders=wanders)


def _may_be_path(text: str) -> bool:
    """Whether what a variable says may be a path that starts at the working directory."""
    plain = text.isdigit() or text.lower() in _SAYINGS
    return not (plain or (text.startswith("/") and " " not in text) or "://" in text)


def recall(
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    cwd: str,
    platform: str,
    now: float,
) -> tuple[str, str, tuple[str, ...]] | None:
    """The path of the program, the directory that goes before all others on the search path, and
    the words of the program, if a verdict is there and holds. `now` is in epoch seconds."""
    found = words_from(words, environ)
    if found is None:
        return None
    try:
        path = _place(found, environ, cwd=cwd, platform=platform)
        kept = standing(path, holds=lambda kept: _is_shared(kept, now))
    except (OSError, ValueError, EOFError, TypeError):
        return None
    if kept is None:
        return None
    program, scripts = kept[:2]
    return program, scripts, (os.path.basename(program), *found.command[1:])


def _is_shared(kept: tuple[str, str, str, float], now: float) -> bool:
    """Whether it is not too old; then the environment that it needs stays in the cache."""
    _, _, use, until = kept
    if now >= until:
        return False
    if use:
        from weft.ops.run_child import share

        share(use)
    return True


def start(program: str, scripts: str, words: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Become the program. Raises SpawnFailure."""
    from weft.ops.run_child import become, tool_variables
    from weft.ops.run_target import Target

    become(Target("external", words[0]), words, tool_variables(environ, scripts), path=program)


def _place(words: Words, environ: Mapping[str, str], *, cwd: str, platform: str) -> str:
    """Where the verdict for these words lies: below the cache that they would use."""
    from weft import __version__
    from weft.core.digest import quick_digest
    from weft.system.userdirs import cache_dir

    root = environ.get("WEFT_CACHE_DIR") or cache_dir(environ, platform)
    system = os.uname()
    deciding = sorted(
        f"{name}={text}"
        for name, text in environ.items()
        if name.startswith(_DECIDING) and name not in _IDLE
    )
    wanders = words.wanders or _wanders(environ)
    world = [
        __version__, cwd if wanders else "", str(os.getuid()), system.release, system.version,
        *words.options, "", words.command[0], *deciding,
    ]  # fmt: skip
    return os.path.join(cwd, root, BUCKET, f"tool-{quick_digest(chr(0).join(world))}")


def _wanders(environ: Mapping[str, str]) -> bool:
    """Whether which Python is found on the search path depends on the working directory.

    Shims look for version files in it and above it.
    """
    path = environ.get("PATH", "")
    return "shims" in path or not all(part.startswith("/") for part in path.split(":"))


def remember(context: Context, session: Session, found: ToolEnvironment) -> None:
    """Keep a verdict, unless something that it was drawn from is too young or unknown."""
    from weft.ops.run_memory import Heard

    settings, environ = context.settings, context.environ
    if not (isinstance(context.sink, Heard) and context.sink.silent) or settings.verbose:
        return
    if context.words[:1] != ("tool",) or context.words[1] not in ("run", "weftx", "uvx"):
        return
    words = words_from(context.words[2:], environ)
    if words is None or settings.warnings or found.wants.files is None:
        return
    path = _place(words, environ, cwd=context.cwd, platform=context.platform)
    if os.path.dirname(path) != os.path.join(session.store.root, BUCKET):
        return  # a settings file names the cache: nobody would look there before reading it
    until: float = float("inf")
    pages: dict[str, object] = {}
    if found.use:
        read = pages_read(session)
        if read is None:
            return
        until, pages = read
    consulted = dict.fromkeys(_surroundings(context, found))
    consulted.update(dict.fromkeys([*found.wants.files, *pages, *found.consulted]))
    program = os.path.join(found.scripts, found.program)
    if not os.access(program, os.X_OK):
        return  # it is somewhere else on the search path
    kept = (program, found.scripts, found.use, float("inf") if settings.offline else until)
    keep(path, kept, consulted=consulted, since=context.now)


def pages_read(session: Session) -> tuple[float, dict[str, object]] | None:
    """Until when the pages are fresh that the resolution was made from, and where they are.

    None where it is not known what it was made from, or where that has changed since.
    """
    from weft.fetch.trace import pages_of

    trace = session.traces[0] if len(session.traces) == 1 else ""
    found = pages_of(session.store, trace) if trace else None
    if found is None:
        return None
    for each, read in found[1].items():
        known = stamp(each)
        if known is None or (known[0], known[2], known[3]) != read:
            return None
    return found[0], dict(found[1])


def _surroundings(context: Context, found: ToolEnvironment) -> Iterator[str]:
    """Settings, installed tools and Pythons at hand, present or not."""
    from weft.ops.tools import tool_root
    from weft.system.userdirs import config_dirs, data_dir

    environ, platform = context.environ, context.platform
    for directory in config_dirs(environ, platform):
        for tool in ("weft", "uv"):
            yield f"{directory}/{tool}/{tool}.toml"
            yield from pins(f"{directory}/{tool}")
    if found.project:
        root = tool_root(context, found.project)
        yield from (root, f"{root}/weft-receipt.toml", f"{root}/uv-receipt.toml")
    if not found.use:
        return
    data = data_dir(environ, platform)
    yield os.path.join(data, "python")
    yield os.path.join(os.path.dirname(data), "uv", "python")
    for name in ("WEFT_PYTHON_INSTALL_DIR", "UV_PYTHON_INSTALL_DIR"):
        if environ.get(name):
            yield os.path.join(context.cwd, environ[name])
    yield from (part for part in environ.get("PATH", "").split(":") if part)
    if _wanders(environ):
        for directory in upwards(context.cwd):
            yield f"{directory}/.python-version"
            yield f"{directory}/.tool-versions"
        if environ.get("PYENV_ROOT"):
            yield os.path.join(environ["PYENV_ROOT"], "version")
        yield os.path.join(environ.get("HOME", "/"), ".pyenv", "version")
