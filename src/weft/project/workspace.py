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

    from weft.project.inputs import Reader
    from weft.project.pyproject import Pyproject


@value
class Workspace:
    """`root` is the absolute directory, `project` its `pyproject.toml`; `members` are absolute
    directories by name, the root's own included where it is a project."""

    root: str
    project: Pyproject
    members: Mapping[NormalizedName, str]


def find_workspace(directory: str, read: Reader) -> Workspace | None:
    """The workspace that the project in `directory` (absolute) belongs to, None for none.

    Raises PyprojectError for a broken file, WeftError for a member that is none.
    """
    import os

    current = directory
    while True:
        project = _project(current, read)
        if project is not None and project.workspace is not None:
            inside = os.path.relpath(directory, current).split(os.sep)
            if inside == ["."] or _is_member(project, inside):
                return Workspace(current, project, dict(_members(current, project, read)))
            return None
        above = os.path.dirname(current)
        if above == current:
            return None
        current = above


def _project(directory: str, read: Reader) -> Pyproject | None:
    from weft.project.encoding import decode
    from weft.project.pyproject import parse_pyproject

    path = f"{directory.rstrip('/')}/pyproject.toml"
    data = read(path)
    if data is None or (b"project" not in data and b"workspace" not in data):
        return None
    return parse_pyproject(decode(data, path), path)


def _is_member(project: Pyproject, parts: list[str]) -> bool:
    assert project.workspace is not None
    members, exclude = project.workspace
    return _any_matches(members, parts) and not _any_matches(exclude, parts)


def _members(root: str, project: Pyproject, read: Reader) -> Iterator[tuple[NormalizedName, str]]:
    import glob
    import os

    assert project.workspace is not None
    if project.name is not None:
        yield project.name, root
    members, exclude = project.workspace
    for pattern in members:
        for found in sorted(glob.glob(pattern, root_dir=root, recursive=True)):
            path = os.path.normpath(os.path.join(root, found))
            parts = os.path.relpath(path, root).split(os.sep)
            if not os.path.isdir(path) or _any_matches(exclude, parts) or path == root:
                continue
            member = _project(path, read)
            if member is None and not os.path.exists(os.path.join(path, "pyproject.toml")):
                if parts[-1].startswith(".") or not _has_files(path):
                    continue  # what an editor or a deleted member leaves behind
                raise WeftError(
                    f"Workspace member `{path}` is missing a `pyproject.toml` "
                    f"(matches: `{pattern}`)"
                )
            if member is not None and member.name is not None:
                yield member.name, path


def _has_files(path: str) -> bool:
    import os

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
