"""Interpreters of this machine, and marker environments of other ones.

Owns both lists. Refuses to install an interpreter.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from pathlib import Path

from packaging.markers import Environment, default_environment
from packaging.version import Version

PLATFORMS = (
    ("linux", "posix", "Linux", "x86_64"),
    ("linux", "posix", "Linux", "aarch64"),
    ("darwin", "posix", "Darwin", "arm64"),
    ("darwin", "posix", "Darwin", "x86_64"),
    ("win32", "nt", "Windows", "AMD64"),
    ("win32", "nt", "Windows", "x86"),
    ("cygwin", "posix", "CYGWIN", "x86_64"),
    ("freebsd14", "posix", "FreeBSD", "amd64"),
    ("illumos", "posix", "SunOS", "i86pc"),
)
PYTHONS = (
    "3.8.0", "3.9.18", "3.10.13", "3.10.20", "3.11.7", "3.12.0", "3.12.4", "3.13.0", "3.14.1",
)  # fmt: skip
IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy"}
_ASK = "import sys; print('%d.%d.%d' % sys.version_info[:3], sys.implementation.name)"


def universe() -> list[dict[str, str]]:
    """A sample of 162 environments: every platform, Python and implementation of the lists."""
    found = []
    for platform, python, name in itertools.product(PLATFORMS, PYTHONS, IMPLEMENTATIONS):
        found.append(
            {
                "sys_platform": platform[0],
                "os_name": platform[1],
                "platform_system": platform[2],
                "platform_machine": platform[3],
                "platform_release": "",
                "platform_version": "",
                "python_version": python.rpartition(".")[0],
                "python_full_version": python,
                "implementation_name": name,
                "implementation_version": python,
                "platform_python_implementation": IMPLEMENTATIONS[name],
                "extra": "",
            }
        )
    return found


def here(python: str) -> dict[str, str]:
    """The environment of this machine with another version (`X.Y.Z`) of Python."""
    own: Environment = default_environment()
    return {
        **{key: str(text) for key, text in own.items()},
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "implementation_version": python,
        "extra": "",
    }


def brief(environment: dict[str, str]) -> str:
    """The keys that tell environments of the sample apart."""
    keys = ("sys_platform", "platform_machine", "python_full_version", "implementation_name")
    return "/".join(environment[key] for key in keys)


def interpreters(given: list[str]) -> dict[str, str]:
    """Paths of CPython 3 by full version: those given, pyenv's, and those on PATH."""
    candidates = [Path(path) for path in given]
    for base in (os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")):
        if base:
            candidates += sorted(Path(base).glob("versions/*/bin/python3"))
    for directory in os.environ.get("PATH", "").split(":"):
        if directory and "shims" not in directory:
            found = sorted(Path(directory).glob("python3.*"))
            candidates += [path for path in found if re.fullmatch(r"python3\.\d+", path.name)]
    versions: dict[str, str] = {}
    seen: set[Path] = set()
    for path in candidates:
        if path.resolve() in seen or not os.access(path, os.X_OK):
            continue
        seen.add(path.resolve())
        answer = subprocess.run([path, "-c", _ASK], capture_output=True, text=True, timeout=20)
        words = answer.stdout.split()
        if answer.returncode == 0 and words[1:] == ["cpython"]:
            versions.setdefault(words[0], str(path))
    return versions


def pick(wanted: str, known: dict[str, str]) -> str | None:
    """The full version that stands for `wanted` (`X.Y` or `X.Y.Z`), of the same minor version."""
    if wanted in known:
        return wanted
    minor = wanted.split(".")[:2]
    return max((full for full in known if full.split(".")[:2] == minor), key=Version, default=None)
