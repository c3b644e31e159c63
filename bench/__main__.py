"""`python -m bench [WORKLOAD…]`: weft beside uv, interleaved, on a journaled ext4 image.

Prints one block per workload, keeps the results in `bench/results/latest.json` and draws the chart
of `docs/images/benchmarks.svg` from them. Compare inside a block only. A workload that fails is
named at the end, and the exit code is 1 then; the others go on.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench import (
    builds,
    chart,
    floor,
    flows,
    growth,
    installing,
    latency,
    pips,
    pythons,
    report,
    resolutions,
    spares,
    tools,
)
from bench import sdists as ranked
from bench.measure import CommandFailed, Contender, interleave, table
from bench.mirror import RESULTS, WORKLOAD, Server, fetch
from bench.volume import Volume, sweep

BIN = Path(sys.executable).parent
TOOLS = {"uv": str(BIN / "uv"), "weft": str(BIN / "weft")}
KEPT = ("PATH", "HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")
ROUNDS = int(os.environ.get("WEFT_BENCH_ROUNDS", "9"))


class Workbench:
    """A mounted volume with a cache and environments per tool."""

    def __init__(self, root: Path, index: str, site: Path) -> None:
        self.root = root
        self.index = index
        self.site = site
        self.disks = ExitStack()
        self.bytes_of: dict[tuple[str, str], int] = {}

    def environ(self, tool: str, cache: str = "cache") -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        prefix = tool.upper()
        return {
            **kept,
            "LANG": "C.UTF-8",
            f"{prefix}_CACHE_DIR": str(self.root / f"{cache}-{tool}"),
            f"{prefix}_DEFAULT_INDEX": self.index,
            "WEFT_SPARES": "0",  # what wants them says so
        }

    def on(self, disk: Path) -> Workbench:
        """The same on another file system, with caches of its own."""
        other = Workbench(disk, self.index, self.site)
        other.disks = self.disks
        return other

    def environment(self, name: str, disk: Path | None = None) -> str:
        """A fresh virtual environment, made by uv for both tools alike."""
        path = str((disk or self.root) / name)
        command = [TOOLS["uv"], "venv", "-q", "--clear", "--python", sys.executable, path]
        subprocess.run(command, check=True, env=self.environ("uv"))
        return path

    def fill(self, tool: str, environment: str) -> None:
        """Install once, so that the tool's cache and the environment are full."""
        self.call(tool, "pip", "install", "-q", "--python", environment, *WORKLOAD)

    def call(self, tool: str, *words: str) -> None:
        command = [TOOLS[tool], *words]
        done = subprocess.run(command, env=self.environ(tool), capture_output=True, text=True)
        if done.returncode:
            raise CommandFailed(command, done.stderr)

    def drop(self, *names: str, disk: Path | None = None) -> None:
        for name in names:
            shutil.rmtree((disk or self.root) / name, ignore_errors=True)


def contender(
    bench: Workbench, tool: str, words: Callable[[int], list[str]], **options: object
) -> Contender:
    cache = str(options.pop("cache", "cache"))
    return Contender(
        tool, lambda number: [TOOLS[tool], *words(number)], bench.environ(tool, cache), **options
    )  # type: ignore[arg-type]


def noop(bench: Workbench) -> list[Contender]:
    """Everything is installed already."""
    made = []
    for tool in TOOLS:
        path = bench.environment(f"noop-{tool}")
        bench.fill(tool, path)
        made.append(
            contender(bench, tool, lambda _n, p=path: ["pip", "install", "--python", p, *WORKLOAD])  # type: ignore[misc]
        )
    time.sleep(1)
    return made


def fresh(bench: Workbench, stem: str, flags: list[str], *, cold: bool = False) -> list[Contender]:
    """Install into a new environment each round; `cold` empties the cache before."""
    made = []
    for tool in TOOLS:
        name = f"{stem}-{tool}"
        cache = f"{stem}cache" if cold else "cache"

        def before(_number: int, name: str = name, cache: str = cache, tool: str = tool) -> None:
            if cold:
                bench.drop(f"{cache}-{tool}")
            bench.environment(name)
            os.sync()

        def after(_number: int, name: str = name) -> None:
            bench.drop(name)

        words = ["pip", "install", "--python", str(bench.root / name), *flags, *WORKLOAD]
        made.append(
            contender(bench, tool, lambda _n, w=words: w, before=before, after=after, cache=cache)  # type: ignore[misc]
        )
    return made


def warm(bench: Workbench) -> list[Contender]:
    """New environments, everything cached, by hard links."""
    return fresh(bench, "warm", ["--offline", "--link-mode", "hardlink"])


def second(bench: Workbench, kind: str, flags: list[str]) -> list[Contender]:
    """The cache on one file system, new environments on another."""
    made = []
    disk = bench.disks.enter_context(Volume("4G", kind))
    for tool in TOOLS:
        name = f"second-{tool}"

        def before(_number: int, name: str = name) -> None:
            bench.environment(name, disk)
            os.sync()

        def after(number: int, name: str = name, tool: str = tool) -> None:
            if not number:
                bench.bytes_of[kind, tool] = new_bytes(disk / name)
            bench.drop(name, disk=disk)

        words = ["pip", "install", "--python", str(disk / name), "--offline", *flags, *WORKLOAD]
        made.append(contender(bench, tool, lambda _n, w=words: w, before=before, after=after))  # type: ignore[misc]
    return made


def new_bytes(environment: Path) -> int:
    """Bytes of files that nobody else has a link to."""
    total = 0
    for folder, _, names in os.walk(environment):
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            total += status.st_size if status.st_nlink == 1 else 0
    return total


def second_tmpfs(bench: Workbench) -> list[Contender]:
    """The cache on ext4, new environments on tmpfs."""
    return second(bench, "tmpfs", ["--link-mode", "hardlink"])


def second_xfs(bench: Workbench) -> list[Contender]:
    """The cache on ext4, new environments on xfs, by hard links."""
    return second(bench, "xfs", ["--link-mode", "hardlink"])


def second_xfs_auto(bench: Workbench) -> list[Contender]:
    """The cache on ext4, new environments on xfs, by each tool's default."""
    return second(bench, "xfs", [])


def warm_auto(bench: Workbench) -> list[Contender]:
    """New environments, everything cached, by each tool's default."""
    return fresh(bench, "warm", ["--offline"])


def resolve(bench: Workbench) -> list[Contender]:
    """Resolve offline; weft may take the resolution that it made before."""
    made = []
    for tool in TOOLS:
        path = bench.environment(f"empty-{tool}")
        words = ["pip", "install", "--dry-run", "--offline", "--python", path, *WORKLOAD]
        made.append(contender(bench, tool, lambda _n, w=words: w))  # type: ignore[misc]
    return made


def solve(bench: Workbench) -> list[Contender]:
    """Resolve offline, solving anew each time."""
    made = resolve(bench)
    for each in made:
        each.environ["WEFT_REUSE_RESOLUTIONS"] = "0"
    return made


def unpack(bench: Workbench) -> list[Contender]:
    """Local wheels into an empty cache, and from there into an environment."""
    files = str(bench.site / "files")
    return fresh(bench, "unpack", ["--no-index", "--find-links", files], cold=True)


def cold(bench: Workbench) -> list[Contender]:
    """Everything from the mirror: empty cache, empty environment."""
    return fresh(bench, "cold", [], cold=True)


# By name only. The most downloaded source distributions, one after the other: takes a quarter of an
# hour and compares nothing.
RANKED = "ranked-sdists"
GROWTH = "growth"
WORKLOADS = {
    "noop": noop,
    "warm": warm,
    "warm-auto": warm_auto,
    "resolve": resolve,
    "solve": solve,
    "unpack": unpack,
    "cold": cold,
    **latency.WORKLOADS,
    "second-tmpfs": second_tmpfs,
    "second-xfs": second_xfs,
    "second-xfs-auto": second_xfs_auto,
    **builds.WORKLOADS,
    **resolutions.WORKLOADS,
    **flows.WORKLOADS,
    **spares.WORKLOADS,
    **installing.WORKLOADS,
    **tools.WORKLOADS,
    **pythons.WORKLOADS,
}


def main(names: list[str]) -> int:
    """Run all workloads, or those that are named; 1 where one of them failed."""
    known = [*WORKLOADS, *growth.PARTS, GROWTH, RANKED]
    unknown = set(names) - set(known)
    if unknown:
        listing = ", ".join(known)
        sys.exit(f"error: no workload {', '.join(sorted(unknown))}; there are {listing}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: terminated"))  # volumes go as well
    sweep()
    start = time.monotonic()
    compared = [name for name in WORKLOADS if not names or name in names]
    try:
        failed = compare(compared)
    except Exception as error:
        failed = compared
        print(f"no workload could be measured: {error}", flush=True)
    parts = [part for part in growth.PARTS if not names or {part, GROWTH} & set(names)]
    failed += growth.measure(parts)
    if RANKED in names and ranked.main([]):
        failed.append(RANKED)
    print(f"\n{(time.monotonic() - start) / 60:.1f} minutes in all")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return int(bool(failed))


def compare(names: list[str]) -> list[str]:
    """weft beside uv in each of these workloads; the names of those that failed."""
    failed: list[str] = []
    if not names:
        return failed
    RESULTS.mkdir(exist_ok=True)
    site = fetch(sys.executable, TOOLS["uv"])
    with Volume("6G") as root, Server(site) as index:
        bench = Workbench(root, index, site)
        for tool in TOOLS:
            bench.fill(tool, bench.environment("first"))
            bench.drop("first")
        for name in names:
            try:
                one(bench, name)
            except Exception as error:
                failed.append(name)
                print(f"{name}: FAILED: {error}", flush=True)
                bench.bytes_of.clear()
    print(f"\n{report.LATEST} and {report.CHART} are up to date")
    return failed


def one(bench: Workbench, name: str) -> None:
    """Measure one workload, print its table, keep the result, and draw the chart anew."""
    about = (WORKLOADS[name].__doc__ or "").partition("\n\n")[0]
    with bench.disks:
        contenders = WORKLOADS[name](bench)
        for more in (pips.CONTENDERS, floor.CONTENDERS):
            other = more[name](bench) if name in more else None
            contenders += [other] if other is not None else []
        try:
            interleave(contenders, rounds=ROUNDS, cwd=str(bench.root))
        finally:
            spares.settle(bench)
    print(table(f"{name}: {about}", contenders), flush=True)
    for (kind, tool), size in bench.bytes_of.items():
        print(f"  {tool}: {size / 2**20:.1f} MiB of an environment on {kind} are its own")
    bench.bytes_of.clear()
    report.keep(name, about, contenders)
    chart.write()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
