"""pip as a third contender, where it does the same work.

Owns how pip is called: by default settings but for `--no-compile`, since neither of the others
compiles. pip keeps wheels, not unpacked packages; its warm case is wheels that are on disk
already. It takes part in every third round, since it takes so long.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bench.mirror import WORKLOAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.__main__ import Workbench
    from bench.measure import Contender

EVERY = 3


def noop(bench: Workbench) -> Contender:
    path = bench.environment("noop-pip")
    bench.fill("uv", path)
    return _contender(bench, path, "install", *WORKLOAD)


def warm(bench: Workbench) -> Contender:
    files = str(bench.site / "files")
    return _fresh(bench, "--no-index", "--find-links", files)


def cold(bench: Workbench) -> Contender:
    return _fresh(bench, "--no-cache-dir", "--index-url", bench.index)


def resolve(bench: Workbench) -> Contender:
    files = str(bench.site / "files")
    path = bench.environment("empty-pip")
    words = ("install", "--dry-run", "--no-index", "--find-links", files, *WORKLOAD)
    return _contender(bench, path, *words)


def _fresh(bench: Workbench, *flags: str) -> Contender:
    path = str(bench.root / "fresh-pip")
    made = _contender(bench, path, "install", "--no-compile", *flags, *WORKLOAD)
    made.before = lambda _number: bench.environment("fresh-pip") and None
    made.after = lambda _number: bench.drop("fresh-pip")
    return made


def _contender(bench: Workbench, path: str, *words: str) -> Contender:
    from bench.measure import Contender

    command = [sys.executable, "-m", "pip", "--python", path, "--no-input", *words]
    environ = {
        **bench.environ("pip"),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    return Contender("pip", lambda _number: command, environ, every=EVERY)


#: By workload.
CONTENDERS: dict[str, Callable[[Workbench], Contender]] = {
    "noop": noop,
    "warm": warm,
    "resolve": resolve,
    "cold": cold,
}
