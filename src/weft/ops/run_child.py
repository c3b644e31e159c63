"""The process that `weft run` and `weft tool run` become.

Owns the words and the variables that it gets, taking its place, and what is said if that fails.
Where something has to be done afterwards weft stays, hands on the signals that it gets, and ends as
the child did. Refuses to choose an interpreter.
"""

from __future__ import annotations

import sys

from weft.core.errors import OsCause, WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn

    from weft.ops.run_target import Target

DEPTH = "RUN_RECURSION_DEPTH"
_TOOLS = ("WEFT", "UV")


class SpawnFailure(WeftError):
    """`name` could not be started; the cause says why. `error` is what the system said."""

    def __init__(self, name: str, error: OSError | None) -> None:
        super().__init__(f"Failed to spawn: {name}")
        self.name = name
        self.error = error


@value
class Place:
    """Where a command runs: the interpreter, its environment (empty where it is in none), and the
    directories whose programs go before all others."""

    python: str
    prefix: str
    scripts: tuple[str, ...]


def depth_of(environ: Mapping[str, str], limit: int) -> int:
    """How often `weft run` has run itself already. Raises WeftError beyond `limit`."""
    name = next((f"{tool}_{DEPTH}" for tool in _TOOLS if f"{tool}_{DEPTH}" in environ), None)
    if name is None:
        return 0
    text = environ[name]
    if not (text.isascii() and text.isdigit()):
        raise WeftError(
            f"Failed to parse environment variable `{name}` with invalid value `{text}`: invalid "
            "digit found in string"
        )
    if int(text) > limit:
        raise WeftError(
            f"`weft run` was recursively invoked {text} times which exceeds the limit of {limit}",
            hints=(
                "If you are running a script with `weft run` in the shebang, you may need to "
                "include the `--script` flag",
            ),
        )
    return int(text)


def words_of(target: Target, place: Place) -> list[str]:
    """The command line of the child."""
    rest = list(target.arguments)
    if target.kind == "external":
        return [target.name, *rest]
    if target.kind == "python":
        return [place.python, *rest]
    if target.kind == "module":
        return [place.python, "-m", target.name, *rest]
    if target.kind == "stdin":
        return [place.python, "-c", os.fsdecode(target.text), *rest]
    if target.kind == "remote":
        return [place.python, target.path, *rest]
    if target.kind == "gui":
        return [_without_window(place.python), target.name, *rest]
    if target.kind == "package":
        program = os.path.join(place.scripts[0], target.name)
        if os.path.isfile(program) and os.access(program, os.X_OK):
            return [program, *rest]
    return [place.python, target.name, *rest]


def _without_window(python: str) -> str:
    beside = os.path.join(
        os.path.dirname(python), os.path.basename(python).replace("python", "pythonw")
    )
    return beside if os.path.isfile(beside) else python


def variables(environ: Mapping[str, str], place: Place, *, depth: int) -> dict[str, str]:
    """The environment of the child: ours, with what it needs to know."""
    found = dict(environ)
    path = found.get("PATH")
    before = list(dict.fromkeys(place.scripts))
    found["PATH"] = os.pathsep.join(before if path is None else [*before, path])
    if place.prefix:
        found["VIRTUAL_ENV"] = place.prefix
    program = own_program()
    for tool in _TOOLS:
        found[f"{tool}_{DEPTH}"] = str(depth + 1)
        if program:
            found[tool] = program
    return found


def tool_variables(environ: Mapping[str, str], scripts: str) -> dict[str, str]:
    """Those of a program out of the environment of a tool, whose programs are in `scripts`.

    The environment is not activated: a tool is to find the packages of the person, not its own.
    """
    found = dict(environ)
    path = found.get("PATH")
    found["PATH"] = scripts if path is None else os.pathsep.join((scripts, path))
    program = own_program()
    if program:
        found.update(dict.fromkeys(_TOOLS, program))
    return found


def share(path: str) -> None:
    """Keep the environment of the cache whose file `NAME.use` this is, also for who comes after us.

    Raises OSError where it is gone or being removed. See weft.store.environments.
    """
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    os.utime(descriptor)  # what ran lately stays
    os.set_inheritable(descriptor, True)


def own_program() -> str:
    """The absolute path of the program `weft` that is running, empty where it is not known."""
    started = sys.argv[0] if sys.argv else ""
    if os.path.basename(started).startswith("weftx"):
        started = os.path.join(os.path.dirname(started), "weft")
    if os.path.basename(started).startswith("weft") and os.path.isfile(started):
        return os.path.abspath(started)
    beside = os.path.join(os.path.dirname(sys.executable), "weft")
    return beside if os.path.isfile(beside) else ""


def shown_name(target: Target) -> str:
    """What a message about the target calls it."""
    if target.kind in ("external", "package"):
        return target.name
    return {"module": "python -m", "stdin": "python -c"}.get(target.kind, "python")


def become(
    target: Target, words: Sequence[str], environ: Mapping[str, str], *, path: str = ""
) -> NoReturn:
    """Exchange this process for the child's. Raises SpawnFailure; nothing else comes back.

    `path` is the program where it need not be looked for.
    """
    if os.name != "posix":
        sys.exit(stay_with(target, words, environ))
    before = _give_back_signals()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    try:
        if path:
            os.execve(path, list(words), dict(environ))
        os.execvpe(words[0], list(words), dict(environ))
    except (OSError, ValueError) as error:
        _set_signals(before)
        raise _failure(target, error) from _cause(error)


def _failure(target: Target, error: Exception) -> SpawnFailure:
    return SpawnFailure(shown_name(target), error if isinstance(error, OSError) else None)


def _cause(error: Exception) -> WeftError:
    if isinstance(error, OSError):
        return OsCause(error)
    return WeftError("nul byte found in provided data")


def _give_back_signals() -> dict[int, Any]:
    """Python ignores two signals, and what is ignored stays ignored in the program to come.

    What was set before.
    """
    signals = _signals()
    numbers = [getattr(signals, name, None) for name in ("SIGPIPE", "SIGXFSZ")]
    return _set_signals({each: signals.SIG_DFL for each in numbers if each is not None})


def _set_signals(handlers: Mapping[int, Any]) -> dict[int, Any]:
    signals = _signals()
    return {number: signals.signal(number, handler) for number, handler in handlers.items()}


def _signals() -> Any:
    """`signal` without its enums, which take a fifth of the way to the program."""
    try:
        return __import__("_signal")
    except ImportError:
        return __import__("signal")


def stay_with(target: Target, words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the child beside this process; its exit code, 128 and the signal that ended it.

    Signals that reach weft alone go on to the child; a terminal sends Ctrl-C to both by itself.
    Raises SpawnFailure.
    """
    import signal
    import subprocess

    asked = [getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")]
    handed = [number for number in asked if number is not None]
    if not os.isatty(0):
        handed.append(signal.SIGINT)
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def hand_on(number: int, _frame: object) -> None:
        if child is None:
            early.append(number)
        else:
            child.send_signal(number)

    before = {number: signal.signal(number, hand_on) for number in handed}
    if os.isatty(0):
        before[signal.SIGINT] = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        try:
            child = subprocess.Popen(list(words), env=dict(environ), close_fds=False)
        except (OSError, ValueError) as error:
            raise _failure(target, error) from _cause(error)
        for number in early:
            child.send_signal(number)
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


def commands_in(directory: str) -> list[str]:
    """The programs of an environment that people call, by name."""
    found: list[str] = []
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return found
    for entry in entries:
        name = entry.name
        if name.startswith(("activate", "deactivate")):
            continue
        if entry.is_file() and os.access(entry.path, os.X_OK):
            found.append(name.removesuffix(".exe") if os.name == "nt" else name)
    return sorted(found)
