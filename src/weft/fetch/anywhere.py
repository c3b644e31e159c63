"""The wheels of all platforms, for answers that hold on every one of them.

Owns `Anywhere`: which wheels count where an environment may be anybody's, and which of them is the
best. Refuses to know which environments those are: whoever makes it says so. Follows PEP 425.
"""

from __future__ import annotations

from weft.fetch.selection import Supported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Anywhere(Supported):
    """The tags of every platform: those of one interpreter first, then what `includes` tells."""

    __slots__ = ("_far", "_includes")

    def __init__(self, near: Sequence[str], includes: Callable[[str], bool]) -> None:
        super().__init__(near)
        self._includes = includes
        self._far: dict[str, bool] = {}

    def suits(self, filename: str) -> bool:
        """Whether an interpreter at hand can install it: such a wheel is the best there is."""
        return filename.endswith(".whl") and super().rank(filename) is not None

    def rank(self, filename: str) -> int | None:
        """Those that no interpreter at hand can install are equally good."""
        found = super().rank(filename)
        if found is not None:
            return found
        end = filename.rfind("-", 0, filename.rfind("-", 0, filename.rfind("-")))
        tags = filename[end:]
        known = self._far.get(tags)
        if known is None:  # many wheels have the same tags
            known = self._far[tags] = self._includes(filename)
        return len(self.tags) if known else None
