"""Pointers, hashes, small blobs, locks, and stores that cannot be written."""

from __future__ import annotations

import hashlib
import marshal
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.wheels import make_wheel
from weft.core.defaults import DEFAULT_INDEX
from weft.core.errors import SystemFailure, WeftError
from weft.core.filename import FilenameError
from weft.store.errors import EntryMissing, HashMismatch, StoreUnusable
from weft.store.hashes import file_stamp
from weft.store.layout import Bucket, origin_key
from weft.store.store import Store
from weft.system.locks import LockTimeout

FILENAME = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def wheel(tmp_path: Path) -> str:
    return make_wheel(tmp_path / "wheels")


def test_a_new_store_says_that_it_is_a_cache(store: Store) -> None:
    store.open()
    assert set(os.listdir(store.root)) == {"CACHEDIR.TAG", ".gitignore"}
    tag = Path(store.root, "CACHEDIR.TAG").read_bytes()
    assert tag == b"Signature: 8a477f597d28d172789f06886806bc55"
    assert Path(store.root, ".gitignore").read_bytes() == b"*"


def test_looking_does_not_make_a_store(store: Store) -> None:
    assert store.find_wheel("pypi", FILENAME, name="demo") is None
    assert store.wheels("pypi", "demo") == []
    assert store.read(Bucket.SIMPLE, "pypi/demo") is None
    assert store.age(Bucket.SIMPLE, "pypi/demo") is None
    assert not os.path.exists(store.root)


def test_an_added_wheel_is_found_by_everybody(store: Store, wheel: str) -> None:
    added = store.add_wheel(wheel, filename=FILENAME, origin="pypi", url="https://host/x.whl")
    digest = hashlib.sha256(Path(wheel).read_bytes()).hexdigest()
    assert (added.name, added.version, added.filename, added.origin) == (
        "demo", "1.0", FILENAME, "pypi",
    )  # fmt: skip
    assert added.hashes == (("sha256", digest),)
    again = Store(store.root)
    assert again.find_wheel("pypi", FILENAME, name="demo") == added
    assert again.wheels("pypi", "demo") == [added]
    assert again.find_wheel("index/0", FILENAME, name="demo") is None
    assert again.manifest(added.entry).name == "demo"
    assert os.path.exists(wheel)
    assert os.listdir(store.staging()) == []


def test_wheels_lists_what_is_there(store: Store, tmp_path: Path) -> None:
    for version in ("1.0", "2.0", "3.0"):
        path = make_wheel(tmp_path / "wheels", version=version)
        store.add_wheel(path, filename=os.path.basename(path), origin="index/1")
    gone = store.wheels("index/1", "demo")[1]
    shutil.rmtree(store.entry_path(gone.entry))
    for junk in ("junk.whl", ".tmp-0123"):
        Path(store.path(Bucket.WHEELS, "index/1/demo"), junk).write_bytes(b"junk")
    assert [wheel.version for wheel in store.wheels("index/1", "demo")] == ["1.0", "3.0"]
    assert store.find_wheel("index/1", gone.filename, name="demo") is None


def test_a_stamp_tells_changed_local_files_apart(store: Store, wheel: str) -> None:
    stamp = file_stamp(wheel)
    origin = origin_key(wheel, kind="path")
    added = store.add_wheel(wheel, filename=FILENAME, origin=origin, stamp=stamp)
    assert added.hashes == ()  # it can be read again when somebody asks
    assert store.find_wheel(origin, FILENAME, name="demo", stamp=stamp) == added
    os.utime(wheel, ns=(1, 1))
    assert store.find_wheel(origin, FILENAME, name="demo", stamp=file_stamp(wheel)) is None
    assert store.find_wheel(origin, FILENAME, name="demo") == added


def test_a_replaced_wheel_gets_a_new_entry(store: Store, tmp_path: Path) -> None:
    first = store.add_wheel(make_wheel(tmp_path / "w"), filename=FILENAME, origin="pypi")
    path = make_wheel(tmp_path / "w", files={"demo.py": "other"})
    second = store.add_wheel(path, filename=FILENAME, origin="pypi")
    assert first.entry != second.entry
    assert store.find_wheel("pypi", FILENAME, name="demo") == second
    assert store.has_entry(first.entry)


def test_downloads_in_staging_go_unless_they_are_kept(store: Store, wheel: str) -> None:
    os.makedirs(store.staging())
    inside = os.path.join(store.staging(), FILENAME)
    shutil.copy(wheel, inside)
    store.add_wheel(inside, filename=FILENAME, origin="pypi", keep=True)
    assert os.path.exists(inside)
    store.add_wheel(inside, filename=FILENAME, origin="pypi")
    assert not os.path.exists(inside)


def test_hashes_are_checked_before_anything_is_unpacked(store: Store, wheel: str) -> None:
    digest = hashlib.sha256(Path(wheel).read_bytes()).hexdigest()
    wrong = "0" * 64
    with pytest.raises(HashMismatch) as caught:
        store.add_wheel(wheel, filename=FILENAME, origin="pypi", hashes=(("sha256", wrong),))
    assert caught.value.message == (
        f"Hash mismatch for `demo==1.0`\n\nExpected:\n  sha256:{wrong}\n\n"
        f"Computed:\n  sha256:{digest}"
    )
    assert caught.value.exit_code == 1
    assert store.find_wheel("pypi", FILENAME, name="demo") is None
    assert not os.path.exists(store.path(Bucket.ENTRIES))


def test_one_matching_hash_of_the_strongest_kind_is_enough(store: Store, wheel: str) -> None:
    content = Path(wheel).read_bytes()
    good = hashlib.sha256(content).hexdigest()
    sha512 = hashlib.sha512(content).hexdigest()
    md5 = hashlib.md5(content).hexdigest()
    zeros = "0" * 64

    def add(*hashes: tuple[str, str]) -> None:
        store.add_wheel(wheel, filename=FILENAME, origin="pypi", hashes=hashes)

    add(("sha256", zeros), ("sha256", good.upper()))
    add(("sha512", sha512))
    add(("md5", md5))
    add(("sha512", "0" * 128), ("sha256", good))
    for bad in (
        [("sha256", zeros), ("md5", md5)],
        [("sha512", good)],
        [("md5", good)],
        [("nonsense", good)],
    ):
        with pytest.raises(HashMismatch):
            add(*bad)
    assert dict(store.wheels("pypi", "demo")[0].hashes)["sha256"] == good


def test_hashes_that_the_caller_computed_are_not_computed_again(store: Store, wheel: str) -> None:
    told = (("sha256", "a" * 64),)
    added = store.add_wheel(wheel, filename=FILENAME, origin="pypi", hashes=told, computed=told)
    assert added.hashes == told
    with pytest.raises(HashMismatch):
        store.add_wheel(
            wheel, filename=FILENAME, origin="pypi", hashes=(("sha256", "b" * 64),), computed=told
        )


def test_a_bad_filename_or_a_missing_file_is_an_error(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FilenameError):
        store.add_wheel("x", filename="demo.zip", origin="pypi")
    missing = str(tmp_path / FILENAME)
    with pytest.raises(SystemFailure, match="Failed to read") as caught:
        store.add_wheel(missing, filename=FILENAME, origin="pypi")
    assert caught.value.path == missing


def test_the_longest_filenames_are_kept(store: Store, tmp_path: Path) -> None:
    tags = ".".join(f"manylinux_2_{number:02}_x86_64" for number in range(9))
    longest = f"demo-1.0-py3-none-{tags}.".ljust(251, "x") + ".whl"
    assert len(longest) == 255
    path = make_wheel(tmp_path, filename=longest)
    added = store.add_wheel(path, filename=longest, origin="pypi")
    assert store.find_wheel("pypi", longest, name="demo") == added
    assert store.wheels("pypi", "demo") == [added]


@pytest.mark.parametrize("tag", ["any/x", "any/../../x", "any\\x", "any\0x"])
def test_a_filename_cannot_lead_elsewhere(store: Store, wheel: str, tag: str) -> None:
    filename = f"demo-1.0-py3-none-{tag}.whl"
    with pytest.raises(FilenameError, match="Must not contain a path"):
        store.add_wheel(wheel, filename=filename, origin="pypi")
    assert store.find_wheel("pypi", filename, name="demo") is None


def test_a_damaged_entry_is_an_error_and_is_replaced(store: Store, wheel: str) -> None:
    added = store.add_wheel(wheel, filename=FILENAME, origin="pypi")
    manifest = Path(store.entry_path(added.entry), "manifest")
    for damage in (b"", bytes(2000), marshal.dumps((1, 2)), manifest.read_bytes()[:50]):
        manifest.write_bytes(damage)
        with pytest.raises(EntryMissing) as caught:
            store.manifest(added.entry)
        assert caught.value.path == store.entry_path(added.entry)
        assert store.add_wheel(wheel, filename=FILENAME, origin="pypi") == added
        assert store.manifest(added.entry).files == 3
        assert os.listdir(store.staging()) == []


def test_small_blobs_are_kept_by_key(store: Store) -> None:
    assert store.write(Bucket.SIMPLE, "index/12/demo", b"one")
    assert store.write(Bucket.SIMPLE, "index/12/demo", b"two")
    assert store.read(Bucket.SIMPLE, "index/12/demo") == b"two"
    age = store.age(Bucket.SIMPLE, "index/12/demo")
    assert age is not None and -1 < age < 60
    written = os.stat(store.path(Bucket.SIMPLE, "index/12/demo")).st_mtime
    assert store.age(Bucket.SIMPLE, "index/12/demo", now=written + 600) == 600


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/x", "a//b", "a/.", "a\0b", "a\\b"])
def test_a_key_cannot_leave_its_bucket(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.path(Bucket.SIMPLE, key)


def test_origins_have_short_stable_keys() -> None:
    assert origin_key() == origin_key(DEFAULT_INDEX) == origin_key(DEFAULT_INDEX + "/") == "pypi"
    other = origin_key("https://host/simple")
    assert other == origin_key("https://host/simple/")
    assert other.startswith("index/") and len(other) == 6 + 16
    assert origin_key("https://host/simple", kind="url").startswith("url/")
    assert origin_key("/a", kind="path") != origin_key("/b", kind="path")


def test_a_temporary_store_goes_away(tmp_path: Path, wheel: str) -> None:
    with Store(str(tmp_path / "gone"), temporary=True) as store:
        store.lock_shared()
        store.add_wheel(wheel, filename=FILENAME, origin="pypi")
    assert not os.path.exists(store.root)


def test_readers_share_and_a_collector_waits(store: Store) -> None:
    store.lock_shared()
    other, collector = Store(store.root), Store(store.root)
    other.lock_shared()
    waited: list[bool] = []
    assert not collector.lock_exclusive(force=True, on_wait=lambda: waited.append(True))
    assert waited == []
    with pytest.raises(LockTimeout, match="is another weft process running"):
        collector.lock_exclusive(timeout=0.01, on_wait=lambda: waited.append(True))
    assert waited == [True]
    store.close()
    other.close()
    assert collector.lock_exclusive()
    with pytest.raises(LockTimeout):
        Store(store.root).lock_shared(timeout=0.01)
    collector.close()


def test_a_file_in_the_place_of_the_root_is_an_error(tmp_path: Path) -> None:
    root = tmp_path / "file"
    root.write_text("")
    for use in (Store.open, Store.lock_shared, Store.staging):
        with pytest.raises(StoreUnusable) as caught:
            use(Store(str(root)))
        assert caught.value.message == f"Failed to initialize cache at `{root}`"


ELSEWHERE = "Run `export WEFT_CACHE_DIR=` with a directory where you may write"


def as_nobody(work: Callable[[], object]) -> str:
    """What `work` returns or raises, in a forked process of a user without rights."""
    assert os.getuid() == 0, "these tests give up root's rights, so they need them"
    answer, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        try:
            text = str(work())
        except WeftError as error:
            cause = error.__cause__
            text = "\n".join([str(error), str(cause), str(cause and cause.__cause__), *error.hints])
        except BaseException as error:
            text = repr(error)
        os.write(theirs, text.encode())
        os._exit(0)
    os.close(theirs)
    with open(answer, "rb") as file:
        text = file.read().decode()
    os.waitpid(child, 0)
    return text


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A directory that other users may reach, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="weft-store-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def test_a_store_of_somebody_else_can_be_read(open_path: Path) -> None:
    store, wheel = Store(str(open_path / "store")), make_wheel(open_path)
    store.lock_shared()
    added = store.add_wheel(wheel, filename=FILENAME, origin="pypi")

    def read() -> object:
        other = Store(store.root)
        other.lock_shared()
        found = other.find_wheel("pypi", FILENAME, name="demo")
        assert found is not None
        written = other.write(Bucket.SIMPLE, "pypi/x", b"")
        return found.entry, other.manifest(found.entry).files, written

    assert as_nobody(read) == str((added.entry, 3, False))


def test_adding_to_a_store_of_somebody_else_says_what_failed(
    open_path: Path, tmp_path: Path
) -> None:
    store, wheel = Store(str(open_path / "store")), make_wheel(open_path)
    Store(str(tmp_path / "mine")).add_wheel(wheel, filename=FILENAME, origin="pypi")
    store.lock_shared()

    def add() -> object:
        other = Store(store.root)
        other.lock_shared()
        return other.add_wheel(wheel, filename=FILENAME, origin="pypi")

    lines = as_nobody(add).splitlines()
    assert lines[0].startswith(f"Failed to create directory `{store.root}/staging-v1")
    assert lines[1] == "Permission denied (os error 13)"
    assert lines[3:] == [ELSEWHERE]
    assert not os.path.exists(store.path(Bucket.STAGING))


def test_a_root_that_cannot_be_made_is_an_error(open_path: Path) -> None:
    root = str(open_path / "new/store")
    lines = as_nobody(lambda: Store(root).lock_shared()).splitlines()
    assert lines == [
        f"Failed to initialize cache at `{root}`",
        f"Failed to create directory `{root}`",
        "Permission denied (os error 13)",
        ELSEWHERE,
    ]
