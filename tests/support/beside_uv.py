"""Run the same words with weft and with uv, in two directories that are alike.

Owns the two machines and what counts as the same: exit code, both streams, and every file. Where
uv names itself weft names itself; places, durations and the lower bound of the back end of new
projects are replaced.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.commands import SOURCE, Finished
from weft.core.defaults import UV_BUILD

UV = Path(sys.executable).with_name("uv")
_DURATION = re.compile(r"\bin (?:\d+m )?\d+(?:\.\d+)?(?:ms|s)$", re.MULTILINE)
# What uv tells with `-v` alone.
_REASON = re.compile(r"\n\nhint: What is out of date: [^\n]*")
# What was solved again before it was told; uv has no such advice.
_ADVICE = re.compile(r"\n\nhint: [^\n]* works \((?:try|then|add|edit)[^\n]*\)(?=\n|$)")
_NAMES = re.compile(
    r"\buv(?= (?:init|run|lock|sync|export|tree|version|self|add|remove|workspace)\b)"
)
_UV_BUILD = "uv_build>=0.13.8,<0.14.0"


@dataclass(frozen=True)
class Outcome:
    """One run: exit code, streams, and the files that there are now, by path."""

    code: int
    out: str
    err: str
    files: dict[str, bytes]


class Twins:
    """Two machines below `root`; `weft` and `uv` in `work` are their working directories."""

    def __init__(self, root: Path, index: str | None = None, caches: Path | None = None) -> None:
        self.root = root
        programs = root / "bin"
        programs.mkdir(parents=True)
        base = os.path.realpath(sys.executable)
        for name in ("python3", f"python3.{sys.version_info[1]}"):
            (programs / name).symlink_to(base)
        git = shutil.which("git")
        assert git is not None
        (programs / "git").symlink_to(git)
        self.places = {name: root / name / "work" for name in ("weft", "uv")}
        for place in self.places.values():
            place.mkdir(parents=True)
        home = root / "home"
        home.mkdir()
        lines = ["[user]", "\tname = Jo Dev", "\temail = jo@example.com", "[init]",
                 "\tdefaultBranch = main"]  # fmt: skip
        (home / ".gitconfig").write_text("\n".join(lines) + "\n")
        self.environ = {
            "HOME": str(home),
            "PATH": str(programs),
            "GIT_CEILING_DIRECTORIES": str(root),
            "PYTHONPATH": str(SOURCE),
            "PYTHONWARNINGS": "error",
            "WEFT_CACHE_DIR": str((caches or root) / "weft-cache"),
            "UV_CACHE_DIR": str((caches or root) / "uv-cache"),
            "UV_NO_SYSTEM_CONFIG": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_HTTP_RETRIES": "1",
            "WEFT_SPARES": "0",
            "COLUMNS": "1000",
        }
        if index is not None:
            self.environ["UV_DEFAULT_INDEX"] = index

    def write(self, path: str, text: str) -> None:
        """The same file on both."""
        for place in self.places.values():
            target = place / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)

    def run_one(self, name: str, *words: str, cwd: str = ".", **environ: str) -> Finished:
        """One run of one of them, as it is."""
        program = [str(UV)] if name == "uv" else [sys.executable, "-m", "weft"]
        done = subprocess.run(
            [*program, *words],
            cwd=self.places[name] / cwd,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def outcome(self, name: str, *words: str, cwd: str = ".", **environ: str) -> Outcome:
        """One run, comparable with the other's."""
        done = self.run_one(name, *words, cwd=cwd, **environ)
        out, err = (self._neutral(name, text) for text in (done.out, done.err))
        return Outcome(done.code, out, err, self.files(name))

    def files(self, name: str) -> dict[str, bytes]:
        """Every file of one of them but those of Git and of environments."""
        place = self.places[name]
        found = {}
        for path in sorted(place.rglob("*")):
            inside = path.relative_to(place).parts
            if ".git" in inside or ".venv" in inside or path.is_dir():
                continue
            content = path.read_bytes().replace(str(place).encode(), b"<work>")
            found["/".join(inside)] = content.replace(_UV_BUILD.encode(), UV_BUILD.encode())
        return found

    def _neutral(self, name: str, text: str) -> str:
        text = text.replace(str(self.places[name]), "<work>")
        text = _DURATION.sub("in T", text).replace(_UV_BUILD, UV_BUILD)
        text = _REASON.sub("", text)
        text = _ADVICE.sub("", text)
        return _NAMES.sub("weft", text)

    def same(self, *words: str, cwd: str = ".", **environ: str) -> Outcome:
        """Run both; they must not differ."""
        theirs = self.outcome("uv", *words, cwd=cwd, **environ)
        ours = self.outcome("weft", *words, cwd=cwd, **environ)
        told = f"{words}\nweft: {ours!r}\nuv:   {theirs!r}"
        assert ours == theirs, told
        return ours
