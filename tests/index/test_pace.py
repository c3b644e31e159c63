from __future__ import annotations

from weft.index.pace import Pace


def test_servers_count_as_slow_until_they_have_answered_quickly() -> None:
    pace = Pace()
    assert not pace.is_quick
    pace.waited(0.001)
    assert pace.is_quick


def test_a_far_server_is_never_quick() -> None:
    pace = Pace()
    for _ in range(100):
        pace.waited(0.02)
        assert not pace.is_quick


def test_one_long_wait_is_enough_to_be_slow_and_a_few_short_ones_to_be_quick_again() -> None:
    pace, told = Pace(), []
    pace.changed = lambda: told.append(pace.is_quick)
    pace.waited(0.001)
    pace.waited(30.0)
    assert not pace.is_quick
    for _ in range(16):
        pace.waited(0.001)
    assert pace.is_quick
    assert told == [False]
