"""The cache, with its parts on all file systems.

Owns `Cache`. Refuses to hand out what is in it: paths of entries are nobody's business.
"""

from __future__ import annotations

from weft.api.call import Call
from weft.api.config import Config
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from weft.store.members import Cache as WholeCache
    from weft.system.removal import Removed

_DEFAULT = Config()


@value
class CachePart:
    """One part of the cache: its home, or the part on another file system.

    `bytes` is what it takes on the disk, each file counted once; None where it is `absent`, since
    its file system is not mounted.
    """

    path: str
    state: Literal["home", "mounted", "absent"]
    bytes: int | None


class Cache:
    """The cache that `config` leads to, whether it exists or not. Looking changes nothing."""

    def __init__(self, config: Config = _DEFAULT) -> None:
        self._config = config

    @property
    def directory(self) -> str:
        """The home of the cache, absolute."""
        from weft.ops.session import store_root

        return store_root(Call(self._config, "cache dir").context)

    def parts(self) -> tuple[CachePart, ...]:
        """The home first, then the parts on other file systems. Measuring takes a moment."""
        cache = _whole(Call(self._config, "cache size"))
        sizes = {member.root: sum(buckets.values()) for member, buckets in cache.size()}
        return tuple(
            [CachePart(each.root, each.state, sizes.get(each.root)) for each in cache.members()]
        )

    def size(self) -> int:
        """The bytes that all parts take on their disks."""
        return sum(part.bytes or 0 for part in self.parts())

    def prune(self) -> Removed:
        """Remove what nothing leads to any more, as `weft cache prune` does.

        Waits for nobody but a running `clean`. Raises WeftError.
        """
        from weft.store.collect import prune

        with Call(self._config, "cache prune") as call:
            cache = _whole(call)
            cache.home.lock_shared(timeout=call.context.settings.lock_timeout)
            try:
                return prune(cache)
            finally:
                cache.home.close()

    def clean(self, *names: str, materialize: bool = False) -> Removed:
        """Remove everything, or what the cache has of the packages called `names`.

        Waits until no process uses the cache. Environments with symbolic links into what would go
        are a WeftError, unless `materialize` first puts files in the place of those links.
        """
        from weft.store.collect import clean

        with Call(self._config, "cache clean") as call:
            cache = _whole(call)
            cache.home.lock_exclusive(timeout=call.context.settings.lock_timeout)
            try:
                return clean(cache, names, materialize=materialize)
            finally:
                cache.home.close()


def _whole(call: Call) -> WholeCache:
    from weft.ops.whole_cache import whole_cache

    return whole_cache(call.context)
