"""What was made of sources: found for the same state and orders, and for no other."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.store.test_concurrency import (
    check_entry,
    entries,
    exit_code,
    kill_in_the_middle,
    large_wheel,
    moments,
    spawn,
)
from tests.support.mounts import Mounter
from tests.support.wheels import HOSTILE, make_wheel
from weft.core.distribution import CachedWheel, File
from weft.core.errors import SystemFailure
from weft.core.filename import FilenameError
from weft.core.metadata import Metadata
from weft.core.source import Source
from weft.core.value import replace
from weft.store import usage
from weft.store.built import (
    add_built,
    built_info,
    check_match,
    find_built,
    lock_shard,
    read_metadata,
    shard_key,
    write_metadata,
)
from weft.store.collect import clean, prune
from weft.store.errors import BadWheel, SourceMismatch
from weft.store.layout import Bucket
from weft.store.members import Cache
from weft.store.store import Store
from weft.system.removal import Removed

FILE = File("demo-1.0.tar.gz", "https://files.example/demo-1.0.tar.gz", index="https://i.example")
SDIST = Source("sdist", FILE.url, "demo", "1.0", FILE)
DIRECTORY = Source("directory", "file:///projects/demo")
GIT = Source("git", "https://git.example/demo", commit="0" * 40, requested="main")
ARCHIVE = Source("archive", FILE.url, file=FILE)
METADATA = Metadata("Demo", "1.0", "2.1", ("other>=1", "more ; extra == 'x'"), ">=3.8")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def shard_of(source: Source, revision: str = "r1", build: str = "b1") -> str:
    return shard_key(source, revision=revision, build=build)


def add(
    store: Store, path: str, source: Source = DIRECTORY, *, revision: str = "r1", build: str = "b1"
) -> CachedWheel:
    return add_built(
        store, path, shard_of(source, revision, build), source=source, info=b"i", build_info=b"{}"
    )


def files(store: Store) -> list[Path]:
    """Everything in the bucket but locks."""
    found = Path(store.path(Bucket.BUILT)).rglob("*")
    return [path for path in found if path.is_file() and path.name != ".lock"]


@pytest.mark.parametrize("source", [SDIST, DIRECTORY, GIT, ARCHIVE])
def test_what_was_built_is_found(store: Store, source: Source, tmp_path: Path) -> None:
    path, shard = make_wheel(tmp_path), shard_of(source)
    assert find_built(store, shard) == []
    wheel = add_built(store, path, shard, source=source, info=b'{"a":1}', build_info=None)
    assert find_built(store, shard) == find_built(store, shard, name="demo") == [wheel]
    assert find_built(store, shard, name="other") == []
    assert (wheel.name, wheel.version, wheel.origin) == ("demo", "1.0", shard)
    assert wheel.filename == os.path.basename(path)
    assert built_info(store, wheel) == (b'{"a":1}', None)
    check_entry(store, wheel.entry)
    assert os.path.exists(path) and os.listdir(store.staging()) == []


CHANGES: list[dict[str, Any]] = [
    {"url": "file:///projects/other"},
    {"subdirectory": "part"},
    {"editable": True},
    {"settings": ("a=b",)},
    {"settings": ("a=b", "c")},
    {"lfs": True},
    {"kind": "git"},
]


def test_whatever_tells_sources_and_builds_apart_tells_shards_apart() -> None:
    sources = [SDIST, GIT, ARCHIVE, DIRECTORY]
    sources += [replace(DIRECTORY, **change) for change in CHANGES]
    sources.append(replace(SDIST, file=replace(FILE, filename="demo-1.0.zip")))
    sources.append(replace(SDIST, file=replace(FILE, index="https://elsewhere.example")))
    shards = [shard_of(source) for source in sources]
    shards += [shard_of(DIRECTORY, "r2"), shard_of(DIRECTORY, "r1", "b2"), shard_of(SDIST, "r2")]
    assert len(set(shards)) == len(shards)
    assert all(part not in ("", ".", "..") for shard in shards for part in shard.split("/"))


def test_a_name_learnt_later_and_a_branch_make_no_difference() -> None:
    for source in (DIRECTORY, GIT, ARCHIVE):
        assert shard_of(source) == shard_of(replace(source, name="demo", version="1.0"))
    assert shard_of(GIT) == shard_of(replace(GIT, requested="v1"))


def test_a_wheel_replaces_the_one_before_it(store: Store, tmp_path: Path) -> None:
    """A version made of the clock, or of the same file name with other content."""
    first = add(store, make_wheel(tmp_path, version="1.0"))
    again = add(store, make_wheel(tmp_path / "again", version="1.0", files={"demo.py": "new"}))
    assert again.entry != first.entry
    assert find_built(store, first.origin) == [again]
    assert built_info(store, first) == (None, None)
    other = add(store, make_wheel(tmp_path, version="1.0.dev5"))
    assert find_built(store, first.origin) == [other]


@pytest.mark.parametrize(
    ("given", "found", "what"),
    [
        (("demo", "1.0"), ("demo", "1.0"), ""),
        (("demo", "1.0"), ("demo", "1"), ""),
        (("demo", "1.0"), ("demo", "1.0+local"), ""),
        (("demo", "1.0+local"), ("demo", "1.0"), "version"),
        (("demo", "1.0"), ("demo", "2.0"), "version"),
        (("demo", "1.0"), ("other", "1.0"), "name"),
        (("", ""), ("other", "2.0"), ""),
        (("demo", ""), ("demo", "2.0"), ""),
    ],
)
def test_a_wheel_must_be_what_the_source_says(
    given: tuple[str, str], found: tuple[str, str], what: str, store: Store, tmp_path: Path
) -> None:
    source = replace(DIRECTORY, name=given[0], version=given[1])
    path = make_wheel(tmp_path, name=found[0], version=found[1])
    if not what:
        check_match(source, name=found[0], version=found[1])
        assert add(store, path, source).version == found[1]
        return
    with pytest.raises(SourceMismatch) as caught:
        add(store, path, source)
    place = ("name", "version").index(what)
    assert caught.value.message == (
        f"Package metadata {what} `{found[place]}` does not match given {what} `{given[place]}`"
    )
    assert caught.value.exit_code == 1
    assert entries(store) == [] and files(store) == []


@pytest.mark.parametrize("offence", ["metadata-version", "record-lying", "parent-path", "bomb"])
def test_a_bad_wheel_leaves_nothing(offence: str, store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadWheel):
        add(store, HOSTILE[offence](tmp_path / "wheels"))
    assert entries(store) == [] and files(store) == [] and os.listdir(store.staging()) == []


@pytest.mark.parametrize("filename", ["demo.whl", "demo-1.0.tar.gz", "demo-1.0-py3-none-a\\b.whl"])
def test_a_wheel_needs_the_name_of_one(filename: str, store: Store, tmp_path: Path) -> None:
    path = make_wheel(tmp_path, filename=filename)
    with pytest.raises(FilenameError):
        add(store, path)


def test_metadata_is_kept(store: Store) -> None:
    shard = shard_of(SDIST)
    assert read_metadata(store, shard) is None
    write_metadata(store, shard, METADATA)
    found = read_metadata(store, shard)
    assert found is not None and found.packed is not None
    assert replace(found, packed=None) == METADATA
    assert [str(each) for each in found.requirements] == ["other>=1", "more ; extra == 'x'"]
    assert find_built(store, shard) == []


def test_what_was_damaged_counts_as_absent(store: Store, tmp_path: Path) -> None:
    wheel = add(store, make_wheel(tmp_path))
    write_metadata(store, wheel.origin, METADATA)
    for path in files(store):
        data = path.read_bytes()
        for damage in (b"", b"x", data[: len(data) // 2], b"i\1\0\0\0", b"("):
            path.write_bytes(damage)
            if path.name == "metadata":
                assert read_metadata(store, wheel.origin) is None
            else:
                assert find_built(store, wheel.origin) == []
                assert built_info(store, wheel) == (None, None)
    assert find_built(store, add(store, make_wheel(tmp_path)).origin) == [wheel]


def test_a_wheel_without_its_entry_is_not_found(store: Store, tmp_path: Path) -> None:
    wheel = add(store, make_wheel(tmp_path))
    store.discard(store.entry_path(wheel.entry))
    assert find_built(store, wheel.origin) == []


def test_only_one_process_builds_for_a_shard(store: Store) -> None:
    shard = shard_of(SDIST)
    lock = lock_shard(store, shard)
    assert lock.acquire(blocking=False)
    other = lock_shard(Store(store.root), shard)
    assert not other.acquire(blocking=False)
    assert lock_shard(store, shard_of(GIT)).acquire(blocking=False)
    lock.release()
    assert other.acquire(blocking=False)
    other.release()


@pytest.mark.mounts
def test_a_member_gets_the_entry_and_the_home_the_pointer(mounts: Mounter, tmp_path: Path) -> None:
    home = Store(str(tmp_path / "store"))
    member = Cache(home).for_target(str(mounts.tmpfs("other") / "env")).store
    assert member is not home
    wheel = add(member, make_wheel(tmp_path))
    assert member.has_entry(wheel.entry) and not home.has_entry(wheel.entry)
    assert find_built(home, wheel.origin) == find_built(member, wheel.origin) == [wheel]
    assert not os.path.exists(os.path.join(member.root, Bucket.BUILT))
    assert prune(Cache(home)).files == 0
    assert find_built(home, wheel.origin) == [wheel]


# --- killed, and out of space -----------------------------------------------------------------


def test_a_killed_process_leaves_a_wheel_or_none(tmp_path: Path) -> None:
    path = large_wheel(tmp_path)
    started = time.perf_counter()
    assert exit_code(spawn(lambda: add(Store(str(tmp_path / "whole")), path))) == 0
    whole = time.perf_counter() - started
    staged = set()
    for number, after in enumerate(moments(whole, 12)):
        if after is None and True in staged:
            break
        store = Store(str(tmp_path / f"store{number}"))
        kill_in_the_middle(store, lambda: add(store, path), after)  # noqa: B023
        for entry in entries(store):
            check_entry(store, entry)
        for wheel in find_built(store, shard_of(DIRECTORY)):
            assert built_info(store, wheel) == (b"i", b"{}")
        staged.add(any(Path(store.path(Bucket.STAGING)).glob("*")))
        added = add(store, path)
        prune(store)
        assert entries(store) == [added.entry]
        assert find_built(store, added.origin) == [added]
    assert True in staged  # some were killed in the middle of the work


@pytest.mark.mounts
def test_a_full_disk_is_said_and_leaves_nothing(mounts: Mounter, tmp_path: Path) -> None:
    store = Store(str(mounts.tmpfs("small", size="2m") / "store"))
    kept = add(store, make_wheel(tmp_path))
    large = make_wheel(tmp_path, version="2.0", files={"demo/large": os.urandom(3 << 20)})
    with pytest.raises(SystemFailure) as caught:
        add(store, large, revision="r2")
    assert caught.value.error.errno == 28
    assert entries(store) == [kept.entry] and os.listdir(store.staging()) == []
    assert len(files(store)) == 1


# --- clean, prune, size -----------------------------------------------------------------------


def test_prune_keeps_what_is_built(store: Store, tmp_path: Path) -> None:
    wheels = [
        add(store, make_wheel(tmp_path, version=f"{number}.0"), replace(source, version=""))
        for number, source in enumerate((SDIST, DIRECTORY, GIT, ARCHIVE))
    ]
    for ci in (False, True):
        assert prune(store, ci=ci) == Removed()
        for wheel in wheels:
            assert find_built(store, wheel.origin) == [wheel]
            check_entry(store, wheel.entry)


def test_prune_takes_what_was_built_of_earlier_states(store: Store, tmp_path: Path) -> None:
    """Of local sources only: an older commit may be asked for again at any time."""
    old, new = (make_wheel(tmp_path, version=version) for version in ("1.0", "2.0"))
    for source in (DIRECTORY, GIT):
        add(store, old, source, revision="r1")
        add(store, new, source, revision="r2")
    other_build = add(store, old, DIRECTORY, revision="r1", build="b2")
    write_metadata(store, shard_of(DIRECTORY, "r0"), METADATA)
    _age(store, shard_of(DIRECTORY, "r0"))
    assert prune(store).files == 4  # a pointer, metadata, and a lock each
    assert find_built(store, shard_of(DIRECTORY, "r1")) == []
    assert read_metadata(store, shard_of(DIRECTORY, "r0")) is None
    assert len(find_built(store, shard_of(DIRECTORY, "r2"))) == 1
    assert find_built(store, other_build.origin) == [other_build]
    assert len(find_built(store, shard_of(GIT, "r1"))) == 1


def test_prune_takes_entries_of_earlier_states_with_them(store: Store, tmp_path: Path) -> None:
    old = add(store, make_wheel(tmp_path, version="1.0"), revision="r1")
    new = add(store, make_wheel(tmp_path, version="2.0"), revision="r2")
    prune(store)
    assert entries(store) == [new.entry] and old.entry != new.entry


def test_prune_leaves_what_somebody_builds_for(store: Store, tmp_path: Path) -> None:
    old = add(store, make_wheel(tmp_path, version="1.0"), revision="r1")
    add(store, make_wheel(tmp_path, version="2.0"), revision="r2")
    lock = lock_shard(store, old.origin)
    assert lock.acquire(blocking=False)
    assert prune(store) == Removed()
    assert find_built(store, old.origin) == [old]
    lock.release()
    prune(store)
    assert find_built(store, old.origin) == []


def test_prune_takes_shards_that_nothing_came_of(store: Store) -> None:
    for name, days in (("old", 3), ("new", 0)):
        lock = lock_shard(store, shard_of(DIRECTORY, name))
        assert lock.acquire(blocking=False)
        lock.release()
        _age(store, shard_of(DIRECTORY, name), days=days)
    assert prune(store).files == 1
    assert not os.path.exists(store.path(Bucket.BUILT, shard_of(DIRECTORY, "old")))
    assert os.path.exists(store.path(Bucket.BUILT, shard_of(DIRECTORY, "new")))


def test_clean_takes_a_package_wherever_it_was_built_from(store: Store, tmp_path: Path) -> None:
    path = make_wheel(tmp_path)
    for source in (SDIST, DIRECTORY, ARCHIVE):
        add(store, path, source)
    write_metadata(store, shard_of(GIT), METADATA)
    other = add(store, make_wheel(tmp_path, name="other"), replace(DIRECTORY, url="file:///other"))
    clean(store, ["DEMO"])
    for source in (SDIST, DIRECTORY, ARCHIVE, GIT):
        assert find_built(store, shard_of(source)) == []
        assert read_metadata(store, shard_of(source)) is None
    assert find_built(store, other.origin) == [other]
    assert entries(store) == [other.entry]
    clean(store)
    assert files(store) == [] and entries(store) == []


def test_an_entry_that_an_index_offers_too_survives_the_package_built_from_source(
    store: Store, tmp_path: Path
) -> None:
    """Equal wheels are one entry, whoever points to it."""
    path = make_wheel(tmp_path)
    built = add(store, path, SDIST)
    clean_other = store.add_wheel(path, filename=os.path.basename(path), origin="pypi")
    assert clean_other.entry == built.entry
    pointer = Path(store.path(Bucket.WHEELS, "pypi/demo"))
    pointer.rename(pointer.with_name("another"))
    clean(store, ["demo"])
    assert entries(store) == [built.entry]


def test_git_repositories_go_with_a_clean_and_stay_with_a_prune(store: Store) -> None:
    old = time.time() - 3 * 86_400
    repository = Path(store.path(Bucket.GIT, "db/0123"))
    inside = repository / "objects/.tmp-of-git"
    beside = repository.with_name(".tmp-0123456789abcdef")
    for directory in (inside, beside):
        directory.mkdir(parents=True)
        os.utime(directory, (old, old))
    assert prune(store) == Removed(0, 1, 0)  # ours; what lies in a repository is Git's
    assert inside.is_dir()
    clean(store)
    assert not repository.exists()


def test_sizes_are_told_by_bucket(store: Store, tmp_path: Path) -> None:
    add(store, make_wheel(tmp_path))
    store.write(Bucket.GIT, "db/x", b"x")
    store.write(Bucket.SOURCES, "pypi/demo/x", b"x")
    assert {Bucket.BUILT, Bucket.GIT, Bucket.SOURCES, Bucket.ENTRIES} <= usage.size(store).keys()


def _age(store: Store, shard: str, *, days: int = 3) -> None:
    directory = Path(store.path(Bucket.BUILT, shard))
    then = time.time() - days * 86_400
    for path in (*directory.iterdir(), directory):
        os.utime(path, (then, then))
