"""Workloads of projects: what is typed all day in one that is up to date, and `add`.

Owns the projects, one per tool, on the volume of the bench, and caches that the machine's index
fills: the mirror has no files for other platforms. What is timed is offline.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.mirror import WORKLOAD, index_url

if TYPE_CHECKING:
    from bench.__main__ import Workbench
    from bench.measure import Contender

PYPROJECT = """\
[project]
name = "sample"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = [{}]
"""


def noop_sync(bench: Workbench) -> list[Contender]:
    """`sync` of a project that is up to date: at most 1.0."""
    return _standing(bench, "sync")


def noop_lock(bench: Workbench) -> list[Contender]:
    """`lock` of a project that is up to date: at most 1.0."""
    return _standing(bench, "lock")


def run(bench: Workbench) -> list[Contender]:
    """`run python -c pass` in a project that is up to date: at most 1.2."""
    return _standing(bench, "run", "python", "-c", "pass")


def tree(bench: Workbench) -> list[Contender]:
    """`tree` of a project that is up to date."""
    return _standing(bench, "tree")


def export(bench: Workbench) -> list[Contender]:
    """`export` of a project that is up to date."""
    return _standing(bench, "export", "-q")


def relock(bench: Workbench) -> list[Contender]:
    """`lock` without a lock file, everything cached, solving anew."""
    from bench.__main__ import TOOLS, contender

    made = []
    for tool in TOOLS:
        folder = _project(bench, tool, *WORKLOAD)

        def before(_number: int, folder: Path = folder) -> None:
            (folder / "uv.lock").unlink(missing_ok=True)

        words = ["lock", "--offline", "--project", str(folder)]
        each = contender(bench, tool, lambda _n, w=words: w, before=before)  # type: ignore[misc]
        each.environ = {**_environ(bench, tool), "WEFT_REUSE_RESOLUTIONS": "0"}
        made.append(each)
    return made


def add(bench: Workbench) -> list[Contender]:
    """`add` of one cached package: at most 1.2."""
    from bench.__main__ import TOOLS, contender

    made = []
    for tool in TOOLS:
        folder = _project(bench, tool, "flask")
        files = [(folder / name, (folder / name).read_bytes()) for name in FILES]

        def before(
            number: int, tool: str = tool, folder: Path = folder, files: object = files
        ) -> None:
            for path, data in files:  # type: ignore[attr-defined]
                path.write_bytes(data)
            _call(bench, tool, "sync", "-q", "--project", str(folder))
            time.sleep(0.05)

        words = ["add", "--project", str(folder), "idna"]
        _call(bench, tool, *words)  # what it needs is cached from now on
        words.append("--offline")
        made.append(contender(bench, tool, lambda _n, w=words: w, before=before))  # type: ignore[misc]
        made[-1].environ = _environ(bench, tool)
    return made


FILES = ("pyproject.toml", "uv.lock")
WORKLOADS = {
    "noop-sync": noop_sync,
    "noop-lock": noop_lock,
    "run": run,
    "add": add,
    "tree": tree,
    "export": export,
    "relock": relock,
}


def _standing(bench: Workbench, command: str, *words: str) -> list[Contender]:
    from bench.__main__ import TOOLS, contender

    made = []
    for tool in TOOLS:
        folder = _project(bench, tool, *WORKLOAD)
        line = [command, "--project", str(folder), *words]
        _call(bench, tool, *line)
        made.append(contender(bench, tool, lambda _number, w=line: w))  # type: ignore[misc]
        made[-1].environ = _environ(bench, tool)
    time.sleep(1)  # what is as young as the clock's tick is not trusted
    return made


def _project(bench: Workbench, tool: str, *requirements: str) -> Path:
    """A new project, locked and synchronized by the tool that will work in it."""
    folder = bench.root / f"project-{tool}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    listed = ", ".join([f'"{each}"' for each in requirements])
    (folder / "pyproject.toml").write_text(PYPROJECT.format(listed))
    (folder / ".python-version").write_text(f"{sys.executable}\n")
    _call(bench, tool, "sync", "-q", "--project", str(folder))
    return folder


def _call(bench: Workbench, tool: str, *words: str) -> None:
    from bench.__main__ import TOOLS

    subprocess.run(
        [TOOLS[tool], *words], check=True, env=_environ(bench, tool), stdout=subprocess.DEVNULL
    )


def _environ(bench: Workbench, tool: str) -> dict[str, str]:
    environ = bench.environ(tool, "flows")
    environ[f"{tool.upper()}_DEFAULT_INDEX"] = index_url()
    return environ
