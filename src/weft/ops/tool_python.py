"""Another Python for a tool that the first one cannot have.

Owns the second try: where versions do not go together because the tool wants another Python, and
nobody named one, an interpreter is looked for that it accepts. Refuses to try more than that.
Follows uv.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.ops.tool_change import Tool
    from weft.python.interpreter import Interpreter
    from weft.resolver.report import NoSolution


def with_another_python(
    context: Context, session: Session, tool: Tool, error: WeftError
) -> Tool | None:
    """The tool with a Python that its dependencies accept; None where there is nothing to try."""
    from weft.resolver.report import NoSolution

    base = _another(context, session, tool, error) if isinstance(error, NoSolution) else None
    return None if base is None else replace(tool, base=base, existing=None)


def _another(
    context: Context, session: Session, tool: Tool, error: NoSolution
) -> Interpreter | None:
    """An interpreter that the tool's dependencies accept; None where there is none, or where
    Python is not the matter.

    One of the oldest minor version that will do is best: others may lack wheels.
    """
    from weft.ops.interpreters import find_interpreter
    from weft.ops.project_python import satisfies
    from weft.resolver.fixes import oldest_python

    oldest = oldest_python(error)
    if not oldest:
        return None
    major, minor = (int(part) for part in (*oldest.split("."), "0")[:2])
    for wanted in (f">={oldest},<{major}.{minor + 1}", f">={oldest}"):
        try:
            found = find_interpreter(context, session, wanted)
        except WeftError:
            continue  # what does not go together is the error, not this
        if found.version != tool.base.version and satisfies(
            context, session, context.settings.python, found
        ):
            return found
    return None
