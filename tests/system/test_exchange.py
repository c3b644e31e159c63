"""Two directories change places, on file systems that can and on those that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mounts import Mounter
from weft.system.exchange import exchange


def pair(directory: Path) -> tuple[Path, Path]:
    """Two directories with a file each that tells which it is."""
    found = []
    for name in ("first", "second"):
        (directory / name).mkdir(parents=True)
        (directory / name / "name").write_text(name)
        found.append(directory / name)
    return found[0], found[1]


def test_directories_change_places(tmp_path: Path) -> None:
    first, second = pair(tmp_path / "odd \udcff name")
    assert exchange(str(first), str(second))
    assert (first / "name").read_text() == "second"
    assert (second / "name").read_text() == "first"


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    first, _ = pair(tmp_path)
    with pytest.raises(FileNotFoundError):
        exchange(str(first), str(tmp_path / "third"))
    assert (first / "name").read_text() == "first"


@pytest.mark.mounts
def test_two_file_systems_are_told_of(tmp_path: Path, mounts: Mounter) -> None:
    first, _ = pair(tmp_path / "here")
    _, second = pair(mounts.tmpfs("there"))
    assert not exchange(str(first), str(second))
    assert (first / "name").read_text() == "first"
    assert (second / "name").read_text() == "second"


@pytest.mark.mounts
@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs"])
def test_file_systems_that_tools_are_on(mounts: Mounter, kind: str) -> None:
    first, second = pair(getattr(mounts, kind)(kind))
    assert exchange(str(first), str(second))
    assert (first / "name").read_text() == "second"
