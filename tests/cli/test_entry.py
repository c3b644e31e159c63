"""The start script starts weft, whatever the environment says about Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import weft
from weft.cli.entry import write_script


def test_the_script_starts_weft_without_site_or_settings_of_python(tmp_path: Path) -> None:
    script = tmp_path / "weft"
    source = str(Path(weft.__file__).parent.parent)
    write_script(
        str(script), python=sys.executable, source=source, packages=str(tmp_path / "packages")
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
    assert done.stdout == f"weft {weft.__version__}\n"
    assert done.stderr == ""
