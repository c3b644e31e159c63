"""`weft cache dir`: where the store is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """The root on stdout, whether it exists or not."""
    from weft.ops.session import store_root

    context.out(store_root(context))
    return 0
