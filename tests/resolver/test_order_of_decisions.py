"""Which package is decided first, where that decides between answers.

`red` and `blue` cannot both be new: the one that is met first is.
"""

from __future__ import annotations

import pytest

from tests.resolver.universe import Release, Universe, request
from weft.resolver.resolution import resolve

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
