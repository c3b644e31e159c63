"""Addresses of Git repositories in requirements: `git+https://host/repository@reference#…`.

Owns taking them apart. Refuses to run Git, and every scheme but `https`, `http`, `ssh` and `file`:
others (`ext::`) would let a requirement name a command to run.
Follows https://packaging.python.org/specifications/version-specifiers/#direct-references, and
gitrevisions(7) for what a commit looks like.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.syntax import SyntaxFailure
from weft.core.value import value

_SCHEMES = ("https", "http", "ssh", "file")
_PORTS = {"https": "443", "http": "80", "ssh": "22"}
_COMMIT_DIGITS = 40
_FEWEST_DIGITS = 7
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


class GitUrlError(WeftError):
    """`text` does not name a Git repository; the cause says why."""

    def __init__(self, text: str, reason: str, *, hints: tuple[str, ...] = ()) -> None:
        super().__init__(hints=hints)
        self.text = _public(text)
        self.__cause__ = SyntaxFailure(self.text, reason, position=0, length=len(self.text))

    @property
    def message(self) -> str:
        return f"Failed to parse: `{self.text}`"


@value
class GitUrl:
    """A repository, and what is asked for of it.

    `repository` is a URL without `git+`, credentials, query and fragment; the user of an SSH
    address is part of it. `login` holds the credentials of an HTTP address as they were written,
    `user:password` or a token, percent-encoded. `reference` is a branch, tag, `refs/…`, or a
    commit of at least seven digits; None means the remote's HEAD. `subdirectory` is relative to
    the top of the repository, None for the top itself. `egg` is the name in an old-style fragment.
    """

    repository: str
    reference: str | None = None
    subdirectory: str | None = None
    lfs: bool = False
    egg: str = ""
    login: str = ""

    def __repr__(self) -> str:
        return f"GitUrl({self.text!r})"

    @property
    def shown(self) -> str:
        """The repository as people may see it, credentials as `****`."""
        return show_repository(self.repository, self.login)

    @property
    def text(self) -> str:
        """The whole address as people may see it."""
        fragment = [f"subdirectory={self.subdirectory}"] if self.subdirectory else []
        fragment += ["lfs=true"] if self.lfs else []
        reference = f"@{self.reference}" if self.reference is not None else ""
        return f"git+{self.shown}{reference}{'#' * bool(fragment)}{'&'.join(fragment)}"

    @property
    def commit(self) -> str | None:
        """The reference in lower case where it is a whole commit: 40 hexadecimal digits."""
        reference = self.reference or ""
        return reference.lower() if is_commit(reference) else None

    @property
    def may_be_commit(self) -> bool:
        """Whether the reference could be the beginning of a commit."""
        reference = self.reference or ""
        return len(reference) >= _FEWEST_DIGITS and _HEXADECIMAL.issuperset(reference)


def is_commit(text: str) -> bool:
    """Whether `text` is a whole commit."""
    return len(text) == _COMMIT_DIGITS and _HEXADECIMAL.issuperset(text)


def parse_git_url(text: str, *, lfs: bool = False) -> GitUrl:
    """Take apart `git+<scheme>://…`. Raises GitUrlError.

    The reference follows the only `@` of the path; one of its own is written `%40`. A query is
    dropped. `lfs` holds where the fragment does not say.
    """
    address, _, fragment = text.partition("#")
    address = address.removeprefix("git+")
    scheme, colon, rest = address.partition(":")
    scheme = scheme.lower()
    if not colon or "@" in scheme or "/" in scheme:
        raise GitUrlError(
            text,
            f"Not a valid URL: {_public(address)}",
            hints=_ssh_hint(address),
        )
    if scheme not in _SCHEMES:
        raise GitUrlError(
            text,
            f"Unsupported Git URL scheme `{scheme}:` in `{_public(address)}` "
            "(expected one of `https:`, `ssh:`, or `file:`)",
        )
    if any(character < " " or character == "\x7f" for character in text):
        raise GitUrlError(text, "A URL cannot contain control characters")
    authority, path = _split(rest, scheme)
    path, reference = _split_reference(path.partition("?")[0], text, f"{scheme}:{rest}")
    login, host = _split_host(authority, scheme, text)
    asked = _parse_fragment(fragment)
    subdirectory = asked.get("subdirectory", "").strip("/")
    return GitUrl(
        f"{scheme}://{host}{path or '/'}".replace(" ", "%20"),
        reference,
        subdirectory or None,
        asked.get("lfs", "true" if lfs else "").lower() == "true",
        asked.get("egg", ""),
        login,
    )


def show_repository(repository: str, login: str) -> str:
    """The address with the login in it, its secret parts as `****`."""
    if not login:
        return repository
    from weft.index.urls import redact

    return redact(repository.replace("://", f"://{login}@", 1))


def _split(rest: str, scheme: str) -> tuple[str, str]:
    """What follows the scheme as authority and path."""
    if not rest.startswith("//"):
        return "", "/" + rest.lstrip("/")
    tail = rest[2:]
    end = min((at for at in map(tail.find, "/?") if at >= 0), default=len(tail))
    if scheme == "file" and tail[:end].lower() == "localhost":
        return "", tail[end:]
    return tail[:end], tail[end:]


def _split_reference(path: str, text: str, address: str) -> tuple[str, str | None]:
    if "@" not in path:
        return path, None
    if path.count("@") > 1:
        raise GitUrlError(
            text,
            f"Ambiguous Git URL `{_public(address)}`: the path contains multiple `@` characters. "
            "If the Git revision contains `@`, percent-encode it as `%40`",
        )
    from urllib.parse import unquote

    path, _, reference = path.partition("@")
    return path, unquote(reference)


def _split_host(authority: str, scheme: str, text: str) -> tuple[str, str]:
    """The login and the host of an authority in normal form. Raises GitUrlError."""
    login, _, host = authority.rpartition("@")
    host = host.lower()
    name, colon, port = host.rpartition(":")
    if colon and not host.endswith("]"):
        if port and not (port.isascii() and port.isdecimal() and int(port) < 65536):
            raise GitUrlError(text, "invalid port number", hints=_ssh_hint(text))
        host = name if port in ("", _PORTS.get(scheme)) else host
    if scheme == "file":
        return "", host
    # A name that begins with `-` would be an option to programs that Git hands it to.
    if not host or host.startswith("-") or login.startswith("-"):
        raise GitUrlError(text, f"Not a valid URL: {scheme}://{host}")
    if scheme == "ssh":
        user = login.partition(":")[0]  # SSH takes no password from an address
        return "", f"{user}@{host}" if user else host
    return login, host


def _parse_fragment(fragment: str) -> dict[str, str]:
    from urllib.parse import unquote

    pairs = (part.partition("=") for part in fragment.split("&"))
    return {name: unquote(found) for name, _, found in pairs}


def _ssh_hint(address: str) -> tuple[str, ...]:
    """For `user@host:path`, which SSH tools take, and which is no URL."""
    address = address.removeprefix("git+").removeprefix("ssh://")
    host, colon, path = address.partition(":")
    if not colon or "/" in host or path.startswith("/"):
        return ()
    return (f"Write the address as a URL: `git+ssh://{host}/{path}`",)


def _public(address: str) -> str:
    """Without credentials, and without escapes for the terminal."""
    from weft.index.urls import redact

    return "".join(each if each.isprintable() else "\ufffd" for each in redact(address))
