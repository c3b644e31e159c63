"""`weft auth token`: the password or token that is kept for a service.

Owns the answer on stdout. Refuses other places than those that `weft auth login` writes to and
uv's file: what a URL gets from everywhere is `weft auth explain`.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.ops.auth_service import TOKEN_USER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.auth import Login
    from weft.index.urls import Url
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0. Raises WeftError where nothing is kept."""
    from weft.index.urls import Url
    from weft.ops.auth_service import given_service, given_user, named

    service = given_service(context)
    user = given_user(context, service)
    if user == "":
        raise WeftError("Username cannot be empty")
    url = Url.parse(service.asked)
    login = stored(context, url, user or TOKEN_USER)
    if login is None and user is None:
        login = stored(context, url, "", scheme="bearer")
    if login is None:
        shown = named(service.asked, user or "")
        error = WeftError(
            f"Failed to fetch credentials for `{shown}`", hints=_hints(context, url, user)
        )
        raise error
    context.out(login.password or "")
    return 0


def stored(context: Context, url: Url, user: str, *, scheme: str = "basic") -> Login | None:
    """What our file, uv's or the keyring has for `user`, whose password is there.

    Raises WeftError for a file that cannot be used, and Ambiguous where no user is named and
    there are several.
    """
    from weft.index.auth_store import CredentialsFile, best, other_directory
    from weft.ops.auth_service import credentials_file, keyring, uses_keyring

    theirs = CredentialsFile(other_directory(context.environ, context.platform))
    for file in (credentials_file(context), theirs):
        entries = [each for each in file.entries() if each.login.scheme == scheme or not user]
        entry = best(entries, url, user=user, now=context.now)
        if entry is None or (scheme == "bearer" and entry.login.scheme != scheme):
            continue
        if entry.login.password is not None:
            return entry.login
        found = keyring(context).get((entry.service,), entry.login.user)
        if found is not None:
            return found
    if uses_keyring(context) and user:
        services = (url.public, url.place, url.origin)
        return keyring(context).get(services, user)
    return None


def _hints(context: Context, url: Url, user: str | None) -> tuple[str, ...]:
    from weft.ops.auth_service import credentials_file

    if user is not None:
        return ()
    users = {entry.login.user for entry in credentials_file(context).entries() if entry.covers(url)}
    if not users:
        return ()
    return (f"Name the user with `--username`: {', '.join(f'`{each}`' for each in sorted(users))}",)
