"""The PubGrub loop: propagate, learn from conflicts, decide.

Owns the search. It ends with every required package decided, or with `Contradiction`, whose
clause is the root of a proof. Every loop here is a loop, not a recursion: the depth of a graph is
not limited by the interpreter's stack.

Refuses to know what packages, versions and requirements are: a `Knowledge` chooses positions and
tells which clauses a choice brings along.
Follows https://github.com/dart-lang/pub/blob/master/doc/solver.md.
"""

from __future__ import annotations

from weft.resolver.clauses import (
    LONG,
    Clause,
    ClauseBook,
    resolvent,
)
from weft.resolver.solution import (
    CONFLICTS_UNTIL_RERANKED,
    EARLY,
    LATE,
    ORDINARY,
    Contradiction,
    Effort,
    GaveUp,
    Solution,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from weft.resolver.knowledge import Choice, Knowledge

    # What was chosen, and the clauses that were news then
    Step: TypeAlias = tuple[Choice, Sequence[Clause]]

CONFLICT = -1
NOTHING_FOLLOWS = -2


class Solver:
    """One search. `run` may be called once; `solution` then holds the answer.

    What the knowledge raises in `roots`, `choose` or `consequences` leaves the search as it was
    before the question, so that `fork` and `resume` can ask again.
    """

    def __init__(self, knowledge: Knowledge, *, most_conflicts: int | None = None) -> None:
        self.knowledge = knowledge
        self._most_conflicts = most_conflicts
        self.solution = Solution()
        self.book = ClauseBook()
        self._known: set[tuple[int, int]] = set()
        self._rejections: dict[int, int] = {}
        self._blamed: dict[int, int] = {}
        self._revoked: list[int] = []
        self._decisions = 0
        self._conflicts = 0

    @property
    def effort(self) -> Effort:
        """Figures so far."""
        return Effort(self._decisions, self._conflicts, len(self._known))

    def run(self) -> Solution:
        """Search. Raises `Contradiction`, and `GaveUp` after `most_conflicts`."""
        self.follow(self.knowledge.roots(), ())
        return self.resume()

    def follow(self, roots: Sequence[Clause], steps: Sequence[Step]) -> None:
        """Begin with what holds from the start, and steps that another search took from there."""
        changed: list[int] = []
        for clause in self._admit(roots):
            self._enforce(clause, changed)
        self._propagate(changed)
        for choice, news in steps:
            self._take(choice, news)

    def resume(self, choice: Choice | None = None) -> Solution:
        """Go on with a search that was forked: with `choice`, if that was made before."""
        if choice is not None:
            self._take(choice)
        while True:
            package = self.solution.next_package()
            if package < 0:
                return self.solution
            if self.solution.allowed[package] & self.book.excluded[package]:
                self._propagate([package])  # going back brought in what is excluded for good
                continue
            choice = self.knowledge.choose(package, self.solution)
            if self.solution.allowed[choice.package] >= 0:
                self._take(choice)
            elif not self._draw_again():
                self._take(self._required_choice())

    def _draw_again(self) -> bool:
        """Draw conclusions that going back undid and that were kept from being drawn elsewhere.

        Whether there were any.
        """
        before = len(self.solution.trail), self._conflicts
        self._propagate([each for each, state in enumerate(self.solution.allowed) if state >= 0])
        return before != (len(self.solution.trail), self._conflicts)

    def _required_choice(self) -> Choice:
        """The first choice for a package that something requires.

        An extra is decided with its package. Where it follows from a learned clause, what requires
        the two may still wait, and the package with it.
        """
        for package in self.solution.queue():
            choice = self.knowledge.choose(package, self.solution)
            if self.solution.allowed[choice.package] >= 0:
                return choice
        raise AssertionError(package)

    def fork(self, knowledge: Knowledge) -> Solver:
        """The same search at the same point, to be gone on with independently."""
        other = Solver(knowledge, most_conflicts=self._most_conflicts)
        other.solution = self.solution.copy()
        other.book = self.book.copy()
        other._known = self._known.copy()
        other._rejections = self._rejections.copy()
        other._blamed = self._blamed.copy()
        other._decisions = self._decisions
        other._conflicts = self._conflicts
        return other

    def _take(self, choice: Choice, news: Sequence[Clause] = ()) -> None:
        """Decide one package, or learn why not; `news` have been told with it before."""
        changed: list[int] = []
        for rejected in choice.rejected:
            self._enforce(self.book.add_fact(rejected), changed)
        if not choice.rejected:
            if choice.key not in self._known:
                self._consult(choice, changed, news)
            if not changed:
                self._veto(choice, changed)
            if not changed:
                self._decisions += 1
                self.solution.decide(choice.package, choice.position)
                changed.append(choice.package)
        self._propagate(changed)
        if self._revoked:
            self._revoke()

    def _revoke(self) -> None:
        """Take back the decisions on packages that ruled out others too often."""
        solution = self.solution
        while self._revoked:
            level = solution.decision_level(self._revoked.pop())
            if level >= 0:
                solution.backjump(level - 1)
                self._draw_again()

    def _consult(self, choice: Choice, changed: list[int], news: Sequence[Clause]) -> None:
        """File what `choice` brings along, and draw the conclusions that need no choice."""
        facts = self.knowledge.consequences(choice.package, choice)
        self._known.add(choice.key)
        for clause in self._admit([*news, *self.knowledge.news()]):
            self._enforce(clause, changed)
        for fact in facts:
            clause = self.book.add_fact(fact)
            if self._rules_out(clause, choice.package):
                self._blame(choice.package, clause)
                self._enforce(clause, changed)

    def _veto(self, choice: Choice, changed: list[int]) -> None:
        """Exclude the chosen version where a clause leaves nothing else.

        That is cheaper than to decide it, run into the conflict and analyse it.
        """
        package = choice.package
        for watched in self.book.versions[package].get(1 << choice.position, ()):
            if self._rules_out(watched.clause, package):
                self._blame(package, watched.clause)
                self._enforce(watched.clause, changed)
                return

    def _rules_out(self, clause: Clause, package: int) -> bool:
        """Whether all terms but the one on `package` hold."""
        allowed = self.solution.allowed
        for other, mask in clause.terms.items():
            if other != package and allowed[other] & ~mask:
                return False
        return True

    def _admit(self, clauses: Sequence[Clause]) -> Sequence[Clause]:
        """File clauses and make room for the packages that came with them."""
        count = self.knowledge.package_count()
        self.solution.make_room(count)
        self.book.make_room(count)
        for clause in clauses:
            self.book.add(clause)
        return clauses

    def _enforce(self, clause: Clause, changed: list[int]) -> None:
        """Draw the conclusion from a clause that all terms but one, or all, hold of."""
        package = self._open_term(clause)
        if package == CONFLICT:
            changed[:] = [self._learn(clause)]
        elif package != NOTHING_FOLLOWS:
            rest = self.solution.allowed[package] & ~clause.terms[package]
            self.solution.derive(package, rest, clause)
            changed.append(package)

    def _open_term(self, clause: Clause) -> int:
        """The one package whose term does not hold yet but could; or `CONFLICT` if all terms
        hold, `NOTHING_FOLLOWS` if one cannot hold any more or several are open."""
        allowed = self.solution.allowed
        found = CONFLICT
        for package, mask in clause.terms.items():
            state = allowed[package]
            if state & ~mask:
                if found != CONFLICT or not state & mask:
                    return NOTHING_FOLLOWS
                found = package
        return found

    def _propagate(self, changed: list[int]) -> None:
        """Draw every conclusion from the packages in `changed`.

        After a conflict everything above the level that it jumped back to is undone, and with it
        all that `changed` held.
        """
        allowed, excluded = self.solution.allowed, self.book.excluded
        while changed:
            package = changed.pop()
            if allowed[package] & excluded[package] and self._exclude(package, changed):
                continue
            learned = self.book.learned[package]
            if learned and self._propagate_learned(package, learned, changed):
                continue
            self._propagate_filed(package, changed)

    def _propagate_filed(self, package: int, changed: list[int]) -> None:
        """The conclusions from the clauses that a package is filed with, newest first.

        The inner loop is the hot one of the whole room.
        """
        allowed, derive = self.solution.allowed, self.solution.derive
        state = allowed[package]
        concerned = self.book.watches[package]
        if state > 0 and not state & (state - 1):
            concerned = concerned + self.book.versions[package].get(state, [])
        for watched in reversed(concerned):
            if state & ~watched.own:
                continue
            other = watched.other
            if other == LONG:
                other = self._open_term(watched.clause)
                if other == NOTHING_FOLLOWS:
                    continue
                rest = known = 0
                if other != CONFLICT:
                    known = allowed[other]
                    rest = known & ~watched.clause.terms[other]
            else:
                known = allowed[other]
                rest = known & ~watched.other_mask
            if not rest:
                changed[:] = [self._learn(watched.clause)]
                return
            if rest != known:
                derive(other, rest, watched.clause)
                changed.append(other)

    def _propagate_learned(self, package: int, learned: list[Clause], changed: list[int]) -> bool:
        """The conclusions from the long clauses that were learned; whether that was a conflict.

        Each is watched by two packages whose terms did not hold. When one of these comes to hold,
        another package takes over, and only when there is none the clause says something.
        """
        allowed = self.solution.allowed
        state = allowed[package]
        for index in range(len(learned) - 1, -1, -1):
            clause = learned[index]
            terms = clause.terms
            if state & ~terms[package]:
                continue
            first, second = clause.watchers
            other = second if first == package else first
            known = allowed[other]
            if not known & terms[other]:
                continue
            for substitute, mask in terms.items():
                if allowed[substitute] & ~mask and substitute != other:
                    clause.watchers = (other, substitute)
                    self.book.learned[substitute].append(clause)
                    learned[index] = learned[-1]
                    learned.pop()
                    break
            else:
                rest = known & ~terms[other]
                if not rest:
                    changed[:] = [self._learn(clause)]
                    return True
                self.solution.derive(other, rest, clause)
                changed.append(other)
        return False

    def _exclude(self, package: int, changed: list[int]) -> bool:
        """Apply the clauses of one term to `package`; whether that was a conflict."""
        for clause in self.book.single[package]:
            mask = clause.terms[package]
            state = self.solution.allowed[package]
            if not state & mask:
                continue
            if not state & ~mask:
                changed[:] = [self._learn(clause)]
                return True
            self.solution.derive(package, state & ~mask, clause)
        return False

    def _learn(self, clause: Clause) -> int:
        """All terms of `clause` hold: find out why, go back, and exclude it from there.

        Returns the package whose state the learned clause changed.
        """
        self._conflicts += 1
        if self._conflicts == self._most_conflicts:
            raise GaveUp
        solution = self.solution
        trail = solution.trail
        learned = clause
        while learned.terms:
            pivot, index, level, second = self._newest(learned)
            package, _before, _after, own_level, cause = trail[index]
            if cause is None or level < own_level:
                # The learned clause would hold from `level` on already. Going back just far
                # enough keeps decisions that have nothing to do with the conflict, which is
                # several times faster than to make them again, and keeps their versions.
                solution.backjump(own_level - 1)
                if learned is not clause:
                    self.book.learn(learned, (pivot, second))
                state = solution.allowed[package]
                solution.derive(package, state & ~learned.terms[package], learned)
                return package
            learned = resolvent(learned, cause, pivot)
        raise Contradiction(learned)

    def _newest(self, clause: Clause) -> tuple[int, int, int, int]:
        """The package whose assignment completed the clause, that assignment's index, the highest
        level that the rest of the clause needs, and the package that was last before."""
        solution = self.solution
        newest, earlier = -1, -1
        pivot, second = -1, -1
        for package, mask in clause.terms.items():
            index = solution.satisfier(package, mask)
            if index > newest:
                newest, earlier, pivot, second = index, newest, package, pivot
            elif index > earlier:
                earlier, second = index, package
        level = solution.trail[earlier][3] if earlier >= 0 else 0
        cause = solution.trail[newest][4]
        if cause is not None:
            # The assignment says "not `cause.terms[pivot]`". Where that alone does not put the
            # package within the clause's term, earlier assignments to it did the rest.
            remainder = ~cause.terms[pivot] & ~clause.terms[pivot]
            if remainder:
                helper = solution.satisfier(pivot, ~remainder)
                level = max(level, solution.trail[helper][3])
        return pivot, newest, level, second

    def _blame(self, package: int, clause: Clause) -> None:
        """Count that others, as they stand, ruled out the best version of `package`.

        After a few times `package` is decided before them, so that they are fitted to it and not
        tried in vain one after the other.
        """
        solution = self.solution
        count = self._rejections[package] = self._rejections.get(package, 0) + 1
        if count == CONFLICTS_UNTIL_RERANKED and solution.rank[package] < EARLY:
            solution.raise_rank(package, EARLY)
            self.knowledge.rerank(package)
        for other in clause.terms:
            if other != package:
                count = self._blamed[other] = self._blamed.get(other, 0) + 1
                if count == CONFLICTS_UNTIL_RERANKED and solution.rank[other] == ORDINARY:
                    solution.raise_rank(other, LATE)
                    self.knowledge.rerank(other)
                    self._revoked.append(other)
