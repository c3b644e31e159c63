"""The project around a directory: its workspace, all members, and what each file says.

Owns finding it and reading every member's `pyproject.toml` once. Refuses to resolve, to ask build
back ends, and to print.
Follows uv: the closest `pyproject.toml` is the current one, whatever it has in it; a workspace
above it counts if its globs name that directory.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from weft.core.names import NormalizedName
    from weft.project.pyproject import Pyproject
    from weft.project.reader import Reader
    from weft.project.workspace import Workspace


class ProjectUnmanaged(WeftError):
    """The project in `directory` says `managed = false`: its environment is somebody else's."""

    def __init__(self, directory: str) -> None:
        super().__init__(f"The project is marked as unmanaged: {directory}")
        self.directory = directory


class TableMissing(WeftError):
    """The member in `path` has no `[project]` table."""

    def __init__(self, path: str) -> None:
        super().__init__(f"No `project` table found in: `{path}`")
        self.path = path


@value
class Member:
    """A project of the workspace; `directory` is absolute."""

    name: NormalizedName
    directory: str
    pyproject: Pyproject

    @property
    def settings(self) -> Mapping[str, Any]:
        """`[tool.uv]` as written."""
        return uv_table(self.pyproject)

    @property
    def is_package(self) -> bool:
        """Whether it is built and installed, or only what it requires is."""
        told = self.settings.get("package")
        return told if isinstance(told, bool) else "build-system" in self.pyproject.tables


@value
class Project:
    """`root` is the absolute directory of the workspace, where the lock lies; `directory` and
    `pyproject` are those of the current member, or of the root.

    `name` is None where the current file has no `[project]` table. `members` are sorted by name.
    A project on its own is a workspace with one member.
    """

    root: str
    directory: str
    pyproject: Pyproject
    workspace: Workspace
    name: NormalizedName | None
    members: tuple[Member, ...] = ()

    @property
    def top(self) -> Pyproject:
        """The file in `root`."""
        return self.workspace.project

    @property
    def current(self) -> Member | None:
        """The member in `directory`."""
        return self.member(self.name) if self.name is not None else None

    @property
    def has_root_project(self) -> bool:
        """Whether the file in `root` is a project, and so a member."""
        return self.top.name is not None

    def member(self, name: str) -> Member | None:
        """The member called `name`, a normal name."""
        return next((each for each in self.members if each.name == name), None)


def uv_table(pyproject: Pyproject) -> Mapping[str, Any]:
    """`[tool.uv]` of a file as written; empty where there is none."""
    return _tool_table(pyproject, "uv")


def weft_table(pyproject: Pyproject) -> Mapping[str, Any]:
    """`[tool.weft]`: the keys that uv does not know."""
    return _tool_table(pyproject, "weft")


def _tool_table(pyproject: Pyproject, tool: str) -> Mapping[str, Any]:
    table = pyproject.tables.get("tool")
    found = table.get(tool) if isinstance(table, dict) else None
    return found if isinstance(found, dict) else {}


def find_project(cwd: str, read: Reader, *, no_workspace: bool = False) -> Project | None:
    """The project around `cwd` (absolute); None where no directory above has a `pyproject.toml`.

    With `no_workspace` other members are not looked for. Raises PyprojectError for a broken file,
    ProjectUnmanaged, TableMissing and WeftError for a member that is none.
    """
    from weft.system.lean import os

    directory = cwd
    while (pyproject := read_pyproject(directory, read)) is None:
        above = os.path.dirname(directory)
        if above == directory:
            return None
        directory = above
    if uv_table(pyproject).get("managed") is False:
        raise ProjectUnmanaged(directory)
    workspace = _workspace(directory, pyproject, read) if not no_workspace else None
    if workspace is None:
        workspace = _alone(directory, pyproject)
    members = _members(workspace, directory, pyproject, read)
    known = {each.name: each.directory for each in members}
    return Project(
        workspace.root,
        directory,
        pyproject,
        replace(workspace, members=known),
        pyproject.name,
        members,
    )


def read_pyproject(directory: str, read: Reader) -> Pyproject | None:
    """The `pyproject.toml` in `directory`, None if there is none.

    Raises PyprojectError, also for a project that says nothing of its version.
    """
    path = f"{directory.rstrip('/')}/pyproject.toml"
    data = read(path)
    if data is None:
        return None
    from weft.project.declared import check_declared
    from weft.project.encoding import decode
    from weft.project.pyproject import parse_pyproject

    text = decode(data, path)
    pyproject = parse_pyproject(text, path)
    check_declared(pyproject, text)
    table = pyproject.tables.get("project")
    if isinstance(table, dict) and "version" not in table and "version" not in pyproject.dynamic:
        raise _without_version(text, path)
    return pyproject


def _without_version(text: str, path: str) -> WeftError:
    from weft.project.pyproject import PyprojectError
    from weft.project.toml import TomlError, locate

    line, column, width = locate(text, ("project",))
    error = PyprojectError(path)
    error.__cause__ = TomlError(
        "`pyproject.toml` is using the `[project]` table, but the required `project.version` field "
        "is neither set nor present in the `project.dynamic` list",
        text,
        line=line,
        column=column,
        width=width,
    )
    return error


def _workspace(directory: str, pyproject: Pyproject, read: Reader) -> Workspace | None:
    """The explicit workspace that `directory` is the root or a member of."""
    from weft.project.workspace import find_workspace

    if pyproject.workspace is None and pyproject.name is None:
        return None
    return find_workspace(directory, read)


def _alone(directory: str, pyproject: Pyproject) -> Workspace:
    from weft.project.workspace import Workspace

    members = {pyproject.name: directory} if pyproject.name is not None else {}
    return Workspace(directory, pyproject, members)


def _members(
    workspace: Workspace, directory: str, current: Pyproject, read: Reader
) -> tuple[Member, ...]:
    """The managed members, each read once."""
    members = []
    for name, path in workspace.members.items():
        if path == directory:
            pyproject = current
        elif path == workspace.root:
            pyproject = workspace.project
        else:
            found = read_pyproject(path, read)
            if found is None:
                continue  # gone since the workspace was looked through
            pyproject = found
            if uv_table(pyproject).get("managed") is False:
                continue
        members.append(Member(name, path, pyproject))
    return tuple(sorted(members, key=lambda member: member.name))
