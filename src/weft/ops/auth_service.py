"""What the commands of `weft auth` share: the service that was named, and where credentials are.

Owns reading the argument with its user and password. Refuses to look credentials up.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.auth_keyring import Keyring
    from weft.index.auth_store import CredentialsFile
    from weft.ops.context import Context

TOKEN_USER = "__token__"  # noqa: S105  the name that goes with a token


@value
class Service:
    """`url` as it is stored, `asked` as it was given, both without credentials.

    `user` and `password` are those of the URL that was given.
    """

    url: str
    asked: str
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Service({self.url!r})"

    def named(self, user: str) -> str:
        """The service as messages show it."""
        return named(self.url, user)


def named(url: str, user: str) -> str:
    """A URL with its user where that is no token's."""
    return url if user in ("", TOKEN_USER) else f"{user}@{url}"


def given_service(context: Context) -> Service:
    """The argument of the command, which the parser has checked."""
    from weft.index.auth_store import service_of
    from weft.index.urls import Url

    text = context.settings.service or ""
    parts = Url.parse(text if "://" in text else f"https://{text}")
    asked = parts.public if parts.rest else f"{parts.public}/"
    return Service(service_of(text), asked, parts.user or None, parts.password)


def given_user(context: Context, service: Service) -> str | None:
    """The user of `--username` or of the URL. Raises WeftError for both."""
    named = context.settings.auth_username
    if named is not None and service.user is not None:
        raise WeftError(
            "Cannot specify a username both via the URL and CLI; found "
            f"`--username {named}` and `{service.user}`"
        )
    return service.user if named is None else named


def credentials_file(context: Context) -> CredentialsFile:
    """Weft's own file."""
    from weft.index.auth_store import CredentialsFile, directory_of

    directory = directory_of(context.environ, context.platform)
    return CredentialsFile(directory, timeout=context.settings.lock_timeout)


def uses_keyring(context: Context) -> bool:
    """Whether secrets go to the keyring instead of the file."""
    return context.settings.keyring_provider == "subprocess"


def keyring(context: Context) -> Keyring:
    """The `keyring` command of the person's environment."""
    from weft.index.auth_keyring import Keyring

    return Keyring(context.environ, context.sink)
