"""Where the search for a project's settings starts.

Owns the rule: at the root of the workspace that the working directory belongs to, else at the
project around it, else right there. So the members of a workspace share one set of settings.
Refuses to read settings. Works on bytes first: a document is parsed only if it speaks of a
workspace.
"""

from __future__ import annotations

from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def start_directory(directory: str) -> str:
    """The directory to look in first, then upwards. `directory` is absolute."""
    project = directory
    while (data := _pyproject(project)) is None:
        above = os.path.dirname(project)
        if above == project:
            return directory
        project = above
    if not _is_project(data):
        return directory
    root = os.path.dirname(project)
    while root != os.path.dirname(root):
        data = _pyproject(root)
        workspace = None if data is None else _workspace(data)
        if workspace is not None:
            members, exclude = workspace
            parts = project[len(root.rstrip("/")) + 1 :].split("/")
            if _any_matches(members, parts) and not _any_matches(exclude, parts):
                return root
            return project
        root = os.path.dirname(root)
    return project


def _pyproject(directory: str) -> bytes | None:
    from weft.ops.settings_files import read

    return read(f"{directory.rstrip('/')}/pyproject.toml")


def _is_project(data: bytes) -> bool:
    """Whether the document has a `project` table or is the root of a workspace."""
    for line in data.splitlines():
        if line.lstrip().startswith((b"[project]", b"[ project", b"project.", b"project =")):
            return True
    return _workspace(data) is not None


def _workspace(data: bytes) -> tuple[Sequence[str], Sequence[str]] | None:
    """The members and the excluded of a workspace's root; None for any other document."""
    from weft.ops.settings_files import may_matter

    if b"workspace" not in data or not may_matter(data):
        return None
    from weft.core.errors import WeftError
    from weft.ops.settings_toml import parse

    try:
        tools = parse(data.decode()).get("tool")
    except (WeftError, UnicodeDecodeError):
        return None  # whoever needs the document will say what is wrong with it
    for tool in ("weft", "uv"):
        table = tools.get(tool) if isinstance(tools, dict) else None
        workspace = table.get("workspace") if isinstance(table, dict) else None
        if isinstance(workspace, dict):
            return _texts(workspace.get("members")), _texts(workspace.get("exclude"))
    return None


def _texts(found: object) -> list[str]:
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _any_matches(patterns: Sequence[str], parts: Sequence[str]) -> bool:
    from weft.project.workspace import matches

    return any(
        matches([p for p in text.split("/") if p not in ("", ".")], parts) for text in patterns
    )
