"""The universal search over outlines against the one that reads everything: the same or nothing."""

from __future__ import annotations

import random

import pytest

from tests.resolver.test_universal import MARKERS
from tests.resolver.universe import EXTRAS, Everywhere, Release, requirements
from weft.core.errors import WeftError
from weft.core.specifier import Specifiers
from weft.fetch.universal_outlining import rows_of
from weft.resolver.candidates import Dependencies, Unusable
from weft.resolver.joining import UniversalResolution
from weft.resolver.outline import Outline
from weft.resolver.reading import Reader
from weft.resolver.solution import GaveUp
from weft.resolver.universal import Reading, UniversalRequest, resolve_universal
from weft.resolver.universal_outline import search


class Outlined:
    """All that can be known of the newest versions of each package."""

    def __init__(self, world: Everywhere, wanted: UniversalRequest, *, newest: int = 99) -> None:
        self._world = world
        self._reader = Reader(wanted)
        self._newest = newest

    def find(self, name: str) -> Outline | None:
        versions = self._world.lists.get(name)
        if versions is None:
            return None
        older = max(0, len(versions.keys) - self._newest)
        listed = (versions.keys[older:], versions.texts[older:])
        outline = Outline(older, listed, (versions.prereleases >> older, 0, 0), {})
        for position in range(older, len(versions.keys)):
            self._note(outline, name, position)
        return outline

    def _note(self, outline: Outline, name: str, position: int) -> None:
        place = position - outline.older
        found = self._world.candidate(name, position)
        if isinstance(found, Unusable):
            if found.yanked:
                outline.yanked |= 1 << place
            else:
                outline.refused |= 1 << place
            return
        metadata = self._world.dependencies(name, position)
        if not isinstance(metadata, Dependencies):
            return
        needs = []
        for extra in ("", *metadata.extras):
            listing = self._reader.listing(
                metadata.requirements, (name, position, extra), name=name
            )
            rows = rows_of(listing.wanted)
            if rows is not None:
                needs.append((extra, rows))
        pythons = (self._world.requires_python(name, position), metadata.requires_python)
        outline.known[place] = (name, tuple(needs), pythons)  # type: ignore[assignment]


def compared(
    world: Everywhere, wanted: UniversalRequest, *, newest: int = 99
) -> tuple[UniversalResolution | None, UniversalResolution | None, bool]:
    """What outlines say, what reading everything says, and whether that went straight."""
    outlined = Outlined(world, wanted, newest=newest)
    found = search(wanted.requirements, outlined.find, python=wanted.requires_python)
    reading = Reading()
    try:
        expected = resolve_universal(wanted, world, most_conflicts=200, reading=reading)
    except (WeftError, GaveUp):
        return found, None, False
    return found, expected, reading.is_straight


PYTHONS = (">=3.9", ">=3.10", ">=3.11", ">=3.12.1", ">=3.9,<3.13", "!=3.10.*,>=3.11")


def meadow(dice: random.Random) -> Everywhere:
    """Packages that go well together, with markers, Pythons, extras and faults."""
    names = [f"p{number:02}" for number in range(dice.choice((6, 15, 25)))]
    marked, faulty = dice.choice((0.1, 0.3, 0.6)), dice.choice((0, 0, 0.1))
    packages: dict[str, dict[str, Release]] = {}
    for place, name in enumerate(names):
        releases = packages[name] = {}
        for number in range(1, dice.randint(2, 6)):
            above = names[place + 1 :] if dice.random() < 0.9 else names
            wanted = [wish(dice, above, marked) for _ in range(dice.randint(0, 3)) if above]
            if dice.random() < 0.2 and above:  # two ways of asking for one package
                other, marker = dice.choice(above), dice.choice(MARKERS)
                wanted += [f"{other}>1 ; {marker}", f"{other}<5 ; {dice.choice(MARKERS)}"]
            if dice.random() < 0.05:
                wanted.append(f"{name}[x] ; extra == 'y'")
            release = Release(wanted, extras=EXTRAS)
            if dice.random() < marked / 2:
                release.python = release.python_in_metadata = dice.choice(PYTHONS)
            text = str(number)
            if dice.random() < faulty:
                fault = dice.choice(("yanked", "unusable", "python_in_metadata", "b1", "rc1"))
                if fault in ("b1", "rc1"):
                    text += fault
                else:
                    setattr(release, fault, ">=3.11")
            releases[text] = release
    return Everywhere(packages)


def wish(dice: random.Random, names: list[str], marked: float) -> str:
    text = dice.choice(names)
    if dice.random() < 0.15:
        text += f"[{dice.choice(('x', 'y', 'x,y'))}]"
    if dice.random() < 0.4:
        text += dice.choice((">=1", ">=2", ">=2", "!=3", "<5", "<=4", "==2"))
    marker = [f"({dice.choice(MARKERS)})"] if dice.random() < marked else []
    if dice.random() < 0.15:
        marker.append(f"extra == '{dice.choice('xy')}'")
    return text + (" ; " + " and ".join(marker) if marker else "")


def request(dice: random.Random) -> UniversalRequest:
    names = [f"p{number:02}" for number in range(5)]
    some = [wish(dice, names, 0.2) for _ in range(dice.randint(1, 4))]
    return UniversalRequest(
        requirements(*[text for text in some if dice.random() < 0.1 or "extra" not in text]),
        Specifiers.parse(dice.choice(PYTHONS)),
    )


@pytest.mark.parametrize("batch", range(4))
def test_it_is_the_same_answer_or_none(batch: int) -> None:
    same = split = bent = 0
    for seed in range(batch * 150, (batch + 1) * 150):
        dice = random.Random(seed)
        world, wanted = meadow(dice), request(dice)
        newest = dice.choice((1, 2, 99, 99))
        found, expected, is_straight = compared(world, wanted, newest=newest)
        if found is not None:
            same += 1
            assert found == expected, seed
            split += len(found.forks) > 1
        elif newest == 99 and expected is not None:
            bent += 1
            assert not is_straight, seed
    assert same > 40
    assert split > 20
    assert bent > 1  # worlds in which one has to go back, and outlines must not pretend
