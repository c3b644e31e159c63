"""What the kernel needs for the links of an environment: a C program that does nothing else.

Owns the program (`floor.c`, built once per run) and the list that it works from, taken from an
environment that weft linked. It starts in a fresh environment as the others do; what it leaves out
is resolving, metadata files, scripts and every check. A machine without `cc` has no floor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.__main__ import Workbench
    from bench.measure import Contender


def warm(bench: Workbench) -> Contender | None:
    """The links of the `warm` workload."""
    from bench.measure import Contender

    if shutil.which("cc") is None:
        print("no floor of linking: there is no `cc`", flush=True)
        return None
    program = bench.root / "floor-program"
    source = Path(__file__).with_suffix(".c")
    subprocess.run(["cc", "-O2", "-pthread", "-o", program, source], check=True)
    listing = bench.root / "floor.txt"
    model = Path(bench.environment("floor"))
    bench.fill("weft", str(model))
    listing.write_text(links(model, bench.root / "cache-weft" / "entries-v1"))
    made = Contender("floor (C)", lambda _n: ["sh", "-c", f"{program} < {listing}"], {})

    def before(_number: int) -> None:
        bench.environment("floor")
        os.sync()

    made.before = before
    made.after = lambda _number: bench.drop("floor")
    return made


def links(environment: Path, entries: Path) -> str:
    """The list that `floor.c` reads, for an environment whose files are links to `entries`."""
    where = {}
    for folder, _, names in os.walk(entries):
        for name in names:
            path = os.path.join(folder, name)
            where[os.lstat(path).st_ino] = path
    made, groups = [], defaultdict(list)
    for folder, _, names in os.walk(environment):
        made.append(folder)
        for name in names:
            origin = where.get(os.lstat(os.path.join(folder, name)).st_ino)
            if origin is not None:
                assert os.path.basename(origin) == name
                groups[os.path.dirname(origin), folder].append(name)
    lines = [f"D{folder}" for folder in made]
    for (source, target), names in groups.items():
        lines += [f"S{source}", f"T{target}", *[f"F{name}" for name in names]]
    return "".join([f"{line}\n" for line in lines])


#: By workload.
CONTENDERS: dict[str, Callable[[Workbench], Contender | None]] = {"warm": warm}
