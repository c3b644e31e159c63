"""The universal search over outlines: what was read of packages before, and nothing else.

Owns `search`, which takes the decisions that `weft.resolver.universal` would take, region by
region and in the same order, with none of what it needs to go back, to learn and to explain. Where
requirements or a `Requires-Python` split a region it is split by the same rules, and the answers
are joined by the same code.
Refuses everything that is not plain: where a version, its requirements or an extra was never
looked at, or something stands against a decision, the answer is None, and others have to find it.
Follows PEP 440, PEP 508, and uv's universal resolution.

Outlines are those of `weft.resolver.outline`, but of a version they know (file, needs, pythons):
its needs are `Row`s in the order in which `weft.resolver.reading` lists them, which count
somewhere; `pythons` are `Requires-Python` as the index and as METADATA tell it.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.requirement import Requirement
from weft.core.specifier import ANY, Specifiers
from weft.resolver.favourites import Favourites
from weft.resolver.forks import Fork, Wanted, forks_of, in_order
from weft.resolver.joining import Answer, joined
from weft.resolver.listings import Counting, Listing
from weft.resolver.outline import ANYTHING, UNDECIDED, most_urgent
from weft.resolver.outline_state import ROOT, Part, State
from weft.resolver.regions import Region, lower_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, TypeAlias

    from weft.core.names import NormalizedName
    from weft.core.ranges import Ranges
    from weft.resolver.joining import UniversalResolution
    from weft.resolver.outline import Outline

    Row: TypeAlias = tuple[NormalizedName, tuple[NormalizedName, ...], str, Ranges, str]
    """A requirement: name, extras, text and ranges of its specifiers, text of its marker."""


class _Unusual(Exception):
    """The request needs more than outlines."""


class _Parted(Exception):
    """The region is to be solved in parts: `forks`, in their order.

    `number` was to be decided on `place`; None where the choice of a version split the region.
    """

    def __init__(self, forks: Sequence[Fork], number: int | None = None, place: int = 0) -> None:
        super().__init__()
        self.forks = forks
        self.number = number
        self.place = place


def search(
    requirements: Sequence[Requirement],
    outline: Callable[[str], Outline | None],
    *,
    python: Specifiers,
) -> UniversalResolution | None:
    """The versions that meet `requirements` on `python`, for the newest of everything.

    None where this needs more than outlines. Requirements have no URLs.
    """
    try:
        return _Search(requirements, outline).run(python)
    except _Unusual:
        return None


class _Search:
    """What all regions share: what is known, and what was chosen."""

    def __init__(
        self, requirements: Sequence[Requirement], outline: Callable[[str], Outline | None]
    ) -> None:
        self._root = Listing(list(_counting(requirements)))
        self._find = outline
        self._pinned = frozenset([each.name for each in requirements if _is_pin(each.specifiers)])
        self._favourites = Favourites({})
        self._outlines: dict[str, Outline] = {}
        self._listings: dict[tuple[str, int, str], Listing] = {}
        self._again: dict[str, tuple[int, bytes, Listing]] = {}

    def run(self, python: Specifiers) -> UniversalResolution:
        """Raises _Unusual."""
        region = Region.of(MarkerSet.TRUE, MarkerSet.of_python(python))
        if region.is_empty:
            raise _Unusual
        answers: list[Answer] = []
        waiting = [Part(region, State(), ROOT, 0, None)]
        while waiting:
            part = waiting.pop()
            try:
                self._solve(part)
            except _Parted as parted:
                waiting += reversed(_parts(part.state, parted))
                continue
            answer = self._answer(part)
            answers.append(answer)
            for name in self._favourites.add_all(answer.keys, answer.region.markers):
                self._again.pop(name, None)
        return joined(answers)

    def _solve(self, part: Part) -> None:
        """Decide what is left. Raises _Parted with the state as it was before the decision."""
        state, region = part.state, part.region
        if part.number is not None:
            self._begin(part, part.number, part.place)
        bases, decided, allowed = state.bases, state.decided, state.allowed
        names, again, python = state.names, self._again, region.python
        while state.waiting:
            waiting = state.waiting
            if waiting & state.urgent:
                number = most_urgent(waiting, state.urgent, bases, decided)
            else:
                number = (waiting & -waiting).bit_length() - 1
            base = bases[number]
            name, place = names[base], decided[base]
            if place == UNDECIDED:  # of an extra the package comes first
                number = base
                known = again.get(name)
                if known is not None and allowed[base] >> known[0] & 1 and known[1] <= python:
                    place, _, listing = known
                else:
                    place = self._choose(name, allowed[base], region)
                    listing = self._taken(name, place, region)
            else:
                listing = self._listing(name, place, state.extras[number])
            if listing.is_everywhere:
                counting = listing.whole
            else:
                counting = self._here(listing, region, number, place)
            self._decide(state, number, place, counting)

    def _begin(self, part: Part, number: int, place: int) -> None:
        """Meet the request, or what a split left of what a version wants."""
        state, wanted = part.state, part.wanted
        if number != ROOT:
            assert wanted is not None, "a split leaves wants"
            self._decide(state, number, place, wanted)
            return
        counting = wanted or self._here(self._root, part.region, number, place)
        state.root = counting.wanted
        self._demand(state, counting)

    # How a version is chosen

    def _choose(self, name: str, allowed: int, region: Region) -> int:
        """The place of the version to take. Raises _Parted where not all can have it."""
        if allowed == ANYTHING:
            raise _Unusual
        outline = self._outlines[name]
        for place in self._order(name, outline, allowed, region):
            if (outline.refused | outline.yanked) >> place & 1:
                if outline.yanked >> place & 1 and name in self._pinned:
                    raise _Unusual  # what was withdrawn may be wanted
                continue
            python, _ = self._pythons(name, place)
            if python is None or region.reaches(python):
                return place
            parts = region.split_at(python)
            if parts is not None:
                older, newer = parts
                raise _Parted([Fork(newer), Fork(older)])
        raise _Unusual

    def _taken(self, name: str, place: int, region: Region) -> Listing:
        """What a version wants that is to be taken. The only one that was chosen for any region is
        taken again wherever it is allowed and every Python can have it."""
        index, metadata = self._pythons(name, place)
        if metadata is not None and not region.reaches(metadata):
            raise _Unusual  # it asks for a newer Python than the index says
        listing = self._listing(name, place, "")
        outline = self._outlines[name]
        key = outline.keys[place]
        if self._favourites.is_only(name, key) and not outline.prereleases >> place & 1:
            lowest = max([lower_end(each)[0] if each else b"" for each in (index, metadata)])
            self._again[name] = place, lowest, listing
        return listing

    def _pythons(self, name: str, place: int) -> tuple[str | None, str | None]:
        """`Requires-Python` of a version as the index tells it, and as METADATA does."""
        known: tuple[Any, ...] | None = self._outlines[name].known.get(place)
        if known is None:
            raise _Unusual
        index, metadata = known[2]
        return index, metadata

    def _order(self, name: str, outline: Outline, allowed: int, region: Region) -> Iterator[int]:
        """The allowed places, those that other regions chose first, then the newest."""
        for key in self._favourites.keys(name, region.markers, highest_first=True):
            place = outline.keys.index(key)
            if allowed >> place & 1 and not outline.prereleases >> place & 1:
                yield place
                allowed &= ~(1 << place)
        for part in (allowed & ~outline.prereleases, allowed & outline.prereleases):
            while part:
                place = part.bit_length() - 1
                yield place
                part ^= 1 << place
            if outline.older:
                raise _Unusual  # older ones come now, of which nothing is known

    # What a decision brings along

    def _decide(self, state: State, number: int, place: int, counting: Counting) -> None:
        """Take a version, or what an extra adds to it."""
        after = place if state.bases[number] == number else 0
        state.allowed[number] = 1 << after
        state.decided[number] = after
        state.waiting &= ~(1 << number)
        state.wanted[number] = counting.wanted
        self._demand(state, counting)

    def _demand(self, state: State, counting: Counting) -> None:
        """Leave of packages what is asked of them; new ones are met in their order."""
        demands = counting.demands
        if demands is None:
            demands = self._measure(counting)
        numbers, allowed, waiting = state.numbers, state.allowed, state.waiting
        for name, mask in demands:
            number = numbers.get(name)
            if number is None:
                number = state.meet(name)
            left = allowed[number]
            if left == ANYTHING:
                waiting |= 1 << number
            allowed[number] = left = left & mask
            if not left:
                raise _Unusual
        state.waiting = waiting
        if counting.urgent:
            self._note_urgent(state, counting)

    def _note_urgent(self, state: State, counting: Counting) -> None:
        """Remember what is decided first, and which extras are wanted."""
        numbers = state.numbers
        for each in counting.urgent:
            number = numbers[each.name]
            if _is_pin(each.specifiers):
                state.urgent |= 1 << number
            if each.extras:
                flag = state.flag(each.name, each.extras[0])
                if flag == number + 1:  # nothing wants the package without it
                    state.urgent |= 1 << flag
        for name, extra in counting.extras:
            flag = state.flag(name, extra)
            if state.allowed[flag] == ANYTHING:
                state.allowed[flag] = 1
                state.waiting |= 1 << flag

    def _here(self, listing: Listing, region: Region, number: int, place: int) -> Counting:
        """What counts of a list. Raises _Parted where that splits the region."""
        counting = listing.here(region)
        if counting is None:
            here = [each for each in listing.wanted if region.meets(each.marker)]
            forks = forks_of(here, region)
            if len(forks) > 1:
                raise _Parted(in_order(forks, oldest_first=False), number, place)
            counting = Counting(forks[0].wanted if forks else ())
        return counting

    def _listing(self, name: str, place: int, extra: str) -> Listing:
        """What a version wants anywhere, or with `extra` what that adds."""
        key = (name, place, extra)
        found = self._listings.get(key)
        if found is None:
            rows: Any = self._outlines[name].needs(place, extra)
            if rows is None:
                raise _Unusual
            found = self._listings[key] = Listing([_wanted(row) for row in rows])
        return found

    def _measure(self, counting: Counting) -> Sequence[tuple[str, int]]:
        """Find out what is left of packages where this counts."""
        demands: list[tuple[str, int]] = []
        urgent, extras = [], []
        for each in counting.wanted:
            requirement = each.requirement
            name, specifiers = requirement.name, requirement.specifiers
            outline = self._outlines.get(name)
            if outline is None:
                outline = self._find(name)
                if outline is None:
                    raise _Unusual
                self._outlines[name] = outline
            demands.append((name, outline.mask(specifiers.ranges)))
            if requirement.extras or _is_pin(specifiers):
                urgent.append(requirement)
                extras += [(name, extra) for extra in requirement.extras]
        counting.demands, counting.urgent, counting.extras = demands, urgent, extras
        return demands

    def _answer(self, part: Part) -> Answer:
        """What was decided in a region."""
        state, outlines = part.state, self._outlines
        answer = Answer(part.region, state.root)
        texts, wanted, nodes, keys = answer.texts, answer.wanted, answer.nodes, answer.keys
        for name, base, extra, wants in zip(
            state.names, state.bases, state.extras, state.wanted, strict=True
        ):
            outline, place = outlines[name], state.decided[base]
            node = (name, "", outline.older + place, extra)
            texts[node] = outline.texts[place]
            wanted[node] = wants
            if not extra:
                nodes[name] = node
                keys.append((name, outline.keys[place]))
        return answer


def _parts(state: State, parted: _Parted) -> list[Part]:
    """The parts of a region; the last one goes on with its state."""
    last = len(parted.forks) - 1
    parts = []
    for at, fork in enumerate(parted.forks):
        if parted.number == ROOT:
            mine = State()
        else:
            mine = state if at == last else state.copy()
        wanted = Counting(fork.wanted) if parted.number is not None else None
        parts.append(Part(fork.region, mine, parted.number, parted.place, wanted))
    return parts


def _counting(requirements: Iterable[Requirement]) -> Iterator[Wanted]:
    """The requirements of the request with where they count, if anywhere."""
    for each in requirements:
        marker = MarkerSet.TRUE
        if each.marker is not None:
            marker = MarkerSet.of(each.marker).restrict_extras(lambda _: False)
        if not marker.is_false:
            yield Wanted(each, marker)


def _wanted(row: Row) -> Wanted:
    name, extras, text, ranges, marker = row
    specifiers = Specifiers(text, ranges) if text else ANY
    where = MarkerSet.parse(marker) if marker else MarkerSet.TRUE
    return Wanted(Requirement(name, extras, specifiers), where)


def _is_pin(specifiers: Specifiers) -> bool:
    """Whether this names one version."""
    return "==" in specifiers.text and bool(specifiers.pinned or specifiers.exact)
