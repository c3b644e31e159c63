"""An HTTP server on loopback that leaves no thread behind when it stops.

Owns the connections that clients keep open: code that forks only while it is alone in its process
would be tested by its fall-back if the thread of an idle connection outlived the test. A handler
that waits does so with `ending`, which is set as soon as the server stops.
"""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = False

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self.ending = threading.Event()
        super().__init__(("127.0.0.1", 0), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def serve_forever(self, poll_interval: float = 0.02) -> None:
        """Look for the end so often: nobody wants to wait half a second for it."""
        super().serve_forever(poll_interval)

    def shutdown(self) -> None:
        self.ending.set()
        super().shutdown()

    def server_close(self) -> None:
        """Wake the threads that wait for the next request of a kept connection, and join all."""
        with self._guard:
            for request in self._open:
                try:
                    socket.socket.shutdown(request, socket.SHUT_RDWR)  # also below TLS
                except OSError:
                    pass  # the client was quicker
        super().server_close()
