"""Where else to look when a request cannot be met: other indexes, other environments.

Owns the hints that need to know the indexes of a command and its interpreter. Refuses to ask an
index anything. Follows uv's wording, and PEP 708 on why indexes are not mixed.
"""

from __future__ import annotations

from weft.resolver.clauses import Constrained, Depends, Required
from weft.resolver.proof import NoneAvailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.fetch.database import Database
    from weft.index.locations import Locations
    from weft.resolver.report import NoSolution


def index_hints(error: NoSolution, source: Database, locations: Locations) -> Iterator[str]:
    """For packages that the first index with any version of them has not in the wanted one."""
    from weft.fetch.projects import Project

    indexes = [each for each in locations.indexes if not each.explicit]
    if locations.strategy != "first-index" or locations.no_index or len(indexes) < 2:
        return
    for fact in error.statements:
        if not isinstance(fact, NoneAvailable):
            continue
        name = error.packages[fact.package]
        project = source.project(name)
        if not isinstance(project, Project) or not project.versions.keys:
            continue
        urls = {
            file.index for at in range(len(project.versions.keys)) for file in project.files(at)
        }
        place = next((at for at, each in enumerate(indexes) if each.url in urls), len(indexes))
        if place + 1 < len(indexes):
            yield (
                f"`{name}` was found on {indexes[place].shown}, but not at the requested version "
                f"({_asked(fact, error)}). A compatible version may be available on a subsequent "
                f"index (e.g., {indexes[place + 1].shown}). By default, weft will only consider "
                "versions that are published on the first index that contains a given package, "
                "to avoid dependency confusion attacks. If all indexes are equally trusted, use "
                "`--index-strategy unsafe-best-match` to consider all versions from all indexes, "
                "regardless of the order in which they were defined."
            )


def _asked(lack: NoneAvailable, error: NoSolution) -> str:
    """The requirement that nothing meets."""
    for fact in error.statements:
        if isinstance(fact, Required | Constrained | Depends):
            demand = fact.demand
            if demand.package == lack.package and not demand.mask:
                return f"{demand.label}{demand.text}"
    return error.packages[lack.package]


def split_hint(error: NoSolution, environment: Mapping[str, str]) -> str:
    """Where a universal resolution failed for others than `environment`; empty for elsewhere."""
    if not error.split:
        return ""
    from weft.core.marker_sets import MarkerSet
    from weft.core.ranges import contains
    from weft.core.version import Version

    parts = [part for part in error.split.split("; ") if part.startswith("markers: ")]
    region = MarkerSet.parse(parts[0].removeprefix("markers: ") if parts else "")
    if region.evaluate(environment):
        return ""
    python = environment["python_version"]
    if not contains(region.python(), Version.parse(environment["python_full_version"]).key):
        return (
            f"While the active Python version is {python}, the resolution failed for other Python "
            "versions supported by your project. Consider limiting your project's supported "
            "Python versions using `requires-python`."
        )
    return (
        "The resolution failed for an environment that is not the current one, consider limiting "
        "the environments with `tool.uv.environments`."
    )
