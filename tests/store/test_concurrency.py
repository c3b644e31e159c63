"""Many processes at once, killed at any moment, on disks that fill up."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.wheels import make_wheel
from weft.core.errors import OsCause, SystemFailure
from weft.store.collect import prune
from weft.store.layout import Bucket
from weft.store.manifest import entry_id
from weft.store.staging import Staging, is_stale
from weft.store.store import Store

FILENAME = "demo-1.0-py3-none-any.whl"


def spawn(work: Callable[[], object]) -> int:
    """Run `work` in a forked process; 0 is its exit code if it returns."""
    child = os.fork()
    if not child:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def kill_in_the_middle(store: Store, work: Callable[[], object], after: float | None) -> int:
    """Run `work` in a process that is killed `after` so many seconds; its exit code.

    None stands for the moment in which it has begun something, however busy the machine is.
    """
    child = spawn(work)
    if after is None:
        staging = store.path(Bucket.STAGING)
        while not os.path.isdir(staging) or not os.listdir(staging):
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None:
                break  # it was quicker
    else:
        time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return exit_code(child)


def moments(whole: float, rounds: int) -> Iterator[float | None]:
    """When to kill what takes `whole` seconds: from the first to the last, then in the middle."""
    for number in range(rounds):
        yield whole * 1.1 * number / rounds
    for _ in range(400):
        yield None


def exit_code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def add(root: str, path: str) -> Callable[[], object]:
    name = os.path.basename(path)
    return lambda: Store(root).add_wheel(path, filename=name, origin="pypi")


def entries(store: Store) -> list[str]:
    root = Path(store.path(Bucket.ENTRIES))
    return sorted(path.name for path in root.glob("*/*"))


def check_entry(store: Store, entry: str) -> None:
    """The tree is what the manifest says, and the manifest is what the id says."""
    facts = store.manifest(entry).facts()
    assert entry_id(facts) == entry
    tree = Path(store.tree_path(entry))
    found = {
        (os.fsencode(path.relative_to(tree)), path.stat().st_size)
        for path in tree.rglob("*")
        if path.is_file()
    }
    assert found == {fact[:2] for fact in facts}


def large_wheel(directory: Path, version: str = "1.0") -> str:
    files = {f"demo/part{number % 9}/m{number}.py": os.urandom(3000) for number in range(99)}
    files["demo/large.bin"] = os.urandom(2 << 20)
    return make_wheel(directory, version=version, files=files)


def test_processes_that_add_the_same_wheel_share_one_entry(tmp_path: Path) -> None:
    path = large_wheel(tmp_path)
    root = str(tmp_path / "store")
    children = [spawn(add(root, path)) for _ in range(6)]
    assert [exit_code(child) for child in children] == [0] * 6
    store = Store(root)
    (entry,) = entries(store)
    check_entry(store, entry)
    assert store.wheels("pypi", "demo")[0].entry == entry
    assert os.listdir(store.staging()) == []


def test_processes_that_add_different_wheels_do_not_disturb_each_other(tmp_path: Path) -> None:
    paths = [make_wheel(tmp_path, version=f"{number}.0") for number in range(8)]
    root = str(tmp_path / "store")
    children = [spawn(add(root, path)) for path in paths * 2]
    assert [exit_code(child) for child in children] == [0] * 16
    store = Store(root)
    assert [wheel.version for wheel in store.wheels("pypi", "demo")] == [
        f"{number}.0" for number in range(8)
    ]
    assert len(entries(store)) == 8
    assert os.listdir(store.staging()) == []


def test_a_killed_process_leaves_an_entry_or_none(tmp_path: Path) -> None:
    """Killed anywhere between nothing and everything, the store is sound and the next add works."""
    path = large_wheel(tmp_path)
    started = time.perf_counter()
    assert exit_code(spawn(add(str(tmp_path / "whole"), path))) == 0
    whole = time.perf_counter() - started
    stages: set[tuple[bool, bool, bool]] = set()
    for number, after in enumerate(moments(whole, 20)):
        if after is None and (True, False, False) in stages:
            break
        store = Store(str(tmp_path / f"store{number}"))
        kill_in_the_middle(store, add(store.root, path), after)
        found = entries(store)
        pointers = store.wheels("pypi", "demo")
        staged = any(Path(store.path(Bucket.STAGING)).glob("*"))
        stages.add((staged, bool(found), bool(pointers)))
        for entry in found:
            check_entry(store, entry)
        assert {wheel.entry for wheel in pointers} <= set(found)
        added = store.add_wheel(path, filename=FILENAME, origin="pypi")
        check_entry(store, added.entry)
        prune(store)
        assert entries(store) == [added.entry]
        assert [name for name in os.listdir(store.staging()) if name.startswith("live-")] == []
    assert (True, False, False) in stages  # some were killed in the middle of the work


def test_kills_while_others_work_do_not_disturb_them(tmp_path: Path) -> None:
    path = large_wheel(tmp_path)
    root = str(tmp_path / "store")
    victims = [spawn(add(root, path)) for _ in range(4)]
    workers = [spawn(add(root, path)) for _ in range(3)]
    for delay, victim in enumerate(victims):
        time.sleep(0.004 * delay)
        os.kill(victim, signal.SIGKILL)
    assert [exit_code(worker) for worker in workers] == [0, 0, 0]
    for victim in victims:
        exit_code(victim)
    store = Store(root)
    (entry,) = entries(store)
    check_entry(store, entry)


def test_staging_is_stale_when_its_maker_is_gone(tmp_path: Path) -> None:
    parent = str(tmp_path / "staging")
    with Staging(parent) as mine:
        assert not is_stale(mine.path, now=time.time() + 10**6)
    assert os.listdir(parent) == []
    reading, writing = os.pipe()

    def stage_and_wait() -> None:
        Staging(parent)
        os.write(writing, b"!")
        signal.pause()

    child = spawn(stage_and_wait)
    os.read(reading, 1)
    (name,) = os.listdir(parent)
    path = os.path.join(parent, name)
    assert not is_stale(path, now=time.time())
    os.kill(child, signal.SIGKILL)
    exit_code(child)
    assert is_stale(path, now=time.time())


def test_staging_without_a_lock_is_judged_by_its_age(tmp_path: Path) -> None:
    path = tmp_path / ".tmp-0123456789abcdef"
    path.mkdir()
    now = path.stat().st_mtime
    assert not is_stale(str(path), now=now + 86_000)
    assert is_stale(str(path), now=now + 86_500)
    assert not is_stale(str(tmp_path / ".tmp-gone"), now=now)


def test_an_interrupt_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C raises wherever the process is; what was staged goes away."""
    files = {f"demo/m{number}.py": b"x" for number in range(5000)}
    path = make_wheel(tmp_path, files=files, compress=False)
    store = Store(str(tmp_path / "store"))
    staging = Path(store.staging())
    signal.signal(signal.SIGINT, signal.default_int_handler)
    child = spawn(add(store.root, path))
    while not any(staging.glob("live-*/tree/demo/m9.py")):
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
        time.sleep(0.001)
    os.kill(child, signal.SIGINT)
    assert exit_code(child) == 1
    assert os.listdir(staging) == []
    assert entries(store) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 4 MiB and 400 inodes."""
    point = tmp_path / "disk"
    point.mkdir()
    options = "size=4m,nr_inodes=400"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", point], check=True)
    try:
        yield point
    finally:
        subprocess.run(["umount", point], check=True)


@pytest.mark.mounts
@pytest.mark.parametrize(
    "files",
    [
        {"demo/large.bin": os.urandom(6 << 20)},
        {f"demo/m{number}.py": os.urandom(60_000) for number in range(100)},
        {f"demo/m{number}.py": b"x" for number in range(500)},
        {f"demo/d{number}/m.py": b"" for number in range(450)},
    ],
    ids=["one large file", "many files", "inodes for files", "inodes for directories"],
)
def test_a_full_disk_is_said_and_leaves_nothing(
    small_disk: Path, tmp_path: Path, files: dict[str, bytes]
) -> None:
    store = Store(str(small_disk / "store"))
    small = make_wheel(tmp_path, version="0.1")
    kept = store.add_wheel(small, filename=os.path.basename(small), origin="pypi")
    free = os.statvfs(small_disk)
    path = make_wheel(tmp_path, files=files)

    with pytest.raises(SystemFailure) as caught:
        store.add_wheel(path, filename=FILENAME, origin="pypi")

    cause = caught.value.__cause__
    assert isinstance(cause, OsCause)
    assert cause.message == "No space left on device (os error 28)"
    assert caught.value.path.startswith(store.staging())
    assert store.wheels("pypi", "demo") == [kept]
    assert os.listdir(store.staging()) == []
    now = os.statvfs(small_disk)
    assert (now.f_bfree, now.f_ffree) == (free.f_bfree, free.f_ffree)


@pytest.mark.mounts
def test_a_read_only_disk_can_still_be_read(small_disk: Path, tmp_path: Path) -> None:
    path = make_wheel(tmp_path)
    store = Store(str(small_disk / "store"))
    added = store.add_wheel(path, filename=FILENAME, origin="pypi")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    reader = Store(store.root)
    reader.lock_shared()
    assert reader.find_wheel("pypi", FILENAME, name="demo") == added
    assert reader.write(Bucket.SIMPLE, "pypi/demo", b"") is False
    with pytest.raises(SystemFailure) as caught:
        reader.add_wheel(path, filename=FILENAME, origin="pypi")
    assert str(caught.value.__cause__) == "Read-only file system (os error 30)"
    reader.close()
