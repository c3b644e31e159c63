"""One distribution on its way to an index.

Owns the request, its redirects, and what the answer means. Refuses to decide whether the file is
there already: a server's "it exists" is an error here, because no two servers say it alike, and
some say it of another file. `publish.existing` compares hashes instead.
Follows the upload API of Warehouse (its docs, "Upload API") and RFC 9457 (problem details).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.index.failures import FetchFailure, Offline
from weft.index.urls import Url
from weft.publish.errors import MissingCredentials, NotSent, RedirectRefused, Refused, UploadFailure
from weft.publish.multipart import Form

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.publish.digests import Digests
    from weft.publish.files import Distribution
    from weft.publish.sender import Reply, Sender

ACCEPT = "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7"
_REDIRECTS = frozenset((301, 302, 307, 308))
_MOST_REDIRECTS = 10
_LONGEST_REASON = 4096  # characters of an answer that people get to see


@value
class Parcel:
    """What goes into one form. `path` is absolute; `attestations` is a JSON array, "" for none."""

    distribution: Distribution
    path: str
    digests: Digests
    fields: tuple[tuple[str, str], ...]
    attestations: str = ""


def upload(
    sender: Sender,
    parcel: Parcel,
    url: str,
    *,
    authorization: str | None,
    progress: Callable[[int], None] = lambda _count: None,
) -> None:
    """Send the file to `url`, which has no credentials. Raises `UploadFailure`."""
    public = Url.parse(url).public
    try:
        if authorization is None:
            raise NotSent(MissingCredentials(public))
        reply, public = _post(sender, _form(parcel, progress), public, authorization)
        if not 200 <= reply.status < 300:
            raise _refusal(reply)
    except _Elsewhere as error:
        raise UploadFailure(parcel.distribution.path, error.url, error.cause) from error.cause
    except (FetchFailure, Offline) as error:
        cause = NotSent(error.__cause__ or error)
        raise UploadFailure(parcel.distribution.path, public, cause) from cause
    except WeftError as error:
        raise UploadFailure(parcel.distribution.path, public, error) from error


def _form(parcel: Parcel, progress: Callable[[int], None]) -> Form:
    digests = (
        ("sha256_digest", parcel.digests.sha256),
        ("blake2_256_digest", parcel.digests.blake2_256),
    )
    return Form(
        (parcel.fields[0], *digests, *parcel.fields[1:]),
        parcel.path,
        filename=parcel.distribution.filename,
        size=parcel.digests.size,
        after=(("attestations", parcel.attestations),) if parcel.attestations else (),
        progress=progress,
    )


class _Elsewhere(Exception):
    """Something failed where a redirect led to."""

    def __init__(self, url: str, cause: WeftError) -> None:
        super().__init__(url)
        self.url = url
        self.cause = cause


def _post(sender: Sender, form: Form, url: str, authorization: str) -> tuple[Reply, str]:
    """The answer behind redirects within one server, and where it came from."""
    headers = {
        "Accept": ACCEPT,
        "Authorization": authorization,
        "Content-Type": form.content_type,
    }
    first = url
    for _ in range(_MOST_REDIRECTS):
        try:
            reply = sender.send("POST", url, headers=headers, body=form)
            if reply.status not in _REDIRECTS:
                if url != first and not 200 <= reply.status < 300:
                    raise _Elsewhere(url, _refusal(reply))
                return reply, url
            url = _redirected(url, reply)
        except FetchFailure as error:
            if url == first:
                raise
            raise _Elsewhere(url, NotSent(error.__cause__ or error)) from error
    raise RedirectRefused(
        first, f"Too many redirects, only {_MOST_REDIRECTS} redirects are allowed"
    )


def _redirected(url: str, reply: Reply) -> str:
    from urllib.parse import urljoin

    location = reply.headers.get("location", "")
    if not location:
        raise WeftError("Request was redirected, but no location header was provided")
    target = Url.parse(urljoin(url, location))
    if target.origin != Url.parse(url).origin:
        reason = f"Redirected URL is not in the same realm. Redirected to: {target.public}"
        raise RedirectRefused(target.public, reason)
    return target.public


def _refusal(reply: Reply) -> Refused:
    """The server's reason, out of whichever form it gives it in."""
    said = _problem(reply) if reply.media_type == "application/problem+json" else ""
    if said:
        return Refused(reply.status, said, titled=True)
    said = _code(reply) if reply.media_type == "application/json" else ""
    if not said and reply.media_type == "text/html":
        said = _seen(reply.text)
    said = said or reply.text
    if len(said) > _LONGEST_REASON:
        said = said[:_LONGEST_REASON] + "…"
    return Refused(reply.status, _printable(said))


def _code(reply: Reply) -> str:
    """`code` of Warehouse's answers: it says what the other fields only hint at."""
    found = _object(reply).get("code")
    return _printable(found.strip()) if isinstance(found, str) else ""


def _problem(reply: Reply) -> str:
    record = _object(reply)
    parts = [record.get("title"), record.get("detail")]
    return _printable(", ".join(part for part in parts if isinstance(part, str) and part))


def _seen(page: str) -> str:
    """What a browser would show of a page, on one line: servers send pages to tools, too."""
    import re
    from html import unescape

    body = re.sub(r"(?is)<(head|style|script)\b.*?</\1\s*>|<!--.*?-->", " ", page)
    return " ".join(unescape(re.sub(r"(?s)<[^>]*>", " ", body)).split())


def _object(reply: Reply) -> dict[str, object]:
    import json

    try:
        record = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _printable(text: str) -> str:
    """Without characters that would move a terminal's cursor or change its colours."""
    return "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)
