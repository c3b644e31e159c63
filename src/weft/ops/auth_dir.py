"""`weft auth dir`: where credentials are kept.

Owns one line. Refuses to make the directory.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0, whether the directory exists or not."""
    from weft.index.auth_store import directory_of

    context.out(directory_of(context.environ, context.platform))
    return 0
