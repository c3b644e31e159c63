"""Environments that stand on symbolic links, and their way to files of their own."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.store.test_concurrency import exit_code, spawn
from tests.support.mounts import Mounter, shared_bytes
from tests.support.wheels import make_wheel
from weft.core.distribution import CachedWheel
from weft.store import roots
from weft.store.collect import clean
from weft.store.errors import SymlinkedEnvironments
from weft.store.layout import Bucket
from weft.store.members import Cache
from weft.store.store import Store

FILES = {f"demo/sub{number % 5}/m{number}.py": os.urandom(6000) for number in range(60)}


def add(store: Store, directory: Path, name: str = "demo") -> CachedWheel:
    files = {path.replace("demo", name): data for path, data in FILES.items()}
    path = make_wheel(directory / "wheels", name=name, files=files)
    return store.add_wheel(path, filename=os.path.basename(path), origin="pypi")


def symlink(store: Store, wheel: CachedWheel, environment: Path) -> None:
    """What an install in symlink mode makes, and records."""
    tree = Path(store.tree_path(wheel.entry))
    for source in tree.rglob("*"):
        target = environment / "site" / source.relative_to(tree)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
    roots.record(store, str(environment), [wheel.entry], "symlink")


def links(environment: Path) -> list[Path]:
    return [path for path in environment.rglob("*") if path.is_symlink()]


def check(environment: Path, name: str = "demo") -> None:
    for path, data in FILES.items():
        assert (environment / "site" / path.replace("demo", name)).read_bytes() == data


def test_links_become_files_and_the_cache_empty(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    environment = tmp_path / "env"
    symlink(store, add(store, tmp_path), environment)
    foreign = environment / "python"
    foreign.symlink_to("/usr/bin/python3")
    with pytest.raises(SymlinkedEnvironments) as caught:
        clean(store)
    assert str(environment) in caught.value.message and caught.value.exit_code == 1
    assert "--materialize" in caught.value.hints[0]
    check(environment)
    clean(store, materialize=True)
    assert os.listdir(store.root) == []
    assert links(environment) == [foreign]
    check(environment)
    path = environment / "site" / next(iter(FILES))
    path.write_text("mine")  # no seal on a file of one's own


def test_only_what_goes_is_made_into_files(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    environment, other = tmp_path / "env", tmp_path / "other"
    demo, second = add(store, tmp_path), add(store, tmp_path, "second")
    symlink(store, demo, environment)
    symlink(store, second, environment)
    symlink(store, second, other)
    count = len(links(other))
    with pytest.raises(SymlinkedEnvironments) as caught:
        clean(store, ["demo"])
    assert caught.value.paths == (str(environment),)
    clean(store, ["demo"], materialize=True)
    assert not store.has_entry(demo.entry) and store.has_entry(second.entry)
    assert len(links(environment)) == len(links(other)) == count
    for name in ("demo", "second"):
        check(environment, name)
    assert {root.path: root.symlinked for root in roots.symlinked(store)} == {
        str(environment): {second.entry},
        str(other): {second.entry},
    }
    clean(store, ["demo"])  # nobody needs it any more


def test_killed_at_any_moment_the_rest_is_done_by_doing_it_again(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    stages = set()
    for number in range(14):
        environment = tmp_path / f"env{number}"
        symlink(store, add(store, tmp_path), environment)
        before = len(links(environment))
        child = spawn(lambda: clean(store, materialize=True))
        time.sleep(0.0015 * number)
        os.kill(child, signal.SIGKILL)
        exit_code(child)
        check(environment)
        left = len(links(environment))
        stages.add(0 < left < before)
        clean(store, materialize=True)
        assert links(environment) == []
        assert [path for path in environment.rglob("*") if path.name.startswith(".weft")] == []
        check(environment)
    assert True in stages  # some were killed in the middle


def test_an_environment_that_is_read_meanwhile_never_misses_a_file(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    environment = tmp_path / "env"
    symlink(store, add(store, tmp_path), environment)
    ending, ends = os.pipe()

    def read() -> None:
        os.close(ends)
        os.set_blocking(ending, False)
        while True:
            check(environment)
            try:
                if os.read(ending, 1) == b"":
                    return
            except BlockingIOError:
                continue

    reader = spawn(read)
    clean(store, materialize=True)
    os.close(ends)
    assert exit_code(reader) == 0
    os.close(ending)


@pytest.mark.mounts
def test_links_across_file_systems_become_files_clones_where_possible(
    mounts: Mounter, tmp_path: Path
) -> None:
    home = Store(str(mounts.ext4("home") / "cache"))
    point = mounts.xfs("other")
    cache = Cache(home)
    near, far = point / "near", point / "far"
    for path in (near, far):
        path.mkdir()
    wheel = add(home, tmp_path)
    member = cache.for_target(str(near)).store
    cache.ensure([wheel.entry], member)
    symlink(member, wheel, near)
    symlink(home, wheel, far)
    with pytest.raises(SymlinkedEnvironments) as caught:
        clean(cache)
    assert caught.value.paths == (str(far), str(near))
    clean(cache, materialize=True)
    assert os.listdir(home.root) == [] and not os.path.exists(member.root)
    for path in (near, far):
        assert links(path) == []
        check(path)


@pytest.mark.mounts
def test_a_materialized_environment_shares_while_the_store_is_there(
    mounts: Mounter, tmp_path: Path
) -> None:
    point = mounts.xfs("disk")
    store = Store(str(point / "cache"))
    environment = point / "env"
    wheel = add(store, tmp_path)
    symlink(store, wheel, environment)
    (root,) = roots.symlinked(store)
    from weft.store.materializing import materialize

    assert materialize(root, [store], frozenset([wheel.entry])) > len(FILES)
    shared, total = shared_bytes(environment / "site" / next(iter(FILES)))
    assert shared == total > 0
    assert roots.find(store, str(environment)) is not None
    assert roots.symlinked(store) == []
    assert store.read(Bucket.LINKED, "none") is None
