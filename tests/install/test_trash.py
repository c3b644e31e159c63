"""Directories that one rename takes away, and those that must not go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from weft.install.trash import Trash

FILES = {"": ["a.py", "b.py", "c.py"], "/sub": ["d.py", "e.txt"]}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    top = tmp_path / "package"
    for below, names in FILES.items():
        (tmp_path / f"package{below}").mkdir()
        for name in names:
            (tmp_path / f"package{below}" / name).write_text(name)
    (tmp_path / "trash").mkdir()
    return top


def take(top: Path) -> int:
    files = {f"{top}{below}": names for below, names in FILES.items()}
    return Trash(str(top.parent / "trash")).take(str(top), files)


def test_what_holds_nothing_else_goes_as_a_whole(package: Path) -> None:
    cache = package / "sub" / "__pycache__"
    cache.mkdir()
    (cache / "d.cpython-311.pyc").write_bytes(b"")
    assert take(package) == 5
    assert not package.exists()
    [moved] = (package.parent / "trash").iterdir()
    assert (moved / "sub" / "d.py").read_text() == "d.py"


def test_files_that_are_gone_already_are_not_counted(package: Path) -> None:
    (package / "a.py").unlink()
    (package / "sub" / "d.py").unlink()
    (package / "sub" / "e.txt").unlink()
    (package / "sub").rmdir()
    assert take(package) == 2
    assert not package.exists()


@pytest.mark.parametrize("name", ["own.txt", "sub/own.txt", "own/", "sub/own/", "link"])
def test_a_directory_with_anything_of_somebody_else_stays(package: Path, name: str) -> None:
    if name.endswith("/"):
        (package / name).mkdir()
    elif name == "link":
        (package / name).symlink_to(package.parent)
    else:
        (package / name).write_text("mine")
    before = sorted(package.rglob("*"))
    assert take(package) == 0
    assert sorted(package.rglob("*")) == before


def test_a_directory_in_place_of_a_file_stays(package: Path) -> None:
    (package / "a.py").unlink()
    (package / "a.py").mkdir()
    assert take(package) == 0
    assert (package / "a.py").is_dir()


def test_a_place_on_another_file_system_takes_nothing(package: Path) -> None:
    other = Path("/dev/shm") / f"weft-trash-{os.getpid()}"
    if os.stat("/dev/shm").st_dev == os.stat(package).st_dev:
        pytest.fail("this test needs /dev/shm to be another file system than that of the tests")
    other.mkdir()
    try:
        trash = Trash(str(other))
        files = {f"{package}{below}": names for below, names in FILES.items()}
        assert trash.take(str(package), files) == 0
        assert (package / "sub" / "d.py").exists()
        assert not list(other.iterdir())
    finally:
        other.rmdir()
