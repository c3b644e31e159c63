"""Which package is decided first, where that decides between answers.

`red` and `blue` cannot both be new: the one that is met first is.
"""

from __future__ import annotations

import pytest

from tests.resolver.universe import Everywhere, Release, Universe, request, requirements
from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers
from weft.resolver.resolution import resolve
from weft.resolver.universal import UniversalRequest, resolve_universal

RIVALS = {
    "red": {"1": Release(), "2": Release(requires=["blue<2"])},
    "blue": {"1": Release(), "2": Release(requires=["red<2"])},
}


def pins(universe: Universe, *requirements: str) -> dict[str, str]:
    answer = resolve(request(*requirements), universe)
    return {each.name: each.version for each in answer.packages}


@pytest.mark.parametrize(("core", "newest"), [("core", "red"), ("core==1", "blue")])
def test_what_is_pinned_is_decided_before_what_was_met_earlier(core: str, newest: str) -> None:
    universe = Universe(
        {
            "app": {"1": Release(requires=["early", core])},
            "early": {"1": Release(requires=["red"])},
            "core": {"1": Release(requires=["blue"])},
            **RIVALS,
        }
    )
    found = pins(universe, "app")
    assert (found["red"], found["blue"]) == (("2", "1") if newest == "red" else ("1", "2"))


def test_an_extra_goes_with_its_package_before_what_that_pins() -> None:
    universe = Universe(
        {
            "app": {
                "1": Release(requires=["core==1", "red ; extra == 'all'"], extras=["all"]),
            },
            "core": {"1": Release(requires=["blue"])},
            **RIVALS,
        }
    )
    found = pins(universe, "app[all]")
    assert (found["red"], found["blue"]) == ("2", "1")


def test_an_extra_whose_package_is_required_no_more_waits_for_what_requires_both() -> None:
    """Going back too little once left `frames[fast]` required, but not `frames`, for good."""
    fillers = [f"filler{number}" for number in range(5)]
    slow = {f"1.{number}": ["tables<=2 ; extra == 'fast'"] for number in range(1, 6)}
    universe = Universe(
        {
            "app": {
                "1": Release(
                    requires=[
                        "tables",
                        *fillers,
                        "app[a,b,c,d,frames,z] ; extra == 'all'",
                        "last ; extra == 'all'",
                        "frames[fast] ; extra == 'frames'",
                    ],
                    extras=["all", "frames"],
                )
            },
            "tables": {"2.1": Release(), "3": Release()},
            "frames": {
                "1.0": Release(requires=["engine<2 ; extra == 'fast'"], extras=["fast"]),
                **{text: Release(requires=needs, extras=["fast"]) for text, needs in slow.items()},
            },
            "engine": {"1": Release(requires=["tables>=2,<2.4"])},
            **{name: {"1": Release()} for name in [*fillers, "last"]},
        }
    )
    found = pins(universe, "app[all]")
    assert (found["frames"], found["tables"]) == ("1.0", "2.1")


def test_what_rules_out_version_after_version_is_decided_anew_behind_them() -> None:
    universe = Universe(
        {
            "arrow": {"1": Release(), "2": Release()},
            "connector": {
                "1": Release(requires=["arrow"]),
                **{str(number): Release(requires=["arrow<2"]) for number in range(2, 20)},
            },
        }
    )
    found = pins(universe, "arrow", "connector")
    assert found == {"arrow": "1", "connector": "19"}


def test_what_rules_out_a_few_versions_is_kept() -> None:
    universe = Universe(
        {
            "arrow": {"1": Release(), "2": Release()},
            "connector": {
                "1": Release(requires=["arrow"]),
                **{str(number): Release(requires=["arrow<2"]) for number in range(2, 6)},
            },
        }
    )
    found = pins(universe, "arrow", "connector")
    assert found == {"arrow": "2", "connector": "1"}


def test_a_choice_outlives_what_goes_back_for_another_reason() -> None:
    """Here uv goes back further and takes `tool 1` everywhere below 3.12, as one region did."""
    universe = Everywhere(
        {
            "library": {"1": Release(requires=["science"])},
            "science": {"1": Release(), "2": Release(python=">=3.12")},
            "tool": {
                "1": Release(),
                "2": Release(
                    requires=[
                        "backend<1 ; sys_platform == 'darwin'",
                        "backend ; sys_platform != 'darwin'",
                    ]
                ),
                "3": Release(python=">=3.12"),
            },
            "backend": {"1": Release()},
        }
    )
    question = UniversalRequest(requirements("library", "tool"), Specifiers.parse(">=3.11"))
    answer = resolve_universal(question, universe)
    tools = {each.version: each.marker for each in answer.packages if each.name == "tool"}
    mac = MarkerSet.parse("sys_platform == 'darwin'")
    old = MarkerSet.parse("python_full_version < '3.12'")
    assert not tools["1"].is_disjoint(old & mac)
    assert tools["1"].is_subset(mac)
    assert not tools["2"].is_disjoint(old & ~mac)


def test_what_is_ruled_out_because_of_an_extra_counts_once_a_version() -> None:
    """Here uv, to which an extra is a package of its own, counts to five with two versions."""
    universe = Universe(
        {
            "arrow": {"1": Release(), "2": Release()},
            "connector": {
                "1": Release(extras=["x"]),
                **{
                    str(number): Release(requires=["arrow<2 ; extra == 'x'"], extras=["x"])
                    for number in range(2, 6)
                },
            },
        }
    )
    found = pins(universe, "arrow", "connector[x]")
    assert found == {"arrow": "2", "connector": "1"}


def test_a_package_that_ruled_out_others_waits_though_they_want_one_version_of_it() -> None:
    releases = {f"2.{number}": Release(requires=["a==1"]) for number in range(10)}
    world = Everywhere(
        {
            "a": {"1": Release(), "2": Release()},
            "b": {"1": Release(requires=["c"]), **releases},
            "c": {"1": Release()},
        }
    )
    resolution = resolve_universal(UniversalRequest(requirements("a", "b")), world)
    assert [(each.name, each.version) for each in resolution.packages] == [("a", "1"), ("b", "2.9")]
