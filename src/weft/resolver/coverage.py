"""Versions that have files for some platforms only.

Owns two reasons to split a region: a platform that the request requires has no file of the
version; and a local version has files for fewer platforms than the public one that it stands for.
Refuses to read file names: the source tells where a version has files.
Follows uv's `required-environments`, and its rule for local versions.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet
from weft.resolver.forks import Fork, Split
from weft.resolver.reachability import reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.resolver.knowledge import Choice
    from weft.resolver.regions import Region

ROOT_PACKAGE = -1

PLATFORMS = ("sys_platform == 'darwin'", "sys_platform == 'linux'", "sys_platform == 'win32'")


class Dependents:
    """Which packages asked for which, and where: for the question where a package counts."""

    def __init__(self) -> None:
        self._edges: dict[int, dict[int, MarkerSet]] = {}

    def copy(self) -> Dependents:
        """An independent copy."""
        other = Dependents()
        other._edges = {parent: edges.copy() for parent, edges in self._edges.items()}
        return other

    def add(self, parent: int, package: int, marker: MarkerSet) -> None:
        """`parent` (`ROOT_PACKAGE` is the request) wants `package` in `marker`."""
        edges = self._edges.setdefault(parent, {})
        known = edges.get(package)
        edges[package] = marker if known is None else known | marker

    def where(self, package: int) -> MarkerSet:
        """The environments in which something wants the package."""
        return reached(self._edges, ROOT_PACKAGE, MarkerSet.TRUE).get(package, MarkerSet.FALSE)


def parted(region: Region, markers: MarkerSet) -> tuple[Region, Region] | None:
    """The parts of a region inside and outside of `markers`, if both exist."""
    inside, outside = region.part(markers), region.part(~markers)
    return None if inside.is_empty or outside.is_empty else (inside, outside)


def uncovered(
    files: MarkerSet, required: Sequence[MarkerSet], region: Region, wanted: MarkerSet
) -> MarkerSet | None:
    """The first required environment of the region that a version has no file for.

    `wanted` is where the version's package counts at all.
    """
    for marker in required:
        if region.meets(marker) and files.is_disjoint(marker) and not wanted.is_disjoint(marker):
            return marker
    return None


def local_or_public(
    region: Region, local: tuple[Choice, MarkerSet], public: tuple[Choice, MarkerSet]
) -> Choice:
    """A local version or the public one that it stands for; each with where it has files.

    Raises `Split` where both are needed.
    """
    remainder = left_to_public(local[1], public[1])
    if not region.meets(remainder):
        return local[0]
    if not region.meets(local[1]):
        return public[0]
    parts = parted(region, remainder)
    if parts is None:
        return local[0]
    raise Split([Fork(parts[1], choice=local[0]), Fork(parts[0], choice=public[0])])


def left_to_public(local: MarkerSet, public: MarkerSet) -> MarkerSet:
    """Where the public version has files and the local one has none.

    Of a platform for which the local version has no file at all, all counts: that makes shorter
    markers, and takes nothing from the local version.
    """
    remainder = public & ~local
    if remainder.is_false:
        return remainder
    for text in PLATFORMS:
        platform = MarkerSet.parse(text)
        if local.is_disjoint(platform) and not remainder.is_disjoint(platform):
            remainder |= platform
    return remainder


def no_wheels(marker: MarkerSet) -> str:
    """Why a version that has no file for a required environment cannot be used."""
    names = {"sys_platform == 'darwin'": "macOS", "sys_platform == 'linux'": "Linux"}
    names["sys_platform == 'win32'"] = "Windows"
    return f"has no {names.get(marker.text, f'`{marker.text}`')}-compatible wheels"
