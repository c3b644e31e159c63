"""Where one answer is not enough: regions of environments, and how requirements split them.

Owns `Region`, the rules by which the requirements of one version part a region, and the order in
which the parts are solved. A region is split where the same name is required in different ways
under different markers, and where a marker is for newer Pythons only than the region.
Refuses to search, and to split for a name that is required in one way: that can miss an answer,
but keeps answers small. Follows uv's universal resolution.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.ranges import TOP
from weft.core.specifier import ANY, SpecifierError, Specifiers
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.requirement import Requirement
    from weft.resolver.knowledge import Choice


@value
class Region:
    """A set of environments that is solved at once.

    `markers` is what forks made of the whole; `within` has only those of its environments whose
    Python the request supports. `python` is the key of the lowest of these Pythons. `met`
    remembers answers.
    """

    markers: MarkerSet
    within: MarkerSet
    python: bytes
    met: dict[MarkerSet, bool]

    @staticmethod
    def of(markers: MarkerSet, supported: MarkerSet) -> Region:
        """The environments of `markers` whose Python is supported."""
        within = markers & supported
        pythons = within.python()
        return Region(markers, within, pythons[0][0] if pythons else TOP, {})

    def part(self, markers: MarkerSet) -> Region:
        """The environments that are in `markers`, too; `is_empty` if there are none."""
        narrowed = self.markers & markers
        return self if narrowed == self.markers else Region.of(narrowed, self.within)

    @property
    def is_empty(self) -> bool:
        """Whether no environment is left."""
        return self.within.is_false

    def meets(self, markers: MarkerSet) -> bool:
        """Whether some environment of the region is in `markers`."""
        known = self.met.get(markers)
        if known is None:
            known = self.met[markers] = not self.within.is_disjoint(markers)
        return known

    def reaches(self, requires_python: str) -> bool:
        """Whether every Python of the region is new enough for a `Requires-Python`.

        Only its lower end counts (see `weft.resolver.candidates.python_reaches`).
        """
        return self.python >= lower_end(requires_python)[0]

    def split_at(self, requires_python: str) -> tuple[Region, Region] | None:
        """The Pythons that are too old for a `Requires-Python` and the others, if both exist.

        The older ones begin with the first that the request supports, as in uv: only such a split
        says in its markers what the request says anyway, and lock files show it.
        """
        enough = lower_end(requires_python)[1]
        supported = MarkerSet.of_python(self.within.python_at_least() or ANY)
        older, newer = self.part(supported & ~enough), self.part(enough)
        return None if older.is_empty or newer.is_empty else (older, newer)


_lower_ends: dict[str, tuple[bytes, MarkerSet]] = {}


def lower_end(requires_python: str) -> tuple[bytes, MarkerSet]:
    """The key of the lowest Python of a `Requires-Python`, and all Pythons from there on.

    What cannot be read or met restricts nothing.
    """
    known = _lower_ends.get(requires_python)
    if known is None:
        known = b"", MarkerSet.TRUE
        try:
            allowed = MarkerSet.of_python(Specifiers.parse_lenient(requires_python))
        except SpecifierError:
            allowed = MarkerSet.TRUE
        at_least = allowed.python_at_least()
        if at_least is not None:
            known = allowed.python()[0][0], MarkerSet.of_python(at_least)
        _lower_ends[requires_python] = known
    return known


@value
class Wanted:
    """A requirement and the environments it counts in.

    `limits` marks an unconditional constraint, which holds wherever the name is required at all.
    """

    requirement: Requirement
    marker: MarkerSet
    limits: bool = False

    @property
    def has_upper_end(self) -> bool:
        """Whether the versions that are asked for end somewhere."""
        ranges = self.requirement.specifiers.ranges
        return bool(ranges) and ranges[-1][1] != TOP


@value
class Fork:
    """A part of a region that is solved on its own.

    `wanted` replaces the requirements that split the region; `choice` is the decision to begin
    with.
    """

    region: Region
    wanted: tuple[Wanted, ...] = ()
    choice: Choice | None = None

    def part(self, markers: MarkerSet) -> Fork:
        """The same fork in fewer environments, with the requirements that count there."""
        region = self.region.part(markers)
        return Fork(region, tuple([each for each in self.wanted if region.meets(each.marker)]))

    def adding(self, each: Wanted) -> Fork:
        """The fork with one more requirement if that counts here."""
        if not self.region.meets(each.marker):
            return self
        return Fork(self.region, (*self.wanted, each))

    @property
    def oldest_python(self) -> bytes:
        """The key of the lowest Python that the markers name, empty if they name none."""
        pythons = self.region.markers.python()
        return pythons[0][0] if pythons else b""

    @property
    def upper_ends(self) -> int:
        """How many demands end somewhere: each extra of a requirement is one."""
        return sum(
            [max(1, len(each.requirement.extras)) for each in self.wanted if each.has_upper_end]
        )


def forks_of(wanted: Sequence[Wanted], region: Region) -> list[Fork]:
    """The parts that requirements split a region into, each with those that count there.

    All of `wanted` must count somewhere in the region. Names come in alphabetic order, in every
    part. One part is no fork.
    """
    by_name: dict[str, list[Wanted]] = {}
    for each in wanted:
        by_name.setdefault(each.requirement.name, []).append(each)
    groups = [by_name[name] for name in sorted(by_name)]
    forking = [_forks(group, region) for group in groups]
    if True not in forking:
        return [Fork(region, tuple([each for group in groups for each in group]))]
    forks = [Fork(region)]
    for group, splits in zip(groups, forking, strict=True):
        for each in group:
            if splits:
                forks = _divided(forks, each.marker)
            forks = [fork.adding(each) for fork in forks]
    return forks


def _forks(group: Sequence[Wanted], region: Region) -> bool:
    """Whether the requirements on one name are reason to split."""
    marker = group[0].marker
    for each in group:
        if each.marker != marker:
            return True
    if marker.is_true:
        return False
    pythons = marker.python()
    return bool(pythons) and pythons[0][0] > region.python


def _divided(forks: Sequence[Fork], markers: MarkerSet) -> list[Fork]:
    """Each fork parted into its environments outside of `markers` and those inside."""
    if markers.is_true:
        return list(forks)
    outside = ~markers
    parts = []
    for fork in forks:
        if fork.region.markers.is_disjoint(markers):
            parts.append(fork)
            continue
        for side in (outside, markers):
            part = fork.part(side)
            if not part.region.is_empty:
                parts.append(part)
    return parts


def in_order(forks: Sequence[Fork], *, oldest_first: bool) -> list[Fork]:
    """The forks of one split in the order in which they are solved.

    Newer Pythons come first so that each gets the latest versions it can have, or older ones, so
    that their versions can serve the newer ones too. Among equals, those that are bound from
    above come first: their versions may do for the others.
    """
    ascending = sorted(forks, key=lambda fork: fork.upper_ends)
    ascending.sort(key=lambda fork: fork.oldest_python, reverse=oldest_first)
    return ascending[::-1]
