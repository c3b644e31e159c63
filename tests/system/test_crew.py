"""A crew answers messages while its caller does something else, and is never waited for in vain."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from weft.core.errors import WeftError
from weft.system.children import can_fork
from weft.system.crew import Crew
from weft.system.transfer import WorkerDied


def work(message: bytes) -> bytes:
    if message == b"fail":
        raise WeftError("it failed", hints=("try again",))
    if message == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    if message == b"slow":
        time.sleep(0.3)
    if message == b"stay":
        time.sleep(3600)
    if message.startswith(b"until /"):
        while not os.path.exists(message[6:]):
            time.sleep(0.005)
    if message.startswith(b"/"):
        time.sleep(0.3)
        Path(os.fsdecode(message)).touch()
    return message + b" by %d" % os.getpid()


@contextmanager
def crew(workers: int = 2) -> Iterator[Crew]:
    made = Crew(workers, work)
    try:
        yield made
    finally:
        made.close(kill=True)


def wait(crew: Crew) -> None:
    while crew.is_busy:
        crew.look(wait=True)


def said(crew: Crew, key: int) -> bytes:
    answer = crew.answers[key]
    assert isinstance(answer, bytes)
    return answer


def test_all_messages_are_answered_by_other_processes() -> None:
    with crew() as both:
        for number in range(50):
            both.put(number, b"message %d" % number)
        wait(both)
        answers = [said(both, number).split(b" by ") for number in range(50)]
        assert [answer[0] for answer in answers] == [b"message %d" % each for each in range(50)]
        workers = {answer[1] for answer in answers}
        assert len(workers) <= 2
        assert b"%d" % os.getpid() not in workers


def test_what_waits_goes_by_weight(tmp_path: Path) -> None:
    go = tmp_path / "go"
    with crew(1) as one:
        for number in range(2):  # as far as anything is handed out ahead
            one.put(number, b"until " + os.fsencode(go))
        for weight in (3, 9, 5):
            one.put(weight, b"w", weight=weight)
        go.touch()
        wait(one)
        assert list(one.answers) == [0, 1, 9, 5, 3]


def test_nothing_is_waited_for_while_messages_are_put() -> None:
    with crew() as both:
        for number in range(8):
            both.put(number, b"stay")
        assert not both.answers
        assert both.is_busy


def test_what_is_dropped_is_not_begun(tmp_path: Path) -> None:
    go = tmp_path / "go"
    with crew(1) as one:
        for number in range(6):
            one.put(number, b"until " + os.fsencode(go) if number < 2 else b"quick")
        one.drop(frozenset((4,)))
        go.touch()
        wait(one)
        assert set(one.answers) == {0, 1, 4}


def test_at_the_end_who_has_nothing_left_goes_while_others_work() -> None:
    with crew() as both:
        both.put(0, b"stay")
        both.put(1, b"quick")
        both.end()
        while 1 not in both.answers:
            both.look(wait=True)
        worker = int(said(both, 1).rpartition(b" ")[2])
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        assert both.is_busy


def test_an_error_is_an_answer_and_the_others_go_on() -> None:
    with crew() as both:
        both.put(0, b"fail")
        both.put(1, b"fine")
        wait(both)
        error = both.answers[0]
        assert isinstance(error, WeftError)
        assert error.message == "it failed"
        assert error.hints == ("try again",)
        assert said(both, 1).startswith(b"fine")


def test_a_worker_that_is_killed_is_told_of() -> None:
    with crew() as both:
        both.put(0, b"die")
        with pytest.raises(WorkerDied) as caught:
            wait(both)
        assert caught.value.signal == signal.SIGKILL


def test_who_goes_on_after_a_death_is_told_what_was_lost_and_never_waits_for_nobody() -> None:
    with crew(1) as one:
        for number in range(2):
            one.put(number, b"die")
        with pytest.raises(WorkerDied):
            wait(one)
        assert all(isinstance(one.answers[number], WorkerDied) for number in range(2))
        assert not one.is_busy
        for number in range(2, 4):
            with pytest.raises(WorkerDied):
                one.put(number, b"fine")
        assert one.is_busy
        with pytest.raises(WorkerDied):
            wait(one)


def test_closing_waits_for_what_is_in_hand_and_killing_does_not(tmp_path: Path) -> None:
    polite, rude = Crew(1, work), Crew(1, work)
    polite.put(0, os.fsencode(tmp_path / "done"))
    rude.put(0, b"stay")
    polite.close()
    assert (tmp_path / "done").exists()
    rude.close(kill=True)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_the_caller_may_go_on_forking() -> None:
    with crew() as both:
        both.put(0, b"slow")
        assert can_fork()
        with crew(1) as another:
            another.put(0, b"fine")
            wait(another)
            assert said(another, 0).startswith(b"fine")
        wait(both)
        assert said(both, 0).startswith(b"slow")
