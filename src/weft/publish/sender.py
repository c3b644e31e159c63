"""Requests that carry something.

Owns sending one request and reading its whole answer, with another try where the network or the
server was in trouble. Refuses to follow redirects and to find credentials: whoever uploads says
where to and as whom.
Follows RFC 9110 (Retry-After).
"""

from __future__ import annotations

from weft.core.events import Debug, silent
from weft.core.value import value
from weft.index.failures import TRANSIENT, FetchFailure, Offline
from weft.index.transport import retry_after
from weft.index.urls import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from weft.core.events import Sink
    from weft.index.connections import Connections
    from weft.index.settings import TransportSettings

    class Body(Protocol):
        """What is sent: iterating gives it from the start each time."""

        @property
        def length(self) -> int: ...
        def __iter__(self) -> object: ...


_LONGEST_ANSWER = 1 << 20


@value
class Reply:
    """The whole answer; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, without blanks around it."""
        return self.body.decode("utf-8", "replace").strip()

    @property
    def media_type(self) -> str:
        """`application/json`, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Sender:
    """Sends one request after another. `close` it at the end."""

    def __init__(
        self,
        settings: TransportSettings,
        *,
        sink: Sink = silent,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        import time

        self._settings = settings
        self._sink = sink
        self._sleep = sleep or time.sleep
        self._connections: Connections | None = None

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | Body | None = None
    ) -> Reply:
        """The answer, whatever its status. Raises `FetchFailure` where there is none.

        Tries again after failures of the network and answers that mean "not now".
        """
        parts = Url.parse(url)
        if self._settings.offline:
            raise Offline(parts.public)
        if parts.scheme not in ("http", "https"):
            reason = f"URL scheme `{parts.scheme}` is not supported"
            raise FetchFailure(parts.public, f"builder error for url ({parts.public})", reason)
        for tries in range(self._settings.retries + 1):
            last = tries == self._settings.retries
            asked: float | None = None
            try:
                reply = self._once(method, parts, headers, body)
                if last or reply.status not in TRANSIENT:
                    return reply
                asked = retry_after(reply.headers.get("retry-after", ""))
                reason = f"status {reply.status}"
            except FetchFailure as error:
                if last or not error.transient:
                    raise
                reason = error.reasons[-1]
            self._sink(Debug(f"Sending {method} {parts.public} again after: {reason}"))
            self._pause(tries, asked)
        raise AssertionError("the last try returns or raises")

    def close(self) -> None:
        """Close idle connections."""
        if self._connections is not None:
            self._connections.close()

    def _once(
        self, method: str, url: Url, headers: Mapping[str, str], body: bytes | Body | None
    ) -> Reply:
        if self._connections is None:
            from weft.index.connections import Connections

            self._connections = Connections(self._settings, self._sink)
        sent = {"User-Agent": self._settings.user_agent, **headers}
        if body is not None:
            length = len(body) if isinstance(body, bytes) else body.length
            sent["Content-Length"] = str(length)
        answer = self._connections.open(method, url, headers=sent, body=body)  # type: ignore[arg-type]
        return Reply(answer.status, answer.headers, answer.read(_LONGEST_ANSWER))

    def _pause(self, tries: int, asked: float | None) -> None:
        from random import uniform

        wait = self._settings.backoff * 2**tries * uniform(0.75, 1.25)
        self._sleep(min(max(wait, asked or 0.0), self._settings.longest_pause))
