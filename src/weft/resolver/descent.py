"""The search for as long as nothing stands against it: decisions, and what they leave of others.

Owns `Descent`, which takes the decisions that `weft.resolver.solver` would take, in the same
order, and keeps no clauses and no trail: most requests are met without going back once, and many
parts of a universal one are. With the first conflict the solver takes over, with everything that
was decided until then.
Refuses to go back, to learn and to explain.
Follows https://github.com/dart-lang/pub/blob/master/doc/solver.md.
"""

from __future__ import annotations

from weft.resolver.clauses import Depends
from weft.resolver.solution import ORDINARY, UNDECIDED, Solution
from weft.resolver.solver import CONFLICTS_UNTIL_RERANKED, Effort, Solver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.resolver.clauses import Clause, Rejected
    from weft.resolver.knowledge import Choice, Knowledge
    from weft.resolver.solver import Step


class Descent:
    """A search to `run` once, or to `fork` where it came to and to `resume` from there.

    What the knowledge raises leaves it as it was, like a `Solver`.
    """

    __slots__ = (
        "_blamed",
        "_knowledge",
        "_most_conflicts",
        "_roots",
        "_solver",
        "_steps",
        "solution",
    )

    def __init__(self, knowledge: Knowledge, *, most_conflicts: int | None = None) -> None:
        self._knowledge = knowledge
        self._most_conflicts = most_conflicts
        self.solution = Solution()
        self._roots: Sequence[Clause] = ()
        self._steps: list[Step] = []
        self._blamed: dict[int, int] = {}
        self._solver: Solver | None = None

    @property
    def effort(self) -> Effort:
        """Figures so far."""
        if self._solver is not None:
            return self._solver.effort
        decided = len(self.solution.decided) - self.solution.decided.count(UNDECIDED)
        return Effort(decided, 0, len(self._steps))

    @property
    def took_over(self) -> bool:
        """Whether a solver had to take over."""
        return self._solver is not None

    @property
    def solver(self) -> Solver:
        """The solver that took over; made if there is none yet."""
        if self._solver is None:
            self._solver = Solver(self._knowledge, most_conflicts=self._most_conflicts)
            self._solver.follow(self._roots, self._steps)
            self.solution = self._solver.solution
        return self._solver

    def run(self) -> Solution:
        """Search. Raises `Contradiction`, and `GaveUp` after `most_conflicts`."""
        self._roots = self._knowledge.roots()
        self.solution.make_room(self._knowledge.package_count())
        if self._narrowed(self._roots):
            return self.resume()
        return self.solver.resume()

    def resume(self, choice: Choice | None = None) -> Solution:
        """Go on with a search that was forked: with `choice`, if that was made before."""
        if self._solver is not None:
            return self._solver.resume(choice)
        if self._descended(choice):
            return self.solution
        return self.solver.resume()

    def fork(self, knowledge: Knowledge) -> Descent:
        """The same search at the same point, to be gone on with independently."""
        other = Descent(knowledge, most_conflicts=self._most_conflicts)
        if self._solver is not None:
            other._solver = self._solver.fork(knowledge)
            other.solution = other._solver.solution
            return other
        other.solution = self.solution.copy()
        other._roots = self._roots
        other._steps = self._steps.copy()
        other._blamed = self._blamed.copy()
        return other

    def go_on(self, knowledge: Knowledge) -> None:
        """Ask somebody else from now on, who knows all that is known."""
        self._knowledge = knowledge
        if self._solver is not None:
            self._solver.knowledge = knowledge

    def _descended(self, choice: Choice | None) -> bool:
        """Whether everything could be decided; else the last step is what stands against it."""
        knowledge, solution = self._knowledge, self.solution
        waiting, steps = solution.waiting, self._steps
        allowed, decided = solution.allowed, solution.decided
        while True:
            if choice is None:
                waits = waiting[ORDINARY]
                if not waits:
                    return True
                choice = knowledge.choose((waits & -waits).bit_length() - 1, solution)
            package = choice.package
            if allowed[package] < 0:
                return False
            if choice.rejected:
                steps.append((choice, (), ()))
                if not self._without(package, choice.rejected):
                    return False
                choice = None
                continue
            facts = knowledge.consequences(package, choice)
            news = knowledge.news()
            steps.append((choice, news, facts))
            solution.make_room(knowledge.package_count())
            if news and not self._narrowed(news):
                return False
            against = self._against(facts)
            if against:
                if not self._vetoed(package, against):
                    return False
            else:
                allowed[package] = 1 << choice.position
                decided[package] = choice.position
                waiting[ORDINARY] &= ~(1 << package)
                if not self._demanded(facts):
                    return False
            choice = None

    def _narrowed(self, clauses: Sequence[Clause]) -> bool:
        """Apply clauses of one term; whether they leave something of each package."""
        solution = self.solution
        for clause in clauses:
            if len(clause.terms) != 1:
                return False
            ((package, mask),) = clause.terms.items()
            state = solution.allowed[package]
            left = solution.allowed[package] = state & ~mask
            if not left:
                return False
            if state < 0 <= left:
                solution.waiting[ORDINARY] |= 1 << package
        return True

    def _against(self, facts: Sequence[Depends | Rejected]) -> list[Depends | Rejected]:
        """The facts that exclude the version that they are about."""
        allowed = self.solution.allowed
        found: list[Depends | Rejected] = []
        for fact in facts:
            if not isinstance(fact, Depends) or not allowed[fact.demand.package] & fact.demand.mask:
                found.append(fact)
        return found

    def _demanded(self, facts: Sequence[Depends | Rejected]) -> bool:
        """Leave of other packages what a version wants of them; whether that is something.

        Two of its demands may exclude each other where none excludes the version.
        """
        allowed, waiting = self.solution.allowed, self.solution.waiting
        for fact in facts:
            demand = fact.demand  # type: ignore[union-attr]
            package = demand.package
            state = allowed[package]
            left = allowed[package] = state & demand.mask
            if not left:
                return False
            if state < 0:
                waiting[ORDINARY] |= 1 << package
        return True

    def _without(self, package: int, facts: Sequence[Depends | Rejected]) -> bool:
        """Take what facts exclude from a package; whether something is left of it."""
        left = self.solution.allowed[package]
        for fact in facts:
            if fact.package != package:
                return False  # of an extra: the conflict is with its package
            left &= ~fact.versions
        self.solution.allowed[package] = left
        return left != 0

    def _vetoed(self, package: int, facts: Sequence[Depends | Rejected]) -> bool:
        """Exclude a version; not where the solver would begin to decide in another order."""
        for fact in facts:
            blamed = [~package]
            if isinstance(fact, Depends):
                blamed.append(fact.demand.package)
            for each in blamed:
                count = self._blamed[each] = self._blamed.get(each, 0) + 1
                if count == CONFLICTS_UNTIL_RERANKED:
                    return False
        return self._without(package, facts)
