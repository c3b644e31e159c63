"""Who asked for a package: the sources behind `# via`.

Owns their words and their order. Refuses to know about packages that ask for others. Follows uv.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weft.core.marker import Marker
    from weft.ops.context import Context
    from weft.ops.direct import Direct
    from weft.ops.wants import Wants
    from weft.project.lines import Origin, RequirementLine

    # Something to sort by, and the words.
    Source = tuple[tuple[object, ...], str]

_CONSTRAINT, _OVERRIDE, _REQUIREMENT = range(3)
_FLAGS = ("-c ", "--override ", "")


def sources(
    context: Context,
    wants: Wants,
    direct: Mapping[str, Direct],
    *,
    holds: Callable[[Marker | None], bool],
) -> dict[str, list[str]]:
    """By name, the files, projects and settings that mention it, in their order.

    Lines whose marker fails `holds` say nothing.
    """
    found: dict[str, set[Source]] = {}

    def add(name: str, marker: Marker | None, source: Source | None) -> None:
        if source is not None and holds(marker):
            found.setdefault(name, set()).add(source)

    for line in wants.lines:
        if line.requirement is not None:
            add(line.requirement.name, line.requirement.marker, _source(context, line))
    for each in direct.values():
        for line in each.lines:
            if line.requirement is None:
                add(str(each.requirement.name), line.marker, _source(context, line))
    _limits(context, wants, add)
    return {name: [words for _, words in sorted(rows)] for name, rows in found.items()}


def _limits(
    context: Context, wants: Wants, add: Callable[[str, Marker | None, Source | None], None]
) -> None:
    """Constraints that allow everything say nothing; those of settings have no file."""
    count = len(wants.constraint_lines)
    for number, limit in enumerate(wants.constraints):
        if limit.specifiers.text or limit.url is not None:
            origin = wants.constraint_lines[number].via if number < count else _SETTINGS
            add(limit.name, limit.marker, _limit(context, origin, _CONSTRAINT))
    count = len(wants.override_lines)
    for number, limit in enumerate(wants.overrides):
        origin = wants.override_lines[number].via if number < count else _SETTINGS
        add(limit.name, limit.marker, _limit(context, origin, _OVERRIDE))


_SETTINGS = "(workspace)"


def _limit(context: Context, origin: Origin | str | None, role: int) -> Source | None:
    if origin is None:
        return None
    if isinstance(origin, str):
        return (role, 3, ()), _FLAGS[role] + origin
    shown = _shown(origin.path, context.cwd)
    return (role, 0, path_key(origin.path)), _FLAGS[role] + shown


def _source(context: Context, line: RequirementLine) -> Source | None:
    origin = line.via
    if origin is None or (origin.path.endswith(".py") and origin.project is None):
        return None
    shown, key = _shown(origin.path, context.cwd), path_key(origin.path)
    if origin.project is None:
        return (_REQUIREMENT, 0, key), f"-r {shown}"
    name = f"{origin.project} " if origin.project else ""
    if origin.group:
        words = f"{name}({shown}:{origin.group})"
        return (_REQUIREMENT, 2, key, origin.project, origin.group), words
    return (_REQUIREMENT, 1, key, origin.project), f"{name}({shown})"


def _shown(path: str, cwd: str) -> str:
    inside = cwd.rstrip("/") + "/"
    return path[len(inside) :] if path.startswith(inside) else path


def path_key(path: str) -> tuple[tuple[int, str], ...]:
    """Paths are compared by their parts: absolute ones first, `.` and `..` before names."""
    parts = path.split("/")
    key = [(1, "")] if path.startswith("/") else [(2, "")] if parts[0] == "." else []
    for part in parts:
        if part not in ("", "."):
            key.append((3, "") if part == ".." else (4, part))
    return tuple(key)
