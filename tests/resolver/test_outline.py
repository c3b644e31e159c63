"""The search over outlines against the resolution that reads everything: the same or nothing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.resolver.universe import (
    ENVIRONMENT,
    EXTRAS,
    Release,
    Universe,
    random_request,
    random_universe,
    request,
)
from weft.fetch.outlining import want_of
from weft.resolver.candidates import Unusable, python_reaches
from weft.resolver.descent import Descent
from weft.resolver.outline import Outline, Plain, search
from weft.resolver.provider import Provider
from weft.resolver.report import NoSolution
from weft.resolver.resolution import Request, resolve
from weft.resolver.solution import Contradiction

if TYPE_CHECKING:
    from weft.resolver.outline import Want


def outline_of(
    universe: Universe, wanted: Request, name: str, *, newest: int = 99
) -> Outline | None:
    """All that can be known of the newest versions of a package."""
    versions = universe.lists.get(name)
    if versions is None:
        return None
    provider = Provider(wanted, universe)
    provider.table.meet([name])
    row = provider.table.package(name)
    older = max(0, len(versions.keys) - newest)
    listed = (versions.keys[older:], versions.texts[older:])
    outline = Outline(older, listed, (versions.prereleases >> older, 0, 0), {})
    for position in range(older, len(versions.keys)):
        place = position - older
        found = universe.candidate(name, position)
        if isinstance(found, Unusable) and found.yanked:
            outline.yanked |= 1 << place
        elif isinstance(found, Unusable):
            outline.refused |= 1 << place
        metadata = universe.dependencies(name, position)
        if isinstance(found, Unusable) or isinstance(metadata, Unusable):
            continue
        python = metadata.requires_python
        if python is None or python_reaches(python, ENVIRONMENT["python_full_version"]):
            needs = [(extra, _wants(provider, row, position, extra)) for extra in ("", *EXTRAS)]
            outline.known[place] = (f"{name}-{versions.texts[position]}", tuple(needs))
    return outline


def _wants(provider: Provider, row: object, position: int, extra: str) -> tuple[Want, ...]:
    wants = [want_of(each) for each in provider.needs(row, position, extra)]  # type: ignore[arg-type]
    return tuple([each for each in wants if each is not None])


def plain(
    universe: Universe, wanted: Request, *, newest: int = 99, avoid: str = ""
) -> Plain | None:
    roots = [want_of(each) for each in Provider(wanted, universe).root_requirements]
    assert None not in roots
    return search(
        [each for each in roots if each is not None],
        lambda name: outline_of(universe, wanted, name, newest=newest),
        avoid=avoid.split(),
    )


def told(universe: Universe, wanted: Request) -> list[tuple[object, ...]] | None:
    try:
        answer = resolve(wanted, universe)
    except NoSolution:
        return None
    return [
        (each.name, each.version, each.position, each.extras, each.requirements)
        for each in answer.packages
    ]


def rows(found: Plain | None) -> list[tuple[object, ...]] | None:
    if found is None:
        return None
    return [
        (name, outline.texts[place], outline.older + place, extras, edges)
        for name, outline, place, extras, edges in found.packages
    ]


def is_straight(universe: Universe, wanted: Request) -> bool:
    """Whether every decision stood: none was taken back, and none excluded."""
    descent = Descent(Provider(wanted, universe))
    try:
        descent.run()
    except Contradiction:
        return False
    return not descent.took_over and descent.effort.versions == descent.effort.decisions


@pytest.mark.parametrize("batch", range(4))
def test_it_is_the_same_answer_or_none(batch: int) -> None:
    same = bent = 0
    for seed in range(batch * 400, (batch + 1) * 400):
        dice = random.Random(seed)
        universe = random_universe(dice)
        wanted = Request(random_request(dice, universe).requirements, ENVIRONMENT)
        newest = dice.choice((1, 2, 99, 99))
        found = rows(plain(universe, wanted, newest=newest))
        expected = told(universe, wanted)
        if found is not None:
            same += 1
            assert found == expected, seed
        elif newest == 99 and expected is not None:
            bent += 1
            assert not is_straight(universe, wanted), seed
    assert same > 60
    assert bent > 5  # worlds in which one has to go back, and outlines must not pretend


WORLD = Universe(
    {
        "a": {"1": Release(requires=["b[x]>=1"]), "2": Release(requires=["b[x]>=1", "c"])},
        "b": {
            "1": Release(extras=EXTRAS, requires=["d ; extra == 'x'"]),
            "2": Release(extras=EXTRAS, requires=["d<2 ; extra == 'x'"], yanked="broken"),
        },
        "c": {"1": Release(), "2b1": Release()},
        "d": {"1": Release(), "2": Release(unusable="has no usable wheels")},
    }
)


def test_extras_prereleases_and_what_cannot_be_used() -> None:
    wanted = request("a")
    found = rows(plain(WORLD, wanted))
    assert found == told(WORLD, wanted)
    assert found is not None
    assert [each[:2] for each in found] == [("a", "2"), ("b", "1"), ("c", "1"), ("d", "1")]


@pytest.mark.parametrize(
    "texts",
    [
        ("nowhere",),
        ("a", "b>1"),  # the only such version was withdrawn
        ("b==2",),  # and is wanted nevertheless
        ("c>=2b1", "c<2b1"),
        ("d==2",),
    ],
)
def test_what_is_not_plain_has_no_answer_here(texts: tuple[str, ...]) -> None:
    assert plain(WORLD, request(*texts)) is None


def test_an_older_version_may_go_before_a_prerelease() -> None:
    assert plain(WORLD, request("c"), newest=1) is None
    assert plain(WORLD, request("c"), newest=2) is not None


def test_nothing_is_said_of_what_is_to_be_avoided() -> None:
    assert plain(WORLD, request("a"), avoid="d") is None
    assert plain(WORLD, request("a"), avoid="e") is not None


def test_what_was_never_read_is_not_guessed() -> None:
    wanted = request("a")
    lacking = {name: outline_of(WORLD, wanted, name) for name in "abcd"}
    b = lacking["b"]
    assert b is not None
    file, needs = b.known[0]
    b.known[0] = (file, tuple([row for row in needs if row[0] != "x"]))
    roots = [("a", (), ((b"", b"\xff"),), False)]
    assert search(roots, lacking.get) is None
    b.known[0] = (file, needs)
    assert search(roots, lacking.get) is not None
    del b.known[0]
    assert search(roots, lacking.get) is None
