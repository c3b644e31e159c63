"""Run the test suite in two processes at once, and say how both went.

Owns the split: by name, so that it is the same every time. Plugins that spread tests over
workers keep threads in them, and code that forks only while there is one thread would then be
tested by its fall-back alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from typing import IO

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Tests of commands take most of the time: those from here on go with the rooms.
MIDDLE = "test_o"
# With `--brief`: what depends on the Python and its standard library more than on our own rules.
BRIEF = (
    "fetch", "index", "install", "link", "lock", "project", "python", "store", "system",
    "commands/test_bad_projects.py", "commands/test_build.py", "commands/test_builds.py",
    "commands/test_builds_under_attack.py", "commands/test_pip_compile.py",
    "commands/test_add.py", "commands/test_lock.py", "commands/test_sync.py",
    "commands/test_run_scripts.py", "commands/test_several_disks.py",
)  # fmt: skip


def main(words: list[str]) -> int:
    brief = "--brief" in words
    options = [word for word in words if word != "--brief"]
    runs = []
    for part in halves(BRIEF) if brief else halves(everything()):
        output = tempfile.TemporaryFile()
        command = [sys.executable, "-m", "pytest", *options, *part]
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


def everything() -> list[str]:
    """Each directory of tests, and each file with tests of commands."""
    tests = os.path.join(ROOT, "tests")
    names = [each for each in os.listdir(tests) if os.path.isdir(os.path.join(tests, each))]
    commands = os.listdir(os.path.join(tests, "commands"))
    found = [name for name in names if name not in ("commands", "support", "__pycache__")]
    found += [f"commands/{name}" for name in commands if name.startswith("test_")]
    return sorted(found)


def halves(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Two lists of paths that take about as long as each other."""
    parts: tuple[list[str], list[str]] = ([], [])
    for name in names:
        folder, _, file = name.partition("/")
        second = folder == "cross" or (folder == "commands" and file < MIDDLE)
        parts[second].append(f"tests/{name}")
    return parts


def _status(run: tuple[int, IO[bytes]]) -> int:
    return run[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
