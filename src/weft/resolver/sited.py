"""Where the packages of one region come from: an index, or what lies at a URL.

Owns `Sited`, a source under whose names some stand for `name @ url`. Refuses to decide which;
see `weft.resolver.regional`. Follows PEP 508 on direct references.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from weft.core.marker_sets import MarkerSet
    from weft.resolver.candidates import Dependencies, Missing, Unusable, Usable, VersionList
    from weft.resolver.universal import UniversalSource

    Said: TypeAlias = dict[tuple[str, int], tuple[Usable | Unusable, str | None]]


INDEX = "index+"
"""What a URL begins with that names the one index to look in."""


class Sited:
    """A source as one region sees it: some names stand for what is found at a URL.

    What it said of versions is the same for all regions of a resolution, and kept in `said`.
    """

    def __init__(
        self, source: UniversalSource, urls: Mapping[str, str], said: Said | None = None
    ) -> None:
        self.source = source
        self.urls = dict(urls)
        self.said: Said = {} if said is None else said

    def place(self, name: str) -> str:
        """The name that the source knows: `name`, or `name @ url`."""
        if not self.urls:
            return name
        url = self.urls.get(name)
        return f"{name} @ {url}" if url else name

    def versions(self, name: str) -> VersionList | Missing:
        return self.source.versions(self.place(name))

    def candidate(self, name: str, position: int) -> Usable | Unusable:
        return self.verdict(name, position)[0]

    def verdict(self, name: str, position: int) -> tuple[Usable | Unusable, str | None]:
        """Whether a version can be used, and its `Requires-Python` as far as that is known."""
        place = self.place(name)
        found = self.said.get((place, position))
        if found is None:
            found = self.said[place, position] = (
                self.source.candidate(place, position),
                self.source.requires_python(place, position),
            )
        return found

    def dependencies(self, name: str, position: int) -> Dependencies | Unusable:
        return self.source.dependencies(self.place(name), position)

    def prefetch(self, names: Sequence[str]) -> None:
        self.source.prefetch([self.place(name) for name in names])

    def requires_python(self, name: str, position: int) -> str | None:
        return self.verdict(name, position)[1]

    def markers(self, name: str, position: int) -> MarkerSet:
        return self.source.markers(self.place(name), position)
