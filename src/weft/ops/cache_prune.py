"""`weft cache prune`: remove what nothing needs from the cache.

Owns the messages; `store.collect` decides what is needed. Waits for nobody: what other weft
processes use stays.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0 also where there is nothing to remove."""
    from weft.core.events import Note
    from weft.ops.cache_clean import report
    from weft.ops.whole_cache import name_absent, whole_cache
    from weft.python.discovery import display
    from weft.store.collect import prune
    from weft.system.lean import os

    cache = whole_cache(context)
    root = cache.home.root
    if not os.path.isdir(root):
        context.sink(Note(f"No cache found at: {display(root, context.cwd)}"))
        report(context, None, root=root, nothing="")
        return 0
    context.sink(Note(f"Pruning cache at: {display(root, context.cwd)}"))
    cache.home.lock_shared(timeout=context.settings.lock_timeout)  # not beside a `clean`
    removed = prune(cache, ci=context.settings.ci)
    report(context, removed, root=root, nothing="No unused entries found")
    name_absent(context, cache.absent())
    return 0
