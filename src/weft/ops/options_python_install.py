"""Options of `weft python install`, `upgrade`, `uninstall`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

PYTHON_INSTALL: tuple[Row, ...] = ()  # `weft python install`, `upgrade`, `uninstall`
