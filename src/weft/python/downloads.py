"""The table of builds that can be fetched.

Owns `Download`, the two tables (that of the library pbs-installer, and the JSON of
`--python-downloads-json-url`), mirrors, and which build answers a request. Refuses to fetch
anything: the text of a JSON table comes in. Follows python-build-standalone and PyPy for what their
files are called, uv's `download-metadata.json` for tables of one's own.

Bucket `interpreters-v1`, key = `table-` and a digest of path, time and size of the library's file:
marshal of rows, each the fields of a `PythonKey`, url, sha256 (may be None), build.
"""

from __future__ import annotations

import marshal

from weft.core.errors import WeftError
from weft.core.value import replace, value
from weft.python.keys import BadKey, PythonKey, machine_name, system_name
from weft.store.errors import shown
from weft.store.layout import MARSHAL_VERSION, Bucket
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from weft.python.interpreter import ProbeCache
    from weft.python.keys import Host
    from weft.python.request import PythonRequest

    # implementation, version, variant, os, arch, libc, url, sha256, build
    Row = tuple[str, str, str, str, str, str, str, str | None, str]

_FORMAT = "1"
_LIBRARY = "pbs_installer"
#: Where the files of the two projects are; a mirror replaces this much of an address.
CPYTHON_ORIGIN = "https://github.com/astral-sh/python-build-standalone/releases/download"
PYPY_ORIGIN = "https://downloads.python.org/pypy"


class MissingTable(WeftError):
    """The library with the built-in table is not there."""

    def __init__(self) -> None:
        super().__init__(
            f"The table of Python downloads is missing: `{_LIBRARY.replace('_', '-')}` is not "
            "installed beside weft"
        )


class BadTable(WeftError):
    """The table of downloads at `source` cannot be used."""

    def __init__(self, source: str) -> None:
        super().__init__(f"Unable to parse the JSON Python download list at `{source}`")
        self.source = source


class BadMirror(WeftError):
    """A mirror was given for a build whose address does not begin as those of its project do."""

    def __init__(self, variable: str, url: str) -> None:
        super().__init__(
            f"A mirror was provided via `{variable}`, but the URL does not match the expected "
            f"format: {url}"
        )
        self.url = url


@value
class Download:
    """A build that can be fetched. `sha256` is in hex, None where nobody published one.

    `build` tells builds of the same version apart: a date, or PyPy's own version.
    """

    key: PythonKey
    url: str
    sha256: str | None
    build: str

    @property
    def filename(self) -> str:
        """The name of the archive, which tells its format."""
        from urllib.parse import unquote

        path = unquote(self.url.partition("?")[0].partition("#")[0])
        return path.replace("\\", "/").rpartition("/")[2]


def read_table(
    source: str | None, store: ProbeCache, *, read: Callable[[str], bytes]
) -> tuple[Download, ...]:
    """Every build that can be fetched, for all platforms; the built-in table without `source`.

    `read` gives the bytes at a path or URL. Raises MissingTable, BadTable, and what `read` raises.
    """
    if source:
        return parse_table(read(source), source=source)
    return tuple(map(_download, _builtin_rows(store)))


def choose(
    downloads: Iterable[Download], request: PythonRequest | None, *, host: Host
) -> Download | None:
    """The build that is fetched for a request; None where there is none, or for paths and names.

    A pre-release only where the request names one or nothing else is there.
    """
    found = sorted(
        matching(downloads, request, host=host),
        key=lambda each: (each.key.arch != host.arch, each.key.rank(host)),
    )
    version = request.version if request is not None else None
    if version is None or not (version.specifiers and version.allows_prereleases):
        found.sort(key=lambda each: bool(each.key.prerelease))
    return found[0] if found else None


def matching(
    downloads: Iterable[Download], request: PythonRequest | None, *, host: Host
) -> Iterator[Download]:
    """Those that a request allows on `host`; a key may name another platform."""
    if request is not None and request.is_place:
        return
    for each in downloads:
        if request_allows(request, each.key, host=host):
            yield each


def request_allows(request: PythonRequest | None, key: PythonKey, *, host: Host) -> bool:
    """Whether a build answers a request, which may leave out what is usual here."""
    asked = request.platform if request is not None else ("", "", "")
    if any(asked):
        wanted = [told or usual for told, usual in zip(asked, host.platform, strict=True)]
        if asked[0] not in ("", host.os) and not asked[2]:
            wanted[2] = key.libc  # of another system nothing is usual
        if tuple(wanted) != key.platform:
            return False
    elif not host.runs(key):
        return False
    implementation = request.implementation if request is not None else ""
    if key.implementation != (implementation or "cpython"):
        return False
    version = request.version if request is not None else None
    if version is None:
        return not key.variant or (request is not None and request.kind == "any")
    return version.matches(key)


def request_means(request: PythonRequest, key: PythonKey) -> bool:
    """Whether an installed build is one of those that a request names; nothing is usual here."""
    parts = zip(request.platform, key.platform, strict=True)
    if any(told and told != has for told, has in parts):
        return False
    if request.implementation not in ("", key.implementation):
        return False
    if request.version is None:
        return True
    return request.version.matches(key)


def mirrored(download: Download, *, mirror: str | None, pypy_mirror: str | None) -> Download:
    """The same build from the mirror of its project, if there is one. Raises BadMirror."""
    chosen, origin, name = mirror, CPYTHON_ORIGIN, "WEFT_PYTHON_INSTALL_MIRROR"
    if download.key.implementation == "pypy":
        chosen, origin, name = pypy_mirror, PYPY_ORIGIN, "WEFT_PYPY_INSTALL_MIRROR"
    elif download.key.implementation != "cpython":
        return download
    if not chosen:
        return download
    if not download.url.startswith(origin + "/"):
        raise BadMirror(name, download.url)
    return replace(download, url=chosen.rstrip("/") + download.url[len(origin) :])


def parse_table(data: bytes, *, source: str) -> tuple[Download, ...]:
    """The builds of a JSON table: an object of keys and what there is of each. Raises BadTable."""
    from json import loads

    try:
        table: dict[str, dict[str, Any]] = loads(data)
        return tuple([_download(_json_row(entry)) for entry in table.values()])
    except (ValueError, RecursionError, BadKey) as error:
        raise BadTable(source) from WeftError(str(error))
    except (KeyError, TypeError, AttributeError) as error:
        reason = f"missing field `{error.args[0]}`" if isinstance(error, KeyError) else str(error)
        raise BadTable(source) from WeftError(reason)


def _download(row: Row) -> Download:
    return Download(PythonKey(*row[:6]), *row[6:])


def _json_row(entry: Mapping[str, Any]) -> Row:
    arch = entry["arch"]
    if isinstance(arch, dict):
        variant = arch.get("variant")
        arch = machine_name(arch["family"]) + (f"_{variant}" if variant else "")
    version = f"{entry['major']}.{entry['minor']}.{entry['patch']}{entry.get('prerelease') or ''}"
    url, sha256 = entry["url"], entry.get("sha256")
    if not isinstance(url, str) or not isinstance(sha256, str | None):
        raise TypeError("`url` and `sha256` must be texts")
    if sha256 is not None and not _is_sha256(sha256):
        raise ValueError(f"`{shown(sha256)}` is no SHA-256 digest")
    key = PythonKey(
        entry["name"],
        version,
        entry.get("variant") or "",
        system_name(entry["os"]),
        machine_name(arch),
        entry["libc"],
    )
    PythonKey.parse(str(key))
    return (*[getattr(key, name) for name in PythonKey.__match_args__], url, sha256, _build(entry))


def _is_sha256(text: str) -> bool:
    """Whether it can be one; it also becomes the name of a directory."""
    return len(text) == 64 and set("0123456789abcdefABCDEF").issuperset(text)


def _build(entry: Mapping[str, Any]) -> str:
    return str(entry.get("build") or "")


def _builtin_rows(store: ProbeCache) -> tuple[Row, ...]:
    path = library_file()
    status = os.stat(path)
    from weft.core.digest import short_digest

    stamp = f"{_FORMAT} {path} {status.st_ino} {status.st_mtime_ns} {status.st_size}"
    key = f"table-{short_digest(stamp)}"
    kept = store.read(Bucket.INTERPRETERS, key)
    if kept is not None:
        try:
            rows: tuple[Row, ...] = marshal.loads(kept)
            return rows
        except (EOFError, ValueError, TypeError):
            pass
    rows = tuple(_library_rows(path))
    try:
        store.write(Bucket.INTERPRETERS, key, marshal.dumps(rows, MARSHAL_VERSION))
    except WeftError:
        pass  # a cache that cannot be written costs time, not the answer
    return rows


def library_file() -> str:
    """The library's table, found without importing the library, which reads all of it at once."""
    from importlib.machinery import PathFinder

    found = PathFinder.find_spec(_LIBRARY)
    if found is None or found.origin is None:
        raise MissingTable
    return os.path.join(os.path.dirname(found.origin), "versions.json")


def _library_rows(path: str) -> Iterator[Row]:
    """The builds that need no unpacking of more than Python: those of kind `install_only`."""
    from json import load

    with open(path, encoding="utf-8") as file:
        table = load(file)
    for entry in table:
        python = entry["python_version"]
        version = f"{python['major']}.{python['minor']}.{python['micro']}"
        variant = "freethreaded" if python["freethreaded"] else ""
        for each in entry["files"]:
            if not each["install_only"]:
                continue
            libc = "gnu" if each["platform"] == "linux" else "none"
            yield (
                python["implementation"],
                version,
                variant,
                each["platform"],
                each["arch"],
                libc,
                each["url"],
                each["sha256"],
                _build_of(each["filename"], python["implementation"]),
            )


def _build_of(filename: str, implementation: str) -> str:
    """`20240107` of `cpython-3.12.1+20240107-…`, `7.3.16` of `pypy3.10-v7.3.16-…`."""
    if implementation == "pypy":
        return filename.partition("-v")[2].partition("-")[0]
    date = filename.partition("+")[2].partition("-")[0]
    return date or filename.partition(".tar")[0].rpartition("-")[2]
