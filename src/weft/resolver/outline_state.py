"""How far the regions of one request are solved, in the search over outlines.

Owns the rows of a region, `State`, and the regions that wait, `Part`. Refuses to decide anything;
see `weft.resolver.universal_outline`. Follows no specification.
"""

from __future__ import annotations

from weft.resolver.outline import ANYTHING, UNDECIDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.resolver.forks import Wanted
    from weft.resolver.listings import Counting
    from weft.resolver.regions import Region

ROOT = -2
"""The number of the request itself."""


class State:
    """How far a region is solved: rows by number, in the order in which they were met.

    An extra is a row of its own beside its package, its base.
    """

    __slots__ = (
        "allowed", "bases", "decided", "extras", "names", "numbers", "root", "urgent", "waiting",
        "wanted",
    )  # fmt: skip

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}  # extras as `name[extra]`
        self.names: list[str] = []
        self.bases: list[int] = []
        self.extras: list[str] = []
        self.allowed: list[int] = []
        self.decided: list[int] = []
        self.wanted: list[Sequence[Wanted]] = []  # by what is decided
        self.root: Sequence[Wanted] = ()
        self.waiting = 0  # bit n says that row n is required and not decided
        self.urgent = 0

    def copy(self) -> State:
        """The same, to be gone on with independently."""
        other = State.__new__(State)
        other.numbers, other.names = self.numbers.copy(), self.names.copy()
        other.bases, other.extras = self.bases.copy(), self.extras.copy()
        other.allowed, other.decided = self.allowed.copy(), self.decided.copy()
        other.wanted, other.root = self.wanted.copy(), self.root
        other.waiting, other.urgent = self.waiting, self.urgent
        return other

    def meet(self, name: str) -> int:
        """A new row for a package."""
        number = self.numbers[name] = len(self.bases)
        self._add(name, number, "")
        return number

    def flag(self, name: str, extra: str) -> int:
        """The row of an extra."""
        label = f"{name}[{extra}]"
        number = self.numbers.get(label)
        if number is None:
            number = self.numbers[label] = len(self.bases)
            self._add(name, self.numbers[name], extra)
        return number

    def _add(self, name: str, base: int, extra: str) -> None:
        self.names.append(name)
        self.bases.append(base)
        self.extras.append(extra)
        self.allowed.append(ANYTHING)
        self.decided.append(UNDECIDED)
        self.wanted.append(())


class Part:
    """A region that waits to be solved: where to go on, and with which decision if any.

    The first is on the request itself, whose `number` is `ROOT`. `wanted` is what a split left
    of what the decision brings along.
    """

    __slots__ = ("number", "place", "region", "state", "wanted")

    def __init__(
        self, region: Region, state: State, number: int | None, place: int, wanted: Counting | None
    ) -> None:
        self.region = region
        self.state = state
        self.number = number
        self.place = place
        self.wanted = wanted
