"""Credentials: which of them belong to a URL.

Owns the search: the URL itself, the index that it belongs to (whose credentials come with its URL
or from the environment), and, when a server asks for them, the places of `index.auth_sources`.
Refuses to send anything to another origin than the one it is for, and to show a password.
Follows RFC 7617 (Basic) and RFC 6750 (Bearer).
"""

from __future__ import annotations

from weft.core.value import value
from weft.index.urls import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.core.events import Sink
    from weft.index.auth_sources import Source
    from weft.index.locations import IndexLocation


@value
class Login:
    """A user and a password, None where it is not known. Shows neither.

    With the `scheme` "bearer" there is no user, and the password is a token.
    """

    user: str
    password: str | None = None
    scheme: str = "basic"

    def __repr__(self) -> str:
        return "Login(****)"

    @property
    def header(self) -> str:
        """The value of `Authorization`."""
        if self.scheme == "bearer":
            return f"Bearer {self.password or ''}"
        from binascii import b2a_base64

        text = f"{self.user}:{self.password or ''}"
        return "Basic " + b2a_base64(text.encode(), newline=False).decode()


class Fixed:
    """A `transport.Authenticator` that sends one header to one origin, None for nothing."""

    def __init__(self, origin: str, header: str | None) -> None:
        self._origin = origin
        self._header = header

    def known(self, url: Url) -> str | None:
        return self._header if url.origin == self._origin else None

    def challenged(self, _url: Url, _status: int) -> str | None:
        return None


class Keychain:
    """A `transport.Authenticator` over the locations of a run. Thread-safe.

    `environ` gives what `auth_sources` reads and the `PATH` on which `keyring` is found. With
    `keyring` the command is asked for passwords of names that are known, and for names where an
    index has `authenticate = "always"`.
    """

    def __init__(
        self,
        locations: Sequence[IndexLocation],
        environ: Mapping[str, str],
        *,
        keyring: bool = False,
        sink: Sink | None = None,
    ) -> None:
        from _thread import allocate_lock

        self.locations = locations
        self._environ = environ
        self._keyring = keyring
        self._sink = sink
        self._lock = allocate_lock()
        self._accepted: dict[str, Login] = {}
        self._sources: Sequence[Source] | None = None

    def known(self, url: Url) -> str | None:
        """The header to send before anybody asks for it.

        Raises FetchFailure where an index wants one always and nobody is known.
        """
        location = self.location(url)
        if location is not None and location.authenticate == "never":
            return None
        login = self.given(url, location) or self._accepted_at(url)
        always = location is not None and location.authenticate == "always"
        if login is None and always:
            login = self._sought(url, location, user="")
            if login is None:
                from weft.index.failures import FetchFailure

                raise FetchFailure(url.public, f"Missing credentials for: {url.public}")
        if login is None:
            return None
        if login.password is None:
            login = self._sought(url, location, user=login.user) or login
        return login.header

    def challenged(self, url: Url, _status: int) -> str | None:
        """The header to try now that the server refused; remembered for what lies around it."""
        location = self.location(url)
        if location is not None and location.authenticate == "never":
            return None
        given = self.given(url, location)
        if given is not None and given.password is not None:
            return None  # what the user wrote is wrong; another password would only hide that
        login = self._sought(url, location, user=given.user if given is not None else "")
        if login is None and given is None:  # the files of an index, elsewhere on its server
            near = [at for at in list(self._accepted) if Url.parse(at).origin == url.origin]
            login = self._accepted[near[0]] if near else None
            if login is not None:
                self._accepted.setdefault(url.origin, login)
        return None if login is None else login.header

    def sources(self) -> Sequence[Source]:
        """Where credentials are sought that nobody gave, in their order."""
        if self._sources is None:
            from weft.index.auth_sources import sources

            self._sources = sources(self._environ, self._sink, keyring=self._keyring)
        return self._sources

    def given(self, url: Url, location: IndexLocation | None) -> Login | None:
        """What the URL says, its index, or another index of the same server."""
        if url.user is not None and (url.user or url.password):
            return Login(url.user, url.password)
        if location is not None and location.login is not None:
            return location.login
        same = [each for each in self.locations if each.login and each.origin == url.origin]
        return same[0].login if same else None

    def location(self, url: Url) -> IndexLocation | None:
        """The location that a URL lies below; the longest one if there are several."""
        public = url.public
        found = [each for each in self.locations if _is_below(public, each.url)]
        return max(found, key=lambda each: len(each.url), default=None)

    def services(self, url: Url, location: IndexLocation | None) -> tuple[str, ...]:
        """What keyrings may call the server of a URL."""
        return (location.url if location is not None else url.public, url.place, url.origin)

    def _accepted_at(self, url: Url) -> Login | None:
        public = url.public
        found = [prefix for prefix in list(self._accepted) if _is_below(public, prefix)]
        return self._accepted[max(found, key=len)] if found else None

    def _sought(self, url: Url, location: IndexLocation | None, *, user: str) -> Login | None:
        nameless = location is not None and location.authenticate == "always"
        services = self.services(url, location)
        with self._lock:
            for source in self.sources():
                found = source.find(url, user, services=services, nameless=nameless)
                if found is not None:
                    if not user:
                        self._accepted[found.prefix] = found.login
                    self._tell(f"Found credentials for `{url.origin}`: {source.name}")
                    return found.login
        return None

    def _tell(self, text: str) -> None:
        if self._sink is not None:
            from weft.core.events import Debug

            self._sink(Debug(text))


def _is_below(url: str, above: str) -> bool:
    return url == above or url.startswith(above.rstrip("/") + "/")


def environment_login(environ: Mapping[str, str], name: str) -> Login | None:
    """What `WEFT_INDEX_<NAME>_USERNAME` and `_PASSWORD` say of a named index, or `UV_INDEX_…`."""
    for prefix in ("WEFT", "UV"):
        user = environ.get(f"{prefix}_INDEX_{folded(name)}_USERNAME")
        password = environ.get(f"{prefix}_INDEX_{folded(name)}_PASSWORD")
        if user or password:
            return Login(user or "", password)
    return None


def folded(name: str) -> str:
    """The name of an index as variables spell it."""
    return "".join(char if char.isascii() and char.isalnum() else "_" for char in name.upper())
