"""What a program sees of the Python API: its names, its types, and what importing it costs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import weft
from tests.support.commands import SOURCE


def run(code: str) -> str:
    """What `code` prints in a fresh interpreter that has nothing but weft on its path."""
    return subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n{code}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def test_importing_weft_loads_nothing_else() -> None:
    loaded = json.loads(
        run("before = set(sys.modules)\nimport weft\nimport json\n"
            "print(json.dumps([n for n in sys.modules if n.startswith('weft')]))")
    )  # fmt: skip
    assert loaded == ["weft"]


def test_asking_for_a_name_loads_what_it_needs_and_no_third_party_module() -> None:
    names = [name for name in weft.__all__ if name != "__version__"]
    missing = run(
        f"import weft\nfor name in {names!r}:\n    assert callable(getattr(weft, name)), name"
    )
    assert missing == ""


def test_every_public_name_is_there_and_documented() -> None:
    for name in weft.__all__:
        found = getattr(weft, name)
        assert name in dir(weft)
        assert name == "__version__" or found.__doc__, name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    try:
        weft.no_such_thing  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError as error:
        assert "no_such_thing" in str(error)
    else:
        raise AssertionError("nothing was raised")


_TYPED = """
from __future__ import annotations

import os
from typing import assert_type

import weft


def provision(directory: str) -> list[str]:
    config = weft.Config(directory=directory, offline=True)
    python = weft.create_environment(".venv", python=">=3.11", config=config)
    assert_type(python, weft.Python)
    changed = weft.install_requirements(["flask>=3"], python=python, config=config)
    assert_type(changed.added, dict[str, str])
    for package in weft.resolve_requirements(["flask"], resolution="lowest"):
        assert_type(package, weft.Resolved)
        print(package.name, package.hashes[0].removeprefix("sha256:"))
    lock = weft.lock_project(upgrade_packages=["flask"])
    assert_type(lock.packages, tuple[weft.LockedPackage, ...])
    try:
        weft.sync_project(locked=True)
    except weft.LockOutdated as error:
        print(error.reason, error.hints)
    assert_type(weft.Cache().size(), int)
    return [each.name for each in weft.list_packages(python)]
"""
_WRONG = """
import weft

weft.install_requirements("flask", upgrade="yes")
weft.resolve_requirements(["flask"], resolution="newest")
weft.Config(offline="no")
weft.Config().offline = True
weft.find_python().nothing
"""


def check(path: Path) -> subprocess.CompletedProcess[str]:
    """Strict mypy on a file outside of the checkout; weft is found as an installed package is."""
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file", "/dev/null",
         "--cache-dir", "/dev/null", path.name],
        cwd=path.parent, env={"MYPYPATH": "", "PATH": "", "HOME": str(path.parent)},
        capture_output=True, text=True,
    )  # fmt: skip


def test_programs_are_checked_against_the_types(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(_TYPED)
    bad.write_text(_WRONG)
    fine = check(good)
    assert fine.returncode == 0, fine.stdout
    wrong = check(bad)
    lines = [line for line in wrong.stdout.splitlines() if ": error:" in line]
    assert [int(line.split(":")[1]) for line in lines] == [4, 5, 6, 7, 8], wrong.stdout
