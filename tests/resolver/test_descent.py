"""The search without clauses against the solver: the same decisions, one after the other."""

from __future__ import annotations

import random

import pytest

from tests.resolver.universe import Release, Universe, random_request, random_universe, request
from weft.resolver.descent import Descent
from weft.resolver.knowledge import Choice
from weft.resolver.provider import Provider
from weft.resolver.solution import UNDECIDED, Contradiction, Solution
from weft.resolver.solver import Solver


class Told(Provider):
    """A knowledge that remembers what was chosen."""

    chosen: list[tuple[int, int]]

    def choose(self, package: int, solution: Solution) -> Choice:
        choice = super().choose(package, solution)
        if not self.chosen or self.chosen[-1] != (choice.package, choice.position):
            self.chosen.append((choice.package, choice.position))
        return choice


def searched(
    search: type[Descent] | type[Solver], seed: int
) -> tuple[list[tuple[int, int]], list[int] | None, bool]:
    """What was chosen one after the other, the decisions, and whether that took clauses."""
    dice = random.Random(seed)
    universe = random_universe(dice)
    knowledge = Told(random_request(dice, universe), universe)
    knowledge.chosen = []
    found = search(knowledge)
    try:
        decided: list[int] | None = found.run().decided
    except Contradiction:
        decided = None
    return knowledge.chosen, decided, isinstance(found, Solver) or found.took_over


@pytest.mark.parametrize("batch", range(4))
def test_it_decides_what_the_solver_decides_in_the_same_order(batch: int) -> None:
    alone = vetoed = 0
    for seed in range(batch * 400, (batch + 1) * 400):
        chosen, decided, took_over = searched(Descent, seed)
        expected, answer, _ = searched(Solver, seed)
        assert (chosen, decided) == (expected, answer), seed
        alone += not took_over
        if not took_over and decided is not None:
            vetoed += len(decided) - decided.count(UNDECIDED) < len(chosen)
    assert alone > 100
    assert vetoed > 5  # worlds in which a version was excluded without going back


def test_a_fork_goes_its_own_way() -> None:
    universe = Universe(
        {"a": {"1": Release(requires=["b"])}, "b": {"1": Release(), "2": Release()}}
    )
    descent = Descent(Provider(request("a"), universe))
    solution = descent.run()
    fork = descent.fork(Provider(request("a"), universe))
    fork.solution.decided[1] = 0
    assert (solution.decided[1], fork.effort.decisions) == (1, 2)


def test_the_solver_that_takes_over_knows_every_step() -> None:
    universe = Universe(
        {
            "a": {"1": Release(requires=["b", "c"])},
            "b": {"1": Release(), "2": Release(requires=["d<2"])},
            "c": {"1": Release(requires=["d>=2"])},
            "d": {"1": Release(), "2": Release()},
        }
    )
    descent = Descent(Provider(request("a"), universe))
    solution = descent.run()
    assert descent.took_over
    assert descent.effort.conflicts == 1
    assert solution.decided[:4] == [0, 0, 0, 1]
