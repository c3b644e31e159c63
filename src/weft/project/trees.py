"""Projects whose requirements only their metadata tells: `setup.py`, `setup.cfg`, dynamic fields.

Owns `SourceTree` and the way from its metadata to requirement lines: extras picked, extras that
name the project itself followed, sources applied. Refuses to build.
Follows the core metadata specification.
"""

from __future__ import annotations

from weft.core.names import NormalizedName, normalize_name
from weft.core.value import replace, value
from weft.project.lines import Origin, RequirementLine
from weft.project.markers import both, with_extras

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.core.marker import Marker
    from weft.core.metadata import Metadata
    from weft.core.requirement import Requirement
    from weft.project.sources import Choice


@value
class SourceTree:
    """A project whose metadata has to be asked for.

    `path` is the absolute directory, `file` what was named (`setup.py`), as messages call it.
    `extras` are those that were asked for, as written; with `all_extras` every one counts.
    """

    path: str
    file: str
    extras: tuple[str, ...] = ()
    all_extras: bool = False


def tree_extras(tree: SourceTree, metadata: Metadata) -> frozenset[str]:
    """The extras of this project that count, by normal name."""
    known = frozenset(map(normalize_name, metadata.provides_extra))
    if tree.all_extras:
        return known
    return known.intersection(map(normalize_name, tree.extras))


def tree_lines(tree: SourceTree, metadata: Metadata, choice: Choice) -> list[RequirementLine]:
    """What the project requires, itself left out. Raises what `weft.project.sources` raises."""
    from weft.project.sources import lower

    known = frozenset(map(normalize_name, metadata.provides_extra))
    chosen: dict[tuple[str, str], Requirement] = {}
    done: set[tuple[frozenset[str], str]] = set()

    def add(extras: frozenset[str], outer: Marker | None) -> None:
        key = (extras, outer.text if outer else "")
        if key in done:
            return
        done.add(key)
        for requirement in metadata.requirements:
            holds, left = with_extras(requirement.marker, extras)
            if not holds:
                continue
            if requirement.name == metadata.normalized_name:
                more = known.intersection(requirement.extras)
                add(extras | more, both(outer, left))
            else:
                row = (requirement.text, outer.text if outer else "")
                chosen.setdefault(row, _within(requirement, outer))

    add(tree_extras(tree, metadata), None)
    lowered = lower(chosen.values(), tree.path, choice=choice)
    via = Origin(tree.file, metadata.normalized_name)
    return [replace(line, via=via) for line in _outside(lowered, known, tree)]


def _within(requirement: Requirement, outer: Marker | None) -> Requirement:
    """Keeps its extra in the marker: the sources of that extra are looked up by it."""
    return replace(requirement, marker=both(outer, requirement.marker))


def _outside(
    lines: Iterable[RequirementLine], extras: frozenset[NormalizedName], tree: SourceTree
) -> Iterable[RequirementLine]:
    """Without the extras, which nobody outside of the project has."""
    for line in dict.fromkeys(lines):
        requirement = line.requirement
        assert requirement is not None
        _, marker = with_extras(requirement.marker, extras)
        yield replace(
            line, requirement=replace(requirement, marker=marker), origin=f"-r {tree.file}"
        )
