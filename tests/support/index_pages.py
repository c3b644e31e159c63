"""The pages of the loopback index: HTML (PEP 503) and JSON (PEP 691) made from a directory.

Owns the facts of one file and the text of a page. Refuses to know about HTTP.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "application/vnd.pypi.simple.v1+html"


class Listing(Protocol):
    """What a page depends on; the attributes of the server."""

    advertise_metadata: bool
    metadata_files: bool
    hashes: bool
    sizes: bool
    yanked: dict[str, str]
    upload_times: dict[str, str]
    requires_python: bool | Mapping[str, str]
    files_url: str | None


@dataclass(frozen=True)
class Facts:
    """What the index says about one file; made once per file and modification time."""

    path: str
    size: int
    modified: float
    sha256: str
    metadata: bytes | None

    @classmethod
    def of(cls, path: str, state: os.stat_result) -> Facts:
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        metadata = _metadata_of(path) if path.endswith(".whl") else None
        return cls(path, state.st_size, state.st_mtime, digest, metadata)

    @property
    def requires_python(self) -> str | None:
        found = re.search(rb"^Requires-Python:\s*(.+?)\s*$", self.metadata or b"", re.M)
        return found[1].decode() if found else None


def _metadata_of(path: str) -> bytes | None:
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if re.fullmatch(r"[^/]+\.dist-info/METADATA", name):
                    return archive.read(name)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return None  # hostile on purpose: an index lists what it was given
    return None


def project_of(filename: str) -> str:
    """The normalized project name of a wheel or source distribution."""
    if filename.endswith(".whl"):
        name = filename.split("-", 1)[0]
    else:
        name = re.sub(r"(\.tar\.gz|\.zip)$", "", filename).rsplit("-", 1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def _required(server: Listing, name: str, facts: Facts) -> str | None:
    if isinstance(server.requires_python, bool):
        return facts.requires_python if server.requires_python else None
    return server.requires_python.get(name)


def html_page(server: Listing, title: str, rows: list[tuple[str, Facts]]) -> bytes:
    lines = [
        "<!DOCTYPE html>",
        "<html><head>",
        '<meta name="pypi:repository-version" content="1.1">',
        f"<title>Links for {html.escape(title)}</title></head>",
        f"<body><h1>Links for {html.escape(title)}</h1>",
    ]
    for name, facts in rows:
        fragment = f"#sha256={facts.sha256}" if server.hashes else ""
        extra = ""
        if (required := _required(server, name, facts)) is not None:
            extra += f' data-requires-python="{html.escape(required)}"'
        if server.advertise_metadata and server.metadata_files and facts.metadata is not None:
            digest = hashlib.sha256(facts.metadata).hexdigest()
            extra += f' data-dist-info-metadata="sha256={digest}"'
            extra += f' data-core-metadata="sha256={digest}"'
        if name in server.yanked:
            extra += f' data-yanked="{html.escape(server.yanked[name])}"'
        if name in server.upload_times:
            extra += f' data-upload-time="{html.escape(server.upload_times[name])}"'
        href = f"{server.files_url or '/files'}/{quote(name)}{fragment}"
        lines.append(f'<a href="{html.escape(href)}"{extra}>{html.escape(name)}</a><br />')
    lines.append("</body></html>\n")
    return "\n".join(lines).encode()


def json_page(server: Listing, title: str, rows: list[tuple[str, Facts]]) -> bytes:
    files = []
    for name, facts in rows:
        row: dict[str, Any] = {
            "filename": name,
            "url": f"{server.files_url or '../../files'}/{quote(name)}",
            "hashes": {"sha256": facts.sha256} if server.hashes else {},
            "yanked": (server.yanked[name] or True) if name in server.yanked else False,
        }
        if server.sizes:
            row["size"] = facts.size
        if (required := _required(server, name, facts)) is not None:
            row["requires-python"] = required
        if server.advertise_metadata and server.metadata_files and facts.metadata is not None:
            row["core-metadata"] = {"sha256": hashlib.sha256(facts.metadata).hexdigest()}
        if name in server.upload_times:
            row["upload-time"] = server.upload_times[name]
        files.append(row)
    return json.dumps({"meta": {"api-version": "1.1"}, "name": title, "files": files}).encode()
