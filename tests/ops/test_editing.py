"""Files of a project change together or not at all, whoever asks the command to end meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

CHANGES = """
import os, sys, threading, time
from weft.ops.editing import save
from weft.system.termination import heed

over = threading.Event()
threading.Thread(target=over.wait, daemon=True).start()  # the system may give signals to it
number, place, event = int(sys.argv[1]), sys.argv[2], sys.argv[3]
if event != "unheeded":
    heed()
seen = 0

def watch(name, arguments):
    global seen
    if name == "os.rename":
        seen += 1
        if seen == (2 if event == "staging" else 3):
            os.kill(os.getpid(), number)
            time.sleep(0.05)  # for the other thread, if it is the one to hear it

sys.addaudithook(watch)
save({f"{place}/one": b"new", f"{place}/two": b"new"})
"""


@pytest.mark.parametrize("event", ["staging", "exchange", "unheeded"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_is_asked_to_end_while_files_change_leaves_none_half_changed(
    tmp_path: Path, number: signal.Signals, event: str
) -> None:
    (tmp_path / "one").write_text("old")
    words = [sys.executable, "-c", CHANGES, str(int(number)), str(tmp_path), event]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode in (-number, 1), done.stderr
    assert done.returncode == -number or done.stderr.rstrip().endswith(
        ("KeyboardInterrupt", "Terminated")
    )
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    if event == "unheeded" and number == signal.SIGTERM:  # nobody is left to change them back
        assert found == {"one": "new", "two": "new"}
    else:
        assert found == {"one": "old"}
