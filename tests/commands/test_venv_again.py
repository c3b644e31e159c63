"""Which Python `weft venv` takes is remembered: only while everything that it came from stands."""

from __future__ import annotations

import marshal
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

HERE = "Creating virtual environment at:"
MARKED = "marked"


def kept(weft: Weft) -> list[Path]:
    return list((weft.cache / "installed-v1").glob("venv-*"))


def mark(weft: Weft) -> None:
    """Put another note in the place of the one that is kept, to see whether it is used."""
    for path in kept(weft):
        form, (quiet, _note, *rest), stamps = marshal.loads(path.read_bytes())
        path.write_bytes(marshal.dumps((form, (quiet, MARKED, *rest), stamps)))


def told(weft: Weft, *words: str, **environ: str) -> str:
    """The first line of making another environment."""
    number = len(list(weft.cwd.glob("made-*")))
    return weft.ok("venv", *words, f"made-{number}", **environ).lines[0]


BOTH = pytest.mark.parametrize("words", ["named", "searched"], indirect=True)


@pytest.fixture
def words(request: pytest.FixtureRequest, weft: Weft) -> tuple[str, ...]:
    """A command whose choice is kept: a Python by its path, or the first of the search path."""
    (weft.cwd / "first").mkdir()
    (weft.cwd / "bin").mkdir()
    (weft.cwd / "bin" / "python3").symlink_to(os.path.realpath(sys.executable))
    weft.environ["PATH"] = os.pathsep.join([str(weft.cwd / "first"), str(weft.cwd / "bin")])
    python = str(weft.cwd / "bin" / "python3")
    words = (
        ("--python", python)
        if getattr(request, "param", "") == "named"
        else ("--no-managed-python",)
    )
    assert python[len(str(weft.cwd)) + 1 :] in told(weft, *words)
    time.sleep(0.2)
    for _ in range(2):
        assert told(weft, *words).startswith("Using CPython")
    assert len(kept(weft)) == 1
    return words


def contents(environment: Path, word: str) -> dict[str, object]:
    """Every file and link with what it says; `word` is what two environments differ in."""
    found: dict[str, object] = {}
    for path in sorted(environment.rglob("*")):
        name = str(path.relative_to(environment))
        mode = path.lstat().st_mode
        if path.is_symlink():
            found[name] = (mode, os.readlink(path))
        elif path.is_dir():
            found[name] = mode
        else:
            text = path.read_text()
            found[name] = (mode, text.replace(word, "NAME"))
    return found


@BOTH
@pytest.mark.parametrize("name", ["plain", 'it\'s "$HOME" `here`'])
def test_the_environment_is_the_same(weft: Weft, words: tuple[str, ...], name: str) -> None:
    usual = weft.ok("venv", *words, f"aaa {name}", WEFT_OTHER="1")
    mark(weft)
    again = weft.ok("venv", *words, f"bbb {name}")
    assert again.lines[0] == MARKED
    assert [each.replace("bbb", "aaa") for each in again.lines[1:]] == usual.lines[1:]
    assert contents(weft.cwd / f"aaa {name}", "aaa") == contents(weft.cwd / f"bbb {name}", "bbb")
    assert (weft.cwd / f"bbb {name}").stat().st_mode == (weft.cwd / f"aaa {name}").stat().st_mode
    assert weft.python(f"bbb {name}", "import sys; print(sys.prefix)").endswith(f"bbb {name}")


def test_options_are_those_of_the_words(weft: Weft, words: tuple[str, ...]) -> None:
    options = ("--prompt", "harbour", "--system-site-packages", "--relocatable")
    for number in range(3):
        weft.ok("venv", *words, *options, f"asked-{number}")
    mark(weft)
    assert weft.ok("venv", *words, *options, "asked-3").lines[0] == MARKED
    assert contents(weft.cwd / "asked-3", "d-3") == contents(weft.cwd / "asked-0", "d-0")
    assert "prompt = harbour" in (weft.cwd / "asked-3" / "pyvenv.cfg").read_text()
    assert MARKED not in told(weft, *words, "--prompt", "other", "--relocatable")


def test_the_usual_place_and_its_prompt(weft: Weft, words: tuple[str, ...]) -> None:
    for _ in range(2):
        assert f"{HERE} .venv" in weft.ok("venv", *words, "--clear").lines
    first = contents(weft.cwd / ".venv", "none")
    mark(weft)
    assert weft.ok("venv", *words, "--clear").lines[:2] == [MARKED, f"{HERE} .venv"]
    assert contents(weft.cwd / ".venv", "none") == first
    assert f"prompt = {weft.cwd.name}" in (weft.cwd / ".venv" / "pyvenv.cfg").read_text()


def test_a_quiet_run_stays_quiet(weft: Weft, words: tuple[str, ...]) -> None:
    for number in range(3):
        done = weft.ok("venv", *words, "-q", f"quiet-{number}")
        assert (done.out, done.err) == ("", "")
        assert (weft.cwd / f"quiet-{number}" / "pyvenv.cfg").exists()
    assert len(kept(weft)) == 2
    taken = weft("venv", *words, "-q", "quiet-0")
    assert (taken.code, len(taken.lines)) == (2, 4), taken.lines


def test_a_place_that_is_taken_is_taken(weft: Weft, words: tuple[str, ...]) -> None:
    weft.ok("venv", *words, "taken", WEFT_OTHER="1")
    usual = weft("venv", *words, "taken", WEFT_OTHER="1")
    mark(weft)
    again = weft("venv", *words, "taken")
    assert again.lines[0] == MARKED
    assert (again.code, again.lines[1:]) == (usual.code, usual.lines[1:]) == (2, usual.lines[1:])
    assert weft("venv", *words, "taken/../..").code == 2
    assert weft.ok("venv", *words, "--clear", "taken").code == 0


def prefer(weft: Weft) -> None:
    (weft.cwd / "first" / "python3").symlink_to(sys.executable)


def exchange(weft: Weft) -> None:
    """Another program under the same name."""
    path = weft.cwd / "bin" / "python3"
    path.unlink()
    path.symlink_to("other")
    (weft.cwd / "bin" / "other").write_bytes(b"#!/bin/sh\n")
    os.chmod(weft.cwd / "bin" / "other", 0o755)


CHANGES: dict[str, Callable[[Weft], object]] = {
    "weft.toml": lambda weft: (weft.cwd / "weft.toml").write_text(""),
    "uv.toml above": lambda weft: (weft.cwd.parent / "uv.toml").write_text(""),
    "pyproject.toml": lambda weft: (weft.cwd / "pyproject.toml").write_text("[project]\n"),
    ".python-version": lambda weft: (weft.cwd / ".python-version").write_text("3\n"),
    "settings of the user": lambda weft: write(weft.home / ".config" / "weft" / "weft.toml"),
    "pin of the user": lambda weft: write(weft.home / ".config" / "weft" / ".python-version"),
    "a managed Python": lambda weft: (weft.home / ".local/share/weft/python").mkdir(parents=True),
    "another search path": lambda weft: weft.environ.update(PATH=str(weft.cwd / "bin")),
    "another variable": lambda weft: weft.environ.update(WEFT_OTHER="1"),
    "a setting as a variable": lambda weft: weft.environ.update(WEFT_VENV_RELOCATABLE="1"),
    "the first of the search path": prefer,
    "an environment's mark": lambda weft: (weft.cwd / "pyvenv.cfg").write_text("home = /\n"),
}


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")


@pytest.mark.parametrize("change", CHANGES)
def test_what_it_came_from_is_looked_at_again(
    weft: Weft, words: tuple[str, ...], change: str
) -> None:
    mark(weft)
    assert told(weft, *words) == MARKED
    CHANGES[change](weft)
    assert MARKED not in weft("venv", *words, "changed").lines


@BOTH
def test_another_program_under_the_name_is_asked(weft: Weft, words: tuple[str, ...]) -> None:
    mark(weft)
    exchange(weft)
    assert MARKED not in weft("venv", *words, "changed").lines


def test_another_directory_has_a_choice_of_its_own(weft: Weft, words: tuple[str, ...]) -> None:
    mark(weft)
    (weft.cwd / "below").mkdir()
    assert MARKED not in weft.ok("venv", *words, "made", cwd=weft.cwd / "below").lines


def test_more_than_a_choice_is_not_kept(weft: Weft, words: tuple[str, ...]) -> None:
    before = kept(weft)
    for more in (("--seed",), ("-v",), ("--system",), ("--cache-dir", "other"), ("--no-pip",)):
        weft("venv", *words, *more, f"more{more[0]}")
    assert kept(weft) == before


def test_a_project_that_does_not_allow_it_warns_again(weft: Weft, words: tuple[str, ...]) -> None:
    text = '[project]\nname = "harbour"\nversion = "1"\nrequires-python = "<3"\n'
    (weft.cwd / "pyproject.toml").write_text(text)
    time.sleep(0.2)
    runs = [weft("venv", *words, f"warned-{number}") for number in range(3)]
    assert {run.code for run in runs} == {runs[0].code}
    assert [len(run.lines) for run in runs] == [len(runs[0].lines)] * 3


@pytest.mark.parametrize("damage", [b"", b"nonsense", marshal.dumps((1, 2, 3)), marshal.dumps(())])
def test_a_damaged_memory_is_none(weft: Weft, words: tuple[str, ...], damage: bytes) -> None:
    for path in kept(weft):
        path.write_bytes(damage)
    assert told(weft, *words).startswith("Using CPython")


def test_an_environment_is_seeded_from_the_index(
    weft: Weft, wheels: Path, index: IndexServer
) -> None:
    for name in ("pip", "setuptools", "wheel"):
        make_wheel(wheels, name, "1.0")
    for _ in range(2):
        done = weft.ok("venv", "--seed", "--clear", "seeded")
        assert [line for line in done.err.splitlines() if line.startswith(" + ")][:1] == [
            " + pip==1.0"
        ]
        listed = weft.ok("pip", "list", "--python", "seeded").out
        assert ("setuptools" in listed) == (sys.version_info < (3, 12))
