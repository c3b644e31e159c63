"""HTTP for weft: one request in, one answer out, with everything that goes wrong in between.

Owns retries with backoff, redirects, credentials on challenge, `file://` URLs, and saying no when
the network is switched off. Refuses to cache and to know what pages and wheels are.
Follows RFC 9110 (redirects, Retry-After). Credentials never follow a redirect to another origin,
and a redirect from https to http is refused.
"""

from __future__ import annotations

from weft.core.events import silent
from weft.core.value import replace
from weft.index.failures import FetchFailure, Offline, RetriesExhausted, StatusFailure
from weft.index.urls import Url, local_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Protocol

    from weft.core.events import Sink
    from weft.index.connections import Answer, Connections
    from weft.index.direct import Direct, Whole
    from weft.index.settings import TransportSettings

    class Authenticator(Protocol):
        """Where credentials come from; the answers are values for `Authorization`."""

        def known(self, url: Url) -> str | None: ...
        def challenged(self, url: Url, status: int) -> str | None: ...


CHALLENGES = frozenset((401, 403, 404))  # some indexes deny that they know what they protect
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS = 10
_LONGEST_BODY = 1 << 28


class Response:
    """An answer. `url` is where it came from in the end, without credentials; `headers` have
    lower-case names. `body` is there unless the request was made with `stream`; then `chunks`
    gives it, raw, and `close` gives up on it.
    """

    __slots__ = ("_answer", "body", "headers", "status", "url")

    def __init__(
        self,
        url: str,
        status: int,
        headers: Mapping[str, str],
        *,
        body: bytes = b"",
        answer: Answer | Whole | None = None,
    ) -> None:
        self.url = url
        self.status = status
        self.headers = headers
        self.body = body
        self._answer = answer

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The raw body in pieces, each good until the next; `BrokenTransfer` if it ends early."""
        return self._answer.chunks() if self._answer is not None else iter((self.body,))

    def close(self) -> None:
        """Do without the rest of the body."""
        if self._answer is not None:
            self._answer.close()


class Transport:
    """Sends requests; thread-safe. `sink` hears warnings; `sleep` and `clock` make the pauses."""

    def __init__(
        self,
        settings: TransportSettings,
        authenticator: Authenticator | None = None,
        *,
        sink: Sink = silent,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        import time
        from _thread import allocate_lock

        self.settings = settings
        self._authenticator = authenticator
        self._sink = sink
        self._sleep = sleep or time.sleep
        self._clock = clock or time.monotonic
        self._lock = allocate_lock()
        self._connections: Connections | None = None
        self._direct: Direct | None = None

    @property
    def offline(self) -> bool:
        """Whether only `file://` URLs are answered."""
        return self.settings.offline

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        expect: frozenset[int] = frozenset(),
        limit: int = _LONGEST_BODY,
    ) -> Response:
        """The answer with status 200 to 206, 304, or one of `expect`; others are `StatusFailure`.

        Transient failures are tried again. `limit` bounds a body that is not streamed.
        """
        path = local_path(url)
        if path is not None:
            return _read_local(path, url, expect=expect)
        if self.settings.offline:
            raise Offline(Url.parse(url).public)
        started = self._clock()
        tries = 0
        while True:
            pause: float | None = None
            try:
                answer = self._follow(method, url, dict(headers or {}))
                if _accepts(answer.status, expect):
                    body = b"" if stream else answer.read(limit)
                    kept = answer if stream else None
                    return Response(
                        answer.url, answer.status, answer.headers, body=body, answer=kept
                    )
                pause = retry_after(answer.headers.get("retry-after", ""))
                answer.close()
                failure: FetchFailure = StatusFailure(answer.url, answer.status)
            except FetchFailure as error:
                failure = error
            if not failure.transient or tries >= self.settings.retries:
                if not tries:
                    raise failure from failure.__cause__
                raise RetriesExhausted(failure, retries=tries, seconds=self._clock() - started)
            self.pause(tries, pause)
            tries += 1

    def pause(self, tries: int, asked: float | None = None) -> None:
        """Wait before try number `tries` + 2; `asked` is what the server wants, in seconds."""
        from random import uniform

        wait = self.settings.backoff * 2**tries * uniform(0.75, 1.25)
        self._sleep(min(max(wait, asked or 0.0), self.settings.longest_pause))

    def close(self) -> None:
        """Close idle connections; to be called when no request is under way."""
        if self._direct is not None:
            self._direct.close()
        if self._connections is not None:
            self._connections.close()

    def _follow(self, method: str, url: str, headers: dict[str, str]) -> Answer | Whole:
        parts = Url.parse(url)
        for _ in range(_MOST_REDIRECTS):
            answer = self._authorized(method, parts, headers)
            location = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not location:
                return answer
            answer.close()
            parts = _redirected(parts, location)
        following = f"error following redirect for url ({parts.public})"
        raise FetchFailure(Url.parse(url).public, following, "too many redirects")

    def _authorized(self, method: str, url: Url, headers: dict[str, str]) -> Answer | Whole:
        """One request with the credentials of this origin, and another if it is refused them."""
        if url.scheme not in ("http", "https"):
            raise FetchFailure(url.public, f"URL scheme `{url.scheme}` is not supported")
        authenticator = self._authenticator
        sent = authenticator.known(url) if authenticator is not None else None
        answer = self._send(method, url, headers, authorization=sent)
        if authenticator is None or answer.status not in CHALLENGES:
            return answer
        other = authenticator.challenged(url, answer.status)
        if other is None or other == sent:
            return answer
        answer.close()
        return self._send(method, url, headers, authorization=other)

    def _send(
        self, method: str, url: Url, headers: dict[str, str], *, authorization: str | None
    ) -> Answer | Whole:
        sent = {"User-Agent": self.settings.user_agent, "Accept-Encoding": "identity", **headers}
        if authorization is not None:
            sent["Authorization"] = authorization
        with self._lock:
            if self._connections is None or self._direct is None:
                from weft.index.connections import Connections
                from weft.index.direct import Direct

                self._connections = Connections(self.settings, self._sink)
                self._direct = Direct(self.settings, self._connections.context)
        answer = self._direct.open(method, url, headers=sent)
        return answer or self._connections.open(method, url, headers=sent)


def retry_after(text: str) -> float | None:
    """Seconds of a `Retry-After` header; None for none, for dates and for nonsense."""
    return float(text) if text.isdecimal() and text.isascii() and len(text) < 7 else None


def _accepts(status: int, expect: frozenset[int]) -> bool:
    return 200 <= status <= 206 or status == 304 or status in expect


def _redirected(origin: Url, location: str) -> Url:
    from urllib.parse import urljoin

    target = Url.parse(urljoin(origin.public, location))
    if origin.scheme == "https" and target.scheme != "https":
        raise FetchFailure(
            origin.public,
            f"A redirect from https to {target.scheme} is refused: `{target.public}`",
        )
    if target.origin == origin.origin and target.user is None:
        return replace(target, user=origin.user, password=origin.password)
    return target


def _read_local(path: str, url: str, *, expect: frozenset[int]) -> Response:
    """A file as a server would give it; a directory means the `index.html` in it."""
    from weft.core.errors import OsCause

    name = path
    if path.endswith("/"):
        name = path + "index.html"
    try:
        with open(name, "rb") as file:
            body = file.read()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError)
        if missing and 404 in expect:
            return Response(url, 404, {})
        failure = StatusFailure(url, 404) if missing else FetchFailure(url)
        raise failure from OsCause(error)
    kind = "text/html" if name.endswith((".html", ".htm")) else "application/octet-stream"
    return Response(url, 200, {"content-type": kind, "content-length": str(len(body))}, body=body)
