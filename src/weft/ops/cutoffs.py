"""Up to when files count: the limits of age of a command and of its indexes.

Owns what `--exclude-newer` and its like mean in epoch seconds. Refuses to judge files; see
`weft.fetch.selection`. Follows RFC 3339 and ISO 8601 durations (`weft.core.dates`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context


def index_cutoffs(context: Context) -> dict[str, int | None] | None:
    """The limits of age that indexes have of their own, by URL."""
    if not any(each.exclude_newer for each in context.settings.index):
        return None
    from weft.index.locations import IndexLocation

    found: dict[str, str] = {}
    for each in context.settings.index:
        location = IndexLocation.parse(each.url, cwd=context.cwd, environ=context.environ)
        found.setdefault(location.url, each.exclude_newer)  # as uv, the first of one URL counts
    return {url: cutoff(text, context.now) for url, text in found.items() if text}


def cutoff(text: str | None, now: float) -> int | None:
    if text is None or text == "false":
        return None
    from weft.core.dates import parse_cutoff

    return parse_cutoff(text, int(now))
