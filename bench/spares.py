"""Workloads of spares: environments out of trees that were linked behind an earlier command.

Owns waiting until that is done, and the account of what it takes: the processor time of the process
behind the command is added to the command's.
"""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.mirror import WORKLOAD
from bench.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.__main__ import Workbench
    from bench.measure import Contender

_TICK = os.sysconf("SC_CLK_TCK")
_PATIENCE = 120.0


def spare(bench: Workbench) -> list[Contender]:
    """New environments, everything cached, when the spares are there again: at most 0.2."""
    return _contenders(bench, bench.root, ["--link-mode", "hardlink"])


def back_to_back(bench: Workbench) -> list[Contender]:
    """The same without a pause: the process behind the last one is at work. At most 0.45."""
    return _contenders(bench, bench.root, ["--link-mode", "hardlink"], waits=False)


def spare_xfs(bench: Workbench) -> list[Contender]:
    """Cache and new environments on xfs, by clones or hard links: at most 0.15 each."""
    return _elsewhere(bench, "xfs")


def spare_btrfs(bench: Workbench) -> list[Contender]:
    """Cache and new environments on btrfs, by clones or hard links: at most 0.15 each."""
    return _elsewhere(bench, "btrfs")


def _elsewhere(bench: Workbench, kind: str) -> list[Contender]:
    """By each tool's default, and once more weft by hard links; the caches on that disk, too."""
    disk = bench.disks.enter_context(Volume("6G", kind))
    other = bench.on(disk)
    made = _contenders(other, disk, [])
    linked = _contenders(other, disk, ["--link-mode", "hardlink"])[1:]
    for each in linked:
        each.name += " hard"
    return made + linked


def _contenders(
    bench: Workbench, root: Path, flags: list[str], *, waits: bool = True
) -> list[Contender]:
    from bench.__main__ import contender

    made = []
    for name, tool, more in (
        ("uv", "uv", []),
        ("weft linked", "weft", ["--no-spares"]),
        ("weft spares", "weft", ["--spares"]),
    ):
        stem = f"spare-{name.replace(' ', '-')}-{len(flags)}"
        words = ["pip", "install", "--python", str(root / stem), "--offline", *flags, *more]

        def before(
            number: int, stem: str = stem, tool: str = tool, words: list[str] = words
        ) -> None:
            if not number:
                bench.environment(stem)
                bench.call(tool, *[word for word in words if word != "--offline"], *WORKLOAD)
            bench.environment(stem)
            if waits:
                settle(bench)
            os.sync()

        def after(_number: int, stem: str = stem) -> None:
            bench.drop(stem, disk=root)

        each = contender(
            bench, tool, lambda _n, w=words: [*w, *WORKLOAD], before=before, after=after  # type: ignore[misc]
        )  # fmt: skip
        each.name = name
        if name == "weft spares" and waits:
            each.behind = partial(settle, bench)
        made.append(each)
    return made


def settle(bench: Workbench) -> float:
    """Wait until nothing goes on behind a command: the seconds of processor time that it took."""
    mark = f"WEFT_CACHE_DIR={bench.environ('weft')['WEFT_CACHE_DIR']}".encode()
    spent: dict[str, float] = {}
    deadline = time.monotonic() + _PATIENCE
    while living := _living(mark):
        spent |= living
        assert time.monotonic() < deadline, "what goes on behind a command does not end"
        time.sleep(0.005)
    return sum(spent.values())


def _living(mark: bytes) -> dict[str, float]:
    found = {}
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and mark in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
                found[name] = (int(fields[11]) + int(fields[12])) / _TICK
        except OSError:
            continue
    return found


WORKLOADS: dict[str, Callable[[Workbench], list[Contender]]] = {
    "spare": spare,
    "spare-back-to-back": back_to_back,
    "spare-xfs": spare_xfs,
    "spare-btrfs": spare_btrfs,
}
