"""Wheels as the world makes them, from the public index."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.helpers import PIP, Environment, pip, uv

# A single module; a compiled package; scripts in `.data`.
PROJECTS = ["six==1.17.0", "markupsafe==3.0.3", "jmespath==1.0.1"]


@pytest.mark.network
def test_real_wheels_are_installed_as_uv_installs_them(
    make_environment: Callable[[str], Environment], tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    subprocess.run(
        [*PIP, "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", wheels, *PROJECTS],
        check=True,
    )
    paths = sorted(str(path) for path in wheels.iterdir())
    assert len(paths) == 3
    ours, theirs = make_environment("ours"), make_environment("theirs")
    empty = ours.tree()
    ours.install(*paths)
    uv("pip", "install", "-p", theirs.python, "--no-index", "-f", str(wheels), *PROJECTS)
    mine, other = ours.tree(), theirs.tree()
    other.pop(".lock")
    own = {
        path
        for path in other
        if os.path.basename(path) in ("RECORD", "INSTALLER", "uv_cache.json", "pyvenv.cfg")
    } | {"bin/jp.py"}  # names its environment
    assert set(mine) | own == set(other) | own
    assert {path: mine[path] for path in set(mine) - own} == {
        path: other[path] for path in set(other) - own
    }
    assert mine["bin/jp.py"][1] == other["bin/jp.py"][1]
    assert "No broken requirements" in pip(ours.python, "check")
    code = "import six, markupsafe._speedups, jmespath; print(jmespath.search('a', {'a': 1}))"
    assert ours.run("-B", "-c", code) == "1\n"
    ours.uninstall("six", "markupsafe", "jmespath")
    assert ours.tree() == empty
