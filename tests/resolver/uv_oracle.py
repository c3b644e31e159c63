"""What uv answers to a universal request, on a loopback index of made wheels.

Owns the way from a `Universe` to wheels and to uv's lines. Refuses to judge: the answers are the
expectation of tests.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.resolver.universe import Release, Universe
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel
from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers
from weft.resolver.joining import UniversalResolution

SUPPORTED = ">=3.9"
"""The Pythons of all requests."""

ANY = "python_version >= '3' and python_version < '4'"
LINUX = f"sys_platform == 'linux' and platform_machine == 'x86_64' and {ANY}"
WINDOWS = f"sys_platform == 'win32' and platform_machine == 'AMD64' and {ANY}"
TAGS = {"": "any", ANY: "any", LINUX: "manylinux_2_17_x86_64", WINDOWS: "win_amd64"}
"""The platforms of wheels for the environments that `Release.files` names."""

_UNDER = MarkerSet.of_python(Specifiers.parse(SUPPORTED))


def lines(resolution: UniversalResolution) -> list[str]:
    """An answer as uv prints it."""
    found = []
    for package in resolution.packages:
        marker = package.marker.simplified(_UNDER).text
        found.append(f"{package.name}=={package.version}" + (f" ; {marker}" if marker else ""))
    return sorted(found)


def uv_lines(
    world: Universe,
    roots: Sequence[str],
    directory: Path,
    *,
    options: Sequence[str] = (),
    constraints: Sequence[str] = (),
    tables: dict[str, object] | None = None,
) -> list[str] | None:
    """uv's answer, None if it finds none. `tables` are keys of `[tool.uv]`."""
    files = directory / "files"
    for name, releases in world.packages.items():
        for version, release in releases.items():
            write_wheel(files, name, version, release)
    (directory / "limits.txt").write_text("\n".join(constraints))
    settings = [f"{key} = {json.dumps(value)}" for key, value in (tables or {}).items()]
    (directory / "pyproject.toml").write_text("\n".join(["[tool.uv]", *settings, ""]))
    with IndexServer(files, format="json") as server:
        done = subprocess.run(
            [
                os.path.join(os.path.dirname(sys.executable), "uv"),
                *("pip", "compile", "-", "--universal", "--quiet", "--no-header"),
                *("--no-annotate", "--python-version", "3.9", "--python", sys.executable),
                *("--index-url", server.url, "--constraint", "limits.txt", *options),
            ],
            cwd=directory,
            input="\n".join(roots),
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "UV_NO_CACHE": "1"},
        )
    if done.returncode:
        assert "No solution found" in done.stderr, done.stderr
        return None
    texts = [re.sub(r"\[[^]]*\]", "", line) for line in done.stdout.splitlines()]
    return sorted(text for text in texts if text and not text.startswith("#"))


def write_wheel(files: Path, name: str, version: str, release: Release) -> None:
    """Make the wheel of a release."""
    make_wheel(
        files,
        name,
        version,
        files={},
        requires=release.requires,
        extras=dict.fromkeys(release.extras, ()),
        requires_python=release.python,
        tag=f"py3-none-{TAGS[release.files]}",
    )
