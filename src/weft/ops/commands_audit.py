"""Rows of the table of commands: `audit`, `format`, `check`, `upgrade`.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL
from weft.ops.commands_project import RESOLVING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.commands_table import Row

AUDIT: tuple[Row, ...] = (
    (
        "audit",
        "",
        "audit",
        "Look for known vulnerabilities in what a project needs",
        "Brings `uv.lock` up to date and asks the OSV database about every package in it, with all "
        "extras and dependency groups, and the indexes whether a project is deprecated, archived "
        "or in quarantine. Exit code 1 means that there is a vulnerability. Needs a network.",
        (),
        "",
        (
            ("Options", "GROUPS:no_extra,no_dev,no_group,no_default_groups,only_group,only_dev"),
            ("Options", "LOCKED"),
            ("Options", "AUDIT"),
            ("Options", "AUDIT_TARGET"),
            *RESOLVING,
        ),
        ("keeps",),
    ),
    (
        "upgrade",
        "",
        "upgrade",
        "Raise the bounds of a project's dependencies",
        "Looks for the newest versions of what `project.dependencies` lists, without the upper "
        "bounds and pins that stand there, and writes the bounds that allow them. Lower bounds and "
        "exclusions stay. Neither the lock nor the environment changes; run `weft lock` or "
        "`weft sync` afterwards.",
        ("packages", "[PACKAGES]...", "The packages to upgrade; all without one"),
        "",
        (
            ("Options", "UPGRADE"),
            ("Index options", "INDEX"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            *GLOBAL[1:],
        ),
        ("check=name",),
    ),
)
