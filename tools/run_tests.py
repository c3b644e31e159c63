"""Run the test suite in two processes at once, and say how all of it went.

Owns the split: pieces by name, so that the same tests share a process every time; whichever of
the two is done first takes the next piece. Plugins that spread tests over workers keep threads
in them, and code that forks only while there is one thread would then be tested by its
fall-back alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
AT_ONCE = 2
# Directories and files that one process takes: few enough that nobody waits long for the last
# piece, and many enough that starting processes is a small part of it all.
PIECE = 10
# What pytest says where a piece has none of the tests that `-k` or `-m` select.
NO_TESTS = 5
# With `--brief`: what depends on the Python and its standard library more than on our own rules.
BRIEF = (
    "fetch", "index", "install", "project", "python", "store", "system",
    "commands/test_bad_projects.py", "commands/test_build.py",
    "commands/test_builds_under_attack.py", "commands/test_python_install.py",
    "commands/test_add.py", "commands/test_sync.py", "commands/test_run_scripts.py",
)  # fmt: skip


class Run(NamedTuple):
    status: int
    output: bytes


def main(words: list[str]) -> int:
    options = [word for word in words if word != "--brief"]
    # All of the short list is slow, so its pieces are smaller.
    parts = pieces(BRIEF, 3) if "--brief" in words else pieces(everything(), PIECE)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = list(pool.map(lambda part: _run(options, part), parts))
    if any(run.status != NO_TESTS for run in runs):
        runs = [run for run in runs if run.status != NO_TESTS]
    # What failed comes last: whoever shortens a log keeps its end.
    runs.sort(key=_severity)
    for run in runs:
        sys.stdout.write(run.output.decode(errors="replace"))
    print(f"{len(runs)} pieces, {sum(run.status != 0 for run in runs)} failed")
    return _severity(runs[-1])


def everything() -> list[str]:
    """Each directory of tests, and each file with tests of commands.

    The directories come first: they make the longest pieces, and those should not be last.
    """
    tests = os.path.join(ROOT, "tests")
    names = [each for each in os.listdir(tests) if os.path.isdir(os.path.join(tests, each))]
    commands = os.listdir(os.path.join(tests, "commands"))
    rooms = [name for name in names if name not in ("commands", "support", "__pycache__")]
    files = [f"commands/{name}" for name in commands if name.startswith("test_")]
    return sorted(rooms) + sorted(files)


def pieces(names: Sequence[str], size: int) -> list[list[str]]:
    """Paths for one process after the other."""
    paths = [f"tests/{name}" for name in names]
    return [paths[start : start + size] for start in range(0, len(paths), size)]


def _run(options: list[str], paths: list[str]) -> Run:
    command = [sys.executable, "-m", "pytest", *options, *paths]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return Run(done.returncode, done.stdout)


def _severity(run: Run) -> int:
    return abs(run.status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
