"""The clones of the store: several processes at once, killed ones, damage."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from tests.fetch.git_room import Room, make_room, refused
from tests.support.git_repositories import GitServer, environment
from tests.support.mounts import Mounter, mounts
from weft.fetch.git_url import parse_git_url
from weft.store.store import Store
from weft.system.locks import FileLock, LockTimeout

__all__ = ["mounts"]

SCRIPT = """
import os, sys
from weft.fetch.git import Git
from tests.support.mounts import Mounter, mounts
from weft.fetch.git_url import parse_git_url
from weft.store.store import Store
from weft.store.store import Store
store, address, directory = sys.argv[1:]
git = Git(Store(store), offline=False, environ=dict(os.environ))
url = parse_git_url("git+" + address)
commit = git.resolve(url)
git.checkout(url.repository, commit, directory)
print(commit)
"""


@pytest.fixture
def room(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Room:
    return make_room(tmp_path, tmp_path_factory)


def start(room: Room, address: str, number: int, **variables: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    source = os.pathsep.join([str(root / "src"), str(root)])
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            SCRIPT,
            room.store.root,
            address,
            str(room.root / "trees" / f"p{number}"),
        ],
        env={**environment(room.root, PYTHONPATH=source), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.strip()


def clone_of(room: Room) -> Path:
    (name,) = room.clones
    return Path(room.store.root) / "git-v1" / "db" / name


def test_processes_that_want_the_same_share_one_clone(room: Room) -> None:
    with GitServer(room.root / "served") as server:
        url = server.url("demo")
        processes = [
            start(room, f"{url}@{each}", n) for n, each in enumerate(("main", "v1", "main"))
        ]
        commits = [finish(process) for process in processes]
    assert commits == [room.third, room.first, room.third]
    contents = [(room.root / "trees" / f"p{n}" / "a.txt").read_text() for n in range(3)]
    assert contents == ["3", "1", "3"]
    assert len(room.clones) == 1
    assert os.listdir(room.root / "store" / "staging-v1") == []


def test_others_wait_for_at_most_as_long_as_they_were_told(room: Room) -> None:
    room.take(room.repository.url)
    (lock,) = (Path(room.store.root) / "git-v1" / "locks").iterdir()
    git = room.git(lock_timeout=0.01)
    with FileLock(str(lock)), pytest.raises(LockTimeout) as caught:
        git.resolve(parse_git_url(f"git+{room.repository.url}"))
    assert f"lock on `{room.repository.url}`" in caught.value.message


KILLER = """#!/bin/sh
count=$(($(cat {root}/count) + 1))
echo $count > {root}/count
[ $count = $(cat {root}/deadly) ] && kill -9 $PPID
exec {git} "$@"
"""


def test_a_process_killed_at_any_step_leaves_nothing_broken(room: Room) -> None:
    """Git goes on after its parent, as it does in earnest, and meets the next process."""
    real = which("git")
    assert real is not None
    stand_in = room.root / "bin" / "git"
    stand_in.parent.mkdir()
    stand_in.write_text(KILLER.format(root=room.root, git=real))
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}:{os.environ['PATH']}"
    killed = 0
    with GitServer(room.root / "served") as server:
        url = f"{server.url('demo')}@main"
        while True:
            newest = room.repository.commit({"a.txt": f"after {killed}"})
            (room.root / "count").write_text("0")
            (room.root / "deadly").write_text(str(killed + 1))
            process = start(room, url, killed, PATH=path)
            process.communicate(timeout=60)
            if process.returncode != -signal.SIGKILL:
                break
            killed += 1
        assert process.returncode == 0 and killed >= 6
        (room.root / "deadly").write_text("0")
        commit, tree = room.take(url)
    assert (commit, (tree / "a.txt").read_text()) == (newest, f"after {killed}")
    room.repository.git("-C", str(tree), "fsck", "--connectivity-only")


@pytest.mark.parametrize(
    "lock", ["refs/commit/{}.lock", "config.lock", "HEAD.lock", "packed-refs.lock"]
)
def test_a_lock_that_a_killed_git_left_is_no_obstacle(room: Room, lock: str) -> None:
    url = f"{room.repository.url}@v1"
    room.take(url)
    (clone_of(room) / lock.format(room.third)).touch()
    assert room.take(f"{room.repository.url}@main")[0] == room.third


def break_head(clone: Path) -> None:
    (clone / "HEAD").unlink()


def break_configuration(clone: Path) -> None:
    (clone / "config").write_text("[broken")


def break_objects(clone: Path) -> None:
    for place in [*clone.glob("objects/??/*"), *clone.glob("objects/pack/*")]:
        place.chmod(0o644)
        place.write_bytes(b"")


def remove_objects(clone: Path) -> None:
    for place in [*clone.glob("objects/??/*"), *clone.glob("objects/pack/*")]:
        place.unlink()


@pytest.mark.parametrize("damage", [break_head, break_configuration, break_objects, remove_objects])
@pytest.mark.parametrize("reference", ["@main", "@{commit}"])
def test_a_damaged_clone_is_made_again(room: Room, damage: object, reference: str) -> None:
    assert callable(damage)
    with GitServer(room.root / "served") as server:
        url = server.url("demo") + reference.format(commit=room.second)
        before, _ = room.take(url)
        damage(clone_of(room))
        commit, tree = room.take(url)
    assert commit == before
    assert room.repository.git("-C", str(tree), "status", "--porcelain") == ""


def test_a_clone_is_kept_when_only_the_remote_fails(room: Room) -> None:
    with GitServer(room.root / "served") as server:
        url = server.url("demo")
        room.take(f"{url}@main")
        inode = clone_of(room).stat().st_ino
    refused(lambda: room.take(f"{url}@main"))
    refused(lambda: room.take(f"{url}@{room.first}"))  # its files did not come with the history
    assert clone_of(room).stat().st_ino == inode


def test_what_a_partial_clone_may_not_ask_for_later_comes_at_once(room: Room) -> None:
    """Servers of the first protocol leave files out, and then do not send single ones."""
    (room.root / ".gitconfig").write_text("[protocol]\n\tversion = 0\n")
    with GitServer(room.root / "served") as server:
        commit, tree = room.take(f"{server.url('demo')}@v1")
        assert (commit, (tree / "a.txt").read_text()) == (room.first, "1")
        server.asked.clear()
        room.take(f"{server.url('demo')}@{room.first}")
        assert server.asked == []


@pytest.mark.mounts
def test_a_full_disk_is_said_and_leaves_nothing(room: Room, mounts: Mounter) -> None:
    (room.repository.path / "large").write_bytes(os.urandom(3 << 20))
    large = room.repository.commit()
    small = mounts.tmpfs("small", size="2m")
    room.store = Store(str(small / "store"))
    for filters in ("false", "true"):  # it is full while fetching, or while checking out
        room.repository.git("config", "uploadpack.allowFilter", filters)
        failure = refused(lambda: room.take(room.repository.url))
        assert failure.failure is not None
        assert "Make room, for example with `weft cache prune`" in failure.failure.hints
        assert os.listdir(room.store.staging()) == os.listdir(room.root / "trees") == []
        assert len(room.clones) == (filters == "true")  # a history is small, and sound
    assert room.take(f"{room.repository.url}@v1")[0] == room.first
    room.store = Store(str(room.root / "store"))
    git = room.git()
    refused(lambda: git.checkout(room.repository.url, large, str(small / "tree")))
    assert not (small / "tree").exists()
    assert room.take(f"{room.repository.url}@{large}")[0] == large


def test_an_interrupted_checkout_leaves_no_tree(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from weft.fetch.git_clone import Clone

    def interrupt(clone: Clone, commit: str, directory: str, *, lfs: bool) -> None:
        os.makedirs(directory)
        raise KeyboardInterrupt

    monkeypatch.setattr(Clone, "write_tree", interrupt)
    with pytest.raises(KeyboardInterrupt):
        room.take(room.repository.url)
    assert os.listdir(room.root / "trees") == []
