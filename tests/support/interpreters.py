"""The interpreters of this machine.

Owns where they are looked for: pyenv's versions, the system's, and the one that runs the tests.
Refuses to run them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def pyenv_versions() -> Path:
    """The directory that pyenv keeps its versions in, which need not exist."""
    return Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"


def _real_interpreters() -> list[str]:
    found = [str(path) for path in sorted(pyenv_versions().glob("3.*/bin/python"))]
    found += [path for path in ("/usr/bin/python3",) if os.access(path, os.X_OK)]
    own = getattr(sys, "_base_executable", sys.executable)
    return found or [own]


#: Every interpreter that weft supports.
INTERPRETERS = _real_interpreters()
