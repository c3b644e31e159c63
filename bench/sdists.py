"""`python -m bench.sdists [NAME…]`: build much used projects from source, install and import them.

Each project of `sdists.toml` goes into a fresh environment by `weft pip install --no-binary NAME
NAME`; what it needs may come as wheels. Projects of three back ends that compile are made here, as
their tools are on the index. Prints a table and writes `bench/results/sdists.json`. Needs the
public index, compilers, and minutes. Ends with 1 where fewer than 20 of the 25 work.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
WEFT = str(Path(sys.executable).parent / "weft")
KEPT = (
    "PATH", "HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "CARGO_HOME", "RUSTUP_HOME",
    "WEFT_DEFAULT_INDEX", "UV_DEFAULT_INDEX",
)  # fmt: skip
LONGEST = 3600  # seconds for one project
ENOUGH = 20
NONE = "setuptools (setup.py alone)"


@dataclass
class Row:
    """A project to build. `requirement` is what is installed, `flags` go before it."""

    name: str
    module: str
    back_end: str
    requirement: str = ""
    rank: int = 0
    exception: str = ""


@dataclass
class Result:
    name: str
    rank: int
    version: str
    back_end: str
    seconds: float
    outcome: str  # "ok", or the last line of the error
    exception: str = ""


class Machine:
    """A cache and environments below one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.environ |= {"WEFT_CACHE_DIR": str(root / "cache"), "LANG": "C.UTF-8"}

    def build(self, row: Row) -> Result:
        """Install into an environment of its own and import."""
        place = self.root / row.name
        self._run([WEFT, "venv", "-q", "--clear", "--python", sys.executable, str(place)])
        words = [WEFT, "pip", "install", "--python", str(place), "--no-binary", row.name]
        start = time.monotonic()
        done = self._run([*words, row.requirement or row.name], check=False)
        seconds = time.monotonic() - start
        (self.root / f"{row.name}.log").write_bytes(done.stderr)
        found = sorted(place.glob("lib/python*/site-packages/*.dist-info"))
        mine = [path for path in found if normal(path.name.split("-")[0]) == row.name]
        version = mine[0].name.removesuffix(".dist-info").split("-")[1] if mine else "?"
        outcome = "ok"
        if done.returncode:
            said = done.stderr.decode(errors="replace")
            outcome = last_cause(said.replace(f"{self.root}/", ""))
        elif not mine or not (mine[0] / "uv_build.json").exists():
            outcome = "was not built from source"
        else:
            imported = self._run(
                [str(place / "bin/python"), "-I", "-c", f"import {row.module}"], check=False
            )
            if imported.returncode:
                outcome = f"import failed: {imported.stderr.decode().splitlines()[-1]}"
        back_end = self.back_end(row.name) or row.back_end
        return Result(row.name, row.rank, version, back_end, seconds, outcome, row.exception)

    def _run(self, words: list[str], *, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            words, env=self.environ, cwd=self.root, capture_output=True, check=check,
            timeout=LONGEST,
        )  # fmt: skip

    def back_end(self, name: str) -> str:
        """What the archive in the cache says, "" where there is none."""
        for path in sorted((self.root / "cache").glob(f"sources-v1/*/{name}/**/*")):
            if path.is_file() and tarfile.is_tarfile(path):
                return declared_back_end(path)
        return ""


def declared_back_end(archive: Path) -> str:
    """`build-backend` of the `pyproject.toml` at the top."""
    with tarfile.open(archive) as packed:
        for member in packed:
            parts = member.name.split("/")
            if len(parts) == 2 and parts[1] == "pyproject.toml":
                file = packed.extractfile(member)
                assert file is not None
                system = tomllib.loads(file.read().decode()).get("build-system", {})
                return str(system.get("build-backend", "setuptools (no build-backend)"))
    return NONE


def normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def last_cause(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    causes = [line for line in lines if line.startswith(("cause:", "error:"))]
    return causes[-1] if causes else (lines[-1] if lines else "no output")


def ranked() -> list[Row]:
    with open(HERE / "sdists.toml", "rb") as file:
        return [Row(**table) for table in tomllib.load(file)["project"]]


def compiled(root: Path) -> list[Row]:
    """Projects of our own for back ends that compile, the smallest that have something to do."""
    rows = []
    for name, (back_end, files) in COMPILED.items():
        tree = root / "projects" / name
        for path, text in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        rows.append(Row(name, name.replace("-", "_"), back_end, requirement=str(tree)))
    return rows


C_MODULE = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "%s", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_%s(void) { return PyModule_Create(&module); }
"""


def pyproject(name: str, requires: str, back_end: str, more: str = "") -> str:
    return (
        f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{back_end}"\n'
        f'[project]\nname = "{name}"\nversion = "1.0"\n{more}'
    )


COMPILED = {
    "with-meson": (
        "mesonpy",
        {
            "pyproject.toml": pyproject("with-meson", "meson-python", "mesonpy"),
            "meson.build": (
                "project('with-meson', 'c', version: '1.0')\n"
                "import('python').find_installation(pure: false)"
                ".extension_module('with_meson', 'module.c', install: true)\n"
            ),
            "module.c": C_MODULE % ("with_meson", "with_meson"),
        },
    ),
    "with-cmake": (
        "scikit_build_core.build",
        {
            "pyproject.toml": pyproject(
                "with-cmake", "scikit-build-core", "scikit_build_core.build"
            ),
            "CMakeLists.txt": (
                "cmake_minimum_required(VERSION 3.15...3.30)\n"
                "project(with_cmake LANGUAGES C)\n"
                "find_package(Python COMPONENTS Interpreter Development.Module REQUIRED)\n"
                "Python_add_library(with_cmake MODULE module.c WITH_SOABI)\n"
                "install(TARGETS with_cmake DESTINATION .)\n"
            ),
            "module.c": C_MODULE % ("with_cmake", "with_cmake"),
        },
    ),
    "with-maturin": (
        "maturin",
        {
            "pyproject.toml": pyproject(
                "with-maturin", "maturin>=1.9,<2", "maturin",
                'dependencies = ["cffi"]\n[tool.maturin]\nbindings = "cffi"\n',
            ),
            "Cargo.toml": (
                '[package]\nname = "with-maturin"\nversion = "1.0.0"\nedition = "2021"\n'
                '[lib]\nname = "with_maturin"\ncrate-type = ["cdylib"]\n'
            ),
            "src/lib.rs": "#[no_mangle]\npub extern \"C\" fn answer() -> i32 { 42 }\n",
            "with_maturin/__init__.py": (
                "from with_maturin.with_maturin import lib\nassert lib.answer() == 42\n"
            ),
        },
    ),
}  # fmt: skip


def table(results: list[Result]) -> str:
    head = f"{'rank':>4}  {'project':20} {'version':12} {'back end':32} {'seconds':>8}  outcome"
    lines = [head]
    for each in results:
        rank = str(each.rank or "-")
        lines.append(
            f"{rank:>4}  {each.name:20} {each.version:12} {each.back_end:32} "
            f"{each.seconds:8.1f}  {each.outcome}"
        )
    return "\n".join(lines)


def main(wanted: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="weft-sdists-") as directory:
        root = Path(os.environ.get("WEFT_SDISTS_ROOT", directory))
        machine = Machine(root)
        rows = [row for row in (*ranked(), *compiled(root)) if not wanted or row.name in wanted]
        results = []
        for row in rows:
            results.append(machine.build(row))
            print(table(results[-1:]).splitlines()[-1], flush=True)
    print(f"\n{table(results)}")
    good = sum(each.outcome == "ok" for each in results if each.rank)
    count = sum(1 for each in results if each.rank)
    print(f"\n{good} of {count} ranked projects were built, installed and imported")
    for row, result in zip(rows, results, strict=True):
        if row.back_end != result.back_end:
            print(f"{row.name}: sdists.toml says `{row.back_end}`, found `{result.back_end}`")
    if wanted:
        return 0 if all(each.outcome == "ok" for each in results) else 1
    target = HERE / "results" / "sdists.json"
    target.write_text(json.dumps([asdict(each) for each in results], indent=2) + "\n")
    return 0 if good >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
