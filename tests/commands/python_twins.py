"""weft and uv on a machine with several Pythons.

Owns a search path with a directory for each real interpreter, and what counts as the same words.
What is known of interpreters is kept for the tests of a module: asking each takes its time.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.support.beside_uv import Outcome, Twins
from tests.support.interpreters import INTERPRETERS

# What only one of them says: a slip of the pen, and the words of a parser of JSON.
_SLIPS = (("which  is", "which is"), ("exit status exit status", "exit status"))
_PARSER = re.compile(r"(returned an invalid response): expected value at line 1 column 1")
_SIGNAL = re.compile(r"failed with exit status (signal: )")
_PYENV = re.compile(r"\n\nhint: pyenv has [^\n]*")
_UV = re.compile(r"\buv(?= (?:python|init|venv)\b)")


class PythonTwins(Twins):
    """`homes` are the directories on the search path, newest Python last.

    They are below `shared`, which twins of a module have in common, with their caches. Those of a
    test that changes them are its own: without `shared`.
    """

    def __init__(self, root: Path, shared: Path | None = None) -> None:
        super().__init__(root, caches=shared)
        pythons = (shared or root) / "pythons"
        pythons.mkdir(exist_ok=True)
        if shared is not None:
            (root / "pythons").symlink_to(pythons)
        self.homes: dict[str, Path] = {}
        for path in dict.fromkeys(map(os.path.realpath, INTERPRETERS)):
            name = Path(path).name
            minor = name.removeprefix("python")
            if not minor.removeprefix("3.").isdigit() or minor in self.homes:
                continue
            home = self.homes[minor] = pythons / minor / "bin"
            if home.exists():
                continue
            home.mkdir(parents=True)
            (home / name).symlink_to(path)
            for alias in ("python3", "python"):
                (home / alias).symlink_to(name)
        self.homes = dict(sorted(self.homes.items(), key=lambda each: int(each[0][2:])))
        self.environ["PATH"] = os.pathsep.join(map(str, self.homes.values()))
        self.environ["PYENV_ROOT"] = str(root / "no-pyenv")

    @property
    def oldest(self) -> str:
        """`3.6`."""
        return next(iter(self.homes))

    @property
    def newest(self) -> str:
        """`3.13`."""
        return list(self.homes)[-1]

    def program(self, name: str, text: str) -> Path:
        """An executable script first on the search path."""
        home = self.root / "odd"
        home.mkdir(exist_ok=True)
        path = home / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        if str(home) not in self.environ["PATH"]:
            self.environ["PATH"] = f"{home}{os.pathsep}{self.environ['PATH']}"
        return path

    def _neutral(self, name: str, text: str) -> str:
        text = super()._neutral(name, text)
        for slip, meant in _SLIPS:
            text = text.replace(slip, meant)
        text = _SIGNAL.sub(r"failed with \1", _PARSER.sub(r"\1", text))
        return _UV.sub("weft", _PYENV.sub("", text)).replace(".config/uv/", ".config/weft/")

    def same_run(self, *lines: str, **environ: str) -> list[Outcome]:
        """Each line in turn, its words separated by blanks; they must not differ."""
        return [self.same("python", *line.split(), **environ) for line in lines]
