"""Commands that are killed, interrupted, or at work at once in one project."""

from __future__ import annotations

import os
import random
import signal
import time
import tomllib
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer, slow
from tests.support.wheels import make_wheel

HEAD = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.9"\n'
FILES = ("pyproject.toml", "uv.lock")


@pytest.fixture
def project(weft: Weft) -> Weft:
    (weft.cwd / "pyproject.toml").write_text(f'{HEAD}dependencies = ["wick"]\n')
    weft.ok("sync")
    return weft


@pytest.fixture
def heavy(wheels: Path) -> None:
    files = {f"heavy/part{number}.py": f"value = {number}\n" * 40 for number in range(400)}
    make_wheel(wheels, "heavy", "1.0", files={"heavy/__init__.py": "", **files})


def state(weft: Weft) -> list[bytes]:
    assert sorted(os.listdir(weft.cwd)) == [".venv", *FILES], "nothing is left beside them"
    return [(weft.cwd / name).read_bytes() for name in FILES]


def required(weft: Weft) -> list[str]:
    table = tomllib.loads((weft.cwd / "pyproject.toml").read_text())
    return sorted(text.partition(">")[0] for text in table["project"]["dependencies"])


def installed(weft: Weft) -> list[str]:
    return sorted(line.partition("==")[0] for line in weft.ok("pip", "freeze").out.split())


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)]
)
@pytest.mark.parametrize("words", [("add", "mirror"), ("remove", "wick")])
def test_who_is_stopped_while_installing_puts_the_files_back(
    project: Weft, index: IndexServer, words: tuple[str, str], number: int, code: int
) -> None:
    if words[0] == "remove":  # something else has to be fetched then
        text = f'{HEAD}dependencies = ["wick", "mirror"]\n'
        (project.cwd / "pyproject.toml").write_text(text)
        project.ok("lock")
    before = state(project)
    files = [f"/files/{name}" for name in index.filenames("mirror")]
    for file in files:
        index.fail(file, slow(4), always=True)
    process = project.start(*words)
    end = time.monotonic() + 60
    while state_of(project) == before and process.poll() is None:
        assert time.monotonic() < end, "the files are never written"
        time.sleep(0.005)
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert state(project) == before
    for file in files:
        index.fail(file)
    project.ok(*words)
    project.ok("sync", "--locked")
    assert installed(project) == required(project)


def state_of(weft: Weft) -> list[bytes]:
    """As `state`, while somebody may be writing."""
    return [(weft.cwd / name).read_bytes() for name in FILES]


def test_whenever_it_is_killed_the_next_sync_repairs_everything(project: Weft, heavy: None) -> None:
    chance = random.Random(11)
    start = time.monotonic()
    project.ok("add", "heavy")
    whole = time.monotonic() - start
    for _ in range(8):
        project.ok("remove", "heavy")
        process = project.start("add", "heavy")
        time.sleep(chance.uniform(0.05, whole))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        text, lock = state_of(project)
        if b"heavy" in text and b"heavy" not in lock:  # between two renames
            project.ok("lock")
        else:
            assert (b"heavy" in text) == (b"heavy" in lock)
        project.ok("sync", "--locked")
        assert installed(project) == required(project)
        parts = list((project.site_packages() / "heavy").glob("*.py"))
        assert len(parts) == (401 if b"heavy" in text else 0)
        project.ok("add", "heavy")


@pytest.mark.parametrize("flags", [(), ("--no-sync",), ("--frozen",)])
def test_all_of_those_who_add_at_once_have_added(project: Weft, flags: tuple[str, ...]) -> None:
    names = ("oil", "mirror", "lantern")
    runs = [project.start("add", name, *flags) for name in names]
    for run in runs:
        _, err = run.communicate(timeout=60)
        assert run.returncode == 0, err
    assert required(project) == sorted([*names, "wick"])
    if flags != ("--frozen",):
        project.ok("lock", "--check")
    project.ok("sync")
    assert installed(project) == required(project)


def test_who_cannot_add_takes_nothing_from_those_who_can(project: Weft) -> None:
    runs = [project.start("add", name) for name in ("oil", "nowhere", "mirror", "heater==9")]
    for run in runs:
        run.communicate(timeout=60)
    assert [run.returncode for run in runs] == [0, 1, 0, 1]
    assert required(project) == ["mirror", "oil", "wick"]
    project.ok("sync", "--locked")
