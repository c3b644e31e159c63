"""A source that answers for a while, and that can be told to answer differently.

Owns the limits of the search for advice. Refuses to know what is looked for; see
`weft.resolver.fixes`. Follows no specification.
"""

from __future__ import annotations

from weft.core.value import replace
from weft.resolver.solution import GaveUp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from weft.core.marker_sets import MarkerSet
    from weft.core.requirement import Requirement
    from weft.resolver.candidates import Dependencies, Missing, Unusable, Usable, VersionList
    from weft.resolver.universal import UniversalSource

    Edits: TypeAlias = Mapping[str, Mapping[Requirement, Requirement]]


class OutOfTime(GaveUp):
    """There is no time left to solve again."""


class Bounded:
    """A source that answers until `spent`, and that is not asked to read what `costs` too much.

    As universal as the source is (`weft.resolver.universal.UniversalSource`). Raises `GaveUp`.
    """

    def __init__(
        self,
        source: UniversalSource,
        *,
        spent: Callable[[], bool],
        costs: Callable[[str, int], bool],
        edits: Edits | None = None,
    ) -> None:
        self._source = source
        self._spent = spent
        self._costs = costs
        self._edits = edits or {}

    def editing(self, edits: Edits) -> Bounded:
        """The same source, where some packages require something else."""
        return Bounded(self._source, spent=self._spent, costs=self._costs, edits=edits)

    def versions(self, name: str) -> VersionList | Missing:
        self._check()
        return self._source.versions(name)

    def candidate(self, name: str, position: int) -> Usable | Unusable:
        self._check()
        return self._source.candidate(name, position)

    def dependencies(self, name: str, position: int) -> Dependencies | Unusable:
        self._check()
        if self._costs(name, position):
            raise GaveUp
        found = self._source.dependencies(name, position)
        edits = self._edits.get(name)
        if edits is None or not hasattr(found, "requirements"):
            return found
        return replace(
            found, requirements=tuple([edits.get(each, each) for each in found.requirements])
        )

    def requires_python(self, name: str, position: int) -> str | None:
        return self._source.requires_python(name, position)

    def markers(self, name: str, position: int) -> MarkerSet:
        return self._source.markers(name, position)

    def prefetch(self, names: Sequence[str]) -> None:
        """What is needed is asked for when it is: nothing is read for a hint by the way."""

    def _check(self) -> None:
        if self._spent():
            raise OutOfTime
