"""`weft auth logout`: forget the credentials of a service.

Owns which entry goes: the one of exactly this service and user. Refuses to change the files of
other tools.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.ops.auth_service import TOKEN_USER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.auth_store import CredentialsFile
    from weft.ops.auth_service import Service
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0. Raises WeftError where nobody of that name is logged in."""
    from weft.core.events import Note
    from weft.ops.auth_service import (
        credentials_file,
        given_service,
        given_user,
        keyring,
        uses_keyring,
    )

    service = given_service(context)
    user = given_user(context, service)
    if user == "":
        raise WeftError("Username cannot be empty")
    user = user or TOKEN_USER
    file = credentials_file(context)
    removed = file.remove(service.url, user)
    where = ""
    if removed is None and not uses_keyring(context):
        raise _nobody(context, file, service, user)
    if removed is None or removed.login.password is None:
        keyring(context).delete(service.url, user)
        where = " from the keyring"
    context.sink(Note(f"Removed credentials for {service.named(user)}{where}"))
    return 0


def _nobody(context: Context, file: CredentialsFile, service: Service, user: str) -> WeftError:
    from weft.index.auth_store import CredentialsFile, other_directory

    theirs = CredentialsFile(other_directory(context.environ, context.platform))
    hints: list[str] = []
    here = [entry.login.user for entry in file.entries() if entry.service == service.url]
    if here:
        users = ", ".join(f"`{name}`" for name in sorted(here))
        hints.append(f"Name the user with `--username`: {users}")
    else:
        try:
            there = [entry for entry in theirs.entries() if entry.service == service.url]
        except WeftError:
            there = []
        if there:
            hints.append(f"uv keeps it: run `uv auth logout {service.url}`")
    return WeftError(f"No matching entry found for `{service.named(user)}`", hints=tuple(hints))
