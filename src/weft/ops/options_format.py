"""Options of `weft format`, `weft check`, `weft upgrade`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

FORMAT: tuple[Row, ...] = (  # `weft format`
    (
        "check", "--check||", "flag", "", "", "",
        "Say which files would be formatted without changing them",
        "Exit code 1 means that there are some.", (),
    ),
    (
        "diff", "--diff||", "flag", "", "", "",
        "Show what would change without changing it", "The same exit code as with `--check`.", (),
    ),
    (
        "tool_version", "--version||", "text", "", "", "", "The version of ruff",
        "A version (`0.15.2`), specifiers (`>=0.15`), or `latest`. By default one that "
        "`>=0.15,<0.16` allows.", ("metavar=VERSION",),
    ),
    ("show_version", "--show-version||", "flag", "", "", "", "", "", ("hidden",)),
)  # fmt: skip

CHECK: tuple[Row, ...] = (  # `weft check`
    (
        "fix", "--fix||", "flag", "", "", "", "Mend what can be mended safely", "", (),
    ),
    (
        "script", "--script||", "path", "", "", "",
        "Check this script, with what its PEP 723 header asks for, instead of the project", "",
        ("conflicts=package,all_packages,isolated_run",),
    ),
    (
        "tool_version", "--ty-version||", "text", "", "", "", "The version of ty",
        "A version (`0.0.5`), specifiers (`>=0.0.5`), or `latest`. By default the one that the "
        "lock has, else one that `>=0.0,<0.1` allows.", (),
    ),
    ("show_version", "--show-version||", "flag", "", "", "", "", "", ("hidden",)),
    ("show_command", "--show-command||", "flag", "", "", "", "", "", ("hidden",)),
)  # fmt: skip

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
