"""Clauses: what cannot all be true at once, why it is so, and where to look for it.

Owns the incompatibilities of PubGrub over bit masks. A *mask* says which states of a package are
meant: bit `n` is its version at position `n` of the ascending version list, and all bits beyond,
that is the sign of a Python int in infinite two's complement, stand for "not installed". So
`-1` is "anything", `0` "nothing", `m >= 0` "installed, in one of these versions", `~m` the
complement, and `state & ~mask == 0` says that `state` lies within `mask`.

A clause maps packages to masks and states that never all of them hold. `a 1.0 needs b<2` is
`{a: 1.0, b: anything but <2, absence included}`.

Refuses to know names, versions and requirements: packages are small integers, and a cause is an
opaque fact. Follows https://github.com/dart-lang/pub/blob/master/doc/solver.md.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from weft.core.ranges import Ranges

ANYTHING = -1
"""The mask of every state."""

NO_FLAG = -1
"""In place of a flag: the fact holds whatever extras are wanted."""

LONG = -1
"""In place of the other package of a clause: there are several."""

EAGER = 8
"""How many clauses about single versions two packages share before the rest is filed lazily."""

SELF_CONFLICT = "has incompatible dependencies on itself"
"""The one `Rejected.reason` that does not come from the source."""


@value
class Demand:
    """A package in a set of versions, as some requirement asked for it.

    `mask` is what `ranges` means in the known versions. `label` is the name that was asked for,
    extras included; `text` the specifiers as written.
    """

    package: int
    ranges: Ranges
    mask: int
    label: str
    text: str


@value
class Required:
    """The request itself demands it."""

    demand: Demand


@value
class Constrained:
    """A constraint: where the package is installed at all, it lies within the demand."""

    demand: Demand


@value
class Depends:
    """`versions` (a mask) of `package` demand something.

    `flag` is the package that stands for an extra of `package` when the dependency belongs to
    that extra, else `NO_FLAG`.
    """

    package: int
    versions: int
    flag: int
    demand: Demand


@value
class Rejected:
    """`versions` of `package` cannot be used; `reason` completes "Because NAME==V …".

    With `requires_python` the reason is the interpreter, and `reason` is not read.
    """

    package: int
    versions: int
    flag: int
    reason: str
    requires_python: str | None = None


@value
class Combined:
    """Both clauses hold, so whatever `pivot` is, their union of the rest cannot be."""

    left: Clause
    right: Clause
    pivot: int


if TYPE_CHECKING:
    Fact: TypeAlias = Required | Constrained | Depends | Rejected
    Cause: TypeAlias = Fact | Combined


class Clause:
    """`terms` cannot all hold. No term is `ANYTHING`: such a term says nothing and is left out.

    The empty clause is a contradiction. Terms and cause never change; clauses are compared by
    identity. `watchers` are the two packages that a long learned clause is filed with.
    """

    __slots__ = ("cause", "terms", "watchers")

    def __init__(self, terms: dict[int, int], cause: Cause) -> None:
        self.terms = terms
        self.cause = cause
        self.watchers = (-1, -1)


class Watched:
    """One entry of a package's list of clauses, in the shape that propagation reads.

    `own` is the mask of the package whose list this is. For clauses of two terms `other` and
    `other_mask` are the second one, and `clause.terms` need not be looked at; for longer ones
    `other` is `LONG`.
    """

    __slots__ = ("clause", "other", "other_mask", "own")

    def __init__(self, own: int, clause: Clause, other: int, other_mask: int) -> None:
        self.own = own
        self.clause = clause
        self.other = other
        self.other_mask = other_mask


class ClauseBook:
    """All clauses that are known, by package.

    `single[p]` lists the clauses of one term; `excluded[p]` is the union of their masks.
    `versions[p]` maps a single version (its bit) to the clauses whose term on `p` is that version:
    they matter only once it is the one that is left, so a package with thousands of versions
    costs no more than one with few. `watches[p]` lists all other clauses with a term on `p`.

    Clauses between single versions of one package and another package are filed with both only
    while they are few, `EAGER` at most. The others are filed with the version alone: when it is
    chosen, the clause narrows the other package, or vetoes the choice. To hear of the veto when
    the other package changes would mean to exclude thousands of versions, one by one, that nobody
    asked for yet.

    `learned[p]` lists the clauses of three and more terms that were learned and that `p` watches.
    """

    __slots__ = ("_eager", "_facts", "excluded", "learned", "single", "versions", "watches")

    def __init__(self) -> None:
        self.watches: list[list[Watched]] = []
        self.learned: list[list[Clause]] = []
        self.versions: list[dict[int, list[Watched]]] = []
        self.single: list[list[Clause]] = []
        self.excluded: list[int] = []
        self._eager: dict[tuple[int, int], int] = {}
        self._facts: dict[tuple[int, int, object], tuple[Clause, tuple[Watched, ...]]] = {}

    def copy(self) -> ClauseBook:
        """An independent copy. Clauses are shared, save for those whose watchers change."""
        entries: dict[Watched, Watched] = {}
        learned: dict[Clause, Clause] = {}

        def copied(entry: Watched) -> Watched:
            found = entries.get(entry)
            if found is None:
                found = entries[entry] = Watched(
                    entry.own, entry.clause, entry.other, entry.other_mask
                )
            return found

        def relearned(clause: Clause) -> Clause:
            found = learned.get(clause)
            if found is None:
                found = learned[clause] = Clause(clause.terms, clause.cause)
                found.watchers = clause.watchers
            return found

        other = ClauseBook()
        other.watches = [list(map(copied, filed)) for filed in self.watches]
        other.learned = [list(map(relearned, filed)) for filed in self.learned]
        other.versions = [
            {version: list(map(copied, filed)) for version, filed in by_version.items()}
            for by_version in self.versions
        ]
        other.single = [filed.copy() for filed in self.single]
        other.excluded = self.excluded.copy()
        other._eager = self._eager.copy()
        other._facts = {
            key: (clause, tuple(map(copied, filed))) for key, (clause, filed) in self._facts.items()
        }
        return other

    def make_room(self, count: int) -> None:
        """Know packages `0 .. count - 1`."""
        while len(self.watches) < count:
            self.watches.append([])
            self.learned.append([])
            self.versions.append({})
            self.single.append([])
            self.excluded.append(0)

    def add(self, clause: Clause) -> tuple[Watched, ...]:
        """File `clause` with each of its packages; returns its entries in the order of terms."""
        terms = clause.terms
        if len(terms) == 1:
            ((package, mask),) = terms.items()
            self.single[package].append(clause)
            self.excluded[package] |= mask
            return ()
        if len(terms) == 2:
            return self._add_pair(clause)
        entries = [Watched(mask, clause, LONG, 0) for mask in terms.values()]
        for package, entry in zip(terms, entries, strict=True):
            if _is_version(entry.own):
                self.versions[package].setdefault(entry.own, []).append(entry)
            else:
                self.watches[package].append(entry)
        return tuple(entries)

    def _add_pair(self, clause: Clause) -> tuple[Watched, Watched]:
        """File a clause of two terms: nearly all are."""
        (first, mask), (second, other_mask) = clause.terms.items()
        entry = Watched(mask, clause, second, other_mask)
        other = Watched(other_mask, clause, first, mask)
        is_version, is_other = _is_version(mask), _is_version(other_mask)
        lazy = (is_version or is_other) and self._is_lazy(first, second)
        if is_version:
            self.versions[first].setdefault(mask, []).append(entry)
        elif not lazy:
            self.watches[first].append(entry)
        if is_other:
            self.versions[second].setdefault(other_mask, []).append(other)
        elif not lazy:
            self.watches[second].append(other)
        return entry, other

    def learn(self, clause: Clause, watchers: tuple[int, int]) -> None:
        """File a learned clause with the last two packages whose terms came to hold."""
        if len(clause.terms) < 3:
            self.add(clause)
            return
        clause.watchers = watchers
        for package in watchers:
            self.learned[package].append(clause)

    def _is_lazy(self, first: int, second: int) -> bool:
        count = self._eager[first, second] = self._eager.get((first, second), 0) + 1
        return count > EAGER

    def add_fact(self, fact: Depends | Rejected) -> Clause:
        """File what is known about some versions of a package, together with the same fact
        about its other versions: a long run of releases with equal dependencies is one clause.
        """
        key = _merge_key(fact)
        earlier = self._facts.get(key)
        if earlier is None:
            clause = fact_clause(fact)
            self._facts[key] = (clause, self.add(clause))
            return clause
        known = earlier[0].cause
        assert isinstance(known, Depends | Rejected)
        if not fact.versions & ~known.versions:
            return earlier[0]
        clause = fact_clause(_widened(fact, known.versions))
        self._facts[key] = (clause, self._replace(earlier[1], known.versions, clause))
        return clause

    def speaks_of(self, package: int, version: int) -> bool:
        """Whether something is known of a version, a mask of one bit, besides what asks for it."""
        if package >= len(self.watches):
            return False
        if self.excluded[package] & version or self.versions[package].get(version):
            return True
        if any(entry.own & version for entry in self.watches[package]):
            return True
        return any(
            clause.terms.get(package, 0) & version for filed in self.learned for clause in filed
        )

    def widest(self, clause: Clause) -> Clause:
        """The clause that tells the fact of `clause` of all versions that share it by now."""
        if not isinstance(clause.cause, Depends | Rejected):
            return clause
        return self._facts[_merge_key(clause.cause)][0]

    def _replace(
        self, entries: tuple[Watched, ...], versions: int, clause: Clause
    ) -> tuple[Watched, ...]:
        """File `clause` in place of one that spoke of fewer `versions` of its first package."""
        package, mask = next(iter(clause.terms.items()))
        if not entries:
            return self.add(clause)
        if not versions & (versions - 1):
            for other, entry in zip(clause.terms, entries, strict=True):
                filed = self.versions[other].get(entry.own, [])
                if entry in filed:
                    filed.remove(entry)
                elif entry in self.watches[other]:
                    self.watches[other].remove(entry)
            return self.add(clause)
        for entry in entries:
            entry.clause = clause
            if entry.other == package:
                entry.other_mask = mask
        entries[0].own = mask
        return entries


def _is_version(mask: int) -> bool:
    """Whether a mask is a single version."""
    return mask > 0 and not mask & (mask - 1)


def _merge_key(fact: Depends | Rejected) -> tuple[int, int, object]:
    if isinstance(fact, Depends):
        return fact.package, fact.flag, id(fact.demand)  # equal demands are one object
    return fact.package, fact.flag, (fact.reason, fact.requires_python)


def _widened(fact: Depends | Rejected, versions: int) -> Depends | Rejected:
    versions |= fact.versions
    if isinstance(fact, Depends):
        return Depends(fact.package, versions, fact.flag, fact.demand)
    return Rejected(fact.package, versions, fact.flag, fact.reason, fact.requires_python)


def fact_clause(fact: Depends | Rejected) -> Clause:
    """The clause that a fact is. Its first term is on the package that the fact is about."""
    terms = {fact.package: fact.versions}
    if fact.flag != NO_FLAG:
        terms[fact.flag] = 1
    if isinstance(fact, Depends) and fact.demand.mask:
        terms[fact.demand.package] = ~fact.demand.mask
    return Clause(terms, fact)


def resolvent(left: Clause, right: Clause, pivot: int) -> Clause:
    """The rule of resolution: what both clauses together say without `pivot`.

    The new clause holds whenever both do. Its term on `pivot` is the union of the two, which is
    left out where it is `ANYTHING`, the usual case.
    """
    terms = dict(left.terms)
    for package, mask in right.terms.items():
        known = terms.get(package)
        if known is None:
            terms[package] = mask
        elif package != pivot:
            terms[package] = known & mask
        elif known | mask == ANYTHING:
            del terms[package]
        else:
            terms[package] = known | mask
    return Clause(terms, Combined(left, right, pivot))
