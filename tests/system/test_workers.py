"""Work shared out among processes and threads, and what happens when one of them dies."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.core.errors import OsCause, SystemFailure, UsageError
from weft.system.behind import detach
from weft.system.children import can_fork, start_thread
from weft.system.pending import Cancelled
from weft.system.transfer import WorkerDied, WorkerError
from weft.system.workers import ProcessPool, ThreadPool, fork_map


def child_processes() -> set[int]:
    return {
        int(each)
        for task in os.listdir("/proc/self/task")
        for each in Path(f"/proc/self/task/{task}/children").read_text().split()
    }


def open_descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("count", [0, 1, 2, 7, 1024, 1025, 5000])
def test_results_come_back_in_order(count: int) -> None:
    assert fork_map(count, lambda number: number * number) == [n * n for n in range(count)]


LIMITED = """
import os, resource, sys
from weft.system.workers import fork_map
from weft.system.crew import Crew
from weft.core.errors import SystemFailure
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
os.setresuid(*[4_000_000_000] * 3)
print(fork_map(3, str))
try:
    Crew(2, bytes)
except SystemFailure as error:
    print(error.message)
"""


def test_a_user_who_may_have_no_more_processes_works_alone() -> None:
    program = f"import sys; sys.path[:] = {sys.path!r}\n{LIMITED}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    told = "Failed to start `a worker process`"
    assert done.stdout.splitlines() == ["['0', '1', '2']", told], done.stderr


def test_jobs_are_done_by_several_processes_at_once() -> None:
    pipes = [os.pipe(), os.pipe()]

    def meet(number: int) -> bool:
        """Tell the other job, and hear from it: impossible one after the other."""
        os.write(pipes[number][1], b"!")
        return heard_within_a_minute(pipes[1 - number][0])

    assert fork_map(2, meet) == [True, True]
    for pipe in pipes:
        os.close(pipe[0])
        os.close(pipe[1])


def heard_within_a_minute(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 60)[0])


def test_no_descriptor_and_no_child_is_left() -> None:
    before = open_descriptors()
    fork_map(10, lambda number: number, workers=4)
    with pytest.raises(SystemFailure):
        fork_map(10, raise_at(3))
    assert open_descriptors() == before
    assert not child_processes()


def raise_at(bad: int) -> Callable[[int], object]:
    def run(number: int) -> int:
        if number == bad:
            raise SystemFailure("write", "/full", OSError(errno.ENOSPC, "No space left on device"))
        return number

    return run


def in_child_only(act: Callable[[], object]) -> Callable[[int], object]:
    """A job that does `act` in a forked worker; our own process waits until it is about to."""
    parent = os.getpid()
    told, tell = os.pipe()

    def run(_number: int) -> object:
        if os.getpid() != parent:
            os.write(tell, b"!")
            return act()
        assert heard_within_a_minute(told)
        return None

    return run


def raising(error: BaseException) -> Callable[[], object]:
    def act() -> object:
        raise error

    return act


def test_an_error_of_a_worker_arrives_with_its_class_facts_and_cause() -> None:
    error = SystemFailure("write", "/full", OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(SystemFailure) as caught:
        fork_map(4, in_child_only(raising(error)))
    assert caught.value.message == "Failed to write `/full`"
    assert caught.value.error.errno == errno.ENOSPC
    assert isinstance(caught.value.__cause__, OsCause)
    assert caught.value.__cause__.message == "No space left on device (os error 28)"

    with pytest.raises(UsageError) as usage:
        fork_map(4, in_child_only(raising(UsageError("bad", usage="weft x", tips=("y",)))))
    assert (usage.value.message, usage.value.usage, usage.value.tips) == ("bad", "weft x", ("y",))

    with pytest.raises(FileNotFoundError):
        fork_map(4, in_child_only(raising(FileNotFoundError(2, "No such file", "x"))))

    with pytest.raises(WorkerError, match=r"(?s)Traceback.*ZeroDivisionError: no"):
        fork_map(4, in_child_only(raising(ZeroDivisionError("no"))))


def test_a_result_that_cannot_be_sent_is_an_error() -> None:
    with pytest.raises(WorkerError, match="unmarshallable"):
        fork_map(2, in_child_only(object))


def test_after_an_error_no_further_job_is_begun(tmp_path: Path) -> None:
    def run(number: int) -> None:
        (tmp_path / str(number)).touch()
        raise KeyError(number)

    with pytest.raises(WorkerError):
        fork_map(1000, run)
    assert 1 <= len(os.listdir(tmp_path)) <= 2


def test_a_killed_worker_is_told_with_its_signal() -> None:
    with pytest.raises(WorkerDied) as caught:
        fork_map(4, in_child_only(lambda: os.kill(os.getpid(), signal.SIGKILL)))
    assert caught.value.message == "A worker process was killed by signal 9"
    assert not child_processes()


def test_beside_a_thread_everything_is_done_by_this_process() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not can_fork()
        assert set(fork_map(4, lambda _number: os.getpid())) == {os.getpid()}
    finally:
        stop.set()
        thread.join()
    assert can_fork()


ORPHAN = """
import os, sys, time
from weft.system.workers import ProcessPool, fork_map
parent = os.getpid()
def tell_and_sleep():
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(600)
def run(number):
    if os.getpid() != parent:
        tell_and_sleep()
    time.sleep(600)
pool = ProcessPool(2, lambda message: tell_and_sleep())
if sys.argv[1] == "pool":
    pool.submit(b"")
    pool.submit(b"").result()
else:
    fork_map(9, run, workers=3)
"""


@pytest.mark.parametrize("how", ["pool", "batch"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_die_with_their_parent_in_the_middle_of_a_job(
    how: str, number: signal.Signals
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHAN, how], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        workers = [int(process.stdout.readline()) for _ in range(2)]
        process.send_signal(number)
        # The pipe ends when nobody holds it: the parent, both workers, all pool members. They
        # would sleep for ten minutes.
        ended = heard_within_a_minute(process.stdout.fileno())
        for worker in workers if not ended else ():
            os.kill(worker, signal.SIGKILL)
        assert ended
        assert process.stdout.read() == b""


def test_a_process_pool_answers_each_message_and_raises_errors_where_they_are_asked() -> None:
    def answer(message: bytes) -> bytes:
        if message == b"bad":
            raise UsageError("bad message")
        return message.upper() * 100_000

    before = open_descriptors()
    with ProcessPool(2, answer) as pool:
        tickets = [pool.submit(b"abc%d" % number) for number in range(20)]
        bad = pool.submit(b"bad")
        assert [ticket.result() for ticket in tickets] == [
            b"ABC%d" % number * 100_000 for number in range(20)
        ]
        for _ in range(2):  # and again, for the next who asks
            with pytest.raises(UsageError, match="bad message"):
                bad.result()
        assert len(child_processes()) == 2
    assert can_fork()
    assert open_descriptors() == before
    with pytest.raises(Cancelled):
        pool.submit(b"late").result()


def test_a_pool_takes_messages_from_many_threads() -> None:
    with ProcessPool(2, lambda message: message + b"!") as pool, ThreadPool(8) as threads:
        tasks = [
            threads.submit(lambda each: pool.submit(each).result(), b"%d" % number)
            for number in range(200)
        ]
        assert [task.result() for task in tasks] == [b"%d!" % number for number in range(200)]


def test_a_pool_outlives_one_worker_but_not_the_last() -> None:
    with ProcessPool(2, lambda message: message if message != b"die" else os._exit(3)) as pool:
        with pytest.raises(WorkerDied):
            pool.submit(b"die").result()
        assert pool.submit(b"still there").result() == b"still there"
        with pytest.raises(WorkerDied):
            pool.submit(b"die").result()
        with pytest.raises(WorkerDied):
            pool.submit(b"anybody").result()


def test_an_error_beside_a_pool_does_not_wait_for_its_workers() -> None:
    with pytest.raises(KeyboardInterrupt), ProcessPool(2, sleep_for_ever) as pool:
        ticket = pool.submit(b"")
        raise KeyboardInterrupt
    with pytest.raises((WorkerDied, Cancelled)):
        ticket.result()
    assert not child_processes()


def sleep_for_ever(_message: bytes) -> bytes:
    while True:
        signal.pause()


def test_threads_are_started_as_needed_up_to_the_limit() -> None:
    barrier = threading.Barrier(3)
    with ThreadPool(3) as pool:
        assert pool.submit(lambda: 1).result() == 1
        tasks = [pool.submit(barrier.wait, 30) for _ in range(3)]  # needs three at once
        assert sorted(task.result() for task in tasks) == [0, 1, 2]
        assert all(task.done() for task in tasks)
        assert threading.active_count() <= 4
    assert can_fork()


def test_ctrl_c_while_a_thread_starts_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it leave a thread, though nobody has heard that this one runs."""

    def interrupted(life: Callable[..., None], *arguments: object) -> None:
        start_thread(life, *arguments)
        raise KeyboardInterrupt

    over = threading.Event()
    threads, processes = ThreadPool(3), ProcessPool(2, lambda message: message)
    threads.submit(over.wait)
    with monkeypatch.context() as patch:
        patch.setattr("weft.system.workers.start_thread", interrupted)
        with pytest.raises(KeyboardInterrupt):
            threads.submit(over.wait)
        with pytest.raises(KeyboardInterrupt):
            processes.submit(b"")
    over.set()
    threads.close(wait=60.0)
    processes.close(kill=True)
    deadline = time.monotonic() + 60
    while not can_fork():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_closing_cancels_what_was_not_begun() -> None:
    begun, go = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        go.wait()
        return "done"

    pool = ThreadPool(1)
    first, second = pool.submit(work), pool.submit(work)
    begun.wait()
    pool.close(wait=False)
    with pytest.raises(Cancelled):
        second.result()
    go.set()
    assert first.result() == "done"
    pool.close()


def test_the_error_of_a_task_is_raised_where_it_is_asked() -> None:
    with ThreadPool(2) as pool:
        task = pool.submit(int, "x")
        with pytest.raises(ValueError, match="invalid literal"):
            task.result()


def test_what_is_detached_gets_time_only_when_nobody_else_wants_any(tmp_path: Path) -> None:
    told = tmp_path / "pid"

    def spin() -> None:
        (tmp_path / "new").write_text(str(os.getpid()))
        os.rename(tmp_path / "new", told)
        os.sched_setaffinity(0, {cpu})
        while told.exists():
            pass

    cpu = min(os.sched_getaffinity(0))
    busy = os.fork()
    if not busy:
        os.sched_setaffinity(0, {cpu})
        while True:
            pass
    try:
        assert detach(spin)
        while not told.exists():
            time.sleep(0.01)
        idle = int(told.read_text())
        before = [_ticks(each) for each in (busy, idle)]
        while _ticks(busy) < before[0] + 40:
            time.sleep(0.02)
        assert _ticks(idle) - before[1] <= 8
    finally:
        os.kill(busy, signal.SIGKILL)
        os.waitpid(busy, 0)
        told.unlink(missing_ok=True)


def _ticks(pid: int) -> int:
    """The time that a process has had, in ticks of the system's clock (a hundredth of a second)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
