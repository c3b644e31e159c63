"""Run commands in turn and weigh them.

Owns the clock: interleaved rounds with rotated order, one warm-up round dropped, medians. A run
is timed from spawn to exit; CPU and peak memory come from the kernel's account of the child. With
`WEFT_BENCH_REALTIME=1` all commands run before what else is due on the machine (SCHED_RR).
"""

from __future__ import annotations

import marshal
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

LONGEST = 300  # seconds for one command


class CommandFailed(Exception):
    """A measured command did not end with 0: the command and what it said."""

    def __init__(self, command: list[str], output: str) -> None:
        super().__init__(f"{' '.join(command)}\n{output}")


@dataclass
class Run:
    """One command's cost: seconds of wall clock and CPU, peak resident bytes; in which round."""

    wall: float
    cpu: float
    peak: int
    round: int = 0


@dataclass
class Contender:
    """A command line, what must be done before each timed run, and the runs so far.

    `behind` waits for what goes on when a run has ended: its seconds of processor time. A slow one
    takes part in one of `every` rounds and has no warm-up.
    """

    name: str
    command: Callable[[int], list[str]]
    environ: dict[str, str]
    before: Callable[[int], None] = lambda _round: None
    after: Callable[[int], None] = lambda _round: None
    behind: Callable[[], float] = lambda: 0.0
    every: int = 1
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

    def joins(self, number: int) -> bool:
        """Whether it takes part in a round; number 0 is the warm-up."""
        return self.every == 1 or (number > 0 and (number - 1) % self.every == 0)

    def pairs(self, base: Contender) -> list[float]:
        """Its time over that of `base` in the same round, sorted."""
        theirs = {run.round: run.wall for run in base.runs}
        return sorted([run.wall / theirs[run.round] for run in self.runs])

    def quartiles(self, base: Contender) -> tuple[float, float]:
        """Between which two ratios the middle half of the pairs lies."""
        pairs = self.pairs(base)
        if len(pairs) < 2:
            return pairs[0], pairs[0]
        low, _, high = statistics.quantiles(pairs, n=4, method="inclusive")
        return low, high


class Launcher:
    """What starts the commands (bench.launcher); a context manager."""

    def __enter__(self) -> Launcher:
        program = Path(__file__).with_name("launcher.py")
        self.process = subprocess.Popen(
            [sys.executable, "-IS", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *_exception: object) -> None:
        self.process.terminate()
        self.process.communicate()

    def run(self, command: list[str], environ: dict[str, str], cwd: str) -> Run:
        """Run one command with its output kept aside. Raises CommandFailed with that output."""
        output = Path(cwd, "output.txt")
        first = bool(os.environ.get("WEFT_BENCH_REALTIME"))
        job = (command, environ, cwd, str(output), first, LONGEST)
        assert self.process.stdin is not None and self.process.stdout is not None
        marshal.dump(job, self.process.stdin)
        self.process.stdin.flush()
        code, wall, cpu, peak = marshal.load(self.process.stdout)
        if code:
            raise CommandFailed(command, f"{code}: {output.read_text(errors='replace')}")
        return Run(wall, cpu, peak)


def interleave(contenders: list[Contender], *, rounds: int, cwd: str) -> None:
    """`rounds` timed rounds after one that is thrown away; the order rotates every round."""
    with Launcher() as launcher:
        for number in range(rounds + 1):
            shift = number % len(contenders)
            for contender in contenders[shift:] + contenders[:shift]:
                if not contender.joins(number):
                    continue
                contender.before(number)
                run = launcher.run(contender.command(number), contender.environ, cwd)
                run.round = number
                run.cpu += contender.behind()
                contender.after(number)
                if number:
                    contender.runs.append(run)


def base_of(contenders: list[Contender]) -> Contender:
    """uv, which all ratios are to."""
    return next(each for each in contenders if each.name == "uv")


def table(title: str, contenders: list[Contender]) -> str:
    """One block of text per workload: medians, ratios to uv with the middle half of the pairs in
    brackets, extremes, processor time, peak memory, runs."""
    base = base_of(contenders)
    rows = [title]
    for each in contenders:
        low, high = each.spread()
        quarter, three = each.quartiles(base)
        ratio = each.median() / base.median()
        rows.append(
            f"  {each.name:<14} {each.median() * 1e3:8.1f} ms  x{ratio:5.2f} "
            f"[{quarter:.2f} {three:.2f}]  ({low * 1e3:.1f}..{high * 1e3:.1f})  cpu "
            f"{each.cpu() * 1e3:7.1f} ms  peak {each.peak() / 2**20:6.1f} MiB  n={len(each.runs)}"
        )
    return "\n".join(rows)
