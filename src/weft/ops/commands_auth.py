"""Rows of the table of commands: `weft auth` and its commands.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.commands_table import Row

AUTH: tuple[Row, ...] = ()
