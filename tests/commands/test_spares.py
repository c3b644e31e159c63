"""Spares as a user of several environments meets them: what goes on behind a command."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer

PROJECT = """\
[project]
name = "demo"
version = "1"
requires-python = ">=3.8"
dependencies = ["wick"]
"""


@pytest.fixture
def spared(weft: Weft) -> Weft:
    """A machine on which processes may go on behind a command."""
    weft.environ["WEFT_SPARES"] = ""
    return weft


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


def settle(weft: Weft) -> None:
    """Wait until nothing goes on any more."""
    deadline = time.monotonic() + 60
    while behind(weft):
        assert time.monotonic() < deadline, behind(weft)
        time.sleep(0.02)


def shelf(weft: Weft) -> list[str]:
    return [path.name for path in weft.cache.glob("spares-v1/*/*") if len(path.name) == 64]


@contextmanager
def held(weft: Weft) -> Iterator[None]:
    """Let no spare be made, as another process would that is just making some."""
    [directory] = weft.cache.glob("spares-v1/*")
    with open(directory / ".lock", "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def test_the_next_environment_gets_what_was_made_behind_the_first(
    spared: Weft, index: IndexServer
) -> None:
    for number in range(3):
        spared.venv(f"env{number}")
        receipt = spared.cwd / f"receipt{number}.json"
        words = ["pip", "install", "--python", f"env{number}", "lantern"]
        done = spared.ok(*words, "--receipt", str(receipt))
        assert "Installed 3 packages" in done.err
        settle(spared)
        assert len(shelf(spared)) == 3
        spared.ok("pip", "check", "--python", f"env{number}")
        assert spared.python(f"env{number}", "import lantern; lantern.main()") == "light"
    told = [json.loads((spared.cwd / f"receipt{n}.json").read_text()) for n in range(3)]
    for each in told:
        assert each["modes"] == told[0]["modes"]
        assert each["bytes"] == told[0]["bytes"]
    assert not list((spared.cache / "staging-v1").iterdir())


def test_a_process_behind_holds_nothing_of_the_command(spared: Weft, index: IndexServer) -> None:
    spared.venv("one")
    spared.ok("pip", "install", "--python", "one", "wick")
    settle(spared)
    spared.venv("two")
    with held(spared):
        process = spared.start("pip", "install", "--python", "two", "lantern")
        _, err = process.communicate(timeout=60)  # its pipes are closed
        assert process.returncode == 0, err
        [waiting] = behind(spared)
        files: set[str] = set()
        deadline = time.monotonic() + 60
        while not any("spares-v1" in path for path in files):  # until it has come to the lock
            assert time.monotonic() < deadline
            files = {os.path.realpath(each) for each in Path(f"/proc/{waiting}/fd").iterdir()}
        assert {path for path in files if "spares-v1" not in path} == {"/dev/null"}
        assert os.sched_getscheduler(waiting) == os.SCHED_IDLE
        assert os.getsid(waiting) not in (os.getsid(0), process.pid)
        assert os.readlink(f"/proc/{waiting}/cwd") == "/"
        spared.ok("pip", "uninstall", "--python", "two", "oil")
        spared.ok("cache", "prune")
        # A second one waits for its turn; a third has nothing to add.
        for name in ("three", "four"):
            spared.venv(name)
            spared.ok("pip", "install", "--python", name, "lantern")
        deadline = time.monotonic() + 30
        while len(behind(spared)) > 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert behind(spared) == [waiting]
        assert "Removed" in spared.ok("cache", "clean").err
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
    spared.venv()
    spared.ok("pip", "install", *words, "wick", **environ)
    assert behind(spared) == []
    assert shelf(spared) == []


def test_a_settings_file_may_want_none(spared: Weft, index: IndexServer) -> None:
    spared.venv()
    (spared.cwd / "weft.toml").write_text("spares = false\n")
    spared.ok("pip", "install", "wick")
    assert behind(spared) == []
    assert shelf(spared) == []
    spared.ok("pip", "install", "--spares", "oil<3", CI="1")
    settle(spared)
    assert len(shelf(spared)) == 1


def test_what_follows_a_command_has_no_child_to_wait_for(spared: Weft, index: IndexServer) -> None:
    (spared.cwd / "pyproject.toml").write_text(PROJECT)
    code = "import os\ntry: os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError: print('none')"
    assert spared.ok("run", "python", "-c", code).out == "none\n"
    settle(spared)
    assert len(shelf(spared)) == 1


def test_spares_are_counted_with_the_cache(spared: Weft, index: IndexServer) -> None:
    spared.venv()
    spared.ok("pip", "install", "--no-spares", "lantern")
    before = int(spared.ok("cache", "size", "--output-format", "machine").out.split()[0])
    spared.ok("pip", "install", "--reinstall", "lantern")
    settle(spared)
    after = int(spared.ok("cache", "size", "--output-format", "machine").out.split()[0])
    assert after > before
    spared.ok("cache", "prune", "--ci")
    assert shelf(spared) == []


def test_what_is_uninstalled_is_deleted_behind_the_command(
    spared: Weft, index: IndexServer
) -> None:
    spared.venv("one")
    site = next((spared.cwd / "one").glob("lib/python*/site-packages"))
    before = sorted(site.rglob("*"))
    spared.ok("pip", "install", "--python", "one", "lantern")
    settle(spared)
    (site / "wick").mkdir(exist_ok=True)
    (site / "wick" / "mine.txt").write_text("mine")
    for spares in ("", "0"):
        spared.environ["WEFT_SPARES"] = spares
        spared.ok("pip", "install", "--python", "one", "lantern")
        done = spared.ok("pip", "uninstall", "--python", "one", "lantern", "oil", "wick")
        assert "Uninstalled 3 packages" in done.err
        left = sorted(set(site.rglob("*")).difference(before))
        assert left == [site / "wick", site / "wick" / "mine.txt"]
        settle(spared)
        assert not list((spared.cache / "staging-v1").iterdir())
