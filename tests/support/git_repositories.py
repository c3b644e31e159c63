"""Real Git repositories for tests, and a loopback server that offers them over HTTP.

Git itself answers (`git http-backend`); the server counts requests and may want a password.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from base64 import b64encode
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Self

from tests.support.listener import Listener

WHO = {
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.test",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.test",
}


def environment(home: Path, **variables: str) -> dict[str, str]:
    """An environment in which nobody's Git settings count."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        **variables,
    }


class Repository:
    """A repository that a test makes commits in, new or a copy of the one at `like`."""

    def __init__(self, path: Path, *, like: Path | None = None) -> None:
        self.path = path
        if like is not None:
            shutil.copytree(like, path, symlinks=True)
            return
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        # What public servers allow; without it a partial clone is silently a whole one.
        self.git("config", "uploadpack.allowFilter", "true")

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def git(self, *words: str, **variables: str) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=self.path,
            env={**environment(self.path.parent), **WHO, **variables},
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str] | None = None, *, tag: str = "") -> str:
        """Write files, commit them, and answer with the commit."""
        for name, text in (files or {}).items():
            place = self.path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "A commit")
        if tag:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD")


class GitServer:
    """Serves the repositories below a directory on loopback; `login` is `user:password`."""

    def __init__(self, directory: Path, *, login: str = "") -> None:
        self.directory = directory
        self.login = login
        self.asked: list[str] = []
        self._server = Listener(_Handler)
        self._server.owner = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def url(self, name: str, *, login: str = "") -> str:
        return f"http://{login}{'@' * bool(login)}{self.place}/{name}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        owner: GitServer = self.server.owner  # type: ignore[attr-defined]
        owner.asked.append(f"{self.command} {self.path}")
        expected = "Basic " + b64encode(owner.login.encode()).decode()
        body = self._body()
        if owner.login and self.headers.get("Authorization") != expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._forward(owner, body)

    do_POST = do_GET

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _forward(self, owner: GitServer, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        variables = environment(
            owner.directory,
            GIT_PROJECT_ROOT=str(owner.directory),
            GIT_HTTP_EXPORT_ALL="1",
            PATH_INFO=path,
            QUERY_STRING=query,
            REQUEST_METHOD=self.command,
            CONTENT_TYPE=self.headers.get("Content-Type", ""),
            CONTENT_LENGTH=str(len(body)),
            GIT_PROTOCOL=self.headers.get("Git-Protocol", ""),
            HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
        )
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=variables, capture_output=True
        )
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((text for name, text in fields if name == "Status"), "200")
        self.send_response(int(status.split()[0]))
        for name, text in fields:
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: Any) -> None:
        """Stay silent: tests look at `asked`."""
