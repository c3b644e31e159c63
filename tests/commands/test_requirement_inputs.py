"""Requirements from elsewhere: over the network, and out of projects that have to be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.backends import backend_wheels
from tests.support.commands import Weft
from tests.support.index_server import IndexServer

REMOTE = {
    "/reqs/a.txt": "-r more/b.txt\n-c limits.txt\n",
    "/reqs/more/b.txt": "wick\noil ; python_version > '3'\n",
    "/reqs/limits.txt": "oil<3\nwick<1.6\n",
    "/reqs/script.py": "# /// script\n# dependencies = ['wick']\n# ///\n",
}


@pytest.fixture
def remote(index: IndexServer, weft: Weft) -> IndexServer:
    for path, text in REMOTE.items():
        index.pages[path] = ("text/plain", text.encode())
    weft.venv()
    return index


def test_remote_files_name_files_beside_them(weft: Weft, remote: IndexServer) -> None:
    done = weft.ok("pip", "install", "--dry-run", "-r", f"{remote.origin}/reqs/a.txt")
    assert done.lines[-2:] == [" + oil==2.0", " + wick==1.5"]
    done = weft.ok("pip", "install", "--dry-run", "-r", f"{remote.origin}/reqs/script.py")
    assert done.lines[-1] == " + wick==2.0"
    limits = f"{remote.origin}/reqs/limits.txt"
    done = weft.ok("pip", "install", "--dry-run", "wick", "-c", limits)
    assert done.lines[-1] == " + wick==1.5"


def test_a_remote_file_says_what_to_remove(weft: Weft, remote: IndexServer) -> None:
    weft.ok("pip", "install", "wick", "oil")
    done = weft.ok("pip", "uninstall", "-r", f"{remote.origin}/reqs/a.txt")
    assert done.lines[-2:] == [" - oil==4.0", " - wick==2.0"]


def test_credentials_of_a_remote_file_hold_for_what_it_names(
    weft: Weft, remote: IndexServer
) -> None:
    remote.auth = ("me", "secret")
    origin = remote.origin.replace("://", "://me:secret@")
    weft.environ["WEFT_DEFAULT_INDEX"] = remote.url_with("me", "secret")
    done = weft.ok("pip", "install", "--dry-run", "-r", f"{origin}/reqs/a.txt")
    assert done.lines[-1] == " + wick==1.5"
    wrong = origin.replace("secret", "guess")
    failed = weft("pip", "install", "-r", f"{wrong}/reqs/a.txt")
    assert failed.code == 2
    assert "guess" not in failed.err
    assert failed.lines[0] == (
        f"error: Error while accessing remote requirements file: {wrong}/reqs/a.txt".replace(
            "guess", "****"
        )
    )
    assert "401" in failed.lines[1]


def test_a_remote_file_that_cannot_be_had_is_told(weft: Weft, remote: IndexServer) -> None:
    url = f"{remote.origin}/reqs/nope.txt"
    failed = weft("pip", "install", "-r", url)
    assert failed.code == 2
    assert failed.lines[0] == f"error: Error while accessing remote requirements file: {url}"
    assert "404" in failed.lines[1]
    remote.pages["/reqs/a.txt"] = ("text/plain", b"wick\n-r nope.txt")
    failed = weft("pip", "install", "-r", f"{remote.origin}/reqs/a.txt")
    assert failed.lines[:2] == [
        f"error: Error parsing included file in `{remote.origin}/reqs/a.txt` at position 5",
        f"  cause: Error while accessing remote requirements file: {url}",
    ]


def test_without_a_network_a_remote_file_is_not_asked_for(weft: Weft, remote: IndexServer) -> None:
    url = f"{remote.origin}/reqs/a.txt"
    failed = weft("pip", "install", "--offline", "-r", url)
    assert (failed.code, remote.count()) == (2, 0)
    assert failed.lines[0] == (
        "error: Network connectivity is disabled, but a remote requirements file was requested: "
        + url
    )


@pytest.fixture
def asked(weft: Weft, wheels: Path) -> Weft:
    """A machine with projects that only their back end knows."""
    backend_wheels(wheels, "setuptools")
    weft.venv()
    old = weft.cwd / "old"
    old.mkdir()
    (old / "setup.py").write_text(
        "from setuptools import setup\n"
        "setup(name='old', version='1', py_modules=[], install_requires=['oil<3'],\n"
        "      extras_require={'light': ['wick', 'old[glass]'], 'glass': ['mirror'],\n"
        "                      'never:python_version<\"3\"': ['heater']})\n"
    )
    config = weft.cwd / "config"
    config.mkdir()
    (config / "setup.py").write_text("from setuptools import setup\nsetup()\n")
    (config / "setup.cfg").write_text(
        "[metadata]\nname = config\nversion = 1\n[options]\npy_modules =\n"
        "install_requires =\n    oil\n[options.extras_require]\nlight =\n    wick\n"
    )
    dynamic = weft.cwd / "dynamic"
    dynamic.mkdir()
    (dynamic / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "dynamic"\nversion = "1"\ndynamic = ["dependencies"]\n'
        "[tool.setuptools]\npy-modules = []\n[tool.setuptools.dynamic]\n"
        'dependencies = {file = ["needs.txt"]}\n'
        '[tool.uv.sources]\nnearby = {path = "../nearby", editable = true}\n'
    )
    (dynamic / "needs.txt").write_text("nearby\nwick<2\n")
    nearby = weft.cwd / "nearby"
    nearby.mkdir()
    (nearby / "pyproject.toml").write_text('[project]\nname = "nearby"\nversion = "3"\n')
    return weft


NEEDS = [
    (["-r", "old/setup.py"], [" + oil==2.0"]),
    (["-r", "old/setup.py", "--extra", "Light"],
     [" + mirror==1.0", " + oil==2.0", " + wick==2.0"]),
    (["-r", "old/setup.py", "--all-extras"], [" + mirror==1.0", " + oil==2.0", " + wick==2.0"]),
    (["-r", "config/setup.cfg"], [" + oil==4.0"]),
    (["-r", "config/setup.cfg", "--extra", "light"], [" + oil==4.0", " + wick==2.0"]),
    (["-r", "config/setup.cfg", "-r", "old/setup.py", "--extra", "glass"],
     [" + mirror==1.0", " + oil==2.0"]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), NEEDS)
def test_what_a_project_requires_is_asked_of_its_back_end(
    asked: Weft, words: list[str], expected: list[str]
) -> None:
    done = asked.ok("pip", "install", "--dry-run", *words)
    changes = [line for line in done.lines if line.startswith(" + ")]
    assert changes == [line.replace("HERE", str(asked.cwd)) for line in expected]


def test_dynamic_dependencies_have_the_sources_of_their_project(asked: Weft) -> None:
    done = asked.ok("pip", "install", "--dry-run", "-r", "dynamic/pyproject.toml")
    nearby, wick = [line for line in done.lines if line.startswith(" + ")]
    assert nearby.startswith(" + nearby")
    assert f"file://{asked.cwd}/nearby" in nearby
    assert wick == " + wick==1.5"


def test_an_extra_that_no_asked_project_has_is_an_error(asked: Weft) -> None:
    failed = asked("pip", "install", "-r", "old/setup.py", "--extra", "glass", "--extra", "x")
    assert failed.code == 2
    assert "error: Requested extra not found: x" in failed.lines


def test_a_directory_has_no_hash(asked: Weft) -> None:
    failed = asked("pip", "install", "--require-hashes", "-r", "config/setup.cfg")
    assert failed.code == 2
    assert failed.lines[-1] == (
        "error: Hash-checking is not supported for local directories: config"
    )
