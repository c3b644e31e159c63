"""Installing by renaming what was linked before: the same as linking, whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.install.helpers import SITE, Environment, tree
from tests.install.test_wheel import rich_wheel
from tests.support.mounts import Mounter
from tests.support.wheels import make_wheel
from weft.core.distribution import DirectUrl
from weft.install.marks import pending
from weft.install.spares import Spares, make_spare, refill
from weft.install.uninstall import resume
from weft.install.wheel import WheelExtras, install_wheels
from weft.link import finding
from weft.link.receipt import Receipt
from weft.store.collect import clean, prune
from weft.store.layout import Bucket
from weft.store.spares import Shelf
from weft.store.store import Store

MakeEnvironment = Callable[[str], Environment]


def install(
    environment: Environment,
    items: list[Any],
    *,
    mode: Any = "auto",
) -> tuple[Receipt, int]:
    """Install with spares: the receipt, and how many were taken."""
    spares = Spares(lambda _entry: environment.store, mode=mode)
    before = on_shelves(environment.store)
    receipt = install_wheels(
        environment.target,
        items,
        store=environment.store,
        mode=mode,
        spares=spares,
        sink=environment.sink,
    )
    taken = before - on_shelves(environment.store)
    assert os.listdir(environment.store.staging()) == []
    spares.clear()
    assert len(list(places(environment.store))) == on_shelves(environment.store)
    return receipt, taken


def places(store: Store) -> Iterator[Path]:
    """Where spares are, or have been."""
    for shelf in Path(store.path(Bucket.SPARES)).glob("*"):
        yield from (each for each in shelf.iterdir() if len(each.name) == 64)


def on_shelves(store: Store) -> int:
    return sum((each / "info").exists() for each in places(store))


def fill(store: Store, items: list[Any], mode: Any = "auto") -> None:
    refill([(store, [wheel.entry for wheel, *_ in items])], mode=mode)


def facts(prefix: str) -> dict[str, tuple[int, int, int]]:
    """Of each file and directory what linking decides: mode, time, whether its inode is shared."""
    found = {}
    for directory, _, names in os.walk(prefix):
        for name in (".", *names):
            status = os.lstat(os.path.join(directory, name))
            path = os.path.relpath(os.path.join(directory, name), prefix)
            is_file = stat.S_ISREG(status.st_mode)
            shared = is_file and status.st_nlink > 1
            time = status.st_mtime_ns if shared else 0
            found[path] = (status.st_mode, time, status.st_ino if shared else 0)
    return found


def wheels(directory: Path) -> list[str]:
    return [
        rich_wheel(directory),
        make_wheel(directory, "plain", "1.0", files={"plain/a.py": "a = 1", "plain/b/c.py": ""}),
        make_wheel(
            directory, "spaced", "1.0", files={"space/of/one.py": "1"},
            data={"data/share/my/other.txt": "o", "data/etc/x/y": "y"},
        ),
        make_wheel(directory, "spaced2", "1.0", files={"space/of/two.py": "2", "space/top.py": ""}),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["auto", "hardlink"])
def test_renamed_trees_are_what_linking_makes(
    make_environment: MakeEnvironment, tmp_path: Path, mode: Any
) -> None:
    linked, renamed = make_environment("one"), make_environment("two")
    items = linked.items(wheels(tmp_path / "wheels"))
    fill(linked.store, items, mode)
    first, none = install(linked, items, mode="copy")
    assert none == 0, "copies are nobody's spares"
    for name in ("my-pkg", "plain", "spaced", "spaced2"):
        linked.uninstall(name)
    first = install_wheels(linked.target, items, store=linked.store, mode=mode)
    second, taken = install(renamed, items, mode=mode)
    assert taken == len(items)
    ours, theirs = facts(renamed.prefix), facts(linked.prefix)
    assert ours == theirs
    different = {path for path, is_ in tree(renamed.prefix).items() if is_ != linked.tree()[path]}
    launchers = {f"bin/{name}" for name in ("my-main", "my-gui", "shadow", "my-python")}
    assert different - launchers <= {
        "bin/my-pythonw", "pyvenv.cfg", f"{SITE}/My_Pkg-1.0.dist-info/RECORD"
    }  # fmt: skip
    told, expected = second.to_json(), first.to_json()
    for each in (told, expected):
        for step in each["fallbacks"]:  # type: ignore[attr-defined]
            step.pop("example")
    assert told == expected
    assert renamed.run("-c", "import space.of.one, space.of.two, my_pkg.plat") == ""
    assert renamed.run("-m", "my_top") == ""
    renamed.uninstall("my-pkg", "plain", "spaced", "spaced2")
    assert os.listdir(renamed.target.purelib) == os.listdir(make_environment("3").target.purelib)


def test_a_spare_serves_once_and_is_made_again(
    make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    environments = [make_environment(name) for name in "abc"]
    items = environments[0].items(wheels(tmp_path / "wheels"))
    store = environments[0].store
    fill(store, items)
    assert [install(each, items)[1] for each in environments] == [4, 0, 0]
    fill(store, items)
    assert on_shelves(store) == 4
    assert facts(environments[0].prefix).keys() == facts(environments[1].prefix).keys()


def test_what_is_said_besides_the_usual_is_written(
    environment: Environment, tmp_path: Path
) -> None:
    path = make_wheel(tmp_path / "wheels", "plain", "1.0", files={"plain/a.py": "a = 1"})
    url = DirectUrl("https://example.org/plain-1.0-py3-none-any.whl", kind="archive")
    items = environment.items([path], WheelExtras(requested=True, direct_url=url))
    fill(environment.store, items)
    assert install(environment, items)[1] == 0
    assert (
        "example.org" in Path(environment.site("plain-1.0.dist-info/direct_url.json")).read_text()
    )
    for extras in (WheelExtras(), WheelExtras(requested=True, installer="")):
        environment.uninstall("plain")
        assert install(environment, environment.items([path], extras))[1] == 0
        assert not os.path.exists(environment.site("plain-1.0.dist-info/REQUESTED"))


def test_a_file_that_a_later_wheel_brings_too_is_that_of_the_later_one(
    environment: Environment, tmp_path: Path
) -> None:
    items = environment.items(
        [
            make_wheel(tmp_path / "wheels", name, "1.0", files={"both.py": name, f"{name}.py": ""})
            for name in ("first", "second")
        ]
    )
    fill(environment.store, items)
    receipt, taken = install(environment, items)
    assert taken == 1
    assert Path(environment.site("both.py")).read_text() == "second"
    assert Path(environment.site("first.py")).exists()
    assert sum(receipt.files.values()) > 2


def test_what_lies_in_the_way_is_replaced_or_joined(
    environment: Environment, tmp_path: Path
) -> None:
    [path, *_] = [rich_wheel(tmp_path / "wheels")]
    for name in ("my_pkg/old.py", "my_pkg/sub/empty.py", "my_top.py"):
        place = Path(environment.site(name))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("old")
    items = environment.items([path])
    fill(environment.store, items)
    assert install(environment, items)[1] == 1
    assert Path(environment.site("my_pkg/old.py")).read_text() == "old"
    assert Path(environment.site("my_pkg/sub/empty.py")).read_text() == ""
    assert Path(environment.site("my_top.py")).read_text() == "version = '1.0'\n"


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_directory_that_is_something_else_is_treated_as_by_linking(
    make_environment: MakeEnvironment, tmp_path: Path, kind: str
) -> None:
    path = make_wheel(tmp_path / "wheels", "plain", "1.0", files={"plain/a.py": "a", "z.py": "z"})
    outcomes = []
    for name in ("linked", "renamed"):
        environment = make_environment(name)
        place = environment.site("plain")
        if kind == "file":
            Path(place).write_text("a file")
        else:
            (tmp_path / f"{name}-else").mkdir()
            os.symlink(tmp_path / f"{name}-else", place)
        items = environment.items([path])
        fill(environment.store, items)
        try:
            if name == "linked":
                environment.install(path)
            else:
                install(environment, items)
            outcome = "installed"
        except Exception as error:
            outcome = str(error).replace(name, "NAME")
        outcomes.append((outcome, sorted(facts(environment.prefix))))
    assert outcomes[0] == outcomes[1]


def test_directories_that_pass_something_on_are_linked_into(
    environment: Environment, tmp_path: Path
) -> None:
    items = environment.items(wheels(tmp_path / "wheels"))
    fill(environment.store, items)
    os.chmod(environment.target.purelib, 0o2755)
    assert install(environment, items)[1] == 0
    assert os.stat(environment.site("plain")).st_mode & stat.S_ISGID


def test_another_umask_has_a_shelf_of_its_own(
    make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    one, two = make_environment("one"), make_environment("two")
    items = one.items(wheels(tmp_path / "wheels"))
    fill(one.store, items)
    before = os.umask(0o077)
    try:
        assert install(one, items)[1] == 0
    finally:
        os.umask(before)
    assert install(two, items)[1] == 4
    assert stat.S_IMODE(os.stat(one.site("plain")).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(two.site("plain")).st_mode) == 0o755


@pytest.mark.mounts
def test_another_mount_gets_links_through_the_one_that_shows_both(
    mounts: Mounter, tmp_path: Path, template: Path
) -> None:
    disk = mounts.ext4("disk")
    for name in ("store", "env"):
        (disk / name).mkdir()
    subprocess.run(["cp", "-a", f"{template}/.", str(disk / "env")], check=True)
    environment = Environment(str(mounts.bind("seen", disk / "env")), Store(str(disk / "store")))
    items = environment.items(wheels(tmp_path / "wheels"))
    fill(environment.store, items)
    receipt, taken = install(environment, items)
    assert taken == 0, "nothing can be renamed there"
    assert receipt.files.keys() <= {"hardlink", "empty"}


@pytest.mark.mounts
def test_clones_are_spares_too(mounts: Mounter, tmp_path: Path, template: Path) -> None:
    disk = mounts.xfs("disk")
    subprocess.run(["cp", "-a", f"{template}/.", str(disk / "env")], check=True)
    environment = Environment(str(disk / "env"), Store(str(disk / "store")))
    items = environment.items(wheels(tmp_path / "wheels"))
    fill(environment.store, items)
    receipt, taken = install(environment, items)
    assert taken == 4, receipt
    assert receipt.files.keys() == {"clone", "empty"}
    assert os.stat(environment.site("plain/a.py")).st_mode & stat.S_IWUSR


def test_what_would_be_copied_is_no_spare(store: Store, tmp_path: Path) -> None:
    cached = store.add_wheel(
        make_wheel(tmp_path / "wheels", "plain", "1.0", files={"plain/a.py": "a = 1"}),
        filename="plain-1.0-py3-none-any.whl",
        origin="pypi",
    )
    assert not make_spare(store, cached.entry, shelf=Shelf(store, "copy"), mode="copy")
    assert on_shelves(store) == 0


def test_a_spare_that_cannot_be_read_is_linked(environment: Environment, tmp_path: Path) -> None:
    items = environment.items(wheels(tmp_path / "wheels"))
    fill(environment.store, items)
    for number, place in enumerate(sorted(places(environment.store))):
        (place / "account").write_bytes(b"nonsense" if number % 2 else b"")
    assert install(environment, items)[1] == 4, "they make room for others"
    assert environment.run("-c", "import plain.a, space.of.one") == ""


def test_spares_go_with_their_entries(environment: Environment, tmp_path: Path) -> None:
    store = environment.store
    store.lock_shared()
    items = environment.items(wheels(tmp_path / "wheels"))
    fill(store, items)
    prune(store)
    assert on_shelves(store) == 4, "their entries are cached"
    spares = Spares(lambda _entry: store, mode="auto")
    install_wheels(environment.target, items[:1], store=store, mode="auto", spares=spares)
    assert (on_shelves(store), len(list(places(store)))) == (3, 4)
    prune(store)
    assert len(list(places(store))) == 3, "what is left of one that was taken is nobody's"
    fill(store, items)
    clean(store, ["plain"])
    assert on_shelves(store) == 3
    prune(store, ci=True)
    assert on_shelves(store) == 0
    fill(store, environment.items(wheels(tmp_path / "wheels")))
    assert on_shelves(store) == 4
    store.close()
    clean(store)
    assert sorted(os.listdir(store.root)) == [".lock"]


def test_a_cache_that_is_gone_does_not_come_back(environment: Environment, tmp_path: Path) -> None:
    items = environment.items(wheels(tmp_path / "wheels"))
    shutil.rmtree(environment.store.root)
    fill(environment.store, items)
    assert not os.path.exists(environment.store.root)


def test_who_wants_the_store_alone_does_not_wait(environment: Environment, tmp_path: Path) -> None:
    items = environment.items(wheels(tmp_path / "wheels"))
    other = Store(environment.store.root)
    assert other.lock_exclusive()
    fill(environment.store, items)
    other.close()
    assert on_shelves(environment.store) == 0


def test_killed_anywhere_the_environment_can_be_mended(
    make_environment: MakeEnvironment, tmp_path: Path
) -> None:
    store = make_environment("first").store
    items = make_environment("second").items(wheels(tmp_path / "wheels"))
    for steps in range(100):
        environment = make_environment(f"env-{steps}")
        untouched = facts(environment.prefix)
        fill(store, items)
        if not _killed(environment, items, steps):
            assert steps > 20
            return
        resume(environment.target)
        assert pending(environment.target) == []
        found = facts(environment.prefix)
        there = [path for path in found if path not in untouched and stat.S_ISREG(found[path][0])]
        if not any(path.endswith("/RECORD") for path in there):
            assert there == []
        install_wheels(environment.target, items, store=store, mode="auto")
        assert environment.run("-c", "import plain.b.c, space.of.two, my_top") == ""
        prune(store)
        # What dies before it could lock its directory is known by its age alone.
        assert [name for name in os.listdir(store.staging()) if name.startswith("live-")] == []
    raise AssertionError("it never came to its end")


def _killed(environment: Environment, items: list[Any], steps: int) -> bool:
    """Install in a child that dies at a step that changes something; False where it did not."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    left = iter(range(steps))

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return step

    for name in ("rename", "mkdir", "write", "rmdir", "unlink"):
        setattr(os, name, dying(getattr(os, name)))
    try:
        install(environment, items)
    finally:
        os._exit(0)


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Also: what was learned between mounts is forgotten, their numbers are used again."""
    finding._known_routes.clear()
    before = os.umask(0o022)
    yield
    os.umask(before)
    finding._known_routes.clear()
