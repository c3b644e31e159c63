"""The order of a `uv.lock`: what comes before what."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lock.uvlocks import INDEX, locks
from weft.lock.uvmodel import UvDependency, UvLock, UvRequirement, UvSource
from weft.lock.uvorder import arranged, dependencies, marker_order, requirements, version_order

MARKERS = (
    "",
    "implementation_version < '3'",
    "python_full_version < '3.10'",
    "python_full_version < '3.11'",
    "python_full_version >= '3.10'",
    "os_name == 'nt'",
    "sys_platform == 'darwin'",
    "sys_platform == 'win32'",
    "'a' in os_name",
    "extra == 'a'",
    "extra == 'b'",
)


def test_markers_go_by_their_first_decision() -> None:
    keys = [marker_order(text) for text in MARKERS]
    for first, second in itertools.pairwise(keys):
        assert first[0] <= second[0]
    assert sorted(keys)[0] == marker_order("")
    assert len(set(keys)) == len(MARKERS)


def test_the_same_set_has_one_place() -> None:
    one = "sys_platform == 'win32' and python_full_version < '3.10'"
    other = "python_full_version < '3.10' and sys_platform == 'win32'"
    assert marker_order(one) == marker_order(other)


def test_versions_go_by_their_worth() -> None:
    texts = ["", "1.0rc1", "1.0", "1.0.post1", "1.9", "1.10", "1!0.1"]
    assert sorted(texts, key=version_order) == texts


def test_requirements_go_by_name_extras_marker_and_source() -> None:
    ordered = (
        UvRequirement("a"),
        UvRequirement("a", specifier="==1"),
        UvRequirement("a", specifier="<2"),
        UvRequirement("a", specifier=">=1"),
        UvRequirement("a", specifier=">=1", index=INDEX),
        UvRequirement("a", source=UvSource("url", "https://example.org/a.zip")),
        UvRequirement("a", source=UvSource("git", "https://example.org/a")),
        UvRequirement("a", source=UvSource("path", "a.whl")),
        UvRequirement("a", source=UvSource("directory", "a")),
        UvRequirement("a", source=UvSource("editable", "a")),
        UvRequirement("a", source=UvSource("virtual", "b")),
        UvRequirement("a", marker="sys_platform == 'win32'"),
        UvRequirement("a", ("x",)),
        UvRequirement("b"),
    )
    assert requirements(reversed((*ordered, *ordered))) == ordered


def test_edges_go_by_version_and_source_before_extras() -> None:
    index = UvSource("registry", INDEX)
    ordered = (
        UvDependency("a", "1.9", index, ("z",)),
        UvDependency("a", "1.10", UvSource("registry", "http://a.example.org")),
        UvDependency("a", "1.10", index),
        UvDependency("a", "1.10", UvSource("registry", "a")),
        UvDependency("a", "1.10", UvSource("editable", "a")),
        UvDependency("b"),
    )
    assert dependencies(reversed((*ordered, *ordered))) == ordered


@settings(max_examples=30, deadline=None)
@given(locks(), st.randoms())
def test_order_does_not_depend_on_what_came_first(lock: UvLock, dice) -> None:
    from weft.core.value import replace

    packages = list(lock.packages)
    dice.shuffle(packages)
    once = arranged(lock)
    assert arranged(replace(lock, packages=tuple(packages))) == once
    assert arranged(once) == once
