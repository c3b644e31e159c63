"""The workspace around a project: its root, its members, the sources they share.

Owns finding it, upwards from a project, and the rule which directories are members. Refuses to
read settings and to resolve anything.
Follows `[tool.uv.workspace]` as uv reads it.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import NormalizedName
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weft.project.pyproject import Pyproject
    from weft.project.reader import Reader


@value
class Workspace:
    """`root` is the absolute directory, `project` its `pyproject.toml`; `members` are absolute
    directories by name, the root's own included where it is a project."""

    root: str
    project: Pyproject
    members: Mapping[NormalizedName, str]


def find_workspace(directory: str, read: Reader) -> Workspace | None:
    """The workspace that the project in `directory` (absolute) belongs to, None for none.

    The nearest `pyproject.toml` above decides: one without a workspace hides those further up.
    Raises PyprojectError for a broken file, WeftError for a member that is none.
    """
    from weft.system.lean import os

    current = directory
    while True:
        project = _project(current, read)
        if project is not None and project.workspace is not None:
            inside = os.path.relpath(directory, current).split(os.sep)
            if inside == ["."] or _is_member(project, inside):
                return Workspace(current, project, _members(current, project, read))
            return None
        if current != directory and read(f"{current.rstrip('/')}/pyproject.toml") is not None:
            return None
        above = os.path.dirname(current)
        if above == current:
            return None
        current = above


def is_hidden(root: str, directory: str, read: Reader) -> bool:
    """Whether another `pyproject.toml` lies between the root and the directory of a member."""
    from weft.system.lean import os

    above = os.path.dirname(directory)
    while above.startswith(f"{root.rstrip('/')}/"):
        if read(f"{above}/pyproject.toml") is not None:
            return True
        above = os.path.dirname(above)
    return False


def _project(directory: str, read: Reader) -> Pyproject | None:
    """The file in `directory` if it may be the root of a workspace."""
    data = read(f"{directory.rstrip('/')}/pyproject.toml")
    if data is None or (b"project" not in data and b"workspace" not in data):
        return None
    return _read(directory, read)


def _read(directory: str, read: Reader) -> Pyproject | None:
    from weft.project.encoding import decode
    from weft.project.pyproject import parse_pyproject

    path = f"{directory.rstrip('/')}/pyproject.toml"
    data = read(path)
    if data is None:
        return None
    from weft.project.declared import check_declared

    text = decode(data, path)
    project = parse_pyproject(text, path)
    check_declared(project, text)
    return project


def _is_member(project: Pyproject, parts: list[str]) -> bool:
    assert project.workspace is not None
    members, exclude = project.workspace
    return _any_matches(members, parts) and not _any_matches(exclude, parts)


def _members(root: str, project: Pyproject, read: Reader) -> dict[NormalizedName, str]:
    """The directories of the members by name. Raises WeftError for one that cannot be one."""
    found = {project.name: root} if project.name is not None else {}
    nested: list[str] = []
    for path, member in _matching(root, project, read):
        if _says(member, "managed") is False:
            continue
        if member.name is None:
            raise WeftError(f"No `project` table found in: {member.path}")
        if member.name in found:
            raise WeftError(
                f"Two workspace members are both named `{member.name}`: `{found[member.name]}` and "
                f"`{path}`"
            )
        found[member.name] = path
        if member.workspace is not None:
            nested.append(path)
    if nested:
        raise WeftError(
            "Nested workspaces are not supported, but workspace member has a `tool.uv.workspace` "
            f"table: {min(nested)}"
        )
    return found


def _says(project: Pyproject, key: str) -> object:
    """What a key of `[tool.uv]` says."""
    tools = project.tables.get("tool")
    table = tools.get("uv") if isinstance(tools, dict) else None
    return table.get(key) if isinstance(table, dict) else None


def _matching(root: str, project: Pyproject, read: Reader) -> Iterator[tuple[str, Pyproject]]:
    """The files of the directories that the globs of the workspace find, each once."""
    import glob

    from weft.system.lean import os

    assert project.workspace is not None
    members, exclude = project.workspace
    seen = {root}
    for pattern in members:
        for found in sorted(glob.glob(pattern, root_dir=root, recursive=True)):
            path = os.path.normpath(os.path.join(root, found))
            parts = os.path.relpath(path, root).split(os.sep)
            if path in seen or not os.path.isdir(path) or _any_matches(exclude, parts):
                continue
            seen.add(path)
            member = _read(path, read)
            if member is not None:
                yield path, member
            elif not parts[-1].startswith(".") and _has_files(path):
                # Not what an editor or a deleted member leaves behind.
                raise WeftError(
                    f"Workspace member `{path}` is missing a `pyproject.toml` "
                    f"(matches: `{pattern}`)"
                )


def _has_files(path: str) -> bool:
    from weft.system.lean import os

    return any(files for _, _, files in os.walk(path))


def _any_matches(patterns: tuple[str, ...], parts: list[str]) -> bool:
    return any(
        matches([part for part in text.split("/") if part not in ("", ".")], parts)
        for text in patterns
    )


def matches(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a path matches a glob, both in components; `**` stands for any number of them."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(matches(pattern[1:], parts[count:]) for count in range(len(parts) + 1))
    if not parts:
        return False
    from fnmatch import fnmatchcase

    return fnmatchcase(parts[0], pattern[0]) and matches(pattern[1:], parts[1:])
