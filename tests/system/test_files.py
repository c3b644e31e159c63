"""Writing beside and renaming; what is left when it fails."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.support.mounts import Mounter
from weft.core.errors import OsCause, SystemFailure
from weft.system.files import (
    link_or_replace,
    make_directory,
    make_staging,
    publish_directory,
    read_bytes,
    write_atomic,
)


def test_reading_gives_the_bytes_or_none_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert read_bytes(str(tmp_path / "file")) == b"abc"
    assert read_bytes(str(tmp_path / "none")) is None
    assert read_bytes(str(tmp_path / "file" / "below")) is None


def test_a_file_of_unknown_size_is_read_whole() -> None:
    data = read_bytes("/proc/self/mountinfo")  # says that it has 0 bytes
    assert data is not None and b" / " in data


def test_reading_a_directory_is_an_error_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(SystemFailure) as caught:
        read_bytes(str(tmp_path))
    assert caught.value.message == f"Failed to read `{tmp_path}`"
    assert isinstance(caught.value.__cause__, OsCause)
    assert caught.value.error.errno == errno.EISDIR


def test_writing_makes_parents_and_honours_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    old = os.umask(0o027)
    try:
        write_atomic(str(path), b"x", mode=0o777)
    finally:
        os.umask(old)
    assert path.read_bytes() == b"x"
    assert path.stat().st_mode & 0o777 == 0o750
    assert os.listdir(path.parent) == ["file"]


def test_writing_replaces_a_link_and_leaves_what_it_led_to(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"other")
    (tmp_path / "link").symlink_to("other")
    os.link(tmp_path / "other", tmp_path / "hard")
    write_atomic(str(tmp_path / "link"), b"mine")
    write_atomic(str(tmp_path / "hard"), b"mine")
    assert (tmp_path / "other").read_bytes() == b"other"
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "hard").read_bytes() == b"mine"


def test_writing_where_a_directory_is_fails_and_leaves_nothing_beside(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(SystemFailure):
        write_atomic(str(tmp_path / "taken"), b"x")
    assert os.listdir(tmp_path) == ["taken"]


@pytest.mark.mounts
def test_a_full_disk_keeps_the_old_content_and_leaves_nothing_beside(mounts: Mounter) -> None:
    disk = mounts.tmpfs("disk", size="64k")
    path = disk / "file"
    write_atomic(str(path), b"old")
    with pytest.raises(SystemFailure) as caught:
        write_atomic(str(path), bytes(1 << 20))
    assert caught.value.error.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert os.listdir(disk) == ["file"]


@pytest.mark.mounts
def test_a_directory_that_exists_is_fine_on_a_read_only_file_system(mounts: Mounter) -> None:
    disk = mounts.tmpfs("disk")
    (disk / "there").mkdir()
    mounts.remount(disk, "ro")
    make_directory(str(disk / "there"))
    with pytest.raises(SystemFailure) as caught:
        make_directory(str(disk / "other" / "below"))
    assert caught.value.error.errno == errno.EROFS


def test_making_a_directory_where_a_file_is_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SystemFailure) as caught:
            make_directory(str(path))
        assert caught.value.message == f"Failed to create directory `{path}`"


def test_one_of_two_that_publish_under_one_name_wins(tmp_path: Path) -> None:
    staged = [make_staging(str(tmp_path / "staging")) for _ in range(2)]
    assert staged[0] != staged[1]
    for each in staged:
        (Path(each) / "content").write_text(each)
    target = tmp_path / "bucket" / "name"
    assert publish_directory(staged[0], str(target))
    assert not publish_directory(staged[1], str(target))
    assert (target / "content").read_text() == staged[0]
    assert Path(staged[1]).exists()


def test_linking_over_a_link_of_the_same_file_leaves_no_temporary_name(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"x")
    target.write_bytes(b"old")
    for _ in range(2):
        link_or_replace(str(source), str(target))
        assert source.samefile(target)
        assert sorted(os.listdir(tmp_path)) == ["source", "target"]
