"""Workloads of resolution: `pip compile`, for one environment and for all, and the resolver alone.

Owns caches of its own, which one run of each workload over the network fills; what is timed is
offline. weft solves anew each time, except where reuse is what is measured.
"""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from bench.mirror import WORKLOAD, index_url
from weft.core.requirement import Requirement
from weft.core.version import Version
from weft.resolver.candidates import Dependencies, Usable, VersionList
from weft.resolver.resolution import Request, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.__main__ import Workbench
    from bench.measure import Contender


def one(bench: Workbench) -> list[Contender]:
    """`pip compile` for this environment, solving anew: at most 0.9."""
    return _compile(bench, WORKLOAD)


def universal(bench: Workbench) -> list[Contender]:
    """`pip compile --universal` of the same: at most 1.0."""
    return _compile(bench, WORKLOAD, "--universal")


def transformers(bench: Workbench) -> list[Contender]:
    """`pip compile --universal` of `transformers[all]`: at most 1.3."""
    return _compile(bench, ["transformers[all]"], "--universal")


def airflow(bench: Workbench) -> list[Contender]:
    """`pip compile --universal` of `apache-airflow[all]`: at most 2.0 and 500 MB."""
    return _compile(bench, ["apache-airflow[all]"], "--universal")


def repeat(bench: Workbench) -> list[Contender]:
    """`pip compile` of unchanged requirements; weft may take its earlier answer: at most 0.4."""
    return _compile(bench, WORKLOAD, reuse=True)


def repeat_universal(bench: Workbench) -> list[Contender]:
    """The same with `--universal`: at most 0.4."""
    return _compile(bench, WORKLOAD, "--universal", reuse=True)


def _compile(
    bench: Workbench, requirements: Sequence[str], *flags: str, reuse: bool = False
) -> list[Contender]:
    from bench.__main__ import TOOLS, contender

    listing = bench.root / "compile.in"
    made = []
    for tool in TOOLS:
        words = ["pip", "compile", "--python", sys.executable, *flags, str(listing)]

        def before(number: int, tool: str = tool, words: list[str] = words) -> None:
            if not number:
                listing.write_text("".join([f"{each}\n" for each in requirements]))
                subprocess.run(
                    [TOOLS[tool], *words, "-q"],
                    check=True,
                    env=_environ(bench, tool),
                    stdout=subprocess.DEVNULL,
                )
                time.sleep(0.1)  # what is as young as the clock's tick is not trusted

        each = contender(
            bench,
            tool,
            lambda _number, w=words: [*w, "--offline"],  # type: ignore[misc]
            before=before,
        )
        each.environ = _environ(bench, tool)
        if not reuse:
            each.environ["WEFT_REUSE_RESOLUTIONS"] = "0"
        made.append(each)
    return made


def _environ(bench: Workbench, tool: str) -> dict[str, str]:
    """The machine's index instead of the mirror, which lacks most of these projects."""
    environ = bench.environ(tool, "resolutions")
    environ[f"{tool.upper()}_DEFAULT_INDEX"] = index_url()
    return environ


class Generated:
    """A `resolver.CandidateSource`: `size` packages, ten versions each, without conflicts.

    A version requires up to five packages of higher numbers, all of which have what it asks for.
    """

    def __init__(self, size: int) -> None:
        chance = random.Random(size)
        texts = tuple([f"{number}.0" for number in range(1, 11)])
        keys = tuple([Version.parse(text).key for text in texts])
        self.list = VersionList(keys, texts)
        self.requires: dict[str, Dependencies] = {}
        for number in range(size):
            above = range(number + 1, min(size, number + 100))
            needed = {number + 1, *chance.choices(above, k=4)} if above else ()
            self.requires[f"p{number}"] = Dependencies(
                tuple([Requirement.parse(f"p{each}>={chance.randint(1, 5)}") for each in needed])
            )

    def versions(self, name: str) -> VersionList:
        return self.list

    def candidate(self, name: str, position: int) -> Usable:
        return Usable()

    def dependencies(self, name: str, position: int) -> Dependencies:
        return self.requires[name]

    def prefetch(self, names: Sequence[str]) -> None:
        pass


SIZES = (10, 100, 1_000, 10_000)


def growth() -> dict[str, float]:
    """CPU time per package of the resolver alone, for graphs from 10 to 10,000 packages.

    Prints a line per size with a bar, and returns CPU seconds per package by size; the best of
    five each.
    """
    print("growth: CPU time of the resolver alone against the size of the graph")
    found: dict[str, float] = {}
    for size in SIZES:
        source = Generated(size)
        request = Request((Requirement.parse("p0"),), {"python_full_version": "3.11.2"})
        best = min(_seconds(lambda: resolve(request, source)) for _ in range(5))  # noqa: B023
        each = found[str(size)] = best / size
        bar = "#" * round(each * 1e6)
        print(f"  {size:>6} packages {best * 1e3:9.2f} ms  {each * 1e6:6.1f} µs each  {bar}")
    return found


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()  # as in the command, which ends before its garbage would matter
    start = time.process_time()  # others may be at work on this machine
    work()
    taken = time.process_time() - start
    gc.enable()
    return taken


WORKLOADS = {
    "compile": one,
    "universal": universal,
    "universal-transformers": transformers,
    "universal-airflow": airflow,
    "repeat": repeat,
    "repeat-universal": repeat_universal,
}
