"""Workloads of what has to be built: editable projects, source distributions.

Owns the projects that they are about, made by the tests' own helpers around the real back ends of
the development environment; no index is asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.support.backends import BACKENDS, backend_wheels, make_project, make_sdist

if TYPE_CHECKING:
    from bench.__main__ import Workbench
    from bench.measure import Contender

SMALL = ("setuptools", "hatchling", "flit_core", "poetry-core", "pdm-backend")


def _files(bench: Workbench) -> list[str]:
    """Flags for a folder with the back ends, which is made once."""
    folder = bench.root / "files"
    if not folder.exists():
        backend_wheels(
            folder, *(needed for needs, _ in BACKENDS.values() for needed in needs), "editables"
        )
        for number in range(10):
            make_sdist(folder, SMALL[number % len(SMALL)], f"small{number}")
    return ["--no-index", "--find-links", str(folder)]


def _project(bench: Workbench, name: str) -> Path:
    tree = bench.root / name
    shutil.rmtree(tree, ignore_errors=True)
    return Path(make_project(tree, "hatchling", "sample", requires=()))


def _contenders(bench: Workbench, make: object) -> list[Contender]:
    from bench.__main__ import TOOLS

    return [make(tool) for tool in TOOLS]  # type: ignore[operator]


def editable(bench: Workbench) -> list[Contender]:
    """First editable install of a hatchling project, everything it needs cached."""
    return _contenders(bench, lambda tool: _editable(bench, tool, again=False))


def editable_again(bench: Workbench) -> list[Contender]:
    """`pip install -e` of a project that is installed so already."""
    return _contenders(bench, lambda tool: _editable(bench, tool, again=True))


def _editable(bench: Workbench, tool: str, *, again: bool) -> Contender:
    from bench.__main__ import contender

    flags, name = _files(bench), f"editable-{tool}"
    tree = bench.root / f"project-{tool}"
    words = ["pip", "install", "--python", str(bench.root / name), *flags, "-e", str(tree)]

    def before(number: int) -> None:
        if number and again:
            return
        bench.environment(name)
        _project(bench, tree.name)
        if not number or again:
            bench.call(tool, *words, "-q")  # fills the cache
        if not again:
            bench.environment(name)
            shutil.rmtree(tree)
            _project(bench, tree.name)
            bench.call(tool, "cache", "clean", "-q", "sample")
        os.sync()

    return contender(bench, tool, lambda _number: words, before=before)


def standing(bench: Workbench) -> list[Contender]:
    """A requirements file with an editable project that has not changed."""
    from bench.__main__ import TOOLS, contender

    made = []
    for tool in TOOLS:
        tree = _project(bench, f"standing-project-{tool}")
        listing = bench.root / f"standing-{tool}.txt"
        listing.write_text(f"-e {tree}\n")
        path = bench.environment(f"standing-{tool}")
        words = ["pip", "install", "--python", path, *_files(bench), "-r", str(listing)]
        bench.call(tool, *words, "-q")
        made.append(contender(bench, tool, lambda _number, w=words: w))  # type: ignore[misc]
    time.sleep(1)
    return made


def sdists(bench: Workbench) -> list[Contender]:
    """Ten small source distributions of five back ends, the back ends cached."""
    return _contenders(bench, lambda tool: _sdists(bench, tool))


def _sdists(bench: Workbench, tool: str) -> Contender:
    from bench.__main__ import TOOLS, contender

    flags, name = _files(bench), f"sdists-{tool}"
    names = [f"small{number}" for number in range(10)]
    words = ["pip", "install", "--python", str(bench.root / name), *flags, *names]

    def before(number: int) -> None:
        bench.environment(name)
        if not number:
            bench.call(tool, *words, "-q")
            bench.environment(name)
        cleaning = [TOOLS[tool], "cache", "clean", "-q", *names]
        subprocess.run(cleaning, check=True, env=bench.environ(tool))
        os.sync()

    return contender(bench, tool, lambda _number: words, before=before)


WORKLOADS = {
    "editable": editable,
    "editable-again": editable_again,
    "standing": standing,
    "sdists": sdists,
}
