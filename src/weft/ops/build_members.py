"""Which projects a directory stands for: the one in it, and the members of its workspace.

Owns what `weft build` has to know of each: its name, its Python, whether it says how it is built.
Refuses to build and to find workspaces (`weft.project.workspace`).
Follows PEP 518 (`[build-system]`) and PEP 621 (`[project]`).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FILE = "pyproject.toml"


class NoWorkspace(WeftError):
    """There is no workspace here, or it cannot be used; the message says why."""


@value
class Member:
    """One project. `is_package`: it says what builds it."""

    name: str
    directory: str
    is_package: bool
    requires_python: str | None = None


@value
class Members:
    """`root` is absolute; the members come in the order of their names."""

    root: str
    members: tuple[Member, ...]

    def named(self, name: str) -> Member | None:
        return next((each for each in self.members if each.name == name), None)

    def at(self, directory: str) -> Member | None:
        return next((each for each in self.members if each.directory == directory), None)


def find_members(directory: str) -> Members:
    """The workspace of the project in the absolute `directory`, or of the nearest one above.

    A project without a workspace is one of its own. Raises NoWorkspace, and what reading raises.
    """
    from weft.project.reader import local_reader
    from weft.project.workspace import find_workspace

    top, tables = _nearest(directory)
    if _tool(tables, "managed") is False:
        raise NoWorkspace(f"The project is marked as unmanaged: {top}")
    workspace = find_workspace(top, local_reader)
    if workspace is None:
        return Members(top, (_member(top, tables),))
    found = [
        _member(place, _tables(place) or {}) for place in sorted(set(workspace.members.values()))
    ]
    return Members(workspace.root, tuple(sorted(found, key=lambda member: member.name)))


def _nearest(directory: str) -> tuple[str, dict[str, Any]]:
    while True:
        tables = _tables(directory)
        if tables is not None:
            return directory, tables
        parent = directory.rpartition("/")[0] or "/"
        if parent == directory:
            raise NoWorkspace(f"No `{_FILE}` found in current directory or any parent directory")
        directory = parent


def _tables(directory: str) -> dict[str, Any] | None:
    from weft.project.toml import TomlError, parse_toml
    from weft.system.files import read_bytes

    path = f"{directory.rstrip('/')}/{_FILE}"
    data = read_bytes(path)
    if data is None:
        return None
    try:
        return parse_toml(data.decode("utf-8", "replace"))
    except TomlError as error:
        raise NoWorkspace(f"Failed to parse: `{path}`") from error


def _member(directory: str, tables: dict[str, Any]) -> Member:
    from weft.core.names import is_valid_name, normalize_name

    project = tables.get("project")
    if not isinstance(project, dict):
        raise NoWorkspace(f"No `project` table found in: {directory}/{_FILE}")
    name, python = project.get("name"), project.get("requires-python")
    if not isinstance(name, str) or not is_valid_name(name):
        raise NoWorkspace(f"The project in `{directory}` has no valid `project.name`")
    package = _tool(tables, "package")
    return Member(
        normalize_name(name),
        directory,
        "build-system" in tables if package is None else bool(package),
        python if isinstance(python, str) else None,
    )


def _tool(tables: dict[str, Any], key: str) -> object:
    """`tool.weft.KEY`, else `tool.uv.KEY`."""
    tool = tables.get("tool")
    for name in ("weft", "uv"):
        table = tool.get(name) if isinstance(tool, dict) else None
        if isinstance(table, dict) and key in table:
            return table[key]
    return None
