"""Which versions are taken: strategies, preferences, pre-releases, yanked files, extras, rules."""

from __future__ import annotations

import pytest

from tests.resolver.universe import ENVIRONMENT, Release, Universe, request, requirements
from weft.resolver.answer import Resolution
from weft.resolver.candidates import Taste, python_reaches
from weft.resolver.report import NoSolution
from weft.resolver.resolution import Request, UrlNotDirect, resolve


def pins(resolution: Resolution) -> dict[str, str]:
    return {package.name: package.version for package in resolution.packages}


def plain(*texts: str, requires: tuple[str, ...] = ()) -> dict[str, Release]:
    return {text: Release(requires=requires) for text in texts}


ABC = Universe(
    {
        "a": plain("1", "2", "3", requires=("b>=2",)),
        "b": plain("1", "2", "3", "4"),
    }
)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("highest", {"a": "3", "b": "4"}),
        ("lowest", {"a": "1", "b": "2"}),
        ("lowest-direct", {"a": "1", "b": "4"}),
    ],
)
def test_strategies(strategy: str, expected: dict[str, str]) -> None:
    assert pins(resolve(request("a", strategy=strategy), ABC)) == expected


def test_a_preference_is_taken_if_it_fits() -> None:
    assert pins(resolve(request("a", preferences={"b": "3", "a": "2.0"}), ABC)) == {
        "a": "2",
        "b": "3",
    }
    assert pins(resolve(request("a", preferences={"b": "1", "a": "7"}), ABC)) == {
        "a": "3",
        "b": "4",
    }


PRE = Universe(
    {
        "stable": plain("1", "2", "3b1"),
        "only": plain("1b1", "1b2"),
        "newer": plain("1", "2b1", "2b2"),
        "needs": {"1": Release(requires=["newer>=2b1"])},
    }
)


@pytest.mark.parametrize(
    ("mode", "wanted", "expected"),
    [
        ("if-necessary", "stable", "2"),
        ("if-necessary", "stable>=2b1", "2"),
        ("if-necessary", "stable>2", "3b1"),
        ("if-necessary", "only", "1b2"),
        ("if-necessary", "newer>1", "2b2"),
        ("allow", "stable", "3b1"),
        ("disallow", "stable", "2"),
        ("disallow", "stable>2", None),
        ("disallow", "only==1b1", None),
        ("explicit", "stable>2", None),
        ("explicit", "stable>=3b1", "3b1"),
        ("explicit", "stable>=2b1", "2"),
        ("explicit", "only", None),
        ("explicit", "needs", None),
    ],
)
def test_prerelease_modes(mode: str, wanted: str, expected: str | None) -> None:
    asked = request(wanted, prerelease=mode)
    if expected is None:
        with pytest.raises(NoSolution) as caught:
            resolve(asked, PRE)
        (hint,) = caught.value.hints
        assert hint.endswith("but pre-releases weren't enabled (try: `--prerelease=allow`)")
        return
    found = pins(resolve(asked, PRE))
    assert found[asked.requirements[0].name] == expected


def test_a_prerelease_is_taken_when_every_stable_version_was_rejected() -> None:
    universe = Universe(
        {"a": {"1": Release(requires=["b<2"]), "2rc1": Release()}, "b": plain("1", "2")}
    )
    assert pins(resolve(request("a", "b>=2"), universe)) == {"a": "2rc1", "b": "2"}


def test_prerelease_mode_of_one_package() -> None:
    asked = request("stable", "only", prerelease="disallow", prerelease_packages={"only": "allow"})
    assert pins(resolve(asked, PRE)) == {"stable": "2", "only": "1b2"}
    asked = request("needs", "newer", prerelease="explicit", prerelease_packages={"newer": "allow"})
    assert pins(resolve(asked, PRE)) == {"needs": "1", "newer": "2b2"}


YANKED = Universe(
    {
        "b": {"1": Release(), "2": Release(yanked="bad")},
        "needs": {"1": Release(requires=["b==2"])},
    }
)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("b", "1"), ("b==2", "2"), ("b==2.0", "2"), ("b===2", "2"), ("b>=2", None), ("needs", None)],
)
def test_a_yanked_version_is_taken_only_where_the_request_pins_it(
    wanted: str, expected: str | None
) -> None:
    if expected is None:
        with pytest.raises(NoSolution, match="No solution") as caught:
            resolve(request(wanted), YANKED)
        assert "b==2 was yanked (reason: bad)" in caught.value.derivation
    else:
        assert pins(resolve(request(wanted), YANKED)) == {"b": expected}


def test_a_constraint_that_pins_a_yanked_version_allows_it() -> None:
    asked = request("needs", constraints=requirements("b==2"))
    assert pins(resolve(asked, YANKED)) == {"needs": "1", "b": "2"}


def test_an_unusable_version_is_passed_over() -> None:
    universe = Universe({"a": {"1": Release(), "2": Release(unusable="has no usable wheels")}})
    assert pins(resolve(request("a"), universe)) == {"a": "1"}


def test_a_version_whose_metadata_rules_it_out_is_passed_over() -> None:
    universe = Universe(
        {
            "a": {
                "1": Release(),
                "2": Release(python_in_metadata=">=3.12"),
                "3": Release(broken="has invalid metadata"),
            }
        }
    )
    assert pins(resolve(request("a"), universe)) == {"a": "1"}


@pytest.mark.parametrize(
    ("requires_python", "allowed"),
    [
        (">=3.8", True),
        (">=3.11.7", True),
        (">=3.11.8", False),
        (">3.11", True),
        ("<3.8", True),
        ("==3.8.*", True),
        ("==3.12.*", False),
        ("~=3.12", False),
        (">=3.6,<3.9", True),
        ("!=3.11.*", True),
        ("nonsense", True),
        (">=3.12,<3.11", True),
    ],
)
def test_only_the_lower_end_of_requires_python_counts(requires_python: str, allowed: bool) -> None:
    assert python_reaches(requires_python, "3.11.7") is allowed


def test_a_candidate_release_of_python_counts_as_that_python() -> None:
    assert python_reaches(">=3.14", "3.14.0rc1")
    assert not python_reaches(">=3.14.1", "3.14.0rc1")


EXTRAS = Universe(
    {
        "a": {
            "1": Release(
                requires=['b ; extra == "x"', 'c ; extra == "y"', 'a[x,y] ; extra == "all"'],
                extras=["x", "y", "all"],
            ),
            "2": Release(requires=['d>=2 ; extra == "x"'], extras=["x"]),
        },
        "b": plain("1"),
        "c": plain("1"),
        "d": plain("1"),
    }
)


def test_an_extra_is_of_the_version_that_is_taken() -> None:
    resolution = resolve(request("a[x]"), EXTRAS)
    assert pins(resolution) == {"a": "1", "b": "1"}
    assert resolution.packages[0].extras == {"x"}
    assert resolution.packages[0].requirements == (("b", ()),)
    assert resolution.missing_extras == ()


def test_an_extra_of_extras() -> None:
    resolution = resolve(request("a[all]<2"), EXTRAS)
    assert pins(resolution) == {"a": "1", "b": "1", "c": "1"}
    assert resolution.packages[0].extras == {"all", "x", "y"}


def test_an_extra_that_does_not_exist_is_reported_and_no_reason_for_an_older_version() -> None:
    resolution = resolve(request("a[nope]"), EXTRAS)
    assert pins(resolution) == {"a": "2"}
    assert resolution.missing_extras == (("a", "nope"),)


def test_packages_that_need_each_other() -> None:
    universe = Universe({"a": plain("1", requires=("b",)), "b": plain("1", requires=("a",))})
    assert pins(resolve(request("a"), universe)) == {"a": "1", "b": "1"}


def test_a_constraint_counts_only_where_the_package_is_needed() -> None:
    asked = request("b", constraints=requirements("b<3", "a<1", "nowhere>1"))
    assert pins(resolve(asked, ABC)) == {"b": "2"}
    assert ("versions", "nowhere") not in ABC.asked


def test_a_constraint_for_another_platform_does_not_count() -> None:
    asked = request("b", constraints=requirements("b<3 ; sys_platform == 'win32'"))
    assert pins(resolve(asked, ABC)) == {"b": "4"}


def test_an_override_replaces_requirements_of_the_request_and_of_dependencies() -> None:
    asked = request("a", "b>3", overrides=requirements("b<2"))
    assert pins(resolve(asked, ABC)) == {"a": "3", "b": "1"}


def test_an_override_takes_no_notice_of_the_marker_that_it_replaces() -> None:
    universe = Universe(
        {"a": plain("1", requires=("b>5 ; sys_platform == 'win32'",)), "b": plain("1", "2")}
    )
    assert pins(resolve(request("a"), universe)) == {"a": "1"}
    asked = request("a", overrides=requirements("b<2"))
    assert pins(resolve(asked, universe)) == {"a": "1", "b": "1"}


def test_an_override_keeps_the_extra_of_what_it_replaces() -> None:
    asked = request("a<2", overrides=requirements("b==1"))
    assert pins(resolve(asked, EXTRAS)) == {"a": "1"}
    asked = request("a[x]<2", overrides=requirements("b==1"))
    assert pins(resolve(asked, EXTRAS)) == {"a": "1", "b": "1"}


def test_excluded_names_are_not_required() -> None:
    assert pins(resolve(request("a", "b", excludes=frozenset(["b"])), ABC)) == {"a": "3"}


def test_without_dependencies_only_the_request_counts() -> None:
    assert pins(resolve(request("a", no_dependencies=True), ABC)) == {"a": "3"}


def test_markers_are_evaluated_for_the_environment_of_the_request() -> None:
    universe = Universe(
        {"a": plain("1", requires=("b ; python_version < '3.10'",)), "b": plain("1")}
    )
    old = {**ENVIRONMENT, "python_full_version": "3.9.1", "python_version": "3.9"}
    assert pins(resolve(request("a"), universe)) == {"a": "1"}
    assert pins(resolve(Request(requirements("a"), old), universe)) == {"a": "1", "b": "1"}


def test_a_url_has_to_be_known_to_the_request() -> None:
    universe = Universe(
        {"a": plain("1", requires=("b @ https://example.org/b.zip",)), "b": plain("1")}
    )
    with pytest.raises(UrlNotDirect, match="expressed as direct requirements or constraints"):
        resolve(request("a"), universe)
    asked = request("a", "b @ https://example.org/b.zip")
    assert pins(resolve(asked, universe)) == {"a": "1", "b": "1"}


def test_nothing_asked_nothing_resolved() -> None:
    assert resolve(request(), ABC).packages == ()


@pytest.mark.parametrize(
    ("asked", "floor", "taken"),
    [("a", "2", "3"), ("a<3", "1", "2"), ("a<3", "2rc1", "2"), ("a", "4rc1", "4rc1"),
     ("a<4", "4rc1", "3"), ("a", "5", "3")],
)  # fmt: skip
def test_nothing_lower_than_the_floor_is_taken_where_that_fits(
    asked: str, floor: str, taken: str
) -> None:
    universe = Universe({"a": plain("1", "2rc1", "2", "3", "4rc1")})
    answer = resolve(Request(requirements(asked), ENVIRONMENT, floors={"a": floor}), universe)
    assert pins(answer) == {"a": taken}


def test_a_floor_that_cannot_be_had_is_none() -> None:
    universe = Universe({"a": plain("1", "2")} | {"b": plain("1", requires=("a<2",))})
    answer = resolve(Request(requirements("a", "b"), ENVIRONMENT, floors={"a": "2"}), universe)
    assert pins(answer) == {"a": "1", "b": "1"}


def test_the_order_of_a_taste() -> None:
    taste = Taste(prereleases=0b1010, preferred=0b0001, highest_first=True)
    assert list(taste.order(0b111111)) == [0, 5, 4, 2, 3, 1]
    assert list(taste.order(0b111110)) == [5, 4, 2, 3, 1]
    assert list(Taste(0, 0, highest_first=False).order(0b1101)) == [0, 2, 3]
