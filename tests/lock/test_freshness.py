"""Whether a lock still stands: what counts, and how much of a stale one is of use."""

from __future__ import annotations

import pytest

from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers
from weft.core.value import replace
from weft.lock.freshness import Local, Wanted, check
from weft.lock.uvmodel import (
    UvCutoff,
    UvFile,
    UvLock,
    UvManifest,
    UvMetadata,
    UvOptions,
    UvPackage,
    UvRequirement,
    UvSource,
)

INDEX = UvSource("registry", "https://index.example/simple")
ROOT = UvSource("editable", ".")
NEEDS = UvMetadata((UvRequirement("wick", specifier=">=1"),))
WHEEL = UvFile(url="https://index.example/wick.whl", upload_time="2024-05-01T00:00:00Z")
LOCK = UvLock(
    ">=3.9",
    (
        UvPackage("demo", "0.1", ROOT, metadata=NEEDS),
        UvPackage("wick", "1.0", INDEX, wheels=(WHEEL,)),
    ),
)
HERE = Local("0.1", NEEDS)


def wanted(lock: UvLock = LOCK, **changes: object) -> Wanted:
    plain = replace(lock, packages=())
    python = MarkerSet.of_python(Specifiers.parse(lock.requires_python))
    return replace(Wanted(plain, (("demo", ROOT),), python), **changes)


def test_a_lock_that_says_what_would_be_written_stands() -> None:
    assert check(LOCK, wanted(), lambda _package: HERE).stands


@pytest.mark.parametrize(
    ("changes", "usable", "forks"),
    [
        ({"options": UvOptions(resolution_mode="lowest")}, False, False),
        ({"options": UvOptions(fork_strategy="fewest")}, False, False),
        ({"options": UvOptions(prerelease_mode="allow")}, True, True),
        ({"options": UvOptions(prerelease_package=(("wick", "allow"),))}, True, True),
        ({"options": UvOptions(exclude_newer=UvCutoff("2025-01-01T00:00:00Z"))}, True, True),
        ({"requires_python": ">=3.10"}, True, True),
        ({"supported_markers": ("sys_platform == 'linux'",)}, True, False),
        ({"required_markers": ("sys_platform == 'linux'",)}, True, False),
        ({"manifest": UvManifest(members=("demo", "other"))}, True, True),
        ({"manifest": UvManifest(constraints=(UvRequirement("wick"),))}, True, True),
        ({"manifest": UvManifest(excludes=("wick",))}, True, True),
        ({"manifest": UvManifest(build_constraints=(UvRequirement("oil"),))}, True, True),
    ],
)
def test_what_changes_an_answer_makes_it_stale(
    changes: dict[str, object], usable: bool, forks: bool
) -> None:
    found = check(LOCK, wanted(replace(LOCK, **changes)), lambda _package: HERE)
    assert found.reason
    assert (found.usable, found.forks) == (usable, forks)


def test_regions_are_of_no_use_for_other_pythons() -> None:
    forked = replace(LOCK, resolution_markers=("python_full_version >= '3.9'",))
    found = check(forked, wanted(replace(forked, requires_python=">=3.10")), lambda _each: HERE)
    assert found.usable
    assert not found.forks


def test_limits_on_what_a_lock_does_not_have_change_nothing() -> None:
    manifest = UvManifest(
        constraints=(UvRequirement("oil"),), overrides=(UvRequirement("oil"),), excludes=("oil",)
    )
    assert check(LOCK, wanted(replace(LOCK, manifest=manifest)), lambda _each: HERE).stands
    recorded = replace(LOCK, manifest=manifest)
    assert not check(recorded, wanted(), lambda _each: HERE).stands


def test_a_limit_of_age_counts_where_a_file_is_younger() -> None:
    old = replace(LOCK, options=UvOptions(exclude_newer=UvCutoff("2025-01-01T00:00:00Z")))
    for moment, stands in (
        ("2026-01-01T00:00:00Z", True),
        ("2024-06-01T00:00:00Z", True),
        ("2024-04-01T00:00:00Z", False),
    ):
        new = replace(old, options=UvOptions(exclude_newer=UvCutoff(moment)))
        assert check(old, wanted(new), lambda _each: HERE).stands is stands


def test_what_a_tree_says_is_compared() -> None:
    def reason(here: Local | None) -> str:
        return check(LOCK, wanted(), lambda _package: here).reason

    assert reason(None) == "missing source tree: `demo==0.1`"
    assert "expected: `0.2`" in reason(Local("0.2", NEEDS))
    assert "dynamic" in reason(Local("", NEEDS))
    assert reason(Local("0.1", UvMetadata())).endswith("for: `demo==0.1` (`wick`)")
    extra = replace(NEEDS, provides_extras=("web",))
    assert reason(Local("0.1", extra)) == "mismatched extras for: `demo==0.1`"
    group = replace(NEEDS, requires_dev=(("dev", (UvRequirement("oil"),)),))
    assert reason(Local("0.1", group)).endswith("for: `demo==0.1` (`oil`)")


def test_an_index_that_is_gone_is_missed() -> None:
    there = wanted(indexes=frozenset([INDEX.location]))
    assert check(LOCK, there, lambda _package: HERE).stands
    gone = wanted(indexes=frozenset(["https://other.example/simple"]))
    assert check(LOCK, gone, lambda _package: HERE).reason.startswith(
        "missing remote index: `wick`"
    )


def test_members_have_to_be_there_as_they_are_installed() -> None:
    virtual = wanted(members=(("demo", UvSource("virtual", ".")),))
    assert check(LOCK, virtual, lambda _package: HERE).reason == "mismatched source: `demo`"
    new = wanted(members=(("demo", ROOT), ("new", UvSource("editable", "new"))))
    assert check(LOCK, new, lambda _package: HERE).reason == "missing root package: `new`"


def test_upgrades_say_how_much_is_kept() -> None:
    whole = check(LOCK, wanted(upgrade=True), lambda _package: HERE)
    assert (whole.usable, whole.forks) == (False, False)
    some = check(LOCK, wanted(upgrade_some=True), lambda _package: HERE)
    assert (some.stands, some.usable, some.forks) == (False, True, True)
    assert not check(LOCK, wanted(refresh=True), lambda _package: HERE).stands
