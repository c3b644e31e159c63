"""Many threads, one request for each thing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.index.helpers import Rig
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel
from weft.index.once import Once
from weft.system.workers import ThreadPool


@pytest.fixture
def hundred(tmp_path: Path) -> str:
    directory = str(tmp_path / "wheels")
    for number in range(100):
        make_wheel(directory, f"demo{number}", "1.0")
    return directory


def test_a_hundred_projects_are_a_hundred_requests(hundred: str, tmp_path: Path) -> None:
    names = [f"demo{number}" for number in range(100)]
    with IndexServer(hundred) as server, Rig(tmp_path, server.url) as rig, ThreadPool(50) as pool:
        tasks = [pool.submit(rig.texts, name) for name in names * 4]
        assert all(task.result() == ("1.0",) for task in tasks)
        assert server.count() == 100
        assert server.connections <= 50


def test_metadata_and_files_of_many_threads_are_fetched_once(hundred: str, tmp_path: Path) -> None:
    with IndexServer(hundred) as server, Rig(tmp_path, server.url) as rig, ThreadPool(20) as pool:

        def work(name: str) -> str:
            file = rig.file(name)
            rig.client.metadata(file)
            return rig.client.download(file, str(tmp_path))

        tasks = [pool.submit(work, f"demo{number % 30}") for number in range(120)]
        assert len({task.result() for task in tasks}) == 30
        assert [server.count(kind) for kind in ("page", "metadata", "file")] == [30, 30, 30]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_missing_metadata_file_is_found_out_by_one_thread(
    hundred: str, tmp_path: Path, ranges: bool
) -> None:
    with (
        IndexServer(hundred, metadata_files=False, ranges=ranges, latency=0.005) as server,
        Rig(tmp_path, server.url) as rig,
        ThreadPool(20) as pool,
    ):
        tasks = [
            pool.submit(lambda name: rig.client.metadata(rig.file(name)), f"demo{number}")
            for number in range(40)
        ]
        assert {task.result()[1] for task in tasks} == {"1.0"}
        assert server.count("metadata") == 1
        assert server.count("range" if ranges else "file") == 40


def test_a_failure_is_raised_to_everybody_who_waits() -> None:
    once, calls = Once(), []
    gate = threading.Event()

    def fail() -> None:
        calls.append(1)
        gate.wait(5)
        raise ValueError("broken")

    with ThreadPool(8) as pool:
        tasks = [pool.submit(once.get, "key", fail) for _ in range(8)]
        gate.set()
        for task in tasks:
            with pytest.raises(ValueError, match="broken"):
                task.result()
    assert calls == [1]
    assert "key" in once
    assert "other" not in once
