"""Which interpreter or environment a command gets, and what it is told without one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.python.conftest import pretender, script
from weft.core.errors import WeftError
from weft.python.discovery import (
    InspectionFailure,
    display,
    find,
    find_environment,
    target_note,
)
from weft.python.environment import create
from weft.python.interpreter import Interpreter
from weft.python.request import PythonRequest
from weft.store.store import Store

RUN_VENV = "run `weft venv` to create an environment"
OR_SYSTEM = ", or pass `--system` to install into a non-virtual environment"


class World:
    """A working directory and a PATH of its own."""

    def __init__(self, root: Path, store: Store) -> None:
        self.cwd = root / "work"
        self.cwd.mkdir()
        self.bin = root / "bin"
        self.bin.mkdir()
        self.store = store
        self.environ = {"PATH": str(self.bin), "HOME": str(root / "home")}

    def offer(self, name: str, interpreter: Interpreter) -> str:
        """Put an interpreter on PATH under a name."""
        path = self.bin / name
        path.symlink_to(interpreter.executable)
        return str(path)

    def make(self, path: str, interpreter: Interpreter) -> Interpreter:
        return create(path, interpreter, cwd=str(self.cwd))

    def find(self, text: str | None = None, **options: object) -> Interpreter:
        extra = options.pop("environ", {})
        assert isinstance(extra, Mapping)
        request = None if text is None else PythonRequest.parse(text, cwd=str(self.cwd))
        return find(
            request,
            environ={**self.environ, **extra},
            cwd=str(self.cwd),
            store=self.store,
            **options,  # type: ignore[arg-type]
        )

    def environment(self, text: str | None = None, **options: object) -> Interpreter:
        extra = options.pop("environ", {})
        assert isinstance(extra, Mapping)
        request = None if text is None else PythonRequest.parse(text, cwd=str(self.cwd))
        cwd = options.pop("cwd", str(self.cwd))
        return find_environment(
            request,
            environ={**self.environ, **extra},
            cwd=str(cwd),
            store=self.store,
            **options,  # type: ignore[arg-type]
        )


@pytest.fixture
def world(tmp_path: Path, store: Store) -> World:
    return World(tmp_path, store)


def refusal(call: object, *arguments: object, **options: object) -> WeftError:
    assert callable(call)
    with pytest.raises(WeftError) as caught:
        call(*arguments, **options)
    assert caught.value.exit_code == 2
    return caught.value


def test_the_active_environment_comes_before_conda_and_dot_venv(
    world: World, own: Interpreter
) -> None:
    active, conda, nearby = (world.make(name, own) for name in ("active", "conda", ".venv"))
    both = {"VIRTUAL_ENV": active.prefix, "CONDA_PREFIX": conda.prefix}
    assert world.environment(environ=both).prefix == active.prefix
    assert world.environment(environ={"CONDA_PREFIX": conda.prefix}).prefix == conda.prefix
    assert world.environment(environ={"VIRTUAL_ENV": ""}).prefix == nearby.prefix
    assert world.environment(environ={"VIRTUAL_ENV": "active"}).prefix == active.prefix


def test_dot_venv_is_found_from_below_and_from_inside(world: World, own: Interpreter) -> None:
    nearby = world.make(".venv", own)
    deep = world.cwd / "a" / "b"
    deep.mkdir(parents=True)
    for cwd in (world.cwd, deep, Path(nearby.prefix), Path(nearby.prefix, "lib")):
        assert world.environment(cwd=cwd).prefix == nearby.prefix


def test_the_nearest_dot_venv_wins(world: World, own: Interpreter) -> None:
    world.make(".venv", own)
    inner = world.make("sub/.venv", own)
    assert world.environment(cwd=world.cwd / "sub").prefix == inner.prefix


def test_a_conda_base_is_no_environment_but_may_be_read(world: World, own: Interpreter) -> None:
    base = {
        "CONDA_PREFIX": own.prefix,
        "CONDA_DEFAULT_ENV": "base",
    }
    assert world.environment(environ=base, mutable=False).prefix == own.prefix
    assert world.environment(environ=base, system=True).prefix == own.prefix
    assert refusal(world.environment, environ=base).message.startswith("No virtual environment")
    nearby = world.make(".venv", own)
    assert world.environment(environ=base).prefix == nearby.prefix
    named = {"CONDA_PREFIX": nearby.prefix, "CONDA_DEFAULT_ENV": "work"}
    assert world.environment(environ=named, cwd="/").prefix == nearby.prefix


def test_a_request_passes_over_environments_of_other_versions(
    world: World, others: list[Interpreter]
) -> None:
    old, new = others[0], others[-1]
    active, nearby = world.make("active", old), world.make(".venv", new)
    wanted = ".".join(map(str, new.minor))
    active_one = {"VIRTUAL_ENV": active.prefix}
    assert world.environment(wanted, environ=active_one).prefix == nearby.prefix
    missing = refusal(world.environment, "3.99", environ=active_one)
    assert missing.message == f"No virtual environment found for Python 3.99; {RUN_VENV}{OR_SYSTEM}"


def test_without_an_environment_only_reading_falls_back(world: World, own: Interpreter) -> None:
    path = world.offer("python", own)
    assert world.environment(mutable=False).executable == path
    assert world.environment(system=True).executable == path
    assert refusal(world.environment).message == (
        f"No virtual environment found; {RUN_VENV}{OR_SYSTEM}"
    )
    assert refusal(world.environment, "nosuch").message == (
        f"No virtual environment found for executable name `nosuch`; {RUN_VENV}{OR_SYSTEM}"
    )


def test_where_a_path_leads_nowhere_system_is_no_advice(world: World) -> None:
    (world.cwd / "empty").mkdir()
    for text, what in (("empty", "directory"), ("./nosuch", "path")):
        assert refusal(world.environment, text).message == (
            f"No virtual environment or system Python installation found for {what} `{text}`; "
            f"{RUN_VENV}"
        )


def test_without_any_interpreter_everybody_is_told_so(world: World) -> None:
    assert refusal(world.environment, mutable=False).message == (
        f"No virtual environment or system Python installation found; {RUN_VENV}"
    )
    assert refusal(world.environment, "3.12", mutable=False).message == (
        "No virtual environment or system Python installation found for Python 3.12; " + RUN_VENV
    )
    assert refusal(world.environment, system=True).message == "No system Python installation found"
    assert refusal(world.environment, "3.12", system=True).message == (
        "No system Python installation found for Python 3.12"
    )


def test_an_interpreter_named_by_its_path_may_be_changed(world: World, own: Interpreter) -> None:
    made = world.make("env", own)
    assert world.environment(own.executable).executable == own.executable
    assert world.environment("env").prefix == made.prefix
    assert world.environment("env/bin/python").prefix == made.prefix
    assert world.environment("env/bin/python", system=True).prefix == made.prefix


def test_an_environment_that_is_only_on_path_is_one(world: World, own: Interpreter) -> None:
    made = world.make("env", own)
    path = f"{made.prefix}/bin{os.pathsep}{world.bin}"
    assert world.environment(environ={"PATH": path}).prefix == made.prefix
    outside = world.offer("python", own)
    assert world.environment(environ={"PATH": path}, system=True).executable == outside


def test_an_active_environment_that_does_not_exist_counts_only_without_another(
    world: World, own: Interpreter
) -> None:
    gone = {"VIRTUAL_ENV": "/nowhere"}
    error = refusal(world.environment, environ=gone)
    assert error.message == (
        "Failed to inspect Python interpreter from active virtual environment at "
        "`/nowhere/bin/python`"
    )
    assert str(error.__cause__) == "Python interpreter not found at `/nowhere/bin/python`"
    nearby = world.make(".venv", own)
    assert world.environment(environ=gone).prefix == nearby.prefix


def test_an_active_environment_without_interpreter_is_an_error_at_once(
    world: World, own: Interpreter
) -> None:
    world.make(".venv", own)
    broken = world.make("broken", own)
    os.unlink(broken.executable)
    active = {"VIRTUAL_ENV": broken.prefix}
    for mutable in (True, False):
        error = refusal(world.environment, environ=active, mutable=mutable)
        assert error.message.endswith("from active virtual environment at `broken/bin/python`")
    os.symlink("/nowhere", broken.executable)
    for name in ("python3", f"python{broken.minor[0]}.{broken.minor[1]}"):
        os.unlink(f"{broken.prefix}/bin/{name}")
    error = refusal(world.environment, environ=active)
    assert isinstance(error, InspectionFailure)
    assert error.hints == ("Consider recreating the environment (e.g., with `weft venv`)",)
    assert str(error.__cause__) == (
        f"Broken symlink at `{broken.executable}`, was the underlying Python interpreter removed?"
    )


def test_a_dot_venv_without_configuration_is_named_unless_something_else_is_found(
    world: World, own: Interpreter
) -> None:
    (world.cwd / ".venv").mkdir()
    error = refusal(world.environment)
    assert error.message == (
        f"Broken virtual environment `{world.cwd}/.venv`: missing `pyvenv.cfg`"
    )
    path = world.offer("python", own)
    assert world.environment(mutable=False).executable == path


def test_a_file_called_dot_venv_is_no_environment(world: World) -> None:
    (world.cwd / ".venv").write_text("")
    assert refusal(world.environment).message.startswith("No virtual environment found;")


def test_broken_interpreters_on_path_are_passed_over(world: World, own: Interpreter) -> None:
    script(world.bin / "python", "exit 3")
    (world.bin / "python3.99").mkdir()
    path = world.offer("python3", own)
    assert world.find().executable == path
    os.unlink(path)
    error = refusal(world.find)
    assert error.message == (
        "Failed to inspect Python interpreter from first executable in the search path at "
        f"`{world.bin}/python`"
    )
    assert str(error.__cause__) == (
        f"Querying Python at `{world.bin}/python` failed with exit status: 3"
    )


def test_a_shim_that_says_not_found_is_as_if_it_were_not_there(world: World) -> None:
    script(world.bin / "python3.12", "echo 'python3.12: command not found' >&2; exit 127")
    assert refusal(world.find, "3.12").message == (
        "No interpreter found for Python 3.12 in managed installations or search path"
    )


def test_the_name_of_a_file_promises_nothing(world: World, others: list[Interpreter]) -> None:
    old, new = others[0], others[-1]
    path = world.offer(f"python{new.minor[0]}.{new.minor[1]}", old)
    wanted = ".".join(map(str, new.minor))
    assert refusal(world.find, wanted).message == (
        f"No interpreter found for Python {wanted} in managed installations or search path"
    )
    assert world.find(">=3.6").executable == path


def test_names_are_looked_for_from_the_most_specific(
    world: World, others: list[Interpreter]
) -> None:
    old, new = others[0], others[-1]
    minor = ".".join(map(str, old.minor))
    plain = world.offer("python3", old)
    exact = world.offer(f"python{minor}", old)
    newest = world.offer("python3." + str(new.minor[1]), new)
    assert world.find(minor).executable == exact
    assert world.find(old.version).executable == exact
    assert world.find("3").executable == plain
    assert world.find().executable == plain
    assert world.find(f">={new.minor[0]}.{new.minor[1]}").executable == newest
    assert world.find("python3").executable == plain
    assert refusal(world.find, "python").message == (
        "No interpreter found for executable name `python` in managed installations or search path"
    )


def test_a_range_takes_the_newest_of_a_directory(world: World, others: list[Interpreter]) -> None:
    for each in others:
        world.offer("python" + ".".join(map(str, each.minor)), each)
    assert world.find(">=3.6").minor == others[-1].minor
    below = f"<{others[-1].minor[0]}.{others[-1].minor[1]}"
    assert world.find(below).minor == others[-2].minor


def test_an_environment_is_found_first_where_it_is_asked_for(
    world: World, own: Interpreter
) -> None:
    path = world.offer("python", own)
    nearby = world.make(".venv", own)
    assert world.find(include_virtual=True).prefix == nearby.prefix
    assert world.find(include_virtual=True, system=True).executable == path
    assert world.find().executable == path


@pytest.mark.parametrize(
    ("preference", "where"),
    [
        ("managed", "managed installations or search path"),
        ("only-managed", "managed installations"),
        ("system", "search path or managed installations"),
        ("only-system", "search path"),
    ],
)
def test_a_search_without_result_names_the_places(
    preference: str, where: str, world: World
) -> None:
    error = refusal(world.find, "3.99", preference=preference)
    assert error.message == f"No interpreter found for Python 3.99 in {where}"
    assert refusal(world.find, preference=preference).message == f"No interpreter found in {where}"


def test_environments_are_among_the_places_where_they_count(world: World) -> None:
    assert refusal(world.find, "3.99", include_virtual=True).message == (
        "No interpreter found for Python 3.99 in virtual environments, managed installations, "
        "or search path"
    )
    only = refusal(world.find, "3.99", include_virtual=True, preference="only-system")
    assert only.message.endswith("in virtual environments or search path")


def test_paths_that_hold_no_interpreter_are_named(world: World) -> None:
    assert refusal(world.find, "./no").message == "No interpreter found at path `./no`"
    assert refusal(world.find, ".").message == "No interpreter found in directory `.`"
    text = world.cwd / "text"
    text.write_text("")
    error = refusal(world.find, "./text")
    assert error.message == ("Failed to inspect Python interpreter from provided path at `./text`")


def test_an_unsupported_version_is_refused_before_any_search(world: World) -> None:
    assert refusal(world.find, "2.7").message == (
        "Invalid version request: Python <3.6 is not supported but 2.7 was requested."
    )


def managed(home: Path, interpreter: Interpreter) -> str:
    """A managed installation as uv lays it out, of a real interpreter."""
    inside = home / interpreter.key / "bin"
    inside.mkdir(parents=True)
    path = inside / f"python{interpreter.minor[0]}.{interpreter.minor[1]}"
    path.symlink_to(interpreter.executable)
    minor = interpreter.key.replace(interpreter.version, interpreter.version.rpartition(".")[0])
    (home / minor).symlink_to(interpreter.key)
    return str(path)


def test_managed_interpreters_of_uv_and_weft_are_found_newest_first(
    world: World, others: list[Interpreter], tmp_path: Path
) -> None:
    old, new = others[0], others[-1]
    theirs, ours = tmp_path / "uv", tmp_path / "weft"
    (theirs / ".temp").mkdir(parents=True)
    first, second = managed(theirs, old), managed(ours, new)
    system = world.offer("python", old)
    homes = {"UV_PYTHON_INSTALL_DIR": str(theirs), "WEFT_PYTHON_INSTALL_DIR": str(ours)}
    before = sorted(theirs.rglob("*"))
    assert world.find(environ=homes).executable == second
    assert world.find(".".join(map(str, old.minor)), environ=homes).executable == first
    assert world.find(environ=homes, preference="system").executable == system
    assert world.find(environ=homes, preference="only-managed").executable == second
    assert sorted(theirs.rglob("*")) == before


def test_the_usual_places_of_managed_interpreters_are_known(
    world: World, own: Interpreter, tmp_path: Path
) -> None:
    data = tmp_path / "home" / ".local" / "share"
    path = managed(data / "uv" / "python", own)
    assert world.find().executable == path
    assert world.find(environ={"XDG_DATA_HOME": str(data)}).executable == path


def test_only_the_system_leaves_managed_interpreters_on_path_alone(
    world: World, own: Interpreter, tmp_path: Path
) -> None:
    home = tmp_path / "uv"
    inside = Path(managed(home, own)).parent
    homes = {"UV_PYTHON_INSTALL_DIR": str(home), "PATH": f"{inside}{os.pathsep}{world.bin}"}
    system = world.offer("python3", own)
    assert world.find(environ=homes, preference="only-system").executable == system


def test_the_environment_is_named_unless_it_is_the_one_at_hand(
    world: World, own: Interpreter
) -> None:
    cwd = str(world.cwd)
    assert target_note(world.make(".venv", own), cwd) is None
    version = own.version
    assert target_note(world.make("env", own), cwd) == f"Using Python {version} environment at: env"
    inside = world.environment("env")
    assert target_note(inside, inside.prefix) == f"Using Python {version} environment at: ."
    assert target_note(own, cwd) == f"Using Python {version} environment at: {own.prefix}"


def test_a_prerelease_is_taken_only_if_nothing_else_matches_or_it_was_named(
    world: World, own: Interpreter, tmp_path: Path
) -> None:
    early = pretender(tmp_path / "early", own, "3.99.0")
    text = Path(early).read_text().replace('"3.99.0"', '"3.99.0a1"')
    Path(early).write_text(text)
    (world.bin / "python").symlink_to(early)
    assert world.find().version == "3.99.0a1"
    final = world.offer("python3", own)
    assert world.find().executable == final
    assert world.find("3.99").version == "3.99.0a1"
    assert world.find("3.99a1").version == "3.99.0a1"
    assert world.find("python").version == "3.99.0a1"


def test_another_implementation_is_taken_only_if_nothing_else_matches_or_it_was_named(
    world: World, own: Interpreter, tmp_path: Path
) -> None:
    other = pretender(tmp_path / "other", own, "3.10.0")
    Path(other).write_text(Path(other).read_text().replace('"CPython"', '"PyPy"'))
    (world.bin / "python").symlink_to(other)
    (world.bin / "pypy3").symlink_to(other)
    assert world.find().implementation == "PyPy"
    world.offer("python3", own)
    assert world.find().implementation == "CPython"
    assert world.find("pypy").implementation == "PyPy"
    assert world.find("pypy@3.10").executable == f"{world.bin}/pypy3"


def test_paths_are_shown_relative_to_where_one_works_but_never_to_the_root() -> None:
    assert display("/home/me/env", "/home/me") == "env"
    assert display("/home/me", "/home/me") == "."
    assert display("/home/meadow", "/home/me") == "/home/meadow"
    assert display("/home/me/env", "/") == "/home/me/env"
    assert display("env", "/") == "env"
