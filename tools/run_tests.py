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
    worst = 0
    for process, output in runs:
        worst = max(worst, abs(process.wait()))
        output.seek(0)
        sys.stdout.write(output.read().decode(errors="replace"))
        sys.stdout.flush()
    return worst


if __name__ == "__main__":
    sys.exit(main())
