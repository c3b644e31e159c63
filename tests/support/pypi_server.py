"""The real `pypiserver` on loopback, as an index that takes uploads.

Owns its process, its one user and its end. Refuses to change how it answers: it is pypiserver's own
application on the standard library's WSGI server, with a function in place of a password file,
which would need one more library.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

USER = "keeper"
PASSWORD = "lantern oil"

_PROGRAM = f"""
import pathlib, socketserver, sys, wsgiref.simple_server
import pypiserver

class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True

app = pypiserver.app(
    roots=[pathlib.Path(sys.argv[1])],
    authenticate=["update"],
    auther=lambda user, password: (user, password) == {(USER, PASSWORD)!r},
    disable_fallback=True,
    backend_arg="simple-dir",
    log_stream=None,
)
server = wsgiref.simple_server.make_server("127.0.0.1", 0, app, server_class=Server)
print(server.server_port, flush=True)
server.serve_forever()
"""


class PypiServer:
    """Serves and fills `directory`; uploads need `USER` and `PASSWORD`."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(self.directory)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        assert port, "pypiserver did not start"
        self._port = int(port)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    @property
    def url(self) -> str:
        """Where uploads go."""
        return f"http://127.0.0.1:{self._port}/"

    @property
    def simple(self) -> str:
        """The index."""
        return f"{self.url}simple"

    @property
    def files(self) -> list[str]:
        """What it has."""
        return sorted(os.listdir(self.directory))
