""" "Same device" lies in both directions: every row of that table, on real mounts.

Each row says how store and environment are seen, the mode that works between them for each mode
that is asked for, and why the others did not. The receipt must say the same, and the files must be
what it says they are.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.link.trees import Content, Entry
from tests.support.mounts import Mounter, shared_bytes
from tests.support.users import as_other_user
from weft.link.preflight import predict
from weft.link.receipt import Receipt
from weft.link.tree import spread

if TYPE_CHECKING:
    from weft.link.route import LinkMode, RealMode


pytestmark = pytest.mark.mounts

CONTENT: Content = {
    "pkg/__init__.py": b"",
    "pkg/module.py": os.urandom(40_000),
    "pkg/sub/data.bin": os.urandom(90_000),
}
FULL = [CONTENT["pkg/module.py"], CONTENT["pkg/sub/data.bin"]]
XDEV, UNSUPPORTED = errno.EXDEV, errno.EOPNOTSUPP


class Places(NamedTuple):
    """A directory for the store, one for environments; the mount that hard links go through.

    `mount` is that of both, where they are not mounts themselves.
    """

    store: Path
    environments: Path
    via: Path | None = None
    mount: Path | None = None


def two_binds(kind: str) -> Callable[[Mounter], Places]:
    def make(mounts: Mounter) -> Places:
        disk = getattr(mounts, kind)("disk")
        (disk / "data" / "a").mkdir(parents=True)
        (disk / "data" / "b").mkdir()
        one = mounts.bind("one", disk / "data" / "a")
        two = mounts.bind("two", disk / "data" / "b")
        assert one.stat().st_dev == two.stat().st_dev
        return Places(one, two, disk)

    return make


def bind_and_disk(mounts: Mounter) -> Places:
    disk = mounts.ext4("disk")
    (disk / "inside").mkdir()
    return Places(disk, mounts.bind("bound", disk / "inside"), disk)


def mounted_twice(mounts: Mounter) -> Places:
    disk = mounts.ext4("disk")
    return Places(disk, mounts.bind("again", disk), disk)


def cover_is_gone(mounts: Mounter) -> Places:
    """Two bind mounts, and something mounted over the only mount that shows both."""
    places = two_binds("ext4")(mounts)
    mounts.tmpfs("disk")
    return Places(places.store, places.environments)


def subvolumes(mounts: Mounter) -> Places:
    disk = mounts.btrfs("disk")
    one, two = mounts.subvolume(disk / "one"), mounts.subvolume(disk / "two")
    assert one.stat().st_dev != two.stat().st_dev
    return Places(one, two, mount=disk)


def one_disk(kind: str) -> Callable[[Mounter], Places]:
    def make(mounts: Mounter) -> Places:
        disk = getattr(mounts, kind)("disk")
        return Places(disk, disk)

    return make


def disk_and_memory(mounts: Mounter) -> Places:
    return Places(mounts.ext4("disk"), mounts.tmpfs("ram"))


Refusals = tuple[tuple[str, int], ...]
Expected = dict["LinkMode", tuple["RealMode", Refusals]]

CLONES: Expected = {"auto": ("clone", ()), "clone": ("clone", ())}
LINKS: Expected = {
    "auto": ("hardlink", (("clone", UNSUPPORTED),)),
    "clone": ("hardlink", (("clone", UNSUPPORTED),)),
    "hardlink": ("hardlink", ()),
}
COVERED: Expected = {
    "auto": ("hardlink", (("clone", UNSUPPORTED), ("hardlink", XDEV))),
    "hardlink": ("hardlink", (("hardlink", XDEV),)),
}
TABLE: dict[str, tuple[Callable[[Mounter], Places], Expected]] = {
    "one-ext4": (one_disk("ext4"), LINKS),
    "one-xfs": (one_disk("xfs"), {**CLONES, "hardlink": ("hardlink", ())}),
    "two-binds-ext4": (two_binds("ext4"), COVERED),
    "two-binds-xfs": (two_binds("xfs"), {**CLONES, "hardlink": COVERED["hardlink"]}),
    "two-binds-btrfs": (two_binds("btrfs"), {**CLONES, "hardlink": COVERED["hardlink"]}),
    "bind-and-disk": (bind_and_disk, COVERED),
    "mounted-twice": (mounted_twice, COVERED),
    "cover-is-gone": (
        cover_is_gone,
        {"auto": ("copy", (("clone", UNSUPPORTED), ("hardlink", XDEV)))},
    ),
    "subvolumes": (subvolumes, {**CLONES, "hardlink": ("clone", (("hardlink", XDEV),))}),
    "ext4-tmpfs": (
        disk_and_memory,
        {
            "auto": ("copy", (("clone", XDEV), ("hardlink", XDEV))),
            "hardlink": ("copy", (("hardlink", XDEV), ("clone", XDEV))),
        },
    ),
}


def assert_sums(receipt: Receipt, content: Content = CONTENT) -> None:
    assert sum(receipt.files.values()) == len(content)
    assert sum(receipt.bytes.values()) == sum(map(len, content.values()))


def assert_is(mode: str, entry: Entry, environment: Path) -> None:
    """The files are what the receipt calls them."""
    os.sync()
    for path, data in CONTENT.items():
        source, target = entry.tree / path, environment / path
        if not data:
            assert target.stat().st_nlink == 1
            continue
        assert source.samefile(target) is (mode == "hardlink")
        if mode == "clone":
            shared, total = shared_bytes(target)
            assert shared == total > 0


@pytest.mark.parametrize("row", TABLE)
def test_the_way_that_shares_is_found_and_told(mounts: Mounter, row: str) -> None:
    make, expected = TABLE[row]
    places = make(mounts)
    entry = Entry(places.store / "store", CONTENT)
    for asked, (mode, refusals) in expected.items():
        environment = places.environments / f"env-{asked}" / "lib"
        told = predict(str(places.store), str(environment), mode=asked)
        receipt = spread([entry.job(environment)], mode=asked)
        entry.assert_spread(environment)
        assert receipt.files == {"empty": 1, mode: 2}
        assert_sums(receipt)
        assert_is(mode, entry, environment)
        (tally,) = (each for each in receipt.tallies if each.mode == mode)
        assert tally.refusals == refusals
        assert tally.store is not None and tally.target is not None
        assert (tally.store.point, tally.target.point) == (
            str(places.mount or places.store),
            str(places.mount or places.environments),
        )
        via = str(places.via) if mode == "hardlink" and places.via else None
        assert (tally.via.point if tally.via else None) == via
        assert (told.mode, told.refusals, told.via) == (tally.mode, tally.refusals, tally.via)


def test_a_read_only_mount_of_the_store_is_not_got_around(mounts: Mounter) -> None:
    disk = mounts.ext4("disk")
    entry = Entry(disk / "store", CONTENT)
    entry.tree = mounts.bind("sealed", disk / "store", read_only=True) / "entry/tree"
    receipt = spread([entry.job(disk / "env")], mode="auto")
    assert receipt.files == {"empty": 1, "copy": 2}
    assert (entry.tree / "pkg/module.py").stat().st_nlink == 1


def test_a_directory_that_the_cover_does_not_show_goes_the_next_way(mounts: Mounter) -> None:
    places = two_binds("ext4")(mounts)
    entry = Entry(places.store / "store", CONTENT)
    (mounts.directory / "disk/data/b/env/pkg/sub").mkdir(parents=True)
    mounts.tmpfs("disk/data/b/env/pkg/sub")  # hides one directory in the cover alone
    receipt = spread([entry.job(places.environments / "env")], mode="hardlink")
    entry.assert_spread(places.environments / "env")
    assert receipt.files == {"empty": 1, "hardlink": 1, "copy": 1}
    assert receipt.bytes["copy"] == len(CONTENT["pkg/sub/data.bin"])
    assert_sums(receipt)


def test_spreading_again_through_a_cover_replaces_what_is_there(mounts: Mounter) -> None:
    places = two_binds("ext4")(mounts)
    entry = Entry(places.store / "store", CONTENT)
    environment = places.environments / "env"
    modes: list[LinkMode] = ["copy", "hardlink", "hardlink"]
    for mode in modes:
        spread([entry.job(environment)], mode=mode)
        entry.assert_spread(environment)
    assert_is("hardlink", entry, environment)


def overlay(mounts: Mounter, kind: str, *, apart: bool) -> tuple[Entry, Path]:
    """A store in the lower layer; `apart`: the upper layer is on another file system."""
    disk = getattr(mounts, kind)("disk")
    entry = Entry(disk / "lower" / "store", CONTENT)
    over = mounts.overlay("over" if apart else "disk/over", lower=disk / "lower")
    entry.tree = over / "store/entry/tree"
    return entry, over


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("kind", ["ext4", "btrfs"])
def test_a_link_that_overlayfs_made_a_copy_for_is_told_as_a_copy(
    mounts: Mounter, kind: str, apart: bool
) -> None:
    entry, over = overlay(mounts, kind, apart=apart)
    (over / "env").mkdir()
    first = spread([entry.job(over / "env" / "one")], mode="hardlink")
    entry.assert_spread(over / "env" / "one")
    assert first.files == {"empty": 1, "copy": 2}
    assert_sums(first)
    (step,) = first.fallbacks
    assert (step.from_mode, step.to_mode, step.errno, step.reason) == (
        ("hardlink", "copy", 0, "COPY_UP")
    )
    assert step.store is not None and step.store.fstype == "overlay"
    assert "overlayfs copied" in step.explanation
    warning = first.copy_warning("hardlink", threshold=1)
    assert warning is not None and "lower layer" in warning[0]
    # What was copied up is in the upper layer now: from here on it is linked.
    second = spread([entry.job(over / "env" / "two")], mode="hardlink")
    assert second.files == {"empty": 1, "hardlink": 2}
    assert second.fallbacks == ()
    assert_is("hardlink", entry, over / "env" / "two")


def test_in_a_layered_directory_each_file_is_looked_at(mounts: Mounter) -> None:
    entry, over = overlay(mounts, "ext4", apart=False)
    data = entry.tree / "pkg/module.py"
    os.link(data, over / "copied-up")  # by somebody, before
    job = entry.job(over / "env")
    receipt = spread([job], mode="hardlink")
    assert receipt.files == {"empty": 1, "hardlink": 1, "copy": 1}
    assert receipt.bytes == {
        "empty": 0,
        "hardlink": len(CONTENT["pkg/module.py"]),
        "copy": len(CONTENT["pkg/sub/data.bin"]),
    }


def test_a_store_in_the_upper_layer_links(mounts: Mounter) -> None:
    disk = mounts.ext4("disk")
    (disk / "lower").mkdir()
    over = mounts.overlay("disk/over", lower=disk / "lower")
    entry = Entry(over / "store", CONTENT)
    receipt = spread([entry.job(over / "env")], mode="auto")
    assert receipt.files == {"empty": 1, "hardlink": 2}
    assert_is("hardlink", entry, over / "env")
    assert predict(str(over / "store"), str(over / "env"), mode="auto").mode == "hardlink"


def test_the_prediction_for_a_file_in_a_lower_layer(mounts: Mounter) -> None:
    entry, over = overlay(mounts, "ext4", apart=False)
    sample = str(entry.tree / "pkg/module.py")
    told = predict(str(over), str(over / "env"), mode="hardlink", sample=sample)
    assert (told.mode, told.shares, told.refusals) == ("copy", False, (("hardlink", 0),))


@pytest.mark.parametrize(("kind", "instead"), [("ext4", "copy"), ("xfs", "clone")])
def test_another_owners_file_is_not_linked_but_cloned_or_copied(
    mounts: Mounter, kind: str, instead: str
) -> None:
    assert Path("/proc/sys/fs/protected_hardlinks").read_text() == "1\n"
    for directory in [mounts.directory, *mounts.directory.parents[:3]]:
        if directory != Path("/tmp"):
            directory.chmod(0o755)
    disk = getattr(mounts, kind)("disk")
    entry = Entry(disk / "store", CONTENT)
    (disk / "home").mkdir()
    (disk / "home").chmod(0o777)

    def install() -> None:
        receipt = spread([entry.job(disk / "home" / "env")], mode="hardlink")
        entry.assert_spread(disk / "home" / "env")
        assert receipt.files == {"empty": 1, instead: 2}
        assert_sums(receipt)
        step = next(each for each in receipt.fallbacks if each.from_mode == "hardlink")
        assert (step.to_mode, step.errno, step.files) == ("clone", errno.EPERM, 2)
        assert "protected_hardlinks" in step.explanation

    as_other_user(install)
