"""`weft python upgrade`: go on to the newest patches of what is installed.

Owns nothing but its name; see `weft.ops.python_install`. Older patches stay.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 1 where a Python could not be installed, or a patch was named."""
    from weft.ops.python_install import install

    return install(context, "upgrade")
