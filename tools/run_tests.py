"""Run the test suite in two processes at once, and say how both went.

Owns the split: by directory, so that it is the same every time. Plugins that spread tests over
workers keep threads in them, and code that forks only while there is one thread would then be
tested by its fall-back alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import IO

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The second process takes these, the first one everything else; about the same time for both.
SECOND = ("tests/commands", "tests/cross")


def main() -> int:
    first = [f"--ignore={name}" for name in SECOND] + ["tests"]
    runs = []
    for words in (first, [name for name in SECOND if os.path.isdir(os.path.join(ROOT, name))]):
        output = tempfile.TemporaryFile()
        command = [sys.executable, "-m", "pytest", *sys.argv[1:], *words]
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        runs.append((process, output))
    # What failed comes last: whoever shortens a log keeps its end.
    ended = sorted([(abs(process.wait()), output) for process, output in runs], key=_status)
    for _, output in ended:
        output.seek(0)
        sys.stdout.write(output.read().decode(errors="replace"))
        sys.stdout.flush()
    for status, _ in ended:
        print(f"ended with {status}")
    return ended[-1][0]


def _status(run: tuple[int, IO[bytes]]) -> int:
    return run[0]


if __name__ == "__main__":
    sys.exit(main())
