"""Credentials: which of them belong to a URL.

Owns the search: the URL itself, the index that it belongs to (whose credentials come with its URL
or from the environment), and, when a server asks for them, netrc and the `keyring` command.
Refuses to send anything to another origin than the one it is for, and to show a password.
Follows RFC 7617 (Basic).
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weft.core.events import Sink
    from weft.index.locations import IndexLocation
    from weft.index.urls import Url

_KEYRING_SECONDS = 60.0


@value
class Login:
    """A user and a password, None where it is not known. Shows neither."""

    user: str
    password: str | None = None

    def __repr__(self) -> str:
        return "Login(****)"

    @property
    def header(self) -> str:
        """The value of `Authorization`."""
        from binascii import b2a_base64

        text = f"{self.user}:{self.password or ''}"
        return "Basic " + b2a_base64(text.encode(), newline=False).decode()


class Keychain:
    """A `transport.Authenticator` over the locations of a run. Thread-safe.

    `environ` gives `NETRC`, `HOME` and the `PATH` on which `keyring` is found. With `keyring` the
    command is asked for passwords of names that are known, and for names where an index has
    `authenticate = "always"`.
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

        self._locations = locations
        self._environ = environ
        self._keyring = keyring
        self._sink = sink
        self._lock = allocate_lock()
        self._answers: dict[tuple[str, str], Login | None] = {}
        self._accepted: dict[str, Login] = {}
        self._netrc: Callable[[str], tuple[str, str, str] | None] | None = None

    def known(self, url: Url) -> str | None:
        """The header to send before anybody asks for it."""
        location = self._location(url)
        if location is not None and location.authenticate == "never":
            return None
        login = self._given(url, location) or self._accepted.get(url.origin)
        if login is None and location is not None and location.authenticate == "always":
            login = self._from_keyring(url, location, user="")
        if login is None:
            return None
        if login.password is None:
            login = self._from_keyring(url, location, user=login.user) or login
        return login.header

    def challenged(self, url: Url, _status: int) -> str | None:
        """The header to try now that the server refused; remembered for its whole origin."""
        location = self._location(url)
        if location is not None and location.authenticate == "never":
            return None
        given = self._given(url, location)
        if given is not None and given.password is not None:
            return None  # what the user wrote is wrong; another password would only hide that
        login = self._from_netrc(url, given)
        if login is not None:
            self._accepted[url.origin] = login
            return login.header
        return None

    def _given(self, url: Url, location: IndexLocation | None) -> Login | None:
        if url.user is not None and (url.user or url.password):
            return Login(url.user, url.password)
        if location is not None and location.login is not None:
            return location.login
        same = [each for each in self._locations if each.login and each.origin == url.origin]
        return same[0].login if same else None

    def _location(self, url: Url) -> IndexLocation | None:
        """The location that a URL lies below; the longest one if there are several."""
        public = url.public
        found = [
            each
            for each in self._locations
            if public == each.url or public.startswith(each.url.rstrip("/") + "/")
        ]
        return max(found, key=lambda each: len(each.url), default=None)

    def _from_netrc(self, url: Url, given: Login | None) -> Login | None:
        with self._lock:
            if self._netrc is None:
                self._netrc = _read_netrc(self._environ)
        found = self._netrc(url.host.strip("[]"))
        if found is None or (given is not None and given.user != found[0]):
            return None
        return Login(found[0], found[2])

    def _from_keyring(self, url: Url, location: IndexLocation | None, *, user: str) -> Login | None:
        """Ask about the index, the server, the origin; each question is put once per run."""
        if not self._keyring:
            return None
        services = (location.url if location is not None else url.public, url.place, url.origin)
        with self._lock:
            for service in services:
                key = (service, user)
                if key not in self._answers:
                    self._answers[key] = self._ask_keyring(service, user) if self._keyring else None
                if self._answers[key] is not None:
                    return self._answers[key]
        return None

    def _ask_keyring(self, service: str, user: str) -> Login | None:
        from weft.core.errors import WeftError
        from weft.system.process import run

        question = ("get", service, user) if user else ("--mode", "creds", "get", service)
        try:
            done = run(("keyring", *question), env=self._environ, timeout=_KEYRING_SECONDS)
        except WeftError as error:
            self._keyring = False  # it is not installed, or hangs: once is enough
            self._warn(error.message)
            return None
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        if done.code != 0 or len(lines) < (1 if user else 2):
            return None
        return Login(user, lines[0]) if user else Login(lines[0], lines[1])

    def _warn(self, text: str) -> None:
        if self._sink is not None:
            from weft.core.events import Warned

            self._sink(Warned(text))


def environment_login(environ: Mapping[str, str], name: str) -> Login | None:
    """What `WEFT_INDEX_<NAME>_USERNAME` and `_PASSWORD` say of a named index, or `UV_INDEX_…`."""
    folded = "".join(char if char.isascii() and char.isalnum() else "_" for char in name.upper())
    for prefix in ("WEFT", "UV"):
        user = environ.get(f"{prefix}_INDEX_{folded}_USERNAME")
        password = environ.get(f"{prefix}_INDEX_{folded}_PASSWORD")
        if user or password:
            return Login(user or "", password)
    return None


def _read_netrc(
    environ: Mapping[str, str],
) -> Callable[[str], tuple[str, str, str] | None]:
    """The look-up by host in the user's netrc; one that is broken or absent knows nobody."""
    import os
    from netrc import NetrcParseError, netrc

    home = environ.get("HOME", "")
    names = (environ["NETRC"],) if environ.get("NETRC") else (f"{home}/.netrc", f"{home}/_netrc")
    for name in names:
        if os.path.isfile(name):
            try:
                found = netrc(name)
            except (NetrcParseError, OSError, UnicodeDecodeError):
                break
            return lambda host: _entry(found.authenticators(host))
    return lambda _host: None


def _entry(found: tuple[str, str | None, str | None] | None) -> tuple[str, str, str] | None:
    return (found[0], found[1] or "", found[2] or "") if found is not None else None
