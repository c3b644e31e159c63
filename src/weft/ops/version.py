"""`weft version`: the version of the project around the working directory.

Owns the display. Refuses to change a version, which needs a lock and an environment behind it.
Follows the `project` table of pyproject.toml.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0. Raises WeftError where there is no project or it has no version."""
    settings = context.settings
    if settings.value is not None:
        raise WeftError("Setting the project's version is not supported by weft yet")
    project = _project_table(context)
    name, version = _identity(project)
    if settings.output_format == "json":
        import json

        told = {"package_name": name, "version": version, "commit_info": None}
        context.out(json.dumps(told, indent=2))
    else:
        context.out(version if settings.short else f"{name} {version}")
    return 0


def _identity(project: dict[str, Any]) -> tuple[str, str]:
    """Name and version, normalized."""
    from weft.core.names import normalize_name
    from weft.core.version import Version

    name, version = project.get("name"), project.get("version")
    if not isinstance(name, str):
        raise WeftError("Missing `project.name` field in: pyproject.toml")
    if not isinstance(version, str):
        if "version" in (project.get("dynamic") or ()):
            raise WeftError("We cannot get or set dynamic project versions in: pyproject.toml")
        raise WeftError("Missing `project.version` field in: pyproject.toml")
    return normalize_name(name), Version.parse(version).text


def _project_table(context: Context) -> dict[str, Any]:
    """The `project` table of the nearest `pyproject.toml`."""
    import os

    from weft.ops.settings_toml import TomlError, parse
    from weft.system.files import read_bytes

    directory = os.path.normpath(os.path.join(context.cwd, context.settings.project or ""))
    while (data := read_bytes(os.path.join(directory, "pyproject.toml"))) is None:
        above = os.path.dirname(directory)
        if above == directory:
            raise WeftError(
                "No `pyproject.toml` found in current directory or any parent directory",
                hints=("If you meant to view weft's version, use `weft self version` instead",),
            )
        directory = above
    shown = os.path.relpath(os.path.join(directory, "pyproject.toml"), context.cwd)
    try:
        table = parse(data.decode().replace("\r\n", "\n")).get("project")
    except UnicodeDecodeError:
        raise WeftError(f"Failed to read `{shown}`: it is not valid UTF-8") from None
    except TomlError as error:
        raise WeftError(f"Failed to parse: {shown}") from error
    if not isinstance(table, dict):
        raise WeftError(f"No `project` table found in: `{shown}`")
    return table
