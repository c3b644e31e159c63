"""The solver against brute force and against another solver, on random small worlds."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest
from nab_resolver.errors import ResolutionError
from nab_resolver.ranges import Range
from nab_resolver.resolver import BaseProvider, Resolver

from tests.resolver.universe import (
    Release,
    Universe,
    answers,
    closure,
    effective,
    random_request,
    random_universe,
    request,
)
from weft.resolver.answer import Resolution
from weft.resolver.clauses import Clause, ClauseBook, Depends, Required, resolvent
from weft.resolver.knowledge import Choice
from weft.resolver.provider import Provider
from weft.resolver.report import NoSolution
from weft.resolver.resolution import Request, resolve
from weft.resolver.solution import Contradiction, Solution
from weft.resolver.solver import Solver

BATCHES = 8
CASES = 500


def worlds(batch: int, count: int = CASES) -> Iterator[tuple[int, Universe, Request]]:
    for seed in range(batch * count, (batch + 1) * count):
        dice = random.Random(seed)
        universe = random_universe(dice)
        yield seed, universe, random_request(dice, universe)


def answer(universe: Universe, wanted: Request) -> Resolution | None:
    try:
        return resolve(wanted, universe)
    except NoSolution:
        return None


@pytest.mark.parametrize("batch", range(BATCHES))
def test_finds_a_valid_and_minimal_answer_exactly_if_one_exists(batch: int) -> None:
    found = 0
    for seed, universe, wanted in worlds(batch):
        resolution = answer(universe, wanted)
        exists = next(answers(universe, wanted), None)
        assert (resolution is None) == (exists is None), seed
        if resolution is None:
            continue
        found += 1
        chosen = {package.name: package.position for package in resolution.packages}
        needed = closure(universe, wanted, chosen)
        assert needed == {p.name: set(p.extras) for p in resolution.packages}, seed
        for package in resolution.packages:
            listed = universe.metadata[package.name, package.position].requirements
            needs = set()
            if not wanted.no_dependencies:
                needs = {r.name for r in effective(wanted, listed, package.extras)}
            assert {name for name, _ in package.requirements} == needs - {package.name}, seed
            assert package.version == universe.lists[package.name].texts[package.position]
    assert CASES / 5 < found < CASES * 4 / 5  # the worlds are neither hopeless nor too easy


def test_takes_the_highest_version_of_the_only_requirement_that_any_answer_has() -> None:
    compared = 0
    for seed in range(3000):
        dice = random.Random(seed)
        universe = random_universe(dice)
        wanted = request("a", prerelease="allow")
        resolution = answer(universe, wanted)
        if resolution is None:
            continue
        compared += 1
        best = max(chosen["a"] for chosen in answers(universe, wanted))
        (position,) = [p.position for p in resolution.packages if p.name == "a"]
        assert position == best, seed
    assert compared > 1000


def test_takes_the_lowest_version_where_that_is_asked_for() -> None:
    compared = 0
    for seed in range(1000):
        dice = random.Random(seed)
        universe = random_universe(dice)
        wanted = request("a", prerelease="allow", strategy="lowest")
        resolution = answer(universe, wanted)
        if resolution is None:
            continue
        compared += 1
        best = min(chosen["a"] for chosen in answers(universe, wanted))
        (position,) = [p.position for p in resolution.packages if p.name == "a"]
        assert position == best, seed
    assert compared > 300


class NabProvider(BaseProvider):  # type: ignore[type-arg]
    """A world without extras and markers, as the other solver wants to be told."""

    def __init__(self, universe: Universe) -> None:
        super().__init__()
        self.universe = universe

    def choose_version(self, package: str, ranges: Range[int]) -> int | None:
        if package not in self.universe.lists:
            return None
        for position in reversed(range(len(self.universe.lists[package].keys))):
            if position in ranges:
                return position
        return None

    def has_satisfying_version(self, package: str, ranges: Range[int]) -> bool:
        return self.choose_version(package, ranges) is not None

    def get_dependencies(self, package: str, version: int) -> dict[str, Range[int]]:
        return self.ranges(self.universe.metadata[package, version].requirements)

    def prioritize(self, package: str, ranges: Range[int], *_: object, **__: object) -> str:
        return package

    def widen_decision(self, package: str, version: int) -> None:
        return None

    def ranges(self, listed: object) -> dict[str, Range[int]]:
        found: dict[str, Range[int]] = {}
        for requirement in listed:  # type: ignore[attr-defined]
            versions = self.universe.lists.get(requirement.name)
            allowed: Range[int] = Range.empty()
            for position, key in enumerate(versions.keys if versions else ()):
                if requirement.specifiers.contains_key(key):
                    allowed = allowed | Range.singleton(position)
            found[requirement.name] = found.get(requirement.name, Range.full()) & allowed
        return found


@pytest.mark.parametrize(
    ("packages", "most", "cases", "solvable"), [(8, 4, 300, (30, 290)), (20, 4, 60, (5, 55))]
)
def test_agrees_with_another_solver_on_what_can_be_solved(
    packages: int, most: int, cases: int, solvable: tuple[int, int]
) -> None:
    verdicts = []
    conflicts = 0
    for seed in range(cases):
        dice = random.Random(seed)
        universe = plain_universe(dice, packages, most)
        wanted = request(*[f"p{n}>={dice.randint(1, 3)}" for n in (0, 1, 2)])
        provider = NabProvider(universe)
        try:
            Resolver(provider).resolve(provider.ranges(wanted.requirements))
            expected = True
        except ResolutionError:
            expected = False
        solver = Solver(Provider(wanted, universe))
        try:
            solver.run()
            verdicts.append(True)
        except Contradiction:
            verdicts.append(False)
        assert verdicts[-1] == expected, seed
        conflicts += solver.effort.conflicts
    assert solvable[0] < sum(verdicts) < solvable[1]
    assert conflicts > 2 * cases


def plain_universe(dice: random.Random, size: int, most: int) -> Universe:
    """Packages of four versions, requirements only: too many for brute force."""
    packages: dict[str, dict[str, Release]] = {}
    for number in range(size):
        others = [other for other in range(size) if other != number]
        packages[f"p{number}"] = {
            str(version): Release(
                requires=[
                    f"p{dice.choice(others)}{dice.choice(('==', '>=', '<='))}{dice.randint(1, 4)}"
                    for _ in range(dice.randint(most - 3, most - 1))
                ]
            )
            for version in range(1, 5)
        }
    return Universe(packages)


# Parts


def test_a_long_chain_does_not_meet_a_recursion_limit() -> None:
    length = 3000
    chain = {f"p{n}": {"1": Release(requires=[f"p{n + 1}"])} for n in range(length)}
    open_end = Universe({**chain, f"p{length}": {"1": Release()}})
    assert len(resolve(request("p0"), open_end).packages) == length + 1
    with pytest.raises(NoSolution) as caught:
        resolve(request("p0"), Universe(chain))
    assert f"p{length} was not found" in caught.value.derivation


def test_an_easy_graph_costs_one_decision_and_one_look_per_package() -> None:
    size = 300
    universe = Universe(
        {
            f"p{n}": {
                str(v): Release(requires=[f"p{n + step}" for step in (1, 7) if n + step < size])
                for v in range(1, 6)
            }
            for n in range(size)
        }
    )
    resolution = resolve(request("p0"), universe)
    assert resolution.effort.decisions == size
    assert resolution.effort.conflicts == 0
    looks = [text for kind, text in universe.asked if kind == "dependencies"]
    assert sorted(looks) == sorted(f"p{n}==5" for n in range(size))
    lists = [name for kind, name in universe.asked if kind == "versions"]
    assert len(lists) == len(set(lists)) == size


def test_a_deep_backtrack_costs_a_few_steps_per_version() -> None:
    count = 400
    universe = Universe(
        {
            "boto3": {
                f"1.{n}": Release(requires=[f"botocore>=1.{n},<1.{n + 1}"]) for n in range(count)
            },
            "botocore": {
                f"1.{n}": Release(requires=["urllib3<2" if n > 5 else "urllib3"])
                for n in range(count)
            },
            "urllib3": {"1.9": Release(), "2.5": Release()},
        }
    )
    resolution = resolve(request("boto3", "urllib3>=2"), universe)
    assert {p.name: p.version for p in resolution.packages}["boto3"] == "1.5"
    assert resolution.effort.versions <= 2 * count + 3
    assert resolution.effort.decisions <= 2 * count + 3


def test_lists_of_all_dependencies_are_asked_for_in_one_batch() -> None:
    universe = Universe(
        {
            "a": {"1": Release(requires=["b", "c>=1", "d; sys_platform == 'win32'"])},
            "b": {"1": Release(requires=["c", "d"])},
            "c": {"1": Release()},
            "d": {"1": Release()},
        }
    )
    resolve(request("a"), universe)
    assert universe.prefetched == [("b", "c")]  # one name alone needs no hint
    assert [name for kind, name in universe.asked if kind == "versions"] == ["a", "b", "c", "d"]


def test_a_copy_of_the_state_goes_its_own_way() -> None:
    universe = Universe(
        {"a": {"1": Release(requires=["b"])}, "b": {"1": Release(), "2": Release()}}
    )
    solver = Solver(Provider(request("a"), universe))
    solution = solver.run()
    fork = solution.copy()
    fork.backjump(1)
    fork.make_room(9)
    assert (fork.decided[1], solution.decided[1]) == (-1, 1)
    assert (fork.next_package(), solution.next_package()) == (1, -1)
    assert len(fork.trail) < len(solution.trail)
    fork.decide(1, 0)
    assert (fork.decided[1], solution.decided[1]) == (0, 1)


def test_the_earliest_assignment_that_satisfies_a_term_is_found() -> None:
    dice = random.Random(5)
    for _ in range(300):
        solution = Solution()
        solution.make_room(1)
        clause = Clause({0: 1}, Depends(0, 1, -1, None))  # type: ignore[arg-type]
        states = [-1]
        while states[-1] and dice.random() < 0.9:
            after = states[-1] & dice.getrandbits(8) if dice.random() < 0.8 else states[-1] & 255
            if after == states[-1]:
                continue
            solution.derive(0, after, clause)
            states.append(after)
        mask = states[-1] | dice.getrandbits(8)
        if len(states) == 1:
            continue
        first = next(at for at, state in enumerate(states) if not state & ~mask)
        assert solution.satisfier(0, mask) == first - 1


def test_a_resolvent_holds_wherever_both_clauses_hold() -> None:
    dice = random.Random(7)
    states = [-8, 1, 2, 4]  # not installed, or one of three versions
    fact = Required(None)  # type: ignore[arg-type]

    def holds(clause: Clause, world: tuple[int, ...]) -> bool:
        return any(world[package] & ~mask for package, mask in clause.terms.items())

    for _ in range(500):
        made = []
        for _ in range(2):
            masks = {
                p: dice.choice([m for m in range(-8, 8) if m not in (-1, 0)]) for p in (0, 1, 2)
            }
            made.append(
                Clause({p: m for p, m in masks.items() if p == 0 or dice.random() < 0.7}, fact)
            )
        learned = resolvent(made[0], made[1], 0)
        for world in itertools.product(states, repeat=3):
            if holds(made[0], world) and holds(made[1], world):
                assert holds(learned, world), (made[0].terms, made[1].terms)


def test_equal_facts_about_several_versions_become_one_clause() -> None:
    universe = Universe(
        {
            "a": {str(v): Release(requires=["b>=2", f"c=={v}"]) for v in range(1, 5)},
            "b": {"1": Release()},
            "c": {str(v): Release() for v in range(1, 5)},
        }
    )
    provider = Provider(request("a"), universe)
    book = ClauseBook()
    provider.roots()
    clauses = []
    for position in (3, 1, 2):
        facts = provider.consequences(0, Choice(0, position, key=(0, position)))
        book.make_room(provider.package_count())
        clauses.append([book.add_fact(fact) for fact in facts])
    widest = book.widest(clauses[0][0])
    assert widest is clauses[-1][0]
    assert widest.terms == {0: 0b1110}  # nothing is `b>=2`
    assert [book.widest(pair[1]) for pair in clauses] == [pair[1] for pair in clauses]
