"""Locks taken apart by package and put together again."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.lock.uvlocks import SMALL, locks
from weft.core.value import replace
from weft.lock.splicing import blocks_of, spliced, written
from weft.lock.uvlock_read import read_uv_lock
from weft.lock.uvlock_write import write_uv_lock
from weft.lock.uvmodel import UvLock
from weft.lock.uvorder import arranged


def test_a_lock_that_was_taken_apart_is_the_same_again() -> None:
    lock = read_uv_lock(SMALL)
    blocks = blocks_of(SMALL)
    assert list(blocks) == [package.name for package in lock.packages]
    assert spliced(lock, blocks) == SMALL


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(locks(), st.data())
def test_blocks_of_some_packages_and_the_text_of_the_others_are_the_whole(
    lock: UvLock, data: st.DataObject
) -> None:
    lock = arranged(lock)
    names = [package.name for package in lock.packages]
    assume(len(set(names)) == len(names) and names)
    text = write_uv_lock(lock)
    some = data.draw(st.sets(st.sampled_from(names)))
    changed = [package for package in lock.packages if package.name in some]
    assert written(changed).items() <= blocks_of(text).items()
    left = replace(lock, packages=tuple([p for p in lock.packages if p.name not in some]))
    blocks = blocks_of(write_uv_lock(left)) | written(changed)
    assert spliced(lock, blocks) == text
    assert spliced(left, blocks) == write_uv_lock(left)
