"""The scripts that start weft: `weft` and `weftx`.

Owns their text. They start the interpreter with `-IS`: without `site`, which costs two
milliseconds, more where `.pth` files are at work, and without Python's settings in the environment.
What `site` would have found is named in them.
Refuses everything else: this module is loaded only to write the scripts.
"""

from __future__ import annotations

import os

_SCRIPT = """\
#!{python} -IS
import sys

sys.path.insert(0, {source!r})
sys.path.append({packages!r})
from weft.cli.main import {entry}

{entry}()
"""

# The function of `weft.cli.main` behind each script; `project.scripts` says the same.
ENTRIES = {"weft": "run", "weftx": "run_tool"}


def write_script(
    path: str, *, python: str, source: str, packages: str, entry: str = ENTRIES["weft"]
) -> None:
    """Write the start script to `path`.

    `source` is the directory that holds the package `weft`, `packages` the one that holds its
    dependencies, `python` the interpreter that runs it, `entry` one of ENTRIES.
    """
    with open(path, "w") as stream:
        stream.write(_SCRIPT.format(python=python, source=source, packages=packages, entry=entry))
    os.chmod(path, 0o755)  # noqa: S103  programs are for everybody
