"""Extras and groups that exclude each other: whoever chooses what may be chosen together gets an
answer, and it is the one that uv writes down."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.resolver.lock_oracle import Project, locked, uv_locked
from tests.resolver.test_universal import MARKERS, environments
from tests.resolver.universe import Everywhere, Release, closure, requirements
from weft.core.requirement import Requirement
from weft.core.specifier import Specifiers
from weft.core.value import replace
from weft.resolver.conflicts import ConflictItem, possible, with_including_groups
from weft.resolver.joining import UniversalResolution
from weft.resolver.report import NoSolution
from weft.resolver.resolution import Request
from weft.resolver.universal import UniversalRequest, resolve_universal

CHOICES = ("x", "y", "z", "group:g")
A = {"1": Release(), "2": Release(), "3": Release()}


def item(name: str) -> ConflictItem:
    return ConflictItem.of("demo", name)


def group(name: str) -> ConflictItem:
    return ConflictItem("demo", "group", name)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (ConflictItem("demo", "extra", "cpu"), "extra-4-demo-cpu"),
        (ConflictItem("a-b", "group", "dev-x"), "group-3-a-b-dev-x"),
        (ConflictItem("demo", "project"), "project-4-demo"),
    ],
)
def test_an_item_is_written_into_markers_and_read_again(given: ConflictItem, text: str) -> None:
    assert given.encoded == text
    assert ConflictItem.decode(text) == given
    assert given.marker.text == f"extra == '{text}'"


@pytest.mark.parametrize(
    "text", ["cpu", "extra-cpu", "extra-9-demo-cpu", "extra-4-democpu", "x-1-a-b"]
)
def test_the_name_of_a_plain_extra_is_no_item(text: str) -> None:
    assert ConflictItem.decode(text) is None


def test_at_most_one_item_of_a_set_can_be_chosen() -> None:
    found = possible(((item("x"), item("y"), item("z")),))
    assert found.evaluate({}, frozenset())
    assert found.evaluate({}, frozenset(["extra-4-demo-y"]))
    assert not found.evaluate({}, frozenset(["extra-4-demo-y", "extra-4-demo-z"]))


def test_a_group_that_includes_one_of_a_set_excludes_the_others_too() -> None:
    given = ((group("a"), item("x")),)
    includes = {"a": (), "b": ("a",), "c": ("b",)}
    assert with_including_groups(given, "demo", includes) == (
        (item("x"), group("a")),
        (item("x"), group("b")),
        (item("x"), group("c")),
    )


def test_includes_that_lead_back_add_nothing() -> None:
    given = ((group("a"), item("x")),)
    assert with_including_groups(given, "demo", {"a": ("b",), "b": ("a",)}) == given


def random_text(dice: random.Random, names: str) -> str:
    text = dice.choice(names)
    if dice.random() < 0.6:
        text += dice.choice(("==1", "==2", ">=2", "<=1", "!=2", ">1"))
    return text + (f" ; {dice.choice(MARKERS)}" if dice.random() < 0.25 else "")


def random_world(dice: random.Random) -> Everywhere:
    """`demo`, whose extras and group ask for versions of others that differ."""
    names = "abc"[: dice.randint(2, 3)]
    packages = {
        name: {
            str(number): Release(
                requires=[random_text(dice, names) for _ in range(dice.choice((0, 0, 1)))]
            )
            for number in (1, 2, 3)
        }
        for name in names
    }
    asked = [random_text(dice, names)]
    for choice in CHOICES:
        for _ in range(dice.randint(1, 2)):
            head, _, marker = random_text(dice, names).partition(" ; ")
            both = f"({marker}) and " if marker else ""
            asked.append(f"{head} ; {both}extra == '{choice}'")
    packages["demo"] = {"1": Release(requires=asked, extras=CHOICES)}
    return Everywhere(packages)


def chosen_there(
    resolution: UniversalResolution, environment: Mapping[str, str], choice: tuple[str, ...]
) -> dict[str, int]:
    """What somebody gets who installs `demo` with these extras and groups."""
    wanted = frozenset([item(name).encoded for name in choice])
    packages = {(each.name, each.version): each for each in resolution.packages}
    found: dict[str, int] = {"demo": 0}
    waiting = [("demo", "1", extra) for extra in ("", *choice)]
    for name, version, extra in waiting:  # grows while it is walked
        for edge in packages[name, version].dependencies:
            if edge.extra != extra or not edge.marker.evaluate(environment, wanted):
                continue
            position = packages[edge.name, edge.version].position
            assert found.setdefault(edge.name, position) == position, f"two of {edge.name}"
            node = (edge.name, edge.version, "")
            if node not in waiting:
                waiting.append(node)
    return found


@pytest.mark.parametrize("batch", range(2))
def test_every_choice_without_a_conflict_gets_an_answer_of_its_own_problem(batch: int) -> None:
    solved = split = 0
    for seed in range(batch * 80, (batch + 1) * 80):
        dice = random.Random(seed)
        world = random_world(dice)
        conflicts = tuple(
            tuple(map(item, sorted(dice.sample(CHOICES, dice.choice((2, 3))))))
            for _ in range(dice.choice((1, 1, 2)))
        )
        everything = Requirement("demo", CHOICES)  # type: ignore[arg-type]
        question = UniversalRequest((everything,), Specifiers.parse(">=3.9"), conflicts=conflicts)
        try:
            resolution = resolve_universal(question, world)
        except NoSolution:
            continue
        solved += 1
        versions = [each.name for each in resolution.packages]
        split += len(versions) > len(set(versions))
        for size in range(len(CHOICES) + 1):
            for choice in itertools.combinations(CHOICES, size):
                if any(len({item(name) for name in choice} & set(each)) > 1 for each in conflicts):
                    continue
                for environment in environments():
                    found = chosen_there(resolution, environment, choice)
                    asked = Requirement("demo", choice)  # type: ignore[arg-type]
                    needed = closure(world, Request((asked,), environment), found)
                    assert not isinstance(needed, str), (seed, choice, environment, needed)
                    assert needed.keys() == found.keys(), (seed, choice, environment)
    assert solved > 15
    assert split > 4


def test_without_a_conflict_between_them_two_versions_have_no_answer() -> None:
    world = {"a": {"1": Release(), "2": Release()}}
    world["demo"] = {
        "1": Release(requires=["a==1 ; extra == 'x'", "a==2 ; extra == 'y'"], extras=("x", "y"))
    }
    everything = (Requirement("demo", ("x", "y")),)  # type: ignore[arg-type]
    with pytest.raises(NoSolution):
        resolve_universal(UniversalRequest(everything), Everywhere(world))
    question = UniversalRequest(everything, conflicts=((item("x"), item("y")),))
    resolution = resolve_universal(question, Everywhere(world))
    assert [each.text for each in resolution.forks] == [
        "extra != 'extra-4-demo-x' and extra == 'extra-4-demo-y'",
        "extra == 'extra-4-demo-x' and extra != 'extra-4-demo-y'",
        "extra != 'extra-4-demo-x' and extra != 'extra-4-demo-y'",
    ]


def test_a_part_without_an_answer_is_told_by_its_choices() -> None:
    releases = {"1": Release(requires=["a==3 ; extra == 'y'"], extras=("x", "y"))}
    world = Everywhere({"a": {"1": Release()}, "demo": releases})
    everything = (Requirement("demo", ("x", "y")),)  # type: ignore[arg-type]
    question = UniversalRequest(everything, conflicts=((item("x"), item("y")),))
    with pytest.raises(NoSolution) as caught:
        resolve_universal(question, world)
    assert caught.value.split == "included: demo[y]; excluded: demo[x]"


def test_the_forks_of_an_earlier_answer_are_solved_again_as_they_were() -> None:
    asked = [
        "a==1 ; extra == 'x'",
        "a>1 ; python_version >= '3.11' and extra == 'y'",
        "a<3 ; python_version < '3.11' and extra == 'y'",
    ]
    world = Everywhere({"a": A, "demo": {"1": Release(requires=asked, extras=("x", "y"))}})
    question = UniversalRequest(
        (Requirement("demo", ("x", "y")),),  # type: ignore[arg-type]
        Specifiers.parse(">=3.9"),
        conflicts=((item("x"), item("y")),),
    )
    first = resolve_universal(question, world)
    assert len(first.forks) == 4
    known = {each.name: ((each.version, each.marker),) for each in first.packages}
    again = replace(question, initial_forks=first.forks, preferences=known)
    assert resolve_universal(again, world) == first


def test_extras_that_exclude_each_other_take_a_package_from_indexes_of_their_own() -> None:
    place, one, two = "file:///demo", "index+http://one.test", "index+http://two.test"
    asked = ["a", f"a @ {one} ; extra == 'x'", f"a @ {two} ; extra == 'y'"]
    world = Everywhere(
        {
            "a": {"1": Release()},
            f"a @ {one}": {"2": Release()},
            f"a @ {two}": {"2": Release(), "3": Release()},
            f"demo @ {place}": {"1": Release(requires=asked, extras=("x", "y"))},
        }
    )
    question = UniversalRequest(
        (Requirement("demo", ("x", "y"), url=place),),  # type: ignore[arg-type]
        conflicts=((item("x"), item("y")),),
        direct=requirements("a", f"a @ {one}", f"a @ {two}"),
    )
    found = [
        (each.url, each.version, each.marker.text)
        for each in resolve_universal(question, world).packages
        if each.name == "a"
    ]
    never = "(extra == 'extra-4-demo-x' and extra == 'extra-4-demo-y')"
    assert found == [
        ("", "1", f"(extra != 'extra-4-demo-x' and extra != 'extra-4-demo-y') or {never}"),
        (one, "2", "extra == 'extra-4-demo-x'"),
        (two, "3", "extra == 'extra-4-demo-y'"),
    ]


WORLDS: dict[str, tuple[dict[str, dict[str, Release]], list[Project], list[list[str]]]] = {
    "two extras": (
        {"a": A, "b": {"1": Release(requires=["a"])}},
        [Project("demo", ["b"], {"x": ["a==1"], "y": ["a==2 ; sys_platform == 'win32'"]})],
        [["demo[x]", "demo[y]"]],
    ),
    "an extra and groups in two sets": (
        {"a": A, "b": {"1": Release(requires=["a ; python_version >= '3.11'"])}},
        [Project("demo", [], {"x": ["a==1"]}, {"g": ["a==2"], "h": ["b", "a"]})],
        [["demo[x]", "demo:g"], ["demo:g", "demo:h"]],
    ),
    "a group that includes another": (
        {"a": A},
        [Project("demo", [], {"x": ["a==1"]}, {"g": ["a==2"], "all": [["g"], "a<3"]})],
        [["demo[x]", "demo:g"]],
    ),
    "an extra that wants the extra of a member": (
        {"a": A},
        [
            Project(
                "demo", [], {"cpu": ["side[cpu]"], "gpu": ["side[gpu]", "a"]}, members=["side"]
            ),
            Project("side", [], {"cpu": ["a==1"], "gpu": ["a==2"]}),
        ],
        [["demo[cpu]", "demo[gpu]"], ["side[cpu]", "side[gpu]"]],
    ),
    "an extra that wants its project's other extra": (
        {"a": A},
        [Project("demo", ["a"], {"x": ["a==1"], "y": ["a==2"], "all": ["demo[x]"]})],
        [["demo[x]", "demo[y]"], ["demo[all]", "demo[y]"]],
    ),
    "projects": (
        {"a": A},
        [
            Project("demo", ["a==1"], {"x": ["a"]}, {"g": ["a>1"]}),
            Project("side", ["a==2"], {}, {"h": ["a<3"]}),
        ],
        [["demo", "side"], ["demo", "demo:g"]],
    ),
}


@pytest.mark.parametrize("shape", WORLDS)
def test_conflicts_are_locked_as_uv_does(shape: str, tmp_path: Path) -> None:
    packages, projects, conflicts = WORLDS[shape]
    theirs = uv_locked(packages, projects, conflicts, tmp_path)
    assert len([key for key in theirs if key[0] == "a"]) > 1
    assert locked(packages, projects, conflicts) == theirs
