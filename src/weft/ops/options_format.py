"""Options of `weft format`, `weft check`, `weft upgrade`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

FORMAT: tuple[Row, ...] = ()  # `weft format`
CHECK: tuple[Row, ...] = ()  # `weft check`
UPGRADE: tuple[Row, ...] = (  # `weft upgrade`
    (
        "exclude", "--exclude||", "list", "", "", "", "Leave this dependency as it is", "",
        ("check=name",),
    ),
    (
        "dry_run", "--dry-run||", "flag", "", "", "",
        "Say what would change without changing anything", "", (),
    ),
)  # fmt: skip
