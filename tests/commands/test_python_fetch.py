"""Commands that need a Python fetch one by themselves, or say what would have been fetched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.test_python_install import MINOR, NEW, NEXT, Machine
from tests.commands.test_python_install_like_uv import Both
from tests.support.commands import SOURCE
from tests.support.index_server import IndexServer
from tests.support.python_mirror import PythonMirror, archive

PROJECT = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.12,<3.13"\n'


@pytest.fixture
def mirror() -> Iterator[PythonMirror]:
    with PythonMirror() as server:
        server.add("3.12.1", archive("3.12.1"))
        server.add("3.13.0", archive("3.13.0"))
        yield server


@pytest.fixture
def machine(tmp_path: Path, mirror: PythonMirror) -> Machine:
    made = Machine(tmp_path)
    mirror.table(made.table)
    return made


@pytest.fixture
def both(tmp_path: Path, mirror: PythonMirror) -> Both:
    return Both(tmp_path, mirror)


def test_venv_fetches_what_is_missing(machine: Machine, mirror: PythonMirror) -> None:
    done = machine("venv", "--python", "3.12")
    assert done.code == 0, done.err
    assert machine.installed() == sorted((MINOR, NEW))
    link = os.readlink(machine.cwd / ".venv" / "bin" / "python")
    assert link == f"{machine.pythons}/{MINOR}/bin/python3.12"
    assert os.listdir(machine.bin) == []  # executables are for `python install`
    again = machine("venv", "--clear", "--python", "3.12", "--offline")
    assert again.code == 0, again.err
    assert len(mirror.asked) == 1


def test_venv_fetches_the_newest_where_nothing_is_asked_for(machine: Machine) -> None:
    done = machine("venv")
    assert done.code == 0, done.err
    assert NEXT in machine.installed()


def test_a_project_gets_the_python_that_it_needs(machine: Machine) -> None:
    (machine.cwd / "pyproject.toml").write_text(PROJECT)
    done = machine("sync")
    assert done.code == 0, done.err
    assert machine.installed() == sorted((MINOR, NEW))
    done = machine("run", "python", "-c", "import sys; print(sys.version_info[:2])")
    assert done.out == "(3, 12)\n"


def test_run_fetches_for_itself(machine: Machine) -> None:
    code = "import sys; print(sys.base_prefix)"
    done = machine("run", "--no-project", "--python", "3.13", "python", "-c", code)
    assert done.code == 0, done.err
    assert NEXT in machine.installed()


def test_scripts_get_their_python(machine: Machine) -> None:
    script = machine.cwd / "script.py"
    script.write_text(
        '# /// script\n# requires-python = "==3.12.*"\n# dependencies = []\n# ///\n'
        "import sys\nprint(sys.version_info[:2])\n"
    )
    done = machine("run", "script.py")
    assert (done.code, done.out) == (0, "(3, 12)\n"), done.err


def test_tools_get_their_python(machine: Machine, tmp_path: Path, index: IndexServer) -> None:
    words = ("tool", "run", "--python", "3.12", "lantern")
    done = machine(*words, WEFT_DEFAULT_INDEX=index.url)
    assert (done.code, done.out) == (0, "light\n"), done.err
    assert machine.installed() == sorted((MINOR, NEW))


def test_a_python_that_does_not_start_is_no_reason_not_to_fetch(machine: Machine) -> None:
    broken = machine.bin / "python3.12"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    done = machine("venv", "--python", "3.12")
    assert done.code == 0, done.err
    assert machine.installed() == sorted((MINOR, NEW))


def test_managed_ones_alone_on_request(machine: Machine) -> None:
    (machine.bin / "python3").symlink_to(os.path.realpath(sys.executable))
    assert machine("venv", "--clear").code == 0
    assert machine.installed() == []
    done = machine("venv", "--clear", "--managed-python")
    assert done.code == 0, done.err
    assert NEXT in machine.installed()


def test_what_uv_tells_of_a_download_that_fails(both: Both, mirror: PythonMirror) -> None:
    mirror.add("3.12.1", archive("3.12.1"), sha256="0" * 64)
    mirror.table(Path(both.table))
    assert both.same("venv", "--python", "3.12")[0] == 2
    mirror.cut = 100
    codes = {name: both.told(name, "venv", "--python", "3.13")[0] for name in both.places}
    assert codes == {"weft": 2, "uv": 2}


def test_the_table_of_the_library_is_missing(machine: Machine, tmp_path: Path) -> None:
    """As where weft runs out of its sources alone."""
    done = machine.bare("venv", "--python", "3.12", WEFT_PYTHON_DOWNLOADS_JSON_URL="")
    assert done.code == 2
    assert done.lines[0].startswith("error: No interpreter found for Python 3.12 in ")
    assert "`pbs-installer` is not installed beside weft" in done.lines[-1]


def test_one_that_was_named_is_not_replaced(machine: Machine, mirror: PythonMirror) -> None:
    for request in ("./missing/python", "python-of-mine"):
        done = machine("venv", "--python", request)
        assert done.code == 2
        assert "hint" not in done.err
    assert mirror.asked == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (("--no-python-downloads",), "but Python downloads are set to 'never'"),
        (("--offline",), "but weft is set to offline mode"),
        (("--no-managed-python",), "but the Python preference is set to 'only system'"),
    ],
)
def test_says_what_would_have_been_fetched(
    machine: Machine, mirror: PythonMirror, told: tuple[str, ...], reason: str
) -> None:
    done = machine("venv", "--python", "3.12", *told)
    assert done.code == 2
    assert done.lines[0].startswith("error: No interpreter found for Python 3.12 in ")
    offer = "hint: A managed Python download is available for Python 3.12"
    assert done.lines[-1] == f"{offer} ({NEW}), {reason}"
    assert mirror.asked == []


def test_says_how_to_get_it(machine: Machine) -> None:
    done = machine("venv", "--python", "3.12", WEFT_PYTHON_DOWNLOADS="manual")
    assert done.code == 2
    assert done.lines[-1].endswith(
        f" ({NEW}), but Python downloads are set to 'manual', use `weft python install 3.12` to "
        "install the required version"
    )
    done = machine("venv", WEFT_PYTHON_DOWNLOADS="manual")
    assert f"use `weft python install {NEXT}` to install" in done.lines[-1]


def test_says_that_there_is_no_such_build(machine: Machine) -> None:
    done = machine("venv", "--python", "3.99")
    assert done.code == 2
    assert "hint: " in done.err
    assert "for this request" in done.lines[-1]


def test_a_download_that_fails_is_an_error(machine: Machine, mirror: PythonMirror) -> None:
    mirror.add("3.12.1", b"nothing")
    mirror.table(machine.table)
    done = machine("venv", "--python", "3.12")
    assert done.code == 2
    assert "Failed to extract archive: " in done.err
    assert not (machine.cwd / ".venv").exists()
    assert machine.installed() == []


@pytest.mark.parametrize(
    "words",
    [
        ("--python", "3.12"),
        (),
        ("--python", "3.99"),
        ("--python", "3.12", "--no-python-downloads"),
        ("--python", "3.12", "--offline"),
        ("--python", "3.12", "--no-managed-python"),
        ("--python", "pypy", "--no-python-downloads"),
        ("--python", "foo"),
        ("--no-python-downloads",),
    ],
)
def test_tells_what_uv_tells(both: Both, words: tuple[str, ...]) -> None:
    """But which build it would be, which uv does not say."""
    ours, theirs = (both.told(name, "venv", *words) for name in ("weft", "uv"))
    plain = re.sub(r" \(cpython-3[^)]*-gnu\)", "", ours[2])
    plain = re.sub(r"(Using CPython [\d.]+) interpreter at: .*", r"\1", plain)
    expected = re.sub(r"(Using CPython [\d.]+) interpreter at: .*", r"\1", theirs[2])
    if "embeds available Python downloads" in expected:
        plain, expected = (text.partition("\n\nhint: ")[0] for text in (plain, expected))
    assert (ours[0], plain) == (theirs[0], expected)


def test_what_the_other_tool_manages_is_used_first(both: Both, mirror: PythonMirror) -> None:
    assert both.run("uv", "python", "install", "3.12").code == 0
    theirs = str(both.places["uv"] / "pythons")
    before = len(mirror.asked)
    done = both.run("weft", "venv", "--python", "3.12", UV_PYTHON_INSTALL_DIR=theirs)
    assert done.code == 0, done.err
    python = both.places["weft"] / "work" / ".venv" / "bin" / "python"
    assert os.readlink(python) == f"{theirs}/{MINOR}/bin/python3.12"
    assert len(mirror.asked) == before
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True)
    assert version.stdout == "Python 3.12.1\n"


def test_compiling_goes_on_with_another_python(both: Both, mirror: PythonMirror) -> None:
    both.both("work/in.txt", "")
    words = ("pip", "compile", "-q", "in.txt", "--python-version")
    assert both.same("python", "install", "3.13")[0] == 0
    mirror.add("3.12.1", archive("3.12.1"), sha256="0" * 64)
    mirror.table(Path(both.table))
    told = {name: both.run(name, *words[:2], *words[3:], "3.12") for name in both.places}
    for name, done in told.items():
        assert done.code == 0, done.err
        assert "warning: A managed Python download is available for Python 3.12, but an error" in (
            done.err
        ), name
        assert "3.13.0 will be used to build dependencies instead" in done.err
    mirror.add("3.12.1", archive("3.12.1"))
    mirror.table(Path(both.table))
    for name in both.places:
        assert both.run(name, *words, "3.12").code == 0
        assert f"pythons/{NEW}" in both.tree(name)


def test_files_may_still_name_indexes_behind_a_fetch(machine: Machine, index: IndexServer) -> None:
    """The index of a requirements file is known only when a Python was fetched already."""
    (machine.cwd / "in.txt").write_text(f"--index-url {index.url}\nlantern\n")
    done = machine("pip", "compile", "-q", "in.txt", "--python-version", "3.12")
    assert done.code == 0, done.err
    assert "lantern==1.0" in done.out
    assert NEW in machine.installed()


def test_the_mirror_may_want_a_password(
    machine: Machine, mirror: PythonMirror, tmp_path: Path
) -> None:
    mirror.password = "Basic am86c2VjcmV0"  # jo:secret
    told = {
        "PYTHONPATH": f"{mirror.library(tmp_path / 'library')}:{SOURCE}",
        "WEFT_PYTHON_DOWNLOADS_JSON_URL": "",
    }
    refused = machine("venv", "--python", "3.12", WEFT_PYTHON_INSTALL_MIRROR=mirror.url, **told)
    assert refused.code == 2
    assert "401 Unauthorized" in refused.err
    url = mirror.url.replace("http://", "http://jo:secret@")
    done = machine("venv", "--python", "3.12", WEFT_PYTHON_INSTALL_MIRROR=url, **told)
    assert done.code == 0, done.err
    mirror.add("3.13.0", b"x")
    wrong = mirror.library(tmp_path / "wrong")
    done = machine("venv", "--clear", "--python", "3.13", WEFT_PYTHON_INSTALL_MIRROR=url,
                   WEFT_PYTHON_DOWNLOADS_JSON_URL="", PYTHONPATH=f"{wrong}:{SOURCE}")  # fmt: skip
    assert done.code == 2
    assert "secret" not in done.err


def test_the_table_may_want_a_password(machine: Machine, mirror: PythonMirror) -> None:
    mirror.password = "Basic am86c2VjcmV0"  # jo:secret
    words = ("python", "list", "3.12", "--only-downloads")
    plain = f"{mirror.url}/table.json"
    refused = machine(*words, WEFT_PYTHON_DOWNLOADS_JSON_URL=plain)
    assert refused.code == 2
    assert "401 Unauthorized" in refused.err
    url = plain.replace("http://", "http://jo:secret@")
    assert NEW in machine.ok(*words, WEFT_PYTHON_DOWNLOADS_JSON_URL=url).out
    machine.ok("auth", "login", mirror.url, "--username", "jo", "--password", "secret")
    assert NEW in machine.ok(*words, WEFT_PYTHON_DOWNLOADS_JSON_URL=plain).out
