"""Resolve a request for many environments at once: the room's second door.

Owns the question (`UniversalRequest`), the answer (`UniversalResolution`) and the search: regions
are solved one after the other, each split into parts where one answer does not serve it, and the
answers joined into one graph whose packages say where they count.
Refuses to guess, like `weft.resolver.resolution`. Raises `NoSolution` for the first region that
has no answer, `UrlNotDirect`, `ConflictingUrls`. Follows PEP 508, and uv's universal resolution.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.core.specifier import ANY, Specifiers
from weft.core.value import value
from weft.resolver.descent import Descent
from weft.resolver.favourites import Favourites
from weft.resolver.forks import Fork, Split, solving_order
from weft.resolver.joining import answered, joined
from weft.resolver.packages import is_peculiar
from weft.resolver.reading import Reader
from weft.resolver.regional import ROOT, Regional
from weft.resolver.regions import Region
from weft.resolver.repeating import Shared
from weft.resolver.resolution import Request
from weft.resolver.solution import Contradiction

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal, Protocol, TypeAlias

    from weft.core.requirement import Requirement
    from weft.resolver.candidates import CandidateSource, Prerelease, Strategy
    from weft.resolver.conflicts import Conflicts
    from weft.resolver.joining import Answer, UniversalResolution
    from weft.resolver.knowledge import Choice
    from weft.resolver.listings import Listing
    from weft.resolver.regional import Key

    ForkStrategy = Literal["requires-python", "fewest"]
    Preferences: TypeAlias = Mapping[str, tuple[tuple[str, MarkerSet], ...]]

    class UniversalSource(CandidateSource, Protocol):
        """What exists, for every platform.

        Where a name comes from a URL, the questions are about `name @ url`, with the URL as the
        requirement has it. Environments are not judged by `candidate` here: it tells whether a
        version has files at all that may be used.
        """

        def requires_python(self, name: str, position: int) -> str | None:
            """The `Requires-Python` of a version as far as it is known without its metadata."""

        def markers(self, name: str, position: int) -> MarkerSet:
            """Where a version has files; everywhere if it has a source distribution."""


_NOTHING: Mapping[str, str] = {}


@value
class UniversalRequest:
    """What is asked for, and for which environments.

    The fields that `weft.resolver.resolution.Request` has mean the same. `requires_python` are
    the Pythons to support. With `environments`, which must not overlap, nothing else is solved
    for, and each is solved for itself. For each of them and of `required_environments` every
    version must have a file that can be installed somewhere in it. With `initial_forks`, those of
    an earlier answer, these are solved for in place of the environments. `preferences` maps names
    to versions to try first, with where they were chosen. At most one item of each of the
    `conflicts` is ever chosen; groups of a package are extras of it called `group:NAME`.
    """

    requirements: tuple[Requirement, ...]
    requires_python: Specifiers = ANY
    constraints: tuple[Requirement, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    excludes: frozenset[str] = frozenset()
    environments: tuple[MarkerSet, ...] = ()
    required_environments: tuple[MarkerSet, ...] = ()
    initial_forks: tuple[MarkerSet, ...] = ()
    conflicts: Conflicts = ()
    strategy: Strategy = "highest"
    fork_strategy: ForkStrategy = "requires-python"
    prerelease: Prerelease = "if-necessary"
    prerelease_packages: Mapping[str, Prerelease] = _NOTHING  # type: ignore[assignment]
    preferences: Preferences = _NOTHING  # type: ignore[assignment]
    no_dependencies: bool = False
    subject: str = "you"
    direct: tuple[Requirement, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[MarkerSet, ...]:
        """The environments for each of which every version must have a file."""
        return (*self.required_environments, *self.environments)

    @property
    def first_party(self) -> tuple[Requirement, ...]:
        """Every requirement that the user wrote."""
        return self.requirements + self.constraints + self.overrides + self.direct

    @property
    def oldest_first(self) -> bool:
        """Whether older Pythons are solved before newer ones."""
        return self.fork_strategy == "fewest" or self.strategy == "lowest"


class Reading:
    """What a resolution has read: `lists` are by the name that the source knows a package by, a
    position, and an extra. `is_straight` tells that no decision was taken back."""

    __slots__ = ("is_straight", "lists")

    def __init__(self) -> None:
        self.lists: Mapping[tuple[str, int, str], Listing] = {}
        self.is_straight = True


def resolve_universal(
    request: UniversalRequest,
    source: UniversalSource,
    *,
    most_conflicts: int | None = None,
    reading: Reading | None = None,
) -> UniversalResolution:
    """The versions to install for `request` in each environment; what was read is in `reading`.

    Raises `NoSolution` with a derivation if there are none in some region, `UrlNotDirect`,
    `ConflictingUrls`, `GaveUp` after `most_conflicts` in one search, and whatever `source` raises.
    """
    resolution = _Resolution(request, source, most_conflicts=most_conflicts)
    answer = resolution.run()
    if reading is not None:
        resolution.tell(reading)
    return answer


class _Branch:
    """A region that waits to be solved, and the search it goes on with."""

    __slots__ = ("fork", "key", "last", "stem")

    def __init__(
        self, fork: Fork, *, stem: _Search | None = None, key: Key | None = None, last: bool = True
    ) -> None:
        self.fork = fork
        self.key = key
        """Whose requirements split the region that this is a part of."""
        self.stem = stem
        """The search that came to the split, as it was then."""
        self.last = last
        """Whether nobody else goes on with the stem."""


class _Search:
    """The search in one region; `fresh` until it is run."""

    __slots__ = ("_told", "descent", "fresh", "knowledge")

    def __init__(
        self,
        knowledge: Regional,
        descent: Descent,
        *,
        fresh: bool,
        told: Callable[[Region], Request],
    ) -> None:
        self.knowledge = knowledge
        self.descent = descent
        self.fresh = fresh
        self._told = told

    def run(self, choice: Choice | None) -> Answer:
        """The answer; `choice` is the decision to go on with.

        Raises `NoSolution`, and `Split` with the search as it was when it came to that.
        """
        knowledge = self.knowledge
        try:
            solution = self.descent.run() if self.fresh else self.descent.resume(choice)
        except Contradiction as contradiction:
            from weft.resolver.report import explain

            error = explain(
                contradiction.clause,
                self.descent.solver.book,
                knowledge.table,
                self._told(knowledge.region),
                split=knowledge.region.description,
                markers=knowledge.markers(),
            )
        else:
            return answered(knowledge, solution)
        raise error


class _Resolution:
    """All regions: those that were solved and those that wait."""

    def __init__(
        self, request: UniversalRequest, source: UniversalSource, *, most_conflicts: int | None
    ) -> None:
        self._request = request
        self._source = source
        self._most_conflicts = most_conflicts
        self._reader = Reader(request)
        self._favourites = Favourites(request.preferences)
        self._shared = Shared(self._reader, self._favourites)
        self._is_straight = True

    def tell(self, reading: Reading) -> None:
        """Say what was read."""
        reading.lists = self._reader.lists
        reading.is_straight = self._is_straight

    def run(self) -> UniversalResolution:
        request = self._request
        supported = MarkerSet.of_python(request.requires_python)
        answers: list[Answer] = []
        starts = request.initial_forks or request.environments or (MarkerSet.TRUE,)
        for markers in solving_order(starts, oldest_first=request.oldest_first):
            region = Region.of(markers, supported)
            waiting = [] if region.is_empty else [_Branch(Fork(region))]
            while waiting:
                branch = waiting.pop()
                answer = self._repeated(branch)
                if answer is None:
                    search, choice = self._entered(branch)
                    try:
                        answer = search.run(choice)
                    except Split as split:
                        waiting += _branches(search, split)
                        continue
                    finally:
                        self._is_straight &= search.descent.is_straight
                answers.append(answer)
                self._prefer(answer)
        return joined(answers, request.conflicts)

    def _repeated(self, branch: _Branch) -> Answer | None:
        """The answer of a part, if it takes nothing but versions that other regions have taken.

        A search without clauses finds that out as fast.
        """
        stem = branch.stem
        if stem is None or branch.key == ROOT or not stem.descent.took_over:
            return None
        knowledge = self._forked(stem, branch)
        solver = stem.descent.solver
        solution = knowledge.repeated(solver.solution, solver.book, branch.fork.choice)
        return answered(knowledge, solution) if solution is not None else None

    def _forked(self, stem: _Search, branch: _Branch) -> Regional:
        """What is known in a part to begin with."""
        fork = branch.fork
        request = self._told(fork.region) if is_peculiar(self._request) else None
        return stem.knowledge.fork(fork, branch.key, request)

    def _entered(self, branch: _Branch) -> tuple[_Search, Choice | None]:
        """A search in the region of a branch, and the choice that it goes on with."""
        fork, stem, told = branch.fork, branch.stem, self._told
        if stem is None:
            knowledge = Regional(
                told(fork.region),
                self._request,
                self._source,
                region=fork.region,
                shared=self._shared,
            )
            return _Search(knowledge, self._descent(knowledge), fresh=True, told=told), None
        knowledge = self._forked(stem, branch)
        if branch.key == ROOT:
            return _Search(knowledge, self._descent(knowledge), fresh=True, told=told), None
        descent = stem.descent
        if branch.last:
            descent.go_on(knowledge)
        else:
            descent = descent.fork(knowledge)
        return _Search(knowledge, descent, fresh=False, told=told), fork.choice

    def _descent(self, knowledge: Regional) -> Descent:
        return Descent(knowledge, most_conflicts=self._most_conflicts)

    def _prefer(self, answer: Answer) -> None:
        """Leave the versions of a region to the next ones.

        Not where a package is treated differently depending on whether the request names it: it
        may in one region and not in the next.
        """
        if self._request.strategy != "lowest-direct":
            self._shared.prefer(answer.keys, answer.region.markers)
            self._favourites.note_indexes(answer.indexed)

    def _told(self, region: Region) -> Request:
        """The request as it reads in one region, for policies and messages."""
        request, reader = self._request, self._reader

        def here(requirements: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
            return tuple([each for each in requirements if region.meets(reader.place(each.marker))])

        python = region.within.python_at_least() or ANY
        return Request(
            here(request.requirements),
            {"python_full_version": python.text.lstrip(">=")},
            constraints=here(request.constraints),
            overrides=here(request.overrides),
            excludes=request.excludes,
            strategy=request.strategy,
            prerelease=request.prerelease,
            prerelease_packages=request.prerelease_packages,
            no_dependencies=request.no_dependencies,
            subject=request.subject,
            requested_python=request.requires_python.spaced_text,
            universal=True,
            direct=here(request.direct),
            members=request.members,
        )


def _branches(search: _Search, split: Split) -> list[_Branch]:
    """The parts of a region, the one to solve first at the end."""
    last = len(split.forks) - 1
    return [
        _Branch(fork, stem=search, key=split.key, last=number == last)
        for number, fork in reversed(list(enumerate(split.forks)))
    ]
