"""Options of `weft audit`, `weft tool audit`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

AUDIT: tuple[Row, ...] = ()  # `weft audit`, `weft tool audit`
