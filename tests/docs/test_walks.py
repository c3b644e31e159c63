"""The commands of pages that begin with nothing, in order, on a machine that has nothing else.

A page is read, not repeated: a command that is added to it is run, and one that prints something
else than the page says fails. The index is one on loopback whose packages have the names, and the
programs, that the page uses.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import Shown, commands
from tests.support.commands import KEPT, SOURCE
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel


def program(wheels: Path, name: str, version: str) -> None:
    """A package with a command that tells its version."""
    make_wheel(wheels, name, version, entry_points={"console_scripts": {name: f"{name}:main"}},
               files={f"{name}.py": f"def main():\n    print('{name} {version}')\n"})  # fmt: skip


@pytest.fixture
def index(tmp_path: Path) -> Iterator[IndexServer]:
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "rich", "15.0.0", requires=["pygments>=2"], files={"rich/__init__.py": ""})
    make_wheel(wheels, "pygments", "2.21.0")
    make_wheel(wheels, "flask", "3.1.3")
    program(wheels, "pytest", "9.2.0")
    program(wheels, "ruff", "0.17.6")
    with IndexServer(wheels) as server:
        yield server


@pytest.fixture
def environ(tmp_path: Path, index: IndexServer) -> dict[str, str]:
    """A new user on a machine with Python and git, for whom `weft` and `weftx` are on the PATH."""
    home, programs = tmp_path / "home", tmp_path / "programs"
    home.mkdir()
    programs.mkdir()
    for name, entry in (("weft", "run"), ("weftx", "run_tool")):
        script = programs / name
        script.write_text(
            f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(SOURCE)!r})\n"
            f"from weft.cli.main import {entry}\n{entry}()\n"
        )
        script.chmod(0o755)
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "PATH": f"{programs}:{home}/.local/bin:{kept['PATH']}",
        "WEFT_DEFAULT_INDEX": index.url,
        "WEFT_NO_SYSTEM_CONFIG": "1",
        "WEFT_PYTHON_DOWNLOADS": "never",
        "WEFT_SPARES": "0",  # no process of this test outlives it
        "PYTHONWARNINGS": "error",
    }


@pytest.mark.parametrize(("page", "least"), [("getting-started.md", 20), ("guides/projects.md", 4)])
def test_the_page_can_be_typed_from_its_first_line_to_its_last(
    tmp_path: Path, environ: dict[str, str], page: str, least: int
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    found = commands(page)
    assert len(found) >= least
    for shown in found:
        done = subprocess.run(
            ["bash", "-c", f"{shown.command}\ncode=$?\npwd >{tmp_path}/where\nexit $code"],
            cwd=work, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"$ {shown.command}\n{done.stdout}"
        assert shown.matches(done.stdout), f"$ {shown.command}\n{done.stdout}"
        work = Path((tmp_path / "where").read_text().strip())


def test_what_the_page_shows_is_compared_line_by_line() -> None:
    shown = Shown("weft tree", ("Resolved … packages in …", "...", "└── wick v…"))
    assert shown.matches("Resolved 2 packages in 3ms\na\nb\n└── wick v2\n")
    assert shown.matches("Resolved 2 packages in 3ms\n└── wick v2\n")
    assert not shown.matches("Resolved 2 packages in 3ms\n└── wick v2\nmore\n")
    assert not shown.matches("└── wick v2\n")
    assert not Shown("true", ()).matches("something\n")
