"""In which order a contradiction is told.

Owns the way from the facts of a contradiction to the `Step`s that a reader follows. The good order
goes from the depths of the graph upwards and keeps the request for the end: what is at the bottom
makes what needs it impossible, and so on, "and because you require a, …". It is tried first, by
eliminating one package after the other. Where that does not lead to the end, the proof is told
as the solver found it.
Refuses words; see `weft.resolver.report`.
"""

from __future__ import annotations

from weft.core.ranges import EMPTY, FULL, complement, intersect
from weft.resolver.clauses import Combined, Depends
from weft.resolver.essence import leaves
from weft.resolver.proof import Logic, Step, Term

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.resolver.clauses import Clause
    from weft.resolver.packages import PackageTable

MOST_FACTS = 200
"""With more facts, the solver's order is taken right away."""


def tell(proof: Clause, table: PackageTable, members: Sequence[str] = ()) -> Step:
    """The steps that end in the empty one; `members` are projects of the user's own."""
    facts = leaves(proof)
    if len(facts) <= MOST_FACTS:
        told = _Upwards(facts, table, members).tell()
        if told is not None:
            return told
    return _as_found(proof, Logic(table, members))


def _as_found(proof: Clause, logic: Logic) -> Step:
    """The solver's proof, step by step."""
    done: dict[Clause, Step] = {}
    stack = [proof]
    while stack:
        clause = stack[-1]
        cause = clause.cause
        if clause in done:
            stack.pop()
        elif not isinstance(cause, Combined):
            done[clause] = logic.leaf(cause)
        elif cause.left not in done:
            stack.append(cause.left)
        elif cause.right not in done:
            stack.append(cause.right)
        else:
            left, right = done[cause.left], done[cause.right]
            # A step can say more than its clause; then it may not speak of the pivot any more.
            combined = logic.combine(left, right, cause.pivot)
            if combined is None:
                combined = right if cause.pivot in left.terms else left
            done[clause] = combined
    return done[proof]


class _Upwards:
    """Eliminates packages, those found last first, then holds the request against the rest."""

    def __init__(
        self, facts: Sequence[Clause], table: PackageTable, members: Sequence[str]
    ) -> None:
        self._table = table
        self._logic = Logic(table, members)
        self._together: dict[tuple[Step, ...], Step] = {}
        self._roots: list[Step] = []
        self._open: list[Step] = []
        for clause in facts:
            assert not isinstance(clause.cause, Combined)
            step = self._logic.leaf(clause.cause)
            root = self._logic.is_root(clause.cause)
            (self._roots if root and step.terms else self._open).append(step)
        # That projects are wanted is of no use to begin with.
        self._roots.sort(key=lambda root: any(table.rows[p].name in members for p in root.terms))

    def tell(self) -> Step | None:
        """The empty step, None if this order does not reach it."""
        for step in self._open:
            if not step.terms:
                return step
        asked = {self._base(package) for root in self._roots for package in root.terms}
        packages = {self._base(package) for step in self._open for package in step.terms}
        for package in self._from_the_bottom(packages - asked):
            self._eliminate(package)
        open_steps = self._open
        if not open_steps:
            return self._request(None)
        last = open_steps[0]
        for step in open_steps[1:]:
            merged = self._merge(last, step)
            if merged is None:
                return None
            last = merged
        return self._request(last)

    def _base(self, package: int) -> int:
        return self._table.rows[package].base if package >= 0 else package

    def _from_the_bottom(self, packages: set[int]) -> list[int]:
        """An order in which a package comes before those that need it, as far as possible."""
        needs: dict[int, set[int]] = {package: set() for package in packages}
        for step in self._open:
            bases = {self._base(p): term.absent for p, term in step.terms.items()}
            for owner in [p for p, absent in bases.items() if not absent and p in needs]:
                needs[owner] |= {p for p, absent in bases.items() if absent and p in needs}
        order: list[int] = []
        while needs:
            free = [package for package, needed in needs.items() if not needed & needs.keys()]
            package = max(free or needs)
            order.append(package)
            del needs[package]
        return order

    def _eliminate(self, package: int) -> None:
        """Replace the steps that speak of a package or its extras by what they say without it.

        Each demand for it is held against what is wrong with the versions that it allows.
        """
        concerned = [s for s in self._open if any(self._base(p) == package for p in s.terms)]
        wrong: list[Step] = []
        demands: dict[object, list[Step]] = {}  # by who demands: package and extras are one
        for step in concerned:
            mine = [term for p, term in step.terms.items() if self._base(p) == package]
            if not all(term.absent for term in mine):
                wrong.append(step)
                continue
            owner = frozenset([(p, t) for p, t in step.terms.items() if self._base(p) != package])
            demands.setdefault(owner, []).append(step)
        told: list[Step] = []
        for siblings in demands.values():
            result = self._against(siblings, self._touched(siblings, wrong, package), package)
            if result is None:
                break
            told.append(result)
        if not demands or len(told) < len(demands):
            everything = [step for siblings in demands.values() for step in siblings]
            together = self._against(everything, wrong, package)
            told = [together] if together is not None else concerned
        self._open = [step for step in self._open if step not in concerned] + told

    def _touched(self, siblings: list[Step], wrong: list[Step], package: int) -> list[Step]:
        """The steps of `wrong` about versions that the demands allow."""
        allowed = FULL
        for step in siblings:
            if package in step.terms:
                allowed = intersect(allowed, complement(step.terms[package].ranges))
        mask = self._table.rows[package].mask
        return [
            step
            for step in wrong
            if package not in step.terms or mask(intersect(step.terms[package].ranges, allowed))
        ]

    def _against(self, demands: list[Step], wrong: list[Step], package: int) -> Step | None:
        """One step without the package and its extras, None if none was found."""
        start = self._folded(tuple(wrong), package)
        result = start
        used: list[Step] = []
        for step in demands:
            merged = step if result is None else self._merge(result, step, only=package)
            if merged is None:
                continue
            if result is None or start is None:
                start = merged
            else:
                start = self._take_premises(merged, (start, result), used)
                if len(used) > 1 and not _same_owner(used):
                    start, used = merged, []
            result = merged
        if result is None or any(self._base(p) == package for p in result.terms):
            return None
        return Step(result.terms, premises=(start, *used)) if start and used else result

    def _folded(self, wrong: tuple[Step, ...], package: int) -> Step | None:
        """All that is wrong with some versions as one step, the same one for the same question."""
        if not wrong:
            return None
        found = self._together.get(wrong)
        if found is None:
            found = wrong[0]
            for step in wrong[1:]:
                found = self._merge(found, step, only=package) or found
            self._together[wrong] = found
        return found

    def _merge(self, left: Step, right: Step, only: int | None = None) -> Step | None:
        """Both steps in one, by the first package that makes it say something new."""
        for pivot in sorted(left.terms.keys() & right.terms.keys(), reverse=True):
            if only is not None and self._base(pivot) != only:
                continue
            known, term = left.terms[pivot], right.terms[pivot]
            merged = self._logic.combine(left, right, pivot)
            assert merged is not None
            now = merged.terms.get(pivot)
            if now in (known, term) or Term(EMPTY, False) in merged.terms.values():
                continue  # nothing gained, or a statement about no version at all
            return merged
        return None

    def _request(self, last: Step | None) -> Step | None:
        """Hold the request's requirements against what is left."""
        start, result = last, last
        used: list[Step] = []
        groups: dict[int, list[Step]] = {}
        for root in self._roots:
            groups.setdefault(self._of(root), []).append(root)
        terms = last.terms if last is not None else {}
        owners = {self._base(package) for package, term in terms.items() if not term.absent}
        for roots in sorted(groups.values(), key=lambda roots: self._of(roots[0]) not in owners):
            for root in roots:
                merged = root if result is None else self._merge(result, root)
                if merged is None:
                    continue
                if result is None or start is None:
                    start = result = merged
                    continue
                start = self._take_premises(merged, (start, result), used)
                result = merged
            if start is not None and not start.premises and result is not None and result.terms:
                # A fact alone is no conclusion to build on; with its requirement it is one.
                start = result = Step(result.terms, premises=(start, *used))
                used = []
        if result is None or result.terms or start is None:
            return None
        return Step({}, premises=(start, *used)) if used else start

    def _of(self, root: Step) -> int:
        ((package, _term),) = root.terms.items()
        return self._base(package)

    def _take_premises(self, merged: Step, before: tuple[Step, Step], used: list[Step]) -> Step:
        """Add the premises of a merge to `used`, save for the steps that it was made from.

        Returns what the whole begins with: `before[0]`, or, where that is a fact about one
        version, what follows from it and from there being no other.
        """
        start, result = before
        for premise in merged.premises:
            if premise in before:
                continue
            if premise.premises and premise.premises[0] is result:
                if result is start and not start.premises:
                    start = premise
                else:
                    used += premise.premises[1:]
            else:
                used.append(premise)
        return start


def _same_owner(facts: Sequence[Step]) -> bool:
    """Whether all facts say what the same versions depend on, so that one phrase tells them."""
    owners = {
        (fact.statement.package, fact.statement.versions, fact.statement.flag)
        if isinstance(fact.statement, Depends)
        else None
        for fact in facts
    }
    return len(owners) == 1 and None not in owners
