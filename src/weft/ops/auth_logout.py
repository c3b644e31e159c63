"""`weft auth logout`: forget the credentials of a service.

Owns which entry goes: the one of exactly this service and user. Refuses to change the files of
other tools.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.ops.auth_service import TOKEN_USER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.index.auth_store import Entry
    from weft.ops.auth_service import Service
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0. Raises WeftError where nobody of that name is logged in."""
    from weft.core.events import Note
    from weft.ops.auth_service import (
        credentials_file,
        given_service,
        given_user,
        uses_keyring,
    )

    service = given_service(context)
    user = given_user(context, service)
    if user == "":
        raise WeftError("Username cannot be empty")
    user = user or TOKEN_USER
    file = credentials_file(context)
    mine = [each for each in file.entries() if each.service == service.url]
    entry = next((each for each in mine if each.login.user == user), None)
    if entry is None and not uses_keyring(context):
        raise _nobody(context, mine, service, user)
    where = ""
    if entry is None or entry.login.password is None:
        _forget(context, service, user, is_known=entry is not None)
        where = " from the keyring"
    file.remove(service.url, user)
    context.sink(Note(f"Removed credentials for {service.named(user)}{where}"))
    return 0


def _forget(context: Context, service: Service, user: str, *, is_known: bool) -> None:
    """Remove the password from the keyring; an entry of ours goes even where it has none."""
    from weft.core.events import Warned
    from weft.index.auth_keyring import KeyringFailure
    from weft.ops.auth_service import keyring

    try:
        keyring(context).delete(service.url, user)
    except KeyringFailure as error:
        if not is_known:
            raise
        context.sink(Warned(error.message, (), error.__cause__))


def _nobody(context: Context, mine: Sequence[Entry], service: Service, user: str) -> WeftError:
    from weft.index.auth_store import CredentialsFile, other_directory

    theirs = CredentialsFile(other_directory(context.environ, context.platform))
    hints: list[str] = []
    if mine:
        users = ", ".join(f"`{name}`" for name in sorted(each.login.user for each in mine))
        hints.append(f"Name the user with `--username`: {users}")
    else:
        try:
            there = [entry for entry in theirs.entries() if entry.service == service.url]
        except WeftError:
            there = []
        if there:
            hints.append(f"uv keeps it: run `uv auth logout {service.url}`")
    return WeftError(f"No matching entry found for `{service.named(user)}`", hints=tuple(hints))
