"""`weft workspace list`: the members of a workspace, or the scripts in it.

Owns which files are scripts of the workspace. Refuses to read what they ask for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0. Raises the errors of finding a project."""
    from weft.ops.projects import open_project
    from weft.system.lean import os

    settings = context.settings
    project = open_project(context)
    if settings.scripts:
        from weft.core.events import Warned
        from weft.ops.settings_values import previews

        if not previews(settings, "workspace-list-scripts"):
            context.sink(
                Warned(
                    "The `--scripts` option is experimental and may change without warning. Pass "
                    "`--preview-features workspace-list-scripts` to disable this warning."
                )
            )
        lines = list(_scripts(project.root, context.cwd))
        rows = [{"path": os.path.join(context.cwd, line)} for line in lines]
    else:
        rows = [{"name": str(member.name), "path": member.directory} for member in project.members]
        lines = [row["path" if settings.show_paths else "name"] for row in rows]
    if settings.output_format == "json":
        import json

        context.out(json.dumps(rows, indent=2))
    elif lines:
        context.out("\n".join(lines))
    return 0


def _scripts(root: str, cwd: str) -> Iterator[str]:
    """Files of Python with a PEP 723 header, sorted; hidden directories and environments are
    passed over."""
    from weft.system.lean import os

    found = []
    for directory, names, files in os.walk(root):
        names[:] = [
            name
            for name in names
            if not name.startswith(".")
            and name not in ("__pycache__", "node_modules")
            and not os.path.exists(f"{directory}/{name}/pyvenv.cfg")
        ]
        for name in files:
            path = f"{directory}/{name}"
            if name.endswith(".py") and _has_header(path):
                found.append(os.path.relpath(path, cwd))
    yield from sorted(found)


def _has_header(path: str) -> bool:
    from weft.core.errors import WeftError
    from weft.project.script import script_block
    from weft.system.files import read_bytes

    try:
        data = read_bytes(path) or b""
        return b"# /// script" in data and script_block(data.decode()) is not None
    except (WeftError, UnicodeDecodeError):
        return False
