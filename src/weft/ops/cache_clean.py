"""`weft cache clean`: empty the cache, or remove what it has of some packages.

Owns the messages. Waits until no other weft process uses the cache, unless forced. Parts on other
file systems are emptied with it; those that are not mounted are named.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.store.store import Store
    from weft.system.removal import Removed


def run(context: Context) -> int:
    """Exit code 0 also where there is nothing to remove."""
    from weft.core.events import Note
    from weft.ops.whole_cache import name_absent, whole_cache
    from weft.python.discovery import display
    from weft.store.collect import clean
    from weft.system.lean import os

    settings = context.settings
    cache = whole_cache(context)
    root = cache.home.root
    if not os.path.isdir(root):
        context.sink(Note(f"No cache found at: {display(root, context.cwd)}"))
        report(context, None, root=root, nothing="")
        return 0
    lock_alone(context, cache.home)
    if not settings.packages:
        context.sink(Note(f"Clearing cache at: {display(root, context.cwd)}"))
    absent = cache.absent()
    removed = clean(cache, settings.packages, materialize=settings.materialize)
    report(context, removed, root=root, nothing="No cache entries found")
    name_absent(context, absent)
    return 0


def lock_alone(context: Context, store: Store) -> None:
    """Take the exclusive lock; say so when that has to wait."""
    from weft.core.events import Note

    settings = context.settings
    store.lock_exclusive(
        force=settings.force,
        timeout=settings.lock_timeout,
        on_wait=lambda: context.sink(
            Note(
                "Cache is currently in-use, waiting for other weft processes to finish "
                "(use `--force` to override)"
            )
        ),
    )


def report(context: Context, removed: Removed | None, *, root: str, nothing: str) -> None:
    """`Removed 21 files (144.0KiB)`, and the same as JSON; `removed` is None without a cache."""
    from weft.core.events import Note
    from weft.core.quantities import format_size, plural

    if context.settings.output_format == "json":
        import json

        names = ("files", "directories", "bytes")
        counts = {name: getattr(removed, name) if removed else 0 for name in names}
        context.out(json.dumps({"path": root, **counts}))
    if removed is None:
        return
    if removed.files:
        size = f" ({format_size(removed.bytes)})" if removed.bytes else ""
        context.sink(Note(f"Removed {plural(removed.files, 'file')}{size}"))
    elif removed.directories:
        noun = "directory" if removed.directories == 1 else "directories"
        context.sink(Note(f"Removed {removed.directories} {noun}"))
    else:
        context.sink(Note(nothing))
