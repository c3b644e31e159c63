"""Where the bytes of requirements files come from: this machine, the standard input, the network.

Owns the `Reader` of a command, with the network behind it at first need. Refuses to know what is
in the files.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.transport import Response, Transport
    from weft.ops.context import Context
    from weft.project.reader import Reader


class RemoteError(WeftError):
    """A requirements file behind `url` cannot be had; the cause says why."""

    def __init__(self, url: str) -> None:
        super().__init__(f"Error while accessing remote requirements file: {url}")
        self.url = url


class RemoteOffline(WeftError):
    """A requirements file behind `url` is asked for, and the network is switched off."""

    def __init__(self, url: str) -> None:
        super().__init__(
            "Network connectivity is disabled, but a remote requirements file was requested: "
            f"{url}",
            hints=("Download it before, and pass the file",),
        )
        self.url = url


def reader_of(context: Context) -> Reader:
    """Reads paths, `file:` and `http(s):` URLs and `-`. Raises WeftError, 2."""
    from weft.project.reader import local_reader

    remote = _Remote(context)

    def read(place: str) -> bytes | None:
        if "://" in place and not place.startswith("file://"):
            return remote.read(place)
        return local_reader(place)

    return read


def answer(context: Context, url: str) -> Response:
    """What is behind an `http(s):` URL. Raises the errors of `weft.index`."""
    return _Remote(context).answer(url)


class Noting:
    """A reader that notes what it was asked for."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._places: list[str] = []

    def __call__(self, place: str) -> bytes | None:
        self._places.append(place)
        return self._read(place)

    def files(self) -> tuple[str, ...] | None:
        """The paths; None if one of the places was no file that can be looked at again."""
        from weft.system.lean import os

        if all(os.path.isabs(place) and os.path.isfile(place) for place in self._places):
            return tuple(self._places)
        return None


class _Remote:
    """Fetches, over one transport that is made when the first file is asked for."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._transport: Transport | None = None

    def read(self, url: str) -> bytes:
        from weft.index.failures import FetchFailure, Offline, RetriesExhausted
        from weft.index.urls import redact

        shown = redact(url)
        try:
            return self.get(url)
        except Offline:
            raise RemoteOffline(shown) from None
        except FetchFailure as error:
            raise RemoteError(shown) from (error.__cause__ or error)  # the URL is told already
        except RetriesExhausted as error:
            raise RemoteError(shown) from error

    def get(self, url: str) -> bytes:
        """The body of the answer."""
        return self.answer(url).body

    def answer(self, url: str) -> Response:
        """The answer, read."""
        return self._opened().request("GET", url)

    def _opened(self) -> Transport:
        if self._transport is None:
            from weft.index.auth import Keychain
            from weft.index.transport import Transport
            from weft.ops.places import locations, transport_settings

            context = self._context
            keychain = Keychain(
                locations(context, None).all,
                context.environ,
                keyring=context.settings.keyring_provider == "subprocess",
                sink=context.sink,
            )
            self._transport = Transport(
                transport_settings(context), authenticator=keychain, sink=context.sink
            )
        return self._transport
