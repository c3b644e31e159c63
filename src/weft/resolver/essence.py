"""The shortest reason that was found for a contradiction.

Owns the way from the proof that a search ended with to a small one. A search stumbles over
versions one by one; its proof tells all of that. Here the facts that the proof rests on, each
widened to all versions that are known to share it, are proved contradictory again, on their own,
as long as that makes them fewer; then those that the contradiction does not need are left out.
Refuses to add facts: what is told is what the search learned from the source, or weaker.
"""

from __future__ import annotations

from weft.core.ranges import EMPTY, union
from weft.core.value import replace
from weft.resolver.clauses import Clause, Combined, Depends, Rejected, Required, fact_clause
from weft.resolver.knowledge import Choice
from weft.resolver.solution import Contradiction, GaveUp
from weft.resolver.solver import Solver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.ranges import Ranges
    from weft.resolver.clauses import ClauseBook
    from weft.resolver.solution import Solution

ROUNDS = 4
"""How often the facts are proved contradictory anew at most."""

MOST_CONFLICTS = 500
"""A proof that is harder than this to find again is told as it was found."""

MANY = 3
"""So many facts between the same two packages may be told as one."""

SMALL = 80
"""Up to this many facts, each is left out in turn to see whether it is needed."""


def essence(proof: Clause, book: ClauseBook) -> Clause:
    """A proof of the empty clause from as few facts of `proof` as was found quickly."""
    facts = [book.widest(clause) for clause in leaves(proof)]
    facts = list(dict.fromkeys(facts))
    for _ in range(ROUNDS):
        again = _prove(facts)
        if again is None:
            return proof
        proof = again
        used = leaves(proof)
        if len(used) == len(facts):
            break
        facts = used
    facts = _joined(facts)
    proof = _prove(facts) or proof
    if len(facts) <= SMALL:
        for fact in list(reversed(facts)):
            again = _prove([other for other in facts if other is not fact])
            if again is not None:
                facts = [other for other in facts if other is not fact]
                proof = again
    return proof


def _joined(facts: list[Clause]) -> list[Clause]:
    """The same facts with one in place of many, where that is still a contradiction.

    Three and more facts that versions of one package depend on versions of another, each on its
    own, are also one weaker fact: all of them depend on some of these.
    """
    groups: dict[object, list[Clause]] = {}
    for clause in facts:
        fact = clause.cause
        if isinstance(fact, Depends):
            key = (fact.package, fact.flag, fact.demand.package, fact.demand.label)
            groups.setdefault(key, []).append(clause)
    many = [group for group in groups.values() if len(group) >= MANY]
    for group in many:
        gone = set(group)
        shorter = [clause for clause in facts if clause not in gone] + [_union(group)]
        if _prove(shorter) is not None:
            facts = shorter
    return facts


def _union(clauses: Sequence[Clause]) -> Clause:
    facts = [clause.cause for clause in clauses if isinstance(clause.cause, Depends)]
    first = facts[0]
    versions, mask = 0, 0
    ranges: Ranges = EMPTY
    for fact in facts:
        versions |= fact.versions
        mask |= fact.demand.mask
        ranges = union(ranges, fact.demand.ranges)
    text = ",".join([fact.demand.text for fact in facts if fact.demand.text])
    demand = replace(first.demand, ranges=ranges, mask=mask, text=text)
    return fact_clause(Depends(first.package, versions, first.flag, demand))


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
    """The empty clause with its proof, None if the facts can all be true or it is hard to say."""
    try:
        Solver(_Closed(facts), most_conflicts=MOST_CONFLICTS).run()
    except Contradiction as contradiction:
        return contradiction.clause
    except GaveUp:
        pass
    return None


class _Closed:
    """Knowledge that is complete from the start (`weft.resolver.solver.Knowledge`)."""

    def __init__(self, facts: Sequence[Clause]) -> None:
        self._facts = facts
        self._count = 1 + max([_highest(clause) for clause in facts], default=0)

    def rerank(self, package: int) -> None:
        pass  # all choices are made by the clauses

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
