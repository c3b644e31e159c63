"""Connections to one server, made when they are needed or begun shortly before.

Owns addresses, TCP and TLS. Refuses to know what a connection is used for, and threads: what is
begun early goes on in the system alone. A connection costs a round trip before its first request;
where one more was needed another will be, so that one is begun with it.
Follows RFC 9293 by way of the system, and what `weft.index.failures` says of errors.
"""

from __future__ import annotations

import sys

from weft.index.connections import os_text
from weft.index.failures import unsent
from weft.index.wire import Wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import Any

    from weft.index.settings import TransportSettings

_WHOLE = 0x100  # MSG_WAITALL of Linux
_MOST_BEGUN = 16


class Dialer:
    """Connects to one server. Thread-safe.

    `trust` is empty for plain connections, else the kind for which `context` gives TLS.
    """

    def __init__(
        self,
        host: str,
        port: int,
        settings: TransportSettings,
        *,
        context: Callable[[str], ssl.SSLContext],
        trust: str,
    ) -> None:
        self._host = host
        self._port = port
        self._settings = settings
        self._context = context
        self._trust = trust
        self._good: tuple[int, int, int, Any] | None = None  # where the last connection went
        self._begun: list[Any] = []

    def __del__(self) -> None:
        self.close()  # a request that was given up may have begun one after the rest was closed

    def connect(self, url: str) -> Wire:
        """A new connection, to the first address of the server that takes one.

        Raises FetchFailure, which names `url`, and OSError (with those of TLS).
        """
        socket = self._arrived()
        return self._ready(self._dial(url) if socket is None else socket)

    def begin(self) -> None:
        """Begin one more connection, to be there when it is needed; no error is told."""
        good = self._good
        if good is None or len(self._begun) >= _MOST_BEGUN:
            return
        family, kind, protocol, address = good
        socket = self._make(family, kind, protocol)
        try:
            socket.setblocking(False)
            socket.connect_ex(address)
        except OSError:
            socket.close()
            return
        self._begun.append(socket)

    def close(self) -> None:
        """Give up what was begun."""
        while self._begun:
            self._begun.pop().close()

    def _arrived(self) -> Any:
        """The oldest connection that was begun, when it is there; None without one."""
        import _socket

        while True:
            try:
                socket = self._begun.pop(0)
            except IndexError:
                return None
            wait = self._settings.connect_timeout
            if is_ready(socket.fileno(), wait, writing=True):
                failed = socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
                if not failed and not is_ready(socket.fileno(), 0):
                    socket.settimeout(wait)
                    return socket
            socket.close()

    def _dial(self, url: str) -> Any:
        good = self._good
        if good is not None:
            try:
                return self._open(good)
            except OSError:
                self._good = None  # perhaps the name stands for another one by now
        last: OSError = OSError("the name of the server has no address")
        for place in self._places(url):
            try:
                socket = self._open(place)
            except OSError as error:
                last = error
                continue
            self._good = place
            return socket
        if isinstance(last, TimeoutError):
            raise last
        raise unsent(url, "client error (Connect)", "tcp connect error", os_text(last))

    def _open(self, place: tuple[int, int, int, Any]) -> Any:
        family, kind, protocol, address = place
        socket = self._make(family, kind, protocol)
        try:
            socket.settimeout(self._settings.connect_timeout)
            socket.connect(address)
        except BaseException:
            socket.close()
            raise
        return socket

    def _places(self, url: str) -> list[tuple[int, int, int, Any]]:
        """All that the name stands for."""
        import _socket

        try:
            found = _socket.getaddrinfo(self._host.encode(), self._port, 0, _socket.SOCK_STREAM)
        except _socket.gaierror as error:
            reason = error.strerror or "Name or service not known"
            text = f"failed to lookup address information: {reason}"
            failure = unsent(url, "client error (Connect)", "dns error", text)
            raise failure from failure.__cause__
        return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]

    def _make(self, family: int, kind: int, protocol: int) -> Any:
        """A socket; that of the standard library costs milliseconds to load, and TLS needs it."""
        if self._trust:
            import socket

            return socket.socket(family, kind, protocol)
        import _socket

        return _socket.socket(family, kind, protocol)

    def _ready(self, socket: Any) -> Wire:
        """The connection with TLS where that belongs, and with the patience of reading."""
        import _socket

        seconds = max(self._settings.timeout, 0.001)
        try:
            socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            if self._trust:
                context = self._context(self._trust)
                socket = context.wrap_socket(socket, server_hostname=self._host)
            elif sys.platform == "linux":
                _wait_in_system(socket, seconds)
                return Wire(socket, whole=_WHOLE)
            socket.settimeout(seconds)
        except BaseException:
            socket.close()
            raise
        return Wire(socket)


def is_ready(descriptor: int, seconds: float, *, writing: bool = False) -> bool:
    """Whether there is something to read, be it the end, or room to write; waits that long."""
    import select

    if not hasattr(select, "poll"):  # Windows
        watched = [descriptor]
        found = select.select([] if writing else watched, watched if writing else [], [], seconds)
        return bool(found[0] or found[1])
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT if writing else select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _wait_in_system(socket: Any, seconds: float) -> None:
    """Have the system count the time: a socket whose time Python counts never waits for a whole.

    What takes too long is a BlockingIOError then.
    """
    import _socket
    from struct import pack

    time = pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
    socket.settimeout(None)
    socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_RCVTIMEO, time)
    socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDTIMEO, time)
