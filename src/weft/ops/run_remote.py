"""Scripts behind a URL as targets of `weft run`.

Owns fetching them, and gists: their pages are for people, so that the script is asked for where
programs find it. Refuses to look at what a script says.
Follows the API of GitHub for gists; `WEFT_GITHUB_TOKEN` (`UV_GITHUB_TOKEN`) goes to it alone.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.transport import Response
    from weft.ops.context import Context
    from weft.ops.run_target import Target

GISTS = "https://gist.github.com"
GIST_API = "https://api.github.com"
_SHAPE = "`https://gist.github.com/<USER>/<ID>`"


def fetched(context: Context, target: Target, directory: str) -> Target:
    """The target with the script behind its URL in a file of `directory`. Raises WeftError, 2."""
    try:
        data, name = script_behind(context, target.name)
    except WeftError as error:
        error.exit_code = 2  # there is nothing to run
        raise
    stem = name.removesuffix(".py") if name.endswith(".py") else "script"
    path = os.path.join(directory, f"{stem}.py")
    with open(path, "wb") as stream:
        stream.write(data)
    return replace(target, path=path)


def script_behind(
    context: Context, url: str, *, gists: str = GISTS, api: str = GIST_API
) -> tuple[bytes, str]:
    """The script and its file name. `gists` and `api` are origins.

    A URL that leads to a gist is one, too. Raises the errors of `weft.index` and WeftError.
    """
    from weft.index.urls import Url

    if not _is_page(url, gists):
        answer = _get(context, url)
        if Url.parse(answer.url).origin != gists:
            return answer.body, _name(url)
        url = answer.url
    url = _raw_url(context, url, api)
    return _get(context, url).body, _name(url)


def _is_page(url: str, gists: str) -> bool:
    """Whether the URL itself is the page of a gist, which need not be looked at."""
    from weft.index.urls import Url

    parts = Url.parse(url)
    return parts.origin == gists and len(_segments(parts.rest)) == 2


def _raw_url(context: Context, page: str, api: str) -> str:
    """Where the first Python file of a gist is, else its first file."""
    from weft.index.urls import Url

    segments = _segments(Url.parse(page).rest)
    if len(segments) < 2:
        raise WeftError("Invalid Gist URL format", hints=(f"Gists are named like {_SHAPE}",))
    answer = _get(context, f"{api}/gists/{segments[1]}", api=api)
    files = _files(answer.body)
    if not files:
        raise WeftError("No files found in the Gist")
    scripts = [url for name, url in files if name.lower().endswith(".py")]
    return scripts[0] if scripts else files[0][1]


def _files(body: bytes) -> list[tuple[str, str]]:
    """Names and addresses of the files that the API lists. Raises WeftError for nonsense."""
    import json

    try:
        listed = json.loads(body)["files"]
        files = [(name, file["raw_url"]) for name, file in listed.items()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise WeftError("Failed to parse the list of files in the Gist") from None
    for _, url in files:
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            raise WeftError("Failed to parse the list of files in the Gist")
    return files


def _get(context: Context, url: str, *, api: str = "") -> Response:
    """The answer, of the API with the token that is for it."""
    from weft.ops.reading import answer

    if not api:
        return answer(context, url)
    from weft.index.auth import Fixed
    from weft.index.transport import Transport
    from weft.ops.places import transport_settings

    environ = context.environ
    token = environ.get("WEFT_GITHUB_TOKEN") or environ.get("UV_GITHUB_TOKEN")
    authenticator = Fixed(api, f"Bearer {token}") if token else None
    transport = Transport(transport_settings(context), authenticator, sink=context.sink)
    try:
        headers = {"Accept": "application/vnd.github.v3+json"}
        return transport.request("GET", url, headers=headers)
    finally:
        transport.close()


def _segments(rest: str) -> list[str]:
    return [part for part in rest.partition("?")[0].split("/") if part]


def _name(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).path.rpartition("/")[2]
