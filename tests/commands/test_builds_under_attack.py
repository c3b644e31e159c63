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


def test_what_a_back_end_changes_through_a_link_is_not_kept(weft: Weft, wheels: Path) -> None:
    weft.venv()
    code = (
        "def build_wheel(directory, *a, **k):\n"
        "    import oil\n"
        "    with open(oil.__file__, 'a') as file: file.write('\\nchanged = 1\\n')\n"
        "    return write_wheel(directory)\n"
    )
    make_sdist(
        wheels, "in-tree", "sample", "1.5", static=True, build_requires=["oil"], code=code
    )  # fmt: skip
    done = weft.ok("pip", "install", "--link-mode", "hardlink", "sample", WEFT_SEAL="0")
    assert "warning: A build has changed `oil/__init__.py` of `oil==4.0` in the cache" in done.err
    assert not [path for path in weft.cache.rglob("*.py") if "changed = 1" in path.read_text()]
    weft.ok("pip", "install", "oil")
    assert weft.python(".venv", "import oil; print(getattr(oil, 'changed', 0))") == "0"


def test_a_back_end_that_only_reads_costs_the_store_nothing(weft: Weft, wheels: Path) -> None:
    weft.venv()
    make_sdist(
        wheels, "in-tree", "sample", "1.5", static=True, build_requires=["oil"], code="import oil\n"
    )
    done = weft.ok("pip", "install", "--link-mode", "hardlink", "sample", WEFT_SEAL="0")
    assert "warning" not in done.err
    assert list(weft.cache.glob("entries-v1/*/*/tree/oil/__init__.py"))


@pytest.mark.mounts
def test_files_that_cannot_be_removed_are_told_and_nothing_else_fails(
    weft: Weft, wheels: Path
) -> None:
    weft.venv()
    code = (
        "import subprocess\n"
        "def build_wheel(directory, *a, **k):\n"
        "    path = os.path.join(os.path.dirname(directory), 'kept')\n"
        "    open(path, 'w').close()\n"
        "    subprocess.run(['chattr', '+i', path], check=True)\n"
        "    return write_wheel(directory)\n"
    )
    make_sdist(wheels, "in-tree", "sample", "1.5", static=True, code=code)
    try:
        done = weft.ok("pip", "install", "sample")
        assert " + sample==1.5" in done.lines
        assert "warning: Failed to remove `" in done.err
    finally:
        subprocess.run(["chattr", "-R", "-i", str(weft.cache / "staging-v1")], check=True)
    assert staged(weft)
    weft.ok("cache", "prune")
    assert not staged(weft)


@pytest.mark.parametrize(
    ("answer", "told"),
    [("'a\\udcff\\x1b[2J.whl'", "`a\\udcff\\x1b[2J.whl` was"), ("'a' * 10_000_000", "aaaa…`")],
)
def test_an_answer_of_a_back_end_is_shown_safely_and_in_part(
    weft: Weft, wheels: Path, answer: str, told: str
) -> None:
    weft.venv()
    code = f"def build_wheel(*a, **k): return {answer}\n"
    make_sdist(wheels, "in-tree", "sample", "1.5", static=True, code=code)
    done = weft("pip", "install", "sample")
    assert done.code == 1
    assert told in done.err
    assert len(done.err) < 4000
