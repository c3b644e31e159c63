"""Two machines with tools on them, weft's and uv's, that are told the same things.

Owns what counts as the same: exit codes, both streams, the executables and where they lead, the
receipts, and what is installed beside each tool. Where uv names itself weft names itself.
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
from tests.support.wheels import make_wheel

UV = Path(sys.executable).with_name("uv")
SHOW = "def main():\n    import sys\n    print(NAME, VERSION, sys.argv[1:])\n"
_DURATION = re.compile(r"\bin (?:\d+m )?\d+(?:\.\d+)?(?:ms|s)$", re.MULTILINE)
_ADVICE = re.compile(r"\n\nhint: [^\n]* works \((?:try|then|add|edit)[^\n]*\)(?=\n|$)")
_NAMES = re.compile(r"\buv\b(?!_)")
_SHARED = re.compile(r"(\.local/share/|/)uv(/tools)")


def tool(directory: Path, name: str, version: str, *programs: str, **options: object) -> None:
    """A wheel whose programs tell its name, its version and their arguments."""
    module = name.replace("-", "_")
    make_wheel(
        directory, name, version,
        entry_points={"console_scripts": dict.fromkeys(programs, f"{module}:main")},
        files={f"{module}.py": f"NAME, VERSION = {name!r}, {version!r}\n{SHOW}"},
        **options,  # type: ignore[arg-type]
    )  # fmt: skip


def tools(directory: Path) -> None:
    """Packages with one program, with several, with none, and with those of others."""
    for version in ("1.0", "1.5", "2.0"):
        tool(directory, "bell", version, "bell", extras={"loud": ["horn"]})
    tool(directory, "bell", "3.0rc1", "bell")
    tool(directory, "horn", "1.0", "toot", "honk")
    tool(directory, "tower", "1.0", "strike", requires=["bell<2", "rope"])
    tool(directory, "tower", "2.0", "strike", "chime", requires=["bell", "rope"])
    make_wheel(directory, "rope", "1.0")
    make_wheel(directory, "rope", "1.1")
    make_wheel(directory, "belfry", "1.0", requires=["belfry-core"])
    tool(directory, "belfry-core", "1.0", "belfry")
    tool(directory, "gong", "1.0", "gong", requires=["no-such-metal"])


@dataclass(frozen=True)
class State:
    """What a machine has: links by name, receipts and installed packages by tool."""

    links: dict[str, str]
    receipts: dict[str, str]
    packages: dict[str, list[str]]


class ToolTwins:
    """Two machines below `root`, on the index at `url`."""

    def __init__(self, root: Path, url: str, caches: Path) -> None:
        self.places = {name: root / name / "m" for name in ("weft", "uv")}
        base = os.path.realpath(sys.executable)
        for place in self.places.values():
            for below in ("home", "work", "bin", "programs"):
                (place / below).mkdir(parents=True)
            for python in ("python3", f"python3.{sys.version_info[1]}"):
                (place / "programs" / python).symlink_to(base)
            git = shutil.which("git")
            assert git is not None
            (place / "programs" / "git").symlink_to(git)
        self.caches = caches
        self.url = url

    def environ(self, name: str) -> dict[str, str]:
        place, prefix = self.places[name], name.upper()
        return {
            "HOME": str(place / "home"),
            "PATH": f"{place / 'programs'}:{place / 'bin'}",
            "SHELL": "/bin/bash",
            "XDG_BIN_HOME": str(place / "bin"),
            "PYTHONPATH": str(SOURCE),
            "PYTHONWARNINGS": "error",
            f"{prefix}_CACHE_DIR": str(self.caches / name),
            "UV_DEFAULT_INDEX": self.url,
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_NO_SYSTEM_CONFIG": "1",
            "UV_HTTP_RETRIES": "0",
            "WEFT_SPARES": "0",
            "COLUMNS": "1000",
        }

    def directory(self, name: str) -> Path:
        """Where one of them has its tools."""
        return self.places[name] / "home" / ".local" / "share" / name / "tools"

    def run(self, name: str, *words: str, **more: str) -> Finished:
        """One run of one of them; a variable with an empty value is taken away."""
        program = [str(UV)] if name == "uv" else [sys.executable, "-m", "weft"]
        environ = {**self.environ(name), **more}
        done = subprocess.run(
            [*program, *words],
            cwd=self.places[name] / "work",
            env={key: text for key, text in environ.items() if text},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Finished(done.returncode, self.neutral(name, done.stdout),
                        self.neutral(name, done.stderr))  # fmt: skip

    def neutral(self, name: str, text: str) -> str:
        text = text.replace(str(self.places[name]), "<machine>")
        text = _DURATION.sub("in T", text)
        text = _ADVICE.sub("", text)
        text = re.sub(r"^(Downloading| Downloaded) .*\n", "", text, flags=re.MULTILINE)
        text = re.sub(r"^Prepared .*\n", "", text, flags=re.MULTILINE)  # caches fill differently
        text = _SHARED.sub(r"\1weft\2", text)
        return _NAMES.sub("weft", text)

    def state(self, name: str) -> State:
        links = {
            path.name: self.neutral(name, str(path.readlink()) if path.is_symlink() else "a file")
            for path in sorted((self.places[name] / "bin").iterdir())
        }
        receipts, packages = {}, {}
        found = self.directory(name)
        for root in sorted(found.iterdir()) if found.is_dir() else ():
            if root.name.startswith(".") or not root.is_dir():
                continue
            receipt = root / f"{name}-receipt.toml"
            text = receipt.read_text() if receipt.exists() else "none"
            receipts[root.name] = self.neutral(name, _without_options(text))
            packages[root.name] = sorted(
                path.name for path in root.glob("lib/python*/site-packages/*.dist-info")
            )
        return State(links, receipts, packages)

    def said(self, *words: str, **more: str) -> Finished:
        """Tell both; they must say the same."""
        theirs, ours = self.run("uv", *words, **more), self.run("weft", *words, **more)
        assert ours == theirs, f"{words}\nweft: {ours}\nuv:   {theirs}"
        return ours

    def same(self, *words: str, **more: str) -> Finished:
        """Tell both; they must say the same and be in the same state."""
        ours = self.said(*words, **more)
        mine, other = self.state("weft"), self.state("uv")
        assert mine == other, f"{words}\nweft: {mine}\nuv:   {other}"
        return ours


def _without_options(text: str) -> str:
    """Indexes are written as tables by weft, and by uv in the way they were given."""
    return text.partition("\n[tool.options]")[0]
