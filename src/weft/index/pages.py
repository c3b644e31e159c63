"""Pages: from the store while they are fresh, else from the network.

Owns revalidation, and which answers mean what: a page, none, or a refusal. Refuses to know what is
on a page beyond turning it into its packed form.
Follows PEP 691 (content negotiation) and RFC 9111 through `weft.index.httpcache`.
"""

from __future__ import annotations

from weft.core.value import replace
from weft.index.failures import ContentTypeRefused, IndexRefused, Offline, StatusFailure
from weft.index.httpcache import Freshness, freshness
from weft.index.pagework import WORTH_SENDING, pack_order
from weft.index.shelf import Kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.index.locations import IndexLocation
    from weft.index.shelf import Shelf
    from weft.index.transport import Response, Transport

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.01"
)
_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = ("application/vnd.pypi.simple.v1+html", "text/html")
_ABSENT = frozenset((404,))
_REFUSED = frozenset((401, 403))


class Pages:
    """Gets pages by key and URL. Thread-safe; the same page is to be asked for once.

    `clock` gives epoch seconds. A page in `refresh` is asked for again however fresh it is.
    `worker` answers messages of `weft.index.pagework`.
    """

    def __init__(
        self,
        shelf: Shelf,
        transport: Transport,
        *,
        offline: bool,
        clock: Callable[[], float],
        worker: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._shelf = shelf
        self._transport = transport
        self.offline = offline
        self._clock = clock
        self._worker = worker
        self._seen: dict[str, Kept | None] = {}

    def kept(self, key: str) -> Kept | None:
        """What the store has, read once per run."""
        if key not in self._seen:
            self._seen[key] = self._shelf.read(key)
        return self._seen[key]

    def read(self) -> list[tuple[str, int]] | None:
        """Keys of the pages that this run used, each with the epoch second until when it is fresh.

        None where one of them is not in the store as it was used.
        """
        used = [(key, kept.freshness.fresh_until) for key, kept in self._seen.items() if kept]
        return used if len(used) == len(self._seen) else None

    def note(self, key: str, kept: Kept) -> None:
        """Count a page of the store that was read in another way; `kept` is without its body."""
        self._seen[key] = kept

    def forget(self, key: str) -> None:
        """Act as if the store had nothing under `key`."""
        self._seen[key] = None

    def is_usable(self, kept: Kept | None, *, refresh: bool) -> bool:
        """Whether what is kept needs no request: it is fresh, or there is no network to ask."""
        if kept is None:
            return False
        return self.offline or (not refresh and self._clock() < kept.freshness.fresh_until)

    def get(
        self,
        key: str,
        url: str,
        *,
        location: IndexLocation,
        refresh: bool,
        pack: Callable[[bytes, str, str], bytes],
        project: str = "",
    ) -> Kept | None:
        """The page at `url`, None where the index has none (or the cache, without a network).

        `pack` makes what is kept, out of the body, where it came from, and its format. A page of
        one `project` may be read by the worker; `pack` must then do what `simple.read` does.

        Raises `IndexRefused`, `ContentTypeRefused`, `PageError` and the transport's failures.
        """
        kept = self.kept(key)
        if self.is_usable(kept, refresh=refresh):
            return kept
        sent = int(self._clock())
        try:
            response = self._transport.request(
                "GET",
                url,
                headers=_headers(kept, refresh=refresh),
                expect=_ABSENT | _REFUSED | frozenset(location.ignore_error_codes),
            )
        except Offline:
            return None
        if response.status in _ABSENT or response.status in location.ignore_error_codes:
            return None
        if response.status in _REFUSED:
            raise IndexRefused(location.url, response.status)
        until = freshness(
            response.headers,
            sent,
            int(self._clock()),
            override=location.cache_control_api or None,
        )
        if response.status == 304:
            return self._confirmed(key, kept, response, until=until, sent=sent)
        kind, body = kind_of(response), response.body
        may_store = until.may_store and not response.url.startswith("file:")
        if self._worker is not None and project and len(body) >= WORTH_SENDING:
            blank = Kept(sent, replace(until, may_store=may_store), b"")
            order = pack_order(key, project, url=response.url, kind=kind, body=body, kept=blank)
            return replace(blank, body=self._worker(order))
        made = Kept(sent, until, pack(body, response.url, kind))
        if may_store:
            self._shelf.write(key, made)
        return made

    def _confirmed(
        self, key: str, kept: Kept | None, response: Response, *, until: Freshness, sent: int
    ) -> Kept:
        """Nothing has changed: go on with what is kept."""
        if kept is None:
            raise StatusFailure(response.url, 304)
        until = replace(
            until,
            etag=until.etag or kept.freshness.etag,
            last_modified=until.last_modified or kept.freshness.last_modified,
        )
        made = Kept(sent, until, kept.body)
        if until.may_store and not response.url.startswith("file:"):
            self._shelf.write(key, made, whole=False)
        return made


def kind_of(response: Response) -> str:
    """The format of the page in an answer, by its content type; `ContentTypeRefused` if none."""
    said = response.headers.get("content-type", "")
    kind = said.partition(";")[0].strip().lower()
    if kind == _JSON:
        return "json"
    if kind in _HTML:
        return "html"
    raise ContentTypeRefused(response.url, said)


def _headers(kept: Kept | None, *, refresh: bool) -> dict[str, str]:
    headers = {"Accept": ACCEPT, "Accept-Encoding": "gzip, deflate"}
    if refresh:
        headers["Cache-Control"] = "no-cache"
    if kept is not None and kept.freshness.etag:
        headers["If-None-Match"] = kept.freshness.etag
    if kept is not None and kept.freshness.last_modified:
        headers["If-Modified-Since"] = kept.freshness.last_modified
    return headers
