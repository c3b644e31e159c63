"""What `weft run` says while it gets things ready: next to nothing.

Owns the filter of events. Refuses to hide warnings, errors and what takes long.
"""

from __future__ import annotations

from weft.core.events import Changes, Summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.events import Event, Sink
    from weft.ops.context import Context

_TOLD = frozenset(("Installed", "Uninstalled"))


def quiet(context: Context) -> Context:
    """The same world; only that packages came or went is said, unless more was asked for."""
    settings = context.settings
    if settings.verbose or settings.show_resolution:
        return context
    return context.having(settings, sink=_filtered(context.sink))


def _filtered(sink: Sink) -> Sink:
    def sift(event: Event) -> None:
        if isinstance(event, Changes) or (isinstance(event, Summary) and event.verb not in _TOLD):
            return
        sink(event)

    return sift
