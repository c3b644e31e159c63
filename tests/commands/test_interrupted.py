"""Killed, interrupted, out of space, not allowed: afterwards the same command succeeds."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.commands.test_bad_input import assert_clear, tree
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel


@pytest.fixture
def heavy(wheels: Path) -> list[str]:
    """Packages with many files, so that there is time to be interrupted."""
    names = []
    for number in range(6):
        files = {f"heavy{number}/part{part}.py": f"value = {part}\n" * 50 for part in range(150)}
        files[f"heavy{number}/__init__.py"] = ""
        points = {"console_scripts": {f"go{number}": f"heavy{number}:main"}}
        make_wheel(wheels, f"heavy{number}", "1.0", files=files, entry_points=points)
        names.append(f"heavy{number}")
    return names


def installed(site_packages: Path) -> dict[str, bytes | None]:
    """Everything but the hashes of scripts, which name their environment."""
    found = tree(site_packages)
    for path, content in found.items():
        if path.endswith("/RECORD") and content is not None:
            rows = content.splitlines()
            found[path] = b"\n".join(row.split(b",")[0] for row in rows)
    return found


def test_a_killed_install_is_repeated_with_success(weft: Weft, heavy: list[str]) -> None:
    weft.venv("reference")
    start = time.monotonic()
    weft.ok("pip", "install", "--python", "reference", *heavy)
    whole = time.monotonic() - start
    expected = installed(weft.site_packages("reference"))
    chance = random.Random(7)
    for round_number in range(12):
        fresh = Weft(weft.root / f"round{round_number}", weft.environ["WEFT_DEFAULT_INDEX"])
        fresh.venv()
        process = fresh.start("pip", "install", *heavy)
        time.sleep(chance.uniform(0.05, whole))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        fresh.ok("pip", "install", *heavy)
        assert installed(fresh.site_packages()) == expected, f"after {round_number} rounds"
        assert fresh.ok("pip", "check").code == 0
        for entry in (fresh.cache / "entries-v1").glob("*/*"):
            assert (entry / "manifest").stat().st_size


def test_ctrl_c_ends_quietly_and_leaves_a_state_to_go_on_from(
    weft: Weft, heavy: list[str], index: IndexServer
) -> None:
    index.latency = 1.0
    weft.venv()
    process = weft.start("pip", "install", *heavy)
    while not index.count("page"):  # files are still to come
        assert process.poll() is None
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    index.latency = 0.0
    weft.ok("pip", "install", *heavy)
    assert len(weft.ok("pip", "freeze").out.split()) == len(heavy)


def test_ctrl_c_does_not_wait_for_a_server_that_never_answers(weft: Weft) -> None:
    weft.venv()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/simple"
        process = weft.start(
            "pip", "install", "lantern", "wick", WEFT_DEFAULT_INDEX=url, WEFT_HTTP_TIMEOUT="300"
        )
        accepted = server.accept()[0]
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
        accepted.close()
    assert (process.returncode, "Traceback" in err) == (130, False)


def test_two_installs_at_once_share_a_cache_and_wait_for_an_environment(
    weft: Weft, heavy: list[str]
) -> None:
    for name in ("one", "two"):
        weft.venv(name)
    runs = [
        weft.start("pip", "install", "--python", name, *heavy)
        for name in ("one", "two", "one", "two")
    ]
    for run in runs:
        _, err = run.communicate(timeout=120)
        assert run.returncode == 0, err
    assert tree(weft.site_packages("one")).keys() == tree(weft.site_packages("two")).keys()


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    point = tmp_path / "small"
    point.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(point)], check=True)
    yield point  # type: ignore[misc]
    subprocess.run(["umount", str(point)], check=True)


@pytest.mark.mounts
@pytest.mark.parametrize("full", ["cache", "environment"])
def test_a_full_disk_is_named_and_nothing_is_lost(
    weft: Weft, wheels: Path, small_disk: Path, full: str
) -> None:
    weft.environ["WEFT_CACHE_MEMBERS"] = "false"  # else there would be room in a member
    make_wheel(wheels, "big", "1.0", files={"big/data.bin": os.urandom(5 << 20)})
    if full == "cache":
        weft.environ["WEFT_CACHE_DIR"] = str(small_disk / "cache")
        environment = weft.venv()
    else:
        environment = small_disk / "venv"
        weft.venv(str(environment))
    weft.ok("pip", "install", "--python", str(environment), "wick")
    done = weft("pip", "install", "--python", str(environment), "big")
    assert_clear(done)
    assert "No space left on device" in done.err
    assert "hint: Make room there; `weft cache prune`" in done.err
    weft.ok("cache", "prune")  # works on a disk that is as good as full
    assert weft.ok("pip", "freeze", "--python", str(environment)).out.split() == ["wick==2.0"]
    weft.ok("pip", "install", "--python", str(environment), "--link-mode", "copy", "oil==1.0")


@pytest.mark.mounts
def test_a_cache_for_which_there_is_no_room_is_advised_to_go_elsewhere(
    weft: Weft, small_disk: Path
) -> None:
    weft.environ["WEFT_CACHE_DIR"] = str(small_disk / "cache")
    with pytest.raises(OSError, match="No space left"), open(small_disk / "rest", "wb") as rest:
        rest.write(bytes(4 << 20))
    done = weft("venv")
    assert done.code == 2
    assert done.lines[-1] == (
        "hint: Make room there; `weft cache prune` removes what the cache keeps for nothing"
    )
    assert "hint: Run `export WEFT_CACHE_DIR=` with a directory on another disk" in done.lines


def test_an_unwritable_cache_or_environment_is_named(tmp_path: Path, index: IndexServer) -> None:
    """Root may write anywhere, so something stands where a directory has to be."""
    weft = Weft(tmp_path, index.url)
    weft.venv()
    (tmp_path / "occupied").write_text("")
    done = weft("pip", "install", "wick", WEFT_CACHE_DIR=str(tmp_path / "occupied" / "cache"))
    assert_clear(done)
    assert "occupied" in done.err
    site_packages = weft.site_packages()
    site_packages.rmdir()
    site_packages.write_text("")
    done = weft("pip", "install", "wick")
    assert_clear(done)
    assert "site-packages" in done.err
