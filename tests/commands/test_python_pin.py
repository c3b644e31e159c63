"""`weft python pin` beside uv: version files of projects and of people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.python_twins import PythonTwins

PROJECT = '[project]\nname = "{}"\nversion = "1"\nrequires-python = "{}"\n'


@pytest.fixture
def twins(tmp_path: Path, caches: Path) -> PythonTwins:
    return PythonTwins(tmp_path / "machine", caches)


def test_writing_showing_and_removing(twins: PythonTwins) -> None:
    new, old = twins.newest, twins.oldest
    twins.write("inside/note", "")
    twins.same_run("pin", f"pin {new}", "pin", f"pin {old}", f"pin {old}")
    twins.same("python", "pin", cwd="inside")
    twins.same("python", "pin", new, cwd="inside")
    twins.same("python", "pin", "--rm", cwd="inside")
    twins.same("python", "pin", "--rm", cwd="inside")  # the one above
    twins.same("python", "pin", "--rm")
    twins.same_run(f"pin -q {new}", "pin -q", f"pin {old} --directory inside")
    twins.same("python", "pin", old, "--project", "inside")


@pytest.mark.parametrize(
    "text",
    [
        "{new}", "cp{new}", "cpython", "cpython@{new}", "cpython-{new}", "{new}-linux", "linux",
        "{new}+gil", "3.99", "3.13t", "3.99+freethreaded+debug", "pypy3.10", "any", "Default",
        ">={old}", ">={old},<3.99", "<3.99 , >={old}", "=={new}", "=={new}.*", "cp>={new}",
        "3.99.0rc1", "2.7", "./missing", "../../pythons/{new}", "../../pythons/{new}/bin/python",
        "nonsense", "",
    ],
)  # fmt: skip
def test_what_a_version_file_says(twins: PythonTwins, text: str) -> None:
    text = text.format(new=twins.newest, old=twins.oldest)
    done = twins.same("python", "pin", text)
    assert (done.code == 0) == (".python-version" in done.files)


def test_the_path_of_what_is_found(twins: PythonTwins) -> None:
    done = twins.same("python", "pin", "--resolved", twins.newest)
    assert done.files[".python-version"].decode().startswith(str(twins.homes[twins.newest]))
    assert twins.same("python", "pin", "--resolved", "3.99").code == 2
    twins.program("python3.77", "exit 3")
    assert twins.same("python", "pin", "--resolved", "3.77").code == 2
    assert twins.same("python", "pin", "3.77").err == ""


def test_a_project_says_which_versions_it_allows(twins: PythonTwins) -> None:
    new, old = twins.newest, twins.oldest
    twins.write("pyproject.toml", PROJECT.format("demo", f">={new}"))
    done = twins.same("python", "pin", old)
    assert done.code == 2
    assert ".python-version" not in done.files
    twins.same_run(f"pin >={old}", "pin cpython", f"pin --resolved <{new}", f"pin cp{old}")
    twins.same("python", "pin", str(twins.homes[old] / "python3"))
    twins.same_run("pin", f"pin --no-project {old}", "pin", "pin pypy3.6", f"pin {new}")
    twins.write(".python-version", "3.99\n")
    twins.same("python", "pin")
    twins.same("python", "pin", "--global", old)


def test_a_workspace_without_a_project_of_its_own(twins: PythonTwins) -> None:
    twins.write("pyproject.toml", '[tool.uv.workspace]\nmembers = ["part"]\n')
    twins.write("part/pyproject.toml", PROJECT.format("part", f">={twins.newest}"))
    done = twins.same("python", "pin", twins.oldest)
    assert "incompatible with the workspace `requires-python`" in done.err


def test_several_lines_and_what_is_no_request(twins: PythonTwins) -> None:
    twins.write(".python-versions", f"{twins.newest}\n{twins.oldest}\n# why\n\nnonsense\n")
    twins.same("python", "pin")
    twins.write(".python-version", f"  {twins.newest}  \r\n")
    twins.same_run("pin", f"pin {twins.oldest}", "pin --rm", "pin --rm", "pin --rm")
    for place in twins.places.values():
        (place / ".python-version").write_bytes(b"\xff\xfe")
    assert twins.same("python", "pin").code == 2
    twins.same("python", "pin", twins.newest)


def test_the_pin_of_a_person(twins: PythonTwins) -> None:
    new, old = twins.newest, twins.oldest
    for name in ("uv", "weft"):  # they share a home, and weft reads uv's where it has none
        told = []
        for words in (
            ["--global"], ["--global", old], ["--global"], [], ["--rm"], ["--global", new],
            ["--rm", "--global"], ["--rm", "--global"],
        ):  # fmt: skip
            done = twins.outcome(name, "python", "pin", *words)
            told.append((done.code, done.out, done.err))
        if name == "uv":
            theirs = told
    assert told == theirs
    assert not (twins.root / "home/.config/weft/.python-version").exists()
    assert twins.run_one("uv", "python", "pin", "--global", old).code == 0
    assert twins.run_one("weft", "python", "find").out.startswith(str(twins.homes[old]))
    assert twins.run_one("weft", "python", "pin", "--global", new).code == 0
    assert twins.run_one("weft", "python", "find").out.startswith(str(twins.homes[new]))
    uvs = twins.root / "home/.config/uv/.python-version"
    assert uvs.read_text() == f"{old}\n"  # uv's own is not changed


def test_a_pin_that_the_project_does_not_allow_is_not_meant_for_it(twins: PythonTwins) -> None:
    for name in twins.places:
        assert twins.run_one(name, "python", "pin", "--global", twins.oldest).code == 0
    twins.write("pyproject.toml", PROJECT.format("demo", f">={twins.newest}"))
    done = twins.same("python", "find")
    assert done.out == f"{twins.homes[twins.newest]}/python3\n"
    assert done.err == ""


def test_words_that_exclude_each_other(twins: PythonTwins) -> None:
    done = twins.run_one("weft", "python", "pin", "3.12", "--rm")
    assert "the argument '[REQUEST]' cannot be used with '--rm'" in done.err
    assert "cannot be used with" in twins.run_one("weft", "python", "pin", "--rm", "--resolved").err


def test_a_directory_that_cannot_be_written(twins: PythonTwins) -> None:
    for place in twins.places.values():
        (place / ".python-version").mkdir()
    for line in ("pin", "pin --rm", "find"):
        twins.same("python", *line.split())
    done = twins.run_one("weft", "python", "pin", twins.newest)
    assert done.code == 2
    assert "`" in done.err


def test_every_command_reads_version_files_alike(twins: PythonTwins) -> None:
    for name in (".python-version", ".python-versions"):
        twins.write(name, f"# chosen\n{twins.oldest}\n")
        twins.write("inside/note", "")
        done = twins.run_one("weft", "venv", "--clear", cwd="inside")
        assert str(twins.homes[twins.oldest]) in done.err
        twins.write(name, "")
