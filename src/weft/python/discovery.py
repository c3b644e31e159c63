"""Choosing the interpreter or environment that a command works on.

Owns the order in which places are looked at (the active environment, conda's, `.venv` upward from
the working directory, then installed interpreters) and the words for what was not found. Refuses
to enumerate the machine itself: searching PATH is `weft.python.search`, loaded only when no
environment was found first. Follows uv in order and wording, PEP 405 for what an environment is.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.python.interpreter import Interpreter, environment_of, probe, python_of
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Literal

    from weft.python.interpreter import ProbeCache
    from weft.python.request import PythonRequest

    Preference = Literal["managed", "only-managed", "system", "only-system"]
    # Which interpreters may be taken: any, environments and those that were named, only those
    # outside of environments.
    Scope = Literal["any", "explicit", "system"]

ACTIVE = "active virtual environment"
CONDA = "conda prefix"
NEARBY = "virtual environment"
PROVIDED = "provided path"
_EXPLICIT = (ACTIVE, CONDA, PROVIDED)


@value
class Candidate:
    """A path that may be an interpreter, and in which words it was found.

    `shown` is how people wrote the path; empty where nobody did.
    """

    path: str
    source: str
    shown: str = ""


@value
class World:
    """What discovery may look at besides the disk, and do while an interpreter is asked."""

    environ: Mapping[str, str]
    cwd: str
    store: ProbeCache
    preference: Preference = "managed"
    platform: str = "linux"
    meanwhile: Callable[[], object] | None = None


class InspectionFailure(WeftError):
    """The interpreter at `path`, found as `source`, cannot be used; the cause says why."""

    def __init__(self, candidate: Candidate, cwd: str, cause: WeftError) -> None:
        super().__init__()
        self.path = candidate.path
        self.source = candidate.source
        self.shown = candidate.shown or display(candidate.path, cwd)
        self.dangling = getattr(cause, "dangling", False)
        self.__cause__ = cause

    @property
    def message(self) -> str:
        return f"Failed to inspect Python interpreter from {self.source} at `{self.shown}`"

    @property
    def hints(self) -> tuple[str, ...]:
        if self.dangling and self.source in (ACTIVE, CONDA, NEARBY):
            return ("Consider recreating the environment (e.g., with `weft venv`)",)
        return ()


class BrokenEnvironment(WeftError):
    """The directory `path` is named like an environment but has no `pyvenv.cfg`."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Broken virtual environment `{path}`: missing `pyvenv.cfg`")
        self.path = path


class InterpreterNotFound(WeftError):
    """No interpreter satisfies the request; exit code 2."""


def find(
    request: PythonRequest | None = None,
    *,
    environ: Mapping[str, str],
    cwd: str,
    store: ProbeCache,
    preference: Preference = "managed",
    include_virtual: bool = False,
    system: bool = False,
    platform: str = "linux",
) -> Interpreter:
    """The first interpreter that satisfies `request` (None: whatever comes first).

    With `include_virtual`, and without `system`, the active environment and `.venv` are looked at
    first; else interpreters of environments do not count, unless they were named by their path.
    Raises RequestError, InterpreterNotFound, InspectionFailure.
    """
    world = World(environ, cwd, store, preference, platform)
    scope: Scope = "any" if include_virtual and not system else "system"
    found = _search(request, world, scope)
    if found is None:
        from weft.python.search import not_found

        raise not_found(request, world, virtual=scope == "any")
    return found


def find_environment(
    request: PythonRequest | None = None,
    *,
    environ: Mapping[str, str],
    cwd: str,
    store: ProbeCache,
    preference: Preference = "managed",
    system: bool = False,
    mutable: bool = True,
    platform: str = "linux",
    meanwhile: Callable[[], object] | None = None,
) -> Interpreter:
    """The environment that a `pip` command works on.

    A command that changes packages (`mutable`) takes an environment or an interpreter named by
    its path; one that only reads falls back to any interpreter; `system` refuses environments, and
    means the search path before managed installations, whatever `preference` says. `meanwhile` is
    called while an interpreter is asked, where one must be.
    Raises RequestError, InterpreterNotFound, InspectionFailure, BrokenEnvironment.
    """
    preference = "system" if system else preference
    world = World(environ, cwd, store, preference, platform, meanwhile)
    scope: Scope = "system" if system else "explicit" if mutable else "any"
    found = _search(request, world, scope)
    if found is not None:
        return found
    wanted = f" for {request.describe()}" if request and request.kind not in _VAGUE else ""
    if system:
        raise InterpreterNotFound(f"No system Python installation found{wanted}")
    advice = "run `weft venv` to create an environment"
    if not mutable or (request is not None and request.kind in ("file", "directory")):
        what = "No virtual environment or system Python installation found"
        raise InterpreterNotFound(f"{what}{wanted}; {advice}")
    raise InterpreterNotFound(
        f"No virtual environment found{wanted}; {advice}, or pass `--system` to install into a "
        "non-virtual environment"
    )


_VAGUE = ("default", "any")


def target_note(interpreter: Interpreter, cwd: str) -> str | None:
    """The line that names the environment about to be used; None for `.venv` right here."""
    if interpreter.prefix == os.path.join(cwd, ".venv"):
        return None
    shown = display(interpreter.prefix, cwd)
    return f"Using Python {interpreter.version} environment at: {shown}"


def display(path: str, cwd: str) -> str:
    """`path` as people see it: relative if it is below the working directory, but not below `/`."""
    absolute = os.path.join(cwd, path)
    if absolute == cwd:
        return "."
    inside = cwd + os.sep
    return absolute[len(inside) :] if absolute.startswith(inside) else path


def _search(request: PythonRequest | None, world: World, scope: Scope) -> Interpreter | None:
    if request is None:
        return _choose(None, everywhere(None, world, scope), world, scope)
    request.check()
    if request.kind in ("file", "directory"):
        return _provided(request, world)
    return _choose(request, everywhere(request, world, scope), world, scope)


def everywhere(
    request: PythonRequest | None, world: World, scope: Scope
) -> Iterator[Candidate | BrokenEnvironment]:
    """What may be chosen, in order: environments, unless only the system counts, then the rest."""
    named = request is not None and request.kind == "name"
    if scope != "system" and not named:
        yield from environments(world.environ, world.cwd)
    from weft.python.search import conda_base, installed

    if not named:
        yield from conda_base(world)
    yield from installed(request, world)


def environments(environ: Mapping[str, str], cwd: str) -> Iterator[Candidate | BrokenEnvironment]:
    """Environments that are active or at hand, in the order of their claims."""
    active = environ.get("VIRTUAL_ENV")
    if active:
        yield Candidate(python_of(os.path.join(cwd, active)), ACTIVE)
    conda = environ.get("CONDA_PREFIX")
    if conda and not is_conda_base(environ):
        yield Candidate(python_of(os.path.join(cwd, conda)), CONDA)
    directory = cwd
    while True:
        if os.path.isfile(f"{directory}/pyvenv.cfg"):
            yield Candidate(python_of(directory), NEARBY)
            return
        beside = os.path.join(directory, ".venv")
        if os.path.isdir(beside):
            if os.path.isfile(f"{beside}/pyvenv.cfg"):
                yield Candidate(python_of(beside), NEARBY)
            else:
                yield BrokenEnvironment(beside)
            return
        parent = os.path.dirname(directory)
        if parent == directory:
            return
        directory = parent


def is_conda_base(environ: Mapping[str, str]) -> bool:
    """Whether the active conda environment is the one that conda itself lives in."""
    prefix = environ.get("CONDA_PREFIX", "")
    if prefix and environ.get("_CONDA_ROOT") == prefix:
        return True
    name = environ.get("CONDA_DEFAULT_ENV")
    return name in ("base", "root") and os.path.basename(prefix.rstrip(os.sep)) != name


def _provided(request: PythonRequest, world: World) -> Interpreter | None:
    path = os.path.join(world.cwd, request.text)
    if request.kind == "directory":
        path = python_of(path)
    if not os.path.isfile(path):
        return None
    try:
        return probe(
            path,
            world.store,
            environ=world.environ,
            quoted=request.text,
            meanwhile=world.meanwhile,
        )
    except WeftError as error:
        shown = request.text if request.kind == "file" else path
        raise InspectionFailure(Candidate(path, PROVIDED, shown), world.cwd, error) from error


def _choose(
    request: PythonRequest | None,
    candidates: Iterable[Candidate | BrokenEnvironment],
    world: World,
    scope: Scope,
) -> Interpreter | None:
    """The first that answers, matches and is allowed; final releases before pre-releases.

    The first failure is raised if nothing was found after it; that of an active environment,
    which is what the person means, at once.
    """
    failure: WeftError | None = None
    second_best: Interpreter | None = None
    for candidate in candidates:
        if isinstance(candidate, BrokenEnvironment):
            failure = failure or candidate
            continue
        if not _may_count(candidate, scope):
            continue
        try:
            interpreter = probe(
                candidate.path, world.store, environ=world.environ, meanwhile=world.meanwhile
            )
        except WeftError as error:
            failed = InspectionFailure(candidate, world.cwd, error)
            if candidate.source == ACTIVE and environment_of(candidate.path) is not None:
                if getattr(error, "code", None) is None:
                    raise failed from error
            elif _is_unselected(error):
                continue
            failure = failure or failed
            continue
        if not _counts(interpreter, candidate, scope):
            continue
        if candidate.source == NEARBY and not _is_preferred(interpreter, world):
            continue
        if request is not None and not request.matches(interpreter):
            continue
        if _is_second_best(interpreter, candidate, request):
            second_best = second_best or interpreter
            continue
        return interpreter
    if second_best is None and failure is not None:
        raise failure
    return second_best


def _may_count(candidate: Candidate, scope: Scope) -> bool:
    """What can be told without asking: an interpreter of an environment has a `pyvenv.cfg`."""
    if candidate.source in _EXPLICIT or candidate.source == NEARBY:
        return True
    if scope == "any":
        return True
    return (environment_of(candidate.path) is None) == (scope == "system")


def _counts(interpreter: Interpreter, candidate: Candidate, scope: Scope) -> bool:
    if scope == "system":
        return not interpreter.is_virtual
    return scope == "any" or interpreter.is_virtual or candidate.source in _EXPLICIT


def _is_preferred(interpreter: Interpreter, world: World) -> bool:
    """`only-managed` and `only-system` are about environments too that nobody has named."""
    if world.preference not in ("only-managed", "only-system"):
        return True
    from weft.python.search import managed_homes

    homes = tuple([f"{os.path.realpath(home)}{os.sep}" for home in managed_homes(world)])
    managed = os.path.realpath(interpreter.base_executable).startswith(homes)
    return managed == (world.preference == "only-managed")


def _is_second_best(
    interpreter: Interpreter, candidate: Candidate, request: PythonRequest | None
) -> bool:
    """A pre-release, a build without GIL or not CPython, and nobody asked for one."""
    if candidate.source in _EXPLICIT or candidate.source == NEARBY:
        return False
    if request is not None and request.kind in ("any", "name"):
        return False
    version = request.version if request is not None else None
    is_final = interpreter.version.replace(".", "").isdigit()
    if not (is_final or (version is not None and version.allows_prereleases)):
        return True
    if interpreter.gil_disabled and interpreter.minor < (3, 14) and version is None:
        return True
    if interpreter.implementation == "CPython":
        return False
    return request is None or not request.implementation


def _is_unselected(error: WeftError) -> bool:
    """A shim says by 127 that the version behind it is not selected here."""
    return getattr(error, "code", None) == 127
