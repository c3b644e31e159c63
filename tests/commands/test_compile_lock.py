"""`weft pip compile` to a `pylock.toml`: the same bytes as uv, and what comes out can be synced."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.support.backends import make_project, make_sdist
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

UV = find_uv_bin()
FILES = {
    "plain.in": "ember\nlantern\n",
    "markers.in": "ember\nwick ; sys_platform == 'linux'\noil ; sys_platform == 'win32'\n",
    "forks.in": "wick<2 ; sys_platform == 'win32'\nwick>=2 ; sys_platform == 'linux'\noil\n"
    "mirror ; sys_platform == 'linux'\n",
    "pythons.in": "lantern[bright]==1.0\n",
    "places.in": "coal\n./tree\n./mirror-1.0-py3-none-any.whl\n./coke-2.0.tar.gz\n",
    "editable.in": "-e ./tree\n",
    "quotes.in": './it\'s "here"/mirror-1.0-py3-none-any.whl\n',
    "empty.in": "",
    "met.in": "oil ; python_version >= '3.8'\n"
    "wick ; python_version >= '3.9' or sys_platform == 'win32'\n",
}
TAGS = (
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-cp311-manylinux_2_17_aarch64",
    "cp311-cp311-musllinux_1_2_x86_64",
    "cp311-cp311-macosx_11_0_arm64",
    "cp312-cp312-win_amd64",
    "cp312-cp312-manylinux_2_17_x86_64",
    "cp313-cp313-win_amd64",
    "cp313-cp313t-manylinux_2_17_x86_64",
    "cp314-cp314-macosx_11_0_arm64",
    "cp38-abi3-manylinux1_x86_64",
    "pp311-pypy311_pp73-manylinux_2_17_x86_64",
    "py2.py3-none-any",
    "py2-none-any",
    "py36-none-any",
)


@pytest.fixture
def index(wheels: Path) -> Iterator[IndexServer]:
    for tag in TAGS:
        make_wheel(wheels, "ember", "1.0", tag=tag)
    make_wheel(wheels, "ember", "1.0", tag="py3-none-any", build="1")
    for name in ("ember", "coal"):
        make_sdist(wheels, "in-tree", name, "1.0", static=True)
    times = {name: "2024-01-02T03:04:05.678901Z" for name in os.listdir(wheels) if "wick" in name}
    with IndexServer(wheels, format="json", upload_times=times) as server:
        yield server


@pytest.fixture
def inputs(weft: Weft, wheels: Path) -> Path:
    """The files of requirements, and what those with paths name."""
    for name, text in FILES.items():
        (weft.cwd / name).write_text(text)
    make_project(weft.cwd / "tree", "in-tree", "proj", "0.1")
    make_sdist(weft.cwd, "in-tree", "coke", "2.0", static=True)
    for place in (weft.cwd, weft.cwd / 'it\'s "here"'):
        place.mkdir(exist_ok=True)
        wheel = wheels / "mirror-1.0-py3-none-any.whl"
        (place / wheel.name).write_bytes(wheel.read_bytes())
    return weft.cwd


def by_uv(weft: Weft, index: IndexServer, *words: str) -> str:
    """What uv writes, as if weft had written it."""
    done = subprocess.run(
        [UV, "pip", "compile", "--python", sys.executable, *words],
        cwd=weft.cwd,
        env={
            **{name: text for name, text in weft.environ.items() if name in ("PATH", "HOME")},
            "UV_CACHE_DIR": str(weft.root / "uv-cache"),
            "UV_DEFAULT_INDEX": index.url,
            "UV_NO_CONFIG": "1",
            "UV_PYTHON_DOWNLOADS": "never",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return (
        done.stdout.replace("uv pip compile", "weft pip compile")
        .replace("by uv via", "by weft via")
        .replace('created-by = "uv"', 'created-by = "weft"')
    )


@pytest.mark.parametrize(
    "words",
    [
        "plain.in",
        "plain.in --universal",
        "plain.in --universal --python-version 3.12",
        "plain.in --python-version 3.12",
        "plain.in --python-version 3.12.4 --python-platform windows",
        "plain.in --python-platform aarch64-apple-darwin",
        "plain.in --no-binary ember",
        "plain.in --only-binary :all: --no-header",
        "plain.in --no-emit-package ember",
        "plain.in --no-emit-package ember --no-annotate",
        "markers.in",
        "markers.in --universal",
        "forks.in --universal",
        "pythons.in --universal",
        "pythons.in --universal --no-strip-extras",
        "places.in",
        "places.in --universal",
        "editable.in",
        "quotes.in",
        "empty.in",
        "met.in",
        "met.in --universal",
        "met.in --no-strip-markers",
    ],
)
def test_the_file_is_that_of_uv(weft: Weft, index: IndexServer, inputs: Path, words: str) -> None:
    command = (*words.split(), "--format", "pylock.toml")
    ours = weft.ok("pip", "compile", "--python", sys.executable, *command).out
    assert ours == by_uv(weft, index, *command)
    assert ours.count("[[packages]]") or "packages = []" in ours


def test_hashes_that_the_index_does_not_tell_are_computed(
    weft: Weft, index: IndexServer, inputs: Path
) -> None:
    index.hashes = False
    command = ("plain.in", "--format", "pylock.toml", "--python-version", "3.12")
    ours = weft.ok("pip", "compile", "--python", sys.executable, *command).out
    assert ours == by_uv(weft, index, *command)
    assert ours.count("sha256") == ours.count("hashes") > 4


def test_paths_are_relative_to_the_file_and_what_is_written_can_be_synced(
    weft: Weft, index: IndexServer, inputs: Path
) -> None:
    weft.venv()
    (inputs / "locks").mkdir()
    done = weft.ok("pip", "compile", "places.in", "-q", "-o", "locks/pylock.dev.toml")
    assert done.out == ""
    text = (inputs / "locks" / "pylock.dev.toml").read_text()
    assert 'directory = { path = "../tree" }' in text
    assert 'archive = { path = "../mirror-1.0-py3-none-any.whl"' in text
    lines = weft.ok("pip", "sync", "locks/pylock.dev.toml", cwd=inputs).lines
    assert [line.split()[1] for line in lines if line.startswith(" + ")] == [
        "coal==1.0", "coke==2.0", "mirror==1.0", "proj==0.1",
    ]  # fmt: skip
    assert weft.ok("pip", "sync", "locks/pylock.dev.toml").lines == ["Checked 4 packages in T"]


def test_the_versions_of_an_earlier_file_are_kept(weft: Weft, inputs: Path) -> None:
    lock = inputs / "pylock.toml"
    (inputs / "wick.in").write_text("wick\n")
    command = ("pip", "compile", "wick.in", "-q", "-o", "pylock.toml")
    lock.write_text(
        'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "wick"\nversion = "1.5"\n'
    )
    weft.ok(*command)
    assert 'version = "1.5"' in lock.read_text()
    weft.ok(*command)
    assert 'version = "1.5"' in lock.read_text()
    weft.ok(*command, "--upgrade-package", "wick")
    assert 'version = "2.0"' in lock.read_text()
    lock.write_text("garbage\n")
    done = weft(*command)
    assert (done.code, done.lines[0]) == (2, "error: Not a valid `pylock.toml` file: pylock.toml")
    assert lock.read_text() == "garbage\n"


@pytest.mark.parametrize("words", ["forks.in --universal", "markers.in"])
def test_a_second_time_the_file_is_the_same(
    weft: Weft, index: IndexServer, inputs: Path, words: str
) -> None:
    command = ("pip", "compile", *words.split(), "--format", "pylock.toml", "--no-header")
    first = weft.ok(*command, "--python", sys.executable)
    index.forget()
    assert weft.ok(*command, "--python", sys.executable).out == first.out
    assert index.count("file") == 0
