"""Tidying up after builds.

Owns that a command does not fail for what it cannot remove: it is told, and `cache prune` finds it,
because its lock goes with the process. Refuses to remove anything itself.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    from weft.core.events import Sink

    class Closable(Protocol):
        def close(self) -> None: ...


def close_all(things: Iterable[Closable], sink: Sink) -> None:
    """Close all of them; back ends may have made files that nobody can remove."""
    from weft.core.errors import SystemFailure

    for each in things:
        try:
            each.close()
        except SystemFailure as failure:
            from weft.core.events import Warned

            sink(Warned(f"{failure.message}: {failure.error.strerror or failure.error}"))
