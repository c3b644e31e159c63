"""A real package index on loopback, which counts what is asked of it.

Owns a threaded HTTP/1.1 server (keep-alive, ranges, conditional requests) that serves the files of
one directory as a Simple index: HTML (PEP 503), JSON (PEP 691), metadata files (PEP 658), yanked
files (PEP 592) and upload times (PEP 700). Refuses to be convincing only when things go well: any
path can be made to answer an error, garbage, half a body, nothing, or slowly.

    with IndexServer(directory, format="both") as server:
        …                                 # server.url is the index, server.links a find-links page
        assert server.count("page") == 1

Kinds of requests: `root` (list of projects), `page`, `links`, `metadata`, `file` (a whole
distribution), `range` (a part of one), `head`, `other`.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

from tests.support.index_answers import (
    Answer,
    Asked,
    Kind,
    cut,
    garbage,
    half,
    nothing,
    redirect,
    slow,
    status,
)
from tests.support.index_handler import IndexListener
from tests.support.index_pages import Facts, html_page, json_page, project_of

__all__ = [
    "Answer",
    "Asked",
    "IndexServer",
    "cut",
    "garbage",
    "half",
    "nothing",
    "project_of",
    "redirect",
    "slow",
    "status",
]


class IndexServer:
    """See the module. All arguments but the directory may be changed while the server runs."""

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        format: Literal["html", "json", "both"] = "html",
        metadata_files: bool = True,
        advertise_metadata: bool = True,
        ranges: bool = True,
        hashes: bool = True,
        sizes: bool = True,
        upload_times: Mapping[str, str] | None = None,
        yanked: Mapping[str, str] | None = None,
        requires_python: bool | Mapping[str, str] = True,
        etag: bool = False,
        last_modified: bool = False,
        cache_control: str | None = None,
        auth: tuple[str, str] | None = None,
        failures: Mapping[str, Iterable[Answer] | Answer] | None = None,
        latency: float = 0.0,
        files_url: str | None = None,
        pages: Mapping[str, tuple[str, bytes]] | None = None,
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self.directory = os.fspath(directory)
        self.format = format
        self.metadata_files = metadata_files
        self.advertise_metadata = advertise_metadata
        self.ranges = ranges
        self.hashes = hashes
        self.sizes = sizes
        self.upload_times = dict(upload_times or {})
        self.yanked = dict(yanked or {})
        self.requires_python = requires_python
        self.etag = etag
        self.last_modified = last_modified
        self.cache_control = cache_control
        self.auth = auth
        self.latency = latency
        self.files_url = files_url
        self.pages = dict(pages or {})
        self._certificate = certificate
        self._lock = threading.Lock()
        self._requests: list[Asked] = []
        self._failures: dict[str, list[Answer] | Answer] = {}
        for path, answers in (failures or {}).items():
            self._failures[path] = answers if isinstance(answers, Answer) else list(answers)
        self._facts: dict[tuple[str, int, int], Facts] = {}
        self._server: IndexListener | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        server = self._server = IndexListener(self)
        if self._certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
            server.tls = context
        self._thread = threading.Thread(target=server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """End every connection and thread; raise if a handler of the server itself failed."""
        if self._server is None or self._thread is None:
            return
        server, self._server = self._server, None
        server.shutdown()
        self._thread.join()
        server.server_close()
        if server.failures:
            raise AssertionError("the index server itself failed") from server.failures[0]

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:<port>`."""
        assert self._server is not None, "the server is not running"
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The URL of the index, without a slash at its end."""
        return f"{self.origin}/simple"

    @property
    def links(self) -> str:
        """The URL of a page that lists every file (for `--find-links`)."""
        return f"{self.origin}/links/"

    def url_with(self, user: str, password: str = "") -> str:
        """The URL of the index with credentials in it."""
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        return self.url.replace("://", f"://{login}@", 1)

    def file_url(self, filename: str) -> str:
        """Where a file of the directory is served."""
        return f"{self.files_url or self.origin + '/files'}/{quote(filename)}"

    @property
    def requests(self) -> list[Asked]:
        """A copy of everything that was asked so far, in the order of the answers."""
        with self._lock:
            return list(self._requests)

    def count(self, kind: Kind | None = None, *, path: str | None = None) -> int:
        """How many requests of this kind, for this path, have been answered."""
        return sum(
            1
            for asked in self.requests
            if (kind is None or asked.kind == kind) and (path is None or asked.path == path)
        )

    @property
    def connections(self) -> int:
        """How many connections have carried a request."""
        return len({asked.connection for asked in self.requests})

    def forget(self) -> None:
        """Start counting again."""
        with self._lock:
            self._requests.clear()

    def fail(self, path: str, *answers: Answer, always: bool = False) -> None:
        """Answer the next requests for `path` this way; `always` repeats the first forever."""
        with self._lock:
            self._failures[path] = answers[0] if always else list(answers)

    # What the handler asks for.

    def next_failure(self, path: str) -> Answer | None:
        with self._lock:
            answers = self._failures.get(path)
            if isinstance(answers, Answer):
                return answers
            return answers.pop(0) if answers else None

    def note(self, asked: Asked) -> None:
        with self._lock:
            self._requests.append(asked)

    def facts(self, filename: str) -> Facts | None:
        path = os.path.join(self.directory, filename)
        try:
            state = os.stat(path)
        except FileNotFoundError:
            return None
        key = (path, state.st_mtime_ns, state.st_size)
        with self._lock:
            known = self._facts.get(key)
        if known is None:
            known = Facts.of(path, state)
            with self._lock:
                self._facts[key] = known
        return known

    def filenames(self, project: str | None = None) -> list[str]:
        return [
            name
            for name in sorted(os.listdir(self.directory))
            if name.endswith((".whl", ".tar.gz", ".zip"))
            and (project is None or project_of(name) == project)
        ]

    def page(self, filenames: list[str], *, title: str, as_json: bool) -> bytes:
        rows = [(name, facts) for name in filenames if (facts := self.facts(name)) is not None]
        return (json_page if as_json else html_page)(self, title, rows)
