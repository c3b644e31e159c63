"""How long servers let us wait.

Owns the measure by which a command decides how many requests go side by side: against a server
that answers at once every further thread only takes turns with the others, and against one that is
far away each one waits for itself. Refuses to start or to stop anything.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_QUICK = 0.005
"""Seconds. Who waits longer than this, on average, is better off with more requests at once."""

_WEIGHT = 8
"""Of so many of the last waits, about, the average is made."""


class Pace:
    """The average of the last waits, for heads of answers and for pieces of bodies. Thread-safe.

    Servers count as slow as long as nothing is known of them. `changed` is called when they turn
    out to be.
    """

    __slots__ = ("_average", "_counted", "changed")

    def __init__(self) -> None:
        self._average = 0.0
        self._counted = False
        self.changed: Callable[[], None] | None = None

    @property
    def is_quick(self) -> bool:
        """Whether more requests at once would bring nothing."""
        return self._counted and self._average < _QUICK

    def waited(self, seconds: float) -> None:
        """Count one wait."""
        was_quick = self.is_quick
        seconds = min(seconds, _QUICK * _WEIGHT)
        self._average += (seconds - self._average) / _WEIGHT if self._counted else seconds
        self._counted = True
        if was_quick and not self.is_quick and self.changed is not None:
            self.changed()
