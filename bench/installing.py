"""Workloads of installing beside the usual ones: `venv`, uninstalling, the extra `speed`.

Owns the launcher of weft that has that extra, whose packages are installed once into
`bench/results`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measure import Contender
from bench.mirror import RESULTS, WORKLOAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.__main__ import Workbench

_SPEED = "isal"


def venv(bench: Workbench) -> list[Contender]:
    """A new environment of a Python that is known: at most 1.0."""
    made = []
    for tool in ("uv", "weft"):
        name = f"venv-{tool}"
        words = ["venv", "--python", sys.executable, str(bench.root / name)]

        def after(_number: int, name: str = name) -> None:
            bench.drop(name)

        made.append(_contender(bench, tool, words, after=after))
    return made


def uninstall(bench: Workbench) -> list[Contender]:
    """Everything out of a full environment: at most 0.5."""
    made = []
    pins = str(bench.site / "pins.txt")
    for tool in ("uv", "weft"):
        name = f"full-{tool}"

        def before(_number: int, name: str = name, tool: str = tool) -> None:
            bench.fill(tool, bench.environment(name))
            os.sync()

        words = ["pip", "uninstall", "--python", str(bench.root / name), "-r", pins]
        made.append(_contender(bench, tool, words, before=before))
    return made


def unpack_speed(bench: Workbench) -> list[Contender]:
    """Local wheels into an empty cache and an environment; weft with `speed`: at most 0.4."""
    files = str(bench.site / "files")
    return _cold(bench, ["--no-index", "--find-links", files])


def cold_speed(bench: Workbench) -> list[Contender]:
    """Everything from the mirror, nothing cached; weft with `speed`: at most 0.95."""
    return _cold(bench, [])


def _cold(bench: Workbench, flags: list[str]) -> list[Contender]:
    """With empty caches; weft a second time with the extra."""
    fast = _empty(bench, "weft", flags, stem="speed")
    launcher = _fast_launcher()
    command = fast.command
    fast.name = "weft speed"
    fast.command = lambda number: [launcher, *command(number)[1:]]
    return [*(_empty(bench, tool, flags, stem="cold") for tool in ("uv", "weft")), fast]


def _empty(bench: Workbench, tool: str, flags: list[str], *, stem: str) -> Contender:
    name, cache = f"{stem}-env-{tool}", f"{stem}-cache"

    def before(_number: int) -> None:
        bench.drop(f"{cache}-{tool}")
        bench.environment(name)
        os.sync()

    def after(_number: int) -> None:
        bench.drop(name)

    words = ["pip", "install", "--python", str(bench.root / name), *flags, *WORKLOAD]
    made = _contender(bench, tool, words, before=before, after=after)
    made.environ = bench.environ(tool, cache)
    return made


def _contender(
    bench: Workbench,
    tool: str,
    words: list[str],
    *,
    before: Callable[[int], None] = lambda _number: None,
    after: Callable[[int], None] = lambda _number: None,
) -> Contender:
    from bench.__main__ import TOOLS

    return Contender(
        tool, lambda _number: [TOOLS[tool], *words], bench.environ(tool), before, after
    )


def _fast_launcher() -> str:
    """weft's own launcher, with the packages of the extra `speed` on its path."""
    from bench.__main__ import TOOLS

    packages, launcher = RESULTS / "speed", RESULTS / "weft-speed"
    if not packages.exists():
        command = [TOOLS["uv"], "pip", "install", "-q", "--python", sys.executable]
        subprocess.run([*command, "--target", str(packages), _SPEED], check=True)
    lines = Path(TOOLS["weft"]).read_text().splitlines(keepends=True)
    at = lines.index("import sys\n") + 1
    lines.insert(at, f"sys.path.append({str(packages)!r})\n")
    launcher.write_text("".join(lines))
    launcher.chmod(0o755)
    return str(launcher)


WORKLOADS: dict[str, Callable[[Workbench], list[Contender]]] = {
    "venv": venv,
    "uninstall": uninstall,
    "unpack-speed": unpack_speed,
    "cold-speed": cold_speed,
}
