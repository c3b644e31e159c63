"""Outlines made of what a universal resolution has read.

Owns the way from a `UniversalDatabase` and a `Reading` to the outlines that
`weft.resolver.universal_outline` searches. Refuses to read anything: what was not looked at is not
in an outline. What cannot be told in one (URLs, local versions, files that have to be built) leaves
the request without.
"""

from __future__ import annotations

from weft.core.distribution import File
from weft.core.marker_sets import MarkerSet
from weft.fetch.outlining import MOST, NEWEST
from weft.resolver.candidates import Dependencies
from weft.resolver.outline import Outline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from weft.fetch.projects import Project
    from weft.fetch.universal import UniversalDatabase
    from weft.resolver.candidates import Unusable
    from weft.resolver.forks import Wanted
    from weft.resolver.listings import Listing
    from weft.resolver.universal_outline import Row

    Lists = Mapping[tuple[str, int, str], Listing]


def made(
    database: UniversalDatabase, lists: Lists, *, earlier: Callable[[str], Outline | None]
) -> dict[str, Outline] | None:
    """Outlines by name, with what `earlier` ones know; None where one is impossible.

    Without all of its packages the same request could not be answered anyway.
    """
    by_name: dict[str, dict[int, dict[str, Listing]]] = {}
    for (name, position, extra), listing in lists.items():
        if name:  # else it is the request itself
            by_name.setdefault(name, {}).setdefault(position, {})[extra] = listing
    found = {}
    for name, read in by_name.items():
        project = database.project(name)
        assert not hasattr(project, "reason"), "what was read has versions"
        outline = _empty(project, min(read))
        if outline is None:
            return None
        _note_choices(outline, project, name, database)
        before = earlier(name)
        if before is not None:
            _add_known(outline, before)
        for position, by_extra in read.items():
            if not _add(outline, position, by_extra, database.dependencies(name, position)):
                return None
        found[name] = outline
    return found


def is_known(outline: Outline | None, position: int, extra: str) -> bool:
    """Whether an outline has what a version wants, or what an extra adds."""
    return outline is not None and outline.knows(position, extra)


def _empty(project: Project, lowest: int) -> Outline | None:
    """The versions of a project from the lowest that was read on; None where there are others."""
    versions, chosen = project.versions, project.chosen
    count = len(versions.keys)
    if chosen is None or project.known or versions.tiers or count - lowest > MOST:
        return None
    older = min(lowest, max(0, count - NEWEST))
    if any("+" in text for text in versions.texts[older:]):
        return None
    listed = (versions.keys[older:], versions.texts[older:])
    return Outline(older, listed, (versions.prereleases >> older, 0, 0), {})


def _note_choices(
    outline: Outline, project: Project, name: str, database: UniversalDatabase
) -> None:
    """Which versions have a file; of those that were only looked at nothing else is known."""
    assert project.chosen is not None
    for position, choice in project.chosen.items():
        place = position - outline.older
        if place < 0:
            continue
        if isinstance(choice, File):
            outline.yanked |= (choice.yanked is not None) << place
            python = database.requires_python(name, position)
            outline.known[place] = (_fields(choice), (), (python, None))  # type: ignore[assignment]
        elif choice[2]:  # all files are withdrawn, and none would do
            outline.yanked |= 1 << place
        else:
            outline.refused |= 1 << place


def _add_known(outline: Outline, earlier: Outline) -> None:
    """What an earlier outline knows of versions, if it is of the same page."""
    common = min(len(earlier.keys), len(outline.keys))
    if tuple(earlier.keys[-common:]) != tuple(outline.keys[-common:]):
        return
    shift = earlier.older - outline.older
    for place, known in earlier.known.items():
        at = place + shift
        if at >= 0 and not (at in outline.known and not known[1]):
            outline.known[at] = known
    for mask in ("refused", "yanked"):
        bits = getattr(earlier, mask)
        moved = bits << shift if shift >= 0 else bits >> -shift
        setattr(outline, mask, getattr(outline, mask) | moved)


def _add(
    outline: Outline,
    position: int,
    by_extra: Mapping[str, Listing],
    metadata: Dependencies | Unusable,
) -> bool:
    """Note what a version wants; whether that can be told."""
    place = position - outline.older
    known: tuple[Any, ...] | None = outline.known.get(place)
    if known is None or not isinstance(metadata, Dependencies):
        return False
    fields, needs, (python, _) = known
    if not str(fields[0]).endswith(".whl"):
        return False
    rows: dict[str, tuple[Row, ...]] = dict(needs)
    for extra, listing in by_extra.items():
        if extra and extra not in metadata.extras:
            return False
        found = rows_of(listing.wanted)
        if found is None:
            return False
        rows[extra] = found
    pythons = (python, metadata.requires_python)
    outline.known[place] = (fields, tuple(rows.items()), pythons)  # type: ignore[assignment]
    return True


def rows_of(wanted: Iterable[Wanted]) -> tuple[Row, ...] | None:
    """Requirements in short; None where that says less."""
    rows = []
    for each in wanted:
        requirement, marker = each.requirement, each.marker
        if requirement.url is not None or each.limits or each.detached or each.bare:
            return None
        if MarkerSet.parse(marker.text) is not marker:
            return None  # of sets that differ in what cannot be alone
        specifiers = requirement.specifiers
        extras = tuple(requirement.extras)
        rows.append((requirement.name, extras, specifiers.text, specifiers.ranges, marker.text))
    return tuple(rows)


def _fields(file: File) -> tuple[Any, ...]:
    return tuple([getattr(file, name) for name in File.__match_args__])
