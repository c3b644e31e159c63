"""Where the packages of one region come from: an index, or what lies at a URL.

Owns `Sited`, a source under whose names some stand for `name @ url`. Refuses to decide which;
see `weft.resolver.regional`. Follows PEP 508 on direct references.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.resolver.conflicts import ConflictItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from weft.resolver.candidates import Dependencies, Missing, Unusable, Usable, VersionList
    from weft.resolver.regions import Region
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


def named_indexes(
    project: str, metadata: Dependencies, region: Region
) -> Iterator[tuple[str, str]]:
    """The indexes that extras and groups of a project of the request name for others.

    One counts for a name wherever its extra or group is not ruled out, whoever asks for the
    name: a project's extras that exclude each other may each have an index.
    """

    def chosen(extra: str) -> bool:
        return not region.rules_out(ConflictItem.of(project, extra))

    for each in metadata.requirements:
        if each.url is None or not each.url.startswith(INDEX):
            continue
        if region.meets(MarkerSet.of(each.marker).restrict_extras(chosen)):
            yield each.name, each.url
