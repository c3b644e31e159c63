"""Where `weft run` ran last time, remembered: the shortest way to a command.

Owns the memory: with these options, for this script if there is one, in this directory and with
these variables there was nothing to do, and this is where the command runs. Every file and
directory that this was drawn from is named with its identity, absent ones too; it holds as long as
all of them are the same, and for `--with` no longer than the pages of the index are fresh. Refuses
options that are not listed here, to remember what was said anything about or what is so young that
a later change could bear the same times, and to know what the command is and what the files of
`--env-file` say: that is looked at anew each time.
"""

from __future__ import annotations

import time

from weft.core.value import value
from weft.install.verdict import (
    BUCKET,
    ELSEWHERE,
    keep,
    parted,
    pins,
    standing,
    surroundings,
    upwards,
)
from weft.ops.run_child import DEPTH, Place, become, share, variables, words_of
from weft.ops.run_target import Target, read_target
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

_FLAGS = frozenset((
    "--all-extras", "--no-dev", "--only-dev", "--dev", "--no-default-groups", "--all-groups",
    "-m", "--module", "--no-editable", "--exact", "--active", "--no-sync", "--locked", "--frozen",
    "-s", "--script", "--all-packages", "--no-project", "--offline", "-q", "--quiet", "--no-config",
    "--no-index",
))  # fmt: skip
_VALUED = frozenset((
    "--extra", "--no-extra", "--group", "--no-group", "--only-group", "--no-editable-package",
    "--package", "-p", "--python", "--link-mode", "--default-index", "--index", "-i", "--index-url",
    "--extra-index-url", "-f", "--find-links", "--project", "-w", "--with", "--env-file",
))  # fmt: skip
_LAYERED = ("-w", "--with")
# Variables that decide, besides all of weft and uv.
_DECIDING = (
    "WEFT_", "UV_", "VIRTUAL_ENV", "CONDA_", "_CONDA_", "PATH", "HOME", "XDG_", "PYENV_", "PYTHON",
    "TMPDIR", "NETRC",
)  # fmt: skip
_IDLE = frozenset((f"WEFT_{DEPTH}", f"UV_{DEPTH}"))
_SPECIAL = (
    *ELSEWHERE, "WEFT_ENV_FILE", "UV_ENV_FILE",
    "WEFT_RUN_MAX_RECURSION_DEPTH", "UV_RUN_MAX_RECURSION_DEPTH", "WEFT_ISOLATED", "UV_ISOLATED",
    "WEFT_NO_CACHE", "UV_NO_CACHE",
)  # fmt: skip
_OFTEN = 50  # where the count of runs inside of each other is looked at properly


@value
class Words:
    """The options before the target, and from there on. It has what `run_target` asks for."""

    options: tuple[str, ...]
    command: tuple[str, ...]

    @property
    def module(self) -> bool:
        return "-m" in self.options or "--module" in self.options

    @property
    def as_script(self) -> bool:
        return "-s" in self.options or "--script" in self.options

    @property
    def gui_script(self) -> bool:
        return False


def words_from(words: Sequence[str], environ: Mapping[str, str]) -> Words | None:
    """The words behind `run`, if they may have a verdict."""
    if os.name != "posix" or any(name in environ for name in _SPECIAL):
        return None
    found = parted(words, flags=_FLAGS, valued=_VALUED)
    if found is None:
        return None
    index, given = found
    for name, text in given:
        if name in _LAYERED and any(mark in text for mark in "/\\:@"):
            return None  # what lies there has to be looked at each time
    return Words(tuple(words[:index]), tuple(words[index:]))


def recall(
    words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str
) -> tuple[Target, Place, Mapping[str, str]] | None:
    """What to run, where and with which variables, if a verdict is there and holds."""
    found = words_from(words, environ)
    if found is None or found.command[0] == "-" or "://" in found.command[0]:
        return None
    target = read_target(found, cwd, stdin=bytes)
    try:
        path = place(found, target, environ, cwd=cwd, platform=platform)
        kept = standing(path, holds=_is_shared)
        if kept is None:
            return None
        environ = _with_files(found.options, environ, cwd)
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return target, Place(*kept[:3]), environ


def _is_shared(kept: tuple[str, str, str, tuple[str, ...], float]) -> bool:
    """Whether it is not too old; then what it needs of the cache stays there."""
    _, _, _, uses, until = kept
    if time.time() >= until:
        return False
    for use in uses:
        share(use)
    return True


def start(target: Target, where: Place, environ: Mapping[str, str]) -> NoReturn:
    """Become the command. Raises SpawnFailure."""
    depth = int(environ.get(f"WEFT_{DEPTH}") or environ.get(f"UV_{DEPTH}") or 0)
    become(target, words_of(target, where), variables(environ, where, depth=depth))


def _with_files(options: Sequence[str], environ: Mapping[str, str], cwd: str) -> Mapping[str, str]:
    """The variables, and those of env files; ValueError for a file that something is wrong with."""
    files = [
        word.partition("=")[2] or options[index + 1]
        for index, word in enumerate(options)
        if word.partition("=")[0] == "--env-file"
    ]
    if not files:
        return environ
    from weft.ops.run_dotenv import with_files

    def read(path: str) -> str:
        with open(os.path.join(cwd, path), "rb") as stream:
            return stream.read().decode()

    def broken(path: str, _error: object) -> None:
        raise ValueError(path)

    return with_files(files, environ, read=read, broken=broken)


def is_shallow(environ: Mapping[str, str]) -> bool:
    """Whether `weft run` has not run itself so often that somebody should look into it."""
    for tool in ("WEFT", "UV"):
        text = environ.get(f"{tool}_{DEPTH}", "0")
        if not (text.isascii() and text.isdigit() and int(text) < _OFTEN):
            return False
    return True


def place(
    words: Words, target: Target, environ: Mapping[str, str], *, cwd: str, platform: str
) -> str:
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
    script = os.path.join(cwd, target.name) if target.kind in ("script", "gui") else ""
    world = [
        __version__, cwd, str(os.getuid()), system.release, system.version, *words.options, "",
        script, *deciding,
    ]  # fmt: skip
    return os.path.join(cwd, root, BUCKET, f"run-{quick_digest(chr(0).join(world))}")


def remember(
    words: Words,
    target: Target,
    environ: Mapping[str, str],
    *,
    where: Place,
    uses: Sequence[str],
    until: float,
    cwd: str,
    platform: str,
    cache: str,
    paths: Sequence[str],
    starts: Sequence[str],
    since: float,
) -> None:
    """Keep a verdict, unless something that it was drawn from is too young.

    `cache` is the root of the store that was used, `uses` the files that keep environments of it,
    `until` when to look again, in epoch seconds. `paths` are what was read or listed, `starts` the
    directories from which files of projects were looked for, `since` when the command began.
    """
    path = place(words, target, environ, cwd=cwd, platform=platform)
    if os.path.dirname(path) != os.path.join(cache, BUCKET):
        return
    consulted: dict[str, None] = {}
    for directory in dict.fromkeys((cwd, *starts)):
        consulted.update(dict.fromkeys(surroundings(directory, environ, platform)))
        consulted.update(dict.fromkeys(pins(*upwards(directory))))
    consulted.update(dict.fromkeys(paths))
    kept = (where.python, where.prefix, where.scripts, tuple(uses), until)
    keep(path, kept, consulted=consulted, since=since)
