"""As whom `weft publish` uploads.

Owns the choice between what was given, trusted publishing, and asking the person at the terminal;
and the end of a token that was minted. Refuses to show any of it.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.events import Debug, Note, Warned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.auth import Login
    from weft.ops.context import Context
    from weft.ops.publish_target import Target
    from weft.publish.sender import Sender


class Access:
    """`open` it before the first upload and `close` it after the last."""

    def __init__(self, context: Context, target: Target, sender: Sender) -> None:
        self.context = context
        self.target = target
        self.sender = sender
        self.authorization: str | None = None
        self.minted = ""
        self.failure: WeftError | None = None

    def open(self) -> None:
        """Find credentials. Raises `WeftError` for those that contradict each other."""
        from weft.publish.credentials import authorization, chosen

        settings, destination = self.context.settings, self.target.destination
        user, password = settings.publish_username, settings.publish_password
        if settings.publish_token:
            user, password = "__token__", settings.publish_token
        login = chosen(destination, user=user, password=password)
        login = self.trusted(login) or login
        keyring = settings.keyring_provider == "subprocess"
        if keyring and login is not None and login.password is not None and not self.target.check:
            text = (
                "Using `--keyring-provider` with a password or token and no check URL has no effect"
            )
            self.context.sink(Warned(text))
        self.authorization = authorization(
            destination.url,
            login,
            environ=self.context.environ,
            keyring=keyring,
            sink=self.context.sink,
        )
        if self.authorization is None and not settings.dry_run:
            asked = _ask()
            self.authorization = asked.header if asked is not None else None

    def trusted(self, login: Login | None) -> Login | None:
        """The login of a minted token, None where trusted publishing is not to be used."""
        from weft.publish.trusted import USER, is_supported, mint

        context = self.context
        mode = context.settings.trusted_publishing
        keyring = context.settings.keyring_provider == "subprocess"
        if mode == "always":
            _refuse_others(login, keyring=keyring)
        elif mode == "never" or login is not None or keyring or not is_supported(context.environ):
            return None
        from weft.index.auth import Login as Made
        from weft.publish.errors import TrustFailure

        context.sink(Debug("Attempting to get a token for trusted publishing"))
        try:
            self.minted = mint(self.sender, self.target.destination.url)
        except WeftError as error:
            if mode == "always":
                raise TrustFailure(error) from error
            self.failure = error
            return None
        if context.environ.get("GITHUB_ACTIONS") == "true":
            context.out(f"::add-mask::{self.minted}")  # the log of the job then shows `***`
        return Made(USER, self.minted)

    def explain(self) -> None:
        """After an upload that failed: what was wrong with trusted publishing, if it was tried."""
        if self.failure is None:
            return
        from weft.core.events import Failed

        text = "Note: Trusted publishing also failed. To use it, check the error below."
        self.context.sink(Note(text))
        told = WeftError("Trusted publishing failed")
        told.__cause__ = self.failure
        self.context.sink(Failed(told))

    def close(self) -> None:
        """Give a minted token back; that it would expire anyway makes a failure a warning."""
        if not self.minted:
            return
        from weft.publish.trusted import burn

        try:
            burn(self.sender, self.target.destination.url, self.minted)
        except WeftError as error:
            text = "Failed to invalidate trusted publishing token. It will expire naturally."
            self.context.sink(Warned(f"{text} Cause: {error.message}"))


def _refuse_others(login: Login | None, *, keyring: bool) -> None:
    from weft.publish.errors import MixedCredentials

    given = []
    if login is not None and login.user:
        given.append("a username")
    if login is not None and login.password is not None:
        given.append("a password")
    if keyring:
        given.append("the keyring")
    if given:
        raise MixedCredentials(" and ".join(given))


def _ask() -> Login | None:
    """Name and password from the person at the terminal, None where there is none."""
    from weft.system.lean import os

    if not (os.isatty(0) and os.isatty(2)):
        return None
    from getpass import getpass

    from weft.index.auth import Login

    os.write(2, b"Enter username ('__token__' if using a token): ")
    with open(0, encoding="utf-8", errors="replace", closefd=False) as terminal:
        user = terminal.readline().strip()
    password = getpass("Enter password: ")
    return Login(user, password) if user else None
