"""Running real programs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.core.errors import SystemFailure
from weft.system.process import (
    BadCommand,
    ProcessEnded,
    ProcessTimeout,
    Standstill,
    end_all,
    run,
)


def test_output_code_input_directory_and_environment(tmp_path: Path) -> None:
    done = run(
        ["sh", "-c", 'cat; echo "$X"; pwd; echo bad >&2; exit 3'],
        env={"X": "y", "PATH": os.environ["PATH"]},
        cwd=str(tmp_path),
        input=b"given ",
    )
    assert (done.code, done.stderr) == (3, b"bad\n")
    assert done.stdout.decode() == f"given y\n{tmp_path}\n"


def test_what_there_is_to_do_meanwhile_is_done_while_the_program_runs(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    waiting = f"while [ ! -e {flag} ]; do sleep 0.01; done; echo seen"
    done = run(["sh", "-c", waiting], timeout=10, meanwhile=flag.touch)
    assert done.stdout == b"seen\n"


def test_a_program_is_ended_where_what_is_done_meanwhile_fails(tmp_path: Path) -> None:
    told = tmp_path / "told"

    def fail() -> None:
        while not told.exists():
            time.sleep(0.01)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(["sh", "-c", f"echo $$ > {told}x; mv {told}x {told}; exec sleep 60"], meanwhile=fail)
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_without_input_stdin_is_empty() -> None:
    assert run(["cat"]).stdout == b""


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(SystemFailure) as caught:
        run(["/no/such/program"])
    assert caught.value.message == "Failed to run `/no/such/program`"


def test_a_timeout_kills_the_program_and_what_it_started() -> None:
    text = "import os, time; os.fork(); print(os.getpid(), flush=True); time.sleep(600)"
    with pytest.raises(ProcessTimeout) as caught:
        # Ends only when both processes are gone, because both hold the output.
        run([sys.executable, "-c", text], timeout=0.5)
    assert caught.value.seconds == 0.5


def test_the_signal_that_ended_a_program_is_a_negative_code() -> None:
    assert run(["sh", "-c", "kill -9 $$"]).code == -9


def test_what_is_streamed_comes_in_whole_lines_and_before_the_end(tmp_path: Path) -> None:
    # The program goes on only after its first line has been heard.
    sign = tmp_path / "heard"
    heard: list[bytes] = []

    def hear(data: bytes) -> None:
        heard.append(data)
        sign.touch()

    text = (
        "import os, sys, time\n"
        "os.write(1, b'one\\ntw')\n"
        f"while not os.path.exists({str(sign)!r}): time.sleep(0.01)\n"
        "os.write(1, b'o\\nthree')\n"
    )
    done = run([sys.executable, "-c", text], stream=hear)
    assert b"".join(heard) == b"one\ntwo\nthree" == done.stdout
    assert heard[0] == b"one\n"
    assert heard[-1] == b"three"


def test_much_output_is_kept_as_head_and_tail() -> None:
    text = "for number in range(200_000): print(number)"
    done = run([sys.executable, "-c", text], keep=4000)
    lines = done.stdout.decode().splitlines()
    assert len(done.stdout) < 4100
    assert (lines[0], lines[-1]) == ("0", "199999")
    note = next(line for line in lines if not line.isdigit())
    left = sum(len(line) + 1 for line in lines) - len(note) - 1
    total = sum(len(str(number)) + 1 for number in range(200_000))
    assert note == f"[{total - left} bytes of output were left out here]"


def test_one_endless_line_is_bounded_too() -> None:
    done = run([sys.executable, "-c", "print('x' * 3_000_000, end='')"], keep=4000)
    assert done.stdout.count(b"x") == 4000
    assert b"2996000 bytes of output were left out here" in done.stdout


def test_output_within_the_bound_is_kept_whole() -> None:
    assert run(["printf", "abc"], keep=3).stdout == b"abc"


def test_much_input_and_much_output_do_not_wait_for_each_other() -> None:
    given = os.urandom(1 << 20)
    assert run(["cat"], input=given).stdout == given


def test_a_program_may_leave_its_input_unread() -> None:
    assert run(["true"], input=bytes(1 << 20)).code == 0


LEAVES_A_CHILD = """
import os, sys, time
if os.fork() == 0:
    with open(sys.argv[1], "w") as file:
        file.write(str(os.getpid()))
    time.sleep(600)
while not os.path.exists(sys.argv[1]) or not os.path.getsize(sys.argv[1]):
    time.sleep(0.01)
print("done")
"""


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.01)


def test_a_child_that_holds_the_output_does_not_keep_us_waiting(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    done = run([sys.executable, "-c", LEAVES_A_CHILD, str(note)])
    pid = int(note.read_text())
    assert done.stdout == b"done\n"
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_a_sweep_ends_what_the_program_left_running(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    assert run([sys.executable, "-c", LEAVES_A_CHILD, str(note)], sweep=True).code == 0
    wait_until(lambda: not is_alive(int(note.read_text())))


def test_end_all_ends_programs_of_other_threads_with_their_children(tmp_path: Path) -> None:
    notes = [tmp_path / "one", tmp_path / "two"]
    text = LEAVES_A_CHILD + "time.sleep(600)"
    ended: list[str] = []

    def wait(note: Path) -> None:
        with pytest.raises(ProcessEnded):
            run([sys.executable, "-c", text, str(note)])
        ended.append(note.name)

    threads = [threading.Thread(target=wait, args=(note,)) for note in notes]
    for thread in threads:
        thread.start()
    wait_until(lambda: all(note.exists() and note.read_text() for note in notes))
    end_all()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["one", "two"]
    wait_until(lambda: not any(is_alive(int(note.read_text())) for note in notes))
    assert run(["true"]).code == 0


def test_what_ignores_an_interrupt_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "ready"
    argv = ["sh", "-c", f"trap '' INT; touch {note}; sleep 600 & wait; sleep 600"]
    ended: list[str] = []

    def wait() -> None:
        with pytest.raises(ProcessEnded) as caught:
            run(argv)
        ended.append(caught.value.message)

    thread = threading.Thread(target=wait)
    thread.start()
    wait_until(note.exists)
    end_all()
    thread.join()
    assert ended == ["Process `sh` was ended, because the command is over"]


def test_in_a_standstill_nothing_runs_and_nothing_is_started(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    ended: list[str] = []

    def work() -> None:
        for words in (["sh", "-c", f"echo $$ > {note}; sleep 600"], ["touch", str(tmp_path / "x")]):
            try:
                run(words)
            except ProcessEnded as error:
                ended.append(error.argv[0])

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(note.exists)
    with Standstill():
        thread.join()
    assert ended == ["sh", "touch"]
    assert not (tmp_path / "x").exists()
    assert run(["true"]).code == 0


def test_a_program_dies_with_us_even_if_we_are_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    text = (
        "import sys\nfrom weft.system.process import run\n"
        f"run([sys.executable, '-c', {LEAVES_A_CHILD + 'time.sleep(600)'!r}, {str(note)!r}])\n"
    )
    with subprocess.Popen([sys.executable, "-c", text]) as parent:
        wait_until(lambda: note.exists() and bool(note.read_text()))
        child = int(note.read_text())
        leader = os.getpgid(child)
        parent.kill()
    wait_until(lambda: not is_alive(child) and not is_alive(leader))


def test_what_a_program_leaves_behind_outlives_us_where_it_is_not_swept(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    text = (
        "import sys\nfrom weft.system.process import run\n"
        f"run([sys.executable, '-c', {LEAVES_A_CHILD!r}, {str(note)!r}])\n"
    )
    subprocess.run([sys.executable, "-c", text], check=True)
    child = int(note.read_text())
    try:
        assert is_alive(child)
    finally:
        os.kill(child, signal.SIGKILL)


def test_an_interrupt_while_a_program_starts_comes_when_it_can_be_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    text = (
        "import os, signal, subprocess, sys\n"
        "class Popen(subprocess.Popen):\n"  # what Ctrl-C in this very moment does
        "    def __init__(self, *words, **rest):\n"
        "        super().__init__(*words, **rest)\n"
        f"        open({str(note)!r}, 'w').write(str(self.pid))\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "subprocess.Popen = Popen\n"
        "from weft.system.process import run\n"
        "run(['sleep', '600'])\n"
    )
    done = subprocess.run([sys.executable, "-c", text], stderr=subprocess.PIPE)
    assert done.stderr.rstrip().endswith(b"KeyboardInterrupt")
    assert not is_alive(int(note.read_text()))


def test_words_that_no_system_can_run_are_told() -> None:
    with pytest.raises(BadCommand, match="Failed to run `true`: embedded null byte"):
        run(["true", "a\0b"])
    with pytest.raises(BadCommand, match="illegal environment variable name"):
        run(["true"], env={"A=B": ""})


def test_ctrl_c_ends_the_program_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    text = (
        "import sys\nfrom weft.system.process import run\n"
        f"run([sys.executable, '-c', {LEAVES_A_CHILD + 'time.sleep(600)'!r}, {str(note)!r}])\n"
    )
    with subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.PIPE) as parent:
        wait_until(lambda: note.exists() and bool(note.read_text()))
        parent.send_signal(signal.SIGINT)
        _, said = parent.communicate()
    assert said.rstrip().endswith(b"KeyboardInterrupt")
    wait_until(lambda: not is_alive(int(note.read_text())))


def test_a_program_has_no_terminal_to_ask_at() -> None:
    text = "import os; print(os.getsid(0) == os.getpid()); os.open('/dev/tty', os.O_RDWR)"
    done = run([sys.executable, "-c", text])
    assert done.stdout == b"True\n"
    assert b"No such device or address: '/dev/tty'" in done.stderr
