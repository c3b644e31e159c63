"""Rows of the table of commands: `weft auth` and its commands.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.commands_table import Row

_KEYRING = ("Options", "INDEX:keyring_provider")

AUTH: tuple[Row, ...] = (
    ("auth", "", "", "Manage authentication", "", (), "", GLOBAL, ()),
    (
        "auth login",
        "",
        "auth_login",
        "Log in to a service",
        "Keeps the credentials for every URL below that of the service, in a file that only you "
        "can read, or with `--keyring-provider subprocess` in the system's keyring, by the "
        "`keyring` command. What is not given is asked for at the terminal. `weft auth explain` "
        "shows which credentials a URL gets.",
        ("service", "<SERVICE>", "The domain or URL of the service to log in to"),
        "<SERVICE>",
        (("Options", "AUTH:auth_username,auth_password,auth_token"), _KEYRING, *GLOBAL),
        ("check=service", "requires=service"),
    ),
    (
        "auth logout",
        "",
        "auth_logout",
        "Log out of a service",
        "",
        ("service", "<SERVICE>", "The domain or URL of the service to log out of"),
        "<SERVICE>",
        (("Options", "AUTH:auth_username"), _KEYRING, *GLOBAL),
        ("check=service", "requires=service"),
    ),
    (
        "auth token",
        "",
        "auth_token",
        "Show the password or token that is kept for a service",
        "Without `--username` that of `__token__`.",
        ("service", "<SERVICE>", "The domain or URL of the service to look up"),
        "<SERVICE>",
        (("Options", "AUTH:auth_username"), _KEYRING, *GLOBAL),
        ("check=service", "requires=service"),
    ),
    (
        "auth dir",
        "",
        "auth_dir",
        "Show the directory of the credentials file",
        "",
        (),
        "",
        GLOBAL,
        (),
    ),
    (
        "auth explain",
        "",
        "auth_explain",
        "Explain which credentials a URL gets, and where from",
        "Lists every place in the order in which it is asked: the URL, the settings of its index, "
        "netrc, the credentials files, the keyring. Secrets are never shown. The exit code is 1 "
        "where no place has any. With `--check` the server is asked what it says to them.",
        ("url", "<URL>", "The URL of an index or a file, or the name of an index of the settings"),
        "<URL>",
        (
            ("Options", "AUTH:auth_check,output_format"),
            (
                "Index options",
                "INDEX:index,default_index,index_url,extra_index_url,keyring_provider",
            ),
            *GLOBAL,
        ),
        ("requires=url",),
    ),
    (
        "auth helper",
        "",
        "auth_helper",
        "Act as a credential helper of another program",
        'Reads `{"uri": …}` from stdin and writes the headers to send to stdout, both in JSON.',
        ("helper_verb", "<COMMAND>", "What to do: `get`"),
        "--protocol <PROTOCOL> <COMMAND>",
        (("Options", "AUTH:protocol"), _KEYRING, *GLOBAL),
        ("hidden", "keeps", "requires=protocol"),
    ),
)
