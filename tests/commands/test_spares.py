"""Spares as a user of several environments meets them: what goes on behind a command."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

PROJECT = """\
[project]
name = "demo"
version = "1"
requires-python = ">=3.8"
dependencies = ["quilt"]
"""


PARTS = 500  # files: enough to be worth a process


@pytest.fixture
def spared(weft: Weft, wheels: Path) -> Weft:
    """A machine on which processes may go on behind a command, and a package of many files."""
    weft.environ["WEFT_SPARES"] = ""
    files = {f"quilt/part{number % 7}/piece{number}.py": "" for number in range(PARTS)}
    files |= {"quilt/__init__.py": "", "quilt/sewn.py": "print('sewn')\n" * 3}
    make_wheel(wheels, "quilt", "1.0", requires=["wick"], files=files)
    return weft


def cached(weft: Weft, name: str = "first") -> None:
    """Have it in the cache, by a first environment."""
    weft.venv(name)
    weft.ok("pip", "install", "--python", name, "quilt")
    assert behind(weft) == []
    assert shelf(weft) == []


def behind(weft: Weft) -> list[int]:
    """Processes of this machine's weft that go on."""
    mark = f"WEFT_CACHE_DIR={weft.cache}".encode()
    found = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and mark in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                found.append(int(name))
        except OSError:
            continue
    return found


def open_files(process: int) -> set[str]:
    found = set()
    for name in os.listdir(f"/proc/{process}/fd"):
        with suppress(FileNotFoundError):  # closed meanwhile
            found.add(os.readlink(f"/proc/{process}/fd/{name}"))
    return found


def settle(weft: Weft) -> None:
    """Wait until nothing goes on any more."""
    deadline = time.monotonic() + 60
    while behind(weft):
        assert time.monotonic() < deadline, behind(weft)
        time.sleep(0.02)


def shelf(weft: Weft) -> list[str]:
    return [path.name for path in weft.cache.glob("spares-v2/*/*") if len(path.name) == 64]


@contextmanager
def held(weft: Weft) -> Iterator[None]:
    """Let no spare be made, as another process would that is just making some."""
    [directory] = weft.cache.glob("spares-v2/*")
    with open(directory / ".lock", "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def test_what_is_installed_again_is_made_behind_the_command_for_the_next_time(
    spared: Weft, index: IndexServer
) -> None:
    cached(spared)
    told = []
    for number in range(3):
        spared.venv(f"env{number}")
        receipt = spared.cwd / f"receipt{number}.json"
        words = ["pip", "install", "--python", f"env{number}", "quilt"]
        done = spared.ok(*words, "--receipt", str(receipt))
        assert "Installed 2 packages" in done.err
        settle(spared)
        assert len(shelf(spared)) == 2
        spared.ok("pip", "check", "--python", f"env{number}")
        assert spared.python(f"env{number}", "import quilt.sewn").split() == ["sewn"] * 3
        told.append(json.loads(receipt.read_text()))
    for each in told:
        assert each["modes"] == told[0]["modes"]
        assert each["bytes"] == told[0]["bytes"]
    assert not list((spared.cache / "staging-v1").iterdir())


def test_a_few_files_are_not_worth_a_process(spared: Weft, index: IndexServer) -> None:
    cached(spared)
    spared.ok("pip", "install", "--python", "first", "--reinstall", "quilt")
    settle(spared)
    assert len(shelf(spared)) == 2
    for name in ("one", "two"):
        spared.venv(name)
        spared.ok("pip", "install", "--python", name, "wick")
        assert behind(spared) == []
    assert len(shelf(spared)) == 1, "one was taken"
    assert not list((spared.cache / "staging-v1").iterdir())


def test_nothing_is_begun_behind_a_command_that_failed(spared: Weft, index: IndexServer) -> None:
    cached(spared)
    [module] = spared.cache.glob("entries-v1/**/wick/__init__.py")
    module.unlink()
    spared.venv("one")
    done = spared("pip", "install", "--python", "one", "quilt")
    assert done.code == 2
    settle(spared)
    assert shelf(spared) == []


def test_a_process_behind_holds_nothing_of_the_command(spared: Weft, index: IndexServer) -> None:
    cached(spared)
    spared.venv("one")
    spared.ok("pip", "install", "--python", "one", "quilt")
    settle(spared)
    spared.venv("two")
    with held(spared):
        process = spared.start("pip", "install", "--python", "two", "quilt")
        _, err = process.communicate(timeout=60)  # its pipes are closed
        assert process.returncode == 0, err
        [waiting] = behind(spared)
        files: set[str] = set()
        deadline = time.monotonic() + 60
        others = files
        # Until it has let go of the rest, and come to the lock.
        while others != {"/dev/null"} or files == others:
            assert time.monotonic() < deadline, files
            files = open_files(waiting)
            others = {path for path in files if "spares-v2" not in path}
        assert os.sched_getscheduler(waiting) == os.SCHED_IDLE
        assert os.getsid(waiting) not in (os.getsid(0), process.pid)
        assert os.readlink(f"/proc/{waiting}/cwd") == "/"
        spared.ok("pip", "uninstall", "--python", "two", "wick")
        spared.ok("cache", "prune")
        # A second one waits for its turn; a third has nothing to add.
        for name in ("three", "four"):
            spared.venv(name)
            spared.ok("pip", "install", "--python", name, "quilt")
        deadline = time.monotonic() + 30
        while len(behind(spared)) > 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert behind(spared) == [waiting]
        cleaned = spared.ok("cache", "clean").err
        assert "Removed" in cleaned
        assert "waiting" not in cleaned
    settle(spared)
    assert shelf(spared) == []


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        ((), {"CI": "true"}),
        (("--no-spares",), {}),
        ((), {"WEFT_SPARES": "0"}),
        (("--link-mode", "copy"), {}),
        (("--link-mode", "symlink"), {}),
        (("--no-cache",), {}),
    ],
)
def test_there_may_be_none(
    spared: Weft, index: IndexServer, words: tuple[str, ...], environ: dict[str, str]
) -> None:
    cached(spared)
    spared.ok("pip", "install", "--python", "first", "--reinstall", *words, "quilt", **environ)
    assert behind(spared) == []
    assert shelf(spared) == []


def test_a_settings_file_may_want_none(spared: Weft, index: IndexServer) -> None:
    cached(spared)
    again = ["pip", "install", "--python", "first", "--reinstall", "quilt"]
    (spared.cwd / "weft.toml").write_text("spares = false\n")
    spared.ok(*again)
    assert behind(spared) == []
    assert shelf(spared) == []
    spared.ok(*again, "--spares", CI="1")
    settle(spared)
    assert len(shelf(spared)) == 2


def test_what_follows_a_command_has_no_child_to_wait_for(spared: Weft, index: IndexServer) -> None:
    cached(spared)
    (spared.cwd / "pyproject.toml").write_text(PROJECT)
    code = "import os\ntry: os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError: print('none')"
    assert spared.ok("run", "python", "-c", code).out == "none\n"
    settle(spared)
    assert len(shelf(spared)) == 2


def test_spares_are_counted_with_the_cache(spared: Weft, index: IndexServer) -> None:
    cached(spared)
    before = int(spared.ok("cache", "size", "--output-format", "machine").out.split()[0])
    spared.ok("pip", "install", "--python", "first", "--reinstall", "quilt")
    settle(spared)
    after = int(spared.ok("cache", "size", "--output-format", "machine").out.split()[0])
    assert after > before
    spared.ok("cache", "prune", "--ci")
    assert shelf(spared) == []


def test_what_is_uninstalled_is_deleted_behind_the_command(
    spared: Weft, index: IndexServer, wheels: Path
) -> None:
    files = {f"many/part{number % 7}/piece{number}.py": "" for number in range(1500)}
    make_wheel(wheels, "many", "1.0", files=files)
    spared.venv("one")
    site = next((spared.cwd / "one").glob("lib/python*/site-packages"))
    before = sorted(site.rglob("*"))
    for spares in ("", "0"):
        spared.environ["WEFT_SPARES"] = spares
        spared.ok("pip", "install", "--python", "one", "--no-spares", "many", "wick")
        (site / "wick").mkdir(exist_ok=True)
        (site / "wick" / "mine.txt").write_text("mine")
        done = spared.ok("pip", "uninstall", "--python", "one", "many", "wick")
        assert "Uninstalled 2 packages" in done.err
        left = sorted(set(site.rglob("*")).difference(before))
        assert left == [site / "wick", site / "wick" / "mine.txt"]
        settle(spared)
        assert not list((spared.cache / "staging-v1").iterdir())
