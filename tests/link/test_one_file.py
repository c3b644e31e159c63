"""What is the matter of one file stays that of one file."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.link.trees import MTIME_NS, SMALL, Entry
from tests.support.mounts import Mounter
from weft.link import placing
from weft.link.modes import MODES, Pair
from weft.link.receipt import Receipt
from weft.link.tree import spread

NAME = b"module.py"
LIBRARY = os.urandom(2 << 20)
MIXED = {
    "pkg/__init__.py": b"",
    "pkg/_core.abi3.so": LIBRARY,
    "pkg/libs/libdeep.so.3.2": LIBRARY,
    "pkg/libs/small.so": b"\x7fELF" * 9,
    "pkg/libs/table.bin": LIBRARY,
    "pkg/text.py": b"x = 1\n" * 9000,
}


def steps(receipt: Receipt) -> list[tuple[str, str, str, int]]:
    return [(step.from_mode, step.to_mode, step.reason, step.files) for step in receipt.fallbacks]


def assert_sums(receipt: Receipt, content: dict[str, bytes]) -> None:
    assert sum(receipt.files.values()) == len(content)
    assert sum(receipt.bytes.values()) == sum(map(len, content.values()))


class Fails:
    """A mode that refuses `NAME` with an error so many times, and works for everything else."""

    def __init__(self, mode: str, number: int, *, times: int) -> None:
        self.mode, self.number, self.times = mode, number, times
        self.works = MODES[mode]  # type: ignore[index]
        self.calls = 0

    def __call__(self, pair: Pair, name: bytes, target: bytes) -> None:
        if name == NAME:
            self.calls += 1
            if self.calls <= self.times:
                raise OSError(self.number, os.strerror(self.number), name)
        self.works(pair, name, target)


@pytest.mark.mounts
@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EIO])
@pytest.mark.parametrize(("times", "ends"), [(1, "clone"), (2, "clone"), (3, "hardlink")])
def test_a_file_that_fails_for_a_moment_is_tried_again_and_the_others_stay_clones(
    mounts: Mounter, monkeypatch: pytest.MonkeyPatch, number: int, times: int, ends: str
) -> None:
    disk = mounts.xfs("disk")
    entry = Entry(disk / "store")
    fails = Fails("clone", number, times=times)
    monkeypatch.setitem(MODES, "clone", fails)
    # The first trial, under a temporary name, must not be the one that is refused.
    spread([entry.job(disk / "first")], mode="auto")
    fails.calls = 0
    receipt = spread([entry.job(disk / "env")], mode="auto")
    entry.assert_spread(disk / "env")
    assert fails.calls == min(times + 1, 3)
    if ends == "clone":
        assert receipt.files == {"empty": 1, "clone": 4}
        assert receipt.fallbacks == ()
    else:
        assert receipt.files == {"empty": 1, "clone": 3, "hardlink": 1}
        assert steps(receipt) == [("clone", "hardlink", errno.errorcode[number], 1)]
    assert_sums(receipt, SMALL)


def test_the_time_spent_on_trying_again_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {f"pkg/f{number}": b"x" for number in range(500)}
    entry = Entry(tmp_path / "store", content)

    def broken(_pair: Pair, _name: bytes, _target: bytes) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setitem(MODES, "clone", broken)
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    receipt = spread([entry.job(tmp_path / "env")], mode="auto")
    assert receipt.files == {"hardlink": 500}
    assert sum(slept) == pytest.approx(placing._PATIENCE)


@pytest.mark.mounts
def test_a_file_with_as_many_names_as_it_may_have_gets_a_new_inode_in_the_store(
    mounts: Mounter,
) -> None:
    disk = mounts.ext4("disk")
    entry = Entry(disk / "store")
    crowded = entry.tree / "pkg/module.py"
    (disk / "names").mkdir()
    with pytest.raises(OSError, match="Too many links"):
        for number in range(70_000):
            os.link(crowded, disk / "names" / str(number))
    old = crowded.stat()
    first = spread([entry.job(disk / "one")], mode="hardlink")
    second = spread([entry.job(disk / "two")], mode="hardlink")
    entry.assert_spread(disk / "one")
    entry.assert_spread(disk / "two")
    assert first.files == second.files == {"empty": 1, "hardlink": 4}
    assert steps(first) == [("hardlink", "hardlink", "EMLINK", 1)]
    assert second.fallbacks == ()
    assert_sums(first, SMALL)
    new = crowded.stat()
    assert new.st_ino != old.st_ino
    assert (new.st_nlink, new.st_mtime_ns) == (3, MTIME_NS)
    assert stat.S_IMODE(new.st_mode) == 0o444
    assert (disk / "names/0").stat().st_nlink == old.st_nlink - 1  # theirs is as it was
    assert sorted(os.listdir(crowded.parent)) == ["__init__.py", "module.py", "sub"]


def test_where_the_store_cannot_be_written_to_a_crowded_file_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Entry(tmp_path / "store")
    link = os.link

    def crowded(source: bytes, target: bytes, **places: Any) -> None:
        if source == NAME:
            raise OSError(errno.EMLINK, os.strerror(errno.EMLINK))
        link(source, target, **places)

    def read_only(pair: Pair, name: bytes, target: bytes) -> None:
        if pair.source == pair.target:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        copy(pair, name, target)

    copy = MODES["copy"]
    monkeypatch.setattr(os, "link", crowded)
    monkeypatch.setitem(MODES, "clone", read_only)
    monkeypatch.setitem(MODES, "copy", read_only)
    os.link(entry.tree / "pkg/module.py", tmp_path / "another-name")
    receipt = spread([entry.job(tmp_path / "env")], mode="hardlink")
    entry.assert_spread(tmp_path / "env")
    assert steps(receipt) == [("hardlink", "clone", "EMLINK", 1)]


@pytest.mark.mounts
def test_auto_links_large_libraries_where_it_clones_the_rest(mounts: Mounter) -> None:
    disk = mounts.xfs("disk")
    entry = Entry(disk / "store", MIXED)
    receipt = spread([entry.job(disk / "env")], mode="auto")
    entry.assert_spread(disk / "env")
    linked = {
        path for path, data in MIXED.items() if data and (disk / "env" / path).stat().st_nlink == 2
    }
    assert linked == {"pkg/_core.abi3.so", "pkg/libs/libdeep.so.3.2"}
    assert receipt.files == {"empty": 1, "hardlink": 2, "clone": 3}
    assert receipt.bytes["hardlink"] == 2 * len(LIBRARY)
    assert_sums(receipt, MIXED)
    assert receipt.fallbacks == ()
    assert spread([entry.job(disk / "clones")], mode="clone").files == {"empty": 1, "clone": 5}


@pytest.mark.mounts
def test_libraries_are_cloned_where_they_cannot_be_linked(mounts: Mounter) -> None:
    disk = mounts.btrfs("disk")
    one, two = mounts.subvolume(disk / "one"), mounts.subvolume(disk / "two")
    entry = Entry(one / "store", MIXED)
    receipt = spread([entry.job(two / "env")], mode="auto")
    entry.assert_spread(two / "env")
    assert receipt.files == {"empty": 1, "clone": 5}
    assert steps(receipt) == [("hardlink", "clone", "EXDEV", 2)]
    assert_sums(receipt, MIXED)


@pytest.mark.mounts
def test_libraries_between_bind_mounts_are_linked_through_the_cover(mounts: Mounter) -> None:
    disk = mounts.xfs("disk")
    (disk / "a").mkdir()
    (disk / "b").mkdir()
    one, two = mounts.bind("one", disk / "a"), mounts.bind("two", disk / "b")
    entry = Entry(one / "store", MIXED)
    receipt = spread([entry.job(two / "env")], mode="auto")
    entry.assert_spread(two / "env")
    assert receipt.files == {"empty": 1, "clone": 3, "hardlink": 2}
    assert (entry.tree / "pkg/_core.abi3.so").samefile(two / "env/pkg/_core.abi3.so")
    assert_sums(receipt, MIXED)
