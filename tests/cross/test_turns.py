"""Two tools take turns in one project: whatever one of them wrote, the other goes on with.

Each sequence of commands is begun by either tool. The lock must be what the other one writes, the
environment what it leaves alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.conftest import fill
from tests.support.commands import Weft
from tests.support.index_server import IndexServer

UV = str(Path(sys.executable).with_name("uv"))

PROJECT = """\
[project]
name = "house"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["lantern"]
{more}
[build-system]
requires = ["uv_build>=0.13.8,<0.14.0"]
build-backend = "uv_build"
"""
MEMBER = """\
[project]
name = "shed"
version = "0.1"
requires-python = ">=3.8"
dependencies = ["wick"]
[build-system]
requires = ["uv_build>=0.13.8,<0.14.0"]
build-backend = "uv_build"
"""
SHAPES = {
    "plain": ("", {}),
    "extras and groups": (
        '[project.optional-dependencies]\nbright = ["lantern[bright]"]\n'
        '[dependency-groups]\ndev = ["wick<2", "mirror ; sys_platform == \'win32\'"]\n',
        {},
    ),
    "a workspace": (
        '[tool.uv.workspace]\nmembers = ["shed"]\n[tool.uv.sources]\nshed = { workspace = true }\n'
        '[dependency-groups]\ndev = ["shed"]\n',
        {"shed/pyproject.toml": MEMBER, "shed/src/shed/__init__.py": ""},
    ),
    "markers and conflicts": (
        '[project.optional-dependencies]\nold = ["oil<3"]\nnew = ["oil>=3"]\n'
        '[tool.uv]\nconflicts = [[{ extra = "old" }, { extra = "new" }]]\n'
        "constraint-dependencies = [\"wick<2 ; python_version < '3.11'\"]\n",
        {},
    ),
}
# Which tool does what; `other` is the one that did not begin.
TURNS = (
    ("one", "lock"),
    ("other", "lock", "--check"),
    ("other", "sync", "--locked"),
    ("one", "sync", "--check"),
    ("one", "add", "mirror"),
    ("other", "lock", "--check"),
    ("other", "sync", "--check"),
    ("other", "add", "--group", "lint", "wick ; python_version >= '3.12'"),
    ("one", "lock", "--check"),
    ("one", "sync", "--all-groups"),
    ("other", "remove", "mirror"),
    ("one", "lock", "--upgrade"),
    ("one", "sync", "--locked"),
    ("other", "run", "--locked", "python", "-c", "import lantern"),
)


class Table:
    """One index, one project, two tools."""

    def __init__(self, root: Path, index: IndexServer) -> None:
        self.weft = Weft(root, index.url)
        self.project = self.weft.cwd
        kept = {
            name: text
            for name, text in self.weft.environ.items()
            if not name.startswith(("WEFT_", "PYTHON"))
        }
        self.environ = kept | {
            "UV_CACHE_DIR": str(root / "uv-cache"),
            "UV_DEFAULT_INDEX": index.url,
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_PYTHON": sys.executable,
        }
        self.weft.environ["WEFT_PYTHON"] = sys.executable

    def take(self, tool: str, *words: str) -> str:
        """Run one of the two; what it says on stderr."""
        if tool == "weft":
            return self.weft.ok(*words, cwd=self.project).err
        done = subprocess.run(
            [UV, *words], cwd=self.project, env=self.environ, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stderr

    def files(self) -> dict[str, tuple[int, int]]:
        """Inode and time of change of everything in the environment but bytecode."""
        found = {}
        for folder, _, names in os.walk(self.project / ".venv"):
            for name in names:
                path = os.path.join(folder, name)
                if "__pycache__" not in path and name not in (".lock", "CACHEDIR.TAG"):
                    status = os.lstat(path)
                    found[path] = (status.st_ino, status.st_mtime_ns)
        return found


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    fill(tmp_path / "wheels")
    with IndexServer(tmp_path / "wheels") as index:
        yield Table(tmp_path, index)


def write(table: Table, shape: str) -> None:
    more, files = SHAPES[shape]
    (table.project / "src" / "house").mkdir(parents=True)
    (table.project / "src" / "house" / "__init__.py").touch()
    (table.project / "pyproject.toml").write_text(PROJECT.format(more=more))
    for name, text in files.items():
        (table.project / name).parent.mkdir(parents=True, exist_ok=True)
        (table.project / name).write_text(text)


@pytest.mark.parametrize("first", ["uv", "weft"])
@pytest.mark.parametrize("shape", SHAPES)
def test_each_goes_on_with_what_the_other_left(table: Table, shape: str, first: str) -> None:
    write(table, shape)
    second = "weft" if first == "uv" else "uv"
    lock = table.project / "uv.lock"
    for turn, *words in TURNS:
        tool, rival = (first, second) if turn == "one" else (second, first)
        table.take(tool, *words)
        written = lock.read_bytes()
        table.take(rival, "lock")
        assert lock.read_bytes() == written, f"{rival} writes another lock after {tool} {words}"


@pytest.mark.parametrize("shape", SHAPES)
def test_what_one_has_synchronized_the_other_leaves_alone(table: Table, shape: str) -> None:
    write(table, shape)
    table.take("weft", "sync")
    before = table.files()
    for tool in ("uv", "weft", "uv", "weft"):
        said = table.take(tool, "sync")
        assert "Checked" in said and "Installed" not in said and "Built" not in said
        assert table.files() == before
