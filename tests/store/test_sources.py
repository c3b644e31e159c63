"""Archives of sources: kept once, found again, never half there."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path

import pytest

from tests.store.test_concurrency import exit_code, kill_in_the_middle, moments, spawn
from tests.support.mounts import Mounter
from weft.core.distribution import File
from weft.core.errors import SystemFailure
from weft.core.source import Source
from weft.store.collect import clean, prune
from weft.store.errors import HashMismatch
from weft.store.hashes import file_stamp
from weft.store.layout import Bucket
from weft.store.sources import SourceArchive, find_archive, forget_archive, keep_archive
from weft.store.staging import Staging
from weft.store.store import Store

FILENAME = "demo-1.0.tar.gz"
CONTENT = b"some archive\n" * 999


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def of_index(content: bytes = CONTENT, *, told: bool = True, name: str = "demo") -> Source:
    hashes = (("sha256", sha256(content)),) if told else ()
    filename = f"{name}-1.0.tar.gz"
    url = f"https://files.example/{filename}"
    file = File(filename, url, hashes, index="https://index.example/simple")
    return Source("sdist", url, name, "1.0", file)


def by_url(filename: str = FILENAME, *, name: str = "") -> Source:
    url = f"https://example.org/{filename}"
    return Source("archive", url, name, file=File(filename, url))


def local(path: Path) -> Source:
    return Source("archive", path.as_uri(), file=File(path.name, path.as_uri()))


def keep(store: Store, source: Source, content: bytes = CONTENT) -> SourceArchive:
    """As a download does it: a file in a directory of its own in the store's staging."""
    with Staging(store.staging()) as staging:
        path = os.path.join(staging.path, "download")
        Path(path).write_bytes(content)
        return keep_archive(store, path, source)


def files(store: Store) -> list[Path]:
    return [path for path in Path(store.path(Bucket.SOURCES)).rglob("*") if path.is_file()]


def check_sound(store: Store) -> None:
    """Every archive is what its name says."""
    for path in files(store):
        if path.suffix == ".archive":
            assert sha256(path.read_bytes()) == path.stem


@pytest.mark.parametrize("source", [of_index(), of_index(told=False), by_url()])
def test_what_was_kept_is_found(store: Store, source: Source) -> None:
    assert find_archive(store, source) is None
    kept = keep(store, source)
    assert find_archive(store, source) == kept
    assert Path(kept.path).read_bytes() == CONTENT
    assert dict(kept.hashes)["sha256"] == sha256(CONTENT)
    assert (kept.size, kept.filename) == (len(CONTENT), FILENAME)
    assert os.stat(kept.path).st_mode & 0o777 == 0o444
    assert os.listdir(store.staging()) == []


def test_other_sources_do_not_find_it(store: Store) -> None:
    keep(store, of_index())
    assert find_archive(store, by_url()) is None
    assert find_archive(store, by_url("demo-2.0.tar.gz")) is None
    assert find_archive(store, Source("directory", "file:///somewhere")) is None


def test_a_name_learnt_later_makes_no_difference_to_a_url(store: Store) -> None:
    kept = keep(store, by_url())
    assert find_archive(store, by_url(name="demo")) == kept


def test_a_file_that_an_index_replaced_is_not_found(store: Store) -> None:
    keep(store, of_index())
    assert find_archive(store, of_index(b"another")) is None
    new = keep(store, of_index(b"another"), b"another")
    assert find_archive(store, of_index(b"another")) == new
    assert find_archive(store, of_index(told=False)) == new


def test_a_local_file_is_copied_and_found_while_it_is_the_same(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / FILENAME
    path.write_bytes(CONTENT)
    source, stamp = local(path), file_stamp(str(path))
    kept = keep_archive(store, str(path), source, stamp=stamp)
    assert path.read_bytes() == Path(kept.path).read_bytes() == CONTENT
    assert not path.samefile(kept.path)
    assert find_archive(store, source, stamp=stamp) == kept
    path.write_bytes(b"changed")
    assert find_archive(store, source, stamp=file_stamp(str(path))) is None
    assert find_archive(store, source) is None


def test_the_wrong_content_is_refused_and_not_kept(store: Store, tmp_path: Path) -> None:
    with pytest.raises(HashMismatch) as caught:
        keep(store, of_index(), b"evil")
    assert "`demo==1.0`" in caught.value.message
    assert caught.value.computed == (("sha256", sha256(b"evil")),)
    assert files(store) == [] and os.listdir(store.staging()) == []


def test_hashes_of_a_request_are_compared(store: Store) -> None:
    kept = keep(store, of_index())
    kept.check(frozenset({f"sha256:{sha256(CONTENT)}", "sha256:" + "0" * 64}), shown="demo==1.0")
    kept.check(frozenset({f"sha512:{hashlib.sha512(CONTENT).hexdigest()}"}), shown="demo==1.0")
    for wrong in ("sha256:" + "0" * 64, "sha512:" + "0" * 128, "md5:" + "0" * 32):
        with pytest.raises(HashMismatch, match=r"demo==1\.0"):
            kept.check(frozenset({wrong}), shown="demo==1.0")


@pytest.mark.parametrize(
    "filename",
    [
        "../../evil.tar.gz",
        "a/b.tar.gz",
        "x" * 400 + ".tar.gz",
        "..",
        ".tmp-x.tar.gz",
        "a\\b",
        "é b",
    ],
)
def test_no_file_name_leads_out_of_the_bucket(store: Store, filename: str) -> None:
    kept = keep(store, by_url(filename))
    assert kept.filename == filename
    assert find_archive(store, by_url(filename)) == kept
    bucket = Path(store.path(Bucket.SOURCES))
    assert all(path.resolve().is_relative_to(bucket) for path in files(store))
    assert len(files(store)) == 2 and not list(Path(store.root).parent.glob("*evil*"))


def test_what_was_damaged_counts_as_absent(store: Store) -> None:
    kept = keep(store, of_index())
    (record,) = (path for path in files(store) if path.suffix != ".archive")
    data = record.read_bytes()
    for damage in (b"", b"x", data[:20]):
        record.write_bytes(damage)
        assert find_archive(store, of_index()) is None
    record.write_bytes(data)
    assert find_archive(store, of_index()) == kept
    os.chmod(kept.path, 0o644)
    os.truncate(kept.path, 5)
    assert find_archive(store, of_index()) is None
    assert Path(keep(store, of_index()).path).read_bytes() == CONTENT


def test_an_archive_that_is_good_for_nothing_is_forgotten(store: Store) -> None:
    keep(store, of_index())
    other = keep(store, by_url())
    forget_archive(store, of_index())
    forget_archive(store, of_index())
    assert find_archive(store, of_index()) is None
    assert find_archive(store, by_url()) == other and len(files(store)) == 2


def test_a_missing_local_file_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SystemFailure) as caught:
        keep_archive(store, str(tmp_path / FILENAME), local(tmp_path / FILENAME))
    assert caught.value.action == "read"
    assert os.listdir(store.staging()) == []


def test_processes_that_keep_the_same_archive_share_it(tmp_path: Path) -> None:
    root = str(tmp_path / "store")
    children = [spawn(lambda: keep(Store(root), of_index())) for _ in range(6)]
    assert [exit_code(child) for child in children] == [0] * 6
    store = Store(root)
    check_sound(store)
    assert len(files(store)) == 2
    assert find_archive(store, of_index()) is not None


def test_a_killed_process_leaves_an_archive_or_none(tmp_path: Path) -> None:
    path = tmp_path / FILENAME
    path.write_bytes(os.urandom(8 << 20))
    source, stamp = local(path), file_stamp(str(path))
    started = time.perf_counter()
    work = tmp_path / "whole"
    assert exit_code(spawn(lambda: keep_archive(Store(str(work)), str(path), source))) == 0
    whole = time.perf_counter() - started
    staged = set()
    for number, after in enumerate(moments(whole, 12)):
        if after is None and True in staged:
            break
        store = Store(str(tmp_path / f"store{number}"))
        kill_in_the_middle(
            store,
            lambda: keep_archive(store, str(path), source, stamp=stamp),  # noqa: B023
            after,
        )
        check_sound(store)
        staged.add(any(Path(store.path(Bucket.STAGING)).glob("*")))
        kept = keep_archive(store, str(path), source, stamp=stamp)
        assert find_archive(store, source, stamp=stamp) == kept
        prune(store)
        check_sound(store)
        assert [name for name in os.listdir(store.staging()) if name.startswith("live-")] == []
        shutil.rmtree(store.root)
    assert True in staged  # some were killed in the middle of the work


@pytest.mark.mounts
def test_a_full_disk_is_said_and_leaves_nothing(mounts: Mounter, tmp_path: Path) -> None:
    store = Store(str(mounts.tmpfs("small", size="2m") / "store"))
    small = keep(store, of_index())
    path = tmp_path / FILENAME
    path.write_bytes(os.urandom(3 << 20))
    with pytest.raises(SystemFailure) as caught:
        keep_archive(store, str(path), local(path))
    assert caught.value.error.errno == 28
    assert find_archive(store, of_index()) == small
    assert os.listdir(store.staging()) == [] and len(files(store)) == 2


def test_clean_takes_the_archives_of_a_package(store: Store) -> None:
    other = keep(store, of_index(name="other"))
    for source in (of_index(), by_url(), by_url("main.zip", name="demo")):
        keep(store, source)
    unrelated = keep(store, by_url("main.tar.gz"))
    assert clean(store, ["Demo"]).files == 6
    assert {str(path) for path in files(store) if path.suffix == ".archive"} == {
        other.path, unrelated.path,
    }  # fmt: skip
    clean(store)
    assert files(store) == []


def test_prune_takes_archives_that_were_replaced(store: Store) -> None:
    old = keep(store, of_index())
    assert prune(store).files == 0
    new = keep(store, of_index(b"another"), b"another")
    assert prune(store).files == 1
    assert not os.path.exists(old.path)
    assert find_archive(store, of_index(told=False)) == new


def test_prune_for_ci_takes_all_that_nobody_uses_now(tmp_path: Path) -> None:
    mine, theirs = Store(str(tmp_path / "store")), Store(str(tmp_path / "store"))
    idle = keep(mine, of_index(b"idle", name="idle"), b"idle")
    keep(mine, of_index())
    mine.lock_shared()
    used = find_archive(mine, of_index())
    assert used is not None
    fresh = keep(mine, of_index(name="fresh"))
    assert prune(theirs, ci=True).files == 2
    assert not os.path.exists(idle.path)
    assert Path(used.path).read_bytes() == Path(fresh.path).read_bytes() == CONTENT
    assert find_archive(theirs, of_index()) is not None
    mine.close()
    prune(theirs, ci=True)
    assert files(theirs) == []


def test_what_is_replaced_while_in_use_stays_until_then(tmp_path: Path) -> None:
    mine, theirs = Store(str(tmp_path / "store")), Store(str(tmp_path / "store"))
    mine.lock_shared()
    old = keep(mine, of_index())
    keep(theirs, of_index(b"another"), b"another")
    prune(theirs)
    assert Path(old.path).read_bytes() == CONTENT
    mine.close()
    prune(theirs)
    assert not os.path.exists(old.path)
