"""What a resolution has found.

Owns `Resolution`, for one environment. Refuses behaviour: earlier answers are made of it without
anything that solves.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.resolver.solution import Effort


@value
class ResolvedPackage:
    """One package of the answer.

    `position` is its place in the source's version list, `extras` those that are wanted of it,
    `requirements` the packages it needs here, each with the extras it asks for.
    """

    name: str
    version: str
    position: int
    extras: frozenset[str]
    requirements: tuple[tuple[str, tuple[str, ...]], ...]


@value
class Resolution:
    """The answer: packages sorted by name, none that nobody needs.

    `missing_extras` are pairs of a package and an extra that its chosen version does not have.
    """

    packages: tuple[ResolvedPackage, ...]
    effort: Effort | None
    missing_extras: tuple[tuple[str, str], ...] = ()
