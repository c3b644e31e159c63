"""Interpreters that are installed on this machine.

Owns the enumeration of PATH and of the directories of managed interpreters (those of uv are found
and never changed), and the words for a search without result. Refuses to judge what it finds: the
name of a file promises nothing, the probe decides. Follows uv in the names looked for and their
order: the most specific name first, and in each directory the newest `python3.N` last resort.
"""

from __future__ import annotations

from weft.python.discovery import (
    PROVIDED,
    Candidate,
    InterpreterNotFound,
    is_conda_base,
)
from weft.python.interpreter import environment_of, python_of
from weft.system.lean import os
from weft.system.userdirs import data_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.python.discovery import World
    from weft.python.request import PythonRequest, VersionRequest

MANAGED = "managed installations"
SEARCH_PATH = "search path"
FIRST = "first executable in the search path"
CONDA_BASE = "base conda prefix"


def installed(request: PythonRequest | None, world: World) -> Iterator[Candidate]:
    """Candidates outside of the environments at hand, by the preference of `world`."""
    managed = _managed(request, world.environ, world.platform)
    if request is not None and request.kind == "name":
        yield from _on_path(request, world)
    elif world.preference == "only-managed":
        yield from managed
    elif world.preference == "only-system":
        homes = managed_homes(world)
        for candidate in _on_path(request, world):
            if not _is_below(candidate.path, homes):
                yield candidate
    elif world.preference == "system":
        yield from _on_path(request, world)
        yield from managed
    else:
        yield from managed
        yield from _on_path(request, world)


def _is_below(path: str, homes: tuple[str, ...]) -> bool:
    """Whether a path, or what it is a link to, lies in one of these directories."""
    roots = [home + os.sep for home in (*homes, *map(os.path.realpath, homes))]
    return any(each.startswith(tuple(roots)) for each in (path, os.path.realpath(path)))


def every(request: PythonRequest, world: World) -> list[Candidate]:
    """All paths that may be what is asked for, in order; those of environments are left out.

    For a path that is the interpreter there, if there is one.
    """
    if request.kind in ("file", "directory"):
        path = os.path.join(world.cwd, request.text)
        path = python_of(path) if request.kind == "directory" else path
        shown = request.text + path[len(os.path.join(world.cwd, request.text)) :]
        return [Candidate(path, PROVIDED, shown)] if os.path.isfile(path) else []
    found = {}
    if request.kind != "name":
        found.update({each.path: each for each in conda_base(world)})
    for each in installed(request, world):
        if environment_of(each.path) is None:
            found.setdefault(each.path, each)
    return list(found.values())


def conda_base(world: World) -> Iterator[Candidate]:
    """The interpreter of an active conda base environment, which counts as installed."""
    prefix = world.environ.get("CONDA_PREFIX")
    if prefix and is_conda_base(world.environ):
        yield Candidate(python_of(os.path.join(world.cwd, prefix)), CONDA_BASE)


def not_found(request: PythonRequest | None, world: World, *, virtual: bool) -> InterpreterNotFound:
    """The error for a search that ended without result."""
    managed, path = "managed installations", "search path"
    places = {
        "only-managed": [managed],
        "only-system": [path],
        "system": [path, managed],
        "managed": [managed, path],
    }[world.preference]
    if virtual:
        places.insert(0, "virtual environments")
    where = places[-1]
    if len(places) == 2:
        where = f"{places[0]} or {where}"
    elif len(places) > 2:
        where = f"{', '.join(places[:-1])}, or {where}"
    if request is None or request.kind in ("default", "any"):
        return InterpreterNotFound(f"No interpreter found in {where}")
    if request.kind == "file":
        return InterpreterNotFound(f"No interpreter found at {request.describe()}")
    if request.kind == "directory":
        return InterpreterNotFound(f"No interpreter found in {request.describe()}")
    return InterpreterNotFound(
        f"No interpreter found for {request.describe()} in {where}", hints=_advice(request, world)
    )


def _advice(request: PythonRequest, world: World) -> tuple[str, ...]:
    """Where pyenv has the version but does not offer it here, what to say to get it."""
    from weft.python.pyenv import unselected

    version = request.version
    if version is None or not version.release or version.prerelease or version.variant:
        return ()
    if request.implementation not in ("", "cpython") or any(request.platform):
        return ()
    wanted = ".".join(map(str, version.release))
    for name, path in unselected(wanted, world.environ):
        return (f"pyenv has {name}, which is not selected here; use it with `--python {path}`",)
    return ()


def managed_homes(world: World) -> tuple[str, ...]:
    """The directories of managed interpreters: ours, then uv's."""
    return _homes(world.environ, world.platform)


def _homes(environ: Mapping[str, str], platform: str) -> tuple[str, ...]:
    ours = data_dir(environ, platform)
    theirs = os.path.join(os.path.dirname(ours), "uv")
    if platform == "win32":
        theirs = os.path.join(os.path.dirname(os.path.dirname(ours)), "uv", "data")
    return (
        environ.get("WEFT_PYTHON_INSTALL_DIR") or os.path.join(ours, "python"),
        environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(theirs, "python"),
    )


def _managed(
    request: PythonRequest | None, environ: Mapping[str, str], platform: str
) -> Iterator[Candidate]:
    """Managed interpreters, newest first; directories are named by the key of what is in them."""
    found: list[tuple[tuple[int, ...], str, str]] = []
    for home in _homes(environ, platform):
        try:
            names = os.listdir(home)
        except OSError:
            continue
        for name in names:
            release = _release_of_key(name)
            directory = os.path.join(home, name)
            if release and not os.path.islink(directory):
                found.append((release, name, directory))
    wanted = request.version.release if request is not None and request.version else ()
    for release, name, directory in sorted(found, reverse=True):
        if wanted != release[: len(wanted)]:
            continue
        for executable in _managed_executables(name, release):
            path = os.path.join(directory, executable)
            if os.path.exists(path):
                yield Candidate(path, MANAGED)
                break


def _release_of_key(name: str) -> tuple[int, ...]:
    """`(3, 12, 1)` of `cpython-3.12.1-linux-x86_64-gnu`; empty for other names."""
    parts = name.split("-")
    if len(parts) != 5:
        return ()
    numbers = parts[1].partition("+")[0].split(".")
    return tuple(int(part) for part in numbers if part.isdigit()) if len(numbers) == 3 else ()


def _managed_executables(name: str, release: tuple[int, ...]) -> tuple[str, ...]:
    implementation = name.partition("-")[0]
    stem = "python" if implementation == "cpython" else implementation
    variant = ("t" if "+freethreaded" in name else "") + ("d" if "debug" in name else "")
    return (f"bin/{stem}{release[0]}.{release[1]}{variant}", f"bin/{stem}", "python.exe")


def _on_path(request: PythonRequest | None, world: World) -> Iterator[Candidate]:
    """Executables on PATH that may be what is asked for, shims of pyenv seen through."""
    from weft.python.pyenv import see_through

    first = True
    named = request is not None and request.kind == "name"
    version = request.version if request is not None else None
    names = (request.text,) if request is not None and named else executable_names(request)
    environ = world.environ
    for directory in _directories(environ, world.cwd):
        here = list(names)
        if not named and (version is None or len(version.release) < 2):
            here += [name for name in _minors(directory, names) if name not in here]
        for name in here:
            path = os.path.join(directory, name)
            if not (os.path.isfile(path) and os.access(path, os.X_OK)):
                continue
            real = see_through(path, environ=environ, cwd=world.cwd)
            if real:
                yield Candidate(real, FIRST if first else SEARCH_PATH)
            first = False


def _directories(environ: Mapping[str, str], cwd: str) -> Iterator[str]:
    """Those of the search path that exist, each once, whatever it is called: `/bin` is `/usr/bin`
    on many systems."""
    seen = set()
    for entry in search_path(environ).split(os.pathsep):
        if not entry:
            continue
        directory = os.path.join(cwd, entry)
        try:
            status = os.stat(directory)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            yield directory


def search_path(environ: Mapping[str, str]) -> str:
    """The directories to search, as `PATH` has them: that of people, or one for Pythons alone."""
    for name in ("WEFT_PYTHON_SEARCH_PATH", "UV_PYTHON_SEARCH_PATH", "PATH"):
        if environ.get(name):
            return environ[name]
    return ""


def executable_names(request: PythonRequest | None) -> tuple[str, ...]:
    """File names that an interpreter as asked for may have, in the order to look for them."""
    version = request.version if request is not None else None
    suffix = ".exe" if os.name == "nt" else ""
    endings = _endings(version)
    if version is None or not (version.release or version.specifiers):
        endings.reverse()
    stems = ["python"]
    implementation = request.implementation if request is not None else ""
    if implementation and implementation != "cpython":
        stems.insert(0, implementation)
    elif request is not None and request.kind == "any":
        stems += ["pypy", "graalpy"]
    return tuple(stem + ending + suffix for stem in stems for ending in endings)


def _endings(version: VersionRequest | None) -> list[str]:
    """What may follow `python`, the most specific first."""
    release = version.release if version is not None else ()
    endings = ["3", ""] if not release else [str(release[0]), ""]
    if len(release) > 1:
        endings.insert(0, f"{release[0]}.{release[1]}")
    if len(release) > 2:
        endings.insert(0, ".".join(map(str, release)))
    variant = version.variant if version is not None else ""
    for word, letter in (("freethreaded", "t"), ("debug", "d")):
        if word in variant:
            endings = [ending + letter for ending in endings] + endings
    return endings


def _minors(directory: str, like: tuple[str, ...]) -> list[str]:
    """Names like `python3.12` or `python3.13t` in a directory, newest first.

    `like` are the names that were looked for: of other implementations too, if they are in it.
    """
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    stems = [stem for stem in ("python", "pypy", "graalpy") if f"{stem}3" in like]
    starts = tuple([f"{stem}3." for stem in stems])
    found = []
    for name in names:
        if name.startswith(starts):
            digits = name.partition("3.")[2].removesuffix(".exe").removesuffix("t")
            if digits.isdigit():
                found.append((-stems.index(name.partition("3.")[0]), int(digits), name))
    return [name for *_, name in sorted(found, reverse=True)]
