"""What the tests of builds share: hooks that run in the interpreter of the tests.

Owns environments that have every back end of the development environment installed. Refuses to
make environments: those are tested where they are made. Follows PEP 517.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.backends import make_project
from weft.fetch.tree_build import BuildSettings, TreeBuild


class Here:
    """The running interpreter as the environment; notes what was asked for."""

    python = sys.executable

    def __init__(self) -> None:
        path = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))
        self.environ = {**os.environ, "PATH": path}
        self.asked: list[tuple[str, ...]] = []

    def provide(self, requires: Sequence[str], *, shown: str, source_tree: str) -> Here:
        self.asked.append(tuple(requires))
        return self


def build_of(
    tree: str | Path, scratch: Path, here: Here | None = None, **settings: Any
) -> TreeBuild:
    """A TreeBuild of `tree` whose settings are `settings`."""
    return TreeBuild(
        str(tree),
        shown=f"demo @ file://{tree}",
        environments=here or Here(),
        scratch=str(scratch / "scratch"),
        settings=BuildSettings(settings.pop("config_settings", {}), **settings),
    )


def in_tree(place: Path, code: str, **options: Any) -> TreeBuild:
    """A project `demo` 1.0 with a back end of its own that works but for `code`."""
    settings = options.pop("settings", {})
    here = options.pop("here", None)
    tree = make_project(place / "tree", "in-tree", code=code, **options)
    return build_of(tree, place, here, **settings)
