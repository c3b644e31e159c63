"""Projects of many shapes, and what uv locks for them.

Owns the shapes and the run of the real uv on them, against a real index on loopback. Refuses to
know how a lock is read.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.git_repositories import Repository
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

BACKEND = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
TIME = "2024-01-02T03:04:05.678Z"


def project(requirements: str = "", more: str = "", *, name: str = "demo") -> str:
    """A `pyproject.toml`; `requirements` are the insides of the list."""
    return (
        f'[project]\nname = "{name}"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n'
        f"dependencies = [{requirements}]\n{more}\n"
    )


SHAPES: dict[str, dict[str, str]] = {
    "nothing": {"pyproject.toml": project()},
    "plain": {"pyproject.toml": project('"a", "many"')},
    "extras": {
        "pyproject.toml": project(
            '"a[x,y]"',
            '[project.optional-dependencies]\nfoo = ["d<2"]\nbar = ["demo[foo]", "c"]\nempty = []',
        )
    },
    "groups": {
        "pyproject.toml": project(
            '"a"',
            '[dependency-groups]\ndev = ["c", {include-group = "lint"}]\nlint = ["d"]\nnone = []',
        )
    },
    "groups-alone": {"pyproject.toml": project("", '[dependency-groups]\ndev = ["c"]')},
    "workspace": {
        "pyproject.toml": project(
            '"a", "m1", "m2[z]"',
            '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
            "[tool.uv.sources]\nm1 = {workspace = true}\nm2 = {workspace = true}",
        ),
        "packages/m1/pyproject.toml": project('"b"', BACKEND, name="m1"),
        "packages/m2/pyproject.toml": project(
            "",
            '[project.optional-dependencies]\nz = ["d"]\n[dependency-groups]\ntest = ["c"]',
            name="m2",
        ),
    },
    "no-project": {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["p/*"]\n'
        '[dependency-groups]\ndev = ["a", "c"]\none = ["d"]\nnone = []\n',
        "p/m1/pyproject.toml": project('"b"', name="m1"),
    },
    "conflicts": {
        "pyproject.toml": project(
            "",
            '[project.optional-dependencies]\nx1 = ["a==1.0"]\nx2 = ["a==2.0"]\n'
            '[dependency-groups]\ng1 = ["b==1.0"]\ng2 = ["b==2.0"]\n'
            '[tool.uv]\nconflicts = [[{extra = "x1"}, {extra = "x2"}], '
            '[{group = "g1"}, {group = "g2"}]]',
        )
    },
    "markers": {
        "pyproject.toml": project(
            "\"a; sys_platform == 'win32'\", \"a<2; sys_platform != 'win32'\", "
            "\"c; python_version < '3.11' or platform_machine == 'arm64'\""
        )
    },
    "environments": {
        "pyproject.toml": project(
            '"a", "many"',
            "[tool.uv]\nenvironments = [\"sys_platform == 'linux'\", "
            "\"sys_platform == 'darwin'\"]\n"
            "required-environments = [\"sys_platform == 'linux'\"]",
        )
    },
    "options": {
        "pyproject.toml": project(
            '"a"',
            '[tool.uv]\nresolution = "lowest-direct"\nprerelease = "allow"\n'
            'fork-strategy = "fewest"\nconstraint-dependencies = ["b<2", "c"]\n'
            'override-dependencies = ["b==1.5"]\nexclude-dependencies = ["zzz"]\n'
            'build-constraint-dependencies = ["flit_core<80"]\nexclude-newer = "2030-01-01"\n'
            '[tool.uv.exclude-newer-package]\nb = "2031-01-01T00:00:00Z"\nc = false\nd = "3 days"',
        )
    },
    "span": {
        "pyproject.toml": project(
            '"a"',
            '[tool.uv]\nexclude-newer = "1 day"\nexclude-dependencies = ["zzz", "yyy"]\n'
            'prerelease-package = {b = "allow"}',
        )
    },
    "metadata": {
        "pyproject.toml": project(
            '"a"',
            '[[tool.uv.dependency-metadata]]\nname = "a"\nversion = "1.0"\n'
            'requires-dist = ["b", "c; sys_platform == \'win32\'"]\nrequires-python = ">=3.8"\n'
            'provides-extras = ["x"]\n[[tool.uv.dependency-metadata]]\nname = "b"',
        )
    },
    "flat": {
        "pyproject.toml": project(
            '"fl"',
            '[[tool.uv.index]]\nname = "f"\nurl = "../flat"\nformat = "flat"\n'
            '[tool.uv.sources]\nfl = {index = "f"}',
        )
    },
    "index": {
        "pyproject.toml": project(
            "",
            '[project.optional-dependencies]\ncpu = ["b==1.0"]\ngpu = ["b==2.0"]\n'
            '[[tool.uv.index]]\nname = "x"\nurl = "@INDEX@"\nexplicit = true\n'
            '[tool.uv.sources]\nb = [{index = "x", extra = "cpu"}]\n'
            '[tool.uv]\nconflicts = [[{extra = "cpu"}, {extra = "gpu"}]]',
        )
    },
    "paths": {
        "pyproject.toml": project(
            '"fl", "lib", "libe", "w"',
            '[tool.uv.sources]\nfl = {path = "../flat/fl-1.0-py3-none-any.whl"}\n'
            'lib = {path = "it\'s \\"x\\""}\nlibe = {path = "libe", editable = true}\n'
            'w = {path = "w", package = false}',
        ),
        'it\'s "x"/pyproject.toml': project('"c"', BACKEND, name="lib"),
        "libe/pyproject.toml": project('"d"', BACKEND, name="libe"),
        "w/pyproject.toml": project('"b"', name="w"),
    },
    "url": {"pyproject.toml": project('"a @ @FILES@/a-1.0-py3-none-any.whl"')},
    "git": {
        "pyproject.toml": project(
            '"g", "g2"',
            '[tool.uv.sources]\ng = {git = "@REPOSITORY@", tag = "v1"}\n'
            'g2 = {git = "@REPOSITORY@", branch = "main", subdirectory = "sub dir"}',
        )
    },
}

FOREIGN = {
    "on-windows": ("cp311-cp311-win_amd64", "cp312-cp312-win_amd64", "cp313-cp313-win_amd64"),
    "elsewhere": (
        "py3-none-win_amd64",
        "py3-none-macosx_11_0_arm64",
        "py3-none-musllinux_1_2_x86_64",
    ),
    "of-old": ("cp310-cp310-manylinux_2_17_x86_64", "cp39-cp39-manylinux_2_17_x86_64"),
    "of-newer": ("py3-none-manylinux_2_99_x86_64",),
}
"""Projects of which no wheel fits here, with their tags."""

SHAPES |= {name: {"pyproject.toml": project(f'"{name}"')} for name in FOREIGN}


def run_uv(directory: Path, *words: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """The real uv, with nothing of this machine but the interpreter of the tests."""
    uv = Path(sys.executable).with_name("uv")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(cache),
        "UV_CACHE_DIR": str(cache),
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
    }
    return subprocess.run(
        [str(uv), *words],
        cwd=directory,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def locked_projects(base: Path) -> Iterator[dict[str, Path]]:
    """The directories of all shapes with their `uv.lock`, while the index is there."""
    wheels = base / "wheels"
    for version in ("1.0", "1.5", "2.0"):
        extras = {"x": ["c; sys_platform == 'win32'"], "y": ["d>=1"]}
        make_wheel(wheels, "a", version, requires=["b"], extras=extras)
        for name in ("b", "c", "d"):
            make_wheel(wheels, name, version)
    for tag in ("cp311-cp311-manylinux_2_17_x86_64", "cp312-cp312-win_amd64", "py3-none-any"):
        make_wheel(wheels, "many", "1.0", tag=tag)
    for name, tags in FOREIGN.items():
        for tag in tags:
            make_wheel(wheels, name, "1.0", tag=tag)
    for version in ("1.0", "2.0"):
        make_wheel(base / "flat", "fl", version)
    repository = Repository(base / "repository")
    trees = {"pyproject.toml": project("", BACKEND, name="g")}
    trees["sub dir/pyproject.toml"] = project("", BACKEND, name="g2")
    repository.commit(trees, tag="v1")
    times = {path.name: TIME for path in wheels.iterdir()}
    with IndexServer(wheels, format="json", upload_times=times) as server:
        places = {"@INDEX@": server.url, "@REPOSITORY@": repository.url}
        places["@FILES@"] = server.url.replace("simple", "files").rstrip("/")
        found = {}
        for key, files in SHAPES.items():
            found[key] = _write(base / key, files, places)
            done = run_uv(found[key], "lock", "--index-url", server.url, cache=base / "cache")
            assert done.returncode == 0, f"{key}: {done.stderr}"
        yield found


def _write(directory: Path, files: dict[str, str], places: dict[str, str]) -> Path:
    for name, text in files.items():
        for mark, place in places.items():
            text = text.replace(mark, place)
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory
