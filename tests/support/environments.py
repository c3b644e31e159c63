"""What is in an environment, so that one of weft's can be compared with one of uv's.

Owns what counts: every file, by path, with its content. The two tools have their own words in
activation scripts, `INSTALLER` and `pyvenv.cfg`, and times in `uv_cache.json`; of these it counts
that they are there, of `RECORD` which files it has.
"""

from __future__ import annotations

from pathlib import Path

_OWN_WORDS = ("activate", "deactivate", "pydoc")
_PRESENT = ("INSTALLER", "uv_cache.json", "uv_build.json", "_virtualenv.py", ".lock")


def contents(environment: Path, place: Path) -> dict[str, str]:
    """Every file and link of an environment; `place` is written as `<work>`."""
    found: dict[str, str] = {}
    for path in sorted(environment.rglob("*")):
        inside = path.relative_to(environment)
        if "__pycache__" in inside.parts or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink():
            found[str(inside)] = f"-> {path.readlink()}"
        elif path.name.startswith(_OWN_WORDS) or path.name in _PRESENT:
            found[str(inside)] = "there"
        else:
            text = path.read_bytes().decode("utf-8", "backslashreplace")
            found[str(inside)] = _comparable(path, text).replace(str(place), "<work>")
    return found


def _comparable(path: Path, text: str) -> str:
    if path.name == "RECORD":
        return "\n".join(sorted(line.partition(",")[0] for line in text.splitlines()))
    if path.name == "pyvenv.cfg":
        return "\n".join(line for line in text.splitlines() if not line.startswith(("uv", "weft")))
    if path.name == "WHEEL":
        return "\n".join(line for line in text.splitlines() if not line.startswith("Generator"))
    if path.parent.name == "bin" and text.startswith("#!"):
        return text.partition("\n")[0]  # launchers are in our own words
    return text
