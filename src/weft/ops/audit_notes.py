"""Answers that are believed for a while.

Owns notes by text in the store's bucket of notes that only save time. Refuses to fail: what cannot
be kept is asked again. Follows the layout in weft.store.layout.
"""

from __future__ import annotations

from weft.store.layout import Bucket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context
    from weft.ops.session import Session


class Notes:
    """Notes of one command, which `--refresh` does not read. Thread-safe."""

    def __init__(self, context: Context, session: Session) -> None:
        self._store = session.store
        self._now = context.now
        self._refresh = context.settings.refresh

    def read(self, subject: str, seconds: float) -> bytes | None:
        """What was written about a subject not longer ago than this; None for nothing."""
        name = _name(subject)
        age = self._store.age(Bucket.INSTALLED, name, now=self._now)
        # A note of the future is one of a clock that was wrong.
        if self._refresh or age is None or not -60.0 < age < seconds:
            return None
        return self._store.read(Bucket.INSTALLED, name)

    def write(self, subject: str, data: bytes) -> None:
        """Keep it, if that is possible."""
        from weft.core.errors import SystemFailure

        try:
            self._store.write(Bucket.INSTALLED, _name(subject), data)
        except SystemFailure:
            return


def _name(subject: str) -> str:
    from weft.core.digest import short_digest

    return f"audit-{short_digest(subject)}"
