"""`weft pip debug`, which is pip's alone.

Owns the sentence that says so.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Raises WeftError."""
    from weft.core.errors import WeftError

    raise WeftError("pip's `debug` is unsupported (consider using `weftx pip debug` instead)")
