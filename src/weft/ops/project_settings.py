"""Settings in the `pyproject.toml` of a project whose requirements are asked for.

Owns the check that those which decide where and what to resolve can be read. Settings that cannot
are left out with a warning elsewhere; going on without an index that a project names would ask
strangers for its packages, so here it is an error, as in uv. Refuses to apply settings.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from weft.ops.context import Context

DECISIVE = frozenset(
    (
        "index", "constraint-dependencies", "override-dependencies", "exclude-dependencies",
        "build-constraint-dependencies", "environments", "required-environments", "conflicts",
    )
)  # fmt: skip


def check_projects(context: Context) -> None:
    """Raises PyprojectError for the first file with such a setting that is wrong."""
    from weft.system.lean import os

    for shown in context.settings.requirements:
        if os.path.basename(shown) == "pyproject.toml":
            check_file(os.path.join(context.cwd, shown), shown)


def check_file(path: str, shown: str) -> None:
    """The same for one file, at `path`."""
    from weft.ops.settings_files import may_matter, read, text_of
    from weft.ops.settings_schema import Reader
    from weft.ops.settings_toml import TomlError, parse
    from weft.project.pyproject import PyprojectError
    from weft.system.lean import os

    data = read(path)
    if data is None or not may_matter(data):
        return
    try:
        text = text_of(data, path)
        tools = parse(text).get("tool", {})
        for name in ("uv", "weft"):
            table = tools.get(name) if isinstance(tools, dict) else None
            if isinstance(table, dict):
                decisive = {key: item for key, item in table.items() if key in DECISIVE}
                Reader(text, os.path.dirname(path), ("tool", name)).read(decisive)
                _check_together(text, name, decisive.get("index", []))
    except TomlError as error:
        raise PyprojectError(shown) from error


def _check_together(text: str, tool: str, tables: list[dict[str, Any]]) -> None:
    """Raises TomlError for two indexes with one name, or two that are the default."""
    from weft.ops.settings_toml import wrong_value

    names = [name for table in tables if (name := table.get("name"))]  # an empty one is as none
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    reason = ""
    if twice is not None:
        reason = f"duplicate index name `{twice}`"
    elif sum(table.get("default", False) for table in tables) > 1:
        reason = (
            "found multiple indexes with `default = true`; only one index may be marked as default"
        )
    if reason:
        raise wrong_value(text, ("tool", tool, "index"), reason)
