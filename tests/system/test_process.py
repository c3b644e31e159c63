"""Running real programs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from weft.core.errors import SystemFailure
from weft.system.process import ProcessTimeout, run


def test_output_code_input_directory_and_environment(tmp_path: Path) -> None:
    done = run(
        ["sh", "-c", 'cat; echo "$X"; pwd; echo bad >&2; exit 3'],
        env={"X": "y", "PATH": os.environ["PATH"]},
        cwd=str(tmp_path),
        input=b"given ",
    )
    assert (done.code, done.stderr) == (3, b"bad\n")
    assert done.stdout.decode() == f"given y\n{tmp_path}\n"


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
