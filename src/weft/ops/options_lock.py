"""Options of `weft lock`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

LOCK = (
    (
        "locked", "--check|--locked|--no-locked", "flag", "", "LOCKED", "",
        "Fail if the lock file is missing or would change", "",
        ("conflicts=frozen,upgrade",),
    ),
    (
        "frozen", "--check-exists|--frozen|--no-frozen", "flag", "", "FROZEN", "",
        "Fail if the lock file is missing, whatever is in it", "",
        ("conflicts=locked,upgrade,no_sources",),
    ),
    (
        "dry_run", "--dry-run||", "flag", "", "", "", "Say what would change; write nothing", "",
        ("conflicts=frozen,locked",),
    ),
    (
        "script", "--script||", "path", "", "", "",
        "Lock a script with a PEP 723 header in place of a project",
        "The lock file is put beside the script, with `.lock` behind its name.", (),
    ),
)  # fmt: skip
