"""`weft cache prune`: remove what nothing needs from the store.

Owns the messages; `store.collect` decides what is needed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0 also where there is nothing to remove."""
    import os

    from weft.core.events import Note
    from weft.ops.cache_clean import lock_alone, report
    from weft.ops.session import store_root
    from weft.python.discovery import display
    from weft.store.collect import prune
    from weft.store.store import Store

    root = store_root(context)
    if not os.path.isdir(root):
        context.sink(Note(f"No cache found at: {display(root, context.cwd)}"))
        return 0
    store = Store(root)
    lock_alone(context, store)
    context.sink(Note(f"Pruning cache at: {display(root, context.cwd)}"))
    report(context, prune(store, ci=context.settings.ci), nothing="No unused entries found")
    return 0
