"""Advice below an impossible request: each command that is printed is run, and works."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

_FIX = re.compile(r"^hint: (.*) works \((try|then): `(.*)`\)$")


def fill(wheels: Path) -> None:
    """Projects that do not go together in every way."""
    for version in ("1.0", "1.1", "2.0", "3.0"):
        make_wheel(wheels, "oil", version)
    make_wheel(wheels, "lamp", "1.0", requires=["oil<2"])
    make_wheel(wheels, "stove", "1.0", requires=["oil>=3"])
    make_wheel(wheels, "boiler", "1.0", requires=["oil>=2"])
    make_wheel(wheels, "tester", "1.0")
    make_wheel(wheels, "tester", "2.0a1")
    make_wheel(wheels, "modern", "1.0", requires_python=">=3.30")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexServer]:
    wheels = tmp_path / "wheels"
    fill(wheels)
    times = {path.name: "2024-01-01T00:00:00Z" for path in wheels.iterdir()}
    times["oil-3.0-py3-none-any.whl"] = "2025-01-01T00:00:00Z"
    with IndexServer(wheels, format="json", upload_times=times) as server:
        yield server


def fixes(weft: Weft, *words: str) -> list[tuple[str, str]]:
    """What is said to work after a command failed, and the command."""
    done = weft(*words)
    assert done.code == 1, done.err
    assert "No solution found" in done.err
    found = [_FIX.match(line) for line in done.err.splitlines()]
    return [(match[1], match[3]) for match in found if match]


def run(weft: Weft, command: str) -> str:
    """What a printed command prints, typed into a shell; it must succeed."""
    program = f'weft() {{ "{sys.executable}" -m weft "$@"; }}\n'
    done = subprocess.run(
        ["sh", "-c", program + command], cwd=weft.cwd, env=weft.environ, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout + done.stderr


COMPILED = {
    "of two requirements one gives way": ("oil<2\nstove\n", ["oil==3.0"]),
    "a pin is moved": ("oil==1.1\nboiler\n", ["oil==3.0"]),
    "what is not the problem stays": ("oil>=1,<2\nboiler\n", ["oil==3.0"]),
}


@pytest.mark.parametrize("universal", [(), ("--universal",)], ids=["here", "everywhere"])
@pytest.mark.parametrize("case", COMPILED)
def test_requirements_of_files_give_way(weft: Weft, case: str, universal: tuple[str, ...]) -> None:
    text, expected = COMPILED[case]
    (weft.cwd / "reqs.in").write_text(text)
    found = fixes(weft, "pip", "compile", "reqs.in", *universal)
    said, command = found[0]
    match = re.fullmatch(r"Having `(.*)` in place of `(.*)` in `reqs.in`", said)
    assert match, said
    (weft.cwd / "reqs.in").write_text(text.replace(match[2], match[1]))
    printed = run(weft, command)
    for line in expected:
        assert line in printed
    (weft.cwd / "reqs.in").write_text(text)
    for said, command in found[1:]:
        assert said.startswith("Allowing `"), said
        run(weft, command)


def test_requirements_of_the_standard_input_give_way(weft: Weft) -> None:
    words = [sys.executable, "-m", "weft", "pip", "compile", "-"]

    def piped(text: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, input=text, env=weft.environ, capture_output=True, text=True, check=False
        )

    assert (
        "hint: Having `oil` in place of `oil<2` in `stdin` works (then: `weft pip compile -`)\n"
    ) in piped("oil<2\nstove\n").stderr
    assert "oil==3.0" in piped("oil\nstove\n").stdout


@pytest.mark.parametrize("universal", [(), ("--universal",)], ids=["here", "everywhere"])
def test_conflicts_that_stand_apart_are_told_apart_and_settled_together(
    weft: Weft, universal: tuple[str, ...]
) -> None:
    (weft.cwd / "reqs.in").write_text("oil<2\nboiler\ntester<1\n")
    done = weft("pip", "compile", "reqs.in", *universal)
    assert done.code == 1
    told = [line for line in done.err.splitlines() if line.startswith("hint: Apart from this")]
    assert len(told) == 1
    # Whichever the search meets first, the other one is told behind it.
    derivation = done.err.partition("hint:")[0]
    assert ("tester<1" in derivation) != ("tester<1" in told[0])
    assert ("boiler" in derivation) != ("boiler" in told[0])
    ((said, command),) = fixes(weft, "pip", "compile", "reqs.in", *universal)
    assert "`oil` in place of `oil<2`" in said
    assert "`tester` in place of `tester<1`" in said
    (weft.cwd / "reqs.in").write_text("oil\nboiler\ntester\n")
    assert "tester==1.0" in run(weft, command)


def test_one_conflict_is_not_told_twice(weft: Weft) -> None:
    (weft.cwd / "reqs.in").write_text("oil<2\nboiler\ntester\n")
    assert "Apart from this" not in weft("pip", "compile", "reqs.in").err


def test_clauses_that_fit_the_answer_stay(weft: Weft) -> None:
    weft.venv()
    ((said, command), *_) = fixes(weft, "pip", "install", "oil>=1,<2", "boiler")
    assert said == "Having `oil>=1` in place of `oil>=1,<2`"
    assert command == "weft pip install 'oil>=1' boiler"
    assert "oil==3.0" in run(weft, command)


def test_dependencies_give_way_to_what_the_user_wants(weft: Weft) -> None:
    weft.venv()
    found = fixes(weft, "pip", "install", "oil<2", "stove")
    assert found[1] == (
        "Allowing `oil<2` in `stove`",
        "echo 'oil<2' | weft pip install --overrides - 'oil<2' stove",
    )
    assert "oil==1.1" in run(weft, found[1][1])


def test_dependencies_give_way_to_one_another(weft: Weft) -> None:
    weft.venv()
    found = dict(fixes(weft, "pip", "install", "lamp", "stove"))
    assert set(found) == {"Allowing `oil<2` in `stove`", "Allowing `oil>=3` in `lamp`"}
    assert "oil==3.0" in run(weft, found["Allowing `oil>=3` in `lamp`"])


def test_constraints_give_way(weft: Weft) -> None:
    (weft.cwd / "reqs.in").write_text("stove\n")
    (weft.cwd / "limits.txt").write_text("oil<2.5\n")
    ((said, command), *rest) = fixes(weft, "pip", "compile", "reqs.in", "-c", "limits.txt")
    assert said == "Having `limits.txt` without `oil<2.5`"
    for _, other in rest:
        run(weft, other)
    (weft.cwd / "limits.txt").write_text("")
    assert "oil==3.0" in run(weft, command)


def test_pre_releases_are_allowed_for_the_package_that_has_nothing_else(weft: Weft) -> None:
    weft.venv()
    found = fixes(weft, "pip", "install", "tester>1.5", "--prerelease", "explicit")
    said, command = found[0]
    assert said == "Allowing pre-releases of `tester`"
    assert "tester==2.0a1" in run(weft, command)


@pytest.mark.parametrize(
    "given", [(), ("--python-version", "3.9"), ("--universal", "--python-version=3.9")]
)
def test_another_python_is_named(weft: Weft, given: tuple[str, ...]) -> None:
    (weft.cwd / "reqs.in").write_text("modern\n")
    ((said, command),) = fixes(weft, "pip", "compile", "reqs.in", *given)
    assert said == "Raising the Python version to 3.30"
    assert "modern==1.0" in run(weft, command)


@pytest.mark.parametrize("option", ["--exclude-newer=", "--exclude-newer-package=oil="])
def test_a_package_may_be_newer(weft: Weft, option: str) -> None:
    (weft.cwd / "reqs.in").write_text("stove\n")
    ((said, command), *_) = fixes(weft, "pip", "compile", "reqs.in", f"{option}2024-06-01")
    assert said == "Allowing `oil` to be newer"
    assert "oil==3.0" in run(weft, command)


def test_there_is_no_advice_where_nothing_was_found_to_work(weft: Weft) -> None:
    weft.venv()
    assert fixes(weft, "pip", "install", "nowhere") == []
    assert fixes(weft, "pip", "install", "oil>9", "nowhere") == []


def test_quiet_searches_for_no_advice(weft: Weft, index: IndexServer) -> None:
    weft.venv()
    loud = weft("pip", "install", "oil<2", "stove")
    quiet = weft("pip", "install", "oil<2", "stove", "-q")
    assert quiet.code == 1
    assert "works (" in loud.err
    assert "No solution found" in quiet.err
    assert "works (" not in quiet.err


def test_nothing_is_built_for_advice(weft: Weft, index: IndexServer) -> None:
    weft.venv()
    make_wheel(index.directory, "oven", "1.0", requires=["oil>=2"])
    with open(f"{index.directory}/oven-2.0.tar.gz", "wb") as file:
        file.write(gzip.compress(b"no archive: whoever opens it fails"))
    found = fixes(weft, "pip", "install", "oven<2", "oil<2")
    assert [said for said, _ in found] == [
        "Having `oil` in place of `oil<2`",
        "Allowing `oil<2` in `oven`",
    ]
    assert not any("tar.gz" in request.path for request in index.requests)


def test_passwords_are_not_repeated(weft: Weft, index: IndexServer) -> None:
    weft.venv()
    url = index.url.replace("://", "://someone:secret@")
    found = fixes(weft, "pip", "install", "oil<2", "stove", "--default-index", url)
    assert found
    assert all("secret" not in command and "someone:****@" in command for _, command in found)
