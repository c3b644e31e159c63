"""`Checked 3 packages`, remembered: the shortest way through a command that has nothing to do.

Owns the memory of one verdict: with these words, this environment of the process and this working
directory, everything asked for was installed. It names every file and directory that the verdict
was drawn from, each with its identity; the absent ones too, since a settings file may appear. The
verdict holds while all of them are the same, which takes some hundred `stat` calls and no parsing.
Refuses commands with options that read what nobody stamps or that change what is said, paths and
URLs on the command line, to remember what is so young that a later change could bear the same
times, and to write anywhere but below the cache that the command used.
"""

from __future__ import annotations

import marshal

from weft import __version__
from weft.core.digest import quick_digest
from weft.system.lean import os
from weft.system.userdirs import cache_dir, config_dirs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    Stamp = tuple[int, int, int, int, int] | None

BUCKET = "installed-v1"
FORMAT = 2
# Variables that differ from shell to shell, or from one command to the next, and decide nothing.
_IDLE = frozenset(("_", "OLDPWD", "PWD", "SHLVL", "LINES", "COLUMNS"))
# Options with a value: what they name is among `paths`, or cannot change that all is installed.
_VALUED = frozenset((
    "-p", "--python", "-r", "--requirements", "--requirement", "-c", "--constraints",
    "--constraint", "-f", "--find-links", "-i", "--index-url", "--extra-index-url", "--index",
    "--default-index", "--index-strategy", "--link-mode",
))  # fmt: skip
PLAIN = frozenset(("--offline", "--no-index", "--no-deps"))
# Variables that have files read elsewhere than the working directory tells.
ELSEWHERE = (
    "WEFT_CONFIG_FILE", "UV_CONFIG_FILE", "WEFT_WORKING_DIR", "UV_WORKING_DIR",
    "WEFT_WORKING_DIRECTORY", "UV_WORKING_DIRECTORY", "WEFT_PROJECT", "UV_PROJECT",
)  # fmt: skip


def is_eligible(
    words: Sequence[str], environ: Mapping[str, str], *, plain: Collection[str] = PLAIN
) -> bool:
    """Whether `words` (behind `pip install`) may have a verdict: names, files, few options.

    `plain` are the options without a value.
    """
    if not words or any(name in environ for name in ELSEWHERE):
        return False
    named = False
    skip = False
    for word in words:
        option, equals, _ = word.partition("=") if word.startswith("-") else ("", "", "")
        if skip:
            skip = False
        elif option in _VALUED and (not equals or option.startswith("--")):
            named = named or option in ("-r", "--requirements", "--requirement")
            skip = not equals
        elif option:
            if equals or option not in plain:
                return False
        elif any(mark in word for mark in "/\\@:;"):
            return False
        else:
            named = True
    return named and not skip


def recall(
    words: Sequence[str], environ: Mapping[str, str], *, cwd: str, platform: str
) -> tuple[int, tuple[str, ...]] | None:
    """(number of requirements, notes to print before) if the verdict still holds, else None."""
    found: tuple[int, tuple[str, ...]] | None
    found = standing(place(words, environ, cwd=cwd, platform=platform))
    return found


def remember(
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    cwd: str,
    platform: str,
    count: int,
    notes: Sequence[str],
    cache: str,
    prefix: str,
    executable: str,
    paths: Sequence[str],
    since: float,
) -> None:
    """Keep a verdict, unless something it was drawn from is too young or it cannot be written.

    `cache` is the root of the store that was used: where a file of settings names it, no verdict
    would be found there before that file is read, so none is kept. `paths` are the site
    directories, everything that was read in them, and what else decided. `since` is when the
    command began, in seconds: what changed after that may have been read before it changed.
    """
    path = place(words, environ, cwd=cwd, platform=platform)
    if os.path.dirname(path) != os.path.join(cache, BUCKET):
        return
    consulted = dict.fromkeys(surroundings(cwd, environ, platform))
    consulted.update(dict.fromkeys((f"{prefix}/pyvenv.cfg", executable, *paths)))
    keep(path, (count, tuple(notes)), consulted=consulted, since=since)


def are_known(
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    flags: Collection[str],
    valued: Collection[str],
) -> bool:
    """Whether `words` are nothing but `flags`, and options of `valued` with their values.

    And no variable has files read elsewhere.
    """
    return not any(name in environ for name in ELSEWHERE) and others(words, flags, valued) == []


def parted(
    words: Sequence[str], *, flags: Collection[str], valued: Collection[str]
) -> tuple[int, list[tuple[str, str]]] | None:
    """Where the first word behind the options stands, and what is said by each of `valued`.

    None where there is no such word, and for an option that is neither of these nor of `flags`.
    """
    given: list[tuple[str, str]] = []
    index = 0
    while index < len(words):
        word = words[index]
        if not word.startswith("-") or word == "-":
            break
        index += 1
        if word == "--":
            break
        name, equals, text = word.partition("=")
        if name in valued and (not equals or name.startswith("--")):
            given.append((name, text if equals else "".join(words[index : index + 1])))
            index += not equals
        elif equals or word not in flags:
            return None
    return (index, given) if index < len(words) else None


def others(
    words: Sequence[str], flags: Collection[str], valued: Collection[str]
) -> list[int] | None:
    """Where the other words stand; None if the last option lacks its value."""
    found, skip = [], False
    for number, word in enumerate(words):
        option, equals, _ = word.partition("=")
        if skip:
            skip = False
        elif option in valued and (not equals or option.startswith("--")):
            skip = not equals
        elif word not in flags:
            found.append(number)
    return None if skip else found


def standing(path: str, *, holds: Callable[[Any], bool] | None = None) -> Any:
    """What `keep` left at `path`, if every file that it came from is the same, else None.

    `holds` is asked before these files are looked at: whether it may be used still.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            data = os.read(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)
        form, kept, stamps = marshal.loads(data)
        if form != FORMAT or (holds is not None and not holds(kept)):
            return None
        for each, known in stamps:
            if stamp(each) != known:
                return None
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return kept


def keep(path: str, kept: tuple[Any, ...], *, consulted: Iterable[str], since: float) -> None:
    """Write `kept` (what `marshal` takes) to `path`, for `standing`.

    Nothing is written where one of the files `consulted` is too young or the cache is read-only.
    `since` is when the command began, in seconds.
    """
    from weft.core.errors import WeftError
    from weft.install.inventory import is_young
    from weft.system.files import write_atomic

    stamps = tuple([(each, stamp(each)) for each in consulted])
    began = int(since * 1e9)
    if any(known is not None and is_young(known[:2], began) for _, known in stamps):
        return
    try:
        write_atomic(path, marshal.dumps((FORMAT, kept, stamps)))
    except WeftError:
        return  # it only saves time


def place(
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    cwd: str,
    platform: str,
    kind: str = "verdict",
) -> str:
    """Where what is remembered of a command lies: below the cache that it would use."""
    root = environ.get("WEFT_CACHE_DIR") or cache_dir(environ, platform)
    system = os.uname()
    world = [
        __version__, cwd, str(os.getuid()), system.release, system.version, system.machine,
        str(len(words)), *words,
        *(f"{name}={text}" for name, text in sorted(environ.items()) if name not in _IDLE),
    ]  # fmt: skip
    key = quick_digest("\0".join(world))
    return os.path.join(cwd, root, BUCKET, f"{kind}-{key}")


def surroundings(cwd: str, environ: Mapping[str, str], platform: str) -> Iterator[str]:
    """Settings files and environments at hand, present or not: this directory and all above."""
    for directory in upwards(cwd):
        for name in ("pyproject.toml", "weft.toml", "uv.toml", "pyvenv.cfg", ".venv/pyvenv.cfg"):
            yield os.path.join(directory, name)
    for directory in config_dirs(environ, platform):
        yield f"{directory}/weft/weft.toml"
        yield f"{directory}/uv/uv.toml"


def upwards(directory: str) -> Iterator[str]:
    """A directory and all above it."""
    while True:
        yield directory
        above = os.path.dirname(directory)
        if above == directory:
            return
        directory = above


def pins(*directories: str) -> Iterator[str]:
    """Files that may pin a Python, in these directories."""
    for directory in directories:
        yield os.path.join(directory, ".python-version")
        yield os.path.join(directory, ".python-versions")


def stamp(path: str) -> Stamp:
    """Identity of what a path leads to; None where there is nothing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev
