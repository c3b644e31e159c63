"""Options of `weft python list`, `find`, `pin`, `dir`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

PYTHON_READ: tuple[Row, ...] = ()  # `weft python list`, `find`, `pin`, `dir`
