"""What a workspace as a whole says about its resolution.

Owns the keys of `[tool.uv]` in the root's `pyproject.toml` that change an answer, the Pythons that
all members support, and how each member is installed. Refuses to resolve.
Follows uv: constraints, overrides, environments and conflicts count in the root alone, conflicts
of all members together.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.project.discovery import uv_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weft.core.specifier import Specifiers
    from weft.project.discovery import Member, Project

    Conflict = tuple[tuple[str, str, str], ...]  # package, kind, name


class PythonConflict(WeftError):
    """No Python is allowed by all members."""


@value
class ResolutionTable:
    """The keys as they are written; requirements are texts."""

    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    build_constraints: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    required_environments: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def resolution_table(project: Project) -> ResolutionTable:
    """What `[tool.uv]` of the root says. Settings that cannot be read have been complained of."""
    table = uv_table(project.top)
    return ResolutionTable(
        _texts(table, "constraint-dependencies"),
        _texts(table, "override-dependencies"),
        _texts(table, "exclude-dependencies"),
        _texts(table, "build-constraint-dependencies"),
        _texts(table, "environments"),
        _texts(table, "required-environments"),
        read_conflicts(project),
    )


def _texts(table: Mapping[str, object], key: str) -> tuple[str, ...]:
    listed = table.get(key)
    if isinstance(listed, str):
        return (listed,)
    return (
        tuple([each for each in listed if isinstance(each, str)])
        if isinstance(listed, list)
        else ()
    )


def read_conflicts(project: Project) -> tuple[Conflict, ...]:
    """The sets of things that exclude each other; an item without a package is of its own file."""
    from weft.core.names import normalize_name

    found: list[Conflict] = []
    files = [(each.name, each.pyproject) for each in project.members]
    if project.top.name is None:
        files.insert(0, (None, project.top))  # type: ignore[arg-type]
    for name, pyproject in files:
        listed = uv_table(pyproject).get("conflicts")
        for items in listed if isinstance(listed, list) else ():
            conflict = []
            for item in items if isinstance(items, list) else ():
                package = normalize_name(str(item["package"])) if "package" in item else name
                if package is None:
                    raise WeftError("Expected `package` field in conflicting entry")
                kind = next((each for each in ("extra", "group") if each in item), "project")
                part = normalize_name(str(item[kind])) if kind != "project" else ""
                conflict.append((str(package), kind, part))
            found.append(tuple(conflict))
    return tuple(found)


def required_members(project: Project) -> dict[str, bool | None]:
    """Members that another file of the workspace takes from it, and whether they are editable."""
    found: dict[str, bool | None] = {}
    files = [(project.top.name, project.top)]
    files += [(each.name, each.pyproject) for each in project.members]
    for name, pyproject in files:
        for package, entries in pyproject.sources.items():
            for entry in entries if package != name else ():
                if entry.kind == "workspace" and project.member(package) is not None:
                    known = found.get(package)
                    found[package] = known if entry.editable is None else entry.editable
    return found


def member_kind(member: Member, required: Mapping[str, bool | None]) -> str:
    """`virtual`, `editable` or `directory`: what the lock says of a member."""
    told = member.settings.get("package")
    is_package = told if isinstance(told, bool) else member.is_package or member.name in required
    if not is_package:
        return "virtual"
    return "directory" if required.get(member.name) is False else "editable"


def requires_python(project: Project) -> Specifiers | None:
    """The Pythons that all members allow, in the form of a lock; None for any.

    Those that a group needs narrow the markers of the group alone.

    Raises PythonConflict where they leave none, SpecifierError for what is none.
    """
    from weft.core.ranges import intersect
    from weft.core.specifier import Specifiers
    from weft.project.pythons import combined

    told = list(_told_pythons(project))
    if not told:
        return None
    ranges = None
    for _, text in told:
        here = Specifiers.parse(text).ranges
        ranges = here if ranges is None else intersect(ranges, here)
    if not ranges:
        listed = "\n".join(f"- {name}: {text}" for name, text in told)
        raise PythonConflict(f"Found conflicting Python requirements:\n{listed}")
    return combined([text for _, text in told])


def _told_pythons(project: Project) -> Iterator[tuple[str, str]]:
    """Who asks for which Pythons."""
    for member in project.members:
        if member.pyproject.requires_python is not None:
            yield member.name, member.pyproject.requires_python


def group_pythons(table: Mapping[str, object]) -> dict[str, str]:
    """`tool.uv.dependency-groups.NAME.requires-python`, by group."""
    from weft.core.names import normalize_name

    groups = table.get("dependency-groups")
    found = {}
    for name, settings in groups.items() if isinstance(groups, dict) else ():
        text = settings.get("requires-python") if isinstance(settings, dict) else None
        if isinstance(text, str):
            found[str(normalize_name(name))] = text
    return found
