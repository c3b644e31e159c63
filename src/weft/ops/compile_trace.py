"""Universal answers that were made before.

Owns their identity and the rows that are kept of them: pins, as they are written. Refuses what an
answer for one environment is refused for too; see `weft.ops.reuse` and `weft.fetch.trace`.

A row is (name, version, position, extras, marker, dependents, where, file or None), both markers
as texts.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weft.ops.compile_pins import Pin
    from weft.ops.compile_universal import Asking
    from weft.ops.context import Context
    from weft.ops.session import Session

    Missing = tuple[tuple[str, str], ...]


def universal_key(asking: Asking) -> str | None:
    """32 hex digits that stand for the request; None for one that has to be solved anew."""
    from weft.core.digest import quick_digest
    from weft.ops.reuse import request_key

    session, wants, settings = asking.session, asking.wants, asking.context.settings
    session.traces.append("")
    if any(line.index for line in wants.lines):
        return None
    places = session.locations(wants)
    key = request_key(
        settings, wants, judged=asking.judged, named=lambda: wants.named, kept={}, places=places
    )
    if key is None:
        return None
    kept = [(each.name, each.version) for each in asking.preferences]
    parts = (
        key, "universal", asking.python.text, settings.fork_strategy, settings.no_strip_extras,
        kept, settings.environments, settings.required_environments,
    )  # fmt: skip
    session.traces[-1] = quick_digest(repr(parts))
    return session.traces[-1]


def recall_pins(
    context: Context, session: Session, key: str
) -> tuple[Sequence[Pin], Missing] | None:
    """The pins of the same request, while nothing that they were made from has changed."""
    from weft.core.marker_sets import MarkerSet
    from weft.fetch.trace import recall_rows, unpacked_file
    from weft.ops.compile_pins import Pin

    offline = context.settings.offline
    found = recall_rows(session.store, key, now=context.now, offline=offline)
    if found is None:
        return None
    rows, missing = found
    try:
        pins = []
        for name, version, position, extras, marker, dependents, where, file in rows:
            pins.append(
                Pin(
                    name,
                    version,
                    position,
                    extras,
                    marker,
                    dependents,
                    unpacked_file(file),
                    where=MarkerSet.parse(where),
                )
            )
    except (TypeError, ValueError):
        return None
    return pins, missing


def remember_pins(
    context: Context,
    session: Session,
    key: str | None,
    pins: Sequence[Pin],
    missing: Missing,
    *,
    pages: Iterable[tuple[str, int]] | None,
) -> None:
    """Keep the pins for the next time, if it is known which pages they were made from."""
    from weft.fetch.trace import packed_file, remember_rows

    if key is None or pages is None:
        return
    rows = [
        (
            pin.name, pin.version, pin.position, pin.extras, pin.marker, pin.dependents,
            "" if pin.where is None else pin.where.text, packed_file(pin.file),
        )
        for pin in pins
    ]  # fmt: skip
    remember_rows(session.store, key, rows, missing, pages=pages, started=context.now)
