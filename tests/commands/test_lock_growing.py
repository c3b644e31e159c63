"""Locks that change without a resolution: byte for byte what a resolution writes.

Two projects live the same life with one cache; one of them resolves each time. They are compared
after each step, and the words of `-v` tell which steps did without a resolution.
"""

from __future__ import annotations

import json
import marshal
import os
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

Names = Sequence[str]
HEAD = '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'
WITHOUT = "Changed the lock without a resolution"
NAMES = (
    "lamp", "wick", "glass", "stove", "iron", "kettle", "tea", "cup", "saucer", "plate", "mug",
    "old", "fresh", "bad", "early", "twice", "spoon", "split", "wick<2", "wick>=1.5", "glass==1.0",
    "kettle!=2.0", "spoon ; sys_platform == 'win32'", "iron[heavy]", "demo[more]", "early>=2.0rc1",
)  # fmt: skip
PLAIN = ("lamp", "wick", "glass", "cup", "spoon", "early", "sand", "dust", "wick>=1.5", "glass>1")
FILLING = (
    NAMES[:18],
    ("lamp", "wick", "glass", "early>=2.0rc1"),
    ("wick<2", "glass==1.0", "kettle!=2.0", "iron[heavy]"),
    ("wick<1.5", "bad==2.0", "late", "odd"),
)


def fill(wheels: Path) -> None:
    make_wheel(wheels, "lamp", "1.0", requires=["wick", "glass>=1"])
    make_wheel(wheels, "lamp", "2.0", requires=["wick>=1", "glass>=1"])
    for version in ("1.0", "1.5", "2.0"):
        make_wheel(wheels, "wick", version)
    for version in ("1.0", "2.0"):
        make_wheel(
            wheels, "glass", version,
            requires=["sand ; sys_platform == 'win32'", "grain ; sys_platform == 'win32'"],
        )  # fmt: skip
    make_wheel(wheels, "grain", "1.0", requires=["husk"])
    make_wheel(wheels, "husk", "1.0")
    make_wheel(wheels, "sand", "1.0", requires=["dust ; python_version < '3.13'"])
    make_wheel(wheels, "split", "1.0", requires=["dust ; python_version >= '3.12'"])
    make_wheel(wheels, "dust", "1.0")
    make_wheel(wheels, "stove", "1.0", requires=["iron[heavy]", "wick>=1"])
    make_wheel(wheels, "iron", "1.0", extras={"heavy": ["ore"]}, requires=["rust"])
    make_wheel(wheels, "ore", "1.0", requires=["rust"])
    make_wheel(wheels, "rust", "1.0", requires=["iron"])  # in a circle
    make_wheel(wheels, "kettle", "1.0", requires=["lamp<2"])
    make_wheel(wheels, "kettle", "2.0", requires=["lamp<2"])
    make_wheel(wheels, "tea", "1.0", requires=["sand", "wick ; python_version < '3.9'"])
    make_wheel(wheels, "mug", "1.0", requires=["sand ; sys_platform == 'win32'"])
    make_wheel(wheels, "cup", "1.0", requires=["grain ; sys_platform == 'win32'"])
    make_wheel(wheels, "saucer", "1.0", requires=["cup", "plate ; sys_platform == 'linux'"])
    for system in ("win_amd64", "manylinux_2_17_x86_64", "macosx_11_0_arm64"):
        make_wheel(wheels, "plate", "1.0", tag=f"cp311-cp311-{system}", requires=["wick<2"])
    make_wheel(wheels, "old", "1.0", requires_python=">=3.8")
    make_wheel(wheels, "old", "2.0", requires_python=">=3.12")  # one version for each Python
    make_wheel(wheels, "fresh", "1.0", requires_python=">=3.8,<4", requires=["bad", "wick"])
    make_wheel(wheels, "bad", "1.0")
    make_wheel(wheels, "bad", "2.0")  # yanked
    make_wheel(wheels, "early", "1.0")
    make_wheel(wheels, "early", "2.0rc1")
    make_wheel(
        wheels, "twice", "1.0",
        requires=["wick<2 ; sys_platform == 'win32'", "wick>=1.5 ; sys_platform != 'win32'"],
    )  # fmt: skip
    make_wheel(wheels, "spoon", "1.0")
    make_wheel(wheels, "late", "1.0", requires=["early"])
    make_wheel(wheels, "odd", "1.0", requires=["glass[none]"])


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheels")
    fill(directory)
    return directory


@pytest.fixture(scope="module")
def index(wheels: Path) -> Iterator[IndexServer]:
    with IndexServer(wheels, yanked={"bad-2.0-py3-none-any.whl": "it is bad"}) as server:
        yield server


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory, index: IndexServer) -> Path:
    """A cache with all pages and all metadata."""
    weft = Weft(tmp_path_factory.mktemp("filling"), index.url)
    for number, names in enumerate(FILLING):
        done = weft("lock", cwd=written(weft.root / str(number), names))
        assert done.code == 0, done.err
    return weft.cache


@pytest.fixture
def weft(tmp_path: Path, index: IndexServer, cache: Path) -> Weft:
    """A machine with a cache of its own that has everything."""
    machine = Weft(tmp_path, index.url)
    shutil.copytree(cache, machine.cache, copy_function=shutil.copy2)
    time.sleep(0.06)  # what is as young as the clock's tick is not trusted
    return machine


def written(directory: Path, main: Names, extra: Names = (), dev: Names = ()) -> Path:
    """A project that requires these."""
    directory.mkdir(exist_ok=True, parents=True)
    text = f"{HEAD}dependencies = {json.dumps(main)}\n"
    if extra:
        text += f"[project.optional-dependencies]\nmore = {json.dumps(extra)}\n"
    if dev:
        text += f"[dependency-groups]\ndev = {json.dumps(dev)}\n"
    (directory / "pyproject.toml").write_text(text)
    return directory


def lock_of(directory: Path) -> str:
    lock = directory / "uv.lock"
    return lock.read_text() if lock.exists() else ""


class Twins:
    """Two projects that require the same; one of them resolves each time."""

    def __init__(self, weft: Weft) -> None:
        self.weft = weft
        self.quick, self.slow = weft.root / "quick", weft.root / "slow"
        self.without = 0

    def step(self, *lists: Names) -> bool:
        """Whether the quick one did without a resolution; both say and write the same."""
        said = []
        for directory, reuse in ((self.quick, ""), (self.slow, "0")):
            written(directory, *lists)
            done = self.weft("lock", "-v", "--offline", cwd=directory, WEFT_REUSE_RESOLUTIONS=reuse)
            told = [line for line in done.lines if not line.startswith("DEBUG")]
            said.append((done.code, done.out, told, lock_of(directory)))
            if directory == self.quick:
                without = WITHOUT in done.err
        assert said[0] == said[1]
        self.without += without
        return without

    def alone(self, names: Names, *words: str) -> bool:
        """Whether the quick one did without a resolution on its own."""
        done = self.weft("lock", "-v", *words, cwd=written(self.quick, names))
        return WITHOUT in done.err


@pytest.fixture
def twins(weft: Weft) -> Twins:
    return Twins(weft)


@pytest.mark.parametrize("seed", range(3))
def test_a_life_of_changes_leaves_the_locks_of_resolutions(twins: Twins, seed: int) -> None:
    chance = random.Random(seed)
    lists: list[list[str]] = [["lamp"], [], []]
    for _ in range(8):
        twins.step(*lists)
        changed = chance.choice(lists)
        for _ in range(chance.choice((1, 1, 2))):
            name = chance.choice(NAMES)
            if changed and chance.random() < 0.4:
                changed.remove(chance.choice(changed))
            elif name not in changed:
                changed.append(name)
    assert twins.without


def test_what_fits_in_needs_no_resolution(twins: Twins) -> None:
    assert not twins.step(["lamp"])
    assert twins.step(["lamp", "spoon"])
    assert twins.step(["lamp"])
    assert twins.step(["lamp", "spoon"], [], ["cup"])
    assert twins.step(["lamp>=2", "spoon"], ["early"], ["cup", "wick"])
    assert twins.step(["spoon"], ["early"], ["cup", "wick"])
    assert twins.step([])


def test_what_there_is_to_decide_is_resolved(twins: Twins) -> None:
    """Another place, extras, a held-back version, a fork, a pre-release, a yank, a marker."""
    twins.alone(["lamp"])
    twins.alone(["lamp", "cup"])
    known = lock_of(twins.quick)
    for requirement in (
        "tea", "mug", "stove", "kettle", "old", "early>=2.0rc1", "fresh", "twice", "glass==1.0",
        "split", "spoon ; sys_platform == 'win32'", "iron[heavy]", "plate", "demo[more]",
    ):  # fmt: skip
        assert not twins.alone(["lamp", "cup", requirement], "--offline"), requirement
        (twins.quick / "uv.lock").write_text(known)
    assert twins.alone(["lamp", "cup", "spoon"], "--offline")


def test_a_pre_release_stays_no_longer_than_somebody_asks_for_it(twins: Twins) -> None:
    twins.step(["late", "early>=2.0rc1"])
    assert 'version = "2.0rc1"' in lock_of(twins.quick)
    assert twins.step(["late", "early>=2.0rc1", "spoon"])
    assert not twins.step(["late", "spoon"])


@pytest.mark.parametrize("asked", [["glass[none]"], ["odd"]])
def test_extras_that_are_not_there_are_told_each_time(twins: Twins, asked: list[str]) -> None:
    """Also of a package whose block is known from before anybody asked for the extra."""
    twins.step(["glass", "lamp"])
    twins.step(["glass", "lamp", *asked])
    assert not twins.step(["glass", "lamp", *asked, "spoon"])
    assert not twins.step(["glass", "lamp", *asked])
    twins.step(["glass", "lamp"])
    assert twins.step(["glass", "lamp", "spoon"])


def test_a_block_that_was_changed_by_hand_is_written_anew(twins: Twins) -> None:
    twins.step(["lamp"])
    twins.step(["lamp", "cup"])
    for directory in (twins.quick, twins.slow):
        lock = directory / "uv.lock"
        text = lock.read_text().replace('    { name = "glass" },\n', "")
        assert text != lock.read_text()
        lock.write_text(text)
    assert not twins.step(["lamp"])
    assert '{ name = "glass" },' in (twins.quick / "uv.lock").read_text()


def test_a_page_that_was_fetched_again_is_read(twins: Twins) -> None:
    twins.step(["lamp"])
    twins.step(["lamp", "cup"])
    (page,) = twins.weft.cache.glob("simple-v1/**/wick/page")
    data = page.read_bytes()
    page.unlink()
    page.write_bytes(data)
    assert not twins.step(["lamp"])


def test_pages_that_are_old_are_asked_for_again(twins: Twins, index: IndexServer) -> None:
    """Only without the network do they do."""
    twins.step(["lamp"])
    twins.step(["lamp", "cup"])
    index.forget()
    assert twins.alone(["lamp"])
    assert not index.requests
    for memory in twins.weft.cache.glob("installed-v1/blocks-*"):
        rows = {name: (*row[:5], 1) for name, row in marshal.loads(memory.read_bytes()).items()}
        memory.write_bytes(marshal.dumps(rows))
    assert not twins.alone(["lamp", "cup"])


def test_options_that_change_answers_have_them_looked_for(twins: Twins) -> None:
    twins.step(["lamp"])
    twins.step(["lamp", "cup"])
    known = lock_of(twins.quick)
    for words in (
        ("--resolution", "lowest"), ("--prerelease", "allow"), ("--exclude-newer", "2030-01-01"),
        ("--upgrade",), ("--refresh",), ("-P", "wick"), ("--no-binary",), ("--no-build",),
        ("--fork-strategy", "fewest"), ("--find-links", "."), ("--no-index",),
    ):  # fmt: skip
        assert not twins.alone(["lamp"], *words), words
        (twins.quick / "uv.lock").write_text(known)


def test_a_damaged_memory_is_none(twins: Twins) -> None:
    twins.step(["lamp"])
    twins.step(["lamp", "cup"])
    for row in twins.weft.cache.glob("installed-v1/blocks-*"):
        row.write_bytes(row.read_bytes()[: os.stat(row).st_size // 2])
    assert not twins.step(["lamp"])
    assert twins.step(["lamp", "cup"])
