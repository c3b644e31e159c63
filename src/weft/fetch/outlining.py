"""Outlines made of what a resolution has read.

Owns the way from a `Database` and an answer to `weft.resolver.outline.Outline`. Refuses to read
anything: what was not looked at is not in an outline. What cannot be told in one (URLs, files that
have to be built) leaves the project without.
"""

from __future__ import annotations

from weft.core.distribution import File
from weft.resolver.outline import Outline
from weft.resolver.provider import Provider

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from weft.core.requirement import Requirement
    from weft.fetch.database import Database
    from weft.fetch.projects import Project
    from weft.resolver.answer import Resolution
    from weft.resolver.outline import Want
    from weft.resolver.resolution import Request

NEWEST = 8
"""So many versions are in an outline at least, if there are as many."""
MOST = 128
"""Where the version that was taken is older than this, the project has no outline."""


def made(
    request: Request,
    database: Database,
    resolution: Resolution,
    *,
    earlier: Mapping[str, Outline],
) -> dict[str, Outline] | None:
    """Outlines by name, with what `earlier` ones know; None where one is impossible.

    Without all of its packages the same request could not be answered anyway.
    """
    provider = Provider(request, database)
    provider.table.meet([package.name for package in resolution.packages])
    found = {}
    for package in resolution.packages:
        extras = {"", *package.extras}
        row = provider.table.package(package.name)
        needs = [
            (extra, _wants(provider.needs(row, package.position, extra)))
            for extra in sorted(extras)
        ]
        project = database.project(package.name)
        assert not hasattr(project, "reason"), "a package of an answer has versions"
        outline = _outline(project, package.position, needs, earlier.get(package.name))
        if outline is None:
            return None
        found[package.name] = outline
    return found


def want_of(requirement: Requirement) -> Want | None:
    """A requirement that holds, in short; None for one with a URL."""
    if requirement.url is not None:
        return None
    specifiers = requirement.specifiers
    pinned = "==" in specifiers.text and bool(specifiers.pinned or specifiers.exact)
    return str(requirement.name), tuple(requirement.extras), specifiers.ranges, pinned


def _wants(requirements: Iterable[Requirement]) -> tuple[Want, ...] | None:
    wants = [want_of(each) for each in requirements]
    return None if None in wants else tuple([each for each in wants if each is not None])


def _outline(
    project: Project,
    position: int,
    needs: list[tuple[str, tuple[Want, ...] | None]],
    earlier: Outline | None,
) -> Outline | None:
    """The outline of one project; None where there can be none."""
    chosen = project.chosen
    if chosen is None or project.known:
        return None
    file = chosen.get(position)
    if not isinstance(file, File) or not file.filename.endswith(".whl"):
        return None
    versions = project.versions
    count = len(versions.keys)
    if count - position > MOST:
        return None
    if earlier is not None and earlier.keys[-1] != versions.keys[-1]:
        earlier = None
    older = min(position, max(0, count - NEWEST), count if earlier is None else earlier.older)
    refused = yanked = 0
    for place, choice in chosen.items():
        if place < older:
            continue
        if isinstance(choice, File):
            yanked |= (choice.yanked is not None) << (place - older)
        elif choice[2]:  # all files are withdrawn, and none would do
            yanked |= 1 << (place - older)
        else:
            refused |= 1 << (place - older)
    outline = Outline(
        older,
        (versions.keys[older:], versions.texts[older:]),
        (versions.prereleases >> older, refused, yanked),
        {},
    )
    if earlier is not None:
        _add_known(outline, earlier)
    known = dict(outline.known[position - older][1]) if position - older in outline.known else {}
    for extra, wants in needs:
        if wants is None:
            return None
        known[extra] = wants
    outline.known[position - older] = (_fields(file), tuple(known.items()))
    return outline


def _add_known(outline: Outline, earlier: Outline) -> None:
    """What an earlier outline of the same page knows of versions."""
    shift = earlier.older - outline.older
    for place, known in earlier.known.items():
        if place + shift >= 0:
            outline.known[place + shift] = known
    for mask in ("refused", "yanked"):
        bits = getattr(earlier, mask)
        moved = bits << shift if shift >= 0 else bits >> -shift
        setattr(outline, mask, getattr(outline, mask) | moved)


def _fields(file: File) -> tuple[Any, ...]:
    return tuple([getattr(file, name) for name in File.__match_args__])
