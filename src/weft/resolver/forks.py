"""Where one answer is not enough: how requirements split a region of environments.

Owns the rules by which the requirements of one version part a region, and the order in
which the parts are solved. A region is split where the same name is required in different ways
under different markers, where a marker is for newer Pythons only than the region, and where
something is asked for that excludes other things.
Refuses to search, and to split for a name that is required in one way: that can miss an answer,
but keeps answers small. Follows uv's universal resolution.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.ranges import TOP
from weft.core.value import replace, value
from weft.resolver.conflicts import GROUP, ConflictItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.core.requirement import Requirement
    from weft.resolver.conflicts import Conflicts
    from weft.resolver.knowledge import Choice
    from weft.resolver.regional import Key
    from weft.resolver.regions import Region


@value
class Wanted:
    """A requirement and the environments it counts in.

    `limits` marks an unconditional constraint, which holds wherever the name is required at all.
    `bare` tells that the package is also asked for without any of the extras, `detached` that it
    is not at all: groups of a project do not need the project.
    """

    requirement: Requirement
    marker: MarkerSet
    limits: bool = False
    bare: bool = False
    detached: bool = False

    def items(self) -> list[ConflictItem]:
        """What is asked for, as items of conflicts."""
        requirement = self.requirement
        found = [ConflictItem.of(requirement.name, extra) for extra in requirement.extras]
        if not self.detached and (self.bare or not found):
            found.append(ConflictItem(requirement.name, "project"))
        return found

    def within(self, region: Region, *, direct: bool) -> Wanted | None:
        """What the region leaves of the requirement, if anything.

        Only the requirements of packages themselves (not `direct`) keep a project that is not
        chosen: it is to be solved for its parts.
        """
        name, asked = self.requirement.name, self.requirement.extras
        extras = [each for each in asked if not region.rules_out(ConflictItem.of(name, each))]
        bare = self.bare or not asked
        if direct and region.rules_out(ConflictItem(name, "project")):
            bare = False
        if not extras and not bare:
            return None
        detached = not bare and all(each.startswith(GROUP) for each in extras)
        if len(extras) == len(asked) and (bare, detached) == (
            self.bare or not asked,
            self.detached,
        ):
            return self
        left = replace(self.requirement, extras=tuple(extras))
        return replace(self, requirement=left, bare=bare, detached=detached)

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

    def within(self, region: Region, *, direct: bool) -> Fork:
        """The same fork in a region of fewer choices, with what that leaves of requirements."""
        wanted = [each.within(region, direct=direct) for each in self.wanted]
        return Fork(region, tuple([each for each in wanted if each is not None]))

    @property
    def oldest_python(self) -> bytes:
        """The key of the lowest Python that the markers name, empty if they name none."""
        return _oldest_python(self.region.markers)

    @property
    def upper_ends(self) -> int:
        """How many demands end somewhere: each extra of a requirement is one."""
        return sum([len(each.items()) for each in self.wanted if each.has_upper_end])


class Split(Exception):
    """The region must be solved in parts: `forks`, in the order in which to solve them.

    `key` says whose requirements split it; None where a version did.
    """

    def __init__(self, forks: Sequence[Fork], key: Key | None = None) -> None:
        super().__init__()
        self.forks = forks
        self.key = key


def forks_of(
    wanted: Sequence[Wanted], region: Region, conflicts: Conflicts = (), *, direct: bool = False
) -> list[Fork]:
    """The parts that requirements split a region into, each with those that count there.

    All of `wanted` must count somewhere in the region; `direct` ones are those of the request, of
    extras and of groups.
    Names come in alphabetic order, in every part. One part is no fork; none is left where the
    region is about choices that the requirements exclude.
    """
    if not conflicts:
        return _by_markers(wanted, region)
    items = frozenset([item for group in conflicts for item in group])
    forks = _by_markers([_with_bare(each, items) for each in wanted], region)
    for group in conflicts:
        forks = _by_choices(forks, group, direct=direct)
    return forks


def _with_bare(each: Wanted, items: frozenset[ConflictItem]) -> Wanted:
    """A requirement that also asks for the package alone if it asks for an item of a conflict.

    Where that is not chosen, the package still is. Groups do not ask for their package.
    """
    asked = each.items()
    groups = all(extra.startswith(GROUP) for extra in each.requirement.extras)
    return replace(each, bare=True) if groups or not items.isdisjoint(asked) else each


def _by_choices(
    forks: Sequence[Fork], items: Sequence[ConflictItem], *, direct: bool
) -> list[Fork]:
    """Each fork that asks for one of `items` parted: none of them is chosen, or one is.

    Where all but one are ruled out, nothing is left to exclude each other.
    """
    found = []
    for fork in forks:
        asked = [item for each in fork.wanted for item in each.items()]
        if not any(item in items for item in asked):
            found.append(fork)
            continue
        out = [item for item in items if fork.region.rules_out(item)]
        if len(out) + 1 < len(items):
            regions = [fork.region.choosing(item, items) for item in (None, *items)]
        else:
            regions = [fork.region.choosing(None, out)]
        found += [fork.within(region, direct=direct) for region in regions if region is not None]
    return found


def _by_markers(wanted: Sequence[Wanted], region: Region) -> list[Fork]:
    """The parts into which markers split a region."""
    everywhere = MarkerSet.TRUE
    for each in wanted:
        if each.marker is not everywhere:
            break
    else:  # the usual case
        return [Fork(region, tuple(sorted(wanted, key=_name)))]
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


def _name(each: Wanted) -> str:
    return each.requirement.name


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


def told_markers(
    listed: Iterable[Sequence[Wanted]], supported: MarkerSet
) -> dict[tuple[str, str], str]:
    """Where requirements count that do not count everywhere, for messages.

    By name with extras, and specifiers; nothing for what several ask for in different
    environments, and for what is asked for everywhere.
    """
    found: dict[tuple[str, str], str] = {}
    for wanted in listed:
        for each in wanted:
            asked = each.requirement
            extras = f"[{','.join(asked.extras)}]" if asked.extras else ""
            key = (f"{asked.name}{extras}", asked.specifiers.text)
            marker = each.marker.without_extras().simplified(supported).text
            found[key] = marker if found.get(key, marker) == marker else ""
    return found


def solving_order(starts: Iterable[MarkerSet], *, oldest_first: bool) -> list[MarkerSet]:
    """Regions to start with: newer Pythons first, or older ones; else in the order given."""
    return sorted(starts, key=_oldest_python, reverse=not oldest_first)


def _oldest_python(markers: MarkerSet) -> bytes:
    pythons = markers.python()
    return pythons[0][0] if pythons else b""
