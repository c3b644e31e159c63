"""Options of `weft tool run` and `weftx`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

TOOL_RUN: tuple[Row, ...] = ()  # `weft tool run` and `weftx`
