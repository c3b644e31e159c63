"""A server on loopback that takes uploads, mints tokens, and refuses in every way it is told to.

Owns the upload API as registries speak it: forms in, answers scripted by the test; an index page
of what it holds; the OIDC exchange of trusted publishing, with the token service of a CI platform
beside it. Refuses nothing by itself: a test says which answers come.

    with UploadServer() as server:
        server.answer(503, 200)           # the first upload is turned away, the second is taken
        …                                 # server.url takes uploads
        assert server.uploads[0].fields["name"] == ["demo"]
"""

from __future__ import annotations

import base64
import email.parser
import email.policy
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.support.listener import Listener


@dataclass(frozen=True)
class Reply:
    """What to answer; `cut` closes the connection after so many bytes of the request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass(frozen=True)
class Upload:
    """A form that came in: `fields` by name, `names` of all parts in their order, the file."""

    fields: dict[str, list[str]]
    names: list[str]
    filename: str
    content: bytes
    content_type: str
    headers: dict[str, str]
    path: str

    @property
    def login(self) -> str:
        """`user:password` of the request, "" without."""
        header = self.headers.get("authorization", "")
        if not header.startswith("Basic "):
            return ""
        return base64.b64decode(header.removeprefix("Basic ")).decode()


def identity_token(audience: str = "loopback", **claims: str) -> str:
    """A token as CI platforms make them; its signature is nobody's."""
    parts = (
        {"alg": "none"},
        {"aud": audience, "sub": "repo:octo/demo:ref:refs/heads/main", **claims},
    )
    encoded = [
        base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts
    ]
    return ".".join([*encoded, "c2lnbmF0dXJl"])


class UploadServer:
    """See the module."""

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self.login = login
        self._certificate = certificate
        self.uploads: list[Upload] = []
        self.requests: list[tuple[str, str]] = []
        self.bodies: dict[str, list[bytes]] = {}
        self.index: dict[str, list[dict[str, Any]]] = {}
        self.pages: dict[str, Reply] = {}
        self.audience = "loopback"
        self.minted = "minted-token"
        self.token_request = ""
        self.on_upload: Callable[[], object] | None = None
        self._replies: list[Reply] = []
        self._lock = threading.Lock()
        self._server: Listener | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        owner = self

        class Handler(_Handler):
            server_of = owner

        self._server = Listener(Handler)
        if self._certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None and self._thread is not None
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def origin(self) -> str:
        assert self._server is not None
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """Where uploads go."""
        return f"{self.origin}/legacy/"

    @property
    def simple(self) -> str:
        """The index of what the server holds."""
        return f"{self.origin}/simple"

    def answer(self, *replies: Reply | int) -> None:
        """Answer the next uploads this way; after them all are taken."""
        made = [Reply(each) if isinstance(each, int) else each for each in replies]
        with self._lock:
            self._replies += made

    def hold(self, filename: str, **hashes: str) -> None:
        """Offer a file on the index."""
        project = filename.partition("-")[0].replace("_", "-").lower()
        self.index.setdefault(project, []).append(
            {"filename": filename, "url": f"{self.origin}/files/{filename}", "hashes": hashes}
        )

    def next_reply(self) -> Reply:
        with self._lock:
            return self._replies.pop(0) if self._replies else Reply()

    def actions_environment(self) -> dict[str, str]:
        """The variables of a GitHub Actions job that may ask for identity tokens."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request-token",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.origin}/actions/token?api=1",
        }


class _Handler(BaseHTTPRequestHandler):
    server_of: UploadServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        owner = self.server_of
        owner.requests.append(("GET", self.path))
        path = urlsplit(self.path).path
        if path in owner.pages:
            self._reply(owner.pages[path])
        elif path == "/_/oidc/audience":
            self._json({"audience": owner.audience})
        elif path == "/actions/token":
            owner.token_request = self.headers.get("Authorization", "")
            audience = parse_qs(urlsplit(self.path).query)["audience"][0]
            self._json({"value": identity_token(audience)})
        elif path.startswith("/simple/"):
            self._page(path.split("/")[2])
        else:
            self._reply(Reply(404))

    def do_POST(self) -> None:
        owner = self.server_of
        owner.requests.append(("POST", self.path))
        path = urlsplit(self.path).path
        if path == "/legacy/":
            self._upload()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        owner.bodies.setdefault(path, []).append(body)
        if path in owner.pages:
            self._reply(owner.pages[path])
        elif path == "/_/oidc/mint-token":
            self._json({"success": True, "token": owner.minted})
        elif path == "/_/oidc/burn-token":
            self._reply(Reply(200))
        else:
            self._reply(Reply(405))

    def _upload(self) -> None:
        owner = self.server_of
        reply = owner.next_reply()
        if reply.cut is not None:
            self.rfile.read(reply.cut)
            self.close_connection = True
            self.connection.close()
            return
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # the client gave up
            self.close_connection = True
            return
        upload = _read_form(body, self)
        owner.uploads.append(upload)
        if owner.on_upload is not None:
            owner.on_upload()
        if owner.login is not None and upload.login != ":".join(owner.login):
            reply = Reply(403, b"Invalid or non-existent authentication information.")
        self._reply(reply)

    def _page(self, project: str) -> None:
        files = self.server_of.index.get(project)
        if files is None:
            self._reply(Reply(404))
            return
        page = {"meta": {"api-version": "1.1"}, "name": project, "files": files}
        self._json(page, "application/vnd.pypi.simple.v1+json")

    def _json(self, content: object, kind: str = "application/json") -> None:
        self._reply(Reply(200, json.dumps(content).encode(), {"Content-Type": kind}))

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, text in reply.headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)


def _read_form(body: bytes, handler: BaseHTTPRequestHandler) -> Upload:
    """The parts of a form, read by the standard library's mail parser."""
    kind = handler.headers["Content-Type"]
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, list[str]] = {}
    names: list[str] = []
    filename = content_type = ""
    content = b""
    for part in message.iter_parts():  # type: ignore[attr-defined]
        name = part.get_param("name", header="content-disposition")
        names.append(name)
        if name == "content":
            filename = part.get_filename()
            content_type = part.get_content_type()
            content = _raw(body, kind)
        else:
            fields.setdefault(name, []).append(part.get_payload(decode=True).decode())
    headers = {name.lower(): text for name, text in handler.headers.items()}
    return Upload(fields, names, filename, content, content_type, headers, handler.path)


def _raw(body: bytes, kind: str) -> bytes:
    """The bytes of the last part, which a mail parser would take for lines of text."""
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    part = body.rpartition(b"\r\n--" + boundary + b"--")[0].rpartition(b"--" + boundary + b"\r\n")[
        2
    ]
    return part.partition(b"\r\n\r\n")[2]
