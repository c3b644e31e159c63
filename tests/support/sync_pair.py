"""A machine with weft and one with uv, to make environments of the same project on both.

Owns what counts as the same besides the streams: every file of the environments. uv makes the locks
of both where a test says so.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from tests.support.beside_uv import Outcome, Twins
from tests.support.environments import contents

HEAD = """\
[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.8"
"""
BUILD = """\
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
"""


class Pair(Twins):
    """Two machines with projects; uv makes the locks of both."""

    def __init__(self, root: Path, index: str, caches: Path) -> None:
        super().__init__(root, index, caches)
        # No links to interpreters: the two follow them differently.
        python = os.path.dirname(os.path.realpath(sys.executable))
        self.environ["PATH"] = f"{python}:{self.environ['PATH']}"

    def same(self, *words: str, cwd: str = ".", **environ: str) -> Outcome:
        theirs = self.outcome("uv", *words, cwd=cwd, **environ)
        ours = self.outcome("weft", *words, cwd=cwd, **environ)
        told = (
            f"{words}\nweft: {ours.code}\n{ours.err}\n{ours.out}\nuv: {theirs.code}\n{theirs.err}"
        )
        assert ours.code == theirs.code, told
        assert ours.err == theirs.err, told
        assert ours.out == theirs.out, f"{told}\n{theirs.out}"
        for path in {**ours.files, **theirs.files}:
            assert ours.files.get(path) == theirs.files.get(path), (words, path)
        return ours

    def project(self, text: str, *, lock: bool = True) -> None:
        self.write("pyproject.toml", text)
        if lock:
            self.lock()

    def lock(self) -> None:
        """Lock with uv, for both."""
        done = self.run_one("uv", "lock")
        assert done.code == 0, done.err
        shutil.copyfile(self.places["uv"] / "uv.lock", self.places["weft"] / "uv.lock")

    def package(self, directory: str, module: str, text: str) -> None:
        """A project that is built, with one module."""
        self.write(f"{directory}/pyproject.toml", text)
        self.write(f"{directory}/src/{module}/__init__.py", "answer = 42\n")

    def outcome(self, name: str, *words: str, cwd: str = ".", **environ: str) -> Outcome:
        found = super().outcome(name, *words, cwd=cwd, **environ)
        place = self.places[name]
        for environment in (".venv", "other"):
            if (place / environment).is_dir():
                found.files.update(
                    (f"{environment}/{path}", text.encode())
                    for path, text in contents(place / environment, place).items()
                )
        found.files.pop("pyproject.toml", None)
        return replace(found, err=_settled(found.err))

    def lines(self, *words: str, cwd: str = ".", **environ: str) -> list[str]:
        """What both say, which must be the same."""
        return self.same(*words, cwd=cwd, **environ).err.splitlines()


def _settled(text: str) -> str:
    """Without what differs from run to run: which of two builds ends first; and without usage,
    which has the variables of this test in uv's words."""
    text = text.replace("`uv python", "`weft python")
    lines = [line for line in text.splitlines() if not line.startswith("Usage:")]
    builds = sorted(line for line in lines if line.startswith(("   Building", "      Built")))
    return "\n".join([*builds, *(line for line in lines if line not in builds)])
