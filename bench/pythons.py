"""Workloads of Pythons: finding one, and listing ten.

Owns the search paths: ten interpreters, each a program of its own in a directory of its own, and
where pyenv is installed the same machine as it looks through pyenv's shims. They are what this
machine has; where that is less than ten some of them are copies under another path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.__main__ import Workbench
    from bench.measure import Contender

COUNT = 10


def find(bench: Workbench) -> list[Contender]:
    """`python find` on a search path with ten interpreters: at most 1.2."""
    return _contenders(bench, _ten(bench), "find")


def find_version(bench: Workbench) -> list[Contender]:
    """`python find` of the last one's version: at most 1.2."""
    path = _ten(bench)
    last = Path(path.split(os.pathsep)[-1])
    [name] = [each.name for each in last.iterdir() if "." in each.name]
    return _contenders(bench, path, "find", name.removeprefix("python"))


def listing(bench: Workbench) -> list[Contender]:
    """`python list` with ten interpreters: at most 0.3."""
    return _contenders(bench, _ten(bench), "list")


def listing_installed(bench: Workbench) -> list[Contender]:
    """`python list --only-installed` with ten interpreters, which uv remembers too."""
    return _contenders(bench, _ten(bench), "list", "--only-installed")


def listing_first(bench: Workbench) -> list[Contender]:
    """`python list` with ten interpreters that are met for the first time."""
    made = _contenders(bench, _ten(bench), "list", cache="pythons-first")
    for each in made:

        def before(_number: int, tool: str = each.name) -> None:
            bench.drop(f"pythons-first-{tool}")

        each.before = before
    return made


def listing_shims(bench: Workbench) -> list[Contender]:
    """`python list` with the interpreters of pyenv behind its shims: at most 0.3."""
    return _contenders(bench, _shims(bench), "list")


WORKLOADS = {
    "python-find": find,
    "python-find-version": find_version,
    "python-list": listing,
    "python-list-installed": listing_installed,
    "python-list-first": listing_first,
}
if shutil.which("pyenv"):
    WORKLOADS["python-list-shims"] = listing_shims


def _contenders(
    bench: Workbench, path: str, *words: str, cache: str = "pythons"
) -> list[Contender]:
    from bench.__main__ import TOOLS, contender

    made = []
    for tool in TOOLS:
        made.append(contender(bench, tool, lambda _number: ["python", *words], cache=cache))
        made[-1].environ["PATH"] = path
        _call(TOOLS[tool], "python", *words, environ=made[-1].environ, cwd=bench.root)
    time.sleep(1)  # what is as young as the clock's tick is not trusted
    return made


def _call(*words: str, environ: dict[str, str], cwd: Path) -> None:
    subprocess.run(words, check=True, env=environ, cwd=cwd, capture_output=True)


def _ten(bench: Workbench) -> str:
    """A search path of ten directories, in each one interpreter with its usual names."""
    home = bench.root / "pythons"
    shutil.rmtree(home, ignore_errors=True)
    known = _interpreters()
    for number in range(COUNT):
        program = known[number % len(known)]
        folder = home / f"{number}" / "bin"
        folder.mkdir(parents=True)
        name = f"python{_version(program)}"
        shutil.copy2(program, folder / name)
        for alias in ("python3", "python"):
            (folder / alias).symlink_to(name)
    return os.pathsep.join(str(home / f"{number}" / "bin") for number in range(COUNT))


def _shims(bench: Workbench) -> str:
    """The search path of a machine where all interpreters are behind pyenv's shims."""
    root = bench.root / "pyenv"
    shutil.rmtree(root, ignore_errors=True)
    program = Path(shutil.which("pyenv") or "").resolve()
    shutil.copytree(program.parent.parent / "libexec", root / "libexec", symlinks=True)
    (root / "versions").mkdir()
    told = subprocess.check_output([program, "root"], text=True).strip()
    for each in Path(told).glob("versions/3.*"):
        (root / "versions" / each.name).symlink_to(each)
    names = sorted(os.listdir(root / "versions"), reverse=True)
    (root / "version").write_text("".join(f"{name}\n" for name in names))
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(bench.root), "PYENV_ROOT": str(root)}
    _call(str(root / "libexec" / "pyenv"), "rehash", environ=environ, cwd=bench.root)
    return os.pathsep.join((str(root / "shims"), "/usr/bin", "/bin"))


def _interpreters() -> list[Path]:
    """The programs of this machine that are a Python which both tools can use, newest first."""
    homes = {Path(entry) for entry in os.environ["PATH"].split(os.pathsep) if entry}
    homes |= set(Path.home().glob(".pyenv/versions/*/bin"))
    homes.add(Path(os.path.realpath(sys.executable)).parent)
    found = {
        path.resolve()
        for home in homes
        for path in home.glob("python3.*")
        if path.name[8:].isdigit() and int(path.name[8:]) > 5 and "shims" not in path.parts
    }
    return sorted(found, key=lambda path: (int(path.name[8:]), str(path)), reverse=True)


def _version(program: Path) -> str:
    return program.name.removeprefix("python")
