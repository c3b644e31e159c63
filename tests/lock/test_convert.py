"""A `pylock.toml` as the lock of a project: nothing is lost, and others can read it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings

from tests.lock.documents import DIGEST as HEX
from tests.lock.documents import HEAD, WICK
from tests.lock.uvlocks import SMALL, TIME, locks
from weft.core.errors import WeftError
from weft.core.value import replace
from weft.lock.convert import from_pylock, read_project_pylock, to_pylock, write_project_pylock
from weft.lock.model import LockError
from weft.lock.pylock import InvalidLock, parse_pylock
from weft.lock.uvlock_read import FutureUvLock, InvalidUvLock, read_uv_lock
from weft.lock.uvlock_write import write_uv_lock
from weft.lock.uvmodel import UvLock, UvSource
from weft.lock.uvorder import arranged
from weft.lock.uvselect import UvTarget, select
from weft.project.toml import TomlError

LOCK = arranged(read_uv_lock(SMALL))


@settings(max_examples=50, deadline=None)
@given(locks())
def test_nothing_is_lost_both_ways(lock: UvLock) -> None:
    ordered = arranged(lock)
    try:
        text = write_project_pylock(ordered)
        back = read_project_pylock(text)
    except LockError as error:
        # Standard files have rules that a made-up lock may break: no directory of an archive.
        assert isinstance(error, InvalidLock)
        return
    assert back == ordered
    assert write_uv_lock(back) == write_uv_lock(ordered)


def test_what_the_standard_names_stands_once() -> None:
    text = write_project_pylock(LOCK)
    assert text.count("wick-2.0-py3-none-any.whl") == 1
    wick = tomllib.loads(text)["packages"][1]
    assert wick["index"] == "https://index.example.org/simple"
    assert wick["wheels"][0]["upload-time"].isoformat() == "2024-01-02T03:04:05.678000+00:00"
    assert set(wick["tool"]["weft"]) == {"source", "dependencies"}


def test_a_package_that_is_not_installed_is_no_package_of_the_standard() -> None:
    document = tomllib.loads(write_project_pylock(LOCK))
    assert [package["name"] for package in document["packages"]] == ["wax", "wick"]
    assert [package["name"] for package in document["tool"]["weft"]["package"]] == ["demo"]


def test_markers_of_edges_become_markers_of_packages() -> None:
    markers = {package.name: package.marker for package in to_pylock(LOCK).packages}
    assert markers == {"wick": "", "wax": "sys_platform == 'win32'"}


def test_an_edit_of_the_standard_part_counts() -> None:
    text = write_project_pylock(LOCK).replace(HEX, "f" * 64)
    lock = read_project_pylock(text)
    assert {wheel.hash for package in lock.packages for wheel in package.wheels} == {
        "sha256:" + "f" * 64
    }


def test_default_groups_are_those_that_there_are() -> None:
    text = SMALL.replace(
        "\n[package.metadata]",
        '\n[package.dev-dependencies]\ndev = [\n    { name = "wax" },\n]\n\n[package.metadata]',
    )
    document = to_pylock(read_uv_lock(text), default_groups=("dev", "other"))
    assert document.default_groups == ("dev",)
    assert document.dependency_groups == ("dev",)
    markers = {package.name: package.marker for package in document.packages}
    assert markers["wax"] == "sys_platform == 'win32' or 'dev' in dependency_groups"


def test_an_empty_project_has_no_packages() -> None:
    lock = UvLock(">=3.9")
    text = write_project_pylock(lock)
    assert tomllib.loads(text)["packages"] == []
    assert read_project_pylock(text) == lock


def test_a_foreign_file_is_there_for_installing() -> None:
    document, _ = parse_pylock(HEAD + WICK, "pylock.toml")
    lock = from_pylock(document)
    assert read_project_pylock(HEAD + WICK) == lock
    target = UvTarget({}, lambda _filename: 0)
    (wick,) = select(lock, (), target)
    assert (wick.package.name, wick.kind) == ("wick", "wheel")
    assert wick.file is lock.packages[0].wheels[0]


def test_a_foreign_file_keeps_its_markers() -> None:
    text = HEAD + WICK.replace(
        'version = "2.0"\n', 'version = "2.0"\nmarker = "sys_platform == \'win32\'"\n'
    )
    lock = read_project_pylock(text)
    for platform, count in (("win32", 1), ("linux", 0)):
        target = UvTarget({"sys_platform": platform}, lambda _filename: 0)
        assert len(select(lock, (), target)) == count


def test_a_foreign_repository_is_named_as_in_a_lock_of_projects() -> None:
    text = (
        HEAD + '[[packages]]\nname = "g"\nvcs = { type = "git", url = "https://git.example.org/g", '
        f'requested-revision = "v1", commit-id = "{"0a" * 20}", subdirectory = "a b" }}\n'
    )
    (package,) = read_project_pylock(text).packages
    assert package.source == UvSource(
        "git", f"https://git.example.org/g?subdirectory=a+b&rev=v1#{'0a' * 20}"
    )


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ('name = "wax"\nversion', 'name = "wax"\nfoo = [\nversion', InvalidLock),
        (f'sha256 = "{HEX}"', 'sha256 = "abc"', InvalidLock),
        ('revision = 5\nrequires-python = ">=3.9"', "revision = 5", InvalidUvLock),
        ('{ name = "wick" }', '{ name = "tallow" }', InvalidUvLock),
        ("[packages.tool.weft]\nsource = ", "[packages.tool.weft]\nsauce = ", InvalidUvLock),
        ("[tool.weft]\nversion = 1", "[tool.weft]\nversion = 2", FutureUvLock),
    ],
)
def test_a_file_that_is_wrong_is_refused(old: str, new: str, kind: type[WeftError]) -> None:
    text = write_project_pylock(LOCK).replace(old, new, 1)
    assert text != write_project_pylock(LOCK)
    with pytest.raises(kind):
        read_project_pylock(text)


def test_moments_are_exact() -> None:
    lock = arranged(read_uv_lock(SMALL.replace(TIME, "2024-01-02T03:04:05.123456Z")))
    assert read_project_pylock(write_project_pylock(lock)) == lock


def test_a_size_in_another_compression_is_kept() -> None:
    wick = replace(LOCK.packages[2], wheels=())
    wheel = replace(LOCK.packages[2].wheels[0], zstd=("sha256:" + HEX, 3))
    lock = replace(LOCK, packages=(*LOCK.packages[:2], replace(wick, wheels=(wheel,))))
    assert read_project_pylock(write_project_pylock(lock)) == lock


def test_a_merge_conflict_is_told_as_such() -> None:
    text = write_project_pylock(LOCK).replace("[tool.weft]\n", "<<<<<<< HEAD\n[tool.weft]\n")
    with pytest.raises(InvalidUvLock) as raised:
        read_project_pylock(text)
    assert "`pylock.toml` has marks of a merge conflict" in raised.value.hints[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sys_platform == 'win32'\" },", "sys_platform = 'win32'\" },"),
        ('revision = 5\nrequires-python = ">=3.9"', 'revision = 5\nrequires-python = "x"'),
        ('specifier = ">=1"', 'specifier = "x"'),
        ("[packages.tool.weft]\nsource = {", "[packages.tool.weft]\nsource = 1 #"),
    ],
)
def test_a_fact_that_is_wrong_is_shown_with_its_place(old: str, new: str) -> None:
    text = write_project_pylock(LOCK)
    assert old in text
    text = text.replace(old, new, 1)
    with pytest.raises(InvalidUvLock) as raised:
        read_project_pylock(text)
    cause = raised.value.__cause__
    assert isinstance(cause, TomlError)
    assert new.split("\n")[-1] in text.split("\n")[cause.line - 1]


@pytest.mark.parametrize("facts", ["1", "[1]", "{ version = 1, package = 5 }", '"x"'])
def test_facts_of_another_type_are_refused(facts: str) -> None:
    with pytest.raises(InvalidUvLock):
        read_project_pylock(f"{HEAD}packages = []\ntool.weft = {facts}\n")


def test_a_day_is_a_moment() -> None:
    text = write_project_pylock(LOCK).replace("2024-01-02T03:04:05.678Z", "2024-01-02")
    assert read_project_pylock(text).packages[2].wheels[0].upload_time == "2024-01-02T00:00:00Z"
