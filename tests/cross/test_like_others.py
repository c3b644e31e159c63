"""uv, pip and `importlib.metadata` take what weft made for their own, and the other way round."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Weft

BIN = Path(sys.executable).parent
POPULAR = (
    "requests", "urllib3", "certifi", "idna", "charset-normalizer", "packaging", "setuptools",
    "typing-extensions", "python-dateutil", "numpy", "pyyaml", "six", "pip", "wheel", "attrs",
    "click", "jinja2", "markupsafe", "flask", "pytest", "pluggy", "rich", "pygments", "ruff",
    "pydantic", "httpx", "cryptography", "tqdm", "jupyterlab", "black",
)  # fmt: skip
OWN = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")


def contents(environment: Path) -> dict[str, tuple[int, bytes]]:
    """Executable bit and content of all that installing wrote, the installer's own notes aside."""
    found = {}
    for folder, _, names in os.walk(environment):
        for name in names:
            path = Path(folder, name)
            inside = str(path.relative_to(environment))
            if "__pycache__" in inside or (".dist-info/" in inside and name in OWN):
                continue
            if path.is_symlink() or inside.startswith(
                ("bin/activate", "bin/python", "bin/pydoc", "bin/deactivate")
            ):
                continue
            if "/" in inside and (
                inside.startswith(("bin/", "lib/", "share/", "etc/", "include/"))
            ):
                text = path.read_bytes().replace(str(environment).encode(), b"ENVIRONMENT")
                if b"__main__" in text and inside.startswith("bin/"):
                    text = launched(text)
                found[inside] = (path.stat().st_mode & 0o111, text)
    return found


def launched(script: bytes) -> bytes:
    """What a generated script runs, and by which interpreter: its text is each tool's own."""
    lines = (line.strip() for line in script.splitlines())
    return b"\n".join(line for line in lines if line.startswith((b"#!", b"from", b"sys.exit")))


@pytest.mark.network
def test_thirty_popular_packages_are_installed_as_uv_does(tmp_path: Path) -> None:
    weft = Weft(tmp_path)
    ours, theirs = weft.venv("ours"), tmp_path / "theirs"
    weft.ok("pip", "install", "--python", str(ours), "--only-binary", ":all:", *POPULAR)
    frozen = weft.ok("pip", "freeze", "--python", str(ours)).out.split()
    assert len(frozen) > len(POPULAR)
    uv = str(BIN / "uv")
    environ = {**weft.environ, "UV_CACHE_DIR": str(tmp_path / "uv")}
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(theirs)], env=environ, check=True)
    subprocess.run(
        [uv, "pip", "install", "-q", "-p", str(theirs), "--no-deps", *frozen],
        env=environ, check=True,
    )  # fmt: skip
    mine, other = contents(ours), contents(theirs)
    shared = mine.keys() & other.keys()
    assert mine.keys() ^ other.keys() == set()
    different = [path for path in shared if mine[path] != other[path]]
    assert different == []
    python = str(ours / "bin" / "python")
    subprocess.run([python, "-m", "pip", "check"], check=True, capture_output=True)
    listed = subprocess.run(
        [uv, "pip", "freeze", "-p", str(ours)],
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert listed == frozen


@pytest.mark.network
def test_the_public_index_is_understood(tmp_path: Path) -> None:
    weft = Weft(tmp_path)
    weft.venv()
    weft.ok("pip", "install", "flask>=3", "--exclude-newer", "2025-06-01")
    frozen = dict(line.split("==") for line in weft.ok("pip", "freeze").out.split())
    assert frozen["flask"] == "3.1.1"
    assert weft.python(".venv", "import flask; print(flask.Flask('x').name)") == "x"
    done = weft("pip", "install", "no-such-package-weft-zzz")
    assert done.code == 1
    assert "was not found in the package registry" in done.err


@pytest.fixture
def lantern(tmp_path: Path) -> Weft:
    from tests.commands.conftest import fill

    fill(tmp_path / "wheels")
    weft = Weft(tmp_path)
    weft.environ |= {"WEFT_FIND_LINKS": str(tmp_path / "wheels"), "WEFT_NO_INDEX": "1"}
    weft.venv()
    weft.ok("pip", "install", "--no-index", "--find-links", str(tmp_path / "wheels"), "lantern")
    return weft


def run(weft: Weft, *words: str) -> str:
    environ = {**weft.environ, "UV_CACHE_DIR": str(weft.root / "uv")}
    for name in ("PYTHONPATH", "PYTHONWARNINGS"):
        environ.pop(name)
    done = subprocess.run(
        words, env=environ, cwd=weft.cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importlib_metadata_reads_a_complete_record(lantern: Weft) -> None:
    code = (
        "from importlib.metadata import distribution as d\n"
        "x = d('lantern')\n"
        "print(x.version, x.read_text('INSTALLER'), x.read_text('REQUESTED') == '')\n"
        "print(all(file.locate().exists() for file in x.files))\n"
        "print([point.value for point in x.entry_points][0])\n"
    )
    assert lantern.python(".venv", code).split() == ["1.0", "weft", "True", "True", "lantern:main"]
    record = lantern.site_packages() / "lantern-1.0.dist-info" / "RECORD"
    listed = {row[0] for row in csv.reader(record.read_text().splitlines())}
    assert "../../../bin/lantern" in listed


def test_uv_lists_checks_and_uninstalls_what_weft_installed(lantern: Weft) -> None:
    uv = str(BIN / "uv")
    assert run(lantern, uv, "pip", "freeze").split() == ["lantern==1.0", "oil==3.0", "wick==2.0"]
    run(lantern, uv, "pip", "check")
    run(lantern, uv, "pip", "uninstall", "lantern", "oil", "wick")
    assert [path.name for path in lantern.site_packages().iterdir() if path.is_dir()] == []
    assert not (lantern.cwd / ".venv/bin/lantern").exists()


def test_pip_checks_and_uninstalls_what_weft_installed(lantern: Weft) -> None:
    pip = [sys.executable, "-W", "ignore", "-m", "pip", "--python", str(lantern.cwd / ".venv")]
    run(lantern, *pip, "check")
    run(lantern, *pip, "uninstall", "-y", "lantern", "oil", "wick")
    assert [path.name for path in lantern.site_packages().iterdir() if path.is_dir()] == []
    assert not (lantern.cwd / ".venv/bin/lantern").exists()


def test_weft_uninstalls_what_uv_installed(lantern: Weft) -> None:
    uv = str(BIN / "uv")
    wheels = str(lantern.root / "wheels")
    run(lantern, uv, "venv", "-q", "-p", sys.executable, "theirs")
    run(lantern, uv, "pip", "install", "-p", "theirs", "--no-index", "-f", wheels, "lantern")
    lantern.ok("pip", "uninstall", "-p", "theirs", "lantern", "oil", "wick")
    assert [path.name for path in lantern.site_packages("theirs").iterdir() if path.is_dir()] == []
