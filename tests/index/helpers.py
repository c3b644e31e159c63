"""What the tests of the index room share: a client on a real store and a real server."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from weft.index.auth import Keychain
from weft.index.client import IndexClient
from weft.index.locations import IndexLocation, Locations
from weft.index.settings import TransportSettings
from weft.index.simple import PackedPage
from weft.index.transport import Transport
from weft.store.store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import File
    from weft.core.errors import WeftError

NOW = 1_800_000_000.0


class Rig:
    """An index client with everything below it; `location` is the default index."""

    def __init__(
        self,
        root: str | os.PathLike[str],
        url: str,
        *,
        environ: Mapping[str, str] | None = None,
        index: tuple[IndexLocation, ...] = (),
        find_links: tuple[str, ...] = (),
        keyring: bool = False,
        settings: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        sleep: Callable[[float], None] | None = None,
        **client: Any,
    ) -> None:
        environ = environ or {}
        location = IndexLocation.parse(url, cwd=str(root), default=True, **(options or {}))
        flat = [IndexLocation.parse(text, cwd=str(root), format="flat") for text in find_links]
        self.location = location
        self.pauses: list[float] = []
        self.events: list[Any] = []
        self.locations = Locations.of([*index, location], flat)
        self.transport = Transport(
            TransportSettings(**{"retries": 0, "timeout": 5.0, **(settings or {})}),
            Keychain(self.locations.all, environ, keyring=keyring, sink=self.events.append),
            sink=self.events.append,
            sleep=sleep or self.pauses.append,
        )
        client = {"now": NOW, "sink": self.events.append, **client}
        self.client = IndexClient(
            Store(os.path.join(root, "store")), self.transport, locations=self.locations, **client
        )

    def __enter__(self) -> Rig:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.client.close()

    def page(self, project: str = "demo") -> PackedPage | None:
        """The page of a project on the default index."""
        return self.client.page(self.location, project)

    def texts(self, project: str = "demo") -> tuple[str, ...]:
        """The versions on the page of a project that must be there."""
        page = self.page(project)
        assert page is not None
        return page.texts

    def file(self, project: str = "demo", position: int = -1) -> File:
        """The first file of a version, the newest unless said otherwise."""
        page = self.page(project)
        assert page is not None
        return page.files(range(len(page))[position])[0]


class TunnelProxy:
    """A proxy that knows CONNECT and nothing else; `heads` are the requests that it got."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._serve)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    @property
    def place(self) -> str:
        """`127.0.0.1:<port>`."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> TunnelProxy:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for connection in (*self._open, self._listener):
            connection.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += client.recv(1)
                self.heads.append(head.decode())
                host, _, port = head.split()[1].decode().rpartition(":")
                server = socket.create_connection((host, int(port)))
                self._open.append(server)
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                for source, target in ((client, server), (server, client)):
                    thread = threading.Thread(target=_pump, args=(source, target))
                    self._threads.append(thread)
                    thread.start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def story(error: BaseException) -> list[str]:
    """An error and its causes, as they are shown."""
    told = []
    current: WeftError | BaseException | None = error
    while current is not None:
        told.append(str(current))
        current = current.__cause__
    return told


def make_certificate(directory: str | os.PathLike[str]) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    certificate = os.path.join(directory, "certificate.pem")
    key = os.path.join(directory, "key.pem")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        [*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    return certificate, key
