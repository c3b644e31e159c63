"""`weft auth helper`: credentials for other programs.

Owns one question on stdin and its answer on stdout, both in JSON. Refuses to say anything else on
stdout, since a program reads it.
Follows the protocol of Bazel's credential helpers: `{"uri": …}` in, `{"headers": {…}}` out.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.context import Context

_FEATURE = "auth-helper"


def run(context: Context) -> int:
    """Exit code 0, also where nobody is known: the headers are then empty."""
    import json

    from weft.index.auth_store import Ambiguous
    from weft.index.urls import Url
    from weft.ops.auth_token import stored

    verb = context.settings.helper_verb
    _warn(context)
    if verb != "get":
        what = "a subcommand is missing" if verb is None else f"unrecognized subcommand '{verb}'"
        raise WeftError(what, hints=("The only one is `get`",))
    url = Url.parse(_asked())
    try:
        login = stored(context, url, url.user or "")
    except Ambiguous as error:
        raise WeftError(
            error.message, hints=("Name the user in the URI, before the host",)
        ) from None
    headers = {} if login is None else {"Authorization": [login.header]}
    context.out(json.dumps({"headers": headers}, separators=(",", ":")))
    return 0


def _warn(context: Context) -> None:
    from weft.ops.settings_values import previews

    if previews(context.settings, _FEATURE):
        return
    from weft.core.events import Warned

    context.sink(
        Warned(
            "The `weft auth helper` command is experimental and may change without warning. Pass "
            f"`--preview-features {_FEATURE}` to disable this warning"
        )
    )


def _asked() -> str:
    """The URI of the question. Raises WeftError for anything else."""
    import json

    with open(0, "rb", closefd=False) as stdin:
        data = stdin.read()
    asked, reason = None, ""
    try:
        asked = json.loads(data)
    except json.JSONDecodeError as error:
        reason = f"it is no JSON at line {error.lineno} column {error.colno}"
    except (ValueError, RecursionError):
        reason = "it is no JSON in UTF-8"
    uri = asked.get("uri") if isinstance(asked, dict) else None
    if not isinstance(uri, str):
        failure = WeftError("Failed to parse credential request as JSON")
        raise failure from WeftError(reason or "missing field `uri`")
    return uri
