"""`weftx`: what `weft tool run` is, by a shorter name.

Owns nothing but the name, which messages use.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """See `ops.tool_run`."""
    from weft.ops.tool_run import run_as

    return run_as(context, "weftx")
