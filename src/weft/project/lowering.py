"""What the files of a project say about its dependencies, ready for a resolution.

Owns `Lowered`: the requirements of one tree, of its extras and of its groups, with
`[tool.uv.sources]` applied, as its `pyproject.toml` states them. Refuses to ask a build back end:
what is dynamic is reported as such.
Follows PEP 621, PEP 735 and uv, which adds `dev-dependencies` to the group `dev`.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weft.core.marker import Marker
    from weft.core.names import NormalizedName
    from weft.core.requirement import Requirement
    from weft.project.lines import RequirementLine
    from weft.project.pyproject import Pyproject
    from weft.project.sources import ProjectSources

    Groups = tuple[tuple[str, tuple[RequirementLine, ...]], ...]

# A group in the place of an extra: no extra can be called that.
GROUP = "group:"
_DYNAMIC = ("name", "dependencies", "optional-dependencies", "requires-python")


@value
class Lowered:
    """`lines` are those of the project, then those of its extras, which say so in their markers.

    `groups` are sorted by name; includes are in place. `references` tells of URLs of repositories
    behind which word (`rev`, `tag`, `branch`) the reference stood. `is_static` is false where the
    lines have to be asked of a back end, `version` empty where that has to be.
    """

    name: str
    version: str
    lines: tuple[RequirementLine, ...]
    extras: tuple[str, ...]
    groups: Groups
    requires_python: str | None
    is_static: bool
    references: Mapping[str, str]

    @property
    def requirements(self) -> tuple[RequirementLine, ...]:
        """Everything, groups as extras with names of their own."""
        found = list(self.lines)
        for name, lines in self.groups:
            found += [_under(line, f"{GROUP}{name}") for line in lines]
        return tuple(found)

    @property
    def provided(self) -> tuple[str, ...]:
        """The names that stand for extras and for groups."""
        return (*self.extras, *(f"{GROUP}{name}" for name, _ in self.groups))


def read_lowered(sources: ProjectSources) -> Lowered:
    """What the project of `sources` says. Raises LineError, LoweringError and GroupError."""
    project = sources.project
    static = is_static(project)
    return Lowered(
        project.name or "",
        static_version(project),
        tuple(_own_lines(sources)) if static else (),
        tuple(project.extras) if static else (),
        read_groups(sources),
        project.requires_python,
        static,
        sources.references,
    )


def with_metadata(
    lowered: Lowered,
    sources: ProjectSources,
    requirements: Iterable[Requirement],
    *,
    extras: Sequence[str],
    requires_python: str | None,
) -> Lowered:
    """The same with what a back end said, whose requirements get the sources of the project."""
    from weft.project.lines import RequirementLine
    from weft.project.markers import required_extra

    lines: list[RequirementLine] = []
    for each in requirements:
        line = RequirementLine(each, None, text=each.text)
        lines += _settled(sources.apply(line, extra=required_extra(each.marker)))
    return replace(
        lowered,
        lines=tuple(lines),
        extras=tuple(extras),
        requires_python=requires_python,
        references=sources.references,
    )


def is_static(project: Pyproject) -> bool:
    """Whether the file tells what is required; its version may still be dynamic."""
    if project.name is None or any(field in project.dynamic for field in _DYNAMIC):
        return False
    tool, table = project.tables.get("tool"), project.tables["project"]
    return not (isinstance(tool, dict) and "poetry" in tool and "dependencies" not in table)


def static_version(project: Pyproject) -> str:
    """`project.version` in its normal form, empty where it is dynamic."""
    table = project.tables.get("project")
    written = table.get("version") if isinstance(table, dict) else None
    if not isinstance(written, str) or "version" in project.dynamic:
        return ""
    from weft.core.version import Version

    return Version.parse(written).text


def read_groups(sources: ProjectSources) -> Groups:
    """The dependency groups, `dev-dependencies` as a part of `dev`."""
    from weft.project.groups import flatten_groups

    project = sources.project
    flat: dict[str, list[str]] = {
        name: list(texts) for name, texts in flatten_groups(project.groups).items()
    }
    tool = project.tables.get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    older = uv.get("dev-dependencies") if isinstance(uv, dict) else None
    if isinstance(older, list):
        known = flat.setdefault("dev", [])
        known += [text for text in older if isinstance(text, str) and text not in known]
    told = _group_pythons(project)
    found = []
    for name in sorted(flat):
        lines: list[RequirementLine] = []
        pairs = told.get(name, ())
        paired = {text for text, _ in pairs}
        for text, pythons in (*pairs, *[(text, ()) for text in flat[name] if text not in paired]):
            lines += _narrowed(lowered_text(sources, text, group=name), pythons)
        found.append((name, tuple(lines)))
    return tuple(found)


def _group_pythons(project: Pyproject) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """By group its requirements and the Pythons that `tool.uv.dependency-groups` leaves them."""
    from weft.project.discovery import uv_table
    from weft.project.groups import narrowed
    from weft.project.manifest import group_pythons

    told = group_pythons(uv_table(project))
    return narrowed(project.groups, told) if told else {}


def _narrowed(lines: list[RequirementLine], pythons: Iterable[str]) -> list[RequirementLine]:
    """For these Pythons only; gaps in the middle of them do not count, as with uv."""
    from weft.core.marker import Marker
    from weft.core.marker_sets import MarkerSet
    from weft.core.specifier import Specifiers
    from weft.project.markers import both

    where = MarkerSet.TRUE
    for text in pythons:
        clauses = [each for each in text.split(",") if not each.strip().startswith("!=")]
        where &= MarkerSet.of_python(Specifiers.parse(",".join(clauses)))
    if where.is_true:
        return lines
    limit = Marker.parse(where.text)
    return [
        replace(line, requirement=replace(each, marker=both(each.marker, limit)))
        for line in lines
        if (each := line.requirement) is not None
    ]


def lowered_text(
    sources: ProjectSources, text: str, *, extra: str | None = None, group: str | None = None
) -> list[RequirementLine]:
    """One requirement as it is written, with its sources."""
    from weft.project.lines import parse_line

    line = parse_line(text, sources.directory)
    if line.requirement is None:
        raise WeftError(f"`{text}` names no package")
    return _settled(sources.apply(line, extra=extra, group=group))


def _own_lines(sources: ProjectSources) -> list[RequirementLine]:
    project = sources.project
    found = [line for text in project.dependencies for line in lowered_text(sources, text)]
    for extra, texts in project.extras.items():
        for text in texts:
            found += [_under(line, extra) for line in lowered_text(sources, text, extra=extra)]
    return found


def _settled(lines: list[RequirementLine]) -> list[RequirementLine]:
    """Without the rest of a requirement whose sources leave none."""
    if len(lines) < 2:
        return lines
    from weft.core.marker_sets import MarkerSet

    return [
        line
        for line in lines
        if line.requirement is None or not MarkerSet.of(line.requirement.marker).is_false
    ]


def _under(line: RequirementLine, extra: str) -> RequirementLine:
    requirement = line.requirement
    assert requirement is not None, "a requirement without a name has been refused"
    return replace(line, requirement=replace(requirement, marker=_with(requirement.marker, extra)))


def _with(marker: Marker | None, extra: NormalizedName | str) -> Marker:
    from weft.core.marker import Marker
    from weft.project.markers import both

    found = both(marker, Marker.parse(f"extra == '{extra}'"))
    assert found is not None, "an extra is a condition"
    return found
