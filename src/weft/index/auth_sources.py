"""Where credentials are sought when the URL and the settings have none.

Owns the sources in their order: netrc, the file of `weft auth login`, uv's, the `keyring` command;
and for each, in words, what it knows of a URL. Refuses to decide when they are asked
(`index.auth` does) and to show what they answer.
Follows the netrc file of `ftp(1)`, as the standard library reads it.
"""

from __future__ import annotations

import sys

from weft.core.errors import WeftError
from weft.index.auth import Login
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    from weft.core.events import Sink
    from weft.index.auth_keyring import Keyring
    from weft.index.auth_store import CredentialsFile, Entry
    from weft.index.urls import Url

    Credentials = tuple[str, str | None, str | None]  # of netrc: user, account, password

    class Source(Protocol):
        """A place that may know the credentials of a URL."""

        name: str
        place: str  # a path, or empty
        reason: str  # why the last `find` found nothing

        def find(
            self, url: Url, user: str, *, services: Sequence[str], nameless: bool
        ) -> Found | None: ...


class Found:
    """A login and the URL below which it may be sent without having been asked for."""

    __slots__ = ("login", "prefix")

    def __init__(self, login: Login, prefix: str) -> None:
        self.login = login
        self.prefix = prefix


class Netrc:
    """The user's netrc; one that is broken or absent knows nobody."""

    name = "netrc"

    def __init__(self, environ: Mapping[str, str]) -> None:
        from weft.system.userdirs import home

        given = environ.get("NETRC")
        place = home(environ, sys.platform)
        names = (given,) if given else (f"{place}/.netrc", f"{place}/_netrc")
        self.place = next((name for name in names if os.path.isfile(name)), names[0])
        self.reason = ""
        self._look: Callable[[str], Credentials | None] | None = None
        self._broken = ""

    def find(
        self, url: Url, user: str, *, services: Sequence[str] = (), nameless: bool = False
    ) -> Found | None:
        """The entry of the host, or the default one, if it is of `user` where one is named."""
        del services, nameless
        if self._look is None:
            self._look = self._read()
        found = self._look(url.host.strip("[]"))
        if found is None:
            self.reason = self._broken or f"no entry for `{url.host}`"
            return None
        if user and found[0] != user:
            self.reason = f"the entry for `{url.host}` is of another user"
            return None
        return Found(Login(found[0], found[2] or ""), url.origin)

    def _read(self) -> Callable[[str], Credentials | None]:
        from netrc import NetrcParseError, netrc

        if os.path.isfile(self.place):
            try:
                return netrc(self.place).authenticators
            except (NetrcParseError, OSError, UnicodeDecodeError):
                self._broken = "the file cannot be read as a netrc"
        else:
            self._broken = "there is no such file"
        return lambda _host: None


class Stored:
    """A credentials file. One that cannot be used is a warning, once."""

    def __init__(
        self, file: CredentialsFile, sink: Sink | None, keyring: Keyring, *, name: str, now: float
    ) -> None:
        self.name = name
        self.place = file.path
        self._file = file
        self._sink = sink
        self._keyring = keyring
        self._now = now
        self._entries: list[Entry] | None = None
        self._broken = ""
        self.reason = ""

    def find(
        self, url: Url, user: str, *, services: Sequence[str] = (), nameless: bool = False
    ) -> Found | None:
        """The closest entry above `url`; of several users of it nobody is taken."""
        from weft.index.auth_store import Ambiguous, best

        del services, nameless
        if self._entries is None:
            self._entries = self._read()
        try:
            entry = best(self._entries, url, user=user, now=self._now)
        except Ambiguous as error:
            self.reason = error.message
            self._warn(error)
            return None
        if entry is None:
            self.reason = self._broken or f"no entry for `{url.origin}`"
            return None
        login: Login | None = entry.login
        if entry.login.password is None:
            login = self._keyring.get((entry.service,), entry.login.user)
            self.reason = f"the keyring has no password for `{entry.service}`"
        return None if login is None else Found(login, entry.service)

    def _read(self) -> list[Entry]:
        try:
            entries = self._file.entries()
        except WeftError as error:
            self._broken = "the file cannot be used"
            self._warn(error)
            return []
        self._broken = "" if os.path.exists(self.place) else "there is no such file"
        if entries and self._file.is_open():
            text = f"Other users can read the credentials in `{self.place}`"
            self._warn(WeftError(text, hints=(f"Run `chmod 600 {self.place}`",)))
        return entries

    def _warn(self, error: WeftError) -> None:
        if self._sink is not None:
            from weft.core.events import Warned

            self._sink(Warned(error.message, error.hints, error.__cause__))


class Asked:
    """The `keyring` command; without a name it is asked only where an index wants it so."""

    name = "keyring"
    place = ""

    def __init__(self, keyring: Keyring, *, enabled: bool) -> None:
        self._keyring = keyring
        self._enabled = enabled
        self.reason = ""

    def find(self, url: Url, user: str, *, services: Sequence[str], nameless: bool) -> Found | None:
        """Ask about the index, the server and the origin, as `services` name them."""
        if not self._enabled:
            self.reason = "not asked: `keyring-provider` is `disabled`"
            return None
        if not user and not nameless:
            self.reason = "not asked without a username, unless `authenticate` is `always`"
            return None
        login = self._keyring.get(tuple(services), user)
        self.reason = "the command has no password"
        return None if login is None else Found(login, url.origin)


def sources(
    environ: Mapping[str, str], sink: Sink | None, *, keyring: bool, now: float | None = None
) -> tuple[Source, ...]:
    """All of them, in the order in which they are asked. `keyring` enables the command."""
    import time

    from weft.index.auth_keyring import Keyring
    from weft.index.auth_store import CredentialsFile, directory_of, other_directory

    command = Keyring(environ, sink)
    moment = time.time() if now is None else now
    files = [
        Stored(CredentialsFile(find(environ, sys.platform)), sink, command, name=name, now=moment)
        for find, name in ((directory_of, "weft-auth"), (other_directory, "uv-auth"))
    ]
    return (Netrc(environ), *files, Asked(command, enabled=keyring))


def stored_login(text: str, environ: Mapping[str, str], sink: Sink | None) -> Login | None:
    """What `weft auth login` or `uv auth login` keeps for a URL: a user and a password."""
    from weft.index.urls import Url

    for source in sources(environ, sink, keyring=False):
        if isinstance(source, Stored):
            found = source.find(Url.parse(text), "")
            if found is not None and found.login.scheme == "basic":
                return found.login
    return None
