"""`weft self install`: an environment for weft alone, and scripts that start it without `site`."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.test_self import VERSION, Installed
from tests.support.commands import SOURCE, Weft
from tests.support.wheels import make_wheel

MAIN = """\
import sys
def run():
    print("weft", VERSION, sys.flags.no_site, sys.flags.isolated)
def run_tool():
    print("weftx", VERSION, sys.flags.no_site)
"""
SCRIPTS = {"console_scripts": {"weft": "weft.cli.main:run", "weftx": "weft.cli.main:run_tool"}}


def offer(wheels: Path, version: str = VERSION, *, other: bool = False) -> None:
    """A weft that tells how it was started; or another project that has the name."""
    files = {
        "weft/__init__.py": "",
        "weft/cli/__init__.py": "",
        "weft/cli/main.py": MAIN.replace("VERSION", repr(version)),
    }
    if not other:
        files["weft/cli/imports.py"] = ""
    make_wheel(wheels, "weft", version, entry_points=SCRIPTS, files=files)


@pytest.fixture
def places(weft: Weft) -> Weft:
    weft.environ |= {
        "WEFT_TOOL_DIR": str(weft.root / "tools"),
        "WEFT_TOOL_BIN_DIR": str(weft.root / "bin"),
    }
    return weft


def said(weft: Weft, name: str = "weft") -> str:
    program = [str(weft.root / "bin" / name)]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip()


def test_weft_is_installed_from_where_it_came_from(tmp_path: Path, wheels: Path) -> None:
    offer(wheels, "9.9.9")
    offer(wheels)
    installed = Installed(tmp_path / "machine")
    root = installed.machine.root
    installed.machine.environ |= {
        "WEFT_TOOL_DIR": str(root / "tools"),
        "WEFT_TOOL_BIN_DIR": str(root / "bin"),
    }
    told = installed("install", "--dry-run")
    assert (told.code, told.err) == (0, f"Would run `weft tool install weft=={VERSION}`\n")
    assert not (root / "tools").exists()
    done = installed("install", "--no-index", "--find-links", str(wheels))
    assert done.code == 0, done.err
    assert "Installed 2 executables: weft, weftx" in done.err
    assert said(installed.machine) == f"weft {VERSION} 1 1"
    assert said(installed.machine, "weftx") == f"weftx {VERSION} 1"


def test_a_checkout_is_what_is_installed_out_of_it(weft: Weft) -> None:
    done = weft.ok("self", "install", "--dry-run", "--force")
    assert done.err == f"Would run `weft tool install {SOURCE.parent} --force`\n"


def test_a_source_that_belongs_to_nothing_is_told(tmp_path: Path, weft: Weft) -> None:
    library = tmp_path / "somewhere"
    library.mkdir()
    (library / "weft").symlink_to(SOURCE / "weft")
    done = weft("self", "install", PYTHONPATH=str(library))
    assert done.code == 2
    assert f"Weft runs from `{library}`, which belongs to no project" in done.err
    assert "hint: Install it from its checkout: `weft tool install PATH`" in done.err


def test_scripts_are_lean_and_recorded_also_after_an_upgrade(places: Weft, wheels: Path) -> None:
    offer(wheels)
    places.ok("tool", "install", "weft")
    offer(wheels, "99.0")
    places.ok("tool", "upgrade", "weft", "--no-cache")
    assert said(places) == "weft 99.0 1 1"
    root = places.root / "tools" / "weft"
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    [record] = root.glob(f"lib/{version}/site-packages/weft-*.dist-info/RECORD")
    rows = [line.split(",") for line in record.read_text().splitlines()]
    scripts = {os.path.basename(path): facts for path, *facts in rows if "/bin/" in path}
    assert set(scripts) == {"weft", "weftx"}
    for name, (digest, size) in scripts.items():
        content = (root / "bin" / name).read_bytes()
        expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        assert (digest, int(size)) == (f"sha256={expected}", len(content))
        assert content.startswith(f"#!{root}/bin/python -IS\n".encode())


def test_another_project_of_that_name_starts_as_every_tool(places: Weft, wheels: Path) -> None:
    offer(wheels, other=True)
    places.ok("tool", "install", "weft")
    assert said(places) == f"weft {VERSION} 0 0"


def test_an_interpreter_that_no_first_line_can_name_is_started_as_in_every_tool(
    places: Weft, wheels: Path
) -> None:
    offer(wheels)
    places.environ["WEFT_TOOL_DIR"] = str(places.root / "two words")
    places.ok("tool", "install", "weft")
    assert said(places) == f"weft {VERSION} 0 0"
