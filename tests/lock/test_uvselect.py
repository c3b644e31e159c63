"""What a project's lock has for an environment: the walk and the choice of files."""

from __future__ import annotations

import pytest

from tests.lock.uvlocks import DIGEST, FILES, INDEX, SMALL
from weft.core.filename import WheelName
from weft.core.value import replace
from weft.lock.model import LockError
from weft.lock.uvlock_read import read_uv_lock
from weft.lock.uvmodel import (
    UvConflictItem,
    UvDependency,
    UvFile,
    UvLock,
    UvManifest,
    UvPackage,
    UvRequirement,
    UvSource,
)
from weft.lock.uvselect import NoUsableFile, UvTarget, best_wheel, choose, reach, select

REGISTRY = UvSource("registry", INDEX)
ROOT = UvSource("virtual", ".")
SUPPORTED = ("cp311-cp311-manylinux_2_17_x86_64", "cp311-abi3-manylinux2014_x86_64", "py3-none-any")
RANKS = {tag: rank for rank, tag in enumerate(SUPPORTED)}
LINUX = {"sys_platform": "linux", "python_full_version": "3.11.2"}


def rank(filename: str) -> int | None:
    return WheelName.parse(filename).rank(RANKS)


def named(*names: str):
    return frozenset(names).__contains__


TARGET = UvTarget(LINUX, rank)


def wheel(name: str, tags: str = "py3-none-any") -> UvFile:
    return UvFile(url=f"{FILES}/{name}-{tags}.whl", hash=DIGEST)


def package(name: str, version: str = "1.0", *edges: str | UvDependency, **more) -> UvPackage:
    found = tuple([UvDependency(each) if isinstance(each, str) else each for each in edges])
    more.setdefault("wheels", (wheel(f"{name}-{version}"),))
    return UvPackage(name, version, REGISTRY, dependencies=found, **more)


def root(*edges: str | UvDependency, **more) -> UvPackage:
    return replace(package("demo", "0.1.0", *edges, wheels=(), **more), source=ROOT)


def names(lock: UvLock, target: UvTarget = TARGET, roots: tuple[str, ...] = ("demo",)) -> list[str]:
    chosen = select(lock, roots, target)
    return [f"{each.package.name} {each.package.version}" for each in chosen]


def test_edges_are_followed_where_their_markers_hold() -> None:
    lock = read_uv_lock(SMALL)
    assert names(lock) == ["demo 0.1.0", "wick 2.0"]
    windows = replace(TARGET, environment={"sys_platform": "win32"})
    assert names(lock, windows) == ["demo 0.1.0", "wax 1.0", "wick 2.0"]


def test_extras_of_edges_bring_what_they_need() -> None:
    wick = package("wick", optional_dependencies=(("x", (UvDependency("wax"),)), ("y", ())))
    lock = UvLock("", (root(UvDependency("wick", extras=("x",))), wick, package("wax")))
    assert names(lock) == ["demo 0.1.0", "wax 1.0", "wick 1.0"]
    assert {each.name: set(extras) for each, extras in reach(lock, ("demo",), TARGET)} == {
        "demo": set(),
        "wick": {"x"},
        "wax": set(),
    }


def test_extras_and_groups_of_a_root_count_when_they_are_wanted() -> None:
    demo = root(
        "a",
        optional_dependencies=(("x", (UvDependency("b"),)),),
        dev_dependencies=(("dev", (UvDependency("c"),)),),
    )
    lock = UvLock("", (demo, package("a"), package("b"), package("c")))
    assert names(lock) == ["a 1.0", "demo 0.1.0"]
    assert names(lock, replace(TARGET, extras=named("x"))) == ["a 1.0", "b 1.0", "demo 0.1.0"]
    groups = replace(TARGET, groups=named("dev"))
    assert names(lock, groups) == ["a 1.0", "c 1.0", "demo 0.1.0"]
    assert names(lock, replace(groups, project=False)) == ["c 1.0"]


def test_a_root_that_its_own_group_names_is_installed_without_the_project() -> None:
    demo = root("a", dev_dependencies=(("dev", (UvDependency("demo"),)),))
    lock = UvLock("", (demo, package("a")))
    target = replace(TARGET, groups=named("dev"), project=False)
    assert names(lock, target) == ["a 1.0", "demo 0.1.0"]


def test_circles_end() -> None:
    lock = UvLock("", (root("a"), package("a", "1.0", "b"), package("b", "1.0", "a")))
    assert names(lock) == ["a 1.0", "b 1.0", "demo 0.1.0"]


def test_edges_to_one_of_several_versions_say_which() -> None:
    edges = (
        UvDependency("a", "1.0", REGISTRY, marker="sys_platform == 'win32'"),
        UvDependency("a", "2.0", REGISTRY, marker="sys_platform != 'win32'"),
    )
    lock = UvLock("", (root(*edges), package("a"), package("a", "2.0")))
    assert names(lock) == ["a 2.0", "demo 0.1.0"]


CONFLICTS = (
    (UvConflictItem("demo", "extra", "cpu"), UvConflictItem("demo", "extra", "gpu")),
    (UvConflictItem("wick", "extra", "x"), UvConflictItem("wick", "extra", "y")),
)


def test_extras_that_exclude_each_other_choose_by_their_markers() -> None:
    first = UvDependency("b", "1.0", REGISTRY, marker="extra == 'extra-4-demo-cpu'")
    second = UvDependency("b", "2.0", REGISTRY, marker="extra != 'extra-4-demo-cpu'")
    demo = root("a", optional_dependencies=(("cpu", (UvDependency("a"),)), ("gpu", ())))
    packages = (demo, package("a", "1.0", first, second), package("b"), package("b", "2.0"))
    lock = UvLock("", packages, conflicts=CONFLICTS)
    assert names(lock, replace(TARGET, extras=named("cpu"))) == ["a 1.0", "b 1.0", "demo 0.1.0"]
    assert names(lock, replace(TARGET, extras=named("gpu"))) == ["a 1.0", "b 2.0", "demo 0.1.0"]


def test_an_extra_that_a_dependency_asks_for_counts_even_where_it_is_met_late() -> None:
    guarded = UvDependency("b", marker="extra != 'extra-4-wick-x'")
    wick = package("wick", optional_dependencies=(("x", ()), ("y", ())))
    demo = root(guarded, "a")
    asks = package("a", "1.0", UvDependency("wick", extras=("x",)))
    lock = UvLock("", (demo, asks, package("b"), wick), conflicts=CONFLICTS)
    assert names(lock) == ["a 1.0", "demo 0.1.0", "wick 1.0"]


def test_dependencies_that_ask_for_what_excludes_each_other_are_refused() -> None:
    wick = package("wick", optional_dependencies=(("x", ()), ("y", ())))
    edges = (UvDependency("wick", extras=("x",)), UvDependency("wick", extras=("y",)))
    lock = UvLock("", (root(*edges), wick), conflicts=CONFLICTS)
    with pytest.raises(LockError) as raised:
        select(lock, ("demo",), TARGET)
    assert raised.value.message == (
        "Found conflicting extras `wick[x]` and `wick[y]` enabled simultaneously"
    )


def test_members_that_exclude_each_other_choose_by_their_markers() -> None:
    one = replace(root(UvDependency("a", marker="extra == 'project-3-one'")), name="one")
    other = replace(root("b"), name="other")
    items = ((UvConflictItem("one"), UvConflictItem("other")),)
    lock = UvLock("", (one, other, package("a"), package("b")), conflicts=items)
    assert names(lock, roots=("one",)) == ["a 1.0", "one 0.1.0"]
    assert names(lock, roots=("other",)) == ["b 1.0", "other 0.1.0"]


def test_the_requirements_of_a_script_are_roots() -> None:
    asked = (
        UvRequirement("a", ("x",)),
        UvRequirement("b", marker="sys_platform == 'win32'"),
    )
    a = package("a", optional_dependencies=(("x", (UvDependency("c"),)),))
    lock = UvLock("", (a, package("b"), package("c")), manifest=UvManifest(requirements=asked))
    assert names(lock, roots=()) == ["a 1.0", "c 1.0"]


def test_a_requirement_of_a_script_means_the_version_of_its_region() -> None:
    first = package("a", resolution_markers=("sys_platform == 'win32'",))
    second = package("a", "2.0", resolution_markers=("sys_platform != 'win32'",))
    manifest = UvManifest(requirements=(UvRequirement("a"),))
    assert names(UvLock("", (first, second), manifest=manifest), roots=()) == ["a 2.0"]


def test_groups_of_a_root_that_is_no_project_are_roots_when_wanted() -> None:
    manifest = UvManifest(dependency_groups=(("dev", (UvRequirement("a"),)),))
    lock = UvLock("", (package("a"),), manifest=manifest)
    assert names(lock, roots=()) == []
    assert names(lock, replace(TARGET, groups=named("dev")), ()) == ["a 1.0"]


def test_a_root_has_to_be_in_the_lock() -> None:
    with pytest.raises(LockError) as raised:
        select(read_uv_lock(SMALL), ("other",), TARGET)
    assert raised.value.message == "Could not find root package `other`"


def test_what_is_left_out_needs_no_file() -> None:
    lock = UvLock("", (root("a", "b"), package("a", wheels=()), package("b")))
    with pytest.raises(NoUsableFile):
        select(lock, ("demo",), TARGET)
    without = replace(TARGET, include=lambda each: each.name != "a")
    assert names(lock, without) == ["b 1.0", "demo 0.1.0"]


def test_the_most_specific_wheel_is_taken_and_the_highest_build_of_equals() -> None:
    tags = (
        "py3-none-any",
        "1-cp311-abi3-manylinux2014_x86_64",
        "2-cp311-abi3-manylinux2014_x86_64",
        "cp312-cp312-win_amd64",
        "cp311-abi3-manylinux2014_x86_64",
    )
    a = package("a", wheels=tuple([wheel("a-1.0", each) for each in tags]))
    assert best_wheel(a, rank) is a.wheels[2]
    assert best_wheel(a, lambda _filename: 0) is a.wheels[2]
    assert best_wheel(a, lambda _filename: None) is None


def test_a_source_distribution_stands_in_for_wheels() -> None:
    sdist = UvFile(url=f"{FILES}/a-1.0.tar.gz", hash=DIGEST)
    a = package("a", sdist=sdist)
    assert choose(a, TARGET) == ("wheel", a.wheels[0])
    assert choose(a, replace(TARGET, rank=lambda _filename: None)) == ("sdist", sdist)
    assert choose(a, replace(TARGET, no_binary=named("a"))) == ("sdist", sdist)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (UvSource("git", "https://git.example.org/a#" + "0" * 40), "git"),
        (UvSource("directory", "a"), "directory"),
        (UvSource("editable", "a"), "editable"),
        (UvSource("virtual", "a"), "virtual"),
    ],
)
def test_trees_are_what_they_are(source: UvSource, kind: str) -> None:
    assert choose(replace(package("a", wheels=()), source=source), TARGET) == (kind, None)


@pytest.mark.parametrize(
    ("more", "allowed", "reason"),
    [
        ({}, {"no_build": named("a"), "no_binary": named("a")}, "it is marked as both "),
        ({}, {"no_binary": named("a")}, "it is marked as `--no-binary` but has no source "),
        ({"wheels": ()}, {"no_build": named("a")}, "it is marked as `--no-build` but has no "),
        ({}, {"rank": lambda _: None}, "it doesn't have a source distribution or wheel for the "),
        (
            {"source": UvSource("path", "a-1.0-py3-none-any.whl")},
            {"rank": lambda _: None},
            "the binary distribution is incompatible with the current platform",
        ),
        (
            {"source": UvSource("path", "a-1.0-py3-none-any.whl")},
            {"no_binary": named("a")},
            "it is marked as `--no-binary` but is itself a binary distribution",
        ),
    ],
)
def test_the_reason_is_told_why_nothing_can_be_installed(
    more: dict[str, object], allowed: dict[str, object], reason: str
) -> None:
    a = replace(package("a"), **more)
    with pytest.raises(NoUsableFile) as raised:
        choose(a, replace(TARGET, **allowed))
    assert f" can't be installed because {reason}" in raised.value.message
    assert raised.value.message.startswith("Distribution `a==1.0 @ ")
