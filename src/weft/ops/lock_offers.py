"""What an index has for a lock that grows: versions about which there is nothing to decide.

Owns reading pages and metadata that the cache has and that are fresh. Refuses the network, and
versions that a resolution would have to think about: they are `Odd`.
"""

from __future__ import annotations

from weft.core.value import value
from weft.lock.growth import Odd, Offer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.core.distribution import File
    from weft.core.marker_sets import MarkerSet
    from weft.core.metadata import Metadata
    from weft.core.requirement import Requirement
    from weft.core.specifier import Specifiers
    from weft.fetch.selection import Rules
    from weft.index.shelf import Shelf
    from weft.index.simple import PackedPage
    from weft.store.store import Store


@value
class World:
    """Which pages count: those of `index`, a URL, that are fresh at `now` (epoch seconds; None
    where there is no network). `python` and `supported` are the Pythons of the project, `rules`
    makes what decides between files."""

    index: str
    rules: Callable[[], Rules]
    python: Specifiers
    supported: MarkerSet
    now: int | None


class Offers:
    """Offers by name. What was offered last is what `files` gives."""

    def __init__(self, store: Store, world: World) -> None:
        from weft.store.layout import origin_key

        self._store = store
        self._world = world
        self._origin = origin_key(world.index)
        self._shelf: Shelf | None = None
        self._rules: Rules | None = None
        self._pages: dict[str, PackedPage] = {}
        self._files: dict[str, tuple[File, ...]] = {}
        self._known: dict[tuple[str, int], Offer] = {}
        self.fresh_until: dict[str, int] = {}

    def __call__(self, name: str, specifiers: Specifiers) -> Offer:
        """The newest version that is allowed. Raises Odd."""
        page = self._page(name)
        position = _newest(page, specifiers)
        found = self._known.get((name, position))
        if found is None:
            found = self._known[name, position] = self._offer(name, page, position)
        return found

    def files(self, name: str) -> tuple[File, ...]:
        """All files of the version that was offered."""
        return self._files[name]

    @property
    def index(self) -> str:
        """The URL of the index."""
        return self._world.index

    def page_key(self, name: str) -> str:
        """The key of a page in the store."""
        return f"{self._origin}/{name}"

    def _page(self, name: str) -> PackedPage:
        page = self._pages.get(name)
        if page is not None:
            return page
        if self._shelf is None:
            from weft.index.shelf import Shelf

            self._shelf = Shelf(self._store)
        kept = self._shelf.read(self.page_key(name))
        if kept is None or not is_fresh(kept.freshness.fresh_until, self._world.now):
            raise Odd
        page = self._shelf.page(self.page_key(name), kept, index=self._world.index)
        if page is None or page.status != "active":
            raise Odd
        self.fresh_until[name] = kept.freshness.fresh_until
        self._pages[name] = page
        return page

    def _offer(self, name: str, page: PackedPage, position: int) -> Offer:
        from weft.fetch.selection import Chosen, choose

        if self._rules is None:
            self._rules = self._world.rules()
        files = self._files[name] = page.files(position)
        choice = choose(files, name, self._rules, allow_yanked=False)
        if not isinstance(choice, Chosen) or not choice.file.filename.endswith(".whl"):
            raise Odd
        if any(file.yanked is not None for file in files):
            raise Odd
        metadata = self._metadata(name, choice.file)
        for text in (choice.file.requires_python, metadata.requires_python):
            if text and not self._reaches(text):
                raise Odd
        return Offer(page.texts[position], tuple(self._needs(metadata)))

    def _metadata(self, name: str, file: File) -> Metadata:
        from weft.core.metadata import unpack
        from weft.index.shelf import metadata_name

        assert self._shelf is not None, "the file is from a page"
        packed = self._shelf.metadata(f"{self._origin}/{metadata_name(file, name)}")
        if packed is None:
            raise Odd
        return unpack(packed)

    def _reaches(self, requires_python: str) -> bool:
        """Whether every Python of the project is new enough."""
        from weft.core.specifier import SpecifierError, Specifiers

        try:
            ranges = Specifiers.parse_lenient(requires_python).ranges
        except SpecifierError:
            return False
        ours = self._world.python.ranges
        return bool(ranges and ours) and ranges[0][0] <= ours[0][0]

    def _needs(self, metadata: Metadata) -> list[tuple[Requirement, MarkerSet]]:
        """The requirements that count somewhere without any extra. Raises Odd for those that give
        newer Pythons an answer of their own."""
        from weft.core.marker import needs_extra
        from weft.core.marker_sets import MarkerSet

        supported = self._world.supported
        lowest = supported.python()
        found = []
        for each in metadata.requirements:
            if each.marker is not None and needs_extra(each.marker.text):
                continue
            where = MarkerSet.of(each.marker).restrict_extras(lambda _: False)
            if where.is_disjoint(supported):
                continue
            pythons = where.python()
            if pythons and (not lowest or pythons[0][0] > lowest[0][0]):
                raise Odd
            found.append((each, where))
        return found


def is_fresh(until: int, now: int | None) -> bool:
    """Whether a page needs no request."""
    return now is None or now < until


def _newest(page: PackedPage, specifiers: Specifiers) -> int:
    """The position of the newest stable version that is allowed. Raises Odd."""
    if specifiers.text and (specifiers.mentions_prerelease or specifiers.exact is not None):
        raise Odd
    for position in range(len(page) - 1, -1, -1):
        if page.prereleases >> position & 1:
            continue
        if not specifiers.contains_key(page.keys[position]):
            continue
        if page.yanked >> position & 1 or "+" in page.texts[position]:
            raise Odd
        return position
    raise Odd
