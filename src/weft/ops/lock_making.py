"""A whole `uv.lock` out of an answer: packages, options, and what the resolution started from.

Owns the composition. Refuses to resolve and to write files.
Follows uv.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.requirement import Requirement
    from weft.lock.uvmodel import (
        UvConflictItem,
        UvCutoff,
        UvDependencyMetadata,
        UvLock,
        UvManifest,
        UvOptions,
    )
    from weft.ops.context import Context
    from weft.ops.lock_places import LockPlaces
    from weft.ops.lock_request import LockRequest
    from weft.ops.lock_requirements import Writer
    from weft.ops.lock_resolving import Resolved


def make_lock(context: Context, request: LockRequest, resolved: Resolved) -> UvLock:
    """The lock of an answer, in order."""
    from weft.lock.uvmodel import UvLock
    from weft.lock.uvorder import arranged
    from weft.ops.lock_packages import locked_packages, simplified_forks

    writer = writer_of(request, resolved.places)
    supported = MarkerSet.of_python(request.python)
    return arranged(
        UvLock(
            request.python.spaced_text,
            locked_packages(resolved, writer),
            resolution_markers=simplified_forks(resolved.resolution.forks, supported),
            supported_markers=simplified(request.table.environments, supported),
            required_markers=simplified(request.table.required_environments, supported),
            conflicts=conflicts(request),
            options=options(context),
            manifest=manifest(context, request, writer),
        )
    )


def writer_of(request: LockRequest, places: LockPlaces) -> Writer:
    """How things are named in the lock of a request."""
    from weft.ops.lock_requirements import Writer

    references = {**places.references, **request.references}
    return Writer(request.root, request.python, places, references)


def simplified(markers: Iterable[str], supported: MarkerSet) -> tuple[str, ...]:
    """The texts of environments, less what all Pythons of the project meet."""
    return tuple([MarkerSet.parse(text).simplified(supported).text for text in markers])


def conflicts(request: LockRequest) -> tuple[tuple[UvConflictItem, ...], ...]:
    if not request.table.conflicts:
        return ()
    from weft.lock.uvmodel import UvConflictItem
    from weft.ops.lock_resolving import conflicts_of

    return tuple(
        [
            tuple([UvConflictItem(each.package, each.kind, each.name) for each in items])
            for items in conflicts_of(request)
        ]
    )


def options(context: Context) -> UvOptions:
    """The options that change an answer, where they are not what uv does by itself."""
    from weft.lock.uvmodel import UvOptions

    settings = context.settings
    strategy, mode = settings.resolution, settings.prerelease
    return UvOptions(
        "" if strategy == "highest" else strategy,
        "" if mode == "if-necessary" else mode,
        "" if settings.fork_strategy == "requires-python" else settings.fork_strategy,
        cutoff(settings.exclude_newer, context.now),
        tuple(sorted(settings.prerelease_package)),
        tuple(
            sorted(
                (name, cutoff(text, context.now)) for name, text in settings.exclude_newer_package
            )
        ),
    )


def cutoff(text: str | None, now: float) -> UvCutoff | None:
    """How a limit of age is written down; None for none."""
    if text is None or text == "false":
        return None
    from weft.core.dates import parse_cutoff, timestamp
    from weft.lock.uvmodel import NO_CUTOFF, UvCutoff

    seconds = parse_cutoff(text, int(now))
    if len(text.strip()) > 5 and text.strip()[:4].isdigit() and text.strip()[4] == "-":
        return UvCutoff(timestamp(seconds or 0))
    return UvCutoff(NO_CUTOFF, span_of(text.strip()))


def span_of(text: str) -> str:
    """A duration as ISO 8601: `3 days` is `P3D`."""
    if text.lstrip("+-")[:1] in ("P", "p"):
        return text.lstrip("+-").upper()
    words = text.lower().removesuffix("ago").lstrip("+-").replace(",", " ")
    amounts: dict[str, int] = {}
    number = ""
    unit = ""
    for character in f"{words} ":
        if character.isdigit():
            if unit:
                amounts[unit[0]] = amounts.get(unit[0], 0) + int(number)
                number = unit = ""
            number += character
        elif character.isalpha():
            unit += character
        elif unit:
            amounts[unit[0]] = amounts.get(unit[0], 0) + int(number)
            number = unit = ""
    dates = "".join(f"{amounts[key]}{key.upper()}" for key in "wd" if key in amounts)
    times = "".join(f"{amounts[key]}{key.upper()}" for key in "hms" if key in amounts)
    return f"P{dates}{'T' * bool(times)}{times}"


def manifest(context: Context, request: LockRequest, writer: Writer) -> UvManifest:
    """What the resolution starts from, besides what the members say themselves."""
    from weft.core.names import normalize_name
    from weft.lock.uvmodel import UvManifest
    from weft.ops.lock_places import default_groups, group_pythons

    project = request.project
    alone = project is not None and not project.has_root_project
    return UvManifest(
        members_of(request),
        writer.requirements(request.requirements),
        writer.requirements(request.constraints),
        writer.requirements(request.overrides),
        tuple(sorted(map(normalize_name, request.table.excludes))),
        writer.requirements(request.build_constraints),
        tuple([(name, writer.requirements(lines)) for name, lines in request.groups]),
        tuple(map(_told, context.settings.dependency_metadata)),
        default_groups(project.top) if alone and project is not None else None,
        group_pythons(project.top) if alone and project is not None else (),
    )


def members_of(request: LockRequest) -> tuple[str, ...]:
    """The names of the members; none where a project is alone."""
    project = request.project
    if project is None or (len(project.members) == 1 and project.has_root_project):
        return ()
    return tuple([each.name for each in project.members])


def _told(row: object) -> UvDependencyMetadata:
    from weft.core.requirement import Requirement
    from weft.lock.uvmodel import UvDependencyMetadata
    from weft.ops.settings_builds import StaticMetadata

    assert isinstance(row, StaticMetadata)
    return UvDependencyMetadata(
        row.name,
        row.version or "",
        tuple([_spelled(Requirement.parse(text)) for text in row.requires_dist]),
        row.requires_python,
        tuple(row.provides_extra),
    )


def _spelled(requirement: Requirement) -> str:
    """As uv writes a requirement: a blank on both sides of the semicolon, a marker in its form."""
    from weft.core.value import replace

    marker = MarkerSet.of(requirement.marker).text
    bare = replace(requirement, marker=None).text
    return f"{bare} ; {marker}" if marker else bare
