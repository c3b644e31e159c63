"""As whom to upload.

Owns the order in which credentials are looked for: those that were given, those of the URL, a
minted token, the `keyring` command for a name, then the places of `index.auth_sources`. Refuses to
ask people (`ops.publish` does) and to send anything: the result is the value of one header.
Follows RFC 7617 (Basic), and the convention of `__token__` as the name that goes with a token.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.index.auth import Login
from weft.index.urls import Url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.events import Sink


@value
class Destination:
    """Where uploads go. `url` has no credentials, `shown` has them hidden.

    `login` is who was named so far; its password is None where only a name is known.
    """

    url: str
    shown: str
    login: Login | None = None

    @staticmethod
    def parse(text: str) -> Destination:
        """A URL that may hold credentials."""
        from weft.index.urls import redact

        parts = Url.parse(text)
        login = Login(parts.user or "", parts.password) if parts.user or parts.password else None
        public = parts.public if parts.rest else f"{parts.public}/"
        return Destination(public, redact(text if parts.rest else f"{text}/"), login)


def chosen(destination: Destination, *, user: str | None, password: str | None) -> Login | None:
    """What was given together with what the URL says; an empty name where there is none.

    Raises `WeftError` where both say something.
    """
    inside = destination.login
    if inside is not None and inside.password is not None:
        if password is not None and password != inside.password:
            raise _twice("password")
        password = inside.password
    if inside is not None and inside.user:
        if user is not None and user != inside.user:
            raise _twice("username")
        user = inside.user
    return Login(user or "", password) if user or password is not None else None


def authorization(
    url: str, login: Login | None, *, environ: Mapping[str, str], keyring: bool, sink: Sink
) -> str | None:
    """The value of `Authorization`; None where nobody is known.

    Raises `WeftError` for a password without a name. A warning tells where keyring has none.
    """
    from weft.index.auth import Keychain
    from weft.index.locations import IndexLocation

    if login is not None and not login.user:
        raise WeftError(
            "Attempted to publish with a password, but no username. Either provide a username "
            "with `--username` (`WEFT_PUBLISH_USERNAME`), or use `--token` "
            "(`WEFT_PUBLISH_TOKEN`) instead of a password."
        )
    if login is not None and login.password is not None:
        return login.header
    parts = Url.parse(url)
    place = IndexLocation(url, login=login, authenticate="always" if keyring else "auto")
    keychain = Keychain((place,), environ, keyring=keyring, sink=sink)
    if keyring and login is not None:
        from weft.index.auth_keyring import Keyring

        found = Keyring(environ, sink).get(keychain.services(parts, place), login.user)
        if found is not None:
            return found.header
        from weft.core.events import Warned

        sink(Warned(f"Keyring has no password for URL `{url}` and username `{login.user}`"))
        keychain = Keychain((place,), environ, sink=sink)
    header = keychain.challenged(parts, 401)
    return header or (login.header if login is not None else None)


def _twice(what: str) -> WeftError:
    return WeftError(f"The {what} can't be set both in the publish URL and in the CLI")
