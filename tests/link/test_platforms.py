"""The parts for Windows and macOS, as far as Linux can run them.

Windows: the library that clones there clones on Linux too, so the whole code path runs for real.
macOS: `clonefileat` is a parameter of ours; `cp --reflink` stands in for it, on a file system that
clones. What only those systems can answer is said in `docs/explanation/linking.md`.
"""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.link.trees import MTIME_NS, SMALL, Content, Entry
from tests.support.mounts import Mounter, shared_bytes
from weft.link import modes
from weft.link.modes import MODES, Pair
from weft.link.tree import LinkJob, spread

SIZE = sum(map(len, SMALL.values()))


@pytest.fixture
def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """No descriptors of directories, attributes by path, clones by the library, no `sendfile`."""
    monkeypatch.setattr(modes, "_ATTRIBUTES_BY_DESCRIPTOR", False)
    monkeypatch.delattr(os, "sendfile")
    monkeypatch.setattr(modes, "_BY_DESCRIPTOR", False)
    monkeypatch.setitem(MODES, "clone", modes._clone_on_windows)


@pytest.mark.mounts
@pytest.mark.usefixtures("as_on_windows")
def test_the_library_for_windows_clones(mounts: Mounter) -> None:
    disk = mounts.xfs("disk")
    entry = Entry(disk / "store")
    for _ in range(2):  # the second time everything is in the way
        receipt = spread([entry.job(disk / "env")], mode="clone")
        entry.assert_spread(disk / "env")
        assert receipt.files == {"empty": 1, "clone": 4}
        assert sum(receipt.bytes.values()) == SIZE
    os.sync()
    shared, total = shared_bytes(disk / "env/pkg/sub/data.bin")
    assert shared == total > 0
    assert stat.S_IMODE((disk / "env/pkg/sub/tool").stat().st_mode) == 0o755


@pytest.mark.mounts
@pytest.mark.usefixtures("as_on_windows")
def test_what_the_library_refuses_has_its_number(mounts: Mounter) -> None:
    disk, ram = mounts.ext4("disk"), mounts.tmpfs("ram")
    entry = Entry(disk / "store")
    for place, number, mode in (
        (disk, errno.EOPNOTSUPP, "hardlink"),
        (ram, errno.EXDEV, "copy"),
    ):
        receipt = spread([entry.job(place / "env")], mode="clone")
        entry.assert_spread(place / "env")
        assert receipt.files == {"empty": 1, mode: 4}
        assert next(step.errno for step in receipt.fallbacks if step.from_mode == "clone") == number


@pytest.mark.usefixtures("as_on_windows")
def test_without_the_library_hard_links_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "reflink_copy", None)
    entry = Entry(tmp_path / "store")
    receipt = spread([entry.job(tmp_path / "env")], mode="auto")
    entry.assert_spread(tmp_path / "env")
    assert receipt.files == {"empty": 1, "hardlink": 4}


@pytest.mark.usefixtures("as_on_windows")
def test_at_the_limit_of_links_of_windows_the_store_gets_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Entry(tmp_path / "store")
    link = os.link

    def limited(source: bytes, target: bytes, **_places: None) -> None:
        if os.stat(source).st_nlink >= 3:
            error = OSError(errno.EINVAL, "too many links")
            error.winerror = 1142  # type: ignore[attr-defined]  # only Windows has it
            raise error
        link(source, target)

    monkeypatch.setattr(os, "link", limited)
    for number in range(5):
        receipt = spread([entry.job(tmp_path / f"env{number}")], mode="hardlink")
        entry.assert_spread(tmp_path / f"env{number}")
        assert receipt.files == {"empty": 1, "hardlink": 4}
        renewed = [step.files for step in receipt.fallbacks if step.reason == "EMLINK"]
        assert renewed == ([4] if number in (2, 4) else [])
    module = entry.tree / "pkg/module.py"
    assert (stat.S_IMODE(module.stat().st_mode), module.stat().st_mtime_ns) == (0o444, MTIME_NS)


def clone_directory(source: bytes, target: bytes) -> None:
    """What macOS does in one call."""
    words: list[str | bytes] = ["cp", "-a", "--reflink=always", "-T", source, target]
    if subprocess.run(words, capture_output=True).returncode:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))


@pytest.mark.mounts
def test_whole_directories_are_cloned_where_nothing_is_in_the_way(mounts: Mounter) -> None:
    disk = mounts.xfs("disk")
    entry = Entry(disk / "store")
    entry.tree.joinpath("pkg-1.0.dist-info/RECORD").write_text("")  # not for the linker
    cloned: list[bytes] = []

    def note(source: bytes, target: bytes) -> None:
        cloned.append(os.path.relpath(source, os.fsencode(entry.tree)))
        clone_directory(source, target)

    receipt = spread([entry.job(disk / "env")], mode="clone", clone_directory=note)
    entry.assert_spread(disk / "env")
    assert cloned == [b"pkg"]
    assert receipt.files == {"clone": 4, "empty": 1}
    assert sum(receipt.bytes.values()) == receipt.bytes["clone"] == SIZE
    assert stat.S_IMODE((disk / "env/pkg/module.py").stat().st_mode) == 0o644
    os.sync()
    shared, total = shared_bytes(disk / "env/pkg/sub/data.bin")
    assert shared == total > 0


@pytest.mark.mounts
def test_what_is_in_the_way_stays_and_the_directories_beside_it_are_cloned(
    mounts: Mounter,
) -> None:
    disk = mounts.xfs("disk")
    entry = Entry(disk / "store")
    (disk / "env/pkg").mkdir(parents=True)
    (disk / "env/pkg/mine.txt").write_text("mine")
    cloned: list[bytes] = []

    def note(source: bytes, target: bytes) -> None:
        cloned.append(os.path.relpath(source, os.fsencode(entry.tree)))
        clone_directory(source, target)

    receipt = spread([entry.job(disk / "env")], mode="clone", clone_directory=note)
    assert sorted(cloned) == [b"pkg-1.0.dist-info", b"pkg/sub"]
    assert receipt.files == {"clone": 4, "empty": 1}
    assert (disk / "env/pkg/mine.txt").read_text() == "mine"
    (disk / "env/pkg/mine.txt").unlink()
    entry.assert_spread(disk / "env")


@pytest.mark.mounts
def test_refused_directories_go_file_by_file(mounts: Mounter) -> None:
    disk = mounts.xfs("disk")
    entry = Entry(disk / "store")

    def refuse(_source: bytes, target: bytes) -> None:
        os.mkdir(target)
        Path(os.fsdecode(target), "half").touch()
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    receipt = spread([entry.job(disk / "env")], mode="clone", clone_directory=refuse)
    entry.assert_spread(disk / "env")
    assert receipt.files == {"clone": 4, "empty": 1}
    assert sum(receipt.bytes.values()) == SIZE


@pytest.mark.mounts
def test_auto_does_not_clone_directories_of_large_libraries(mounts: Mounter) -> None:
    disk = mounts.xfs("disk")
    content: Content = {"a/big.so": os.urandom(2 << 20), "a/b/x.py": b"x", "c/y.py": b"y"}
    entry = Entry(disk / "store", content)
    receipt = spread([entry.job(disk / "env")], mode="auto", clone_directory=clone_directory)
    entry.assert_spread(disk / "env")
    assert receipt.files == {"clone": 2, "hardlink": 1}
    assert receipt.bytes == {"clone": 2, "hardlink": 2 << 20}


@pytest.mark.mounts
def test_a_job_that_wants_a_part_elsewhere_is_not_cloned_whole(mounts: Mounter) -> None:
    disk = mounts.xfs("disk")
    entry = Entry(disk / "store", {"d/data/one": b"1", "d/lib/two": b"2"})
    groups = (
        (b"d/data", os.fsencode(disk / "share"), (b"one",), ()),
        (b"d/lib", os.fsencode(disk / "env/d/lib"), (b"two",), ()),
    )
    job = LinkJob(str(entry.tree), groups, 2, 2)
    receipt = spread([job], mode="clone", clone_directory=clone_directory)
    assert receipt.files == {"clone": 2}
    assert receipt.bytes == {"clone": 2}
    assert (disk / "share/one").read_bytes() == b"1"
    assert sorted(os.listdir(disk / "env/d")) == ["lib"]


@pytest.mark.mounts
def test_files_cloned_on_macos_may_be_written_by_their_owner(
    mounts: Mounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = mounts.xfs("disk")
    entry = Entry(disk / "store")

    def clonefileat(source: int, name: bytes, target: int, new: bytes) -> None:
        clone(Pair.through(anywhere, source, target), name, new)
        os.chmod(new, 0o444, dir_fd=target)  # as there, all of the file but its number

    clone, anywhere = MODES["clone"], Pair(b"/", b"/")
    anywhere.close()
    monkeypatch.setattr(modes, "_clonefileat", clonefileat)
    monkeypatch.setitem(MODES, "clone", modes._clone_on_macos)
    receipt = spread([entry.job(disk / "env")], mode="clone")
    entry.assert_spread(disk / "env")
    assert receipt.files == {"empty": 1, "clone": 4}
    assert stat.S_IMODE((disk / "env/pkg/module.py").stat().st_mode) == 0o644
