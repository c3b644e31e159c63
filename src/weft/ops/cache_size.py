"""`weft cache size`: how much disk the store takes.

Owns the forms of the answer: bytes for machines, a readable size for people, JSON by bucket.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Allocated bytes, each inode counted once; 0 where there is no store."""
    from weft.core.quantities import format_size
    from weft.ops.session import store_root
    from weft.store.store import Store
    from weft.store.usage import size

    settings = context.settings
    root = store_root(context)
    buckets = size(Store(root))
    total = sum(buckets.values())
    form = settings.output_format
    if form == "json":
        import json

        context.out(json.dumps({"path": root, "bytes": total, "buckets": buckets}))
        return 0
    human = settings.human or form == "human" or (form == "auto" and _is_terminal())
    context.out(format_size(total) if human else str(total))
    return 0


def _is_terminal() -> bool:
    import sys

    return sys.stdout.isatty()
