"""`weft python find` beside uv: which Python, and what is said without one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.commands.python_twins import PythonTwins

PROJECT = '[project]\nname = "demo"\nversion = "1"\nrequires-python = "{}"\n'


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> PythonTwins:
    return PythonTwins(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def twins(tmp_path: Path, caches: Path) -> PythonTwins:
    return PythonTwins(tmp_path / "machine", caches)


@pytest.mark.parametrize(
    "request_",
    [
        "", "any", "default", "3", "{new}", "{packed}", "cp{packed}", "cpython", "CPython@{new}",
        "cpython-{new}", "cpython-{new}-linux", "linux", "cpython-any-linux", "any-{new}",
        "{new}+gil", "{new}t", "{new}td", "{new}+debug", "3.12t", ">={new}", "<{new}", "~={old}",
        "=={new}", "cpython@>={new}", ">={new}-linux", "{new}rc1", "3.99", "pypy", "pypy@3.10",
        "pp310", "graalpy", "pyodide", "2.7", "3.5", "2", "4", "nosuch", "./nosuch", "python3",
        "python{new}", "3.x", "3.12.1.4", "cpython-{new}-windows", "wasm",
    ],
)  # fmt: skip
def test_a_request_leads_where_it_leads_uv(machine: PythonTwins, request_: str) -> None:
    new, old = machine.newest, machine.oldest
    text = request_.format(new=new, old=old, packed=new.replace(".", ""))
    machine.same("python", "find", *([text] if text else []))


@pytest.mark.parametrize("kind", ["dies", "is killed", "prints rubbish", "is no program"])
def test_what_is_no_python_is_told_as_uv_tells_it(machine: PythonTwins, kind: str) -> None:
    text = {
        "dies": "exit 3",
        "is killed": "kill -9 $$",
        "prints rubbish": "echo rubbish",
        "is no program": "",
    }[kind]
    path = machine.program("python3.77", text)
    if kind == "is no program":
        path.write_text("nothing\n")
    done = machine.same("python", "find", "3.77")
    assert done.code == 2
    assert "Failed to inspect Python interpreter from first executable" in done.err
    machine.same("python", "find", str(path))


def test_paths_that_are_no_interpreters(machine: PythonTwins) -> None:
    beside = machine.root / "beside"
    (beside / "folder").mkdir(parents=True)
    (beside / "file").write_text("")
    (beside / "dangling").symlink_to("nowhere")
    for name in ("folder", "file", "dangling", "missing"):
        assert machine.same("python", "find", f"../../beside/{name}").code == 2
    above = machine.same("python", "find", f"../../pythons/{machine.newest}")
    assert above.out == f"<work>/../../pythons/{machine.newest}/bin/python\n"


def test_dangling_links_and_files_that_cannot_run_are_passed_over(machine: PythonTwins) -> None:
    home = machine.program("python3.88", "exit 1").parent
    (home / "python3.88").unlink()
    (home / "python3.88").symlink_to("nowhere")
    (home / "python3.89").write_text("#!/bin/sh\n")
    (home / "python3.90").mkdir()
    for version in ("3.88", "3.89", "3.90"):
        done = machine.same("python", "find", version)
        assert f"No interpreter found for Python {version}" in done.err


def test_a_search_path_for_pythons_alone(machine: PythonTwins) -> None:
    home = str(machine.homes[machine.oldest])
    assert machine.same("python", "find", UV_PYTHON_SEARCH_PATH=home).out.startswith(home)
    done = machine.run_one("weft", "python", "find", WEFT_PYTHON_SEARCH_PATH=home)
    assert done.out.startswith(home)


def test_the_forms_of_the_answer(machine: PythonTwins) -> None:
    new = machine.newest
    shown = machine.same("python", "find", "--show-version", new)
    assert shown.out.startswith(f"{new}.")
    resolved = machine.same("python", "find", "--resolve-links", new).out.strip()
    assert resolved == os.path.realpath(machine.homes[new] / "python3")
    assert machine.same("python", "find", "-q", new).out == ""
    assert machine.same("python", "find", "-q", "3.99").err
    assert machine.same("python", "find", "-qq", "3.99").err == ""


def test_environments_come_first_unless_only_the_system_counts(twins: PythonTwins) -> None:
    for name in twins.places:
        assert twins.run_one(name, "venv", "-q", "-p", twins.oldest).code == 0
        (twins.places[name] / "inside").mkdir()
    assert twins.same("python", "find").out == "<work>/.venv/bin/python3\n".replace("3\n", "\n")
    twins.same("python", "find", twins.oldest, cwd="inside")
    for words in (["--system"], [twins.newest], ["--managed-python"], ["--no-managed-python"]):
        twins.same("python", "find", *words)
    twins.same("python", "find", ".venv")
    twins.same("python", "find", VIRTUAL_ENV="/nowhere")


def test_a_project_and_its_version_files(twins: PythonTwins) -> None:
    new, old = twins.newest, twins.oldest
    twins.write("pyproject.toml", PROJECT.format(f">={new}"))
    twins.write("inside/note", "")
    twins.same_run("find", f"find {old}", "find --no-project", "find --show-version")
    twins.write(".python-version", f"{old}\n")
    done = twins.same("python", "find")
    assert "is incompatible with the project's Python requirement" in done.err
    twins.same("python", "find", cwd="inside")
    twins.same_run("find --no-config", f"find {new}", "find --no-project")
    twins.write("inside/.python-versions", f"# mine\n\n{new}\n{old}\n")
    twins.same("python", "find", cwd="inside")
    twins.write(".python-version", "3.99\n")
    twins.same("python", "find")


def test_nonsense_in_a_version_file_is_told_and_the_project_counts(twins: PythonTwins) -> None:
    twins.write("pyproject.toml", PROJECT.format(f">={twins.newest}"))
    twins.write(".python-version", "nonsense\n")
    done = twins.run_one("weft", "python", "find")
    assert done.out == f"{twins.homes[twins.newest]}/python3\n"
    assert "warning: Ignoring unsupported Python request `nonsense` in version file: " in done.err
    for place in twins.places.values():
        (place / ".python-version").write_bytes(b"\xff\xfe")
    assert twins.same("python", "find").code == 2


def test_the_python_of_a_script(twins: PythonTwins) -> None:
    new = twins.newest
    twins.write("plain.py", "print()\n")
    head = f'# /// script\n# requires-python = ">={new}"\n# ///\n'
    twins.write("script.py", head + "print()\n")
    for words in (["script.py"], ["script.py", "--show-version"], ["plain.py"], ["missing.py"]):
        twins.same("python", "find", "--script", *words)
    done = twins.run_one("weft", "python", "find", "3.12", "--script", "script.py")
    assert "'[REQUEST]' cannot be used with '--script <SCRIPT>'" in done.err


def test_a_broken_project_is_a_warning(twins: PythonTwins) -> None:
    twins.write("pyproject.toml", "broken = [")
    done = twins.run_one("weft", "python", "find", twins.newest)
    assert done.code == 0
    assert "warning: Failed to parse: pyproject.toml\n  cause: TOML parse error" in done.err


def test_where_managed_pythons_and_their_links_are(twins: PythonTwins) -> None:
    told = twins.run_one("weft", "python", "dir").out
    assert told == f"{twins.root}/home/.local/share/weft/python\n"
    twins.same("python", "dir", "--bin")
    moved = twins.run_one("weft", "python", "dir", WEFT_PYTHON_INSTALL_DIR="here")
    assert moved.out == f"{twins.places['weft']}/here\n"
