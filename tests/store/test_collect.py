"""What clean and prune take, what they leave, and what they report."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.mounts import Mounter
from tests.support.wheels import make_wheel
from weft.core.distribution import CachedWheel
from weft.store import roots, usage
from weft.store.collect import clean, prune
from weft.store.errors import SymlinkedEnvironments
from weft.store.layout import Bucket
from weft.store.staging import Staging
from weft.store.store import Store
from weft.system.removal import Removed


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def add(store: Store, tmp_path: Path, name: str, origin: str = "pypi") -> CachedWheel:
    path = make_wheel(tmp_path / "wheels", name=name, files={f"{name}.py": name * 9999})
    return store.add_wheel(path, filename=os.path.basename(path), origin=origin)


def files_below(path: str) -> list[Path]:
    return [each for each in Path(path).rglob("*") if each.is_file()]


def blocks(paths: list[Path]) -> int:
    return sum(path.stat().st_blocks * 512 for path in paths if path.stat().st_nlink == 1)


def test_clean_takes_everything_but_root_and_lock(store: Store, tmp_path: Path) -> None:
    store.lock_shared()
    add(store, tmp_path, "one")
    add(store, tmp_path, "two", "index/12")
    store.write(Bucket.INTERPRETERS, "x", b"y")
    store.close()
    assert store.lock_exclusive()
    gone = [path for path in files_below(store.root) if path.name != ".lock"]
    expected = (len(gone), blocks(gone))
    removed = clean(store)
    assert (removed.files, removed.bytes) == expected
    assert os.listdir(store.root) == [".lock"]
    assert clean(store) == Removed()
    assert os.listdir(store.root) == [".lock"]


def test_files_that_an_environment_shares_give_back_nothing(store: Store, tmp_path: Path) -> None:
    wheel = add(store, tmp_path, "one")
    shared = Path(store.tree_path(wheel.entry), "one.py")
    before = blocks(files_below(store.root))
    os.link(shared, tmp_path / "linked.py")
    size = shared.stat().st_blocks * 512
    assert clean(store).bytes == before - size
    assert (tmp_path / "linked.py").read_text() == "one" * 9999


def test_clean_takes_one_package_from_every_origin(store: Store, tmp_path: Path) -> None:
    mine = [add(store, tmp_path, "one"), add(store, tmp_path, "one", "index/12")]
    add(store, tmp_path, "one", "url/34")
    other = add(store, tmp_path, "two")
    for bucket in (Bucket.SIMPLE, Bucket.METADATA):
        for name in ("one", "two"):
            store.write(bucket, f"pypi/{name}", b"page")
            store.write(bucket, f"index/12/{name}.bin", b"page")
    files = files_below(store.entry_path(mine[0].entry))
    removed = clean(store, ["ONE"])
    assert removed.files == len(files) + 3 + 4
    assert store.wheels("pypi", "one") == store.wheels("index/12", "one") == []
    assert not store.has_entry(mine[0].entry)
    assert store.wheels("pypi", "two") == [other]
    assert store.read(Bucket.SIMPLE, "pypi/one") is None
    assert store.read(Bucket.SIMPLE, "pypi/two") == b"page"
    assert clean(store, ["nosuch"]) == Removed()


def test_an_entry_that_another_package_shares_stays(store: Store, tmp_path: Path) -> None:
    path = make_wheel(tmp_path)
    filename = os.path.basename(path)
    store.add_wheel(path, filename=filename, origin="pypi")
    kept = store.add_wheel(path, filename=filename, origin="index/12")
    pointer = Path(store.path(Bucket.WHEELS, f"index/12/demo/{filename}"))
    moved = Path(store.path(Bucket.WHEELS, "index/12/elsewhere"))
    pointer.parent.rename(moved)
    clean(store, ["demo"])
    assert store.wheels("pypi", "demo") == []
    assert store.wheels("index/12", "elsewhere")[0].entry == kept.entry
    assert store.manifest(kept.entry).name == "demo"


def test_prune_takes_what_nothing_leads_to(store: Store, tmp_path: Path) -> None:
    kept = add(store, tmp_path, "one")
    orphan = add(store, tmp_path, "two")
    os.unlink(store.path(Bucket.WHEELS, f"pypi/two/{orphan.filename}"))
    for name in ("entries-v0/ab/file", "wheels-v9/file", ".tmp-0123456789abcdef"):
        path = Path(store.root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old")
        os.utime(path, (0, 0))
    store.write(Bucket.SIMPLE, "pypi/one", b"page")
    files = len(files_below(store.entry_path(orphan.entry)))
    assert prune(store).files == files + 3
    assert store.wheels("pypi", "one") == [kept]
    assert not os.path.exists(store.entry_path(orphan.entry))
    assert store.read(Bucket.SIMPLE, "pypi/one") == b"page"
    assert os.path.exists(os.path.join(store.root, "CACHEDIR.TAG"))
    assert prune(store) == Removed()


def test_prune_takes_notes_that_nobody_reads(store: Store) -> None:
    now, weeks = time.time(), 7 * 86_400
    ages = {  # last read, last written, in weeks ago
        "ledger-old": (5, 6), "verdict-old": (9, 5), "ledger-read": (1, 9), "trace-new": (9, 1),
        "run-edge": (3.9, 3.9),
    }  # fmt: skip
    for name, (read, written) in ages.items():
        store.write(Bucket.INSTALLED, name, b"note")
        path = store.path(Bucket.INSTALLED, name)
        os.utime(path, (now - read * weeks, now - written * weeks))
    store.write(Bucket.INTERPRETERS, "old", b"note")
    os.utime(store.path(Bucket.INTERPRETERS, "old"), (now - 9 * weeks, now - 9 * weeks))
    assert prune(store).files == 2
    left = set(os.listdir(store.path(Bucket.INSTALLED)))
    assert left == {"ledger-read", "trace-new", "run-edge"}
    assert store.read(Bucket.INTERPRETERS, "old") == b"note"
    assert prune(store) == Removed()


def test_prune_leaves_work_in_progress(store: Store) -> None:
    with Staging(store.staging()) as live:
        Path(live.path, "half").write_text("x")
        fresh = Path(store.staging(), ".tmp-fresh")
        old = Path(store.staging(), ".tmp-old")
        unfinished = Path(store.path(Bucket.WHEELS), "pypi/demo/.tmp-0123")
        for path in (fresh, old, unfinished):
            path.mkdir(parents=True)
        yesterday = time.time() - 2 * 86_400
        for path in (old, unfinished):
            os.utime(path, (yesterday, yesterday))
        assert prune(store) == Removed(0, 2, 0)
        assert sorted(os.listdir(store.staging())) == sorted([fresh.name, Path(live.path).name])


def test_prune_for_ci_takes_all_that_can_be_fetched_again(store: Store, tmp_path: Path) -> None:
    add(store, tmp_path, "one")
    store.write(Bucket.INTERPRETERS, "x", b"y")
    assert prune(store, ci=True).files == 5
    assert files_below(store.path(Bucket.ENTRIES)) == []
    assert store.read(Bucket.INTERPRETERS, "x") == b"y"


def test_symlinked_environments_hold_their_entries(store: Store, tmp_path: Path) -> None:
    held, linked = add(store, tmp_path, "one"), add(store, tmp_path, "two")
    environment = tmp_path / "env"
    environment.mkdir()
    roots.record(store, str(environment), [held.entry], "symlink")
    roots.record(store, str(environment), [linked.entry], "hardlink")
    for packages in (["one"], []):
        with pytest.raises(SymlinkedEnvironments) as caught:
            clean(store, packages)
        assert caught.value.paths == (str(environment),)
    prune(store)
    assert store.has_entry(held.entry) and store.has_entry(linked.entry)
    prune(store, ci=True)
    assert store.has_entry(held.entry) and not store.has_entry(linked.entry)
    assert store.manifest(held.entry).name == "one"
    assert roots.symlinked(store)[0].path == str(environment)
    environment.rmdir()
    clean(store)
    assert not os.path.exists(store.path(Bucket.ENTRIES))


@pytest.mark.mounts
def test_entries_of_environments_that_are_away_stay(
    store: Store, tmp_path: Path, mounts: Mounter
) -> None:
    held, linked = add(store, tmp_path, "one"), add(store, tmp_path, "two")
    point = mounts.ext4("disk")
    environment = point / "project" / "env"
    environment.mkdir(parents=True)
    roots.record(store, str(environment), [held.entry], "symlink")
    mounts.unmount(point)
    clean(store)
    assert store.has_entry(held.entry) and not store.has_entry(linked.entry)
    mounts.mount_again(point)
    with pytest.raises(SymlinkedEnvironments):
        clean(store)


def test_roots_tell_who_uses_what(store: Store, tmp_path: Path) -> None:
    environment = tmp_path / "a" / "env"
    environment.mkdir(parents=True)
    assert roots.known(store) == []
    assert roots.record(store, str(environment), ["e1", "e2"], "hardlink")
    assert roots.record(store, str(environment), ["e2", "e3"], "symlink", removed=["e1"])
    (root,) = roots.known(store)
    assert root.entries == (("e2", "symlink"), ("e3", "symlink"))
    assert root.is_there()
    assert roots.symlinked_entries(store) == {"e2", "e3"}
    assert not roots.record(store, str(tmp_path / "missing"), ["e1"], "copy")


def test_a_new_environment_of_the_same_name_starts_afresh(store: Store, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    environment.mkdir()
    roots.record(store, str(environment), ["e1"], "symlink")
    environment.rename(tmp_path / "moved")
    environment.mkdir()
    assert not roots.known(store)[0].is_there()
    roots.record(store, str(environment), ["e2"], "clone")
    assert roots.known(store)[0].entries == (("e2", "clone"),)


def test_a_damaged_root_is_as_good_as_none(store: Store, tmp_path: Path) -> None:
    roots.record(store, str(tmp_path), ["e"], "symlink")
    (name,) = os.listdir(store.path(Bucket.ROOTS))
    Path(store.path(Bucket.ROOTS, name)).write_bytes(b"junk")
    assert roots.known(store) == []
    assert roots.record(store, str(tmp_path), ["e"], "symlink")


def test_usage_is_what_du_says(store: Store, tmp_path: Path) -> None:
    assert usage.size(store) == {}
    wheel = add(store, tmp_path, "one")
    tree = store.tree_path(wheel.entry)
    os.link(os.path.join(tree, "one.py"), os.path.join(tree, "again.py"))
    os.symlink("/usr", os.path.join(store.root, Bucket.WHEELS, "link"))
    found = usage.size(store)
    assert set(found) == {Bucket.ENTRIES, Bucket.WHEELS, Bucket.STAGING, "other"}

    def du(name: str) -> int:
        answer = subprocess.run(["du", "-sB1", name], capture_output=True, text=True, check=True)
        return int(answer.stdout.split()[0])

    for bucket in (Bucket.ENTRIES, Bucket.WHEELS, Bucket.STAGING):
        assert found[bucket] == du(store.path(bucket))
    assert sum(found.values()) == du(store.root) - os.stat(store.root).st_blocks * 512


THEIRS = ("letters/one.txt", "project-v2/main.py", ".git/HEAD", ".tmp-mine", "CACHEDIR.TAG")


@pytest.mark.parametrize("collect", [clean, prune])
def test_a_directory_that_holds_files_of_a_person_keeps_them(
    tmp_path: Path, collect: Callable[[Store], Removed]
) -> None:
    """`--cache-dir ~`, say: what weft made goes, what it did not make stays."""
    for name in THEIRS:
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("theirs")
        os.utime(path, (0, 0))
    store = Store(str(tmp_path / "home"))
    wheel = add(store, tmp_path, "one")
    os.unlink(store.path(Bucket.WHEELS, f"pypi/one/{wheel.filename}"))
    assert collect(store).files
    assert not store.has_entry(wheel.entry)
    assert [Path(store.root, name).read_text() for name in THEIRS] == ["theirs"] * len(THEIRS)
