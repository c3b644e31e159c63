"""`weft run` in projects, beside uv."""

from __future__ import annotations

import marshal
import os
import sys
import time
from pathlib import Path

import pytest

from tests.support.beside_uv import Twins
from tests.support.commands import Weft
from tests.support.index_server import IndexServer

PROJECT = """\
[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["lantern"]

[project.optional-dependencies]
x = ["mirror"]

[dependency-groups]
dev = ["wick<2"]
heat = ["oil<3"]
"""
VERSION = "import importlib.metadata as m; print(m.version({!r}))"


def alike(twins: Twins, *words: str, cwd: str = ".", **environ: str) -> tuple[int, str, str]:
    """Both end the same way, say the same and leave the same files."""
    theirs = twins.outcome("uv", *words, cwd=cwd, **environ)
    ours = twins.outcome("weft", *words, cwd=cwd, **environ)
    assert (ours.code, ours.out, ours.err) == (theirs.code, theirs.out, theirs.err)
    assert ours.files.get("uv.lock") == theirs.files.get("uv.lock")
    return ours.code, ours.out, ours.err


@pytest.fixture
def twins(tmp_path: Path, index: IndexServer) -> Twins:
    found = Twins(tmp_path / "twins", index.url)
    found.write("pyproject.toml", PROJECT)
    found.write("main.py", "import lantern, sys; print(sys.prefix, sys.argv)")
    return found


def test_the_environment_is_brought_up_to_date_first(twins: Twins) -> None:
    told = alike(twins, "run", "main.py", "x")
    assert told[:2] == (0, "<work>/.venv ['main.py', 'x']\n")
    assert alike(twins, "run", "main.py") == (0, "<work>/.venv ['main.py']\n", "")
    assert alike(twins, "run", "lantern") == (0, "light\n", "")
    assert alike(twins, "run", "python", "-c", VERSION.format("wick"))[1] == "1.5\n"
    twins.write("pyproject.toml", PROJECT.replace('"lantern"', '"lantern", "mirror"'))
    assert alike(twins, "run", "python", "-c", "import mirror")[0] == 0


@pytest.mark.parametrize(
    "flags",
    [
        ("--extra x",), ("--all-extras",), ("--group heat", ""), ("--group heat", "--exact"),
        ("--only-group heat",), ("--no-dev",), ("--all-groups", "--no-dev --exact"),
        ("--extra nosuch",), ("--group nosuch",), ("--locked",), ("--frozen",),
        ("", "--locked", "--frozen"), ("--no-sync",), ("--package demo",), ("--package nosuch",),
        ("--all-packages",), ("--no-project",), ("--isolated", "--isolated --extra x"),
        ("--with mirror", "--with mirror", "--with oil==1"),
    ],
    ids=" then ".join,
)  # fmt: skip
def test_options_mean_what_they_mean_to_uv(twins: Twins, flags: tuple[str, ...]) -> None:
    listing = (
        "import importlib.metadata as m; "
        "print(sorted((d.name, d.version) for d in m.distributions() if d.name != 'pip'))"
    )
    for each in flags:
        alike(twins, "run", *each.split(), "python", "-I", "-c", listing)


def test_pythons_are_chosen_as_by_uv(twins: Twins) -> None:
    alike(twins, "run", "python", "-c", "print(1)")
    alike(twins, "run", "-p", "nosuchpython", "python", "-c", "print(1)")
    twins.write(".python-version", "3.99\n")
    alike(twins, "run", "--no-config", "python", "-c", "print(1)")
    twins.write("pyproject.toml", PROJECT.replace(">=3.11", ">=3.99"))
    alike(twins, "run", "python", "-c", "print(1)")


def test_another_active_environment_is_told_about(twins: Twins) -> None:
    alike(twins, "run", "python", "-c", "print(1)")
    for name in ("uv", "weft"):
        assert twins.run_one(name, "venv", "-q", "other").code == 0
    show = "import sys; print(sys.prefix)"
    found = []
    for name in ("uv", "weft"):
        active = str(twins.places[name] / "other")
        for flag in ((), ("--active",), ("--no-active",)):
            each = twins.outcome(name, "run", *flag, "python", "-c", show, VIRTUAL_ENV=active)
            found.append((each.code, each.out, each.err))
    assert found[:3] == found[3:]
    assert found[4][1] == "<work>/other\n"


def test_the_project_of_a_script_is_the_one_around_it(twins: Twins) -> None:
    twins.write("inner/pyproject.toml", PROJECT.replace("demo", "inner").replace("lantern", "oil"))
    twins.write("inner/deep/s.py", "import sys; print(sys.prefix)")
    assert alike(twins, "run", "inner/deep/s.py")[1] == "<work>/inner/.venv\n"
    assert alike(twins, "run", "s.py", cwd="inner/deep")[1] == "<work>/inner/.venv\n"
    where = ("--project", ".", "inner/deep/s.py")
    assert alike(twins, "run", *where)[1] == "<work>/.venv\n"
    assert alike(twins, "run", "--directory", "inner", "deep/s.py")[1] == "<work>/inner/.venv\n"


def test_an_unmanaged_project_is_none(twins: Twins) -> None:
    twins.write("pyproject.toml", PROJECT + "[tool.uv]\nmanaged = false\n")
    alike(twins, "run", "-p", sys.executable, "python", "-c", "print(1)")
    assert not (twins.places["weft"] / ".venv").exists()


def test_members_of_a_workspace_are_run_by_name(twins: Twins) -> None:
    top = '[project]\nname = "top"\nversion = "1"\nrequires-python = ">=3.11"\n'
    twins.write("pyproject.toml", f'{top}[tool.uv.workspace]\nmembers = ["part"]\n')
    twins.write("part/pyproject.toml", PROJECT.replace("demo", "part"))
    show = ("python", "-c", "import lantern; print(1)")
    alike(twins, "run", "--package", "part", *show)
    alike(twins, "run", "--package", "top", "--exact", "python", "-c", "print(2)")
    alike(twins, "run", "--all-packages", *show)
    alike(twins, "run", "--exact", *show, cwd="part")
    alike(twins, "run", "--package", "none", "x")


@pytest.fixture
def weft(tmp_path: Path, index: IndexServer) -> Weft:
    """A project with a member, in which there was nothing to do, which is remembered."""
    found = Weft(tmp_path / "alone", index.url)
    found.environ["WEFT_PYTHON"] = sys.executable
    top = '[project]\nname = "top"\nversion = "1"\nrequires-python = ">=3.11"\n'
    needs = 'dependencies = ["wick<2"]\n[tool.uv.workspace]\nmembers = ["parts/*"]\n'
    (found.cwd / "pyproject.toml").write_text(top + needs)
    part = found.cwd / "parts" / "one"
    part.mkdir(parents=True)
    (part / "pyproject.toml").write_text(top.replace("top", "one"))
    for _ in range(3):
        found.ok("run", "python", "-c", "print('run')")
        time.sleep(0.06)
    (path,) = (found.cache / "installed-v1").glob("run-*")
    fake = found.root / "fake"
    fake.write_text("#!/bin/sh\necho remembered\n")
    fake.chmod(0o755)
    path.write_bytes(leading_to(fake, path.read_bytes()))
    assert found.ok("run", "python", "-c", "print('run')").out == "remembered\n"
    return found


def leading_to(program: Path, kept: bytes) -> bytes:
    """What is remembered, with another program to run."""
    form, (_, *where), stamps = marshal.loads(kept)
    return marshal.dumps((form, (str(program), *where), stamps))


def test_what_is_remembered_of_a_project_ends_with_any_change_of_it(weft: Weft) -> None:
    def now() -> str:
        return weft.ok("run", "python", "-c", "print('run')").out

    (path,) = (weft.cache / "installed-v1").glob("run-*")
    kept = path.read_bytes()
    places = {
        "pyproject.toml": lambda target: os.utime(target),
        "uv.lock": lambda target: os.utime(target),
        "parts/one/pyproject.toml": lambda target: os.utime(target),
        ".venv/pyvenv.cfg": lambda target: os.utime(target),
        ".python-version": lambda target: target.write_text(sys.executable),
        "parts/.x": lambda target: target.write_text(""),
        "uv.toml": lambda target: target.write_text(""),
    }
    for name, change in places.items():
        path.write_bytes(kept)
        assert now() == "remembered\n", name
        change(weft.cwd / name)
        assert now() == "run\n", name
        time.sleep(0.06)
        now()
        (renewed,) = (weft.cache / "installed-v1").glob("run-*")
        kept = leading_to(weft.root / "fake", renewed.read_bytes())


def test_a_member_that_comes_is_seen(weft: Weft) -> None:
    other = weft.cwd / "parts" / "two"
    other.mkdir()
    (other / "pyproject.toml").write_text('[project]\nname = "two"\nversion = "1"\n')
    assert weft.ok("run", "python", "-c", "print('run')").out == "run\n"
    assert 'name = "two"' in (weft.cwd / "uv.lock").read_text()


def test_a_package_that_goes_comes_back(weft: Weft) -> None:
    weft.ok("pip", "uninstall", "-q", "wick", WEFT_PYTHON=str(weft.cwd / ".venv"))
    done = weft.ok("run", "python", "-c", "import wick; print('run')")
    assert done.out == "run\n"
    assert done.err.startswith("Installed 1 package")
