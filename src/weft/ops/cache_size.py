"""`weft cache size`: how much disk the cache takes, on all file systems that have a part of it.

Owns the forms of the answer: bytes for machines, a readable size for people, JSON by part and
bucket.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.store.members import Member


def run(context: Context) -> int:
    """Allocated bytes, each inode counted once; 0 where there is no cache."""
    from weft.core.quantities import format_size
    from weft.ops.whole_cache import name_absent, whole_cache

    settings = context.settings
    cache = whole_cache(context)
    sizes = cache.size()
    total = sum(sum(buckets.values()) for _, buckets in sizes)
    form = settings.output_format
    if form == "json":
        import json

        context.out(json.dumps(_to_json(sizes, cache.absent())))
        return 0
    human = settings.human or form == "human" or (form == "auto" and _is_terminal())
    context.out(format_size(total) if human else str(total))
    name_absent(context, cache.absent())
    return 0


def _to_json(sizes: list[tuple[Member, dict[str, int]]], absent: list[Member]) -> dict[str, object]:
    """`path` of the home, `bytes` and `buckets` of all parts together, and `members`.

    A member has `path`, `state`, `bytes` and `buckets`; the last two are null where it is absent.
    """
    together: dict[str, int] = {}
    rows: list[dict[str, object]] = []
    for member, buckets in sizes:
        for bucket, size in buckets.items():
            together[bucket] = together.get(bucket, 0) + size
        row = {"path": member.root, "state": member.state}
        rows.append({**row, "bytes": sum(buckets.values()), "buckets": buckets})
    for member in absent:
        rows.append({"path": member.root, "state": member.state, "bytes": None, "buckets": None})
    return {
        "path": sizes[0][0].root,
        "bytes": sum(together.values()),
        "buckets": together,
        "members": rows,
    }


def _is_terminal() -> bool:
    import sys

    return sys.stdout.isatty()
