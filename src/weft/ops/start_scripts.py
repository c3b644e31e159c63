"""The scripts that start weft: `weft` and `weftx`.

Owns their text, and putting them in the place of ordinary ones where weft is installed for itself.
They start the interpreter with `-IS`: without `site`, which costs two milliseconds, more where
`.pth` files are at work, and without Python's settings in the environment. What `site` would have
found is named in them. Refuses to decide where weft is installed.
Follows the specification of RECORD, which keeps telling the truth about them.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.install.target import Target

_SCRIPT = """\
#!{python} -IS
import sys

{paths}
from weft.cli.main import {entry}

{entry}()
"""
_LONGEST = 127  # of a first line, which Linux and macOS read so far at least

# The function of `weft.cli.main` behind each script; `project.scripts` says the same.
ENTRIES = {"weft": "run", "weftx": "run_tool"}


def write_script(
    path: str, *, python: str, source: str, packages: str, entry: str = ENTRIES["weft"]
) -> None:
    """Write the start script to `path`.

    `source` is the directory that holds the package `weft`, `packages` the one that holds its
    dependencies, `python` the interpreter that runs it, `entry` one of ENTRIES.
    """
    paths = f"sys.path.insert(0, {source!r})\nsys.path.append({packages!r})"
    with open(path, "w") as stream:
        stream.write(_SCRIPT.format(python=python, paths=paths, entry=entry))
    os.chmod(path, 0o755)  # programs are for everybody


def make_lean(target: Target, *, staged: str, root: str) -> bool:
    """Let weft in the environment `target` start by such scripts; whether it does.

    The environment is at `staged` and going to be at `root`. Where there is no weft in it, or a
    first line cannot name its interpreter, and on Windows, everything stays as it is.
    Raises SystemFailure.
    """
    from weft.system.files import write_atomic

    first = f"#!{target.python} -IS"
    ours = os.path.join(target.purelib, "weft", "cli", "imports.py")
    if os.name == "nt" or not os.path.exists(ours):
        return False
    if len(os.fsencode(first)) > _LONGEST or len(target.python.split()) != 1:
        return False
    packages = root + target.purelib.removeprefix(staged)
    written = {}
    for name, entry in ENTRIES.items():
        path = os.path.join(target.scripts, name)
        if os.path.exists(path):
            paths = f"sys.path.append({packages!r})"
            text = _SCRIPT.format(python=target.python, paths=paths, entry=entry)
            written[path] = os.fsencode(text)
            write_atomic(path, written[path], mode=0o755)
    _record(target, written)
    return bool(written)


def _record(target: Target, written: dict[str, bytes]) -> None:
    """Correct the rows of the scripts in the RECORD of weft."""
    from weft.install.record import content_row
    from weft.python.installed import scan
    from weft.system.files import read_bytes, write_atomic

    rows = {}
    for path, content in written.items():
        shown = os.path.relpath(path, target.purelib).replace(os.sep, "/")
        rows[os.fsencode(shown)] = content_row(shown, content)
    for dist in scan(target.site_directories):
        place = os.path.join(dist.path, "RECORD")
        if dist.name == "weft":
            lines = (read_bytes(place) or b"").splitlines(keepends=True)
            text = b"".join([rows.get(line.partition(b",")[0], line) for line in lines])
            write_atomic(place, text)
