"""Conflicts that have nothing to do with each other.

A search ends with the first contradiction. Owns the question what else stands in the way: the
request is solved again without the requirements that a contradiction rests on, and changes that
settle each contradiction are put together and tried on the whole request.
Refuses to look for more than `MOST_CONFLICTS_APART`. Follows no specification.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace
from weft.resolver.clauses import Required
from weft.resolver.fixes import Change, changed, fixes, has_answer
from weft.resolver.report import NoSolution
from weft.resolver.resolution import Request, resolve
from weft.resolver.solution import GaveUp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.requirement import Requirement
    from weft.resolver.bounded import Bounded
    from weft.resolver.fixes import Asked

MOST_CONFLICTS_APART = 3
"""So many are told at most, the first one included."""


def conflicts_apart(first: NoSolution, request: Asked, source: Bounded) -> tuple[NoSolution, ...]:
    """What cannot be met either, without all that the conflicts before it rest on."""
    found = [first]
    while len(found) < MOST_CONFLICTS_APART:
        rest = _without(request, found)
        if rest is None:
            break
        other = _conflict(rest, source)
        if other is None:
            break
        found.append(other)
    return tuple(found[1:])


def joint_change(conflicts: Sequence[NoSolution], request: Asked, source: Bounded) -> Change | None:
    """Requirements that give way, so that all `conflicts` are settled; None where none works."""
    pairs: list[tuple[Requirement, Requirement | None]] = []
    for conflict in conflicts:
        others = [each for each in conflicts if each is not conflict]
        alone = _without(request, others)
        if alone is None:
            return None
        change = next(
            (each for each in fixes(conflict, alone, source) if each.kind == "requirement"), None
        )
        if change is None:
            return None
        pairs += change.pairs
    joint = Change("requirement", pairs[0][0].name, tuple(pairs))
    return joint if has_answer(changed(request, joint), source) else None


def _without(request: Asked, conflicts: Sequence[NoSolution]) -> Asked | None:
    """The request without what conflicts rest on; None where nothing of it is a requirement."""
    names = {
        fact.demand.label.partition("[")[0]
        for conflict in conflicts
        for fact in conflict.statements
        if isinstance(fact, Required)
    }
    kept = tuple([each for each in request.requirements if each.name not in names])
    return replace(request, requirements=kept) if len(kept) < len(request.requirements) else None


def _conflict(request: Asked, source: Bounded) -> NoSolution | None:
    try:
        if isinstance(request, Request):
            resolve(request, source)
        else:
            from weft.resolver.universal import resolve_universal

            resolve_universal(request, source)
    except NoSolution as error:
        return error
    except (GaveUp, WeftError):
        return None
    return None
