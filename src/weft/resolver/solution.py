"""The partial solution: what is decided, what follows from it, and in which order it came.

Owns the trail and the state of every package, as flat lists of integers and tuples so that
`copy` is a few list copies: solving for several sets of environments forks the state. And the
ways in which a search ends.
Refuses to judge: it knows neither clauses nor versions. Masks as in `weft.resolver.clauses`.
"""

from __future__ import annotations

from weft.core.value import value
from weft.resolver.clauses import ANYTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from weft.resolver.clauses import Clause

    # package, its mask before and after, level, the clause it follows from (None: decided)
    Assignment: TypeAlias = tuple[int, int, int, int, Clause | None]

UNDECIDED = -1
RANKS = 3
ORDINARY, LATE, EARLY = range(RANKS)
"""In which order packages are decided: the highest rank first, within it by discovery.

`EARLY`: versions of it were rejected again and again because of packages decided before it.
`LATE`: one of those.
"""

CONFLICTS_UNTIL_RERANKED = 5
"""From then on the package is decided earlier than those that ruled its versions out."""


class Contradiction(Exception):
    """The clause without terms was derived; `clause.cause` leads through the proof."""

    def __init__(self, clause: Clause) -> None:
        super().__init__()
        self.clause = clause


class GaveUp(Exception):
    """A limited search met too many conflicts."""


@value
class Effort:
    """How much work a solution took, for tests and `-v`.

    `versions` counts the versions (and extras of versions) whose dependencies were read.
    """

    decisions: int
    conflicts: int
    versions: int


class Solution:
    """`allowed[p]` is the mask of what package `p` can still be; `decided[p]` its position.

    Packages that must be installed and are not decided wait in `waiting`: one int per rank whose
    bit `p` says that `p` is in it, so that the next package is the lowest set bit.
    """

    __slots__ = ("_history", "allowed", "decided", "level", "rank", "trail", "waiting")

    def __init__(self) -> None:
        self.allowed: list[int] = []
        self.decided: list[int] = []
        self.rank: list[int] = []
        self.trail: list[Assignment] = []
        self.waiting: list[int] = [0] * RANKS
        self.level = 0
        self._history: list[list[int]] = []  # indices on the trail, by package

    def copy(self) -> Solution:
        """An independent copy; clauses are shared."""
        other = Solution.__new__(Solution)
        other.allowed = self.allowed.copy()
        other.decided = self.decided.copy()
        other.rank = self.rank.copy()
        other.trail = self.trail.copy()
        other.waiting = self.waiting.copy()
        other.level = self.level
        other._history = [indices.copy() for indices in self._history]
        return other

    def sketch(self) -> Solution:
        """A copy without a trail, for decisions that are not taken back."""
        other = Solution()
        other.allowed = self.allowed.copy()
        other.decided = self.decided.copy()
        other.rank = self.rank.copy()
        other.waiting = self.waiting.copy()
        return other

    def make_room(self, count: int) -> None:
        """Know packages `0 .. count - 1`."""
        missing = count - len(self.allowed)
        if missing > 0:
            self.allowed += [ANYTHING] * missing
            self.decided += [UNDECIDED] * missing
            self.rank += [ORDINARY] * missing
            self._history += [[] for _ in range(missing)]

    def next_package(self) -> int:
        """The package to decide next, -1 if none is waiting."""
        for waiting in reversed(self.waiting):
            if waiting:
                return (waiting & -waiting).bit_length() - 1
        return -1

    def queue(self) -> Iterator[int]:
        """The packages that wait, in the order in which to decide them."""
        for waiting in reversed(self.waiting):
            while waiting:
                yield (waiting & -waiting).bit_length() - 1
                waiting &= waiting - 1

    def raise_rank(self, package: int, rank: int) -> None:
        """Decide `package` with those of `rank` from now on."""
        waits = self.waiting[self.rank[package]] >> package & 1
        if waits:
            self.waiting[self.rank[package]] ^= 1 << package
            self.waiting[rank] ^= 1 << package
        self.rank[package] = rank

    def derive(self, package: int, after: int, clause: Clause) -> None:
        """`clause` leaves `package` only `after`, a proper part of what was allowed."""
        before = self.allowed[package]
        self._history[package].append(len(self.trail))
        self.trail.append((package, before, after, self.level, clause))
        self.allowed[package] = after
        if before < 0 <= after:
            self.waiting[self.rank[package]] |= 1 << package

    def decide(self, package: int, position: int) -> None:
        """Choose the version of a waiting package. This opens a level.

        It is put on the trail even where only this version was left: what follows from the
        decision alone must be undone with it.
        """
        self.level += 1
        after = 1 << position
        self._history[package].append(len(self.trail))
        self.trail.append((package, self.allowed[package], after, self.level, None))
        self.allowed[package] = after
        self.decided[package] = position
        self.waiting[self.rank[package]] &= ~(1 << package)

    def backjump(self, level: int) -> None:
        """Undo every assignment above `level`."""
        trail, allowed, decided = self.trail, self.allowed, self.decided
        while trail and trail[-1][3] > level:
            package, before, _after, _level, clause = trail.pop()
            allowed[package] = before
            self._history[package].pop()
            if clause is None:
                decided[package] = UNDECIDED
            bit = 1 << package
            if before >= 0 and decided[package] == UNDECIDED:
                self.waiting[self.rank[package]] |= bit
            else:
                self.waiting[self.rank[package]] &= ~bit
        self.level = level

    def decision_level(self, package: int) -> int:
        """The level that the decision on `package` opened, -1 if it is not decided."""
        if self.decided[package] != UNDECIDED:
            for index in reversed(self._history[package]):
                if self.trail[index][4] is None:
                    return self.trail[index][3]
        return -1

    def satisfier(self, package: int, mask: int) -> int:
        """Index on the trail of the earliest assignment after which `package` lies within `mask`.

        It must lie within it now, and not from the start.
        """
        trail, indices = self.trail, self._history[package]
        low, high = 0, len(indices) - 1
        while low < high:  # what is allowed only ever shrinks, so halving finds it
            middle = (low + high) >> 1
            if trail[indices[middle]][2] & ~mask:
                low = middle + 1
            else:
                high = middle
        return indices[low]
