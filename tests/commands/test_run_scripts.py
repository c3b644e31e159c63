"""`weft run` on scripts that say what they need (PEP 723), and with packages laid over."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.backends import make_project
from tests.support.beside_uv import Twins
from tests.support.commands import Weft
from tests.support.index_server import IndexServer

VERSION = "import importlib.metadata as m; print(m.version({!r}))"


def script(body: str, block: str) -> str:
    lines = "".join(f"# {line}".rstrip() + "\n" for line in block.splitlines())
    return f"# /// script\n{lines}# ///\n{body}\n"


@pytest.fixture
def twins(tmp_path: Path, index: IndexServer) -> Twins:
    found = Twins(tmp_path / "twins", index.url)
    found.environ["PATH"] += f"{os.pathsep}/usr/bin{os.pathsep}/bin"
    return found


def alike(twins: Twins, *words: str, cwd: str = ".", **environ: str) -> tuple[int, str, str]:
    """Both end the same way, and say the same; where the cache lies is not compared."""
    found = []
    for name in ("uv", "weft"):
        each = twins.outcome(name, *words, cwd=cwd, **environ)
        found.append((each.code, each.out, each.err))
    assert found[1] == found[0]
    return found[1]


def test_a_script_gets_an_environment_of_its_own(twins: Twins) -> None:
    show = "import lantern, os, sys; print(os.environ['VIRTUAL_ENV'] == sys.prefix, len(sys.path))"
    twins.write("s.py", script(show, 'requires-python = ">=3.11"\ndependencies = ["lantern"]'))
    assert alike(twins, "run", "s.py") == (0, "True 6\n", "Installed 3 packages in T\n")
    assert alike(twins, "run", "s.py") == (0, "True 6\n", "")
    twins.write("s.py", script(show, 'dependencies = ["lantern", "mirror"]'))
    assert alike(twins, "run", "s.py")[2] == "Installed 1 package in T\n"
    twins.write("s.py", script(show, 'dependencies = ["lantern", "wick<2"]'))
    told = "Uninstalled 1 package in T\nInstalled 1 package in T\n"
    assert alike(twins, "run", "s.py")[2] == told
    # What is not required any more stays, unless it is to go.
    alike(twins, "run", "--exact", "s.py")
    alike(twins, "run", "-q", "s.py")


@pytest.mark.parametrize(
    "block",
    [
        'dependencies = ["nosuch"]',
        'dependencies = ["foo bar"]',
        'dependencies = ["wick>3"]',
        "dependencies = [",
        'requires-python = ">=3.99"\ndependencies = []',
        'dependencies = []\nrequires-python = "<3.99"',
        'dependencies = ["wick"]\n[tool.uv]\nconstraint-dependencies = ["wick<1.5"]',
        'dependencies = ["lantern"]\n[tool.uv]\noverride-dependencies = ["wick==1"]',
        'dependencies = ["lantern"]\n[tool.uv]\nno-index = true',
        'dependencies = ["wick"]\n[tool.uv]\nresolution = "lowest"',
        'dependencies = ["wick"]\n[tool.uv.sources]\nwick = { path = "../../../wheels/none.whl" }',
        "[tool.other]\nx = 1",
    ],
)
def test_what_a_script_says_counts_as_in_uv(twins: Twins, block: str) -> None:
    twins.write("s.py", script("try:\n    import wick, importlib.metadata as m\n"
                               "    print(m.version('wick'))\n"
                               "except ImportError:\n    print('none')", block))  # fmt: skip
    theirs = twins.outcome("uv", "run", "s.py")
    ours = twins.outcome("weft", "run", "s.py")
    assert (ours.code, ours.out) == (theirs.code, theirs.out)
    assert ours.err.splitlines()[:1] == theirs.err.splitlines()[:1]


def test_a_block_that_is_not_closed_is_an_error(twins: Twins) -> None:
    twins.write("s.py", "# /// script\n# dependencies = []\nprint(1)\n")
    assert alike(twins, "run", "s.py")[0] == 2


@pytest.mark.parametrize(
    "flags",
    [
        "--extra x", "--group y", "--no-dev", "--all-groups", "--locked", "--frozen", "--no-sync",
        "--all-packages", "--package foo", "--isolated", "--active", "--exact",
    ],
)  # fmt: skip
def test_options_about_projects_mean_nothing_to_scripts(twins: Twins, flags: str) -> None:
    twins.write("s.py", script("print('run')", "dependencies = []"))
    alike(twins, "run", *flags.split(), "s.py")


def test_a_lock_beside_the_script_counts(twins: Twins) -> None:
    body, python = VERSION.format("wick"), 'requires-python = ">=3.11"\n'
    twins.write("deep/s.py", script(body, f'{python}dependencies = ["wick<2"]'))
    alike(twins, "lock", "--script", "deep/s.py")
    assert alike(twins, "run", "deep/s.py") == (0, "1.5\n", "Installed 1 package in T\n")
    assert alike(twins, "run", "--locked", "deep/s.py") == (0, "1.5\n", "")
    assert alike(twins, "run", "--frozen", "deep/s.py") == (0, "1.5\n", "")
    twins.write("deep/s.py", script(body, f'{python}dependencies = ["wick"]'))
    assert alike(twins, "run", "--frozen", "deep/s.py") == (0, "1.5\n", "")
    assert twins.run_one("weft", "run", "--locked", "deep/s.py").code == 1
    alike(twins, "run", "deep/s.py")
    assert twins.files("weft")["deep/s.py.lock"] == twins.files("uv")["deep/s.py.lock"]


def test_the_active_environment_serves_if_that_is_asked_for(twins: Twins) -> None:
    twins.write("s.py", script("import wick, sys; print(sys.prefix)", 'dependencies = ["wick"]'))
    for name in ("uv", "weft"):
        assert twins.run_one(name, "venv", "-q", "other").code == 0
    found = []
    for name in ("uv", "weft"):
        active = str(twins.places[name] / "other")
        for words in ((), ("--active",), ("--no-active",)):
            each = twins.outcome(name, "run", *words, "s.py", VIRTUAL_ENV=active)
            at_home = each.out.startswith("<work>/other")
            found.append((name, each.code, at_home, each.err))
    assert [each[1:] for each in found[:3]] == [each[1:] for each in found[3:]]
    assert [each[2] for each in found[:3]] == [False, True, False]


@pytest.fixture
def weft(tmp_path: Path, index: IndexServer) -> Weft:
    return Weft(tmp_path / "alone", index.url)


def test_a_script_from_stdin_or_a_url_says_what_it_needs(weft: Weft, index: IndexServer) -> None:
    text = script("import sys, wick; print(sys.argv[1:], wick.__name__)", 'dependencies = ["wick"]')
    done = subprocess.run(
        [sys.executable, "-m", "weft", "run", "-", "a"],
        cwd=weft.cwd, env=weft.environ, input=text, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "['a'] wick\n"), done.stderr
    (Path(index.directory) / "remote.py").write_text(text)
    url = index.file_url("remote.py")
    found = weft("run", url, "b")
    assert (found.code, found.out) == (0, "['b'] wick\n"), found.err
    missing = weft("run", url.replace("remote", "absent"))
    assert missing.code == 2
    assert "Traceback" not in missing.err


def test_a_script_is_run_in_the_project_that_it_lies_in(weft: Weft) -> None:
    inside = weft.cwd / "project" / "deep"
    inside.mkdir(parents=True)
    (inside / "s.py").write_text("import sys; print(sys.prefix)")
    (inside.parent / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    found = weft.ok("run", "project/deep/s.py")
    assert found.out.strip() == str(inside.parent / ".venv")
    assert not (weft.cwd / ".venv").exists()
    (inside / "s.py").write_text(script("import sys; print(sys.prefix)", "dependencies = []"))
    assert str(weft.cache) in weft.ok("run", "project/deep/s.py").out


def test_an_environment_in_use_survives_a_prune_and_others_do_not(weft: Weft) -> None:
    wait = "import sys, time; print(sys.prefix, flush=True); time.sleep({})"
    for name, seconds in (("busy", 60), ("idle", 0)):
        (weft.cwd / f"{name}.py").write_text(
            script(wait.format(seconds), 'dependencies = ["wick"]')
        )
    idle = Path(weft.ok("run", "idle.py").out.strip())
    process = weft.start("run", "busy.py")
    busy = Path(process.stdout.readline().strip())  # type: ignore[union-attr]
    assert idle.is_dir()
    weft.ok("cache", "prune", "--ci")
    assert (busy.is_dir(), idle.exists()) == (True, False)
    process.kill()
    process.communicate()
    weft.ok("cache", "prune", "--ci")
    assert not busy.exists()
    assert weft.ok("run", "idle.py").out.strip() == str(idle)


def test_packages_are_laid_over_the_environment_below(twins: Twins) -> None:
    for name in ("uv", "weft"):
        assert twins.run_one(name, "venv", "-q").code == 0
        assert twins.run_one(name, "pip", "install", "-q", "wick==1.0", "mirror").code == 0
    first = ("run", "--with", "wick>=1.5,<2,lantern", "--with", "oil")
    show = VERSION.format("wick") + "; import lantern, mirror, oil"
    told = (0, "1.5\n", "Installed 3 packages in T\n")
    assert alike(twins, *first, "python", "-c", show) == told
    assert alike(twins, *first, "python", "-c", show) == (0, "1.5\n", "")
    assert alike(twins, *first, "lantern") == (0, "light\n", "")
    assert alike(twins, "run", "--with", "wick", "python", "-c", VERSION.format("wick"))[1:] == (
        "1.0\n", "",
    )  # fmt: skip
    paths = (
        "import os, sys; inside = [p for p in sys.path if p.endswith('site-packages')]; "
        "print(len(inside), inside[0].startswith(sys.prefix), inside[-1], "
        "os.environ['VIRTUAL_ENV'] == sys.prefix)"
    )
    alike(twins, *first, "python", "-c", paths)
    twins.write("more.txt", "oil<3\n")
    alike(twins, "run", "--with-requirements", "more.txt", "python", "-c", VERSION.format("oil"))
    alike(twins, "run", "--with", "nosuch", "python")
    alike(twins, "run", "--with", "wick>9", "python")
    alike(twins, "run", *first[1:])


def test_programs_of_the_environment_below_see_what_lies_over_it(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "lantern")
    program = weft.cwd / ".venv" / "bin" / "lantern"
    text = program.read_text()
    program.write_text(re.sub(r"\nimport sys\n", "\nimport sys, mirror\n", text, count=1))
    assert weft("run", "lantern").code == 1
    assert weft.ok("run", "--with", "mirror", "lantern").out == "light\n"
    program.unlink()
    assert weft("run", "--with", "mirror", "lantern").code == 2


def test_a_project_can_be_laid_over_so_that_it_can_be_edited(weft: Weft) -> None:
    weft.venv()
    tree = make_project(weft.cwd / "tree", "in-tree", "tree", "1.0")
    done = weft("run", "--with-editable", "./tree", "python", "-c", VERSION.format("tree"))
    assert (done.code, done.out) == (0, "1.0\n"), done.err
    assert Path(tree).is_dir()


def test_a_lock_file_can_be_laid_over(weft: Weft) -> None:
    weft.venv()
    (weft.cwd / "in.txt").write_text("lantern==0.9\n")
    weft.ok("pip", "compile", "-q", "in.txt", "-o", "pylock.toml")
    show = VERSION.format("lantern")
    done = weft.ok("run", "--with-requirements", "pylock.toml", "python", "-c", show)
    assert done.out == "0.9\n"


def test_nothing_is_left_of_an_isolated_run_or_one_without_cache(weft: Weft) -> None:
    weft.venv()
    show = "import sys, wick; print(sys.prefix)"
    for flag in ("--isolated", "--no-cache"):
        prefix = Path(weft.ok("run", flag, "--with", "wick", "python", "-c", show).out.strip())
        assert prefix != weft.cwd / ".venv"
        assert not prefix.exists()
