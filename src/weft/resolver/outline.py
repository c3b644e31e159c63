"""The search over outlines: what was read of packages before, and nothing else.

Owns `Outline`, what an earlier resolution has found out about one project in one environment, and
`search`, which takes the decisions that `weft.resolver.descent` would take, in the same order, with
none of what it needs to go back, to learn and to explain. Requirements are those that hold, extras
are rows of their own beside their package, as in `weft.resolver.packages`.
Refuses everything that is not plain: where a version, its requirements or an extra was never
looked at, or something stands against a decision, the answer is None, and others have to find it.
Follows PEP 440, PEP 508 and https://github.com/dart-lang/pub/blob/master/doc/solver.md.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from typing import Any, TypeAlias

    from weft.core.ranges import Ranges

    Want: TypeAlias = tuple[str, tuple[str, ...], Ranges, bool]
    """A requirement that holds: name, extras, ranges, and whether it names one version."""
    Needs: TypeAlias = tuple[tuple[str, tuple[Want, ...]], ...]
    """What a version wants, and each of its extras beyond that; its own wants are those of ``."""
    Known: TypeAlias = tuple[Any, Needs]
    """What the source calls the file of a version, and the needs of that."""

ANY: Ranges = ((b"", b"\xff"),)
"""`weft.core.ranges.FULL`, without loading the algebra of ranges."""
ANYTHING = -1
UNDECIDED = -1


def most_urgent(waiting: int, urgent: int, bases: Sequence[int], decided: Sequence[int]) -> int:
    """The row to decide of those that wait: urgent ones first, an extra not before its package.

    Bit n of the masks stands for row n.
    """
    first = waiting & urgent
    while first:
        number = (first & -first).bit_length() - 1
        base = bases[number]
        if base == number or decided[base] != UNDECIDED:
            return number
        first &= first - 1
    return (waiting & -waiting).bit_length() - 1


def _below(key: bytes, keys: Sequence[bytes]) -> int:
    """How many of ascending keys are lower; nearly always none or all, so nothing is loaded."""
    if key <= keys[0]:
        return 0
    low, high = 0, len(keys)
    if key > keys[-1]:
        return high
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


class Outline:
    """The newest versions of a project, ascending, and what is known of some of them.

    `older` counts the versions below these. Masks are by place in `keys`: `prereleases`, `refused`
    (there is no file for this environment) and `yanked` (the file there is was withdrawn). `known`
    has what was read, by place.
    """

    __slots__ = ("keys", "known", "older", "prereleases", "refused", "texts", "yanked")

    def __init__(
        self, older: int, versions: tuple[Sequence[bytes], Sequence[str]], masks: tuple[int, ...],
        known: dict[int, Known],
    ) -> None:  # fmt: skip
        self.older = older
        self.keys, self.texts = versions
        self.prereleases, self.refused, self.yanked = masks
        self.known = known

    def mask(self, ranges: Ranges) -> int:
        """The versions within `ranges`."""
        keys = self.keys
        if ranges and ranges[0][0] <= keys[0] and ranges[0][1] > keys[-1]:  # the usual case
            return (1 << len(keys)) - 1
        mask = 0
        for low, high in ranges:
            mask |= (1 << _below(high, keys)) - (1 << _below(low, keys))
        return mask

    def best(self, allowed: int, *, pinned: bool) -> int:
        """The place of the version to take among `allowed`, -1 if that cannot be told.

        Of a project that the request pins somewhere a withdrawn version may be wanted.
        """
        usable = allowed & ~self.refused
        if not pinned:
            usable &= ~self.yanked
        stable = usable & ~self.prereleases
        if not stable and self.older:
            return -1  # an older one that is stable goes before these
        place = (stable or usable).bit_length() - 1
        return place if place in self.known else -1

    def needs(self, place: int, extra: str) -> tuple[Want, ...] | None:
        """What a version wants, or with `extra` what that adds; None if it was never asked."""
        for name, wants in self.known[place][1]:
            if name == extra:
                return wants
        return None

    def knows(self, position: int, extra: str) -> bool:
        """Whether it is known what the version at a position of the whole list wants."""
        place = position - self.older
        return place in self.known and self.needs(place, extra) is not None


class Plain:
    """An answer: `packages` are (name, outline, place, extras, edges), by name.

    `extras` is a frozenset, `edges` are the names of other packages with the extras that this one
    asks of them, as in `weft.resolver.resolution.ResolvedPackage`.
    """

    __slots__ = ("packages",)

    def __init__(
        self, packages: list[tuple[str, Outline, int, frozenset[str], tuple[Any, ...]]]
    ) -> None:
        self.packages = packages


def search(
    wants: Sequence[Want], outline: Callable[[str], Outline | None], *, avoid: Collection[str] = ()
) -> Plain | None:
    """The versions that meet `wants`; None where this needs more than outlines.

    Nothing may be told about names in `avoid`.
    """
    found = _Search(wants, outline, avoid)
    return found.collected(wants) if found.run(wants) else None


class _Search:
    """Rows by number, in the order in which packages and extras were met."""

    __slots__ = (
        "_allowed", "_avoid", "_bases", "_decided", "_extras", "_find", "_names", "_needs",
        "_numbers", "_outlines", "_pinned", "_urgent", "_waiting",
    )  # fmt: skip

    def __init__(
        self,
        wants: Sequence[Want],
        outline: Callable[[str], Outline | None],
        avoid: Collection[str],
    ) -> None:
        self._find = outline
        self._avoid = avoid
        self._pinned = frozenset([name for name, _, _, pinned in wants if pinned])
        self._numbers: dict[str, int] = {}  # extras as `name[extra]`
        self._names: list[str] = []
        self._outlines: list[Outline] = []
        self._bases: list[int] = []
        self._extras: list[str] = []
        self._allowed: list[int] = []
        self._decided: list[int] = []
        self._needs: list[Sequence[Want]] = []  # of what is decided
        self._waiting = 0  # bit n says that row n is required and not decided
        self._urgent = 0

    def run(self, wants: Sequence[Want]) -> bool:
        """Whether everything could be decided without going back."""
        asked = self._asked(wants)
        if asked is None or not self._demanded(asked):
            return False
        while self._waiting:
            number = most_urgent(self._waiting, self._urgent, self._bases, self._decided)
            if not self._decide(number):
                return False
        return True

    def _decide(self, number: int) -> bool:
        """Take the best version of a package, or what an extra adds to it."""
        base = self._bases[number]
        outline = self._outlines[base]
        place, after = self._decided[base], 0
        if place == UNDECIDED:  # of an extra the package comes first
            number = base
            if self._allowed[base] == ANYTHING:
                return False
            pinned = self._names[base] in self._pinned
            place = after = outline.best(self._allowed[base], pinned=pinned)
            if place < 0:
                return False
        needs = outline.needs(place, self._extras[number])
        asked = None if needs is None else self._asked(needs)
        if needs is None or asked is None:
            return False
        self._needs[number] = needs
        own = [mask for other, mask in asked if other == base]
        if own:
            if not all(mask >> place & 1 for mask in own):
                return False
            asked = [pair for pair in asked if pair[0] != base]
        allowed = self._allowed
        if not all(allowed[other] & mask for other, mask in asked):
            return False
        allowed[number] = 1 << after
        self._decided[number] = after
        self._waiting &= ~(1 << number)
        return self._demanded(asked)

    def _demanded(self, asked: Iterable[tuple[int, int]]) -> bool:
        """Leave of rows what is asked of them; whether that is something."""
        allowed = self._allowed
        for number, mask in asked:
            state = allowed[number]
            left = allowed[number] = state & mask
            if not left:
                return False
            if state == ANYTHING:
                self._waiting |= 1 << number
        return True

    def _asked(self, wants: Sequence[Want]) -> list[tuple[int, int]] | None:
        """Rows with the mask of what is asked of each; None for what nothing is known of."""
        numbers, outlines = self._numbers, self._outlines
        asked = []
        flagged = False
        for name, extras, ranges, pinned in wants:
            number = numbers.get(name)
            if number is None:
                if not self._meet(name):
                    return None
                number = numbers[name]
            if pinned:
                self._urgent |= 1 << number
            if extras:
                flagged = True
            asked.append((number, outlines[number].mask(ranges)))
        return self._with_flags(wants, asked) if flagged else asked

    def _with_flags(
        self, wants: Sequence[Want], packages: Sequence[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """The same with the rows of extras, which are met after all packages."""
        for name, extras, _, _ in wants:
            if extras:
                number = self._flag(name, extras[0])
                if number == self._numbers[name] + 1:  # nothing wants the package without it
                    self._urgent |= 1 << number
        asked = []
        for (name, extras, _, _), package in zip(wants, packages, strict=True):
            asked.append(package)
            asked += [(self._flag(name, extra), 1) for extra in extras]
        return asked

    def _meet(self, name: str) -> bool:
        outline = self._find(name) if name not in self._avoid else None
        if outline is None:
            return False
        self._numbers[name] = self._add(name, outline, base=len(self._bases))
        return True

    def _flag(self, name: str, extra: str) -> int:
        """The row of an extra."""
        label = f"{name}[{extra}]"
        number = self._numbers.get(label)
        if number is None:
            base = self._numbers[name]
            number = self._add(name, self._outlines[base], base=base, extra=extra)
            self._numbers[label] = number
        return number

    def _add(self, name: str, outline: Outline, *, base: int, extra: str = "") -> int:
        number = len(self._bases)
        self._names.append(name)
        self._outlines.append(outline)
        self._bases.append(base)
        self._extras.append(extra)
        self._allowed.append(ANYTHING)
        self._decided.append(UNDECIDED)
        self._needs.append(())
        return number

    def collected(self, wants: Sequence[Want]) -> Plain:
        """Walk from the roots along what the chosen versions want."""
        extras: dict[str, set[str]] = {}
        edges: dict[str, dict[str, tuple[str, ...]]] = {}
        queue: list[tuple[str, str]] = []

        def want(name: str, asked: tuple[str, ...]) -> None:
            if name not in extras:
                extras[name] = set()
                edges[name] = {}
                queue.append((name, name))
            for extra in asked:
                if extra not in extras[name]:
                    extras[name].add(extra)
                    queue.append((name, f"{name}[{extra}]"))

        for name, asked, _, _ in wants:
            want(name, asked)
        for name, label in queue:  # grows while it is walked
            mine = edges[name]
            for other, asked, _, _ in self._needs[self._numbers[label]]:
                if asked or other not in extras:
                    want(other, asked)
                if other not in mine:
                    mine[other] = asked
                elif asked:
                    mine[other] += asked
        packages = []
        for name in sorted(extras):
            number, mine = self._numbers[name], edges[name]
            mine.pop(name, None)
            found = tuple([(other, tuple(sorted({*of}))) for other, of in mine.items()])
            outline, place = self._outlines[number], self._decided[number]
            packages.append((name, outline, place, frozenset(extras[name]), found))
        return Plain(packages)
