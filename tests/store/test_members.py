"""One cache over several real file systems."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.store.test_concurrency import check_entry, entries
from tests.support.mounts import Mounter
from tests.support.users import NOBODY, as_other_user
from tests.support.wheels import make_wheel
from weft.core.distribution import CachedWheel
from weft.core.events import Note
from weft.link.tree import LinkJob, spread
from weft.store.collect import clean, prune
from weft.store.errors import EntryMissing
from weft.store.layout import MEMBER, Bucket
from weft.store.members import Cache, Placement
from weft.store.store import Store

pytestmark = pytest.mark.mounts
FILES = {f"demo/m{number}.py": os.urandom(9000) for number in range(20)}


@pytest.fixture
def home(mounts: Mounter) -> Store:
    store = Store(str(mounts.ext4("home") / "cache"))
    store.lock_shared()
    return store


def add(store: Store, directory: Path, name: str = "demo") -> CachedWheel:
    files = {path.replace("demo", name): data for path, data in FILES.items()}
    path = make_wheel(directory / "wheels", name=name, files=files)
    return store.add_wheel(path, filename=os.path.basename(path), origin="pypi")


def open_to_all(directory: Path) -> None:
    """Let other users reach a directory of pytest's."""
    for each in [directory, *directory.parents[:3]]:
        if each != Path("/tmp"):
            each.chmod(0o755)


def environment(point: Path, name: str = "env") -> Path:
    path = point / "project" / name
    path.mkdir(parents=True)
    return path


def link(cache: Cache, wheel: CachedWheel, target: Path) -> dict[str, int]:
    """Bytes by mode of linking a wheel into `target`, from the store that the cache chooses."""
    placement = cache.for_target(str(target))
    filled = cache.ensure([wheel.entry], placement.store)
    manifest = filled.manifest(wheel.entry)
    groups = tuple(
        (source, os.path.join(os.fsencode(target), below), names, empties)
        for _, source, below, names, empties in manifest.groups
    )
    job = LinkJob(filled.tree_path(wheel.entry), groups, manifest.files, manifest.bytes)
    return {str(mode): size for mode, size in spread([job], mode="auto", workers=1).bytes.items()}


def test_the_home_serves_what_is_on_its_own_mount(home: Store) -> None:
    cache = Cache(home)
    target = os.path.dirname(home.root) + "/not/there/yet"
    assert cache.for_target(target).store is home
    assert [member.state for member in cache.members()] == ["home"]
    assert not os.path.exists(home.path(Bucket.MEMBERS))


@pytest.mark.parametrize("kind", ["bind", "subvolume"])
def test_the_home_serves_what_shares_with_it_by_another_way(
    kind: str, mounts: Mounter, tmp_path: Path
) -> None:
    """The numbers of mounts and devices say otherwise: two bind mounts, two subvolumes."""
    if kind == "bind":
        disk = mounts.ext4("disk")
        for name in ("a", "b"):
            (disk / name).mkdir()
        places = [mounts.bind("a", disk / "a"), mounts.bind("b", disk / "b")]
    else:
        disk = mounts.btrfs("disk")
        places = [mounts.subvolume(disk / "a"), mounts.subvolume(disk / "b")]
    home = Store(str(places[0] / "cache"))
    wheel = add(home, tmp_path)
    cache = Cache(home)
    target = environment(places[1])
    assert cache.for_target(str(target)).store is home
    assert [member.state for member in cache.members()] == ["home"]
    assert set(link(cache, wheel, target)) <= {"hardlink", "clone", "empty"}


@pytest.mark.parametrize("kind", ["xfs", "btrfs", "tmpfs"])
def test_every_environment_of_another_file_system_shares(
    kind: str, home: Store, mounts: Mounter, tmp_path: Path
) -> None:
    point = getattr(mounts, kind)("other")
    wheel = add(home, tmp_path)
    told: list[object] = []
    cache = Cache(home, sink=told.append)
    for number in range(2):
        modes = link(cache, wheel, environment(point, f"env{number}"))
        assert modes.pop("empty", 0) == 0
        assert set(modes) == {"hardlink" if kind == "tmpfs" else "clone"}
    (note,) = told
    assert isinstance(note, Note) and str(point / ".weft-cache") in note.text
    assert "cache-volumes" in note.text and "cache-members" in note.text
    member = cache.members()[1]
    assert member.store is not None and member.state == "mounted" and member.fstype == kind
    check_entry(member.store, wheel.entry)
    tree = Path(member.store.tree_path(wheel.entry))
    original = Path(home.tree_path(wheel.entry))
    for path in tree.rglob("*.py"):
        assert path.read_bytes() == (original / path.relative_to(tree)).read_bytes()
        assert path.stat().st_mode & 0o777 == 0o444
        assert path.stat().st_mtime_ns == (original / path.relative_to(tree)).stat().st_mtime_ns
    assert sorted(os.listdir(member.root)) == [
        ".gitignore", "CACHEDIR.TAG", Bucket.ENTRIES, MEMBER, Bucket.STAGING,
    ]  # fmt: skip
    assert os.stat(member.root).st_mode & 0o777 == 0o700


def test_bytes_cross_once_and_the_next_process_finds_them(
    home: Store, mounts: Mounter, tmp_path: Path
) -> None:
    wheel = add(home, tmp_path)
    point = mounts.tmpfs("other")
    cache = Cache(home)
    placement = cache.for_target(str(environment(point)))
    assert placement.created
    first = cache.ensure([wheel.entry], placement.store)
    size = home.manifest(wheel.entry).facts()
    assert first.entries == [wheel.entry]
    assert first.bytes == sum(fact[1] for fact in size) == first.modes["copy"]
    later = Cache(Store(home.root))
    again = later.for_target(str(point / "project"))
    assert (again.store.root, again.created) == (placement.store.root, False)
    assert later.ensure([wheel.entry], again.store).entries == []


def test_wheels_are_unpacked_where_they_are_used_and_found_from_everywhere(
    home: Store, mounts: Mounter, tmp_path: Path
) -> None:
    cache = Cache(home)
    member = cache.for_target(str(environment(mounts.xfs("other")))).store
    wheel = add(member, tmp_path)
    assert entries(home) == [] and entries(member) == [wheel.entry]
    assert home.find_wheel("pypi", wheel.filename, name="demo") == wheel
    assert home.wheels("pypi", "demo") == [wheel]
    assert home.manifest(wheel.entry).name == "demo"
    assert cache.find_entry(wheel.entry) is not None
    other = cache.for_target(str(environment(mounts.tmpfs("ram")))).store
    assert cache.ensure([wheel.entry, wheel.entry], other).entries == [wheel.entry]
    assert cache.ensure([wheel.entry], home).entries == [wheel.entry]
    check_entry(home, wheel.entry)


def test_what_nobody_has_is_missing(home: Store) -> None:
    with pytest.raises(EntryMissing):
        Cache(home).ensure(["ab" * 32], home)


def test_an_unmounted_member_is_absent_and_comes_back(
    home: Store, mounts: Mounter, tmp_path: Path
) -> None:
    point = mounts.xfs("other")
    wheel = add(Cache(home).for_target(str(environment(point))).store, tmp_path)
    mounts.unmount(point)
    cache = Cache(home)
    (absent,) = cache.absent()
    assert (absent.root, absent.point) == (str(point / ".weft-cache"), str(point))
    assert absent.store is None and absent.mount is None
    assert home.find_wheel("pypi", wheel.filename, name="demo") is None
    assert len(cache.stores()) == len(cache.size()) == 1
    prune(cache)
    clean(cache)
    assert [member.root for member in Cache(home).absent()] == [absent.root]
    mounts.mount_again(point)
    back = Cache(home)
    assert back.absent() == []
    assert back.find_entry(wheel.entry) is not None
    home.close()  # and with it the lease
    prune(back)  # its pointer went with the clean
    assert back.find_entry(wheel.entry) is None


def test_another_file_system_at_the_same_place_is_not_taken_for_the_member(
    home: Store, mounts: Mounter
) -> None:
    point = mounts.xfs("other")
    Cache(home).for_target(str(environment(point)))
    mounts.unmount(point)
    mounts.tmpfs("other")
    shutil.copytree(home.root, point / ".weft-cache")  # looks like a store, and is none of ours
    cache = Cache(home)
    assert [member.state for member in cache.members()] == ["home", "absent"]
    placement = cache.for_target(str(environment(point)))
    assert os.path.basename(placement.store.root).startswith(".weft-cache-")


def test_a_member_that_was_removed_is_forgotten(home: Store, mounts: Mounter) -> None:
    placement = Cache(home).for_target(str(environment(mounts.xfs("other"))))
    shutil.rmtree(placement.store.root)
    assert [member.state for member in Cache(home).members()] == ["home"]
    assert os.listdir(home.path(Bucket.MEMBERS)) == []


def test_a_home_that_was_removed_finds_its_members_again(home: Store, mounts: Mounter) -> None:
    target = environment(mounts.xfs("other"))
    root = Cache(home).for_target(str(target)).store.root
    home.close()
    shutil.rmtree(home.root)
    again = Cache(Store(home.root)).for_target(str(target))
    assert (again.store.root, again.created) == (root, False)


def test_two_homes_have_two_members(home: Store, mounts: Mounter, tmp_path: Path) -> None:
    target = environment(mounts.xfs("other"))
    mine = Cache(home).for_target(str(target)).store.root
    other = Store(str(Path(home.root).parent / "second"))
    theirs = Cache(other).for_target(str(target)).store.root
    assert mine != theirs and os.path.dirname(mine) == os.path.dirname(theirs)
    assert Cache(home).for_target(str(target)).store.root == mine


def test_a_configured_volume_comes_first(home: Store, mounts: Mounter) -> None:
    point = mounts.xfs("other")
    target = environment(point)
    automatic = Cache(home).for_target(str(target)).store.root
    cache = Cache(home, volumes=(str(point / "caches"), "/nowhere/at/all"))
    chosen = cache.for_target(str(target))
    assert chosen.store.root == str(point / "caches" / ".weft-cache") != automatic
    assert Cache(home, volumes=cache.volumes).for_target(str(target)).created is False


def test_members_can_be_turned_off_and_are_not_made_for_copies(
    home: Store, mounts: Mounter
) -> None:
    target = str(environment(mounts.tmpfs("other")))
    assert Cache(home, enabled=False).for_target(target).store is home
    assert Cache(home).for_target(target, mode="copy").store is home
    assert Cache(home).for_target(target, mode="symlink").store is home  # links lead everywhere
    assert len(Cache(home).members()) == 1


def test_nothing_is_made_where_nothing_can_be_shared_or_written(
    home: Store, mounts: Mounter
) -> None:
    point = mounts.tmpfs("other")
    target = environment(point)
    mounts.remount(point, "ro")
    placement = Cache(home).for_target(str(target))
    assert placement.store is home and "only be read" in placement.reason
    assert os.listdir(point) == ["project"]


def test_a_member_lies_in_the_topmost_own_directory_and_never_in_an_environment(
    home: Store, mounts: Mounter
) -> None:
    point = mounts.tmpfs("other")
    os.chmod(point, 0o755)
    own = point / "group" / "own"
    env = own / "env"
    env.mkdir(parents=True)
    open_to_all(mounts.directory)
    (env / "pyvenv.cfg").write_text("")
    for path in (home.root, *map(str, Path(home.root).rglob("*")), str(own), str(env)):
        os.chown(path, NOBODY, NOBODY)

    def place() -> Placement:
        return Cache(Store(home.root)).for_target(str(env / "lib"))

    def check_topmost() -> None:
        assert place().store.root == str(own / ".weft-cache")

    as_other_user(check_topmost)
    shutil.rmtree(own / ".weft-cache")
    os.chown(own, 0, 0)

    def check_none() -> None:
        placement = place()
        assert placement.store.root == home.root
        assert "belongs to you" in placement.reason

    as_other_user(check_none)
    assert os.listdir(env) == ["pyvenv.cfg"]


def test_what_is_another_users_is_copied_once_and_linked_from_then_on(
    mounts: Mounter, tmp_path: Path
) -> None:
    point = mounts.ext4("disk")
    open_to_all(mounts.directory)
    foreign = add(Store(str(point / "own" / "cache")), tmp_path)
    for path in (point / "own", point / "own" / "cache", point / "own" / "cache" / Bucket.STAGING):
        os.chown(path, NOBODY, NOBODY)

    def install() -> None:
        home = Store(str(point / "own" / "cache"))
        target = environment(point / "own", f"env{os.getpid()}")
        assert Cache(home).for_target(str(target)).store is home
        assert set(link(Cache(home), foreign, target)) <= {"hardlink", "empty"}
        cache = Cache(home)
        assert cache.ensure([foreign.entry], home).entries == []
        (member,) = [each.store for each in cache.members() if each.state == "mounted"]
        assert member is not None and entries(member) == [foreign.entry]

    as_other_user(install)
    as_other_user(install)


def test_processes_that_need_a_member_at_once_make_one(home: Store, mounts: Mounter) -> None:
    from tests.store.test_concurrency import exit_code, spawn

    point = mounts.tmpfs("other")
    target = str(environment(point))

    def work() -> None:
        placement = Cache(Store(home.root)).for_target(target)
        assert placement.store.root == str(point / ".weft-cache")

    children = [spawn(work) for _ in range(8)]
    assert [exit_code(child) for child in children] == [0] * 8
    assert sorted(os.listdir(point)) == [".weft-cache", "project"]
    assert len(Cache(home).members()) == 2


def test_a_full_member_is_got_around(home: Store, mounts: Mounter, tmp_path: Path) -> None:
    files = {"demo/large.bin": os.urandom(3 << 20)}
    path = make_wheel(tmp_path / "wheels", files=files)
    wheel = home.add_wheel(path, filename=os.path.basename(path), origin="pypi")
    point = mounts.tmpfs("other", size="2m")
    cache = Cache(home)
    placement = cache.for_target(str(environment(point)))
    filled = cache.ensure([wheel.entry], placement.store)
    ((entry, error),) = filled.failures
    assert (entry, error.error.errno) == (wheel.entry, 28)
    assert filled.tree_path(entry) == home.tree_path(entry)
    assert filled.manifest(entry).name == "demo"
    assert entries(placement.store) == [] and os.listdir(placement.store.staging()) == []


def test_size_is_what_du_says_of_each_member(home: Store, mounts: Mounter, tmp_path: Path) -> None:
    wheel = add(home, tmp_path)
    cache = Cache(home)
    for point in (mounts.xfs("one"), mounts.tmpfs("two")):
        cache.ensure([wheel.entry], cache.for_target(str(environment(point))).store)
    found = cache.size()
    assert [member.state for member, _ in found] == ["home", "mounted", "mounted"]
    for member, buckets in found:
        answer = subprocess.run(
            ["du", "-sB1", member.root], capture_output=True, text=True, check=True
        )
        root = os.stat(member.root).st_blocks * 512
        assert sum(buckets.values()) == int(answer.stdout.split()[0]) - root
        assert buckets[Bucket.ENTRIES] > sum(map(len, FILES.values()))


def test_prune_and_clean_act_on_all_members(home: Store, mounts: Mounter, tmp_path: Path) -> None:
    kept, orphan = add(home, tmp_path), add(home, tmp_path, "orphan")
    cache = Cache(home)
    member = cache.for_target(str(environment(mounts.tmpfs("other")))).store
    cache.ensure([kept.entry, orphan.entry], member)
    os.unlink(home.path(Bucket.WHEELS, f"pypi/orphan/{orphan.filename}"))
    home.close()  # and with it the lease
    assert prune(cache).files > 2 * len(FILES)
    assert entries(home) == entries(member) == [kept.entry]
    clean(cache)
    assert os.listdir(home.root) == [".lock"]
    assert not os.path.exists(member.root)
    assert len(Cache(home).members()) == 1
