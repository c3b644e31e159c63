"""`weft format`: format the Python code of a project, by ruff.

Owns the words that ruff gets and where it runs. Refuses to format. Follows uv.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.ops.context import Context
    from weft.ops.tool_ephemeral import ToolEnvironment


def run(context: Context) -> int:
    """Becomes ruff, and so has its exit code: 1 where `--check` finds something to format."""
    from weft.core.events import Note
    from weft.ops.released import (
        RUFF,
        installed_version,
        project_directory,
        run_tool,
        warn_of_preview,
    )

    settings = context.settings
    if settings.arguments and "--" not in context.words:
        raise WeftError(
            f"unexpected argument '{settings.arguments[0]}' found",
            hints=(f"To pass it to ruff, use `weft format -- {settings.arguments[0]}`",),
        )
    warn_of_preview(context, "format", "format-command")
    directory = project_directory(context)
    words = ["format"]
    if settings.check:
        words.append("--check")
    if settings.diff:
        words.append("--diff")
    words += settings.arguments

    def told(found: ToolEnvironment) -> Sequence[str]:
        if settings.show_version:
            context.sink(Note(f"ruff {installed_version(found)}"))
        return words

    return run_tool(context, RUFF, settings.tool_version, told, directory=directory)
