"""Workloads of tools: `weftx` beside `uvx`.

Owns the directories of tools, one per contender, on the volume of the bench. Tools come from the
machine's index, since the mirror has none; what is timed is offline.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.mirror import index_url

if TYPE_CHECKING:
    from bench.__main__ import Workbench
    from bench.measure import Contender

RUNNERS = {"uv": "uvx", "weft": "weftx"}


def tool_run(bench: Workbench) -> list[Contender]:
    """`weftx ruff --version` beside `uvx`, everything cached: at most 1.2."""
    return _running(bench, "ruff", "--version")


def tool_run_script(bench: Workbench) -> list[Contender]:
    """`weftx pycowsay hello`, whose program is a script: at most 1.2."""
    return _running(bench, "pycowsay", "hello")


def tool_run_with(bench: Workbench) -> list[Contender]:
    """`weftx --with idna --from ruff==0.6.9 ruff --version`: at most 1.2."""
    return _running(bench, "--with", "idna", "--from", "ruff==0.6.9", "ruff", "--version")


def tool_install(bench: Workbench) -> list[Contender]:
    """`tool install black`, everything cached and nothing installed: at most 1.2."""
    from bench.__main__ import TOOLS
    from bench.measure import Contender

    made = []
    for tool, program in TOOLS.items():
        own = environ(bench, tool)
        own = {name: text.replace("/tools-", "/installed-") for name, text in own.items()}
        places = [own[f"{tool.upper()}_TOOL{kind}_DIR"] for kind in ("", "_BIN")]

        def before(_number: int, places: list[str] = places) -> None:
            for place in places:
                shutil.rmtree(place, ignore_errors=True)

        command = [program, "tool", "install", "black"]
        subprocess.run(command, check=True, env=own, capture_output=True)
        command.append("--offline")
        made.append(Contender(tool, lambda _n, c=command: c, own, before))  # type: ignore[misc]
    return made


def environ(bench: Workbench, tool: str) -> dict[str, str]:
    """The machine's index, directories of tools that nobody else uses, and a Python that is found
    at once: shims would be run by uv alone."""
    prefix = tool.upper()
    programs = bench.root / "programs"
    programs.mkdir(exist_ok=True)
    for name in ("python", "python3"):
        if not (programs / name).is_symlink():
            (programs / name).symlink_to(Path(sys.executable).resolve())
    return {
        **bench.environ(tool, "tools-cache"),
        "PATH": f"{programs}:/usr/bin:/bin",
        f"{prefix}_DEFAULT_INDEX": index_url(),
        f"{prefix}_TOOL_DIR": str(bench.root / f"tools-{tool}"),
        f"{prefix}_TOOL_BIN_DIR": str(bench.root / f"tools-{tool}-bin"),
    }


def _running(bench: Workbench, *words: str) -> list[Contender]:
    from bench.__main__ import BIN
    from bench.measure import Contender

    made = []
    for tool, runner in RUNNERS.items():
        own = environ(bench, tool)
        subprocess.run([str(BIN / runner), *words], check=True, env=own, capture_output=True)
        command = [str(BIN / runner), "--offline", *words]
        for _ in range(2):  # weft does not remember what is younger than a moment
            time.sleep(0.2)
            subprocess.run(command, check=True, env=own, capture_output=True, cwd=bench.root)
        made.append(Contender(tool, lambda _n, c=command: c, own))  # type: ignore[misc]
    return made


WORKLOADS = {
    "tool-run": tool_run,
    "tool-run-script": tool_run_script,
    "tool-run-with": tool_run_with,
    "tool-install": tool_install,
}
