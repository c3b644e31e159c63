"""Removing trees, also unwilling ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.users import as_other_user
from weft.core.errors import SystemFailure
from weft.system.files import Removed, remove_tree


def test_nothing_there_is_nothing_removed(tmp_path: Path) -> None:
    assert remove_tree(str(tmp_path / "none")) == Removed()
    assert remove_tree(str(tmp_path / "none" / "below")) == Removed()


def test_a_tree_is_removed_and_counted(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    for name in ("one", "a/two", "a/b/three"):
        (tree / name).write_bytes(os.urandom(8192))
    removed = remove_tree(str(tree) + "/")
    assert (removed.files, removed.directories) == (3, 3)
    assert removed.bytes == 3 * 8192
    assert not tree.exists()


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    keep.mkdir()
    (keep / "file").write_bytes(b"x")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "directory").symlink_to("../keep")  # short enough to need no block
    (tree / "file").symlink_to("../keep/file")
    (tree / "dangling").symlink_to("nowhere")
    assert remove_tree(str(tree)) == Removed(files=3, directories=1)
    (tmp_path / "link").symlink_to("keep")
    assert remove_tree(str(tmp_path / "link")) == Removed(files=1)
    assert (keep / "file").read_bytes() == b"x"


def test_a_file_with_other_names_gives_no_bytes_back(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "shared").write_bytes(os.urandom(8192))
    (tree / "own").write_bytes(os.urandom(4096))
    os.link(tree / "own", tree / "own-too")  # both names go, so its bytes come back
    os.link(tree / "shared", tmp_path / "elsewhere")
    assert remove_tree(str(tree)) == Removed(files=3, directories=1, bytes=4096)


def test_directories_deeper_than_descriptors_or_frames_allow_are_removed(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert remove_tree(str(tmp_path / "d")) == Removed(directories=1100)
    assert os.listdir(tmp_path) == []


@pytest.mark.mounts
def test_read_only_directories_are_made_writable(open_directory: Path) -> None:
    def build_and_remove() -> None:
        tree = open_directory / "tree"
        (tree / "a" / "b").mkdir(parents=True)
        (tree / "a" / "b" / "file").write_bytes(b"x")
        (tree / "a" / "b" / "file").chmod(0o444)
        (tree / "a" / "b").chmod(0o555)
        (tree / "a").chmod(0o000)
        removed = remove_tree(str(tree))
        assert (removed.files, removed.directories) == (1, 3)
        assert not tree.exists()

    as_other_user(build_and_remove)


@pytest.mark.mounts
def test_somebody_elses_tree_is_an_error_that_names_it(open_directory: Path) -> None:
    tree = open_directory / "tree"
    tree.mkdir(mode=0o755)
    (tree / "file").write_bytes(b"x")

    def remove() -> None:
        with pytest.raises(SystemFailure) as caught:
            remove_tree(str(tree))
        assert caught.value.message == f"Failed to remove `{tree}`"

    as_other_user(remove)
    assert (tree / "file").exists()
