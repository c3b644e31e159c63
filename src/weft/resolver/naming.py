"""How a set of versions is named: `>=2,<3`, `==1.*`, or by versions that exist.

Owns the way from ranges of keys back to specifiers. A range end is said in the words of the
specifier that it came from; ends that no specifier named are versions that exist. A range that
reaches to the lowest or highest version that exists is open on that side: with versions 1 to 3,
"1 and 2" is `<=2`, and all three are "".
Refuses sentences; see `weft.resolver.wording`.
"""

from __future__ import annotations

from weft.core.ranges import TOP, contains
from weft.core.specifier import Specifiers
from weft.resolver.proof import exactly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.ranges import Ranges
    from weft.resolver.packages import Package

MOST_PIECES = 8
"""A range in more pieces is said from its first to its last version if nothing lies between."""


class Naming:
    """Names for ranges whose ends were met in specifiers or are versions.

    `_low[key]` is how a range begins at `key`, `_high[key]` how it ends before it, and
    `_whole[low, high]` a word for both ends at once.
    """

    def __init__(self) -> None:
        self._low: dict[bytes, str] = {}
        self._high: dict[bytes, str] = {}
        self._whole: dict[tuple[bytes, bytes], str] = {}

    def learn(self, specifiers: Iterable[str], rows: Iterable[Package]) -> None:
        """Know the ends that these specifiers have, and the versions of these packages."""
        for text in specifiers:
            self._learn_specifiers(text)
        for row in rows:
            self._learn_versions(row)

    def _learn_specifiers(self, text: str) -> None:
        for clause in text.split(",") if text else ():
            ranges = Specifiers.parse(clause).ranges
            operator = clause.rstrip("0123456789abcdefghijklmnopqrstuvwxyz.*!+-_")
            version = clause[len(operator) :] if clause[:2] != "!=" else clause[2:]
            for low, high in ranges:
                if operator in (">=", ">"):
                    self._name(low, low=clause, high=("<" if operator == ">=" else "<=") + version)
                elif operator in ("<=", "<"):
                    self._name(high, low=(">" if operator == "<=" else ">=") + version, high=clause)
                elif operator == "~=":
                    upper = _successor(version)
                    self._name(low, low=f">={version}", high=f"<{version}")
                    self._name(high, low=f">={upper}", high=f"<{upper}")
                elif clause.endswith(".*"):
                    self._star(clause, low, high)
                else:  # `==`, and the two sides that `!=` leaves
                    self._exact(version, low, high)
                    if operator != "!=":
                        self._whole[low, high] = "==" + version

    def _star(self, clause: str, low: bytes, high: bytes) -> None:
        version = clause[2:-2]
        ends = (low, high) if clause[0] == "=" else (high, low)
        if clause[0] == "=":
            self._whole[low, high] = clause
        if ends[0] not in (b"", TOP):
            self._name(ends[0], low=f">={version}.dev0", high=f"<{version}.dev0")
        if ends[1] not in (b"", TOP):
            upper = f"{_successor(f'{version}.0')}"
            self._name(ends[1], low=f">={upper}", high=f"<{upper}")

    def _exact(self, version: str, low: bytes, high: bytes) -> None:
        if high != TOP:
            inside = low != b""
            self._name(high, low=(">" if inside else ">=") + version, high="<=" + version)
            if not inside:
                self._high[high] = "<" + version
        if low != b"":
            inside = high != TOP
            self._name(low, low=(">=" if inside else ">") + version, high="<" + version)
            if not inside:
                self._high[low] = "<=" + version

    def _learn_versions(self, row: Package) -> None:
        previous = ""
        for position, key in enumerate(row.versions.keys):
            if not row.available >> position & 1:
                continue
            text = row.versions.texts[position]
            self._low.setdefault(key, ">=" + text)
            self._high.setdefault(key, "<=" + previous if previous else "<" + text)
            ((low, high),) = exactly(row, position)
            self._whole.setdefault((low, high), "==" + text)
            self._name(low, low=">=" + text, high="<" + text)
            self._name(high, low=">" + text, high="<=" + text)
            previous = text

    def _name(self, key: bytes, *, low: str, high: str) -> None:
        self._low.setdefault(key, low)
        self._high.setdefault(key, high)

    def parts(self, row: Package, ranges: Ranges) -> list[str]:
        """The pieces of a range as specifiers, `[""]` for every version."""
        pieces = self._simple(row, ranges)
        if len(pieces) > MOST_PIECES:
            hull = ((pieces[0][0], pieces[-1][1]),)
            if row.mask(hull) == row.mask(ranges):
                pieces = hull
        return [self._said(row, piece) for piece in pieces]

    def _said(self, row: Package, piece: tuple[bytes, bytes]) -> str:
        """A piece in the words of its ends, as long as these mean the same versions: the end of
        `<2` lies before the pre-releases of 2, and what begins there is not `>=2` if there are
        any."""
        text = self.part(piece)
        mask = row.mask((piece,))
        if mask and not row.extra and row.mask(Specifiers.parse(text).ranges) != mask:
            return self.existing(row, piece)
        return text

    def part(self, piece: tuple[bytes, bytes]) -> str:
        """One piece in the words of its ends."""
        low, high = piece
        whole = self._whole.get(piece)
        if whole is not None:
            return whole
        below = "" if low == b"" else self._low[low]
        above = "" if high == TOP else self._high[high]
        if below[:2] == ">=" and above[:2] == "<=" and below[2:] == above[2:]:
            return "==" + below[2:]
        return f"{below},{above}" if below and above else below or above

    def _simple(self, row: Package, ranges: Ranges) -> Ranges:
        """The same existing versions in fewer pieces; as it is where no version is in it."""
        keys = [key for at, key in enumerate(row.versions.keys) if row.available >> at & 1]
        inside = [contains(ranges, key) for key in keys]
        if row.extra or not any(inside):
            return ranges
        if len(ranges) == 1 and ranges[0] in self._whole:
            return ranges
        result: list[tuple[bytes, bytes]] = []
        for position, key in enumerate(keys):
            if not inside[position]:
                continue
            low, high = next(piece for piece in ranges if piece[0] <= key < piece[1])
            if position and inside[position - 1]:
                low = result.pop()[0]
            result.append((b"" if position == 0 else low, high))
        if inside[-1]:
            result[-1] = (result[-1][0], TOP)
        return tuple(result)

    def existing(self, row: Package, piece: tuple[bytes, bytes]) -> str:
        """A piece of what is available, in the words of the versions at its ends."""
        mask = row.mask((piece,))
        first = row.versions.texts[(mask & -mask).bit_length() - 1]
        last = row.versions.texts[mask.bit_length() - 1]
        if piece[0] == b"":
            return "<=" + last
        if piece[1] == TOP:
            return ">=" + first
        return f"=={first}" if first == last else f">={first},<={last}"


def _successor(version: str) -> str:
    """The exclusive upper end of `~=version`: `1.2` → `2.dev0`."""
    epoch, mark, rest = version.rpartition("!")
    numbers = []
    for number in rest.split("."):
        digits = number[: len(number) - len(number.lstrip("0123456789"))]
        if digits != number or not digits:
            numbers += [digits] if digits else []
            break
        numbers.append(number)
    numbers = numbers[:-1] or numbers
    numbers[-1] = str(int(numbers[-1]) + 1)
    return f"{epoch}{mark}{'.'.join(numbers)}.dev0"
