"""Options of `weft pip download`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

DOWNLOAD: tuple[Row, ...] = ()  # `weft pip download`
