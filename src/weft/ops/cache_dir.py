"""`weft cache dir`: where the cache is.

Owns the forms of the answer. The plain one is a single line, whatever parts the cache has on other
file systems, since scripts read it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def run(context: Context) -> int:
    """The home's root on stdout, whether it exists or not; with `--members` all that are there."""
    from weft.ops.session import store_root

    settings = context.settings
    if settings.output_format == "json":
        context.out(_as_json(context))
    elif settings.members:
        from weft.ops.whole_cache import name_absent, whole_cache

        cache = whole_cache(context)
        for store in cache.stores():
            context.out(store.root)
        name_absent(context, cache.absent())
    else:
        context.out(store_root(context))
    return 0


def _as_json(context: Context) -> str:
    """`path`, and `members`: rows of `path`, `state` (home, mounted, absent), `mount`, `fstype`."""
    import json

    from weft.ops.whole_cache import whole_cache

    rows = []
    for member in whole_cache(context).members():
        mount = member.mount
        rows.append(
            {
                "path": member.root,
                "state": member.state,
                "mount": mount.point if mount else member.point or None,
                "fstype": mount.fstype if mount else member.fstype or None,
            }
        )
    return json.dumps({"path": rows[0]["path"], "members": rows}, indent=2)
