"""What the solver asks, and the answer to its main question.

Owns the port `Knowledge` and `Choice`. Refuses to know how the answers come about; see
`weft.resolver.provider` and `weft.resolver.regional`, which give them.
Follows https://github.com/dart-lang/pub/blob/master/doc/solver.md on decisions.
"""

from __future__ import annotations

from weft.core.value import value
from weft.resolver.solution import UNDECIDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from weft.resolver.clauses import Clause, Depends, Rejected
    from weft.resolver.solution import Solution
    from weft.resolver.solver import Step

    class Knowledge(Protocol):
        """What the solver asks. All lists that a mask needs are known before the mask is made."""

        def roots(self) -> Sequence[Clause]:
            """Clauses that hold from the start."""

        def choose(self, package: int, solution: Solution) -> Choice:
            """Which of the allowed versions to take, or why none can be taken."""

        def consequences(self, package: int, choice: Choice) -> Sequence[Depends | Rejected]:
            """What deciding on the choice brings along."""

        def news(self) -> Sequence[Clause]:
            """Clauses about packages that were met since the last call (constraints)."""

        def package_count(self) -> int: ...

        def rerank(self, package: int) -> None:
            """Conflicts gave a package another rank: what made it urgent before counts no more."""

    class BriefKnowledge(Knowledge, Protocol):
        """What a search without clauses asks."""

        def demands(self, package: int, choice: Choice) -> Sequence[tuple[int, int]] | None:
            """The consequences in short: packages, each with the mask that is left of it.

            None where the choice cannot be made.
            """

        def repeat(self, solution: Solution, steps: list[Step]) -> None:
            """Take the next decisions, in their order, where there is nothing to ask about them.

            A knowledge that has nothing to repeat does nothing.
            """


@value
class Choice:
    """Decide `package` on `position`; or, where `rejected` is not empty, learn that instead.

    `package` may differ from the one that was asked for: the one that has to come first.
    `key` names the consequences.
    """

    package: int
    position: int = UNDECIDED
    rejected: tuple[Rejected, ...] = ()
    key: tuple[int, int] = (0, 0)
