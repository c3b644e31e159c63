"""What is told before linking, compared with what the linker then does."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.link.trees import Entry
from tests.support.mounts import Mounter
from tests.support.users import as_other_user
from weft.core.errors import SystemFailure
from weft.link.preflight import predict, probe_filesystem
from weft.link.route import ORDERS
from weft.link.tree import spread

if TYPE_CHECKING:
    from weft.link.route import LinkMode

LINK_MODES: list[LinkMode] = list(ORDERS)


def everything_below(directory: Path) -> set[str]:
    return {str(path) for path in directory.rglob("*")}


@pytest.mark.mounts
@pytest.mark.parametrize("mode", LINK_MODES)
def test_the_prediction_is_what_happens_and_leaves_nothing(mounts: Mounter, mode: LinkMode) -> None:
    disk, ram, xfs = mounts.ext4("disk"), mounts.tmpfs("ram"), mounts.xfs("xfs")
    for store in (disk, xfs):
        entry = Entry(store / "store")
        for place in (disk, ram, xfs):
            target = place / f"env-{store.name}" / "deep"
            before = everything_below(mounts.directory)
            told = predict(str(store / "store"), str(target), mode=mode)
            assert everything_below(mounts.directory) == before
            receipt = spread([entry.job(target)], mode=mode)
            assert set(receipt.files) == {"empty", told.mode}
            assert {tally.refusals for tally in receipt.tallies if tally.mode != "empty"} == {
                told.refusals
            }
            assert (told.store, told.target) == (receipt.store, receipt.target)
            assert told.shares is (told.mode != "copy")


@pytest.mark.mounts
def test_another_owners_file_shows_itself_when_it_is_the_sample(mounts: Mounter) -> None:
    for directory in [mounts.directory, *mounts.directory.parents[:3]]:
        if directory != Path("/tmp"):
            directory.chmod(0o755)
    disk = mounts.ext4("disk")
    entry = Entry(disk / "store")
    (disk / "home").mkdir(mode=0o777)
    (disk / "home").chmod(0o777)
    sample = str(entry.tree / "pkg/module.py")

    def look() -> None:
        told = predict(str(disk / "store"), str(disk / "home"), mode="hardlink", sample=sample)
        assert told.mode == "copy"
        assert told.refusals[0] == ("hardlink", errno.EPERM)
        with pytest.raises(SystemFailure) as caught:  # the store is not this user's to write to
            predict(str(disk / "store"), str(disk / "home"), mode="hardlink")
        assert caught.value.path == str(disk / "store")

    as_other_user(look)
    assert os.listdir(disk / "home") == []


@pytest.mark.mounts
def test_a_target_that_cannot_be_written_to_is_named(mounts: Mounter) -> None:
    disk, ram = mounts.ext4("disk"), mounts.tmpfs("ram")
    (disk / "store").mkdir()
    mounts.remount(ram, "ro")
    with pytest.raises(SystemFailure) as caught:
        predict(str(disk / "store"), str(ram / "env"), mode="auto")
    assert (caught.value.error.errno, caught.value.path) == (errno.EROFS, str(ram))
    assert os.listdir(disk / "store") == []


@pytest.mark.mounts
@pytest.mark.parametrize(
    ("kind", "clone", "limit"),
    [("ext4", False, 65_000), ("xfs", True, None), ("tmpfs", False, None)],
)
def test_what_a_file_system_can_do(
    mounts: Mounter, kind: str, clone: bool, limit: int | None
) -> None:
    disk = getattr(mounts, kind)("disk")
    found = probe_filesystem(str(disk / "not" / "there"))
    assert (found.clone, found.hardlink, found.symlink, found.lock) == (clone, True, True, True)
    assert found.case_sensitive
    assert found.fstype == kind
    assert found.mount is not None and found.mount.point == str(disk)
    assert limit is None or found.link_limit == limit
    assert 0 < found.free_bytes < 1 << 30
    assert [name for name in os.listdir(disk) if name.startswith(".tmp-")] == []
