"""Files of projects that mean harm: values of any depth and length, escapes, full disks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Weft

HEAD = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.9"\n'
DEEP = "[" * 3000 + "]" * 3000
INLINE = "{a = " * 2000 + "1" + "}" * 2000


@pytest.mark.parametrize("value", [DEEP, INLINE, "9" * 5000], ids=["deep", "inline", "long"])
@pytest.mark.parametrize("key", ["[tool.uv]\nconflicts", "[tool.uv]\noffline", "[tool.x]\nx"])
def test_values_without_end_are_an_error_like_any_other(weft: Weft, key: str, value: str) -> None:
    path = weft.cwd / "pyproject.toml"
    path.write_text(f"{HEAD}{key} = {value}\n")
    before = path.read_bytes()
    for words in (("lock",), ("add", "--frozen", "wick"), ("version", "2")):
        done = weft(*words, "--offline")
        assert done.code == 2, words
        assert "TOML parse error" in done.err
        assert "bug" not in done.err
        assert "Traceback" not in done.err
    assert os.listdir(weft.cwd) == ["pyproject.toml"]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "table",
    [
        '[project]\nname = "a\\u001b[2Jb"\nversion = "1"\n',
        f'{HEAD}dependencies = ["a\\u001b]0;x\\u0007b"]\n',
        f'{HEAD}[dependency-groups]\n"a\\u001b[31mb" = []\n',
        f'{HEAD}[tool.uv.workspace]\n"a\\u001b[31mb" = []\n',
        f'{HEAD}[tool.uv.sources]\nwick = {{ "a\\u001b[31mb" = "x" }}\n',
        f'{HEAD}[tool.uv]\n"a\\u001b[31mb" = []\n',
        f'{HEAD}x = "\x1b[31m\n',
    ],
)
def test_no_escape_of_a_file_reaches_the_terminal(weft: Weft, table: str) -> None:
    (weft.cwd / "pyproject.toml").write_text(table)
    for words in (("lock", "-v"), ("tree",), ("sync", "--color", "never")):
        done = weft(*words, "--offline")
        assert "\x1b" not in done.err + done.out
        assert "\x07" not in done.err + done.out


@pytest.mark.parametrize("kind", ["file", "directory", "link to a home", "link to itself"])
def test_what_is_no_environment_is_left_alone(weft: Weft, kind: str) -> None:
    (weft.cwd / "pyproject.toml").write_text(HEAD)
    place = weft.cwd / ".venv"
    if kind == "file":
        place.write_text("mine")
    elif kind == "directory":
        place.mkdir()
        (place / "mine").write_text("mine")
    elif kind == "link to a home":
        (weft.home / "mine").write_text("mine")
        place.symlink_to(weft.home)
    else:
        place.symlink_to(".venv")
    for words in (("sync",), ("run", "python", "-c", ""), ("add", "wick"), ("sync", "--dry-run")):
        done = weft(*words)
        assert done.code == 2, (words, done.err)
        assert "Traceback" not in done.err
        assert "error: " in done.err
    if kind == "file":
        assert place.read_text() == "mine"
    elif kind == "link to itself":
        assert place.is_symlink()
    else:
        assert (place / "mine").read_text() == "mine"
    assert place.is_symlink() == kind.startswith("link")


def test_a_python_that_is_only_linked_to_is_no_environment(weft: Weft) -> None:
    """What is installed there would be installed into the Python behind the link."""
    import sys

    (weft.cwd / "pyproject.toml").write_text(f'{HEAD}dependencies = ["wick"]\n')
    (weft.cwd / ".venv" / "bin").mkdir(parents=True)
    (weft.cwd / ".venv" / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
    for words in (("sync", "--dry-run"), ("sync", "--dry-run", "--reinstall")):
        done = weft(*words)
        assert done.code == 2, done.err
        assert "cannot be used because it is not a compatible environment" in done.err


def test_links_at_the_files_of_a_project_stay(weft: Weft) -> None:
    other = weft.root / "other"
    other.mkdir()
    (other / "real.toml").write_text(HEAD)
    (weft.cwd / "pyproject.toml").symlink_to(other / "real.toml")
    (weft.cwd / "uv.lock").symlink_to(other / "real.lock")
    weft.ok("add", "wick")
    weft.ok("remove", "wick")
    weft.ok("add", "--no-sync", "oil")
    for name in ("pyproject.toml", "uv.lock"):
        assert (weft.cwd / name).is_symlink()
    assert 'name = "oil"' in (other / "real.lock").read_text()
    assert sorted(os.listdir(other)) == ["real.lock", "real.toml"]
    weft.ok("init", "--bare", "inside")
    assert (weft.cwd / "pyproject.toml").is_symlink()
    assert '"inside"' in (other / "real.toml").read_text()


@pytest.fixture
def disk(weft: Weft) -> Iterator[Path]:
    """The working directory on a disk of its own, with a project in it."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(weft.cwd)], check=True)
    (weft.cwd / "pyproject.toml").write_text(f'{HEAD}dependencies = ["wick"]\n')
    weft.ok("lock")
    yield weft.cwd
    subprocess.run(["umount", str(weft.cwd)], check=True)


CHANGES = [("add", "--no-sync", "oil"), ("add", "--frozen", "oil"), ("remove", "wick"),
           ("version", "--frozen", "2"), ("sync",), ("init", "inside")]  # fmt: skip


@pytest.mark.mounts
@pytest.mark.parametrize("state", ["full", "read-only"])
def test_without_room_or_leave_to_write_the_files_stay_whole(
    weft: Weft, disk: Path, state: str
) -> None:
    if state == "full":
        with open(disk / "filler", "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        reason = "No space left on device"
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        reason = "Read-only file system"
    names = sorted(os.listdir(disk))
    before = [(disk / name).read_bytes() for name in names]
    for words in CHANGES:
        done = weft(*words, cwd=disk)
        assert done.code == 2, (words, done.err)
        assert reason in done.err, words
        assert "Traceback" not in done.err
        left = [name for name in sorted(os.listdir(disk)) if name != ".venv"]
        assert left == names, words
        assert [(disk / name).read_bytes() for name in names] == before, words
    weft.ok("lock", "--check", cwd=disk)
