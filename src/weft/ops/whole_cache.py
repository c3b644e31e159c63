"""The cache with its parts on all file systems, for the verbs that look after it.

Owns making it out of settings, and telling which parts are not there. Refuses to open or to lock:
looking changes nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from weft.ops.context import Context
    from weft.store.members import Cache, Member


def whole_cache(context: Context) -> Cache:
    """The home store of the settings with its members."""
    from weft.ops.session import store_root
    from weft.store.members import Cache
    from weft.store.store import Store
    from weft.system.lean import os

    settings = context.settings
    return Cache(
        Store(os.path.abspath(store_root(context))),
        volumes=tuple(os.path.join(context.cwd, volume) for volume in settings.cache_volumes),
        enabled=settings.cache_members,
        sink=context.sink,
    )


def name_absent(context: Context, members: Iterable[Member]) -> None:
    """Say which parts were left out, since their file systems are not there."""
    from weft.core.events import Note

    for member in members:
        where = f" at `{member.point}`" if member.point else ""
        context.sink(
            Note(
                f"Left out `{member.root}`, a part of the cache whose file system is not "
                f"mounted{where}"
            )
        )
