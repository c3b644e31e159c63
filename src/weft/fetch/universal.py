"""What exists for every platform at once: the universal resolver's view.

Owns the questions that the platforms and Pythons of one answer bring up: where a version has
files, which Pythons it is for, what lies at a URL. Refuses to judge environments, and to read
what lies at a URL: whoever made this knows how. Follows PEP 425 and PEP 592.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.fetch.database import Database
from weft.fetch.projects import Project, only
from weft.fetch.selection import Chosen, Refused, is_usable
from weft.resolver.candidates import Dependencies, Missing, Unusable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from weft.core.requirement import Requirement
    from weft.fetch.projects import Candidate
    from weft.index.locations import IndexLocation
    from weft.index.simple import PackedPage

    class Places(Protocol):
        """What lies at URLs; a place is `name @ url`."""

        def candidate(self, place: str) -> Candidate: ...

        def requirements(self, place: str) -> Sequence[Requirement]: ...


_INDEX = " @ index+"


def bare_name(name: str) -> str:
    """The project's name, without the index that it is looked for in."""
    return name.partition(_INDEX)[0]


def _is_placed(name: str) -> bool:
    """Whether this is no project of an index, but what lies at a URL."""
    return " @ " in name and _INDEX not in name


class UniversalDatabase(Database):
    """A `resolver.universal.UniversalSource`. `rules` have to be for any Python and `Anywhere`.

    What is asked for as `name @ index+URL` is looked for in that index alone; `index` gives it.
    """

    def __init__(
        self, *arguments: Any, places: Places, index: Callable[[str], IndexLocation], **more: Any
    ) -> None:
        super().__init__(*arguments, **more)
        self._places = places
        self._index = index
        self._markers: dict[tuple[str, int], MarkerSet] = {}

    def requires_python(self, name: str, position: int) -> str | None:
        """`Requires-Python` of the chosen file, as far as the index tells it."""
        if position in self._present(name).known:
            return None
        choice = self._choice(name, position)
        return choice.file.requires_python if isinstance(choice, Chosen) else None

    def markers(self, name: str, position: int) -> MarkerSet:
        """Where there is a wheel; everywhere with a source distribution, and for a URL."""
        found = self._markers.get((name, position))
        if found is None:
            found = self._markers[name, position] = self._find_markers(name, position)
        return found

    def dependencies(self, name: str, position: int) -> Dependencies | Unusable:
        """Those of a place have the sources of its project."""
        if not _is_placed(name):
            return super().dependencies(name, position)
        metadata = self.metadata(name, position)
        return Dependencies(
            tuple(self._places.requirements(name)),
            metadata.requires_python,
            frozenset(metadata.provides_extra),
        )

    def prefetch(self, names: Sequence[str]) -> None:
        """Nothing is built or fetched ahead that has a place of its own."""
        super().prefetch([name for name in names if " @ " not in name])

    def _load(self, name: str) -> Project | Missing:
        if _is_placed(name):
            return only(self._places.candidate(name))
        _, at, index = name.partition(_INDEX)
        if at and name not in self._pinned:
            self._pinned[name] = self._index(index)
        return super()._load(name)

    def _choose(self, project: Project, name: str, position: int) -> Chosen | Refused:
        return super()._choose(project, bare_name(name), position)

    def _pages(self, name: str) -> list[PackedPage]:
        location = self._pinned.get(name)
        if location is None or _INDEX not in name:
            return super()._pages(name)
        page = self._client.page(location, bare_name(name))
        return [page] if page is not None else []

    def _find_markers(self, name: str, position: int) -> MarkerSet:
        from weft.fetch.tag_markers import implied

        project = self._present(name)
        if position in project.known:
            return MarkerSet.TRUE
        found = MarkerSet.FALSE
        for file in project.files(position):
            if is_usable(file, bare_name(name), self._rules):
                if not file.filename.endswith(".whl"):
                    return MarkerSet.TRUE
                found |= implied(file.filename)
        return found
