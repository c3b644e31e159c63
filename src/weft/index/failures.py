"""What can go wrong between weft and an index.

Owns the errors and their words; the causes read as they do in uv. Refuses to show credentials:
every URL here is one without them.
"""

from __future__ import annotations

from weft.core.errors import WeftError

_PHRASES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
            405: "Method Not Allowed", 407: "Proxy Authentication Required",
            408: "Request Timeout", 410: "Gone", 416: "Range Not Satisfiable",
            429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
            503: "Service Unavailable", 504: "Gateway Timeout"}  # fmt: skip

TRANSIENT = frozenset((408, 429, 500, 502, 503, 504))


def describe_status(status: int) -> str:
    """`404 Not Found`; a number alone where it has no usual name."""
    return f"{status} {_PHRASES[status]}" if status in _PHRASES else str(status)


def chain(*messages: str) -> WeftError | None:
    """The messages as errors of which each is the cause of the one before."""
    cause: WeftError | None = None
    for message in reversed(messages):
        error = WeftError(message)
        error.__cause__ = cause
        cause = error
    return cause


class FetchFailure(WeftError):
    """A request that did not get its answer. `reasons` become the causes, outermost first.

    `transient` tells whether the same request may succeed when it is made again.
    """

    def __init__(
        self, url: str, *reasons: str, transient: bool = False, hints: tuple[str, ...] = ()
    ) -> None:
        super().__init__(hints=hints)
        self.url = url
        self.reasons = reasons
        self.transient = transient
        self.__cause__ = chain(*reasons)

    @property
    def message(self) -> str:
        return f"Failed to fetch: {self.url}"


def unsent(url: str, *reasons: str, transient: bool = True) -> FetchFailure:
    """The failure of a request that got no answer, with causes in uv's words."""
    sending = f"error sending request for url ({url})"
    return FetchFailure(url, sending, *reasons, transient=transient)


class StatusFailure(FetchFailure):
    """The server answered with an error. Exit code 1 where it said that there is no such thing."""

    def __init__(self, url: str, status: int) -> None:
        side = "server" if status >= 500 else "client"
        super().__init__(
            url,
            f"HTTP status {side} error ({describe_status(status)}) for url ({url})",
            transient=status in TRANSIENT,
        )
        self.status = status
        if status == 404:
            self.exit_code = 1


class BrokenTransfer(FetchFailure):
    """The connection failed after the answer had begun."""

    def __init__(self, url: str, *reasons: str) -> None:
        super().__init__(
            url,
            f"error decoding response body for url ({url})",
            "request or response body error",
            *(
                reasons
                or (
                    "error reading a body from connection",
                    "end of file before message length reached",
                )
            ),
            transient=True,
        )


class RetriesExhausted(WeftError):
    """The last failure of several, with how many and how long."""

    def __init__(self, failure: FetchFailure, *, retries: int, seconds: float) -> None:
        super().__init__(hints=failure.hints, exit_code=failure.exit_code)
        self.failure = failure
        self.retries = retries
        self.seconds = seconds
        self.__cause__ = failure

    @property
    def message(self) -> str:
        noun = "retry" if self.retries == 1 else "retries"
        return f"Request failed after {self.retries} {noun} in {self.seconds:.1f}s"


class Offline(WeftError):
    """The network is switched off and the cache does not have it."""

    exit_code = 1

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    @property
    def message(self) -> str:
        return (
            "Network connectivity is disabled, but the requested data wasn't found in the cache: "
            f"{self.url}"
        )


class IndexRefused(WeftError):
    """An index wants other credentials (401) or none of us (403): the search must not go on.

    A package of the same name from the next index could be somebody else's. `hints` say what to
    check; callers that report the project as missing add them.
    """

    exit_code = 1

    def __init__(self, index: str, status: int) -> None:
        super().__init__()
        self.index = index
        self.status = status

    @property
    def message(self) -> str:
        return f"The index `{self.index}` answered {describe_status(self.status)}"

    @property
    def hints(self) -> tuple[str, ...]:
        advice = f"`weft auth explain {self.index}` shows which it gets"
        if self.status == 403:
            return (
                f"An index ({self.index}) returned a 403 Forbidden error. Check that the index "
                f"URL is correct and the credentials are valid: {advice}",
            )
        return (
            f"An index URL ({self.index}) could not be queried due to a lack of valid "
            f"authentication credentials ({describe_status(self.status)}): {advice}",
        )


class ContentTypeRefused(WeftError):
    """An answer that says it is neither HTML nor JSON; `found` is "" where it says nothing."""

    exit_code = 1

    def __init__(self, url: str, found: str) -> None:
        super().__init__()
        self.url = url
        self.found = found

    @property
    def message(self) -> str:
        if not self.found:
            return f"Missing `Content-Type` header for `{self.url}`"
        return f'Unsupported `Content-Type` "{self.found}" for `{self.url}`. Expected JSON or HTML.'


class MetadataMismatch(WeftError):
    """Metadata with another digest than the page says, or of another project or version."""

    exit_code = 1


class SizeMismatch(WeftError):
    """A file that has another size, in bytes, than the index or a lock file says."""

    exit_code = 1

    def __init__(self, filename: str, *, expected: int, received: int) -> None:
        super().__init__()
        self.filename = filename
        self.expected = expected
        self.received = received

    @property
    def message(self) -> str:
        return (
            f"Size mismatch for `{self.filename}`: expected {self.expected} bytes, "
            f"but {self.received} came"
        )


class FindLinksFailure(WeftError):
    """A `--find-links` location that cannot be read; the cause says why."""

    def __init__(self, kind: str, place: str, cause: WeftError) -> None:
        super().__init__()
        self.kind = kind
        self.place = place
        self.__cause__ = cause

    @property
    def message(self) -> str:
        return f"Failed to read `--find-links` {self.kind}: {self.place}"
