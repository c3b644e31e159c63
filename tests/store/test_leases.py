"""Pruning beside processes that live, and after those that died."""

from __future__ import annotations

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from tests.store.test_concurrency import check_entry, entries, exit_code, spawn
from tests.support.wheels import make_wheel
from weft.store.collect import prune
from weft.store.layout import Bucket
from weft.store.members import Cache
from weft.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def add_orphan(store: Store, directory: Path, version: str = "1.0") -> str:
    """An entry that no pointer leads to."""
    path = make_wheel(directory / "wheels", version=version, files={"demo/a.py": version})
    wheel = store.add_wheel(path, filename=os.path.basename(path), origin="pypi")
    os.unlink(store.path(Bucket.WHEELS, f"pypi/demo/{wheel.filename}"))
    return wheel.entry


def holder(root: str, *leased: str) -> tuple[int, int]:
    """A process that leases entries, and waits: its number, and the pipe that ends it."""
    ready, tells = os.pipe()
    waits, ends = os.pipe()

    def live() -> None:
        os.close(ends)
        store = Store(root)
        store.lock_shared()
        store.protect(leased)
        os.write(tells, b"x")
        os.read(waits, 1)

    child = spawn(live)
    os.close(waits)
    assert os.read(ready, 1) == b"x"
    os.close(ready)
    os.close(tells)
    return child, ends


def test_what_a_living_process_leases_stays_and_prune_does_not_wait(
    store: Store, tmp_path: Path
) -> None:
    held, free = add_orphan(store, tmp_path), add_orphan(store, tmp_path, "2.0")
    child, ends = holder(store.root, held)
    assert not Store(store.root).lock_exclusive(force=True)  # the process holds its lock
    prune(store)
    assert entries(store) == [held]
    check_entry(store, held)
    os.close(ends)
    assert exit_code(child) == 0
    prune(store)
    assert entries(store) == []
    assert free != held and os.listdir(store.path(Bucket.LEASES)) == []


def test_the_lease_of_a_killed_process_is_void(store: Store, tmp_path: Path) -> None:
    held = add_orphan(store, tmp_path)
    child, ends = holder(store.root, held)
    os.kill(child, signal.SIGKILL)
    exit_code(child)
    os.close(ends)
    assert len(os.listdir(store.path(Bucket.LEASES))) == 1
    prune(store)
    assert entries(store) == [] == os.listdir(store.path(Bucket.LEASES))


def test_a_child_of_the_holder_keeps_the_lease(store: Store, tmp_path: Path) -> None:
    held = add_orphan(store, tmp_path)
    store.lock_shared()
    store.protect([held])
    waits, ends = os.pipe()

    def live() -> None:
        os.close(ends)
        os.read(waits, 1)

    child = spawn(live)
    lease = store.lease()
    assert lease is not None
    os.close(lease.fileno())  # as if this process had ended
    prune(store)
    assert entries(store) == [held]
    os.close(ends)
    exit_code(child)
    prune(store)
    assert entries(store) == []
    os.close(waits)


def test_a_lease_ends_with_its_store(store: Store, tmp_path: Path) -> None:
    held = add_orphan(store, tmp_path)
    with store:
        store.lock_shared()
        store.protect([held])
        prune(store)
        assert entries(store) == [held]
    prune(store)
    assert entries(store) == []


def test_protecting_says_what_is_gone_already(store: Store, tmp_path: Path) -> None:
    there = add_orphan(store, tmp_path)
    store.lock_shared()
    assert Cache(store).protect([there, "ab" * 32]) == {"ab" * 32}


def test_a_store_that_cannot_be_written_protects_nothing_and_says_nothing(
    store: Store, tmp_path: Path
) -> None:
    held = add_orphan(store, tmp_path)
    store.lock_shared()
    Path(store.path(Bucket.LEASES)).write_text("in the way")
    store.protect([held])
    lease = store.lease()
    assert lease is not None and lease.fileno() == -1


def test_a_new_wheel_is_leased_from_its_first_moment(store: Store, tmp_path: Path) -> None:
    store.lock_shared()
    path = make_wheel(tmp_path / "wheels")
    wheel = store.add_wheel(path, filename=os.path.basename(path), origin="pypi")
    prune(store, ci=True)
    assert store.wheels("pypi", "demo") == []
    assert entries(store) == [wheel.entry]


def test_installs_beside_continuous_pruning_never_fail(store: Store, tmp_path: Path) -> None:
    """Each adds wheels that no pointer keeps (`--ci`), and uses them as long as it lives."""
    paths = [make_wheel(tmp_path, version=f"{number}.0") for number in range(6)]
    store.open()

    def install(number: int) -> None:
        mine = Store(store.root)
        mine.lock_shared()
        for path in paths[number % 3 : number % 3 + 3] * 4:
            wheel = mine.add_wheel(path, filename=os.path.basename(path), origin="pypi")
            for _ in range(3):
                check_entry(mine, wheel.entry)

    ending, ends = os.pipe()

    def collect() -> None:
        os.close(ends)
        os.set_blocking(ending, False)
        while True:
            prune(Store(store.root), ci=True)
            try:
                if os.read(ending, 1) == b"":
                    return
            except BlockingIOError:
                continue

    collector = spawn(collect)
    installs = [spawn(partial(install, number)) for number in range(6)]
    assert [exit_code(child) for child in installs] == [0] * 6
    os.close(ends)
    assert exit_code(collector) == 0
    os.close(ending)
    prune(store, ci=True)
    assert entries(store) == [] == os.listdir(store.staging())


def test_prunes_that_are_killed_leave_what_is_needed(store: Store, tmp_path: Path) -> None:
    kept = make_wheel(tmp_path / "wheels", name="kept")
    wheel = store.add_wheel(kept, filename=os.path.basename(kept), origin="pypi")
    for number in range(12):
        for version in range(4):
            add_orphan(store, tmp_path, f"{version}.0")
        child = spawn(lambda: prune(store))
        time.sleep(0.002 * number)
        os.kill(child, signal.SIGKILL)
        exit_code(child)
        for entry in entries(store):
            check_entry(store, entry)
        assert store.wheels("pypi", "kept") == [wheel]
    prune(store)
    assert entries(store) == [wheel.entry]
    # What was not locked yet when its maker was killed is left to age.
    assert [name for name in os.listdir(store.staging()) if name.startswith("live-")] == []
