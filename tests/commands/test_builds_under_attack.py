"""Builds that are killed, starved of space, or run back ends that mean harm."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.backends import make_sdist
from tests.support.commands import Weft

# A back end that says who it is and what it has started, and then hangs.
HANGS = """
import subprocess, time
def build_wheel(*a, **k):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open({path!r} + ".new", "w") as stream:
        stream.write("%d %d" % (child.pid, os.getpid()))
    os.rename({path!r} + ".new", {path!r})
    time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_for(path: Path, run: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)


def wait_for_end(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while running := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < deadline, running
        time.sleep(0.02)


def staged(weft: Weft) -> list[Path]:
    return list(weft.cache.glob("staging-v1/*"))


def built(weft: Weft) -> list[Path]:
    return list(weft.cache.glob("built-v1/**/*.whl"))


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_back_end_outlives_a_weft_that_is_ended(
    weft: Weft, wheels: Path, number: signal.Signals, count: int
) -> None:
    weft.venv()
    notes = [weft.root / f"hanging{each}" for each in range(count)]
    for note in notes:
        code = HANGS.format(path=str(note))
        make_sdist(wheels, "in-tree", note.name, "1.5", static=True, code=code)
    run = weft.start("pip", "install", *[note.name for note in notes])
    for note in notes:
        wait_for(note, run)
    run.send_signal(number)
    _, err = run.communicate(timeout=30)
    assert run.returncode == -number
    assert "Traceback" not in err
    wait_for_end([int(pid) for note in notes for pid in note.read_text().split()])
    if number != signal.SIGKILL:
        assert not staged(weft)
    assert not built(weft)


def test_a_request_to_end_that_is_ignored_stays_ignored(weft: Weft, wheels: Path) -> None:
    weft.venv()
    note = weft.root / "hanging"
    make_sdist(wheels, "in-tree", "hanging", "1.5", static=True, code=(
        "import time\n"
        "def build_wheel(directory, *a, **k):\n"
        f"    open({str(note)!r}, 'w').close()\n"
        f"    while not os.path.exists({str(note)!r} + '.go'): time.sleep(0.02)\n"
        "    return write_wheel(directory)\n"
    ))  # fmt: skip
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        run = weft.start("pip", "install", "hanging")
    finally:
        signal.signal(signal.SIGHUP, before)
    wait_for(note, run)
    run.send_signal(signal.SIGHUP)
    Path(f"{note}.go").touch()
    _, err = run.communicate(timeout=30)
    assert run.returncode == 0, err


def test_ctrl_c_in_one_build_does_not_wait_for_what_others_would_start_next(
    weft: Weft, wheels: Path
) -> None:
    weft.venv()
    notes = [weft.root / "first", weft.root / "second"]
    for note in notes:
        code = HANGS.format(path=str(note))
        code += (  # a hook that survives the first request to end, and a next one that hangs
            "def get_requires_for_build_wheel(*a, **k):\n"
            f"    open({str(note)!r} + '.asked', 'w').close()\n"
            "    time.sleep(0.5)\n"
            "    return []\n"
        ) if note.name == "second" else ""  # fmt: skip
        make_sdist(wheels, "in-tree", note.name, "1.5", static=True, code=code)
    run = weft.start("pip", "install", "first", "second")
    wait_for(notes[0], run)
    wait_for(Path(f"{notes[1]}.asked"), run)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 130, err
    assert not staged(weft)
    pids = [int(pid) for note in notes if note.exists() for pid in note.read_text().split()]
    wait_for_end(pids)
