"""`weft auth login`: keep the credentials of a service.

Owns who and what is kept, and asking for it at a terminal. Refuses to check credentials: services
have no common way to ask. A password goes to the file or to the keyring, and nowhere else.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.ops.auth_service import TOKEN_USER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.auth_service import Service
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0. Raises WeftError for credentials that contradict each other or are missing."""
    from weft.core.events import Note
    from weft.index.auth import Login
    from weft.index.auth_store import Entry
    from weft.ops.auth_service import (
        credentials_file,
        given_service,
        given_user,
        keyring,
        uses_keyring,
    )

    service = given_service(context)
    user = _user(context, given_user(context, service))
    login = Login(user, _password(context, service))
    file = credentials_file(context)
    where = ""
    if uses_keyring(context):
        keyring(context).set(service.url, login)
        login = Login(user)  # the entry says whom to ask the keyring about
        where = " in the keyring"
    file.insert(Entry(service.url, login))
    context.sink(Note(f"Stored credentials for {service.named(user)}{where}"))
    return 0


def _user(context: Context, named: str | None) -> str:
    token = context.settings.auth_token is not None
    if token and named not in (None, TOKEN_USER):
        raise WeftError(f"When using `--token`, a username cannot be provided; found: {named}")
    if named is None:
        named = TOKEN_USER if token else _asked("username: ")
    if named is None:
        raise WeftError("No username provided; did you mean to provide `--username` or `--token`?")
    if not named:
        raise WeftError("Username cannot be empty")
    if ":" in named:  # RFC 7617: it ends the name
        raise WeftError("Username cannot contain a colon")
    return _sendable(named, "Username")


def _password(context: Context, service: Service) -> str:
    settings = context.settings
    given, token = settings.auth_password, settings.auth_token
    if service.password is not None:
        if given is not None:
            raise WeftError("Cannot specify a password both via the URL and CLI")
        if token is not None:
            raise WeftError("Cannot include a password in the URL when using `--token`")
        given = service.password
    elif given is None:
        given = token
    if given == "-" and service.password is None:
        given = _line()
    if given is None:
        given = _asked("password: ", secret=True)
    if given is None:
        raise WeftError("No password provided; did you mean to provide `--password` or `--token`?")
    if not given:
        raise WeftError("Password cannot be empty")
    return _sendable(given, "Password")


def _line() -> str:
    """The first line of the standard input."""
    with open(0, encoding="utf-8", errors="surrogateescape", closefd=False) as stdin:
        return stdin.readline().strip()


def _asked(prompt: str, *, secret: bool = False) -> str | None:
    """What the person at the terminal answers, None where there is none."""
    from weft.system.lean import os

    if not (os.isatty(0) and os.isatty(2)):
        return None
    if secret:
        from getpass import getpass

        try:
            return getpass(prompt).strip()
        except EOFError:
            return ""
    os.write(2, prompt.encode())
    with open(0, encoding="utf-8", errors="surrogateescape", closefd=False) as terminal:
        return terminal.readline().strip()


def _sendable(text: str, what: str) -> str:
    """`text`, if a header and a file can hold it."""
    if not text.isprintable():
        raise WeftError(f"{what} cannot contain control characters or bytes that are no UTF-8")
    return text
