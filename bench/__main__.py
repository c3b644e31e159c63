"""`python -m bench [WORKLOAD…]`: weft beside uv, interleaved, on a journaled ext4 image.

Prints one block per workload and writes `bench/results/latest.json`. Compare inside a block only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.measure import Contender, interleave, table
from bench.mirror import RESULTS, WORKLOAD, Server, fetch
from bench.volume import Volume

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

    def environ(self, tool: str, cache: str = "cache") -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        prefix = tool.upper()
        return {
            **kept,
            "LANG": "C.UTF-8",
            f"{prefix}_CACHE_DIR": str(self.root / f"{cache}-{tool}"),
            f"{prefix}_DEFAULT_INDEX": self.index,
        }

    def environment(self, name: str) -> str:
        """A fresh virtual environment, made by uv for both tools alike."""
        path = str(self.root / name)
        command = [TOOLS["uv"], "venv", "-q", "--clear", "--python", sys.executable, path]
        subprocess.run(command, check=True, env=self.environ("uv"))
        return path

    def fill(self, tool: str, environment: str) -> None:
        """Install once, so that the tool's cache and the environment are full."""
        self.call(tool, "pip", "install", "-q", "--python", environment, *WORKLOAD)

    def call(self, tool: str, *words: str) -> None:
        subprocess.run([TOOLS[tool], *words], check=True, env=self.environ(tool))

    def drop(self, *names: str) -> None:
        for name in names:
            shutil.rmtree(self.root / name, ignore_errors=True)


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
    return fresh(bench, "warm", ["--offline", "--link-mode", "hardlink"])


def resolve(bench: Workbench) -> list[Contender]:
    made = []
    for tool in TOOLS:
        path = bench.environment(f"empty-{tool}")
        words = ["pip", "install", "--dry-run", "--offline", "--python", path, *WORKLOAD]
        made.append(contender(bench, tool, lambda _n, w=words: w))  # type: ignore[misc]
    return made


def unpack(bench: Workbench) -> list[Contender]:
    files = str(bench.site / "files")
    return fresh(bench, "unpack", ["--no-index", "--find-links", files], cold=True)


def cold(bench: Workbench) -> list[Contender]:
    return fresh(bench, "cold", [], cold=True)


WORKLOADS = {"noop": noop, "warm": warm, "resolve": resolve, "unpack": unpack, "cold": cold}


def main(names: list[str]) -> None:
    unknown = set(names) - set(WORKLOADS)
    if unknown:
        sys.exit(
            f"error: no workload {', '.join(sorted(unknown))}; there are {', '.join(WORKLOADS)}"
        )
    RESULTS.mkdir(exist_ok=True)
    site = fetch(sys.executable, TOOLS["uv"])
    results: dict[str, object] = {}
    with Volume("6G") as root, Server(site, RESULTS / "nginx") as index:
        bench = Workbench(root, index, site)
        for tool in TOOLS:
            bench.fill(tool, bench.environment("first"))
            bench.drop("first")
        for name in names or WORKLOADS:
            contenders = WORKLOADS[name](bench)
            interleave(contenders, rounds=ROUNDS, cwd=str(root))
            print(table(f"{name}: {WORKLOADS[name].__doc__ or ''}".strip(), contenders), flush=True)
            base = next(each for each in contenders if each.name == "uv").median()
            results[name] = {
                each.name: {
                    "median": each.median(),
                    "ratio": each.median() / base,
                    "cpu": each.cpu(),
                    "peak": each.peak(),
                    "walls": [run.wall for run in each.runs],
                }
                for each in contenders
            }
    (RESULTS / "latest.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
