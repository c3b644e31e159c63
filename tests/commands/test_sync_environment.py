"""Where the environment of a project is, which Python it gets, and when it is made anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.interpreters import INTERPRETERS
from tests.support.sync_pair import BUILD, HEAD, Pair
from weft.ops.project_lock import lock_path


def minor_of(path: str) -> str:
    done = subprocess.run(
        [path, "-Ic", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def another() -> tuple[str, str]:
    """An interpreter of another version than that of the tests, and `3.12` of it."""
    for path in reversed(INTERPRETERS):
        minor = minor_of(path)
        if minor != OWN and int(minor[2:]) >= 8:
            return os.path.realpath(path), minor
    pytest.fail("these tests need two versions of Python")


@pytest.fixture
def pair(tmp_path: Path, another: tuple[str, str]) -> Pair:
    pair = Pair(tmp_path, "http://127.0.0.1:9/simple", tmp_path)
    pair.environ["PATH"] += f":{os.path.dirname(another[0])}"
    pair.environ["TMPDIR"] = str(tmp_path)
    pair.project(HEAD)
    return pair


def first(lines: list[str]) -> str:
    return lines[0] if lines else ""


def test_a_version_file_names_the_python(pair: Pair, another: tuple[str, str]) -> None:
    pair.write(".python-version", f"# ours\n\n{another[1]}\n")
    assert first(pair.lines("sync", "--frozen")).startswith(f"Using CPython {another[1]}")
    assert pair.lines("sync", "--frozen") == ["Checked in T"]
    pair.write(".python-version", f"{OWN}\n")
    assert pair.lines("sync", "--frozen")[1] == "Removed virtual environment at: .venv"
    pair.write("deep/.python-version", f"{another[1]}\n")
    assert pair.lines("sync", "--frozen", cwd="deep") == ["Checked in T"]
    lines = pair.lines("sync", "--frozen", "--no-config", "--python", another[1])
    assert first(lines).startswith(f"Using CPython {another[1]}")
    assert first(pair.lines("sync", "--frozen", "--dry-run", "-p", OWN)).startswith("Using CPython")


def test_a_python_that_the_project_does_not_allow(pair: Pair, another: tuple[str, str]) -> None:
    pair.write("pyproject.toml", HEAD.replace(">=3.8", f"=={OWN}.*"))
    assert pair.same("sync", "--frozen", "--python", another[1]).code == 2
    pair.write(".python-version", f"{another[1]}\n")
    assert pair.same("sync", "--frozen").code == 2
    pair.write("pyproject.toml", HEAD.replace(">=3.8", ">=3.99"))
    for place in pair.places.values():
        (place / ".python-version").unlink()
    theirs, ours = (pair.run_one(name, "sync", "--frozen") for name in ("uv", "weft"))
    assert ours.err.splitlines()[0] == theirs.err.splitlines()[0]
    assert ours.code == theirs.code == 2


def test_members_disagree_about_the_python(pair: Pair) -> None:
    root = HEAD.replace(">=3.8", f"=={OWN}.*") + '[tool.uv.workspace]\nmembers = ["lib"]\n'
    pair.write("pyproject.toml", root)
    pair.write("lib/pyproject.toml", HEAD.replace("demo", "lib").replace(">=3.8", ">=3.99"))
    assert pair.same("sync").code == 2
    pair.write("lib/pyproject.toml", HEAD.replace("demo", "lib").replace(">=3.8", "<3.99"))
    assert pair.same("sync", "--frozen", "--dry-run").code == 1  # the lock does not know `lib`
    other = "3.9" if OWN != "3.9" else "3.10"
    pair.write("lib/pyproject.toml", HEAD.replace("demo", "lib").replace(">=3.8", f"=={other}.*"))
    assert pair.same("sync").code == 2


def test_what_is_at_the_place_of_the_environment(pair: Pair) -> None:
    def each(action) -> None:  # type: ignore[no-untyped-def]
        for place in pair.places.values():
            venv = place / ".venv"
            if venv.is_dir() and not venv.is_symlink():
                shutil.rmtree(venv)
            elif venv.exists() or venv.is_symlink():
                venv.unlink()
            action(venv)

    each(lambda venv: venv.mkdir())
    assert pair.lines("sync", "--frozen")[1] == "Creating virtual environment at: .venv"
    each(lambda venv: venv.write_text("a file"))
    assert pair.same("sync", "--frozen").code == 2

    def filled(venv: Path) -> None:
        venv.mkdir()
        (venv / "precious").write_text("work")

    each(filled)
    assert pair.same("sync", "--frozen").code == 2
    assert (pair.places["weft"] / ".venv" / "precious").read_text() == "work"


def test_an_environment_without_its_python_is_made_anew(pair: Pair) -> None:
    pair.same("sync", "--frozen")
    for place in pair.places.values():
        for python in (place / ".venv" / "bin").glob("python*"):
            python.unlink()
    assert pair.lines("sync", "--frozen")[1] == "Removed virtual environment at: .venv"
    for place in pair.places.values():
        python = place / ".venv" / "bin" / "python"
        python.unlink()
        python.symlink_to("/nowhere/python")
    lines = pair.lines("sync", "--frozen")
    assert lines[0].startswith("warning: Ignoring existing virtual environment linked to")


def test_a_directory_that_is_no_environment_is_not_replaced(
    pair: Pair, another: tuple[str, str]
) -> None:
    pair.same("sync", "--frozen")
    (pair.places["weft"] / ".venv" / "pyvenv.cfg").unlink()
    for words in ((), ("--python", another[1]), ("--dry-run",)):
        done = pair.run_one("weft", "sync", "--frozen", *words)
        assert done.code == 2, "the Python below it would lose its packages"
        assert "it is not a virtual environment" in done.err
        assert (pair.places["weft"] / ".venv" / "bin" / "python").exists()


def test_an_installed_python_can_be_the_environment(pair: Pair) -> None:
    base = os.path.realpath(sys.base_prefix)
    words = ("sync", "--frozen", "--dry-run", "--inexact")
    lines = pair.lines(*words, UV_PROJECT_ENVIRONMENT=base)
    assert lines == [
        f"Would use project environment at: {base}",
        "Checked in T",
        "Would make no changes",
    ]


def test_the_active_environment(pair: Pair) -> None:
    pair.same("sync", "--frozen")
    lines = pair.lines("sync", "--frozen", VIRTUAL_ENV="/nowhere")
    assert first(lines).startswith("warning: `VIRTUAL_ENV=/nowhere` does not match the project")
    assert pair.lines("sync", "--frozen", VIRTUAL_ENV=".venv") == ["Checked in T"]
    assert pair.lines("sync", "--frozen", "--no-active", VIRTUAL_ENV="/nowhere") == ["Checked in T"]
    lines = pair.lines("sync", "--frozen", "--active", VIRTUAL_ENV="other")
    assert lines[1] == "Creating virtual environment at: other"
    assert pair.lines("sync", "--frozen", "--active", VIRTUAL_ENV="other") == ["Checked in T"]
    assert pair.lines("sync", "--frozen", "--active") == ["Checked in T"]


def test_another_place_for_the_environment(pair: Pair) -> None:
    lines = pair.lines("sync", "--frozen", UV_PROJECT_ENVIRONMENT="other")
    assert lines[1] == "Creating virtual environment at: other"
    pair.write("deep/file", "")
    pair.same("sync", "--frozen", "--dry-run", cwd="deep", UV_PROJECT_ENVIRONMENT="other")
    pair.same("sync", "--frozen", UV_PROJECT_ENVIRONMENT="other", VIRTUAL_ENV="/nowhere")
    done = pair.run_one(
        "weft", "sync", "--frozen", WEFT_PROJECT_ENVIRONMENT="ours", UV_PROJECT_ENVIRONMENT="other"
    )
    assert "Creating virtual environment at: ours" in done.err


def test_a_dry_run_makes_nothing(pair: Pair, another: tuple[str, str]) -> None:
    assert "Would create project environment at: .venv" in pair.lines("sync", "--dry-run")
    pair.same("sync", "--frozen", "--dry-run", "--output-format", "json")
    assert not (pair.places["weft"] / ".venv").exists()
    pair.same("sync", "--frozen")
    lines = pair.lines("sync", "--frozen", "--dry-run", "--python", another[1])
    assert "Would replace project environment at: .venv" in lines
    pair.same("sync", "--frozen", "--check", "--python", another[1])


def test_json(pair: Pair, another: tuple[str, str]) -> None:
    pair.package(".", "demo", HEAD + BUILD)
    pair.lock()
    without = "--no-install-project"
    for words in ((), (), ("--check",), ("--dry-run", without), ("-p", another[1], without)):
        outcome = pair.same("sync", "--frozen", "--output-format", "json", *words)
        assert outcome.out.startswith("{")


def test_projects_that_cannot_be_synced(pair: Pair) -> None:
    for text in (
        HEAD + "[tool.uv]\nmanaged = false\n",
        HEAD + '[tool.uv]\ndefault-groups = ["nope"]\n',
        HEAD + "dependencies = 1\n",
        HEAD + "[project]\n",
    ):
        pair.write("pyproject.toml", text)
        theirs, ours = (pair.run_one(name, "sync", "--frozen") for name in ("uv", "weft"))
        assert ours.code == theirs.code == 2
        assert ours.err.startswith("error: ")
    for place in pair.places.values():
        (place / "pyproject.toml").unlink()
        (place / "uv.lock").unlink()
    assert pair.same("sync", "--frozen").code == 2


def test_without_a_lock_nothing_is_made(pair: Pair) -> None:
    for place in pair.places.values():
        (place / "uv.lock").unlink()
    assert pair.same("sync", "--frozen").code == 1
    assert not (pair.places["weft"] / ".venv").exists()


def test_the_lock_of_a_project_is_that_of_uv(pair: Pair, tmp_path: Path) -> None:
    pair.same("sync", "--frozen")
    names = {path.name for path in tmp_path.glob("uv-*.lock")}
    expected = {lock_path(str(place), str(tmp_path)) for place in pair.places.values()}
    assert names == {os.path.basename(path) for path in expected}


def test_commands_of_one_project_wait_for_each_other(pair: Pair, tmp_path: Path) -> None:
    import fcntl

    place = pair.places["weft"]
    with open(lock_path(str(place), str(tmp_path)), "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = pair.run_one("weft", "sync", "--frozen", WEFT_LOCK_TIMEOUT="1")
        assert done.code == 2
        assert done.err.startswith("error: Timeout (1s) when waiting for lock on")
        assert not (place / ".venv").exists()
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "weft", "sync", "--frozen"],
            cwd=place, env=pair.environ, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    told = [run.communicate(timeout=60)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], told
    assert sum("Creating virtual environment" in each for each in told) == 1
    assert sum("Removed virtual environment" in each for each in told) == 0


def test_seed_packages_stay_where_they_belong(pair: Pair) -> None:
    venv = [sys.executable, "-m", "venv", "--without-pip"]
    for name, place in pair.places.items():
        subprocess.run([*venv, str(place / ".venv")], check=True)
        site = place / ".venv" / "lib" / f"python{OWN}" / "site-packages" / "pip-1.0.dist-info"
        site.mkdir()
        for file in ("RECORD", "INSTALLER", "METADATA"):
            (site / file).write_text("Name: pip\nVersion: 1.0\n" if file == "METADATA" else "")
        done = pair.run_one(name, "sync", "--frozen")
        assert done.err.startswith("Checked in"), done.err
        assert site.exists()


def test_killed_runs_leave_something_to_go_on_with(pair: Pair) -> None:
    place = pair.places["weft"]
    for pause in (0.02, 0.06, 0.1, 0.15, 0.2):
        shutil.rmtree(place / ".venv", ignore_errors=True)
        run = subprocess.Popen(
            [sys.executable, "-m", "weft", "sync", "--frozen"],
            cwd=place, env=pair.environ, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(pause)
        run.kill()
        run.wait()
        done = pair.run_one("weft", "sync", "--frozen")
        assert done.code == 0, done.err
        assert pair.run_one("weft", "sync", "--frozen").err.startswith("Checked in")
