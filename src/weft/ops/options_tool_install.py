"""Options of `weft tool install`, `upgrade`, `weft tool list`, `dir`, `uninstall`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

TOOL_INSTALL: tuple[Row, ...] = ()  # `weft tool install`, `upgrade`
TOOL_READ: tuple[Row, ...] = ()  # `weft tool list`, `dir`, `uninstall`
