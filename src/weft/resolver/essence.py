"""The shortest reason that was found for a contradiction.

Owns the way from the proof that a search ended with to a small one. A search stumbles over
versions one by one; its proof tells all of that. Here the facts that the proof rests on, each
widened to all versions that are known to share it, are proved contradictory again, on their own,
as long as that makes them fewer; then those that the contradiction does not need are left out.
Refuses to add facts: what is told is what the search learned from the source.
"""

from __future__ import annotations

from weft.resolver.clauses import Clause, Combined, Depends, Rejected, Required
from weft.resolver.solver import Choice, Contradiction, Solver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.resolver.clauses import ClauseBook
    from weft.resolver.solution import Solution

ROUNDS = 4
SMALL = 80
"""Up to this many facts, each is left out in turn to see whether it is needed."""


def essence(proof: Clause, book: ClauseBook) -> Clause:
    """A proof of the empty clause from as few facts of `proof` as was found quickly."""
    facts = [book.widest(clause) for clause in leaves(proof)]
    facts = list(dict.fromkeys(facts))
    for _ in range(ROUNDS):
        again = _prove(facts)
        assert again is not None  # wider facts say more, so they still contradict each other
        proof = again
        used = leaves(proof)
        if len(used) == len(facts):
            break
        facts = used
    if len(facts) <= SMALL:
        for fact in list(reversed(facts)):
            again = _prove([other for other in facts if other is not fact])
            if again is not None:
                facts = [other for other in facts if other is not fact]
                proof = again
    return proof


def leaves(proof: Clause) -> list[Clause]:
    """The clauses that `proof` rests on, each once, in the order of the proof."""
    found: dict[Clause, None] = {}
    seen: set[Clause] = set()
    stack = [proof]
    while stack:
        clause = stack.pop()
        if clause in seen:
            continue
        seen.add(clause)
        if isinstance(clause.cause, Combined):
            stack += (clause.cause.right, clause.cause.left)
        else:
            found[clause] = None
    return list(found)


def _prove(facts: Sequence[Clause]) -> Clause | None:
    """The empty clause with its proof, None if the facts can all be true."""
    try:
        Solver(_Closed(facts)).run()
    except Contradiction as contradiction:
        return contradiction.clause
    return None


class _Closed:
    """Knowledge that is complete from the start (`weft.resolver.solver.Knowledge`)."""

    def __init__(self, facts: Sequence[Clause]) -> None:
        self._facts = facts
        self._count = 1 + max([_highest(clause) for clause in facts], default=0)

    def package_count(self) -> int:
        return self._count

    def roots(self) -> Sequence[Clause]:
        return self._facts

    def news(self) -> Sequence[Clause]:
        return ()

    def choose(self, package: int, solution: Solution) -> Choice:
        position = solution.allowed[package].bit_length() - 1
        return Choice(package, position, key=(package, position))

    def consequences(self, _package: int, _choice: Choice) -> Sequence[Depends | Rejected]:
        return ()


def _highest(clause: Clause) -> int:
    """The highest number of a package that a fact speaks of, be it in vain."""
    packages = list(clause.terms)
    if isinstance(clause.cause, Required | Depends):
        packages.append(clause.cause.demand.package)
    return max(packages, default=0)
