"""What a run found out, kept: `bench/results/latest.json`, and the chart that is drawn from it.

Owns the form of that file: `{workload: {"about", "date", "load", "first", "machine", "versions",
"contenders": {name: {"median", "ratio", "quartiles", "cpu", "peak", "walls"}}}}`, in seconds and
bytes. `ratio` is median to median of uv; `quartiles` are of the ratios of the single rounds. A run
of some workloads leaves the results of the others, each with the date and the machine that it was
measured on.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import base_of

if TYPE_CHECKING:
    from bench.measure import Contender

HOME = Path(__file__).parents[1]
LATEST = HOME / "bench" / "results" / "latest.json"
CHART = HOME / "docs" / "images" / "benchmarks.svg"


def read(path: Path = LATEST) -> dict[str, Any]:
    """What is known so far; a result of an earlier form counts as absent."""
    return {name: found for name, found in read_json(path).items() if "contenders" in found}


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty where there is none."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def keep(name: str, about: str, contenders: list[Contender], path: Path = LATEST) -> None:
    """Merge the result of one workload into the file."""
    base = base_of(contenders)
    found = {
        each.name: {
            "median": each.median(),
            "ratio": each.median() / base.median(),
            "quartiles": each.quartiles(base),
            "cpu": each.cpu(),
            "peak": each.peak(),
            "walls": [run.wall for run in each.runs],
        }
        for each in contenders
    }
    write(path, {**read(path), name: {"about": about, **circumstances(), "contenders": found}})


def write(path: Path, data: object) -> None:
    """Beside, then renamed: a run that is killed loses nothing of the earlier ones."""
    path.parent.mkdir(exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(data, indent=1) + "\n")
    beside.replace(path)


def circumstances() -> dict[str, object]:
    """When, on what, and of what versions; `load` is the machine's over the last minute, `first`
    whether the commands ran before what else was due (SCHED_RR)."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load": round(os.getloadavg()[0], 1),
        "first": bool(os.environ.get("WEFT_BENCH_REALTIME")),
        "machine": machine(),
        "versions": versions(),
    }


@cache
def machine() -> str:
    """Processor, how many, memory and kernel in a line."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = " ".join(line.partition(":")[2].split())
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    count = len(os.sched_getaffinity(0))
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{model}, {count} CPUs, {memory:.0f} GiB, Linux {kernel}"


@cache
def versions() -> dict[str, str]:
    """weft with the commit that is checked out, uv, pip, and the Python that weft runs on."""
    folder = Path(sys.executable).parent
    commit = _told("git", "-C", str(HOME), "rev-parse", "--short", "HEAD")
    return {
        "weft": f"{_told(str(folder / 'weft'), '--version').split()[1]} ({commit})",
        "uv": _told(str(folder / "uv"), "--version").split()[1],
        "pip": _told(sys.executable, "-m", "pip", "--version").split()[1],
        "Python": platform.python_version(),
    }


def _told(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
