"""What each mode does between real file systems, and what the receipt says of it."""

from __future__ import annotations

import errno
import os
import stat
import struct
from typing import TYPE_CHECKING

import pytest

from tests.link.trees import SMALL, Entry
from tests.support.mounts import Mounter, shared_bytes
from weft.core.errors import SystemFailure
from weft.link.receipt import Receipt
from weft.link.tree import spread

if TYPE_CHECKING:
    from weft.link.route import LinkMode

pytestmark = pytest.mark.mounts

SIZE = sum(map(len, SMALL.values()))
BIG = {"pkg/__init__.py": b"", "pkg/library.so": os.urandom(3 << 20), "pkg/text.py": b"x\n" * 9000}


def steps(receipt: Receipt) -> list[tuple[str, str, int, int]]:
    return sorted(
        (step.from_mode, step.to_mode, step.errno, step.files) for step in receipt.fallbacks
    )


def assert_sums(receipt: Receipt, content: dict[str, bytes]) -> None:
    assert sum(receipt.files.values()) == len(content)
    assert sum(receipt.bytes.values()) == sum(map(len, content.values()))


@pytest.mark.parametrize("kind", ["xfs", "btrfs"])
def test_clones_share_their_blocks_and_nothing_else(mounts: Mounter, kind: str) -> None:
    disk = getattr(mounts, kind)("disk")
    entry = Entry(disk / "store", BIG)
    receipt = spread([entry.job(disk / "env")], mode="clone")
    entry.assert_spread(disk / "env")
    assert receipt.files == {"empty": 1, "clone": 2}
    assert receipt.fallbacks == ()
    assert_sums(receipt, BIG)
    os.sync()
    target = disk / "env/pkg/library.so"
    shared, total = shared_bytes(target)
    assert shared == total == 3 << 20
    status = target.stat()
    assert (status.st_nlink, stat.S_IMODE(status.st_mode)) == (1, 0o644)
    target.write_bytes(b"changed")  # an edit stays where it was made
    assert (entry.tree / "pkg/library.so").read_bytes() == BIG["pkg/library.so"]


@pytest.mark.parametrize("kind", ["xfs", "btrfs"])
def test_a_copy_that_was_asked_for_is_one_even_where_clones_are_possible(
    mounts: Mounter, kind: str
) -> None:
    disk = getattr(mounts, kind)("disk")
    entry = Entry(disk / "store", BIG)
    receipt = spread([entry.job(disk / "env")], mode="copy")
    entry.assert_spread(disk / "env")
    assert receipt.files == {"empty": 1, "copy": 2}
    os.sync()
    assert shared_bytes(disk / "env/pkg/library.so") == (0, 3 << 20)


@pytest.mark.parametrize("mode", ["auto", "clone"])
def test_where_nothing_clones_hard_links_follow_and_say_why(
    mounts: Mounter, mode: LinkMode
) -> None:
    disk = mounts.ext4("disk")
    entry = Entry(disk / "store")
    receipt = spread([entry.job(disk / "env")], mode=mode)
    entry.assert_spread(disk / "env")
    assert receipt.files == {"empty": 1, "hardlink": 4}
    assert steps(receipt) == [("clone", "hardlink", errno.EOPNOTSUPP, 4)]
    assert receipt.store is not None and receipt.target is not None
    assert (receipt.store.fstype, receipt.store.point) == ("ext4", str(disk))
    assert receipt.copy_warning(mode, threshold=0) is None


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("auto", [("clone", "hardlink", errno.EXDEV, 4), ("hardlink", "copy", errno.EXDEV, 4)]),
        ("clone", [("clone", "hardlink", errno.EXDEV, 4), ("hardlink", "copy", errno.EXDEV, 4)]),
        ("hardlink", [("clone", "copy", errno.EXDEV, 4), ("hardlink", "clone", errno.EXDEV, 4)]),
        ("copy", []),
    ],
)
def test_to_another_file_system_everything_is_copied_and_told(
    mounts: Mounter, mode: LinkMode, expected: list[tuple[str, str, int, int]]
) -> None:
    disk, ram = mounts.ext4("disk"), mounts.tmpfs("ram")
    entry = Entry(disk / "store")
    receipt = spread([entry.job(ram / "project" / "env")], mode=mode)
    entry.assert_spread(ram / "project" / "env")
    assert receipt.files == {"empty": 1, "copy": 4}
    assert steps(receipt) == expected
    assert_sums(receipt, SMALL)
    page = receipt.to_json()
    assert page["store"] == {
        "mount": str(disk),
        "fstype": "ext4",
        "source": receipt.store and receipt.store.source,
        "device": f"{os.major(disk.stat().st_dev)}:{os.minor(disk.stat().st_dev)}",
    }
    if mode == "copy":
        assert receipt.copy_warning(mode, threshold=0) is None
        return
    assert receipt.copy_warning(mode) is None, "small"
    warning = receipt.copy_warning(mode, threshold=SIZE)
    assert warning is not None
    assert f"from `{disk}` (ext4) to `{ram}` (tmpfs)" in warning[0]
    assert "(os error 18)" in warning[0]
    assert warning[1].startswith(f"Run `export WEFT_CACHE_DIR={ram}/.weft-cache` to keep")


@pytest.mark.parametrize(("kind", "mode"), [("xfs", "clone"), ("btrfs", "clone"), ("ext4", "copy")])
def test_a_default_access_list_takes_no_bits_from_files(
    mounts: Mounter, kind: str, mode: LinkMode
) -> None:
    disk = getattr(mounts, kind)("disk")
    content = {"pkg/a.py": b"a", "pkg/b.py": b"b", "pkg/tool": b"#!", "pkg/z.py": b"z"}
    entry = Entry(disk / "store", content)
    (disk / "env").mkdir()
    # Version 2; then for the owner, the group and others: who, what they may, no name.
    rows = [(0x01, 7), (0x04, 0), (0x20, 0)]
    access = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", who, may, 0xFFFFFFFF) for who, may in rows
    )
    os.setxattr(disk / "env", "system.posix_acl_default", access)
    (disk / "env" / "probe").touch(0o666)
    assert stat.S_IMODE((disk / "env/probe").stat().st_mode) == 0o600
    (disk / "env" / "probe").unlink()
    receipt = spread([entry.job(disk / "env")], mode=mode)
    assert receipt.files == {mode: 4}
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (disk / "env/pkg").iterdir()}
    assert found == {"a.py": 0o644, "b.py": 0o644, "tool": 0o755, "z.py": 0o644}


def test_symbolic_links_lead_to_another_file_system(mounts: Mounter) -> None:
    disk, ram = mounts.ext4("disk"), mounts.tmpfs("ram")
    entry = Entry(disk / "store")
    receipt = spread([entry.job(ram / "env")], mode="symlink")
    entry.assert_spread(ram / "env")
    assert receipt.files == {"empty": 1, "symlink": 4}
    assert receipt.fallbacks == ()


def test_clones_cross_subvolumes_which_hard_links_do_not(mounts: Mounter) -> None:
    disk = mounts.btrfs("disk")
    one, two = mounts.subvolume(disk / "one"), mounts.subvolume(disk / "two")
    entry = Entry(one / "store")
    for mode in ("auto", "hardlink"):
        receipt = spread([entry.job(two / mode)], mode=mode)
        entry.assert_spread(two / mode)
        assert receipt.files == {"empty": 1, "clone": 4}
    assert steps(receipt) == [("hardlink", "clone", errno.EXDEV, 4)]


@pytest.mark.parametrize("outer_first", [True, False])
def test_a_file_system_inside_the_environment_goes_its_own_way(
    mounts: Mounter, outer_first: bool
) -> None:
    disk = mounts.ext4("disk")
    (disk / "env/pkg/sub").mkdir(parents=True)
    mounts.tmpfs("disk/env/pkg/sub")
    entry = Entry(disk / "store")
    job = entry.job(disk / "env")
    if not outer_first:
        job = type(job)(job.tree, job.groups[::-1], job.files, job.bytes, job.directories)
    for _ in range(2):  # with nothing known, then with what was learned
        receipt = spread([job], mode="auto")
        entry.assert_spread(disk / "env")
        assert receipt.files == {"empty": 1, "hardlink": 2, "copy": 2}
        assert receipt.bytes["copy"] == len(SMALL["pkg/sub/data.bin"] + SMALL["pkg/sub/tool"])
        assert_sums(receipt, SMALL)
        tmpfs = [
            step for step in receipt.fallbacks if step.target and step.target.fstype == "tmpfs"
        ]
        assert {(step.from_mode, step.errno) for step in tmpfs} == {
            ("clone", errno.EXDEV),
            ("hardlink", errno.EXDEV),
        }


def test_a_read_only_target_is_an_error_that_names_the_path(mounts: Mounter) -> None:
    disk, ram = mounts.ext4("disk"), mounts.tmpfs("ram")
    entry = Entry(disk / "store")
    (ram / "env").mkdir()
    mounts.remount(ram, "ro")
    with pytest.raises(SystemFailure) as caught:
        spread([entry.job(ram / "env")], mode="auto")
    assert caught.value.error.errno == errno.EROFS
    assert str(ram / "env") in caught.value.message


def test_a_full_disk_is_an_error_and_leaves_no_half_file(mounts: Mounter) -> None:
    disk, ram = mounts.ext4("disk"), mounts.tmpfs("ram", size="1m")
    entry = Entry(disk / "store", BIG)
    with pytest.raises(SystemFailure) as caught:
        spread([entry.job(ram / "env")], mode="auto")
    assert caught.value.error.errno == errno.ENOSPC
    assert caught.value.message == f"Failed to copy to `{ram}/env/pkg/library.so`"
    assert [path.name for path in (ram / "env").rglob("*.so")] == []
