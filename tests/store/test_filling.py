"""Entries on their way from one member to another, killed at any moment, damaged, many at once."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.store.test_concurrency import check_entry, entries, exit_code, spawn
from tests.store.test_members import add, environment
from tests.support.mounts import Mounter
from weft.store.collect import prune
from weft.store.members import Cache
from weft.store.store import Store

pytestmark = pytest.mark.mounts


@pytest.fixture
def home(mounts: Mounter) -> Store:
    return Store(str(mounts.ext4("home") / "cache"))


def test_a_killed_crossing_leaves_an_entry_or_none(
    home: Store, mounts: Mounter, tmp_path: Path
) -> None:
    wheels = [add(home, tmp_path, f"part{number}").entry for number in range(12)]
    target = str(environment(mounts.tmpfs("other")))
    stages: set[bool] = set()
    rounds, most = 16, 400
    started = time.perf_counter()
    member = Cache(home).for_target(target).store
    Cache(home).ensure(wheels, member, workers=1)
    whole = time.perf_counter() - started
    for number in range(most):
        if number >= rounds and True in stages:
            break  # some were killed in the middle
        for entry in entries(member):
            member.discard(member.entry_path(entry))
        child = spawn(lambda: Cache(Store(home.root)).ensure(wheels, member, workers=2))
        if number < rounds:
            time.sleep(whole * number / rounds)
        else:
            deadline = time.monotonic() + 60
            while not entries(member):
                assert time.monotonic() < deadline
        os.kill(child, signal.SIGKILL)
        exit_code(child)
        found = entries(member)
        stages.add(0 < len(found) < len(wheels))
        for entry in found:
            check_entry(member, entry)
        cache = Cache(Store(home.root))
        assert len(cache.ensure(wheels, member).entries) <= len(wheels) - len(found)
        prune(cache)
        assert entries(member) == sorted(wheels)
    assert True in stages


def test_processes_that_fill_a_member_at_once_share_the_result(
    home: Store, mounts: Mounter, tmp_path: Path
) -> None:
    wheels = [add(home, tmp_path, f"part{number}").entry for number in range(4)]
    member = Cache(home).for_target(str(environment(mounts.xfs("other")))).store

    def fill() -> None:
        filled = Cache(Store(home.root)).ensure(wheels, member)
        assert filled.failures == []
        for entry in wheels:
            check_entry(filled.store_of(entry), entry)

    children = [spawn(fill) for _ in range(6)]
    assert [exit_code(child) for child in children] == [0] * 6
    assert entries(member) == sorted(wheels)
    assert os.listdir(member.staging()) == []


def test_a_file_that_was_cut_short_does_not_spread(
    home: Store, mounts: Mounter, tmp_path: Path
) -> None:
    entry = add(home, tmp_path).entry
    damaged = Path(home.tree_path(entry), "demo", "m3.py")
    damaged.chmod(0o644)
    damaged.write_bytes(b"short")
    cache = Cache(home)
    member = cache.for_target(str(environment(mounts.tmpfs("other")))).store
    filled = cache.ensure([entry], member)
    ((failed, error),) = filled.failures
    assert failed == entry and error.path == str(damaged)
    assert entries(member) == [] == os.listdir(member.staging())


def test_a_member_on_the_file_system_of_another_shares_with_it(
    home: Store, mounts: Mounter, tmp_path: Path
) -> None:
    """As after `cache-volumes` was changed: nothing takes its space twice."""
    entry = add(home, tmp_path).entry
    point = mounts.tmpfs("other")
    cache = Cache(home)
    first = cache.for_target(str(environment(point))).store
    cache.ensure([entry], first)
    os.unlink(Path(home.entry_path(entry), "manifest"))
    moved = Cache(home, volumes=(str(point / "here"),))
    second = moved.for_target(str(point / "project")).store
    assert second.root != first.root
    assert set(moved.ensure([entry], second).modes) == {"hardlink"}
    check_entry(second, entry)
