"""The start script starts weft, whatever the environment says about Python."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import weft
from weft.ops.start_scripts import ENTRIES, write_script


@pytest.mark.parametrize("name", ENTRIES)
def test_the_script_starts_weft_without_site_or_settings_of_python(
    tmp_path: Path, name: str
) -> None:
    script = tmp_path / name
    source = str(Path(weft.__file__).parent.parent)
    write_script(
        str(script),
        python=sys.executable,
        source=source,
        packages=str(tmp_path / "packages"),
        entry=ENTRIES[name],
    )
    misleading = {"PYTHONPATH": "/nonexistent", "PYTHONHOME": "/nonexistent", "PYTHONSTARTUP": "x"}
    done = subprocess.run(
        [str(script), "--version"],
        env={"PATH": os.environ["PATH"], **misleading},
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert done.stdout == f"{name} {weft.__version__}\n"
    assert done.stderr == ""


def test_the_package_has_the_same_scripts() -> None:
    with open(Path(__file__).parents[2] / "pyproject.toml", "rb") as stream:
        scripts = tomllib.load(stream)["project"]["scripts"]
    assert scripts == {name: f"weft.cli.main:{entry}" for name, entry in ENTRIES.items()}
