"""What comes out of source archives, and that nothing comes out of bad ones."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.mounts import Mounter, mounts
from tests.support.rawzip import REGULAR, SYMLINK, Member
from tests.support.sdists import (
    FILES,
    HOSTILE,
    PROJECT,
    TOP,
    Entry,
    make_archive,
    make_zip,
    tar_bytes,
    write_archive,
)
from weft.core.errors import SystemFailure, WeftError
from weft.fetch.unpacking import BadSource, unpack_source

__all__ = ["mounts"]

#: Name of the offence → (the member that the error must name, words that its reason must have).
EXPECTED = {
    "parent-path": ("../evil.py", "leaves the directory"),
    "inner-parent-path": ("demo-1.0/../../evil.py", "leaves the directory"),
    "absolute-path": ("/tmp/evil.py", "absolute path"),
    "drive-path": ("C:/evil.py", "absolute path"),
    "pax-parent-path": ("../evil.py", "leaves the directory"),
    "gnu-parent-path": ("../evil.py", "leaves the directory"),
    "nul-path": ("demo-1.0/evil\\x00.py", "NUL"),
    "control-path": ("demo-1.0/evil\\n.py", "control character"),
    "not-utf8-path": ("demo-1.0/evil\\xff.py", "not UTF-8"),
    "long-name": ("demo-1.0/xxx", "too long"),
    "long-path": ("demo-1.0/x/x/x", "too long"),
    "absolute-link": ("demo-1.0/link", "absolute path"),
    "empty-link": ("demo-1.0/link", "link to nothing"),
    "link-out": ("demo-1.0/link", "leads out"),
    "pax-link-out": ("demo-1.0/link", "leads out"),
    "link-out-by-steps": ("demo-1.0/a/b/over", "leads out"),
    "write-through-link": ("demo-1.0/link/evil.py", "below a link"),
    "directory-through-link": ("demo-1.0/link/evil", "below a link"),
    "file-over-link": ("demo-1.0/link", "twice"),
    "link-over-file": ("demo-1.0/demo.py", "twice"),
    "hard-link-out": ("../../../etc/passwd", "leaves the directory"),
    "hard-link-absolute": ("/etc/passwd", "absolute path"),
    "hard-link-to-nothing": ("demo-1.0/link", "no file of the archive"),
    "hard-link-to-link": ("demo-1.0/hard", "no file of the archive"),
    "character-device": ("demo-1.0/null", "device"),
    "block-device": ("demo-1.0/disk", "device"),
    "fifo": ("demo-1.0/pipe", "named pipe"),
    "sparse": ("demo-1.0/hole", "of a kind that"),
    "pax-sparse": ("", "sparse"),
    "volume": ("volume", "of a kind that"),
    "duplicate": ("demo-1.0/demo.py", "twice, with different content"),
    "longer-duplicate": ("demo-1.0/demo.py", "twice, with different content"),
    "shorter-duplicate": ("demo-1.0/demo.py", "twice, with different content"),
    "file-as-directory": ("demo-1.0/demo.py/evil.py", "below a file"),
    "directory-as-file": ("demo-1.0/x", "twice"),
    "directory-with-content": ("demo-1.0/x", "content that it cannot have"),
    "link-with-content": ("demo-1.0/x", "content that it cannot have"),
    "global-path": ("", "one name or size to all"),
    "named-twice": ("", "names a member twice"),
    "two-paths": ("", "names a member twice"),
    "bad-pax": ("", "damaged extended header"),
    "bad-pax-length": ("", "damaged extended header"),
    "bad-pax-size": ("", "damaged extended header"),
    "large-pax": ("", "extended header of 1073741824 bytes"),
    "pax-before-end": ("", "ends within a member"),
    "bad-checksum": ("", "damaged header"),
    "bad-size": ("", "damaged header"),
    "claims-more": ("", "truncated"),
    "huge-size": ("", "looks like a bomb"),
    "data-behind-end": ("", "data follows its end"),
    "archive-behind-end": ("", "data follows its end"),
    "garbage-behind-gzip": ("", "damaged, or not a gzip file"),
    "bad-gzip-crc": ("", "damaged, or not a gzip file"),
    "no-gzip": ("", "damaged, or not a gzip file"),
    "no-bzip2": ("", "damaged, or not a bzip2 file"),
    "no-xz": ("", "damaged, or not a xz file"),
    "no-tar": ("", "not a tar file"),
    "no-tar-in-gzip": ("", "not a tar file"),
    "empty-file": ("", "truncated"),
    "unknown-format": ("", "its file name ends with none of"),
    "truncated-gzip": ("", "truncated"),
    "truncated-bzip2": ("", "truncated"),
    "truncated-xz": ("", "truncated"),
    "truncated-tar": ("", "truncated"),
    "bomb": ("", "looks like a bomb"),
    "silent-bomb": ("", "looks like a bomb"),
    "xz-memory": ("", "damaged, or not a xz file"),
    "no-files": ("", "holds no files"),
    "two-tops": ("", "one directory at its top, but has `demo-1.0`, `other-2.0`"),
    "file-at-top": ("", "one directory at its top, but has `demo.py`"),
    "link-at-top": ("", "one directory at its top, but has `top`"),
    "zip-parent-path": ("../evil.py", "leaves the directory"),
    "zip-absolute-path": ("/tmp/evil.py", "absolute path"),
    "zip-link-out": ("demo-1.0/link", "leads out"),
    "zip-absolute-link": ("demo-1.0/link", "absolute path"),
    "zip-through-link": ("demo-1.0/link", "a file and a directory"),
    "zip-long-link": ("demo-1.0/link", "too long"),
    "zip-fifo": ("demo-1.0/pipe", "neither a file nor a directory"),
    "zip-duplicate": ("demo-1.0/demo.py", "twice"),
    "zip-two-tops": ("", "one directory at its top"),
    "no-zip": ("", "not a zip file"),
}


def unpack(path: str, directory: Path) -> Path:
    return Path(unpack_source(path, str(directory), filename=os.path.basename(path)))


def content(tree: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(tree)): path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A directory in which nothing but the archive may be when the test ends."""
    place = tmp_path / "place"
    place.mkdir()
    yield place
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("offence", HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(offence: str, outside: Path) -> None:
    path = HOSTILE[offence](outside)
    with pytest.raises(BadSource) as caught:
        unpack(path, outside / "tree")
    member, reason = EXPECTED[offence]
    assert reason in caught.value.reason
    assert caught.value.member.startswith(member) and bool(member) == bool(caught.value.member)
    assert os.path.basename(path) in caught.value.message
    assert caught.value.message.isprintable()
    assert os.listdir(outside) == [os.path.basename(path)]


def test_every_offence_is_expected() -> None:
    assert EXPECTED.keys() == HOSTILE.keys()


@pytest.mark.parametrize(
    "ending", ["tar.gz", "tgz", "tar.bz2", "tbz", "tar.xz", "txz", "tar.lzma", "tlz", "tar"]
)
def test_every_format_gives_the_same_tree(ending: str, tmp_path: Path) -> None:
    path = make_archive(tmp_path, filename=f"{TOP}.{ending}")
    tree = unpack(path, tmp_path / "tree")
    assert tree == tmp_path / "tree" / TOP
    assert content(tree) == {"pyproject.toml": PROJECT, "demo.py": FILES[1].data}


def test_a_zip_gives_the_same_tree(tmp_path: Path) -> None:
    path = make_zip(
        tmp_path,
        Member(f"{TOP}/run", b"#!/bin/sh\n", mode=REGULAR | 0o755),
        Member(f"{TOP}/empty/", mode=0o040755, method=0),
        Member(f"{TOP}/DEMO.py", b"another"),
        Member(f"{TOP}/link", b"demo.py", mode=SYMLINK | 0o777),
    )
    tree = unpack(path, tmp_path / "tree")
    assert content(tree) == {
        "pyproject.toml": PROJECT, "demo.py": FILES[1].data,
        "run": b"#!/bin/sh\n", "DEMO.py": b"another",
    }  # fmt: skip
    assert (tree / "empty").is_dir()
    assert os.readlink(tree / "link") == "demo.py"
    assert os.access(tree / "run", os.X_OK) and not os.access(tree / "demo.py", os.X_OK)
    assert os.access(tree / "demo.py", os.W_OK)


def test_zstandard_is_read_or_named(tmp_path: Path) -> None:
    """The standard library has it since 3.14; before that the message says so."""
    magic = bytes.fromhex("28b52ffd")
    path = write_archive(tmp_path, magic, filename=f"{TOP}.tar.zst")
    with pytest.raises(BadSource, match=r"Zstandard, which weft's Python|truncated"):
        unpack(path, tmp_path / "tree")


def test_modes_keep_only_who_may_execute(tmp_path: Path) -> None:
    path = make_archive(
        tmp_path,
        Entry(f"{TOP}/script", mode=0o4755),
        Entry(f"{TOP}/secret", mode=0o000),
        Entry(f"{TOP}/closed", kind=b"5", mode=0o000),
        Entry(f"{TOP}/closed/inside", b"x"),
    )
    before = os.umask(0o022)
    try:
        tree = unpack(path, tmp_path / "tree")
    finally:
        os.umask(before)
    modes = {name: (tree / name).stat().st_mode & 0o7777 for name in ("script", "secret", "closed")}
    assert modes == {"script": 0o755, "secret": 0o644, "closed": 0o755}
    assert (tree / "closed/inside").read_bytes() == b"x"


def test_times_are_those_of_the_archive_within_reason(tmp_path: Path) -> None:
    """Generated files must stay newer than what they are made of; zip files begin in 1980."""
    future = int(time.time()) + 10_000_000
    path = make_archive(
        tmp_path,
        Entry(f"{TOP}/old", mtime=0o1),
        Entry(f"{TOP}/future", mtime=future),
        Entry(f"{TOP}/pax", pax={"mtime": "1600000000.5"}),
    )
    tree = unpack(path, tmp_path / "tree")
    assert (tree / "demo.py").stat().st_mtime == 1_700_000_000
    assert (tree / "pax").stat().st_mtime == 1_600_000_000
    assert time.gmtime((tree / "old").stat().st_mtime).tm_year == 1980
    assert (tree / "future").stat().st_mtime <= time.time()


def test_links_inside_of_the_tree_are_made(tmp_path: Path) -> None:
    path = make_archive(
        tmp_path,
        Entry(f"{TOP}/docs/link", kind=b"2", link="../demo.py"),
        Entry(f"{TOP}/dangling", kind=b"2", link="nothing/there"),
        Entry(f"{TOP}/hard", kind=b"1", link=f"{TOP}/demo.py"),
        Entry(f"{TOP}/early", kind=b"2", link="late"),
        Entry(f"{TOP}/late", kind=b"5"),
        Entry(f"{TOP}/docs/link", kind=b"2", link="../demo.py"),
    )
    tree = unpack(path, tmp_path / "tree")
    assert os.readlink(tree / "docs/link") == "../demo.py"
    assert os.readlink(tree / "dangling") == "nothing/there"
    assert (tree / "early").resolve() == (tree / "late").resolve()
    assert (tree / "hard").samefile(tree / "demo.py")


def test_odd_but_honest_archives_are_unpacked(tmp_path: Path) -> None:
    """Dots and slashes in names, a member twice, padding, two gzip streams, litter at the top."""
    odd = [
        Entry("./", kind=b"5"),
        Entry("pax_global_header", b"x"),
        Entry(f"._{TOP}", b"fork"),
        Entry("g", b"20 comment=abcdefgh\n", b"g"),
        *[Entry(f"./{entry.name!s}", entry.data) for entry in FILES],
        FILES[1],
        Entry(f"{TOP}//deep/./er/", b"", b"\0"),
        Entry(f"{TOP}/back\\slash", b"y"),
    ]
    data = tar_bytes(odd, end=bytes(10 * 1024))
    path = write_archive(tmp_path, data[:700])
    with open(path, "ab") as file:
        file.write(Path(write_archive(tmp_path / "rest", data[700:])).read_bytes() + bytes(99))
    tree = unpack(path, tmp_path / "tree")
    assert tree.name == TOP
    assert (tree / "deep/er").is_dir()
    assert (tree / "back\\slash").read_bytes() == b"y"
    assert (tree / "demo.py").read_bytes() == FILES[1].data


def test_a_project_may_lie_at_the_top_itself(tmp_path: Path) -> None:
    path = make_archive(tmp_path, files=[Entry("pyproject.toml", PROJECT), Entry("src/demo.py")])
    assert unpack(path, tmp_path / "tree") == tmp_path / "tree"


def test_large_honest_archives_are_no_bombs(tmp_path: Path) -> None:
    path = make_archive(tmp_path, Entry(f"{TOP}/zeros", bytes(64 << 20)))
    assert os.path.getsize(path) * 500 < 64 << 20
    assert (unpack(path, tmp_path / "tree") / "zeros").stat().st_size == 64 << 20


def test_a_directory_that_exists_is_not_touched(tmp_path: Path) -> None:
    path = make_archive(tmp_path)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/mine").write_text("x")
    with pytest.raises(SystemFailure):
        unpack(path, tmp_path / "tree")
    assert os.listdir(tmp_path / "tree") == ["mine"]


def test_a_full_disk_is_told_and_nothing_is_left(mounts: Mounter, tmp_path: Path) -> None:
    small = mounts.tmpfs("small", size="2m")
    path = make_archive(tmp_path, Entry(f"{TOP}/noise", os.urandom(4 << 20)))
    with pytest.raises(SystemFailure) as caught:
        unpack(path, small / "tree")
    assert caught.value.error.errno == 28 and "noise" in caught.value.path
    assert os.listdir(small) == []


def test_a_missing_archive_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemFailure) as caught:
        unpack(str(tmp_path / f"{TOP}.tar.gz"), tmp_path / "tree")
    assert caught.value.action == "read" and os.listdir(tmp_path) == []


names = st.text(
    st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="/\\:"), min_size=1
).filter(lambda text: text not in (".", "..") and len(text.encode()) < 200)


@settings(max_examples=30, deadline=None)
@given(
    tree=st.dictionaries(names, st.binary(max_size=2000), min_size=1, max_size=8),
    form=st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_what_tarfile_writes_is_what_we_read(tree: dict[str, bytes], form: int) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form, encoding="utf-8") as archive:
        for name, data in tree.items():
            info = tarfile.TarInfo(f"{TOP}/{name}")
            info.size = len(data)
            try:
                archive.addfile(info, io.BytesIO(data))
            except ValueError:  # ustar cannot say such a name
                return
    with tempfile.TemporaryDirectory() as scratch:
        path = write_archive(scratch, made.getvalue(), filename=f"{TOP}.tar")
        assert content(unpack(path, Path(scratch, "tree")).parent / TOP) == tree


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    """Whatever happens to the bytes of an archive, nothing gets out and only our errors come."""
    good = tar_bytes(
        [*FILES, Entry(f"{TOP}/l", kind=b"2", link="demo.py"), Entry("y", pax={"path": f"{TOP}/p"})]
    )
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(broken) - 1))
        broken[place] = data.draw(st.integers(0, 255))
        header = place - place % 512
        told = sum(broken[header : header + 148]) + 256 + sum(broken[header + 156 : header + 512])
        broken[header + 148 : header + 156] = b"%06o\0 " % told  # else the checksum ends it all
    with tempfile.TemporaryDirectory() as scratch:
        path = write_archive(scratch, bytes(broken), filename=f"{TOP}.tar")
        try:
            tree = unpack(path, Path(scratch, "tree"))
        except WeftError:
            assert os.listdir(scratch) == [f"{TOP}.tar"]
        else:
            assert tree.is_relative_to(scratch)
            assert sorted(os.listdir(scratch)) == [f"{TOP}.tar", "tree"]
