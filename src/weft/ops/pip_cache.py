"""pip's cache of HTTP responses, read only.

Owns where it lies and how responses lie in it: `http-v2/a/b/c/d/e/<key>` with the body beside it
in `<key>.body` (pip 23.3 and later), `http/a/b/c/d/e/<key>` with the body inside (before). The key
is the SHA-224 of the URL, which is written down nowhere: an entry can be looked up by its URL, but
does not tell it. Refuses to write, to trust, and to know what is in a body.
Follows the format `cc=4` of CacheControl: these five bytes and a MessagePack map.
"""

from __future__ import annotations

from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FORMAT = b"cc=4,"
_SEPARATE, _JOINED = "http-v2", "http"
_BODY = ".body"
_LARGEST_PAGE = 256 << 20
_LARGEST_HEAD = 1 << 20
_DIGITS = frozenset("0123456789abcdef")


@value
class Response:
    """One cached response.

    Its body is `size` bytes of the file `path` from `start` on, still encoded as `encoding` says.
    """

    key: str
    content_type: str
    encoding: str
    path: str
    start: int
    size: int

    def body(self) -> bytes:
        """The decoded body. Raises ValueError for a damaged or huge one, OSError."""
        import zlib

        if self.size > _LARGEST_PAGE:
            raise ValueError("too large")
        with open(self.path, "rb") as file:
            file.seek(self.start)
            data = file.read(self.size)
        if not self.encoding or self.encoding == "identity":
            return data
        if self.encoding not in ("gzip", "deflate"):
            raise ValueError(f"encoded as {self.encoding}")
        try:
            running = zlib.decompressobj(zlib.MAX_WBITS | 32)
            decoded = running.decompress(data, _LARGEST_PAGE)
        except zlib.error as error:
            raise ValueError("damaged") from error
        if not running.eof:
            raise ValueError("cut off, or too large")
        return decoded


def default_directory(environ: Mapping[str, str], platform: str) -> str:
    """Where pip keeps its cache unless its configuration says otherwise."""
    from weft.system.userdirs import cache_dir, home

    named = environ.get("PIP_CACHE_DIR")
    if named:
        return named
    if platform == "darwin":
        return f"{home(environ, platform)}/Library/Caches/pip"
    beside = os.path.dirname(cache_dir(environ, platform))
    if platform == "win32":
        return os.path.join(os.path.dirname(beside), "pip", "Cache")
    return os.path.join(beside, "pip")


def is_cache(directory: str) -> bool:
    """Whether a directory holds responses the way pip's cache does."""
    return any(os.path.isdir(os.path.join(directory, name)) for name in (_SEPARATE, _JOINED))


def responses(directory: str) -> Iterator[Response]:
    """Every whole response of status 200, by key; what cannot be read is left out."""
    for name in (_SEPARATE, _JOINED):
        for key, path in _entries(os.path.join(directory, name), 5):
            found = _read(path, key, separate=name == _SEPARATE)
            if found is not None:
                yield found


def response(directory: str, url: str) -> Response | None:
    """The cached response for a URL."""
    key = key_of(url)
    for name in (_SEPARATE, _JOINED):
        path = os.path.join(directory, name, *key[:5], key)
        found = _read(path, key, separate=name == _SEPARATE)
        if found is not None:
            return found
    return None


def key_of(url: str) -> str:
    """The key of a URL: scheme and host in lower case, no fragment, no empty path."""
    from hashlib import sha224

    scheme, _, rest = url.partition("#")[0].partition("://")
    place = min((at for at in map(rest.find, "/?") if at >= 0), default=len(rest))
    authority, path = rest[:place], rest[place:]
    if not path.startswith("/"):
        path = f"/{path}"
    return sha224(f"{scheme.lower()}://{authority.lower()}{path}".encode()).hexdigest()


def _entries(directory: str, depth: int) -> Iterator[tuple[str, str]]:
    """(key, path) of the files that lie as deep as entries do."""
    try:
        with os.scandir(directory) as listed:
            found = sorted(listed, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        if depth:
            if len(entry.name) == 1 and entry.is_dir(follow_symlinks=False):
                yield from _entries(entry.path, depth - 1)
        elif _DIGITS.issuperset(entry.name) and entry.is_file(follow_symlinks=False):
            yield entry.name, entry.path


def _read(path: str, key: str, *, separate: bool) -> Response | None:
    try:
        return _parse(path, key, separate=separate)
    except (OSError, ValueError):
        return None


def _parse(path: str, key: str, *, separate: bool) -> Response | None:
    """The response in a file; None for one that is no answer with a body. Raises ValueError."""
    import mmap

    from weft.ops.msgpack import decode

    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(len(_FORMAT)) != _FORMAT or (separate and size > _LARGEST_HEAD):
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            decoded = decode(data, len(_FORMAT))
    answer = decoded.get("response") if isinstance(decoded, dict) else None
    if not isinstance(answer, dict) or answer.get("status") != 200:
        return None
    headers = answer.get("headers")
    if not isinstance(headers, dict):
        return None
    if separate:
        path += _BODY
        start, size = 0, os.stat(path).st_size
    else:
        body = answer.get("body")
        if not isinstance(body, slice):
            return None
        start, size = body.start, body.stop - body.start
    lower = {str(name).lower(): str(text) for name, text in headers.items()}
    length = lower.get("content-length", "")
    if length.isdigit() and int(length) != size:
        return None  # it was cut off
    return Response(
        key,
        lower.get("content-type", "").partition(";")[0].strip().lower(),
        lower.get("content-encoding", "").strip().lower(),
        path,
        start,
        size,
    )
