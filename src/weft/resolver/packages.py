"""The packages of one resolution: their numbers, their versions, and what is known of them.

Owns the table between names and the integers that the solver counts in, and the masks of version
ranges. An extra is a package of its own, a *flag*: one state "wanted" (bit 0) beside "not
wanted". What `a[x]` needs is a clause on a version of `a` together with the flag `a[x]`, so an
extra can never be of another version than its base.
Refuses to read requirements; see `weft.resolver.provider`.
"""

from __future__ import annotations

from weft.core.ranges import FULL
from weft.core.version import version_key
from weft.resolver.candidates import Taste, VersionList
from weft.resolver.clauses import NO_FLAG, Demand, Rejected
from weft.resolver.conflicts import GROUP
from weft.resolver.sited import Sited

try:
    from _bisect import bisect_left
except ImportError:  # an interpreter without the C helper
    from bisect import bisect_left

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.core.marker import Marker
    from weft.core.ranges import Ranges
    from weft.resolver.candidates import CandidateSource, Missing, Unusable
    from weft.resolver.resolution import Request
    from weft.resolver.universal import UniversalRequest

NO_VERSIONS = VersionList((), ())
_PLAIN = Taste(0, 0, highest_first=True)


class Package:
    """One row of the table.

    `extra` is empty for packages proper; a flag has the `base` it belongs to (a package proper
    is its own base, and so is a group whose package need not be there). `available` is the mask
    of versions that the pre-release policy lets in.
    `usable`, `unusable` and `pythons` remember what the source said of single versions, `masks`
    what ranges mean. Copies of a table share rows; what counts in one of them alone is noted in
    `PackageTable.own`.
    """

    __slots__ = (
        "available",
        "base",
        "extra",
        "masks",
        "missing",
        "name",
        "number",
        "pythons",
        "taste",
        "unusable",
        "usable",
        "versions",
    )

    def __init__(self, number: int, name: str, *, extra: str = "", base: int = -1) -> None:
        self.number = number
        self.name = name
        self.extra = extra
        self.base = number if base < 0 else base
        self.versions = NO_VERSIONS
        self.missing: Missing | None = None
        self.available = 0
        self.taste = _PLAIN
        self.usable = 0
        self.unusable: dict[int, Unusable] = {}
        self.masks: dict[Ranges, int] = {}
        self.pythons: dict[int, str | None] = {}

    def copy(self) -> Package:
        """A row of its own with the same knowledge."""
        other = self.numbered(self.number)
        other.base = self.base
        other.unusable, other.masks = self.unusable.copy(), {}
        return other

    def numbered(self, number: int) -> Package:
        """A row in another place, for a package proper, that shares what is known."""
        other = Package.__new__(Package)
        other.number = other.base = number
        other.name, other.extra = self.name, self.extra
        other.versions, other.missing = self.versions, self.missing
        other.available, other.taste = self.available, self.taste
        other.usable, other.unusable, other.masks = self.usable, self.unusable, self.masks
        other.pythons = self.pythons
        return other

    @property
    def label(self) -> str:
        """`a`, `a[x]`, or `a:dev` for a group."""
        if self.extra.startswith(GROUP):
            return f"{self.name}:{self.extra.removeprefix(GROUP)}"
        return f"{self.name}[{self.extra}]" if self.extra else self.name

    @property
    def is_flag(self) -> bool:
        """Whether the row stands for an extra of another row's version."""
        return self.base != self.number

    def mask(self, ranges: Ranges) -> int:
        """The available versions within `ranges`."""
        found = self.masks.get(ranges)
        if found is None:
            found = self.masks[ranges] = self._mask(ranges)
        return found

    def _mask(self, ranges: Ranges) -> int:
        if ranges == FULL:
            return self.available
        keys = self.versions.keys
        mask = 0
        for low, high in ranges:
            mask |= (1 << bisect_left(keys, high)) - (1 << bisect_left(keys, low))
        return mask & self.available

    def position(self, version: str) -> int:
        """Where `version` stands in the list, -1 if it does not."""
        key = version_key(version)
        return -1 if key is None else self.position_of(key)

    def position_of(self, key: bytes) -> int:
        """Where the version with this key stands in the list, -1 if it does not."""
        keys = self.versions.keys
        position = bisect_left(keys, key)
        return position if position < len(keys) and keys[position] == key else -1


def _always(_marker: Marker | None) -> bool:
    return True


class PackageTable:
    """Packages by number, in the order in which they were met.

    Requirements of the request whose marker does not hold have no say in which versions to try.
    """

    def __init__(
        self,
        request: Request,
        source: CandidateSource,
        *,
        holds: Callable[[Marker | None], bool] = _always,
    ) -> None:
        self.rows: list[Package] = []
        self._request = request
        self._source = source
        self._numbers: dict[str, int] = {}
        self._demands: dict[tuple[int, str, Ranges], Demand] = {}
        self._place = source.place if isinstance(source, Sited) else str
        self._met: dict[str, Package] = {}
        self._own: set[int] = set()
        direct = (*request.requirements, *request.direct)
        self._direct = frozenset([each.name for each in direct if holds(each.marker)])
        self._explicit = _with_prerelease_specifiers(request, holds)

    def copy(self, request: Request | None, source: CandidateSource) -> PackageTable:
        """An independent copy that goes on with another source, and another request if that is
        peculiar.

        Otherwise either may meet a package that the other knows already, and then asks nobody.
        """
        if request is not None:
            other = PackageTable(request, source)
        else:
            other = PackageTable.__new__(PackageTable)
            other._request, other._source, other._own = self._request, source, set()
            other._direct, other._explicit = self._direct, self._explicit
            other._place = source.place if isinstance(source, Sited) else str
            other._met = self._met
        other.rows = self.rows.copy()
        other._numbers = self._numbers.copy()
        other._demands = self._demands.copy()
        return other

    def own(self, number: int) -> Package:
        """The row with this number, to be changed: no other table sees it from now on."""
        if number not in self._own:
            self._own.add(number)
            self.rows[number] = self.rows[number].copy()
        return self.rows[number]

    def rejudge(self) -> None:
        """Apply the request to the packages that were met under another one."""
        for number in range(len(self.rows)):
            if not self.rows[number].extra:
                self._judge(self.own(number))

    def meet(self, names: Sequence[str]) -> list[Package]:
        """Number the names that are new, in order, and look up their versions in one batch."""
        numbers = self._numbers
        new = [name for name in dict.fromkeys(names) if name not in numbers]
        if len(new) > 1:
            self._source.prefetch(new)
        return [self._add(name) for name in new]

    def knows(self, name: str) -> bool:
        """Whether a name was met."""
        return name in self._numbers

    def was_met(self, name: str) -> bool:
        """Whether this table or one that it is a copy of has met a name."""
        return name in self._numbers or name in self._met

    def package(self, name: str) -> Package:
        """The row of a name that was met."""
        return self.rows[self._numbers[name]]

    def flag(self, base: Package, extra: str) -> Package:
        """The row that stands for an extra."""
        label = f"{base.name}[{extra}]"
        number = self._numbers.get(label)
        if number is None:
            number = self._numbers[label] = len(self.rows)
            self.rows.append(Package(number, base.name, extra=extra, base=base.number))
        return self.rows[number]

    def detached(self, base: Package, extra: str) -> Package:
        """The row that stands for an extra whose package need not be there: its own base."""
        label = f"{base.name}:{extra}"
        number = self._numbers.get(label)
        if number is None:
            number = self._numbers[label] = len(self.rows)
            row = Package(number, base.name, extra=extra)
            row.versions, row.missing = base.versions, base.missing
            row.available, row.taste = base.available, base.taste
            self.rows.append(row)
        return self.rows[number]

    def again(self, demands: Sequence[tuple[str, int]]) -> list[tuple[int, int]]:
        """Names with what is left of them, by number; `meet` for names that another table knows."""
        numbers = self._numbers
        found = []
        for name, mask in demands:
            number = numbers.get(name)
            found.append((self._add(name).number if number is None else number, mask))
        return found

    def demand(self, package: Package, ranges: Ranges, *, label: str, text: str) -> Demand:
        """The demand for `package` within `ranges`: one object for equal demands, so that
        clauses that share it can be merged."""
        key = (package.number, label, ranges)
        found = self._demands.get(key)
        if found is None:
            mask = 1 if package.is_flag else package.mask(ranges)
            found = Demand(package.number, ranges, mask, label, text)
            self._demands[key] = found
        return found

    def _add(self, name: str) -> Package:
        place = self._place(name)
        known = self._met.get(place)
        if known is not None:
            package = known.numbered(len(self.rows))
            self._numbers[name] = package.number
            self.rows.append(package)
            return package
        package = self._met[place] = Package(len(self.rows), name)
        self._numbers[name] = package.number
        self.rows.append(package)
        found = self._source.versions(name)
        if isinstance(found, VersionList):
            package.versions = found
            self._judge(package)
        else:
            package.missing = found
        return package

    def _judge(self, package: Package) -> None:
        """Apply strategy, preferences and the pre-release policy."""
        request, name = self._request, package.name
        everything = (1 << len(package.versions.keys)) - 1
        prereleases = package.versions.prereleases
        mode = request.prerelease_packages.get(name, request.prerelease)
        if mode == "explicit":
            mode = "if-necessary" if name in self._explicit else "disallow"
        package.available = everything & ~prereleases if mode == "disallow" else everything
        wanted = request.preferences.get(name)
        position = package.position(wanted) if wanted else -1
        highest_first = request.strategy == "highest" or (
            request.strategy == "lowest-direct" and name not in self._direct
        )
        floor = request.floors.get(name) if highest_first else None  # others may go back
        package.taste = Taste(
            prereleases=prereleases if mode == "if-necessary" else 0,
            preferred=1 << position if position >= 0 else 0,
            highest_first=highest_first,
            tiers=package.versions.tiers,
            floor=package.position(floor) if floor else -1,
        )


def is_peculiar(request: Request | UniversalRequest) -> bool:
    """Whether the versions to try depend on which requirements of the request hold somewhere."""
    if request.strategy == "lowest-direct" or request.prerelease == "explicit":
        return True
    return "explicit" in request.prerelease_packages.values()


def _with_prerelease_specifiers(
    request: Request, holds: Callable[[Marker | None], bool]
) -> frozenset[str]:
    """Names for which the request itself mentions a pre-release."""
    if request.prerelease != "explicit" and "explicit" not in request.prerelease_packages.values():
        return frozenset()
    return frozenset(
        [
            requirement.name
            for requirement in request.first_party
            if requirement.specifiers.mentions_prerelease and holds(requirement.marker)
        ]
    )


def of_others(
    asked: Sequence[tuple[int, int]], package: int, position: int
) -> Sequence[tuple[int, int]] | None:
    """What a version of a package asks of others; None if it does not meet what it asks of its
    own package."""
    own = [mask for other, mask in asked if other == package]
    if not own:
        return asked
    if not all(mask >> position & 1 for mask in own):
        return None
    return [(other, mask) for other, mask in asked if other != package]


def rejections(package: Package, versions: int) -> tuple[Rejected, ...]:
    """One fact per reason for the unusable versions in the mask."""
    masks: dict[tuple[str, str | None], int] = {}
    for position, unusable in package.unusable.items():
        if versions >> position & 1:
            key = (unusable.reason, unusable.requires_python)
            masks[key] = masks.get(key, 0) | 1 << position
    return tuple(
        [
            Rejected(package.number, mask, NO_FLAG, reason, python)
            for (reason, python), mask in masks.items()
        ]
    )
