"""What regions take over from each other must change nothing but the time that it takes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.resolver.test_universal import MARKERS, SUPPORTED
from tests.resolver.universe import Everywhere, Release, requirements
from weft.core.errors import WeftError
from weft.core.specifier import Specifiers
from weft.resolver.clauses import ClauseBook
from weft.resolver.joining import UniversalResolution
from weft.resolver.knowledge import Choice
from weft.resolver.repeating import Repeating
from weft.resolver.solution import GaveUp, Solution
from weft.resolver.universal import UniversalRequest, resolve_universal


def graph(dice: random.Random) -> Everywhere:
    """Some thirty packages, most of which want the same everywhere."""
    names = [f"p{number:02}" for number in range(30)]
    packages: dict[str, dict[str, Release]] = {}
    for place, name in enumerate(names):
        above = names[place + 1 :]
        releases = packages[name] = {}
        for number in range(1, dice.randint(3, 6)):
            wanted = [wish(dice, above) for _ in range(dice.randint(0, 4))] if above else []
            if dice.random() < 0.1:
                wanted.append(f"{name}[x] ; extra == 'y'")
            releases[str(number)] = Release(wanted, extras=("x", "y"))
            if dice.random() < 0.1:
                releases[str(number)].python = dice.choice((">=3.11", ">=3.12", ">=3.13"))
    return Everywhere(packages)


def wish(dice: random.Random, names: list[str]) -> str:
    text = dice.choice(names)
    if dice.random() < 0.15:
        text += f"[{dice.choice(('x', 'y', 'x,y'))}]"
    if dice.random() < 0.5:
        text += dice.choice((">=", ">=", "<=", "<", "!=", "==")) + str(dice.randint(2, 5))
    marker = [f"({dice.choice(MARKERS)})"] if dice.random() < 0.15 else []
    if dice.random() < 0.15:
        marker.append(f"extra == '{dice.choice('xy')}'")
    return text + (" ; " + " and ".join(marker) if marker else "")


def asked(dice: random.Random) -> UniversalRequest:
    some = [wish(dice, ["p00", "p01", "p02", "p03", "p04"]) for _ in range(dice.randint(1, 4))]
    return UniversalRequest(
        requirements(*[text for text in some if "extra" not in text]),
        Specifiers.parse(SUPPORTED),
        constraints=requirements("p20<5") if dice.random() < 0.2 else (),
        strategy=dice.choice(("highest", "highest", "lowest", "lowest-direct")),
        fork_strategy=dice.choice(("requires-python", "requires-python", "fewest")),
    )


def answers(seeds: range) -> list[UniversalResolution | str]:
    found: list[UniversalResolution | str] = []
    for seed in seeds:
        dice = random.Random(seed)
        world = graph(dice)
        try:
            found.append(resolve_universal(asked(dice), world, most_conflicts=200))
        except WeftError as error:
            found.append(error.message)
        except GaveUp:
            found.append("gave up")
    return found


def test_what_is_repeated_is_what_would_have_been_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = range(200)
    steps = whole = 0
    repeat, repeated = Repeating.repeat, Repeating.repeated

    def counted(self: Repeating, solution: Solution, taken: list[Any]) -> None:
        nonlocal steps
        before, pinned = len(taken), self._pinned_packages
        repeat(self, solution, taken)
        steps += len(taken) - before
        if len(taken) == before:  # what comes next is chosen as if nobody had looked
            assert self._pinned_packages == pinned

    def counted_whole(
        self: Repeating, solution: Solution, book: ClauseBook, choice: Choice | None
    ) -> Solution | None:
        nonlocal whole
        found = repeated(self, solution, book, choice)
        whole += found is not None
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Repeating, "repeat", counted)
        patch.setattr(Repeating, "repeated", counted_whole)
        quick = answers(seeds)
    assert steps > 200
    assert whole > 4
    with monkeypatch.context() as patch:
        patch.setattr(Repeating, "repeat", lambda *_: None)
        patch.setattr(Repeating, "repeated", lambda *_: None)
        slow = answers(seeds)
    assert quick == slow


def test_what_does_not_fit_a_region_leaves_its_choices_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packages = {
        "a": {"1": Release(["t<2 ; os_name == 'nt'", "t>=2 ; os_name != 'nt'", "z"])},
        "q": {"1": Release(), "2": Release(), "3": Release()},
        "t": {"1": Release(), "2": Release(["q!=2"])},
        "z": {"1": Release(), "2": Release(["q==2"])},
    }
    repeat = Repeating.repeat
    refused = []

    def watched(self: Repeating, solution: Solution, taken: list[Any]) -> None:
        before, pinned = len(taken), self._pinned_packages
        repeat(self, solution, taken)
        if len(taken) == before:
            refused.append(self._pinned_packages == pinned)

    monkeypatch.setattr(Repeating, "repeat", watched)
    request = UniversalRequest(requirements("a"), Specifiers.parse(SUPPORTED))
    resolution = resolve_universal(request, Everywhere(packages))
    assert [each.version for each in resolution.packages if each.name == "z"] == ["1", "2"]
    assert all(refused)
