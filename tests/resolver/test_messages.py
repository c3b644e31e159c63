"""Whole explanations: word for word those of uv, and the ones that say more."""

from __future__ import annotations

import os

import pytest

from tests.resolver.universe import ENVIRONMENT, Release, Universe, request, requirements
from weft.core.ranges import complement
from weft.resolver.candidates import Missing, Unusable, Usable, VersionList
from weft.resolver.clauses import Required
from weft.resolver.provider import Provider
from weft.resolver.report import NoSolution
from weft.resolver.resolution import Request, resolve
from weft.resolver.wording import Wording

with open(os.path.join(os.path.dirname(__file__), "messages.txt")) as file:
    CASES = file.read().split("## ")[1:]


def parse_case(text: str) -> tuple[Universe, Request, str, tuple[str, ...]]:
    given, _, expected = text.partition("\n=\n")
    packages: dict[str, dict[str, Release]] = {}
    asked: tuple[str, ...] = ()
    options: dict[str, object] = {}
    for line in given.splitlines()[1:]:
        if line.startswith("$ "):
            asked = tuple(line[2:].split(" | "))
        elif line.startswith(("constraints: ", "overrides: ")):
            option, _, value = line.partition(": ")
            options[option] = requirements(*value.split())
        elif line.startswith("prerelease: "):
            options["prerelease"] = line.removeprefix("prerelease: ")
        else:
            line, _, fault = line.partition(" @ ")
            line, _, requires = line.partition(" -> ")
            name, version = line.split()
            release = Release(requires=requires.split(" | ") if requires else ())
            if fault:
                kind, _, words = fault.partition(" ")
                setattr(release, kind, words)
            packages.setdefault(name, {})[version] = release
    lines = expected.strip().splitlines()
    hints = tuple(line.removeprefix("hint: ") for line in lines if line.startswith("hint: "))
    derivation = "\n".join(line for line in lines if not line.startswith("hint: "))
    return Universe(packages), request(*asked, **options), derivation, hints


@pytest.mark.parametrize("case", CASES, ids=[case.partition("\n")[0] for case in CASES])
def test_explains_word_for_word_like_uv(case: str) -> None:
    universe, wanted, derivation, hints = parse_case(case)
    with pytest.raises(NoSolution) as caught:
        resolve(wanted, universe)
    assert caught.value.derivation == derivation
    assert caught.value.hints == hints


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40


def explained(universe: Universe, wanted: Request) -> NoSolution:
    with pytest.raises(NoSolution) as caught:
        resolve(wanted, universe)
    return caught.value


def versions(*texts: str, requires: tuple[str, ...] = ()) -> dict[str, Release]:
    return {text: Release(requires=requires) for text in texts}


def test_the_error_has_code_message_and_cause() -> None:
    error = explained(Universe({"a": versions("1")}), request("a>1"))
    assert error.exit_code == 1
    assert error.message == "No solution found when resolving dependencies"
    assert str(error.__cause__) == error.derivation
    assert error.packages == ("a",)
    assert {type(fact) for fact in error.statements} >= {Required}


def test_two_requirements_that_exclude_each_other_are_said_once() -> None:
    error = explained(Universe({"a": versions("1", "2")}), request("a>=2", "a<2", "a"))
    assert error.derivation == (
        "Because you require a>=2 and a<2, we can conclude that your requirements are"
        " unsatisfiable."
    )


def test_two_requirements_that_leave_a_gap_between_versions_say_what_there_is() -> None:
    error = explained(Universe({"a": versions("1", "2")}), request("a>1", "a<2"))
    assert error.derivation == (
        "Because only the following versions of a are available:\n"
        "    a<=1\n"
        "    a>=2\n"
        "and you require a>1 and a<2, we can conclude that your requirements are unsatisfiable."
    )


def test_a_project_is_called_by_its_name() -> None:
    universe = Universe({"a": versions("1", requires=("b>=2",)), "b": versions("1")})
    error = explained(universe, request("a", subject="your project"))
    assert error.derivation == (
        "Because only b==1 is available and all versions of a depend on b>=2, we can conclude that"
        " all versions of a cannot be used.\n"
        "And because your project depends on a, we can conclude that your project's requirements"
        " are unsatisfiable."
    )


def test_different_dependencies_of_many_versions_are_one_sentence() -> None:
    universe = Universe(
        {
            "boto": {f"1.{n}": Release(requires=[f"core=={n}"]) for n in range(40)},
            "core": {str(n): Release(requires=["http<2"]) for n in range(40)},
            "http": versions("1", "2"),
        }
    )
    assert explained(universe, request("boto", "http>=2")).derivation == (
        "Because all versions of core depend on http<2 and all versions of boto depend on core, we"
        " can conclude that all versions of boto depend on http<2.\n"
        "And because you require boto and http>=2, we can conclude that your requirements are"
        " unsatisfiable."
    )


def test_what_has_nothing_to_do_with_the_conflict_is_left_out() -> None:
    universe = Universe(
        {
            "a": versions("1", "2", "3", requires=("x", "y>=1", "c<2")),
            "b": versions("1", "2", requires=("x", "c>=2")),
            "c": versions("1", "2"),
            "x": versions("1", "2", "3", requires=("y",)),
            "y": versions("1", "2"),
        }
    )
    derivation = explained(universe, request("x", "a", "y", "b")).derivation
    assert derivation == (
        "Because all versions of b depend on c>=2 and all versions of a depend on c<2, we can"
        " conclude that all versions of a and all versions of b are incompatible.\n"
        "And because you require a and b, we can conclude that your requirements are unsatisfiable."
    )


def test_faults_of_several_versions_are_told_apart() -> None:
    universe = Universe(
        {
            "a": {
                "1": Release(yanked="bad"),
                "2": Release(python=">=3.12"),
                "3": Release(unusable="has no usable wheels"),
                "4": Release(broken="has inconsistent metadata"),
            }
        }
    )
    derivation = explained(universe, request("a")).derivation
    for phrase in (
        "a==1 was yanked (reason: bad)",
        "the current Python version (3.11.7) does not satisfy Python>=3.12",
        "a==2 depends on Python>=3.12",
        "a==3 has no usable wheels",
        "a==4 has inconsistent metadata",
    ):
        assert derivation.count(phrase) == 1
    assert "is available" not in derivation


def test_the_python_that_was_asked_for_is_named_with_a_hint() -> None:
    universe = Universe({"a": {"1": Release(python=">=3.12")}})
    environment = {**ENVIRONMENT, "python_full_version": "3.10.0", "python_version": "3.10"}
    wanted = Request(requirements("a"), environment, requested_python=">=3.10")
    error = explained(universe, wanted)
    assert error.derivation.startswith(
        "Because the requested Python version (>=3.10) does not satisfy Python>=3.12 and a==1"
        " depends on Python>=3.12, we can conclude that a==1 cannot be used."
    )
    assert error.hints == (
        "The `--python-version` value (>=3.10) includes Python versions that are not supported by"
        " your dependencies (e.g., a==1 only supports >=3.12). Consider using a higher"
        " `--python-version` value.",
    )


class Hinting(Universe):
    """A source that has advice."""

    def versions(self, name: str) -> VersionList | Missing:
        found = super().versions(name)
        return Missing("was not found in the cache", "go online") if name == "gone" else found

    def candidate(self, name: str, position: int) -> Usable | Unusable:
        found = super().candidate(name, position)
        if isinstance(found, Unusable):
            return Unusable(found.reason, f"{name} has wheels for others")
        return found


def test_hints_of_the_source_are_shown_where_their_reason_is() -> None:
    packages = {
        "a": {"1": Release(unusable="has no wheels")},
        "b": {"1": Release(unusable="has no wheels")},
        "c": {"1": Release(requires=["gone"])},
    }
    assert explained(Hinting(packages), request("a")).hints == ("a has wheels for others",)
    assert explained(Hinting(packages), request("c")).hints == ("go online",)


def test_what_begins_with_a_prerelease_is_not_called_by_its_release() -> None:
    universe = Universe({"b": versions("1", "2rc1", "2", "3")})
    provider = Provider(request("b<2"), universe)
    (clause,) = provider.roots()
    wording = Wording(provider.table, provider.request)
    assert isinstance(clause.cause, Required)
    wording.learn([clause.cause])
    ranges = clause.cause.demand.ranges
    assert wording.parts(0, ranges) == ["<2"]
    assert wording.parts(0, complement(ranges)) == [">=2rc1"]
