"""URLs as indexes need them: their parts, their credentials, and how to show them.

Owns taking URLs apart. Refuses to validate more than it needs. A URL that people may see goes
through `redact` first.
Follows RFC 3986.
"""

from __future__ import annotations

from weft.core.value import value

# What no URL has to quote: with a path of nothing else there is no need to load the quoting.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.-~")


@value
class Url:
    """The parts of an `http`, `https` or `file` URL. User and password are decoded, None if absent.

    `host` is lower-case, with brackets where it is IPv6; `port` None means the scheme's own.
    `rest` is path and query.
    """

    scheme: str
    user: str | None
    password: str | None
    host: str
    port: int | None
    rest: str

    def __repr__(self) -> str:
        return f"Url({self.public!r})"

    @staticmethod
    def parse(text: str) -> Url:
        """Any text; what does not make sense ends up in `rest`. The fragment is dropped."""
        text = text.partition("#")[0]
        scheme, mark, tail = text.partition("://")
        if not mark:
            return Url("", None, None, "", None, text)
        end = min((at for at in (tail.find("/"), tail.find("?")) if at >= 0), default=len(tail))
        login, at, place = tail[:end].rpartition("@")
        user = password = None
        if at:
            name, colon, secret = login.partition(":")
            user, password = _decode(name), _decode(secret) if colon else None
        host, port = _split_port(place)
        return Url(scheme.lower(), user, password, host.lower(), port, tail[end:])

    @property
    def origin(self) -> str:
        """`scheme://host[:port]` with the port left out where it is the scheme's own."""
        default = {"http": 80, "https": 443}.get(self.scheme)
        port = f":{self.port}" if self.port not in (None, default) else ""
        return f"{self.scheme}://{self.host}{port}"

    @property
    def place(self) -> str:
        """Host and port as written, what `Host:` and keyrings call the server."""
        return self.host + (f":{self.port}" if self.port is not None else "")

    @property
    def public(self) -> str:
        """The URL without credentials."""
        return f"{self.scheme}://{self.place}{self.rest}" if self.scheme else self.rest


def redact(url: str) -> str:
    """The URL as it may be shown: `https://user:****@host/`; a name alone may be a token."""
    parts = Url.parse(url)
    fragment = "#" + url.partition("#")[2] if "#" in url else ""
    if parts.user is None:
        return url
    from urllib.parse import quote

    if parts.password is None:
        login = "****" if parts.user else ""
    else:
        login = f"{quote(parts.user, safe='')}:****"
    at = "@" if login else ""
    return f"{parts.scheme}://{login}{at}{parts.place}{parts.rest}{fragment}"


def without_credentials(url: str) -> str:
    """The URL without user and password, its fragment kept."""
    authority = url.partition("://")[2].partition("/")[0]
    if "@" not in authority:
        return url
    fragment = "#" + url.partition("#")[2] if "#" in url else ""
    return Url.parse(url).public + fragment


def without_dots(url: str) -> str:
    """The URL with `.` and `..` in its path resolved, as RFC 3986 (5.2.4) does."""
    scheme, separator, rest = url.partition("://")
    host, slash, rest = rest.partition("/")
    path, end = rest, ""
    for mark in "#?":
        path, found, behind = path.partition(mark)
        end = found + behind + end
    kept: list[str] = []
    parts = path.split("/")
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if parts[-1] in (".", ".."):
        kept.append("")
    return f"{scheme}{separator}{host}{slash}{'/'.join(kept)}{end}"


def file_url(path: str) -> str:
    """The `file://` URL of an absolute path."""
    if _PLAIN.issuperset(path):
        return "file://" + path
    from urllib.parse import quote

    if path[1:2] == ":":  # a drive
        path = "/" + path.replace("\\", "/")
    return "file://" + quote(path, safe="/:@!$&'()*+,;=~[]|^", errors="surrogateescape")


def local_path(url: str) -> str | None:
    """The path that a `file://` URL names, None for other URLs."""
    if not url.startswith("file:"):
        return None
    path = url[5:].partition("#")[0].partition("?")[0]
    if path.startswith("//"):
        path = "/" + path[2:].partition("/")[2]  # `file://localhost/…` is `file:///…`
    if "%" not in path:
        return path
    from urllib.parse import unquote

    return unquote(path, errors="surrogateescape")


def _split_port(place: str) -> tuple[str, int | None]:
    host, colon, port = place.rpartition(":")
    if colon and port.isdecimal() and port.isascii() and not host.endswith(":"):
        return host, int(port)
    return (host, None) if colon and not port else (place, None)


def _decode(text: str) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)
