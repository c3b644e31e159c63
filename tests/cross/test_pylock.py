"""`pylock.toml` between tools: what one locks, the others install.

The standard (PEP 751) is checked with `packaging.pylock`, the reader and writer that pip uses.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.pylock import Pylock

from tests.cross.test_turns import Table, table, write

__all__ = ["table"]

EXPECTED = {"lantern": "1.0", "oil": "3.0", "wick": "2.0"}


def validated(path: Path) -> set[str]:
    """The packages of a lock file that is as the standard wants it."""
    lock = Pylock.from_dict(tomllib.loads(path.read_text()))
    return {package.name for package in lock.packages}


def pip(table: Table, *words: str, python: str = sys.executable) -> None:
    command = [sys.executable, "-m", "pip", "--python", python, *words]
    environ = {
        **{name: text for name, text in table.weft.environ.items() if name != "PYTHONWARNINGS"},
        "PIP_INDEX_URL": table.weft.environ["WEFT_DEFAULT_INDEX"],
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
    }
    done = subprocess.run(
        command, cwd=table.project, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def installed(table: Table, name: str) -> dict[str, str]:
    """What is in an environment, by its own account."""
    code = (
        "import importlib.metadata as m, json; "
        "print({d.name: d.version for d in m.distributions()})"
    )
    found: dict[str, str] = eval(table.weft.python(name, code))
    return found


def exported(table: Table, tool: str) -> Path:
    write(table, "plain")
    table.take(tool, "lock")
    path = table.project / "pylock.toml"
    table.take(
        tool, "export", "-q", "--format", "pylock.toml", "--no-emit-project", "-o", path.name
    )
    assert validated(path) == set(EXPECTED)
    return path


@pytest.mark.parametrize("installer", ["uv", "pip", "weft"])
def test_what_weft_exports_is_installed_by_everybody(table: Table, installer: str) -> None:
    path = exported(table, "weft")
    table.weft.venv("env")
    python = str(table.project / "env" / "bin" / "python")
    if installer == "pip":
        pip(table, "install", "-r", str(path), python=python)
    else:
        table.take(installer, "pip", "sync", "--python", python, path.name)
    assert installed(table, "env") == EXPECTED


def test_what_uv_exports_is_installed_by_weft(table: Table) -> None:
    path = exported(table, "uv")
    table.weft.venv("env")
    table.take("weft", "pip", "sync", "--python", "env", path.name)
    assert installed(table, "env") == EXPECTED


def test_what_pip_locks_is_installed_by_weft(table: Table) -> None:
    pip(table, "lock", "lantern")
    path = table.project / "pylock.toml"
    assert validated(path) == set(EXPECTED)
    table.weft.venv("env")
    table.take("weft", "pip", "sync", "--python", "env", path.name)
    assert installed(table, "env") == EXPECTED


def test_a_project_may_keep_the_standard_file_as_its_lock(table: Table) -> None:
    write(table, "extras and groups")
    pyproject = table.project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + '[tool.weft]\nlock-file = "pylock.toml"\n')
    table.take("weft", "sync")
    path = table.project / "pylock.toml"
    assert not (table.project / "uv.lock").exists()
    assert validated(path) >= set(EXPECTED)
    written = path.read_bytes()
    table.take("weft", "lock", "--check")
    table.take("weft", "sync", "--locked", "--check")
    table.take("weft", "lock")
    assert path.read_bytes() == written
    table.take("weft", "add", "mirror")
    assert "mirror" in validated(path)
    table.weft.venv("env")
    # pip takes no directory from a lock with hashes; uv does.
    table.take("uv", "pip", "sync", "--python", "env", path.name)
    assert installed(table, "env").keys() >= set(EXPECTED) | {"house", "mirror"}
