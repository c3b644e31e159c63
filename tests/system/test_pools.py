"""Which message has its turn, and who hears of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.system.pending import Cancelled, Ticket
from weft.system.workers import ProcessPool


def wait_until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.001)


def test_the_heaviest_message_is_taken_first_and_of_equal_ones_the_first(tmp_path: Path) -> None:
    """The worker is held up by a pipe that nobody has opened yet, until all have come."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    order: list[bytes] = []

    def work(message: bytes) -> bytes:
        return gate.read_bytes() if message == b"first" else message

    with ProcessPool(1, work) as pool:
        pool.submit(b"first")
        with open(gate, "wb"):  # the worker has it in hand
            for name, weight in ((b"a", 1), (b"b", 3), (b"c", 3), (b"d", 2)):
                pool.submit(name, weight=weight, heard=lambda ticket: order.append(ticket.result()))
        wait_until(lambda: len(order) == 4)
    assert order == [b"b", b"c", b"d", b"a"]


def test_whoever_waits_hears_that_a_message_is_refused() -> None:
    heard: list[Ticket] = []
    with ProcessPool(1, lambda message: message) as pool:
        pass
    pool.submit(b"late", heard=heard.append)
    with pytest.raises(Cancelled):
        heard[0].result()
