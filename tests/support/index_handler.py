"""The HTTP side of the loopback index: connections, ranges, conditional requests.

Owns the listener and the handler of one request. Refuses to decide what is served: it asks the
index it was given.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import ssl
import sys
import time
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tests.support.index_answers import Asked, Kind
from tests.support.index_pages import HTML_TYPE, JSON_TYPE, project_of
from tests.support.listener import Listener

if TYPE_CHECKING:
    from tests.support.index_server import IndexServer as Index


class IndexListener(Listener):
    def __init__(self, index: Index) -> None:
        self.index = index
        self.tls: ssl.SSLContext | None = None
        self.failures: list[BaseException] = []
        super().__init__(Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        wrapped = self.tls.wrap_socket(request.dup(), server_side=True)
        try:
            super().finish_request(wrapped, client_address)
        finally:
            wrapped.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):  # a client may leave at any time
            self.failures.append(error)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: IndexListener

    def log_message(self, format: str, *arguments: object) -> None:
        """Tests read `requests`, not a log."""

    def do_GET(self) -> None:
        index = self.server.index
        path = urlsplit(self.path).path  # a proxy is asked for whole URLs
        failure = index.next_failure(path)
        if delay := index.latency + (failure.delay if failure else 0.0):
            self.server.ending.wait(delay)
        if failure is not None and failure.hang_up:
            self._note(path, 0)
            self.close_connection = True
            return
        code, headers, body = self._answer(path)
        if failure is not None and failure.body is not None:
            code, body = failure.status, failure.body
            kept = {} if failure.status != 200 else {"Content-Type": headers.get("Content-Type")}
            headers = {name: text for name, text in kept.items() if text is not None}
        if failure is not None:
            headers.update(failure.headers)
        self._send(path, code, headers, body, cut_after=failure.cut_after if failure else None)

    do_HEAD = do_GET

    def _send(
        self,
        path: str,
        code: int,
        headers: dict[str, str],
        body: bytes,
        *,
        cut_after: int | None,
    ) -> None:
        self._note(path, code)
        self.send_response(code)
        for name, text in headers.items():
            self.send_header(name, text)
        if code not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and code not in (204, 304):
            if cut_after is not None:
                body = body[: len(body) // 2 if cut_after < 0 else cut_after]
                self.close_connection = True
            self.wfile.write(body)
        self.wfile.flush()

    def _note(self, path: str, code: int) -> None:
        asked = Asked(
            self.command,
            path,
            self._kind(path, code),
            {name.lower(): text for name, text in self.headers.items()},
            code,
            self.client_address[1],
            self.path,
        )
        self.server.index.note(asked)

    def _kind(self, path: str, code: int) -> Kind:
        if self.command == "HEAD":
            return "head"
        if path.startswith("/files/"):
            if path.endswith(".metadata"):
                return "metadata"
            return "range" if code in (206, 416) else "file"
        if path == "/links/":
            return "links"
        if path in ("/simple/", "/simple"):
            return "root"
        return "page" if path.startswith("/simple/") else "other"

    def _answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        index = self.server.index
        if index.auth is not None and not self._knows_password(index.auth):
            return 401, {"WWW-Authenticate": 'Basic realm="index"'}, b"who are you?"
        if path in index.pages:
            kind, body = index.pages[path]
            return self._conditional({"Content-Type": kind}, body, time.time())
        if path.startswith("/files/"):
            return self._file(unquote(path.removeprefix("/files/")))
        if path in ("/simple/", "/simple"):
            return self._root()
        if path == "/links/":
            return self._page("links", index.filenames(), links=True)
        if not path.startswith("/simple/"):
            return _missing()
        project = unquote(path.removeprefix("/simple/"))
        if not project.endswith("/"):
            return 301, {"Location": path + "/"}, b""
        filenames = index.filenames(project.rstrip("/"))
        return self._page(project.rstrip("/"), filenames) if filenames else _missing()

    def _knows_password(self, auth: tuple[str, str]) -> bool:
        expected = base64.b64encode(f"{auth[0]}:{auth[1]}".encode()).decode()
        return self.headers.get("Authorization", "") == f"Basic {expected}"

    def _root(self) -> tuple[int, dict[str, str], bytes]:
        index = self.server.index
        names = sorted({project_of(name) for name in index.filenames()})
        if self._wants_json():
            body = {"meta": {"api-version": "1.1"}, "projects": [{"name": name} for name in names]}
            return self._conditional({"Content-Type": JSON_TYPE}, json.dumps(body).encode(), 0)
        links = "".join(f'<a href="/simple/{name}/">{name}</a>\n' for name in names)
        text = f"<!DOCTYPE html><html><body>{links}</body></html>"
        return self._conditional({"Content-Type": "text/html"}, text.encode(), 0)

    def _page(
        self, title: str, filenames: list[str], *, links: bool = False
    ) -> tuple[int, dict[str, str], bytes]:
        index = self.server.index
        as_json = self._wants_json() and not links
        content_type = JSON_TYPE if as_json else HTML_TYPE if self._wants(HTML_TYPE) else ""
        body = index.page(filenames, title=title, as_json=as_json)
        changed = max(os.stat(os.path.join(index.directory, name)).st_mtime for name in filenames)
        return self._conditional(
            {"Content-Type": content_type or "text/html; charset=utf-8"}, body, changed
        )

    def _wants_json(self) -> bool:
        chosen = self.server.index.format
        return chosen == "json" or (chosen == "both" and self._wants(JSON_TYPE))

    def _wants(self, content_type: str) -> bool:
        return content_type in self.headers.get("Accept", "")

    def _conditional(
        self, headers: dict[str, str], body: bytes, changed: float
    ) -> tuple[int, dict[str, str], bytes]:
        """Add validators and cache headers; 304 where the client has this version already."""
        index = self.server.index
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if index.cache_control is not None:
            headers["Cache-Control"] = index.cache_control
        if index.etag:
            headers["ETag"] = tag
        if index.last_modified:
            headers["Last-Modified"] = formatdate(int(changed), usegmt=True)
        known = self.headers.get("If-None-Match")
        since = self.headers.get("If-Modified-Since")
        if index.etag and known is not None:
            fresh = tag in known
        elif index.last_modified and since is not None:
            fresh = int(changed) <= parsedate_to_datetime(since).timestamp()
        else:
            fresh = False
        return (HTTPStatus.NOT_MODIFIED, headers, b"") if fresh else (HTTPStatus.OK, headers, body)

    def _file(self, name: str) -> tuple[int, dict[str, str], bytes]:
        index = self.server.index
        if name.endswith(".metadata"):
            facts = index.facts(name.removesuffix(".metadata")) if index.metadata_files else None
            if facts is None or facts.metadata is None:
                return _missing()
            kind = {"Content-Type": "application/octet-stream"}
            return self._conditional(kind, facts.metadata, facts.modified)
        facts = index.facts(name) if "/" not in name else None
        if facts is None:
            return _missing()
        with open(facts.path, "rb") as file:
            body = file.read()
        headers = {"Content-Type": "application/octet-stream"}
        code, headers, whole = self._conditional(headers, body, facts.modified)
        if code != HTTPStatus.OK or not index.ranges:
            return code, headers, whole
        headers["Accept-Ranges"] = "bytes"
        return self._ranged(headers, body)

    def _ranged(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        if asked is None or asked[0] == "bytes=-":
            return 200, headers, body
        if condition is not None and condition not in (
            headers.get("ETag"),
            headers.get("Last-Modified"),
        ):
            return 200, headers, body
        if asked[1]:
            start = int(asked[1])
            end = min(int(asked[2]) + 1, len(body)) if asked[2] else len(body)
        else:
            start, end = max(0, len(body) - int(asked[2])), len(body)
        if start >= len(body) or start >= end:
            headers["Content-Range"] = f"bytes */{len(body)}"
            return 416, headers, b""
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(body)}"
        return 206, headers, body[start:end]


def _missing() -> tuple[int, dict[str, str], bytes]:
    return 404, {"Content-Type": "text/plain"}, b"not found"
