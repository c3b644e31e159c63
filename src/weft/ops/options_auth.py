"""Options of `weft auth`, `weft self update`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

AUTH: tuple[Row, ...] = (
    (
        "auth_username", "-u --username||", "text", "", "", "",
        "The user of the service", "", ("conflicts=auth_token",),
    ),
    (
        "auth_password", "--password||", "text", "", "", "",
        "The password of the user",
        "`-` reads it from stdin. Others can read the command line of a process: stdin or the "
        "terminal is the better place.", ("conflicts=auth_token",),
    ),
    (
        "auth_token", "-t --token||", "text", "", "", "",
        "The token to log in with",
        "The same as the name `__token__` with the token as the password. `-` reads it from "
        "stdin.", ("conflicts=auth_username,auth_password",),
    ),
    (
        "auth_check", "--check||", "flag", "", "", "",
        "Ask the server what it says to the credentials",
        "Makes one request without them, and one with them.", (),
    ),
    (
        "output_format", "--output-format||", "choice", "output_format", "", "",
        "How to write the result to stdout", "", ("default=text",),
    ),
    (
        "protocol", "--protocol||", "choice", "helper_protocol", "", "",
        "The protocol of the other program", "", (),
    ),
)  # fmt: skip

SELF_UPDATE: tuple[Row, ...] = (
    (
        "dry_run", "--dry-run||", "flag", "", "", "",
        "Show the command that would update weft; run nothing", "", (),
    ),
    (
        "update_token", "--token||", "text", "", "GITHUB_TOKEN", "",
        "Accepted for compatibility; it has no effect",
        "Weft comes from a package index, which asks for no such token.", ("hidden", "empty"),
    ),
)  # fmt: skip

SELF_INSTALL: tuple[Row, ...] = (
    (
        "dry_run", "--dry-run||", "flag", "", "", "",
        "Show the command that would install weft; run nothing", "", (),
    ),
)  # fmt: skip
