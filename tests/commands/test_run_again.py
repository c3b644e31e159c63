"""`weft run` with packages and env files a second time: nothing is done that nothing asks for."""

from __future__ import annotations

import marshal
import os
import sys
import time
from pathlib import Path

import pytest

from tests.commands.test_run import lead_astray
from tests.support.commands import Weft


@pytest.fixture
def layered(weft: Weft) -> tuple[Weft, Path]:
    """A command with `--with` whose verdict leads to a program of ours."""
    weft.venv()
    for _ in range(3):
        time.sleep(0.1)
        found = weft.ok("run", "--with", "wick", "python", "-c", "import wick; print('run')")
        assert found.out == "run\n"
    return weft, lead_astray(weft)


def with_wick(weft: Weft) -> str:
    return weft.ok("run", "--with", "wick", "python", "-c", "import wick; print('run')").out


def test_where_a_command_with_packages_ran_is_remembered(layered: tuple[Weft, Path]) -> None:
    weft, path = layered
    assert with_wick(weft) == "remembered\n"
    form, (*where, uses, until), stamps = marshal.loads(path.read_bytes())
    assert len(uses) == 2
    path.write_bytes(marshal.dumps((form, (*where, uses, 0.0), stamps)))
    assert until > time.time()
    assert with_wick(weft) == "run\n", "pages that are not fresh any more are asked for again"


@pytest.mark.parametrize("change", ["a program below", "the layer", "a page", "the base"])
def test_where_a_command_with_packages_ran_is_forgotten_with(
    layered: tuple[Weft, Path], change: str
) -> None:
    weft, path = layered
    _, (_, prefix, _, uses, _), stamps = marshal.loads(path.read_bytes())
    if change == "a program below":
        (weft.cwd / ".venv" / "bin" / "new").write_text("#!/bin/sh\n")
    elif change == "the layer":
        (Path(uses[1].removesuffix(".use")) / "pyvenv.cfg").unlink()
    elif change == "a page":
        (page,) = (known for known, _ in stamps if "simple" in known)
        os.utime(page, (1, 1))
    else:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        (weft.cwd / ".venv" / "lib" / version / "site-packages" / "new.dist-info").mkdir()
    assert prefix
    assert with_wick(weft) == "run\n"


def test_what_the_environment_has_is_remembered_without_a_layer(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "wick")
    for _ in range(3):
        time.sleep(0.1)
        assert with_wick(weft) == "run\n"
    lead_astray(weft)
    assert with_wick(weft) == "remembered\n"


def test_env_files_are_read_each_time(weft: Weft) -> None:
    weft.venv()
    (weft.cwd / "s.py").write_text("import os; print(os.environ['FROM_FILE'])")
    (weft.cwd / "a.env").write_text("FROM_FILE=one\n")
    words = ("run", "--env-file", "a.env", "s.py")
    for _ in range(3):
        time.sleep(0.1)
        assert weft.ok(*words).out == "one\n"
    lead_astray(weft)
    assert weft.ok(*words).out == "remembered one\n"
    (weft.cwd / "a.env").write_text("FROM_FILE=two\n")
    assert weft.ok(*words).out == "remembered two\n"
    assert weft.ok(*words, FROM_FILE="mine").out == "remembered mine\n"
    (weft.cwd / "a.env").write_text("FROM_FILE=two\nbroken line\n")
    found = weft.ok(*words)
    assert found.out == "two\n"
    assert "Failed to parse environment file `a.env`" in found.err
    (weft.cwd / "a.env").unlink()
    assert weft(*words).code == 2
