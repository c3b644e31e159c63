from __future__ import annotations

from weft.index.pace import Pace

MANY = 50


def test_servers_count_as_slow_until_something_is_known_of_them() -> None:
    pace = Pace()
    assert not pace.suffices(MANY)
    pace.waited(0.001)
    assert pace.suffices(1)


def test_the_longer_the_waits_the_more_threads_are_needed() -> None:
    pace, enough = Pace(), []
    for wait in (0.001, 0.004, 0.008):
        for _ in range(100):
            pace.waited(wait)
        enough.append(next(threads for threads in range(1, MANY) if pace.suffices(threads)))
    assert enough == [1, 2, 3]


def test_no_number_of_threads_is_enough_for_a_far_server() -> None:
    pace = Pace()
    for _ in range(100):
        pace.waited(0.02)
        assert not pace.suffices(MANY)


def test_one_long_wait_is_told_once_and_a_few_short_ones_make_up_for_it() -> None:
    pace, told = Pace(), []
    pace.changed = lambda: told.append(pace.suffices(MANY))
    pace.waited(0.001)
    pace.waited(30.0)
    pace.waited(30.0)
    assert told == [False]
    for _ in range(32):
        pace.waited(0.001)
    assert pace.suffices(1)
    assert told == [False]


def test_a_quarter_of_slow_answers_makes_a_slow_server() -> None:
    pace = Pace()
    for _ in range(10):
        for wait in (0.001, 0.001, 0.001, 0.2):
            pace.waited(wait)
    assert not pace.suffices(MANY)
