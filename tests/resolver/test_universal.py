"""One answer for many environments: it must be an answer in each of them, and split no more than
that takes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

import pytest

from tests.resolver.universe import (
    ENVIRONMENT,
    Everywhere,
    Release,
    Universe,
    closure,
    requirements,
)
from weft.core.marker_sets import MarkerSet
from weft.core.specifier import Specifiers
from weft.resolver.joining import ConflictingUrls, UniversalResolution
from weft.resolver.report import NoSolution
from weft.resolver.resolution import Request, UrlNotDirect, resolve
from weft.resolver.universal import UniversalRequest, resolve_universal

SUPPORTED = ">=3.9"

MARKERS = (
    "sys_platform == 'win32'",
    "sys_platform != 'win32'",
    "sys_platform == 'darwin' or python_version >= '3.12'",
    "python_version >= '3.11'",
    "python_version < '3.11'",
    "python_full_version < '3.12.3'",
    "platform_machine == 'arm64'",
    "sys_platform == 'linux' and python_version < '3.12'",
    "implementation_name == 'pypy'",
)


def environments() -> Iterator[dict[str, str]]:
    """Some of those that Python 3.9 and later have."""
    platforms = (("linux", "Linux", "posix"), ("win32", "Windows", "nt"))
    for python in ("3.9.2", "3.11.9", "3.12.1", "3.13.0"):
        for platform, system, os_name in (*platforms, ("darwin", "Darwin", "posix")):
            for machine in ("x86_64", "arm64"):
                yield ENVIRONMENT | {
                    "python_full_version": python,
                    "python_version": python.rpartition(".")[0],
                    "sys_platform": platform,
                    "platform_system": system,
                    "os_name": os_name,
                    "platform_machine": machine,
                }


def random_world(dice: random.Random) -> Everywhere:
    """Up to five packages whose requirements differ by environment."""
    names = "abcde"[: dice.randint(2, 5)]
    packages: dict[str, dict[str, Release]] = {}
    for name in names:
        releases = packages[name] = {}
        for number in range(1, dice.randint(1, 4) + 1):
            release = releases[str(number)] = Release(extras=("x", "y"))
            release.requires = [random_text(dice, names, True) for _ in range(dice.randint(0, 3))]
            if dice.random() < 0.15:
                field = dice.choice(("python", "python_in_metadata"))
                setattr(release, field, dice.choice((">=3.8", ">=3.11", ">=3.12", ">=3.11,<3.13")))
    return Everywhere(packages)


def random_text(dice: random.Random, names: str, nested: bool) -> str:
    text = dice.choice(names)
    if dice.random() < 0.15:
        text += f"[{dice.choice('xy')}]"
    if dice.random() < 0.45:
        text += dice.choice(("==", ">=", "<=", "<", ">", "!=")) + str(dice.randint(1, 4))
    parts = [f"({dice.choice(MARKERS)})"] if dice.random() < 0.45 else []
    if nested and dice.random() < 0.15:
        parts.append(f"extra == '{dice.choice('xy')}'")
    return text + (" ; " + " and ".join(parts) if parts else "")


def random_question(dice: random.Random, names: str) -> UniversalRequest:
    def some(limit: int, chance: float) -> tuple[str, ...]:
        if dice.random() >= chance:
            return ()
        return tuple(random_text(dice, names, False) for _ in range(dice.randint(1, limit)))

    limits = [text.replace("[x]", "").replace("[y]", "") for text in some(2, 0.2)]
    platforms = ("sys_platform == 'linux'", "sys_platform == 'win32'")
    return UniversalRequest(
        requirements(*some(3, 1.0)),
        Specifiers.parse(SUPPORTED),
        constraints=requirements(*limits),
        overrides=requirements(*some(1, 0.1)),
        environments=tuple(map(MarkerSet.parse, platforms)) if dice.random() < 0.1 else (),
        strategy=dice.choice(("highest", "highest", "lowest", "lowest-direct")),
        fork_strategy=dice.choice(("requires-python", "requires-python", "fewest")),
    )


def here(
    resolution: UniversalResolution, environment: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, set[str]]]:
    """The versions and extras of an answer that count in one environment."""
    chosen: dict[str, int] = {}
    extras: dict[str, set[str]] = {}
    for package in resolution.packages:
        if package.marker.evaluate(environment):
            assert package.name not in chosen, f"two versions of {package.name}"
            chosen[package.name] = package.position
            extras[package.name] = {
                extra
                for extra, marker in zip(package.extras, package.extra_markers, strict=True)
                if marker.evaluate(environment)
            }
    return chosen, extras


def unfolded(extras: Mapping[str, set[str]], needed: Mapping[str, set[str]]) -> bool:
    """Whether the extras of the answer are the needed ones, save for those that a package wants
    of itself: these are replaced by what they bring."""
    return extras.keys() == needed.keys() and all(
        extras[name] <= wanted for name, wanted in needed.items()
    )


@pytest.mark.parametrize("batch", range(4))
def test_the_part_of_an_answer_that_counts_in_an_environment_is_an_answer_there(batch: int) -> None:
    solved = split = 0
    for seed in range(batch * 250, (batch + 1) * 250):
        dice = random.Random(seed)
        world = random_world(dice)
        wanted = random_question(dice, "".join(sorted(world.lists)))
        try:
            resolution = resolve_universal(wanted, world)
        except NoSolution:
            continue
        solved += 1
        split += len(resolution.forks) > 1
        for environment in environments():
            if wanted.environments and environment["sys_platform"] == "darwin":
                continue
            chosen, extras = here(resolution, environment)
            single = Request(
                wanted.requirements,
                environment,
                constraints=wanted.constraints,
                overrides=wanted.overrides,
            )
            needed = closure(world, single, chosen)
            assert not isinstance(needed, str), (seed, environment, needed)
            assert unfolded(extras, needed), (seed, environment)
    assert solved > 60
    assert split > 20


def test_edges_and_roots_tell_the_same_as_the_markers_of_packages() -> None:
    compared = 0
    for seed in range(2000, 2200):
        dice = random.Random(seed)
        world = random_world(dice)
        wanted = random_question(dice, "".join(sorted(world.lists)))
        try:
            resolution = resolve_universal(wanted, world)
        except NoSolution:
            continue
        compared += 1
        needs: dict[tuple[str, str], MarkerSet] = {}
        for edge in resolution.roots:
            key = edge.name, edge.version
            needs[key] = needs.get(key, MarkerSet.FALSE) | edge.marker
        for package in resolution.packages:
            where = {"": package.marker}
            where |= dict(zip(package.extras, package.extra_markers, strict=True))
            for edge in package.dependencies:
                key = edge.name, edge.version
                through = edge.marker & where[edge.extra]
                needs[key] = needs.get(key, MarkerSet.FALSE) | through
        for package in resolution.packages:
            reached = needs[package.name, package.version]
            for environment in environments():
                if wanted.environments and environment["sys_platform"] == "darwin":
                    continue
                both = package.marker.evaluate(environment), reached.evaluate(environment)
                assert both[0] == both[1], (seed, package, environment)
    assert compared > 50


def test_without_markers_and_python_limits_the_answer_is_that_of_any_environment() -> None:
    compared = 0
    for seed in range(3000, 3400):
        dice = random.Random(seed)
        world = random_world(dice)
        for releases in world.packages.values():
            for release in releases.values():
                release.requires = [text.partition(" ;")[0] for text in release.requires]
                release.python = release.python_in_metadata = None
        plain = Everywhere(world.packages)
        texts = sorted({random_text(dice, "ab", False).partition(" ;")[0] for _ in range(2)})
        try:
            single = resolve(Request(requirements(*texts), ENVIRONMENT), Universe(world.packages))
        except NoSolution:
            with pytest.raises(NoSolution):
                resolve_universal(UniversalRequest(requirements(*texts)), plain)
            continue
        compared += 1
        resolution = resolve_universal(UniversalRequest(requirements(*texts)), plain)
        assert resolution.forks == ()
        assert all(package.marker.is_true for package in resolution.packages)
        found = {package.name: package.position for package in resolution.packages}
        assert found.keys() == {package.name for package in single.packages}
        needed = closure(plain, Request(requirements(*texts), ENVIRONMENT), found)
        assert not isinstance(needed, str), (seed, needed)
    assert compared > 100


def test_a_name_required_in_one_way_under_a_platform_marker_splits_nothing() -> None:
    world = Everywhere({"a": {"1": Release(), "2": Release()}, "b": {"1": Release()}})
    resolution = resolve_universal(
        UniversalRequest(requirements("a ; sys_platform == 'win32'", "b")), world
    )
    assert resolution.forks == ()
    assert [package.marker.text for package in resolution.packages] == [
        "sys_platform == 'win32'",
        "",
    ]


def test_a_search_that_splits_reads_the_metadata_of_a_version_once() -> None:
    world = Everywhere(
        {
            "a": {"1": Release(requires=["b<2 ; python_version < '3.12'", "b ; os_name == 'nt'"])},
            "b": {"1": Release(), "2": Release()},
            "c": {str(number): Release() for number in range(1, 4)},
        }
    )
    resolution = resolve_universal(UniversalRequest(requirements("c", "a")), world)
    assert len(resolution.forks) > 1
    asked = [what for kind, what in world.asked if kind == "dependencies"]
    assert asked.count("c==3") == 1
    assert asked.count("a==1") == 1


ONE, TWO = "https://files.test/a-1-py3-none-any.whl", "https://files.test/a-2-py3-none-any.whl"
URLS = Everywhere(
    {
        "a": {"1": Release(), "2": Release(), "3": Release()},
        f"a @ {ONE}": {"1": Release()},
        f"a @ {TWO}": {"2": Release()},
        "b": {"1": Release(requires=["a>=2"])},
    }
)


def from_where(*texts: str) -> list[tuple[str, str, str, str]]:
    resolution = resolve_universal(UniversalRequest(requirements(*texts)), URLS)
    return [(each.name, each.version, each.url, each.marker.text) for each in resolution.packages]


def test_a_package_comes_from_another_url_in_another_part() -> None:
    assert from_where(f"a @ {ONE} ; os_name == 'nt'", f"a @ {TWO} ; os_name != 'nt'") == [
        ("a", "1", ONE, "os_name == 'nt'"),
        ("a", "2", TWO, "os_name != 'nt'"),
    ]


def test_the_version_from_a_url_is_tried_first_where_the_index_counts() -> None:
    assert from_where(f"a @ {ONE} ; os_name == 'nt'", "a ; os_name != 'nt'") == [
        ("a", "1", "", "os_name != 'nt'"),
        ("a", "1", ONE, "os_name == 'nt'"),
    ]


def test_a_url_counts_in_the_whole_part_that_its_marker_meets() -> None:
    assert from_where(f"a @ {TWO} ; os_name == 'nt'", "b") == [
        ("a", "2", TWO, ""),
        ("b", "1", "", ""),
    ]


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ("", "", "all marker environments"),
        (
            " ; sys_platform == 'win32'",
            " ; os_name == 'nt'",
            "split `os_name == 'nt' and sys_platform == 'win32'`",
        ),
    ],
)
def test_two_urls_in_one_part_are_refused(first: str, second: str, where: str) -> None:
    with pytest.raises(ConflictingUrls) as caught:
        from_where(f"a @ {ONE}{first}", f"a @ {TWO}{second}")
    assert caught.value.message == (
        f"Requirements contain conflicting URLs for package `a` in {where}:\n- {ONE}\n- {TWO}"
    )


def test_a_url_that_the_request_does_not_mention_is_refused() -> None:
    world = Everywhere(
        {"b": {"1": Release(requires=[f"a @ {ONE}"])}, f"a @ {ONE}": {"1": Release()}}
    )
    with pytest.raises(UrlNotDirect):
        resolve_universal(UniversalRequest(requirements("b")), world)


def test_a_part_without_an_answer_is_named() -> None:
    world = Everywhere({"a": {"1": Release()}})
    question = UniversalRequest(
        requirements("a ; sys_platform == 'linux'", "a>1 ; sys_platform != 'linux'")
    )
    with pytest.raises(NoSolution) as caught:
        resolve_universal(question, world)
    assert caught.value.message == (
        "No solution found when resolving dependencies for split (markers: sys_platform != 'linux')"
    )


def test_pythons_that_no_version_supports_are_told_with_what_would_do() -> None:
    world = Everywhere({"a": {"1": Release(python=">=3.12")}})
    with pytest.raises(NoSolution) as caught:
        resolve_universal(UniversalRequest(requirements("a"), Specifiers.parse(SUPPORTED)), world)
    assert caught.value.message.endswith(
        "(markers: python_full_version >= '3.9' and python_full_version < '3.12')"
    )
    assert caught.value.derivation.startswith(
        "Because the requested Python version (>=3.9) does not satisfy Python>=3.12"
    )
    assert caught.value.hints == (
        "The `requires-python` value (>=3.9) includes Python versions that are not supported by"
        " your dependencies (e.g., a==1 only supports >=3.12). Consider using a more restrictive"
        " `requires-python` value (like >=3.12).",
    )


def test_extras_that_a_version_does_not_have_are_told() -> None:
    world = Everywhere({"a": {"1": Release(extras=("x",))}})
    question = UniversalRequest(requirements("a[x,y] ; os_name == 'nt'"))
    resolution = resolve_universal(question, world)
    assert resolution.missing_extras == (("a", "y"),)
    assert resolution.packages[0].extras == ("x", "y")


def test_versions_from_an_earlier_answer_are_kept_where_they_fit() -> None:
    world = Everywhere(
        {"a": {"1": Release(), "2": Release(yanked="bad"), "3b1": Release(), "3": Release()}}
    )

    def version(*preferences: str) -> str:
        given = {"a": tuple((text, MarkerSet.TRUE) for text in preferences)}
        question = UniversalRequest(requirements("a"), preferences=given)
        (package,) = resolve_universal(question, world).packages
        return package.version

    assert version() == "3"
    assert version("1") == "1"
    assert version("3b1") == "3b1"
    assert version("2") == "2"
    assert version("7") == "3"
