"""How long servers let us wait.

Owns the measure by which a command decides how many requests go side by side: against a server
that answers at once every further thread only takes turns with the others, and against one that is
far away each one waits for itself. Refuses to start or to stop anything.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_QUICK = 0.01
"""Seconds. Who waits longer than this, on average, is better off with all requests at once."""

_TURN = 0.003
"""Seconds. For each of these that threads wait on average there is one more of them.

They wait for each other, too, and for processors that unpack: that is as much as this.
"""

_LAST = 8
"""Of so many of the last waits, about, the average is made."""


class Pace:
    """The average of the last waits, for heads of answers and for pieces of bodies. Thread-safe.

    Servers count as slow as long as nothing is known of them. `changed` is called when they turn
    out to be.
    """

    __slots__ = ("_average", "changed")

    def __init__(self) -> None:
        self._average: float | None = None
        self.changed: Callable[[], None] | None = None

    def suffices(self, threads: int) -> bool:
        """Whether so many keep this process busy, and more requests at once would bring nothing."""
        average = self._average
        return average is not None and average < min(threads * _TURN, _QUICK)

    def waited(self, seconds: float) -> None:
        """Count one wait."""
        before = self._average
        seconds = min(seconds, _QUICK * _LAST)
        after = seconds if before is None else before + (seconds - before) / _LAST
        self._average = after
        if before is not None and before < _QUICK <= after and self.changed is not None:
            self.changed()
