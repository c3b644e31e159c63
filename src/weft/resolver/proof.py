"""Proofs in the terms of people: version ranges in place of bits.

Owns `Step`, a statement with the statements it follows from, and how two of them make a third.
The solver's masks only know the versions that exist; "you require a>=99" is an empty mask to it.
Here every term gets back the ranges that were asked for, and where the solver could do without a
reason because nothing exists in a range, that reason ("only a<=3 is available") becomes a
statement of its own.
Refuses words (`weft.resolver.wording`) and to choose an order (`weft.resolver.telling`).
"""

from __future__ import annotations

from weft.core.ranges import EMPTY, FULL, TOP, complement, intersect, union
from weft.core.specifier import Specifiers
from weft.core.value import value
from weft.resolver.clauses import (
    NO_FLAG,
    SELF_CONFLICT,
    Constrained,
    Depends,
    Rejected,
    Required,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from weft.core.ranges import Ranges
    from weft.resolver.clauses import Fact
    from weft.resolver.packages import Package, PackageTable

PYTHON = -1
"""Number of the interpreter among the packages of a proof."""


@value
class Term:
    """The package is in `ranges`, or not installed if `absent`."""

    ranges: Ranges
    absent: bool


@value
class NoneAvailable:
    """No version of `package` exists in `ranges`, or the package is not there at all."""

    package: int
    ranges: Ranges


@value
class OtherPython:
    """The interpreter does not satisfy `requires_python`."""

    requires_python: str


@value
class AsksForPython:
    """`versions` (a mask) of `package` ask for another interpreter."""

    package: int
    versions: int
    requires_python: str


if TYPE_CHECKING:
    Statement: TypeAlias = Fact | NoneAvailable | OtherPython | AsksForPython
    Terms: TypeAlias = dict[int, Term]


class Step:
    """`terms` cannot all hold: because of `statement`, or because of all of `premises`."""

    __slots__ = ("premises", "statement", "terms")

    def __init__(
        self,
        terms: Terms,
        *,
        statement: Statement | None = None,
        premises: tuple[Step, ...] = (),
    ) -> None:
        self.terms = terms
        self.statement = statement
        self.premises = premises


class Logic:
    """Makes steps from facts, and from other steps, in one table of packages.

    `members` are projects of the user's own. An extra of one is there wherever it is wanted, and
    what a project that is alone depends on is required by the request itself.
    """

    def __init__(self, table: PackageTable, members: Sequence[str] = ()) -> None:
        self._table = table
        self._members = frozenset(members)
        self._singles: set[Ranges] = set()  # what facts about one version alone speak of

    # From facts

    def is_root(self, fact: Fact) -> bool:
        """Whether the user demands it, with no package in between."""
        return isinstance(fact, Required) or (
            isinstance(fact, Depends) and self._is_alone(fact.package) and fact.flag == NO_FLAG
        )

    def _is_alone(self, package: int) -> bool:
        row = self._table.rows[package]
        return len(self._members) == 1 and row.name in self._members and not row.extra

    def leaf(self, fact: Fact) -> Step:
        """The step that a fact is. A fact that demands what does not exist comes without this
        demand, concluded from the fact and from the lack."""
        if isinstance(fact, Required):
            demand = fact.demand
            step = Step({demand.package: _not(demand.ranges)}, statement=fact)
            return self._hollow(step, demand.package, demand.ranges, demand.mask)
        if isinstance(fact, Constrained):
            outside = Term(complement(fact.demand.ranges), False)
            return Step({fact.demand.package: outside}, statement=fact)
        if isinstance(fact, Depends):
            demand = fact.demand
            terms = self._owner(fact)
            terms[demand.package] = _not(demand.ranges)
            step = Step(terms, statement=fact)
            return self._hollow(step, demand.package, demand.ranges, demand.mask)
        terms = self._owner(fact)
        if fact.requires_python is None:
            return Step(terms, statement=fact)
        asks = AsksForPython(fact.package, fact.versions, fact.requires_python)
        other = OtherPython(fact.requires_python)
        return Step(
            terms,
            premises=(
                Step({PYTHON: Term(FULL, False)}, statement=other),
                Step({**terms, PYTHON: Term(EMPTY, True)}, statement=asks),
            ),
        )

    def _hollow(self, step: Step, package: int, ranges: Ranges, mask: int) -> Step:
        if mask:
            return step
        terms = {other: term for other, term in step.terms.items() if other != package}
        return Step(terms, premises=(self._none_available(package, ranges), step))

    def _none_available(self, package: int, ranges: Ranges) -> Step:
        if self._table.rows[package].missing is not None:
            ranges = FULL
        return Step({package: Term(ranges, False)}, statement=NoneAvailable(package, ranges))

    def _owner(self, fact: Depends | Rejected) -> Terms:
        """The terms of the versions that a fact speaks of."""
        row = self._table.rows[fact.package]
        if isinstance(fact, Depends) and row.name in self._members:
            if fact.flag != NO_FLAG:
                return {fact.flag: Term(FULL, False)}
            if self.is_root(fact):
                return {}
        if concerns_one(fact):
            ranges = exactly(row, fact.versions.bit_length() - 1)
            self._singles.add(ranges)
        else:
            ranges = spread(row, fact.versions)
        terms = {fact.package: Term(ranges, False)}
        if fact.flag != NO_FLAG:
            terms[fact.flag] = Term(FULL, False)
        return terms

    # From other steps

    def combine(self, left: Step, right: Step, pivot: int) -> Step | None:
        """The rule of resolution; None where one of the steps says nothing of `pivot`."""
        if pivot not in left.terms or pivot not in right.terms:
            return None
        left, right = self._widened(left, right, pivot), self._widened(right, left, pivot)
        terms: Terms = dict(left.terms)
        for package, term in right.terms.items():
            known = terms.get(package)
            if known is None:
                terms[package] = term
            elif package != pivot:
                terms[package] = _both(known, term)
        premises = [left, right]
        merged = _either(left.terms[pivot], right.terms[pivot])
        if self._holds_always(pivot, merged):
            del terms[pivot]
            lack = self._lack(left.terms[pivot], right.terms[pivot], pivot)
            if lack is not None:
                premises.insert(0, lack)
        else:
            terms[pivot] = merged
        return Step(terms, premises=tuple(premises))

    def _holds_always(self, package: int, term: Term) -> bool:
        """Whether every state that exists is in the term."""
        if not term.absent:
            return False
        left_out = complement(term.ranges)
        if not left_out:
            return True
        if package == PYTHON or self._table.rows[package].is_flag:
            return False
        return not self._table.rows[package].mask(left_out)

    def _widened(self, step: Step, other: Step, package: int) -> Step:
        """A step about a single version, together with what else the other step could mean by
        its demand: nothing, because no more versions are available there."""
        term, demanded = step.terms[package], other.terms[package]
        if term.absent or not demanded.absent or term.ranges not in self._singles:
            return step
        left_out = complement(union(term.ranges, demanded.ranges))
        if not left_out or self._table.rows[package].mask(left_out):
            return step
        terms = {**step.terms, package: Term(union(term.ranges, left_out), False)}
        return Step(terms, premises=(step, self._none_available(package, left_out)))

    def _lack(self, left: Term, right: Term, package: int) -> Step | None:
        """Where two terms together leave out a range that nothing exists in, that reason.

        Between the versions that facts were told of there is nothing, and saying so helps
        nobody; that nothing is in a range which somebody asked for has to be said.
        """
        left_out = complement(union(left.ranges, right.ranges))
        if not left_out:
            return None
        if not (left.absent and right.absent):
            demanded = complement(left.ranges if left.absent else right.ranges)
            if self._table.rows[package].mask(demanded):
                return None
        return self._none_available(package, left_out)


def concerns_one(fact: Depends | Rejected | AsksForPython) -> bool:
    """Whether a fact is told of one version alone, so that the proof has to say what else there
    is. Facts that come from the dependencies of a version are told of its neighbourhood."""
    if isinstance(fact, Depends) or fact.versions & (fact.versions - 1):
        return False
    return isinstance(fact, AsksForPython) or fact.reason != SELF_CONFLICT


def exactly(row: Package, position: int) -> Ranges:
    """The range that `==` with a version means, if that is this version alone."""
    ranges = Specifiers.parse("==" + row.versions.texts[position]).ranges
    if row.mask(ranges) == 1 << position:
        return ranges
    key = row.versions.keys[position]
    return ((key, key + b"\x00"),)


def spread(row: Package, versions: int) -> Ranges:
    """The ranges of some versions, stretched up to the next version that is not among them: a
    fact about neighbours is a fact about all between them."""
    result: list[tuple[bytes, bytes]] = []
    inside = False
    start = b""
    for position, key in enumerate(row.versions.keys):
        if not row.available >> position & 1:
            continue
        if versions >> position & 1:
            if not inside:
                result.append((start and key, TOP))
            inside = True
        elif inside:
            result[-1] = (result[-1][0], key)
            inside = False
        start = key
    return tuple(result)


def _not(ranges: Ranges) -> Term:
    return Term(complement(ranges), True)


def _both(left: Term, right: Term) -> Term:
    return Term(intersect(left.ranges, right.ranges), left.absent and right.absent)


def _either(left: Term, right: Term) -> Term:
    return Term(union(left.ranges, right.ranges), left.absent or right.absent)
