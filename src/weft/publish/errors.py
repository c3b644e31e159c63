"""What can go wrong between a file on disk and an index that takes uploads.

Owns the errors and their words. Refuses to show credentials: every URL here is one without them,
and no header ever gets into a message.
"""

from __future__ import annotations

from weft.core.errors import WeftError

_PHRASES = {
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
    410: "Gone", 411: "Length Required", 413: "Payload Too Large", 415: "Unsupported Media Type",
    422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 507: "Insufficient Storage",
}  # fmt: skip

DUPLICATE_HINT = (
    "If the file was uploaded before, use `--check-url` with the index's Simple API URL, so that "
    "`weft publish` skips what is there already"
)


def describe_status(status: int) -> str:
    """`409 Conflict`; a number alone where it has no usual name."""
    return f"{status} {_PHRASES[status]}" if status in _PHRASES else str(status)


class NoFiles(WeftError):
    """The patterns match no distribution. `patterns` are as written."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        super().__init__("No files found to publish")
        self.patterns = patterns

    @property
    def hints(self) -> tuple[str, ...]:
        listed = ", ".join(f"`{pattern}`" for pattern in self.patterns)
        return (
            f"Looked for wheels and source distributions at {listed}; `weft build` writes them "
            "to `dist`",
        )


class BadPattern(WeftError):
    """A path that is no glob pattern; `position` counts characters from 0."""

    def __init__(self, pattern: str, *, position: int, reason: str) -> None:
        super().__init__(f"The publish path `{pattern}` is not a valid glob pattern")
        self.pattern = pattern
        self.__cause__ = WeftError(f"Pattern syntax error near position {position}: {reason}")


class Unfit(WeftError):
    """A file that cannot be uploaded as it is; the cause says why."""

    def __init__(self, path: str, cause: BaseException) -> None:
        super().__init__(f"Failed to publish: {path}")
        self.path = path
        self.__cause__ = cause


class BadMetadata(WeftError):
    """What a distribution says of itself is missing, broken, or of something else."""


class UploadFailure(WeftError):
    """A file did not get to the server; the cause says why. `url` has no credentials."""

    def __init__(self, path: str, url: str, cause: BaseException) -> None:
        super().__init__(f"Failed to publish `{path}` to `{url}`")
        self.path = path
        self.url = url
        self.__cause__ = cause


class NotSent(WeftError):
    """The request itself failed; the cause is the transport's."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__("Failed to send POST request")
        self.__cause__ = cause


class MissingCredentials(WeftError):
    """Nobody said as whom to upload."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"Missing credentials for: {url}",
            hints=(
                "Give a token with `--token` or `WEFT_PUBLISH_TOKEN`, or a name and a password "
                "with `--username` and `--password`; netrc, `--keyring-provider subprocess` and "
                "trusted publishing work too",
            ),
        )
        self.url = url


class Refused(WeftError):
    """The server answered and did not take the file. `said` is what it gave as the reason."""

    def __init__(self, status: int, said: str, *, titled: bool = False) -> None:
        super().__init__()
        self.status = status
        self.said = said
        self.titled = titled

    @property
    def message(self) -> str:
        if self.status == 405:
            return (
                "POST requests are not supported by the endpoint, are you using the simple index "
                f"URL instead of the upload URL? Server says: {self.said}".rstrip()
            )
        verb = "message" if self.titled else "says"
        told = f"Server returned status code {describe_status(self.status)}."
        return f"{told} Server {verb}: {self.said}".rstrip()

    @property
    def hints(self) -> tuple[str, ...]:
        said = self.said.lower()
        if self.status == 405:
            return ("Give the URL that takes uploads with `--publish-url`",)
        if self.is_duplicate:
            return (DUPLICATE_HINT,)
        if self.status in (401, 403) and "overwrite" not in said:
            return (
                "Check that the token or password is for this server and may upload this project",
            )
        return ()

    @property
    def is_duplicate(self) -> bool:
        """Whether the words are those of a server that has such a file (none says it for sure)."""
        said = self.said.lower()
        return self.status == 409 or (
            self.status in (400, 403) and any(phrase in said for phrase in _DUPLICATE_PHRASES)
        )


# Warehouse; Nexus; GitLab; Artifactory.
_DUPLICATE_PHRASES = (
    "already exist", "updating asset", "already been taken", "overwrite artifact",
)  # fmt: skip


class RedirectRefused(WeftError):
    """A redirect that credentials and files do not follow."""

    def __init__(self, location: str, reason: str) -> None:
        super().__init__(
            reason, hints=(f"If that server is the right one, use `--publish-url {location}`",)
        )
        self.location = location


class CheckFailure(WeftError):
    """The index behind `--check-url` gave no answer that can be used."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__("Failed to query check URL")
        self.__cause__ = cause


class DifferentFile(WeftError):
    """The index has another file of this name. `hash` fields are `algorithm=hex`."""

    def __init__(self, filename: str, *, local: str, remote: str) -> None:
        super().__init__(
            f"Local file and index file do not match for `{filename}`. "
            f"Local: {local}, Remote: {remote}",
            hints=("An index keeps the files it has; build the project under a new version",),
        )
        self.filename = filename
        self.local = local
        self.remote = remote


class HashMissing(WeftError):
    """The index lists the file without a hash: nothing tells whether it is the same."""

    def __init__(self, filename: str) -> None:
        super().__init__(f"Hash is missing in index for `{filename}`")
        self.filename = filename


class MixedCredentials(WeftError):
    """Trusted publishing was demanded, and something else was given too."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} are not allowed when using trusted publishing")


class TrustFailure(WeftError):
    """Trusted publishing gave no token; the cause says why."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__("Failed to obtain token for trusted publishing")
        self.__cause__ = cause
