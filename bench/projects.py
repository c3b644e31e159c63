"""`python -m bench.projects [NAME…]`: weft beside uv on the requirements of forty projects.

Each set is compiled for one environment and for all (`--universal`) by both tools, on one index,
with one `--exclude-newer` and the same options; what is compared are the pins. The caches are
filled over the network once (`bench/results/projects`), then both work offline, weft solving anew
each time. Prints a table and the lines that differ, and writes `bench/results/projects.json`.
Needs the public index and minutes. Ends with 1 where fewer than 36 sets are the same both ways.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.mirror import RESULTS, index_url

TOOLS = {name: os.path.join(os.path.dirname(sys.executable), name) for name in ("uv", "weft")}
KEPT = ("PATH", "HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")
NEWEST = "2026-11-01T00:00:00Z"
OPTIONS = ["--exclude-newer", NEWEST, "--no-header", "--no-annotate", "--quiet"]
MODES = {"one": [], "universal": ["--universal"]}
ROUNDS = 2
ENOUGH = 36
LONGEST = 900  # seconds for one run

PROJECTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)")


@dataclass
class Run:
    """One tool on one set: what it wrote, and how long it took (seconds, offline, the best)."""

    code: int
    lines: list[str] = field(default_factory=list)
    error: str = ""
    seconds: float = 0.0

    @property
    def pins(self) -> set[tuple[str, str]]:
        return {found.groups() for line in self.lines if (found := PIN.match(line))}  # type: ignore[misc]


@dataclass
class Row:
    """Both tools on one set."""

    name: str
    mode: str
    uv: Run
    weft: Run

    @property
    def verdict(self) -> str:
        if self.uv.code or self.weft.code:
            return "no solution" if self.uv.code and self.weft.code else "only one solves"
        if self.uv.pins != self.weft.pins:
            return "other pins"
        return "same" if self.uv.lines == self.weft.lines else "same pins, other markers"

    @property
    def same(self) -> bool:
        """The same versions; a set that nobody solves shows nothing."""
        return self.verdict.startswith("same")

    @property
    def difference(self) -> list[str]:
        if self.uv.code != self.weft.code:
            return [f"uv: {self.uv.error}", f"weft: {self.weft.error}"]
        ours, theirs = set(self.weft.lines), set(self.uv.lines)
        return sorted(
            [f"  {'uv  ' if line in theirs else 'weft'} {line}" for line in ours ^ theirs],
            key=lambda text: (text[7:].split("==")[0], text),
        )


def environ(tool: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    prefix = tool.upper()
    kept[f"{prefix}_CACHE_DIR"] = str(RESULTS / "projects" / f"cache-{tool}")
    kept[f"{prefix}_DEFAULT_INDEX"] = index_url()
    return kept | {"LANG": "C.UTF-8", "WEFT_REUSE_RESOLUTIONS": "0"}


def run(tool: str, name: str, mode: str, *flags: str) -> Run:
    project = PROJECTS[name]
    python = project.get("python", "3.11")
    building = [] if project.get("builds") else ["--no-build"]
    words = [
        TOOLS[tool],
        "pip",
        "compile",
        "-",
        "--python-version",
        python,
        *OPTIONS,
        *building,
        *MODES[mode],
        *flags,
    ]
    start = time.perf_counter()
    done = subprocess.run(
        words,
        input="\n".join(project["requires"]),
        env=environ(tool),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    seconds = time.perf_counter() - start
    return Run(done.returncode, done.stdout.splitlines(), done.stderr.strip(), seconds)


def measure(name: str, mode: str) -> Row:
    """Fill the caches, then solve offline by turns."""
    warm = {tool: run(tool, name, mode) for tool in TOOLS}
    best = dict(warm)
    for number in range(ROUNDS):
        for tool in TOOLS:
            if warm[tool].code:
                continue
            again = run(tool, name, mode, "--offline")
            if number == 0 or again.seconds < best[tool].seconds:
                best[tool] = again
    return Row(name, mode, **best)


def main(names: list[str]) -> int:
    (RESULTS / "projects").mkdir(parents=True, exist_ok=True)
    rows = []
    for name in names or list(PROJECTS):
        for mode in MODES:
            row = measure(name, mode)
            rows.append(row)
            ratio = row.weft.seconds / row.uv.seconds
            print(
                f"{name:20}{mode:11}{row.verdict:26}{len(row.uv.pins):4} pins"
                f"{row.uv.seconds:8.2f} s{row.weft.seconds:8.2f} s{ratio:7.2f}",
                flush=True,
            )
            for line in [] if row.verdict == "same" else row.difference[:40]:
                print(line, flush=True)
    good = {row.name for row in rows} - {row.name for row in rows if not row.same}
    count = len({row.name for row in rows})
    print(f"{len(good)} of {count} sets have the same versions for one environment and for all")
    found = [asdict(row) | {"verdict": row.verdict} for row in rows]
    (RESULTS / "projects.json").write_text(json.dumps(found, indent=1) + "\n")
    return 0 if names or len(good) >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
