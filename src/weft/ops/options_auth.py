"""Options of `weft auth`, `weft self update`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

AUTH: tuple[Row, ...] = ()  # `weft auth`
SELF_UPDATE: tuple[Row, ...] = ()  # `weft self update`
