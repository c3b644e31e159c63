"""Paths and URLs out of requirements files, compared with what is installed from them.

Owns the question whether such requirements can be compared at all without resolving. A directory
that the command line names cannot: whoever names it has changed something. Refuses the network.
"""

from __future__ import annotations

from weft.ops.limits import overridden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.install.origins import DirectWant
    from weft.ops.context import Context
    from weft.ops.direct import Place
    from weft.ops.wants import Wants
    from weft.project.lines import RequirementLine


def direct_wants(
    context: Context, wants: Wants, environment: Mapping[str, str]
) -> list[DirectWant] | None:
    """What the direct requirements name, as it is now; None where only resolving can tell.

    Lines whose marker does not hold in `environment` are left out.
    """
    if wants.trees:
        return None
    found = []
    replaced = overridden(wants)
    for line in _applying(wants, environment):
        if line.requirement is not None and line.requirement.name in replaced:
            return None
        want = _want(context, line)
        if want is None:
            return None
        found.append(want)
    return found


def consulted(context: Context, wants: Wants, environment: Mapping[str, str]) -> list[str] | None:
    """Every path whose change may change what `direct_wants` found; None where some are unknown."""
    from weft.index.urls import local_path
    from weft.ops.direct_sources import locate_here
    from weft.project.cache_info import consulted_paths

    paths: list[str] = []
    for line in _applying(wants, environment):
        place = locate_here(line)
        if place is None:
            return None
        path = local_path(place.direct_url.url)
        if path is None:
            continue  # nobody looks behind a URL that is installed
        found = consulted_paths(_project(path, place)) if _is_directory(place) else [path]
        if found is None:
            return None
        paths += found
    return paths


def _applying(wants: Wants, environment: Mapping[str, str]) -> Iterator[RequirementLine]:
    for line in wants.direct:
        marker = line.requirement.marker if line.requirement is not None else line.marker
        if marker is None or marker.evaluate(environment):
            yield line


def _want(context: Context, line: RequirementLine) -> DirectWant | None:
    from weft.install.origins import DirectWant
    from weft.ops.direct_sources import locate_here

    place = locate_here(line)
    if place is None:
        return None
    url, source = place.direct_url.url, place.source
    if not line.origin and source is not None and source.kind == "directory":
        return None
    requirement = line.requirement
    return DirectWant(
        place.direct_url,
        _state(context, place) if url.startswith("file:") else None,
        build_info(context, source.name if source is not None else "", line.config_settings),
        str(requirement.name) if requirement is not None else "",
        requirement.extras if requirement is not None else tuple(line.extras),
    )


def _state(context: Context, place: Place) -> bytes:
    from weft.index.urls import local_path
    from weft.project.cache_info import file_cache_info, read_cache_info

    path = local_path(place.direct_url.url) or ""
    if _is_directory(place):
        return read_cache_info(_project(path, place), context.environ).to_json()
    return file_cache_info(path).to_json()


def _is_directory(place: Place) -> bool:
    return place.direct_url.kind == "dir"


def _project(path: str, place: Place) -> str:
    from weft.system.lean import os

    return os.path.join(path, place.direct_url.subdirectory or "")


def build_info(context: Context, name: str, own: tuple[str, ...] = ()) -> bytes:
    """What a build of `name` would be made with, as `uv_build.json` has it."""
    from weft.core.build_info import BuildInfo
    from weft.ops.build_settings import config_settings, extra_requires, extra_variables

    settings = context.settings
    extra = extra_requires(settings, name)
    return BuildInfo(
        config_settings(settings, name, own=own),
        tuple([text for text, _ in extra]),
        extra_variables(settings, name),
        frozenset([text for text, matches in extra if matches]),
    ).to_json()
