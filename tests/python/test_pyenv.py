"""Shims of pyenv lead where pyenv would lead."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.python.conftest import script
from weft.core.errors import WeftError
from weft.python.discovery import find
from weft.python.interpreter import Interpreter
from weft.python.pyenv import see_through
from weft.python.request import PythonRequest
from weft.store.store import Store


class Pyenv:
    """The layout of pyenv, with programs that are not really there to be run."""

    def __init__(self, root: Path) -> None:
        self.root = root / "pyenv"
        script(self.root / "libexec" / "pyenv", "exit 99")
        for name in ("python", "python3", "python3.12", "python3.13"):
            script(self.root / "shims" / name, "exit 99")
        for version in ("3.12.1", "3.12.10", "3.13.0", "3.13.1t", "pypy3.10-7.3.15"):
            minor = ".".join(version.split(".")[:2])
            for name in ("python", "python3", f"python{minor}"):
                script(self.root / "versions" / version / "bin" / name, "exit 99")
        self.cwd = root / "work" / "deep"
        self.cwd.mkdir(parents=True)
        self.system = root / "system"
        self.choose("3.12.1")

    def choose(self, text: str) -> None:
        (self.root / "version").write_text(text)

    def leads(self, name: str, **environ: str) -> str | None:
        path = os.pathsep.join((str(self.root / "shims"), str(self.system)))
        shim = str(self.root / "shims" / name)
        found = see_through(shim, environ={"PATH": path, **environ}, cwd=str(self.cwd))
        return found and os.path.relpath(found, self.root / "versions")


@pytest.fixture
def pyenv(tmp_path: Path) -> Pyenv:
    return Pyenv(tmp_path)


def test_the_global_version_holds_by_default(pyenv: Pyenv) -> None:
    assert pyenv.leads("python") == "3.12.1/bin/python"
    assert pyenv.leads("python3.12") == "3.12.1/bin/python3.12"


def test_a_version_that_is_not_selected_leads_nowhere(pyenv: Pyenv) -> None:
    assert pyenv.leads("python3.13") is None


def test_several_versions_are_looked_through_in_order(pyenv: Pyenv) -> None:
    pyenv.choose("3.12.1\n# a comment\n\n3.13.0 with a remark\n")
    assert pyenv.leads("python") == "3.12.1/bin/python"
    assert pyenv.leads("python3.13") == "3.13.0/bin/python3.13"


def test_the_nearest_file_wins_over_the_global_one_and_the_variable_over_both(
    pyenv: Pyenv,
) -> None:
    (pyenv.cwd.parent / ".python-version").write_text("3.13.0\n")
    assert pyenv.leads("python") == "3.13.0/bin/python"
    assert pyenv.leads("python", PYENV_VERSION="3.12.10:3.13.0") == "3.12.10/bin/python"
    elsewhere = pyenv.cwd.parent.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".python-version").write_text("3.12.10\n")
    assert pyenv.leads("python", PYENV_DIR=str(elsewhere)) == "3.12.10/bin/python"


def test_a_prefix_stands_for_its_newest_release(pyenv: Pyenv) -> None:
    assert pyenv.leads("python", PYENV_VERSION="3.12") == "3.12.10/bin/python"
    assert pyenv.leads("python", PYENV_VERSION="python-3.12.1") == "3.12.1/bin/python"
    assert pyenv.leads("python", PYENV_VERSION="3.13t") == "3.13.1t/bin/python"
    assert pyenv.leads("python", PYENV_VERSION="pypy3.10") == "pypy3.10-7.3.15/bin/python"
    assert pyenv.leads("python", PYENV_VERSION="3.99") is None


def test_a_version_file_cannot_lead_out_of_the_versions(pyenv: Pyenv) -> None:
    pyenv.choose("../../evil\n..\n3.13.0\n")
    assert pyenv.leads("python") == "3.13.0/bin/python"


def test_the_system_is_what_is_behind_the_shims(pyenv: Pyenv) -> None:
    behind = script(pyenv.system / "python", "exit 99")
    pyenv.choose("system")
    assert pyenv.leads("python") == os.path.relpath(behind, pyenv.root / "versions")
    pyenv.choose("")
    assert pyenv.leads("python") == os.path.relpath(behind, pyenv.root / "versions")
    pyenv.choose("3.12.1")
    script(pyenv.system / "python3.13", "exit 99")
    assert pyenv.leads("python3.13") is not None


def test_a_program_elsewhere_is_no_shim(pyenv: Pyenv, tmp_path: Path) -> None:
    path = script(tmp_path / "shims" / "python", "exit 99")
    assert see_through(path, environ={}, cwd="/") == path


def test_shims_are_seen_through_without_being_run(
    pyenv: Pyenv, own: Interpreter, store: Store
) -> None:
    version = own.version
    target = pyenv.root / "versions" / version / "bin" / "python3"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.symlink_to(own.executable)
    pyenv.choose(version)
    environ = {"PATH": str(pyenv.root / "shims"), "HOME": str(pyenv.cwd)}
    request = PythonRequest.parse("python3")
    found = find(request, environ=environ, cwd=str(pyenv.cwd), store=store)
    assert found.executable == str(target)


def test_a_version_that_pyenv_has_but_does_not_offer_is_pointed_out(
    pyenv: Pyenv, store: Store
) -> None:
    environ = {"PATH": "", "HOME": str(pyenv.cwd), "PYENV_ROOT": str(pyenv.root)}
    with pytest.raises(WeftError) as caught:
        find(PythonRequest.parse("3.12"), environ=environ, cwd=str(pyenv.cwd), store=store)
    path = pyenv.root / "versions" / "3.12.10" / "bin" / "python"
    assert caught.value.hints == (
        f"pyenv has 3.12.10, which is not selected here; use it with `--python {path}`",
    )


REAL = shutil.which("pyenv")
ROOT = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))

if REAL is not None:  # it is not something that this project needs

    @pytest.mark.parametrize("version", ["", "newest", "all", "system"])
    @pytest.mark.parametrize("name", ["python", "python3.12"])
    def test_the_real_pyenv_agrees(version: str, name: str, tmp_path: Path) -> None:
        installed = sorted(path.name for path in (ROOT / "versions").iterdir())
        chosen = {"newest": installed[-1].rpartition(".")[0], "all": ":".join(installed)}
        environ = {**os.environ, "PYENV_VERSION": chosen.get(version, version)}
        argv = [str(REAL), "which", name]
        said = subprocess.run(argv, cwd=tmp_path, env=environ, capture_output=True, text=True)
        shim = ROOT / "shims" / name
        if shim.exists():
            found = see_through(str(shim), environ=environ, cwd=str(tmp_path))
            assert found == (said.stdout.strip() or None)
