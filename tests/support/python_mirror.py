"""A mirror of builds of Python on loopback.

Owns archives like those that python-build-standalone publishes (`install_only`), made of the
interpreters of this machine, tables that list them, and a server that counts what it is asked for
and can misbehave. An archive may be given as another patch or as another implementation than what
is in it: nothing that installs it looks.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

from tests.support.interpreters import pyenv_versions
from tests.support.listener import Listener

HOST = "linux-x86_64-gnu"
_DATE = "20240101"
# What a Python needs to start, and to be asked what it is; archives are small so.
_NEEDED = (
    "collections", "ctypes", "encodings", "importlib", "json", "lib-dynload", "logging",
    "pathlib", "re", "sysconfig", "tomllib", "urllib", "zipfile", "zoneinfo",
)  # fmt: skip
_ENCODINGS = ("__init__.py", "aliases.py", "ascii.py", "idna.py", "latin_1.py", "utf_8.py")
_LARGE = ("_pydecimal.py", "_pydatetime.py", "doctest.py", "pydoc.py", "turtle.py", "tarfile.py")
_EXTENSIONS = ("_struct", "math", "zlib", "_posixsubprocess", "select", "_json", "binascii",
               "fcntl", "_random", "_bisect", "_sha", "_ctypes", "_opcode", "_datetime",
               "_socket", "_hashlib", "array", "_heapq")  # fmt: skip


@functools.cache
def _workshop() -> Path:
    """Where archives are kept as long as the tests run."""
    global _DIRECTORY
    _DIRECTORY = tempfile.TemporaryDirectory(prefix="weft-pythons-")
    return Path(_DIRECTORY.name)


_DIRECTORY: tempfile.TemporaryDirectory[str] | None = None


@functools.cache
def archive(version: str) -> bytes:
    """The archive of an interpreter of this machine, as it would have been built for `/install`."""
    source = pyenv_versions() / version
    assert source.is_dir(), f"no interpreter at {source}"
    minor = version.rpartition(".")[0]
    tree = _workshop() / version / "python"
    library = tree / "lib" / f"python{minor}"
    shutil.copytree(
        source / "lib" / f"python{minor}",
        library,
        symlinks=True,
        ignore=lambda place, names: [name for name in names if _is_spare(place, name)],
    )
    (tree / "bin").mkdir()
    program = tree / "bin" / f"python{minor}"
    shutil.copy2(source / "bin" / f"python{minor}", program)
    strip = shutil.which("strip")
    assert strip is not None, "the tool `strip` is missing"
    objects = [str(program), *map(str, library.rglob("*.so"))]
    subprocess.run([strip, "--strip-unneeded", *objects], check=True)
    (tree / "bin" / "python3").symlink_to(program.name)
    (tree / "bin" / "python").symlink_to("python3")
    for data in library.glob("_sysconfigdata_*.py"):
        data.write_text(data.read_text().replace(str(source), "/install"))
    packages = tree / "lib" / "pkgconfig"
    packages.mkdir()
    (packages / f"python-{minor}.pc").write_text("prefix=/install\nlibdir=${prefix}/lib\n")
    return packed({"python": tree})


def _is_spare(place: str, name: str) -> bool:
    if name.endswith(".so"):
        return not name.startswith(_EXTENSIONS)
    above = os.path.basename(place)
    if os.path.isdir(os.path.join(place, name)):
        return name == "__pycache__" or (above.startswith("python3") and name not in _NEEDED)
    if above == "encodings":
        return name not in _ENCODINGS
    return name in _LARGE or not name.endswith(".py")


def packed(trees: dict[str, Path], *, mode: str = "w:gz") -> bytes:
    """Directories as a tar file."""
    out = io.BytesIO()
    options: dict[str, Any] = {"compresslevel": 1} if mode.endswith(("gz", "bz2")) else {}
    with tarfile.open(fileobj=out, mode=mode, **options) as tar:  # type: ignore[call-overload]
        for name, tree in trees.items():
            tar.add(tree, name)
    return out.getvalue()


def hostile(*members: tarfile.TarInfo | tuple[str, bytes], base: bytes = b"") -> bytes:
    """A tar file of these members: files by name and content, everything else as it is told.

    They come behind those of the archive `base`.
    """
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        if base:
            with tarfile.open(fileobj=io.BytesIO(base)) as first:
                for member in first:
                    tar.addfile(member, first.extractfile(member) if member.isreg() else None)
        for member in members:
            if isinstance(member, tuple):
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
            else:
                tar.addfile(member)
    return out.getvalue()


def link(name: str, target: str, *, hard: bool = False) -> tarfile.TarInfo:
    """A link as a member."""
    info = tarfile.TarInfo(name)
    info.type = tarfile.LNKTYPE if hard else tarfile.SYMTYPE
    info.linkname = target
    return info


@functools.cache
def pypy_archive(kind: str = "gz") -> bytes:
    """What PyPy publishes, with a program that stands in for it; `kind` is gz or bz2."""
    tree = _workshop() / f"pypy-{kind}"
    (tree / "bin").mkdir(parents=True)
    (tree / "lib" / "pypy3.10").mkdir(parents=True)
    (tree / "lib" / "pypy3.10" / "os.py").write_text("")
    program = tree / "bin" / "pypy3.10"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    program.chmod(0o755)
    (tree / "bin" / "pypy3").symlink_to("pypy3.10")
    return packed({"pypy3.10-v7.3.19-linux64": tree}, mode=f"w:{kind}")


class PythonMirror:
    """A server of builds. As a context manager it runs; `url` is where.

    `asked` are the paths that were asked for. `cut` sends only so many bytes of each file and
    closes; `hold` sends half of a file and then waits until `held` is let go; `password` is the
    `Authorization` that is wanted.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cut: int | None = None
        self.hold = False
        self.password = ""
        self.held = threading.Event()
        self.waiting = threading.Event()
        self._files: dict[str, bytes] = {}
        self.entries: dict[str, dict[str, Any]] = {}
        self._server: Listener | None = None

    def __enter__(self) -> Self:
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                mirror._answer(self)

            def log_message(self, *_words: Any) -> None:
                pass

        self._server = Listener(Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.held.set()
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def add(
        self,
        version: str,
        content: bytes,
        *,
        implementation: str = "cpython",
        build: str = _DATE,
        sha256: str | None = "",
        filename: str = "",
    ) -> str:
        """Offer `content` as a version; its key. `sha256` is that of the content if it is empty."""
        key = f"{implementation}-{version}-{HOST}"
        name = filename or f"{implementation}-{version}+{build}-x86_64-install_only.tar.gz"
        path = f"/{build}/{quote(name)}"
        self._files[path] = content
        major, minor, patch = version.split(".")
        digits = "".join(letter if letter.isdigit() else " " for letter in patch).split()[0]
        if sha256 == "":
            sha256 = hashlib.sha256(content).hexdigest()
        self.entries[key] = {
            "name": implementation,
            "arch": {"family": "x86_64", "variant": None},
            "os": "linux",
            "libc": "gnu",
            "major": int(major),
            "minor": int(minor),
            "patch": int(digits),
            "prerelease": patch[len(digits) :],
            "url": f"{self.url}{path}",
            "sha256": sha256,
            "variant": None,
            "build": build,
        }
        return key

    def table(self, place: Path) -> str:
        """Write the table that `--python-downloads-json-url` takes; its path."""
        place.write_text(json.dumps(self.entries))
        return str(place)

    def library(self, place: Path) -> str:
        """Make a library `pbs_installer` whose table lists the builds under public addresses.

        The directory to put on Python's path.
        """
        origins = {
            "cpython": "https://github.com/astral-sh/python-build-standalone/releases/download",
            "pypy": "https://downloads.python.org/pypy",
        }
        rows = []
        for entry in self.entries.values():
            path = entry["url"].removeprefix(self.url)
            if entry["name"] == "pypy":
                path = "/" + path.rpartition("/")[2]
            version = {
                "implementation": entry["name"],
                "major": entry["major"],
                "minor": entry["minor"],
                "micro": entry["patch"],
                "freethreaded": False,
            }
            file = {
                "platform": "linux",
                "arch": "x86_64",
                "install_only": True,
                "filename": unquote(path.rpartition("/")[2]),
                "url": origins[entry["name"]] + path,
                "sha256": entry["sha256"],
            }
            rows.append({"python_version": version, "files": [file]})
        package = place / "pbs_installer"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "versions.json").write_text(json.dumps(rows))
        return str(place)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        if self.password and handler.headers.get("Authorization") != self.password:
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", 'Basic realm="x"')
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if handler.path == "/table.json":
            content: bytes | None = json.dumps(self.entries).encode()
        else:
            content = self._files.get(handler.path)
        if content is None:
            name = handler.path.rpartition("/")[2]  # mirrors may have all of them in one directory
            content = next((self._files[each] for each in self._files if name in each), None)
        if content is None or not handler.path.rpartition("/")[2]:
            handler.send_error(404)
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if self.cut is not None:
            handler.wfile.write(content[: self.cut])
            handler.close_connection = True
        elif self.hold:
            handler.wfile.write(content[: len(content) // 2])
            handler.wfile.flush()
            self.waiting.set()
            self.held.wait(60)
            try:
                handler.wfile.write(content[len(content) // 2 :])
            except OSError:
                pass  # whoever asked was killed
        else:
            handler.wfile.write(content)
