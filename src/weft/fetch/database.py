"""What exists and what it requires: the resolver's view of indexes, find-links and the store.

Owns the composition of one project out of several places (first index, or all of them) and the
choice of a file per version; `weft.fetch.ahead` reads ahead while the solver thinks. Refuses to
parse pages or to speak HTTP (`index.client` does), and to install.
Each page and each METADATA is got once per run.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.events import silent
from weft.core.metadata import unpack
from weft.fetch.ahead import Ahead
from weft.fetch.projects import Candidate, Project, from_page, merged, only
from weft.fetch.selection import INVALID, Chosen, Refused, choose, nearest_wheel
from weft.index.failures import IndexRefused
from weft.index.once import Once
from weft.resolver.candidates import Dependencies, Missing, Unusable, Usable, VersionList

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.core.distribution import File
    from weft.core.events import Sink
    from weft.core.metadata import Metadata
    from weft.fetch.ahead import Guess
    from weft.fetch.selection import Rules
    from weft.index.client import IndexClient
    from weft.index.locations import IndexLocation, Locations
    from weft.index.simple import PackedPage
    from weft.system.workers import ThreadPool

ABSENT = "was not found in the package registry"
ABSENT_OFFLINE = "was not found in the cache"
ABSENT_LOCALLY = "was not found in the provided package locations"
OFFLINE_HINT = (
    "Packages were unavailable because the network was disabled. When the network is disabled, "
    "registry packages may only be read from the cache."
)
NOWHERE_HINT = (
    "Packages were unavailable because index lookups were disabled and no additional package "
    "locations were provided (try: `--find-links <uri>`)"
)


_USABLE = Usable()


class PlaceNeeded(WeftError):
    """A project is asked for of which a limit says where it comes from; nobody has looked there."""

    def __init__(self, name: str) -> None:
        super().__init__(f"`{name}` comes from a URL that has not been read")
        self.name = name


def _unreadable(error: WeftError, name: str, version: str) -> Unusable:
    """What a version is to the resolver whose metadata cannot be had; raises what is no verdict."""
    from weft.core.metadata import MetadataError
    from weft.core.requirement import RequirementError
    from weft.fetch.orders import PythonTooOld

    name = name.partition(" @ ")[0]  # of what is looked for in one index only
    if isinstance(error, PythonTooOld):
        wanted = error.requires_python
        return Unusable(
            f"requires Python {wanted}",
            hint=f"The source distribution for `{name}` (v{version}) does not include static "
            f"metadata. Generating metadata for this package requires Python {wanted}, but Python "
            f"{error.python} is installed.",
        )
    if not isinstance(error, MetadataError | RequirementError):
        raise error
    cause = error.__cause__
    detail = cause.message if isinstance(cause, WeftError) else error.message
    lines = "".join(f"\n  {line}" for line in detail.splitlines())
    return Unusable(INVALID, hint=f"Metadata for `{name}` (v{version}) could not be parsed:{lines}")


class Database:
    """A `resolver.CandidateSource`. Thread-safe.

    `direct` replaces everything that indexes know of a project; `installed` adds a version that
    may be unknown to them. `pool` makes the thread pool at its first use. `picked` hears of the
    file of a version whose dependencies were asked for, and which is therefore likely to be used.
    `built` gives the metadata of the source distribution of a name and version. `pinned` names the
    one index of projects that have one. Questions about what is in `unread` raise PlaceNeeded.
    `sink` hears of files that are left out because nobody knows how old they are. With `noted`
    the choices that pages come with are those of the same rules (`IndexClient.open_ledger`).
    `guess` lets reading ahead go on to wheels and to what versions require.
    """

    def __init__(
        self,
        client: IndexClient,
        locations: Locations,
        rules: Rules,
        *,
        pool: Callable[[], ThreadPool],
        direct: Mapping[str, Candidate] | None = None,
        installed: Mapping[str, Candidate] | None = None,
        offline: bool = False,
        picked: Callable[[str, str, File], None] | None = None,
        built: Callable[[str, str, File], Metadata] | None = None,
        pinned: dict[str, IndexLocation] | None = None,
        unread: frozenset[str] = frozenset(),
        sink: Sink = silent,
        noted: bool = False,
        guess: Guess | None = None,
    ) -> None:
        self._client = client
        self._locations = locations
        self._rules = rules
        self._reading = Ahead(self, pool, guess=guess)
        self._direct = direct or {}
        self._installed = installed or {}
        self._offline = offline
        self._picked = picked
        self._built = built
        self._pinned = {} if pinned is None else pinned
        self._unread = unread
        self._sink = sink
        self._noted = noted
        self._once = Once()
        self._searched: Sequence[IndexLocation] | None = None
        self._projects: dict[str, Project | Missing] = {}
        self._metadata: dict[tuple[str, int], Metadata] = {}
        self._choices: dict[tuple[str, int], Chosen | Refused] = {}

    @property
    def locations(self) -> Locations:
        """Where it looks."""
        return self._locations

    # The resolver's four questions.

    def versions(self, name: str) -> VersionList | Missing:
        """Every version that any counting place lists."""
        project = self.project(name)
        return project if isinstance(project, Missing) else project.versions

    def candidate(self, name: str, position: int) -> Usable | Unusable:
        """Whether a version has a file for this interpreter, platform and request."""
        project = self._present(name)
        if position in project.known:
            return _USABLE
        choice = self._choice(name, position)
        if isinstance(choice, Chosen):
            if choice.file.yanked is None:
                return _USABLE
            why = f" (reason: {choice.file.yanked})" if choice.file.yanked else ""
            return Unusable(f"was yanked{why}", yanked=True)
        if self._rules.is_limited:
            self._tell_undated(name, project.files(position))
        return Unusable(choice.reason, choice.hint, choice.requires_python, choice.yanked)

    def dependencies(self, name: str, position: int) -> Dependencies | Unusable:
        """What METADATA of the chosen file says."""
        try:
            metadata = self.metadata(name, position)
        except WeftError as error:
            return _unreadable(error, name, self._present(name).versions.texts[position])
        wanted = metadata.requires_python
        if wanted and self._rules.reaches(wanted) is None:
            return Unusable(INVALID, hint=f"`Requires-Python` of `{name}` is `{wanted}`")
        if self._picked is not None:
            file = self.file(name, position)
            if file is not None:
                self._picked(name, metadata.version, file)
        return Dependencies(
            metadata.lazy_requirements,
            metadata.requires_python,
            frozenset(metadata.provides_extra),
        )

    def prefetch(self, names: Sequence[str]) -> None:
        """Start what is not cached; what is cached is faster read when it is asked for."""
        for name in names:
            if self.lacks(name):
                self._reading.start(name)

    # What reading ahead asks.

    def lacks(self, name: str) -> bool:
        """Whether nobody has asked for a project, and its page has to come from a server."""
        known = self._offline or name in self._direct or name in self._unread
        return not known and ("project", name) not in self._once and not self._is_cached(name)

    def likely_file(self, name: str, position: int) -> File | None:
        """The file of a version that exists, if it has one that is not yanked."""
        choice = self._choice(name, position)
        return choice.file if isinstance(choice, Chosen) and choice.file.yanked is None else None

    # What installing asks afterwards.

    def project(self, name: str) -> Project | Missing:
        """A project from wherever it is; raises WeftError where an index fails."""
        known = self._projects.get(name)
        if known is None:
            known = self._once.get(("project", name), lambda: self._load(name))
            self._projects[name] = known
        return known

    def file(self, name: str, position: int) -> File | None:
        """The file chosen for a version; None for one that is installed already."""
        project = self._present(name)
        if position in project.known:
            return project.known[position].file
        choice = self._choice(name, position)
        assert isinstance(choice, Chosen), "the resolver picked a version that has no file"
        return choice.file

    def metadata(self, name: str, position: int) -> Metadata:
        """METADATA of the chosen file, parsed."""
        known = self._metadata.get((name, position))
        if known is None:
            known = self._metadata[name, position] = self._find_metadata(name, position)
        return known

    def needs_build(self, name: str, position: int) -> bool:
        """Whether `metadata` would have to build the version. Its file must have been chosen."""
        project = self._present(name)
        if position in project.known or (name, position) in self._metadata:
            return False
        file = self.file(name, position)
        if file is None or file.filename.endswith(".whl"):
            return False
        return nearest_wheel(project.files(position), name, self._rules) is None

    def _find_metadata(self, name: str, position: int) -> Metadata:
        project = self._present(name)
        if position in project.known:
            known = project.known[position]
            return self._once.get(("known", name, position), known.metadata)
        file = self.file(name, position)
        assert file is not None
        if not file.filename.endswith(".whl"):
            # The files of a version say the same: a wheel for elsewhere saves a build.
            file = nearest_wheel(project.files(position), name, self._rules) or file
        if file.filename.endswith(".whl"):
            return self._once.get(("file", file.url), lambda: self._read_metadata(file))
        assert self._built is not None, "source distributions count only where they can be built"
        return self._built(name, project.versions.texts[position], file)

    # How it is put together.

    def _present(self, name: str) -> Project:
        project = self.project(name)
        assert isinstance(project, Project), f"`{name}` has no versions to ask about"
        return project

    def _choice(self, name: str, position: int) -> Chosen | Refused:
        """Yanked files count only where nothing else is left; the candidate then says so."""
        known = self._choices.get((name, position))
        if known is None:
            project = self._present(name)
            noted = project.chosen if self._noted else None
            earlier = noted.get(position) if noted is not None else None
            if earlier is None:
                known = self._choose(project, name, position)
                if noted is not None:
                    noted[position] = known.packed()
            else:
                known = Refused(*earlier) if isinstance(earlier, tuple) else Chosen(earlier)
            self._choices[name, position] = known
        return known

    def _choose(self, project: Project, name: str, position: int) -> Chosen | Refused:
        if project.fitting is not None:
            quick = choose(project.fitting(position), name, self._rules, allow_yanked=False)
            if isinstance(quick, Chosen):
                return quick
        files = project.files(position)
        found = self._choose_by_place(files, name, allow_yanked=False)
        if isinstance(found, Refused) and found.yanked:
            again = self._choose_by_place(files, name, allow_yanked=True)
            return again if isinstance(again, Chosen) else found
        return found

    def _choose_by_place(
        self, files: Sequence[File], name: str, *, allow_yanked: bool
    ) -> Chosen | Refused:
        """What an index has is taken before what a later one has, however well that fits.

        Find-links count with the first index.
        """
        order = {location.url: place for place, location in enumerate(self._indexes())}
        places = sorted({order.get(file.index, 0) for file in files})
        for place in places if len(places) > 1 else ():
            there = [file for file in files if order.get(file.index, 0) == place]
            found = choose(there, name, self._rules, allow_yanked=allow_yanked)
            if isinstance(found, Chosen):
                return found
        return choose(files, name, self._rules, allow_yanked=allow_yanked)

    def _tell_undated(self, name: str, files: Sequence[File]) -> None:
        from weft.core.dates import timestamp
        from weft.core.events import Warned

        for file in files:
            limit = self._rules.limit(name, file)
            if limit is not None and file.upload_time is None:
                self._sink(
                    Warned(
                        f"`{file.filename}` is missing an upload date, but user provided: "
                        f"{timestamp(limit)}"
                    )
                )

    def _read_metadata(self, file: File) -> Metadata:
        return unpack(self._client.metadata(file))

    def _load(self, name: str) -> Project | Missing:
        if name in self._direct:
            return only(self._direct[name])
        if name in self._unread:
            raise PlaceNeeded(name)
        try:
            pages = self._pages(name)
        except IndexRefused as error:
            return Missing(ABSENT, "\n".join(error.hints))
        linked = self._locations.find_links and self._counts_links(name, pages)
        flat = self._client.find_links(name) if linked else ()
        installed = self._installed.get(name)
        if len(pages) == 1 and not flat:
            simple = from_page(pages[0], installed, self._rules.supported)
            if simple is not None:
                return simple
        if not pages and not flat and installed is None:
            return self._missing()
        in_order = self._locations.strategy == "unsafe-first-match"
        fits = self._rules.supported.fits if in_order and len(pages) > 1 else None
        return merged(pages, flat, installed, fits=fits)

    def _counts_links(self, name: str, pages: Sequence[PackedPage]) -> bool:
        """Whether find-links count beside these pages: not beside directories that are indexes."""
        if name in self._pinned:
            return False
        flat = {each.url for each in self._locations.indexes if each.format == "flat"}
        return not flat or not pages or any(page.index not in flat for page in pages)

    def _missing(self) -> Missing:
        if self._locations.no_index:
            return Missing(ABSENT_LOCALLY, "" if self._locations.find_links else NOWHERE_HINT)
        if self._offline:
            return Missing(ABSENT_OFFLINE, OFFLINE_HINT)
        return Missing(ABSENT)

    def _indexes(self) -> Sequence[IndexLocation]:
        if self._searched is None:
            places = () if self._locations.no_index else self._locations.indexes
            self._searched = tuple([each for each in places if not each.explicit])
        return self._searched

    def _pages(self, name: str) -> list[PackedPage]:
        """The pages that count: of the first index that has the project, or of all."""
        pages = []
        for location in self._searched_for(name):
            page = self._client.page(location, name)
            if page is not None:
                pages.append(page)
                if self._locations.strategy == "first-index":
                    break
        return pages

    def _searched_for(self, name: str) -> Sequence[IndexLocation]:
        """Where to look for one project, in order."""
        return (self._pinned[name],) if name in self._pinned else self._indexes()

    def _is_cached(self, name: str) -> bool:
        """Whether the first place to look needs no request."""
        for location in self._searched_for(name):
            return self._client.is_cached(location, name)
        return True
