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
from weft.resolver.solution import (
    CONFLICTS_UNTIL_RERANKED,
    ORDINARY,
    UNDECIDED,
    Effort,
    Solution,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.resolver.clauses import Clause, Rejected
    from weft.resolver.knowledge import BriefKnowledge, Choice
    from weft.resolver.solver import Solver, Step

TAKEOVERS = 2
"""After so many the solver also takes over what is forked, once for all that is forked there."""


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
        "_takeovers",
        "solution",
    )

    def __init__(self, knowledge: BriefKnowledge, *, most_conflicts: int | None = None) -> None:
        self._knowledge = knowledge
        self._most_conflicts = most_conflicts
        self.solution = Solution()
        self._roots: Sequence[Clause] = ()
        self._steps: list[Step] = []
        self._blamed: dict[int, int] = {}
        self._solver: Solver | None = None
        self._takeovers = [0]  # of this search and all its forks

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
    def is_straight(self) -> bool:
        """Whether no decision was taken back, and no version excluded by what it wants."""
        return self._solver is None and not self._blamed

    @property
    def solver(self) -> Solver:
        """The solver that took over; made if there is none yet."""
        if self._solver is None:
            from weft.resolver.solver import Solver

            self._takeovers[0] += 1
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

    def fork(self, knowledge: BriefKnowledge) -> Descent:
        """The same search at the same point, to be gone on with independently."""
        other = Descent(knowledge, most_conflicts=self._most_conflicts)
        other._takeovers = self._takeovers
        if self._solver is not None or self._takeovers[0] >= TAKEOVERS:
            other._solver = self.solver.fork(knowledge)
            other.solution = other._solver.solution
            return other
        other.solution = self.solution.copy()
        other._roots = self._roots
        other._steps = self._steps.copy()
        other._blamed = self._blamed.copy()
        return other

    def go_on(self, knowledge: BriefKnowledge) -> None:
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
                knowledge.repeat(solution, steps)
                waits = waiting[ORDINARY]
                if not waits:
                    return True
                choice = knowledge.choose((waits & -waits).bit_length() - 1, solution)
            package = choice.package
            if allowed[package] < 0:
                return False
            if choice.rejected:
                steps.append((choice, ()))
                if not self._without(package, choice.rejected):
                    return False
                choice = None
                continue
            demands = knowledge.demands(package, choice)
            news = knowledge.news()
            steps.append((choice, news))
            solution.make_room(knowledge.package_count())
            if news and not self._narrowed(news):
                return False
            if demands is None or not self._admits(demands):
                if not self._vetoed(choice):
                    return False
            else:
                allowed[package] = 1 << choice.position
                decided[package] = choice.position
                waiting[ORDINARY] &= ~(1 << package)
                if not self._demanded(demands):
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

    def _admits(self, demands: Sequence[tuple[int, int]]) -> bool:
        """Whether each demand alone can be met."""
        allowed = self.solution.allowed
        return all(allowed[package] & mask for package, mask in demands)

    def _demanded(self, demands: Sequence[tuple[int, int]]) -> bool:
        """Leave of other packages what a version wants of them; whether that is something.

        Two of its demands may exclude each other where none excludes the version.
        """
        allowed, waiting = self.solution.allowed, self.solution.waiting
        for package, mask in demands:
            state = allowed[package]
            left = allowed[package] = state & mask
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

    def _vetoed(self, choice: Choice) -> bool:
        """Exclude a version that something stands against; not where the solver would begin to
        decide in another order."""
        allowed = self.solution.allowed
        against = []
        for fact in self._knowledge.consequences(choice.package, choice):
            blamed = [~choice.package]
            if isinstance(fact, Depends):
                if allowed[fact.demand.package] & fact.demand.mask:
                    continue
                blamed.append(fact.demand.package)
            against.append(fact)
            for each in blamed:
                count = self._blamed[each] = self._blamed.get(each, 0) + 1
                if count == CONFLICTS_UNTIL_RERANKED:
                    return False
        return self._without(choice.package, against)
