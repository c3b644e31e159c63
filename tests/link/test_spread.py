"""Spreading trees on whatever file system the tests run on."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.link.trees import SMALL, Entry, many
from weft.core.errors import OsCause, SystemFailure
from weft.link import tree
from weft.link.route import ORDERS
from weft.link.tree import LinkJob, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.link.route import LinkMode

MODES: list[LinkMode] = list(ORDERS)
SIZE = sum(map(len, SMALL.values()))


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_gives_the_same_tree_and_an_account_that_adds_up(
    tmp_path: Path, mode: LinkMode
) -> None:
    entry = Entry(tmp_path / "store")
    receipt = spread([entry.job(tmp_path / "env")], mode=mode)
    entry.assert_spread(tmp_path / "env")
    assert sum(receipt.files.values()) == len(SMALL)
    assert sum(receipt.bytes.values()) == SIZE
    assert receipt.files["empty"] == 1


def test_hard_links_share_the_inode_and_stay_sealed(tmp_path: Path) -> None:
    entry = Entry(tmp_path / "store")
    receipt = spread([entry.job(tmp_path / "env")], mode="hardlink")
    assert receipt.files == {"empty": 1, "hardlink": 4}
    for path, data in SMALL.items():
        source, target = entry.tree / path, tmp_path / "env" / path
        assert source.samefile(target) is bool(data), "empty files are never shared"
    assert stat.S_IMODE((tmp_path / "env/pkg/module.py").stat().st_mode) == 0o444


def test_copies_have_their_own_inode_and_the_mode_bits_with_write_for_the_owner(
    tmp_path: Path,
) -> None:
    entry = Entry(tmp_path / "store")
    old = os.umask(0o077)
    try:
        spread([entry.job(tmp_path / "env")], mode="copy")
    finally:
        os.umask(old)
    modes = {
        path: stat.S_IMODE((tmp_path / "env" / path).stat().st_mode)
        for path in ("pkg/module.py", "pkg/sub/tool", "pkg/__init__.py")
    }
    assert modes == {"pkg/module.py": 0o644, "pkg/sub/tool": 0o755, "pkg/__init__.py": 0o600}
    assert not (entry.tree / "pkg/module.py").samefile(tmp_path / "env/pkg/module.py")


def test_symlinks_are_absolute_and_directories_are_real(tmp_path: Path) -> None:
    entry = Entry(tmp_path / "store")
    receipt = spread([entry.job(tmp_path / "env")], mode="symlink")
    assert receipt.files == {"empty": 1, "symlink": 4}
    assert os.readlink(tmp_path / "env/pkg/module.py") == str(entry.tree / "pkg/module.py")
    assert not (tmp_path / "env/pkg").is_symlink()


@pytest.mark.parametrize("mode", MODES)
def test_what_exists_is_replaced_without_being_written_to(tmp_path: Path, mode: LinkMode) -> None:
    entry = Entry(tmp_path / "store")
    target = tmp_path / "env" / "pkg"
    target.mkdir(parents=True)
    (tmp_path / "precious").write_bytes(b"precious")
    for name in ("module.py", "__init__.py"):
        os.link(tmp_path / "precious", target / name)
    (target / "sub").mkdir()
    (target / "sub" / "tool").symlink_to(tmp_path / "precious")
    receipt = spread([entry.job(tmp_path / "env")], mode=mode)
    entry.assert_spread(tmp_path / "env")
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert sum(receipt.files.values()) == len(SMALL)
    assert sum(receipt.bytes.values()) == SIZE


@pytest.mark.parametrize("first", MODES)
@pytest.mark.parametrize("second", MODES)
def test_spreading_again_in_any_mode_leaves_nothing_beside(
    tmp_path: Path, first: LinkMode, second: LinkMode
) -> None:
    entry = Entry(tmp_path / "store")
    for mode in (first, second):
        spread([entry.job(tmp_path / "env")], mode=mode)
        entry.assert_spread(tmp_path / "env")


def test_two_trees_may_share_directories(tmp_path: Path) -> None:
    one = Entry(tmp_path / "store", {"share/a/one": b"1", "share/both": b"same"}, name="one")
    two = Entry(tmp_path / "store", {"share/a/two": b"2", "share/both": b"same"}, name="two")
    spread([one.job(tmp_path / "env"), two.job(tmp_path / "env")], mode="hardlink")
    assert sorted(os.listdir(tmp_path / "env/share/a")) == ["one", "two"]
    assert (tmp_path / "env/share/both").read_bytes() == b"same"


def test_a_directory_in_the_way_of_a_file_is_named(tmp_path: Path) -> None:
    entry = Entry(tmp_path / "store")
    obstacle = tmp_path / "env" / "pkg" / "module.py"
    obstacle.mkdir(parents=True)
    with pytest.raises(SystemFailure) as caught:
        spread([entry.job(tmp_path / "env")], mode="hardlink")
    assert caught.value.message == f"Failed to hardlink to `{obstacle}`"
    assert caught.value.error.errno == errno.EISDIR
    assert isinstance(caught.value.__cause__, OsCause)
    assert [each for each in os.listdir(obstacle.parent) if each.startswith(".tmp")] == []


def test_a_directory_in_the_way_of_an_empty_file_is_named(tmp_path: Path) -> None:
    entry = Entry(tmp_path / "store")
    obstacle = tmp_path / "env" / "pkg" / "__init__.py"
    obstacle.mkdir(parents=True)
    with pytest.raises(SystemFailure) as caught:
        spread([entry.job(tmp_path / "env")], mode="hardlink")
    assert caught.value.message == f"Failed to create `{obstacle}`"
    assert isinstance(caught.value.__cause__, OsCause)


def test_a_file_in_the_way_of_a_directory_is_named(tmp_path: Path) -> None:
    entry = Entry(tmp_path / "store")
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pkg").write_bytes(b"")
    with pytest.raises(SystemFailure) as caught:
        spread([entry.job(tmp_path / "env")], mode="hardlink")
    assert str(tmp_path / "env" / "pkg") in caught.value.message


@pytest.mark.parametrize("mode", MODES)
def test_a_file_that_the_store_has_lost_is_named(tmp_path: Path, mode: LinkMode) -> None:
    entry = Entry(tmp_path / "store")
    job = entry.job(tmp_path / "env")
    for gone in ("pkg/module.py", "pkg/__init__.py"):
        (entry.tree / gone).unlink()
        if mode == "symlink" and gone == "pkg/module.py":
            continue
        with pytest.raises(SystemFailure) as caught:
            spread([job], mode=mode)
        assert caught.value.message.startswith(f"Failed to read `{entry.tree}/pkg/")


def test_missing_directories_are_made_even_if_the_job_does_not_list_them(tmp_path: Path) -> None:
    entry = Entry(tmp_path / "store")
    job = entry.job(tmp_path / "env")
    spread([LinkJob(job.tree, job.groups, job.files, job.bytes)], mode="hardlink")
    entry.assert_spread(tmp_path / "env")


def test_directories_without_files_are_made(tmp_path: Path) -> None:
    empty = os.fsencode(tmp_path / "env" / "empty")
    receipt = spread([LinkJob(str(tmp_path), (), 0, 0, (empty,))], mode="auto")
    assert os.path.isdir(empty)
    assert receipt.files == {}


@pytest.mark.parametrize("mode", ["hardlink", "copy"])
def test_a_large_tree_is_cut_and_shared_out(
    tmp_path: Path, mode: Literal["hardlink", "copy"]
) -> None:
    entry = Entry(tmp_path / "store", many(2000))
    other = Entry(tmp_path / "store", many(300), name="other")
    jobs = [entry.job(tmp_path / "env"), other.job(tmp_path / "env2")]
    receipt = spread(jobs, mode=mode, workers=3)
    entry.assert_spread(tmp_path / "env")
    other.assert_spread(tmp_path / "env2")
    assert receipt.files == {"empty": 230, mode: 2070}
    assert receipt.bytes[mode] == sum(job.bytes for job in jobs)


def test_an_error_in_a_worker_is_raised(tmp_path: Path) -> None:
    entry = Entry(tmp_path / "store", many(2000))
    obstacle = tmp_path / "env/pkg/d99/f1999.py"
    obstacle.mkdir(parents=True)
    with pytest.raises(SystemFailure) as caught:
        spread([entry.job(tmp_path / "env")], mode="hardlink")
    assert caught.value.message == f"Failed to hardlink to `{obstacle}`"


class Later:
    """A job of which nothing but the sums is known until `prepare` is called."""

    def __init__(self, job: LinkJob, prepare: Callable[[], object]) -> None:
        self.files, self.bytes, self.cost = job.files, job.bytes, job.cost
        self._job = job
        self._prepare = prepare

    def prepare(self) -> LinkJob:
        self._prepare()
        return self._job


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_is_prepared_once_and_before_anything_of_it_is_made(
    tmp_path: Path, workers: int
) -> None:
    contents = [{"pkg/empty": b""}, SMALL, many(300), many(6000), many(1000)]
    entries = [
        Entry(tmp_path / "store", content, name=f"entry{number}")
        for number, content in enumerate(contents)
    ]
    targets = [tmp_path / f"env{number}" for number in range(len(entries))]
    (tmp_path / "log").mkdir()

    def prepare(number: int) -> None:
        with (tmp_path / "log" / str(number)).open("x") as log:  # fails the second time
            log.write(f"{targets[number].exists()} {os.getpid() == here}")

    here = os.getpid()
    jobs = [
        Later(entry.job(targets[number]), partial(prepare, number))
        for number, entry in enumerate(entries)
    ]
    receipt = spread(jobs, mode="hardlink", workers=workers)
    assert sum(receipt.files.values()) == sum(map(len, contents))
    logged = {path.name: path.read_text().split() for path in (tmp_path / "log").iterdir()}
    assert {number: was_there for number, (was_there, _) in logged.items()} == {
        str(number): "False" for number in range(len(jobs))
    }
    # The way is found with the first files that there are, and what is more than a worker's part
    # is cut, before there are workers.
    assert {logged[number][1] for number in "013"} == {"True"}
    for entry, target in zip(entries, targets, strict=True):
        entry.assert_spread(target)


def test_jobs_are_prepared_where_they_are_done(tmp_path: Path) -> None:
    entries = [Entry(tmp_path / "store", many(700), name=f"entry{n}") for n in range(6)]
    (tmp_path / "log").mkdir()

    def prepare(number: int) -> None:
        (tmp_path / "log" / str(number)).write_text(str(os.getpid()))
        deadline = time.monotonic() + 30
        while number and len(logged()) < 2:  # nobody takes all before the other one begins
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def logged() -> set[str]:
        return {path.read_text() for path in (tmp_path / "log").iterdir()} - {""}

    jobs = [
        Later(entry.job(tmp_path / f"env{number}"), partial(prepare, number))
        for number, entry in enumerate(entries)
    ]
    spread(jobs, mode="hardlink", workers=2)
    assert len(logged()) == 2
    assert str(os.getpid()) in logged()


def test_nothing_is_made_of_a_job_that_cannot_be_prepared(tmp_path: Path) -> None:
    one = Entry(tmp_path / "store", many(900), name="one")
    two = Entry(tmp_path / "store", many(800), name="two")

    def refuse() -> None:
        raise SystemFailure("write", "mark", OSError(errno.ENOSPC, "full"))

    with pytest.raises(SystemFailure) as caught:
        spread([one.job(tmp_path / "one"), Later(two.job(tmp_path / "two"), refuse)], mode="copy")
    assert caught.value.path == "mark"
    assert not (tmp_path / "two").exists()


def test_the_pieces_of_a_tree_bring_the_parents_of_their_directories(tmp_path: Path) -> None:
    content = {f"pkg/part{number}/deep/f{file}": b"x" for number in range(150) for file in range(9)}
    entry = Entry(tmp_path / "store", content)
    job = entry.job(tmp_path / "env")
    pieces = tree._cut(job)
    assert len(pieces) > 1
    made = [directory for piece in pieces for directory in piece.directories]
    assert sorted(made) == sorted(job.directories)
    for piece in pieces:
        deep = [each for each in piece.directories if each.endswith(b"/deep")]
        assert deep
        for directory in deep:
            parent = os.path.dirname(directory)
            assert piece.directories.index(parent) < piece.directories.index(directory)


@pytest.mark.parametrize("denied", [0o077, 0o000, 0o333])
def test_no_umask_takes_bits_from_copies(tmp_path: Path, denied: int) -> None:
    content = {"pkg/a.py": b"a", "pkg/b.py": b"b", "pkg/sub/tool": b"#!", "pkg/sub/z.py": b"z"}
    entry = Entry(tmp_path / "store", content)
    job = entry.job(tmp_path / "env")
    for directory in job.directories:
        os.mkdir(directory)
    old = os.umask(denied)
    try:
        spread([job], mode="copy")
    finally:
        os.umask(old)
    assert modes_below(tmp_path / "env") == {
        "a.py": 0o644,
        "b.py": 0o644,
        "tool": 0o755,
        "z.py": 0o644,
    }


def modes_below(directory: Path) -> dict[str, int]:
    return {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in directory.rglob("*")
        if path.is_file()
    }


SPREAD_FOR_EVER = """
import shutil, sys
from pathlib import Path
from tests.link.trees import Entry, many
from weft.link.tree import spread
store, target, mode = sys.argv[1:]
entry = Entry.__new__(Entry)
entry.tree, entry.content = Path(store) / "entry" / "tree", many(1000)
while True:
    spread([entry.job(Path(target))], mode=mode)
"""


@pytest.mark.parametrize("mode", ["hardlink", "copy"])
def test_after_a_kill_at_any_moment_the_next_spread_completes(
    tmp_path: Path, mode: LinkMode
) -> None:
    entry = Entry(tmp_path / "store", many(1000))
    for files in (1, 700):
        target = tmp_path / f"env{files}"
        words = [sys.executable, "-c", SPREAD_FOR_EVER, str(tmp_path / "store"), str(target), mode]
        with subprocess.Popen(words, cwd=Path(__file__).parents[2]) as process:
            while sum(len(names) for _, _, names in os.walk(target)) < files:
                assert process.poll() is None
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        spread([entry.job(target)], mode=mode)
        for left in target.rglob(".tmp-*"):
            left.unlink()  # the killed one may have left one unfinished file, under its own name
        entry.assert_spread(target)


@pytest.mark.parametrize("mode", ["hardlink", "copy", "symlink"])
def test_two_processes_may_spread_into_one_place_at_once(tmp_path: Path, mode: LinkMode) -> None:
    entry = Entry(tmp_path / "store", many(1000))
    target = tmp_path / "env"
    words = [sys.executable, "-c", SPREAD_FOR_EVER, str(tmp_path / "store"), str(target), mode]
    with subprocess.Popen(words, cwd=Path(__file__).parents[2]) as process:
        while not target.exists():
            assert process.poll() is None
            time.sleep(0.002)
        for _ in range(2):
            spread([entry.job(target)], mode=mode)
        process.kill()
    for left in target.rglob(".tmp-*"):
        left.unlink()
    entry.assert_spread(target)
