"""Where `weft publish` uploads to, and which index it asks what is there.

Owns how `--index`, `--publish-url`, `--check-url` and their settings become one place. Refuses
the network.
"""

from __future__ import annotations

from weft.core.errors import UsageError, WeftError
from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.client import IndexClient
    from weft.index.locations import IndexLocation
    from weft.ops.context import Context
    from weft.ops.session import Session
    from weft.publish.credentials import Destination

_EXCLUSIVE = (
    ("publish_index", "--index <INDEX>", "publish_url", "--publish-url <PUBLISH_URL>"),
    ("publish_index", "--index <INDEX>", "check_url", "--check-url <CHECK_URL>"),
    ("publish_token", "--token <TOKEN>", "publish_username", "--username <USERNAME>"),
    ("publish_token", "--token <TOKEN>", "publish_password", "--password <PASSWORD>"),
)


@value
class Target:
    """`check` is None where no index is to be asked."""

    destination: Destination
    check: IndexLocation | None = None


def read_target(context: Context) -> Target:
    """The place by settings. Raises `WeftError` for an index that is none or takes no uploads."""
    from weft.core.defaults import DEFAULT_UPLOAD
    from weft.index.locations import IndexLocation
    from weft.publish.credentials import Destination

    settings = context.settings
    _refuse_mixtures(context)
    if settings.publish_index:
        return _by_name(context, settings.publish_index)
    destination = Destination.parse(settings.publish_url or DEFAULT_UPLOAD)
    if not settings.check_url:
        return Target(destination)
    return Target(
        destination,
        IndexLocation.parse(settings.check_url, cwd=context.cwd, environ=context.environ),
    )


def _refuse_mixtures(context: Context) -> None:
    """What excludes each other on the command line does so in variables too; files give way."""
    settings = context.settings
    for one, one_shown, other, other_shown in _EXCLUSIVE:
        if not (getattr(settings, one) and getattr(settings, other)):
            continue
        places = [settings.sources.get(dest, "") for dest in (one, other)]
        if all(place.startswith(("-", "environment variable ")) for place in places):
            first, second = one_shown, other_shown
            if places[0].startswith("environment") and places[1].startswith("-"):
                first, second = second, first
            raise UsageError(f"the argument '{first}' cannot be used with '{second}'")


def _by_name(context: Context, name: str) -> Target:
    from weft.index.locations import IndexLocation
    from weft.publish.credentials import Destination

    known = [index for index in context.settings.index if index.name]
    index = next((index for index in known if index.name == name), None)
    if index is None:
        if not known:
            raise WeftError(f"No indexes were found, can't use index: `{name}`")
        listed = ", ".join(f"`{each.name}`" for each in known)
        raise WeftError(f"Index not found: `{name}`. Found indexes: {listed}")
    if not index.publish_url:
        raise WeftError(
            f"Index is missing a publish URL: `{name}`",
            hints=(f"Add `publish-url` to the `[[index]]` table of `{name}`",),
        )
    location = IndexLocation.parse(
        index.url,
        cwd=context.cwd,
        environ=context.environ,
        name=name,
        format=index.format,
        authenticate=index.authenticate,
        ignore_error_codes=index.ignore_error_codes,
    )
    destination = Destination.parse(index.publish_url)
    if destination.login is None and location.login is not None:
        from weft.index.auth import environment_login

        named = environment_login(context.environ, name)
        if named is not None or _is_same_server(location.url, destination.url):
            destination = replace(destination, login=location.login)
    return Target(destination, location)


def _is_same_server(one: str, other: str) -> bool:
    from weft.index.urls import Url

    return Url.parse(one).origin == Url.parse(other).origin


def pages(context: Context, session: Session, location: IndexLocation) -> IndexClient:
    """A client that asks the index anew: what it said a moment ago may have changed."""
    from weft.index.auth import Keychain
    from weft.index.client import IndexClient
    from weft.index.locations import Locations
    from weft.index.transport import Transport
    from weft.ops.places import transport_settings

    keyring = context.settings.keyring_provider == "subprocess"
    keychain = Keychain((location,), context.environ, keyring=keyring, sink=context.sink)
    transport = Transport(transport_settings(context), authenticator=keychain, sink=context.sink)
    return IndexClient(
        session.store,
        transport,
        locations=Locations((location,)),
        refresh=True,
        now=context.now,
        sink=context.sink,
    )
