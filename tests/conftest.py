"""What every test shares: a process environment without the settings of the person who runs it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

from weft.core.value import guard

guard()  # before a value is made: what mypy refuses, tests refuse as well

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", parent=settings.get_profile("default"), deadline=None)
settings.load_profile("untimed")

PREFIXES = ("WEFT_", "UV_", "PIP_", "VIRTUAL_ENV", "CONDA_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the variables of the shell that started it."""
    for name in list(os.environ):
        if name.startswith(PREFIXES):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """A thread that outlives its test turns code that forks into its fall-back in later ones."""
    if not os.path.isdir("/proc/self/task"):
        yield
        return
    before = len(os.listdir("/proc/self/task"))  # a server may serve a whole module
    yield
    deadline = time.monotonic() + 10
    while len(os.listdir("/proc/self/task")) > before:
        assert time.monotonic() < deadline, "this test left a thread running"
        time.sleep(0.002)


def pytest_configure() -> None:
    """A shell that starts us in the background ignores interrupts, and so would all we start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that mount need root. In CI they fail without it; at home they are left out aloud."""
    if os.geteuid() == 0 or os.environ.get("CI"):
        return
    for item in items:
        if item.get_closest_marker("mounts"):
            item.add_marker(pytest.mark.skip(reason="mounting file systems needs root"))
