"""Run commands in turn and weigh them.

Owns the clock: interleaved rounds with rotated order, one warm-up round dropped, medians. A run
is timed from spawn to exit; CPU and peak memory come from the kernel's account of the child.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Run:
    """One command's cost: seconds of wall clock and CPU, peak resident bytes."""

    wall: float
    cpu: float
    peak: int


@dataclass
class Contender:
    """A command line, what must be done before each timed run, and the runs so far.

    `behind` waits for what goes on when a run has ended: its seconds of processor time.
    """

    name: str
    command: Callable[[int], list[str]]
    environ: dict[str, str]
    before: Callable[[int], None] = lambda _round: None
    after: Callable[[int], None] = lambda _round: None
    behind: Callable[[], float] = lambda: 0.0
    runs: list[Run] = field(default_factory=list)

    def median(self) -> float:
        return statistics.median(run.wall for run in self.runs)

    def spread(self) -> tuple[float, float]:
        walls = [run.wall for run in self.runs]
        return min(walls), max(walls)

    def cpu(self) -> float:
        return statistics.median(run.cpu for run in self.runs)

    def peak(self) -> int:
        return max(run.peak for run in self.runs)


def run_once(command: list[str], environ: dict[str, str], cwd: str) -> Run:
    """Run one command with its output kept aside; a failure ends the bench with that output."""
    with open(os.path.join(cwd, "output.txt"), "w+b") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env=environ, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(command)}\n{output.read().decode(errors='replace')}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def interleave(contenders: list[Contender], *, rounds: int, cwd: str) -> None:
    """`rounds` timed rounds after one that is thrown away; the order rotates every round."""
    for number in range(rounds + 1):
        shift = number % len(contenders)
        for contender in contenders[shift:] + contenders[:shift]:
            contender.before(number)
            run = run_once(contender.command(number), contender.environ, cwd)
            run.cpu += contender.behind()
            contender.after(number)
            if number:
                contender.runs.append(run)


def table(title: str, contenders: list[Contender]) -> str:
    """One block of text per workload, ratios to the first contender's rival `uv`."""
    base = next(each for each in contenders if each.name == "uv").median()
    rows = [f"{title}"]
    for each in contenders:
        low, high = each.spread()
        rows.append(
            f"  {each.name:<14} {each.median() * 1e3:8.1f} ms  x{each.median() / base:5.2f}  "
            f"({low * 1e3:.1f}..{high * 1e3:.1f})  cpu {each.cpu() * 1e3:7.1f} ms  "
            f"peak {each.peak() / 2**20:6.1f} MiB  n={len(each.runs)}"
        )
    return "\n".join(rows)
