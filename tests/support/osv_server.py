"""A vulnerability database on loopback that speaks the OSV protocol.

Owns `/v1/querybatch`, with pages, and `/v1/vulns/ID`; it counts what is asked for and can be told
to fail in the ways in which servers do. Refuses to know any itself: a test brings its own.
Follows https://google.github.io/osv.dev/api/ and https://ossf.github.io/osv-schema/.

    with OsvServer() as osv:
        osv.add("GHSA-1", "oil", ["1.0"], fixed=["2.0"], aliases=["CVE-1"])
        weft.ok("audit", "--service-url", osv.url)
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from typing import Any, Self
from urllib.parse import unquote

from tests.support.listener import Listener

MODIFIED = "2026-01-02T03:04:05Z"


class OsvServer:
    """See the module. `page` is how many identifiers one answer has for one package, 0 for all.

    `answers` maps a path (`/v1/querybatch`, `/v1/vulns/ID`) to what is sent in place of the right
    answer: a status, bytes of a body, or seconds to wait (a float) before the right one.
    """

    def __init__(self, *, page: int = 0) -> None:
        self.page = page
        self.records: dict[str, dict[str, Any]] = {}
        self.affected: dict[tuple[str, str], list[str]] = {}
        self.answers: dict[str, int | bytes | float | list[int | bytes | float]] = {}
        self.headers: dict[str, str] = {}
        self._asked: list[tuple[str, str, Any]] = []
        self._lock = threading.Lock()
        self._server: Listener | None = None
        self._thread: threading.Thread | None = None

    def add(
        self,
        identifier: str,
        name: str,
        versions: Iterable[str],
        *,
        fixed: Iterable[str] = (),
        aliases: Iterable[str] = (),
        **facts: Any,
    ) -> None:
        """A record that these versions of a package are affected by; `facts` replace its fields."""
        record: dict[str, Any] = {
            "id": identifier,
            "modified": MODIFIED,
            "published": "2026-01-01T00:00:00Z",
            "summary": f"{name} leaks",
            "details": f"All about how {name} leaks",
            "aliases": list(aliases),
            "affected": [
                {
                    "package": {"name": name, "ecosystem": "PyPI"},
                    "ranges": [
                        {
                            "type": "ECOSYSTEM",
                            "events": [{"introduced": "0"}, *[{"fixed": each} for each in fixed]],
                        }
                    ],
                }
            ],
            "references": [
                {"type": "WEB", "url": "https://example.com/web"},
                {"type": "ADVISORY", "url": f"https://example.com/{identifier}"},
            ],
        }
        record.update(facts)
        self.records[identifier] = {key: fact for key, fact in record.items() if fact is not None}
        for version in versions:
            self.affected.setdefault((name, version), []).append(identifier)

    @property
    def url(self) -> str:
        """The address to give to `--service-url`, without a slash at its end."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def asked(self) -> list[tuple[str, str, Any]]:
        """Method, path and decoded body of each request so far."""
        with self._lock:
            return list(self._asked)

    def count(self, path: str = "") -> int:
        """How many requests there were for paths that begin so."""
        return sum(each[1].startswith(path) for each in self.asked)

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self._asked.clear()

    def note(self, method: str, path: str, body: Any) -> None:
        with self._lock:
            self._asked.append((method, path, body))

    def next_answer(self, path: str) -> int | bytes | float | None:
        """What to send in place of the right answer; of a list the next one."""
        with self._lock:
            found = self.answers.get(path)
            if isinstance(found, list):
                return found.pop(0) if found else None
            return found

    def batch(self, body: Any) -> dict[str, Any]:
        """The right answer to a batch of queries."""
        results = []
        for query in body["queries"]:
            assert query["package"]["ecosystem"] == "PyPI"
            known = self.affected.get((query["package"]["name"], query["version"]), [])
            start = int(query.get("page_token", "0"))
            end = start + self.page if self.page else len(known)
            result: dict[str, Any] = {}
            if known[start:end]:
                result["vulns"] = [
                    {"id": each, "modified": self.records.get(each, {}).get("modified", MODIFIED)}
                    for each in known[start:end]
                ]
            if end < len(known):
                result["next_page_token"] = str(end)
            results.append(result)
        return {"results": results}

    def __enter__(self) -> Self:
        self._server = Listener(_handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(osv: OsvServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server: Listener
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # head and body leave together, without waiting for each other

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            body = json.loads(data)
            osv.note("POST", self.path, body)
            if self._instead():
                return
            if self.path != "/v1/querybatch":
                self._send(404, b"{}")
                return
            self._send(200, json.dumps(osv.batch(body)).encode())

        def do_GET(self) -> None:
            path = self.path
            osv.note("GET", path, None)
            if self._instead():
                return
            identifier = unquote(path.removeprefix("/v1/vulns/"))
            record = osv.records.get(identifier) if path.startswith("/v1/vulns/") else None
            if record is None:
                self._send(404, b'{"code":5,"message":"Bug not found."}')
            else:
                self._send(200, json.dumps(record).encode())

        def _instead(self) -> bool:
            """Send what the test wants to see sent; whether that was all."""
            answer = osv.next_answer(self.path)
            if answer is None:
                return False
            if isinstance(answer, float):
                self.server.ending.wait(answer)
                return False
            if isinstance(answer, int):
                self._send(answer, b"{}")
            else:
                self._send(200, answer)
            return True

        def _send(self, status: int, body: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, text in osv.headers.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # the other side has given up

        def log_message(self, *_words: object) -> None:
            return

    return Handler
