"""Small worlds of packages for the tests of this room, and the truth about them by brute force.

Owns `Universe` (a `CandidateSource` over plain data that counts what it is asked), the random
makers, and `valid`: an independent reading of what an answer must satisfy. It uses nothing of the
resolver but the values of its port.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from weft.core.marker_sets import MarkerSet
from weft.core.requirement import Requirement
from weft.core.specifier import Specifiers
from weft.core.version import Version
from weft.resolver.candidates import Dependencies, Missing, Unusable, Usable, VersionList
from weft.resolver.resolution import Request

ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "#1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}


@dataclass
class Release:
    """One version: its requirements as text, and what is wrong with it."""

    requires: Sequence[str] = ()
    extras: Sequence[str] = ()
    python: str | None = None
    python_in_metadata: str | None = None
    unusable: str | None = None
    yanked: str | None = None
    broken: str | None = None  # found out only when the metadata is read
    files: str = ""  # the marker of the environments it has files for


@dataclass
class Universe:
    """Packages by name, releases by version text."""

    packages: Mapping[str, Mapping[str, Release]]
    missing: str = "was not found in the package registry"
    asked: list[tuple[str, str]] = field(default_factory=list)
    prefetched: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lists: dict[str, VersionList] = {}
        self.releases: dict[str, list[Release]] = {}
        self.metadata: dict[tuple[str, int], Dependencies] = {}
        for name, releases in self.packages.items():
            versions = sorted(map(Version.parse, releases))
            ordered = [releases[version.text] for version in versions]
            self.releases[name] = ordered
            self.lists[name] = VersionList(
                tuple(version.key for version in versions),
                tuple(version.text for version in versions),
                sum(1 << i for i, version in enumerate(versions) if version.is_prerelease),
                sum(1 << i for i, release in enumerate(ordered) if release.yanked is not None),
                any("+" in version.text for version in versions),
            )
            for position, release in enumerate(ordered):
                self.metadata[name, position] = Dependencies(
                    tuple(map(Requirement.parse, release.requires)),
                    release.python_in_metadata,
                    frozenset(release.extras),
                )

    def versions(self, name: str) -> VersionList | Missing:
        self.asked.append(("versions", name))
        return self.lists.get(name) or Missing(self.missing)

    def candidate(self, name: str, position: int) -> Usable | Unusable:
        release = self.releases[name][position]
        if release.python is not None and below(release.python):
            return Unusable("", requires_python=release.python)
        if release.unusable is not None:
            return Unusable(release.unusable)
        if release.yanked is not None:
            return Unusable(f"was yanked (reason: {release.yanked})", yanked=True)
        return Usable()

    def dependencies(self, name: str, position: int) -> Dependencies | Unusable:
        self.asked.append(("dependencies", f"{name}=={self.lists[name].texts[position]}"))
        broken = self.releases[name][position].broken
        return Unusable(broken) if broken is not None else self.metadata[name, position]

    def prefetch(self, names: Sequence[str]) -> None:
        self.prefetched.append(tuple(names))


class Everywhere(Universe):
    """The same world for all environments at once (`UniversalSource`)."""

    def candidate(self, name: str, position: int) -> Usable | Unusable:
        release = self.releases[name][position]
        if release.unusable is not None:
            return Unusable(release.unusable)
        if release.yanked is not None:
            return Unusable(f"was yanked (reason: {release.yanked})", yanked=True)
        return Usable()

    def requires_python(self, name: str, position: int) -> str | None:
        return self.releases[name][position].python

    def markers(self, name: str, position: int) -> MarkerSet:
        return MarkerSet.parse(self.releases[name][position].files)


def below(requires_python: str, environment: Mapping[str, str] = ENVIRONMENT) -> bool:
    """Whether the Python of `environment` is older than all that `requires_python` names."""
    ranges = Specifiers.parse(requires_python).ranges
    return bool(ranges) and Version.parse(environment["python_full_version"]).key < ranges[0][0]


def requirements(*texts: str) -> tuple[Requirement, ...]:
    return tuple(map(Requirement.parse, texts))


def request(*texts: str, **options: object) -> Request:
    return Request(requirements(*texts), ENVIRONMENT, **options)  # type: ignore[arg-type]


# Truth


def effective(
    wanted: Request, listed: Sequence[Requirement], extras: frozenset[str]
) -> Iterator[Requirement]:
    """The requirements that count for a package installed with `extras`."""
    environment = wanted.environment
    overrides: dict[str, list[Requirement]] = {}
    for override in wanted.overrides:
        overrides.setdefault(override.name, []).append(override)
    for requirement in listed:
        if requirement.name in wanted.excludes:
            continue
        marker = requirement.marker
        if requirement.name in overrides:
            brought = marker is None or not marker.mentions_extra
            if marker is not None and marker.mentions_extra:
                everywhere = [
                    {**environment, "sys_platform": platform} for platform in ("linux", "win32")
                ]
                brought = any(
                    marker.evaluate(somewhere, frozenset((extra,)))
                    for somewhere in everywhere
                    for extra in extras
                )
            if brought:
                for override in overrides[requirement.name]:
                    if override.marker is None or override.marker.evaluate(environment):
                        yield override
        elif (
            marker is None
            or marker.evaluate(environment)
            or any(marker.evaluate(environment, frozenset((extra,))) for extra in extras)
        ):
            yield requirement


def closure(
    universe: Universe, wanted: Request, chosen: Mapping[str, int]
) -> dict[str, set[str]] | str:
    """The packages and extras that `chosen` needs, or what is wrong with it."""
    pins = {
        (requirement.name, Version.parse(requirement.specifiers.pinned).key)
        for requirement in wanted.first_party
        if requirement.specifiers.pinned
    }
    found: dict[str, set[str]] = {}
    queue: list[tuple[str, frozenset[str]]] = []

    def follow(listed: Sequence[Requirement], extras: frozenset[str], whose: str) -> str | None:
        for requirement in effective(wanted, listed, extras):
            position = chosen.get(requirement.name)
            if position is None:
                return f"{whose} needs {requirement}, which is not chosen"
            versions = universe.lists[requirement.name]
            if not requirement.specifiers.contains_key(versions.keys[position]):
                return f"{whose} needs {requirement}, chosen is {versions.texts[position]}"
            before = found.get(requirement.name)
            extras_now = set(requirement.extras) | (before or set())
            if before is None or extras_now != before:
                found[requirement.name] = extras_now
                queue.append((requirement.name, frozenset(extras_now)))
        return None

    wrong = follow(wanted.requirements, frozenset(), "the request")
    while queue and not wrong:
        name, extras = queue.pop()
        position = chosen[name]
        usable = universe.candidate(name, position)
        pinned = (name, universe.lists[name].keys[position]) in pins
        if isinstance(usable, Unusable) and not (usable.yanked and pinned):
            return f"{name} cannot be used"
        if not prerelease_allowed(universe, wanted, name, position):
            return f"{name} is a pre-release"
        for constraint in wanted.constraints:
            holds = constraint.marker is None or constraint.marker.evaluate(wanted.environment)
            key = universe.lists[name].keys[position]
            if constraint.name == name and holds and not constraint.specifiers.contains_key(key):
                return f"{name} is outside of {constraint}"
        if wanted.no_dependencies:
            continue
        metadata = universe.dependencies(name, position)
        if isinstance(metadata, Unusable):
            return f"{name} is broken"
        for python in (metadata.requires_python, universe.releases[name][position].python):
            if python is not None and below(python, wanted.environment):
                return f"{name} needs Python {python}"
        wrong = follow(metadata.requirements, extras, name)
    return wrong or found


def prerelease_allowed(universe: Universe, wanted: Request, name: str, position: int) -> bool:
    if not universe.lists[name].prereleases >> position & 1:
        return True
    mode = wanted.prerelease_packages.get(name, wanted.prerelease)
    if mode == "explicit":
        return any(
            requirement.name == name and requirement.specifiers.mentions_prerelease
            for requirement in wanted.first_party
        )
    return mode != "disallow"


def answers(universe: Universe, wanted: Request) -> Iterator[dict[str, int]]:
    """Every valid and minimal choice of versions, found by trying all of them."""
    names = sorted(universe.lists)
    spaces = [range(-1, len(universe.lists[name].keys)) for name in names]
    for combination in itertools.product(*spaces):
        chosen = {name: at for name, at in zip(names, combination, strict=True) if at >= 0}
        needed = closure(universe, wanted, chosen)
        if not isinstance(needed, str) and needed.keys() == chosen.keys():
            yield chosen


# Random worlds

NAMES = "abcde"
EXTRAS = ("x", "y")


def random_universe(dice: random.Random) -> Universe:
    """Up to five packages of up to three versions, with everything that can go wrong."""
    names = NAMES[: dice.randint(2, 5)]
    prereleases = dice.random() < 0.3
    faults = dice.random() < 0.4
    packages: dict[str, dict[str, Release]] = {}
    for name in names:
        texts = ["1", "2", "3"][: dice.randint(1, 3)]
        if prereleases:
            texts = [text + dice.choice(("", "", "b1", "rc2")) for text in texts]
        releases = packages[name] = {}
        for text in texts:
            release = Release(extras=EXTRAS)
            release.requires = [
                random_requirement(dice, names, nested=True) for _ in range(dice.randint(0, 3))
            ]
            if faults and dice.random() < 0.25:
                fault = dice.choice(
                    ("python", "python_in_metadata", "unusable", "yanked", "broken")
                )
                words = ">=3.12" if fault.startswith("python") else "has no usable wheels"
                setattr(release, fault, words)
            releases[text] = release
    return Universe(packages)


def random_requirement(dice: random.Random, names: str, *, nested: bool) -> str:
    name = dice.choice(names) if dice.random() < 0.97 else "nowhere"
    text = name
    if dice.random() < 0.2:
        text += f"[{dice.choice(('x', 'y', 'x,y'))}]"
    if dice.random() < 0.7:
        text += dice.choice(("==", ">=", "<=", "<", ">", "!=", "!=")) + str(dice.randint(1, 3))
        if dice.random() < 0.2:
            text += dice.choice((",<3", ",!=2", ",>1"))
    if dice.random() < 0.08:
        text = f"{name}>={dice.randint(1, 3)}b1"
    if nested and dice.random() < 0.25:
        text += f' ; extra == "{dice.choice(EXTRAS)}"'
        if dice.random() < 0.3:
            text += f' and sys_platform == "{dice.choice(("linux", "win32"))}"'
    elif dice.random() < 0.1:
        text += f' ; sys_platform == "{dice.choice(("linux", "win32"))}"'
    return text


def random_request(dice: random.Random, universe: Universe) -> Request:
    names = "".join(sorted(universe.lists))

    def some(limit: int, chance: float) -> tuple[Requirement, ...]:
        if dice.random() >= chance:
            return ()
        return requirements(
            *[random_requirement(dice, names, nested=False) for _ in range(dice.randint(1, limit))]
        )

    return Request(
        some(3, 1.0),
        ENVIRONMENT,
        constraints=some(2, 0.25),
        overrides=some(2, 0.15),
        excludes=frozenset(dice.choice(names)) if dice.random() < 0.05 else frozenset(),
        strategy=dice.choice(("highest", "highest", "lowest", "lowest-direct")),
        prerelease=dice.choice(("if-necessary", "if-necessary", "allow", "disallow", "explicit")),
        no_dependencies=dice.random() < 0.03,
    )
