"""Locks between real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.mounts import Mounter
from tests.support.users import as_other_user
from weft.core.errors import SystemFailure
from weft.system.locks import FileLock, LockTimeout

HOLDER = """
import sys
from weft.system.locks import FileLock
lock = FileLock(sys.argv[1])
lock.acquire(shared=sys.argv[2] == "shared")
print("held", flush=True)
sys.stdin.read()
"""


class Holder:
    """Another process that holds a lock until it is let go or killed."""

    def __init__(self, path: Path, how: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path), how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"held\n"

    def __enter__(self) -> Holder:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.parametrize(
    ("theirs", "ours", "goes"),
    [
        ("shared", "shared", True),
        ("shared", "exclusive", False),
        ("exclusive", "shared", False),
        ("exclusive", "exclusive", False),
    ],
)
def test_who_may_hold_a_lock_beside_whom(
    tmp_path: Path, theirs: str, ours: str, goes: bool
) -> None:
    path = tmp_path / ".lock"
    with Holder(path, theirs):
        lock = FileLock(str(path))
        assert lock.acquire(shared=ours == "shared", blocking=False) is goes
        assert lock.held is goes
        lock.release()
    assert lock.acquire(shared=ours == "shared", blocking=False)
    lock.release()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with Holder(path, "exclusive") as holder:
        lock = FileLock(str(path))
        assert not lock.acquire(blocking=False)
        holder.process.kill()  # SIGKILL
        assert lock.acquire(timeout=30)
        lock.release()


def test_waiting_without_limit_ends_when_the_holder_lets_go(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with Holder(path, "exclusive") as holder:
        assert holder.process.stdin is not None
        holder.process.stdin.close()
        with FileLock(str(path)) as lock:
            assert lock.held
        holder.process.stdin = None
    assert not lock.held


def test_waiting_too_long_says_for_what_and_how_to_wait_longer(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with Holder(path, "shared"):
        lock = FileLock(str(path), resource="the cache")
        with pytest.raises(LockTimeout) as caught:
            lock.acquire(timeout=0.05)
    assert caught.value.exit_code == 2
    assert caught.value.message == (
        f"Timeout (0.05s) when waiting for lock on `the cache` at `{path}`, is another weft "
        "process running? You can set `WEFT_LOCK_TIMEOUT` to increase the timeout."
    )


def test_a_lock_file_that_was_replaced_while_waiting_is_not_taken_for_the_lock(
    tmp_path: Path,
) -> None:
    path = tmp_path / ".lock"
    with Holder(path, "exclusive") as holder:
        waiter = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path), "exclusive"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        wait_for_sleep(waiter.pid)
        path.unlink()
        with FileLock(str(path)):  # a new file, which the waiter does not have open
            holder.process.kill()
            assert waiter.stdout is not None
            os.set_blocking(waiter.stdout.fileno(), False)
            wait_for_sleep(waiter.pid)
            assert not waiter.stdout.read()
            os.set_blocking(waiter.stdout.fileno(), True)
        assert waiter.stdout.readline() == b"held\n"
        waiter.kill()
        waiter.communicate()


def wait_for_sleep(process: int) -> None:
    """Return once a process sleeps in `flock`."""
    for _ in range(3000):
        if "lock" in Path(f"/proc/{process}/wchan").read_text():
            return
        time.sleep(0.01)
    pytest.fail("the process never waited for the lock")


def test_a_child_that_was_forked_meanwhile_does_not_keep_a_released_lock(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    lock = FileLock(str(path))
    lock.acquire()
    hears, tells = os.pipe()
    child = os.fork()
    if not child:
        os.close(tells)
        os.read(hears, 1)
        os._exit(0)
    lock.release()
    other = FileLock(str(path))
    assert other.acquire(blocking=False)
    os.close(tells)
    os.close(hears)
    os.waitpid(child, 0)
    other.release()


@pytest.mark.mounts
def test_the_file_is_for_everybody_whatever_the_umask(open_directory: Path) -> None:
    path = open_directory / "new" / ".lock"
    old = os.umask(0o077)
    try:
        FileLock(str(path)).__enter__().release()
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o666
    assert os.listdir(path.parent) == [".lock"]
    path.parent.chmod(0o755)
    as_other_user(lambda: FileLock(str(path)).__enter__().release())


@pytest.mark.mounts
def test_a_read_only_store_can_be_locked_where_the_file_is_there(mounts: Mounter) -> None:
    disk = mounts.tmpfs("disk")
    FileLock(str(disk / ".lock")).__enter__().release()
    mounts.remount(disk, "ro")
    lock = FileLock(str(disk / ".lock"))
    assert lock.acquire(shared=True)
    lock.release()
    with pytest.raises(SystemFailure):
        FileLock(str(disk / "other")).acquire(shared=True)
