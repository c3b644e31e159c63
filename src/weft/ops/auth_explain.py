"""`weft auth explain`: which credentials a URL gets, and where from.

Owns the list of places in the order in which they are asked, as text and as JSON. Refuses to show
a secret, and asks the server only with `--check`.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.index.auth import Keychain, Login
    from weft.index.locations import IndexLocation
    from weft.index.urls import Url
    from weft.ops.context import Context


@value
class Answer:
    """What one place said. `user` is None where it has nothing, and `note` says why.

    `has_password` tells whether there is one. `place` is a path, a URL or names of variables.
    """

    source: str
    place: str
    user: str | None
    has_password: bool
    note: str


class Explained:
    """All that is to be told of a URL. `chosen` is the number of an answer, counted from zero."""

    def __init__(self, url: Url, location: IndexLocation | None) -> None:
        self.url = url
        self.location = location
        self.answers: list[Answer] = []
        self.chosen: int | None = None
        self.login: Login | None = None
        self.checks: list[tuple[str, str]] = []

    @property
    def policy(self) -> str:
        """`authenticate` of the index."""
        return "auto" if self.location is None else self.location.authenticate

    @property
    def is_sent_at_once(self) -> bool:
        """Whether no request goes without the credentials."""
        if self.chosen is None:
            return False
        return self.policy == "always" or self.answers[self.chosen].source in _GIVEN


# What a source is called in JSON, and by people.
_TITLES = {
    "url": "the URL",
    "index-variables": "the variables of the index",
    "index-url": "the URL of the index",
    "other-index": "another index of the same server",
    "netrc": "netrc",
    "weft-auth": "`weft auth login`",
    "uv-auth": "`uv auth login`",
    "keyring": "the `keyring` command",
}
_GIVEN = ("url", "index-variables", "index-url", "other-index")


def run(context: Context) -> int:
    """Exit code 1 where no place has credentials. Raises WeftError for words that are no URL."""
    from weft.index.auth import Keychain

    locations = _locations(context)
    keyring = context.settings.keyring_provider == "subprocess"
    keychain = Keychain(locations, context.environ, keyring=keyring, sink=context.sink)
    url = _url(context, locations)
    explained = Explained(url, keychain.location(url))
    _ask_settings(context, explained, keychain)
    _ask_sources(explained, keychain)
    if explained.policy == "never":
        explained.chosen = explained.login = None
    if context.settings.auth_check:
        _check(context, explained)
    if context.settings.output_format == "json":
        context.out(_as_json(explained))
    else:
        context.out("\n".join(_as_text(explained)))
    return 0 if explained.chosen is not None else 1


def _locations(context: Context) -> tuple[IndexLocation, ...]:
    from weft.ops.places import locations

    return locations(context, None).all


def _url(context: Context, locations: tuple[IndexLocation, ...]) -> Url:
    from weft.index.urls import Url

    text = context.settings.url or ""
    for each in locations:
        if each.name and each.name == text:
            return Url.parse(each.url)
    if "://" not in text and "." in text:
        text = f"https://{text}"
    url = Url.parse(text)
    if url.scheme not in ("http", "https") or not url.host:
        names = sorted(each.name for each in locations if each.name)
        known = f"The settings name these indexes: {', '.join(f'`{name}`' for name in names)}"
        hints = (known,) if names else ()
        raise WeftError(
            f"`{url.public}` is neither an HTTP URL nor the name of an index", hints=hints
        )
    return url


def _ask_settings(context: Context, explained: Explained, keychain: Keychain) -> None:
    """The places that somebody wrote something into: the URL, and the index of the settings."""
    url, location = explained.url, explained.location
    given = keychain.given(url, location)
    has = url.user is not None and bool(url.user or url.password)
    _add(explained, "url", "", given if has else None, "it has no credentials")
    if location is None:
        _add(explained, "index-url", "", None, "the URL belongs to no index of the settings")
    else:
        _ask_index(context, explained, location)
    if given is not None and explained.chosen is None:
        place = next(each.url for each in keychain.locations if each.login is given)
        _add(explained, "other-index", place, given, "")


def _ask_index(context: Context, explained: Explained, location: IndexLocation) -> None:
    from weft.index.auth import environment_login, folded

    told = None
    if location.name:
        told = environment_login(context.environ, location.name)
        names = [f"{tool}_INDEX_{folded(location.name)}" for tool in ("WEFT", "UV")]
        place = ", ".join(f"{name}_USERNAME, {name}_PASSWORD" for name in names)
        _add(explained, "index-variables", place, told, "none is set")
    inside = location.login if told is None else None
    why = "it has no credentials" if told is None else "not looked at"
    _add(explained, "index-url", location.url, inside, why)


def _ask_sources(explained: Explained, keychain: Keychain) -> None:
    """The places that are asked for what is missing."""
    url, location = explained.url, explained.location
    user = explained.login.user if explained.login is not None else ""
    services = keychain.services(url, location)
    for source in keychain.sources():
        if explained.login is not None and explained.login.password is not None:
            _add(explained, source.name, source.place, None, "not asked")
            continue
        found = source.find(url, user, services=services, nameless=explained.policy == "always")
        login = None if found is None else found.login
        _add(explained, source.name, source.place, login, source.reason)


def _add(explained: Explained, source: str, place: str, login: Login | None, note: str) -> None:
    has_password = login is not None and login.password is not None
    user = None if login is None else login.user
    explained.answers.append(
        Answer(source, place, user, has_password, "" if login is not None else note)
    )
    if login is not None and (explained.login is None or source not in _GIVEN):
        explained.login = login
        explained.chosen = len(explained.answers) - 1


def _check(context: Context, explained: Explained) -> None:
    """Ask the server, without credentials and with them."""
    from weft.index.auth import Fixed
    from weft.index.failures import FetchFailure, Offline, RetriesExhausted, describe_status
    from weft.index.transport import Transport
    from weft.ops.places import transport_settings

    tries: list[tuple[str, Login | None]] = [("anonymous", None)]
    if explained.login is not None:
        tries.append(("authenticated", explained.login))
    for kind, login in tries:
        header = login.header if login is not None else None
        fixed = Fixed(explained.url.origin, header)
        transport = Transport(transport_settings(context), fixed, sink=context.sink)
        every = frozenset(range(300, 600))
        try:
            response = transport.request("GET", explained.url.public, stream=True, expect=every)
            status = response.status
            explained.checks.append((kind, "200 OK" if status == 200 else describe_status(status)))
            response.close()
        except (FetchFailure, Offline, RetriesExhausted) as error:
            cause: BaseException = error
            while cause.__cause__ is not None:
                cause = cause.__cause__
            explained.checks.append((kind, str(cause)))
        finally:
            transport.close()


def _as_text(explained: Explained) -> list[str]:
    location = explained.location
    head = f"Credentials for {explained.url.public}"
    if location is not None:
        head += (
            f" (index `{location.name or location.url}`, authenticate = {location.authenticate})"
        )
    lines = [head]
    for number, answer in enumerate(explained.answers):
        mark = "*" if number == explained.chosen else " "
        place = f" ({answer.place})" if answer.place else ""
        lines.append(f"{mark} {_TITLES[answer.source]}{place}: {_told(answer)}")
    lines.append(_outcome(explained))
    words = {"anonymous": "without credentials", "authenticated": "with them"}
    lines += [f"The server says {words[kind]}: {said}" for kind, said in explained.checks]
    return lines


def _told(answer: Answer) -> str:
    if answer.user is None:
        return answer.note
    who = f"user `{answer.user}`" if answer.user else "a token"
    return f"{who}, password ****" if answer.has_password else f"{who}, no password"


def _outcome(explained: Explained) -> str:
    if explained.policy == "never":
        return 'Nothing is sent: the index has `authenticate = "never"`'
    if explained.chosen is None:
        if explained.policy == "always":
            return 'Nothing is found, and requests fail: the index has `authenticate = "always"`'
        return "Requests go without credentials; `weft auth login` keeps some"
    answer = explained.answers[explained.chosen]
    when = "at once" if explained.is_sent_at_once else "when the server asks for some"
    return f"Requests send those of {_TITLES[answer.source]} {when}"


def _as_json(explained: Explained) -> str:
    """See docs/reference/json.md."""
    import json

    location = explained.location
    return json.dumps(
        {
            "url": explained.url.public,
            "index": None
            if location is None
            else {"name": location.name or None, "url": location.url},
            "authenticate": explained.policy,
            "sources": [
                {
                    "source": answer.source,
                    "place": answer.place or None,
                    "found": answer.user is not None,
                    "username": answer.user,
                    "has_password": answer.has_password,
                    "reason": answer.note or None,
                    "used": number == explained.chosen,
                }
                for number, answer in enumerate(explained.answers)
            ],
            "sent": "never"
            if explained.chosen is None
            else "always"
            if explained.is_sent_at_once
            else "when asked",
            "server": dict(explained.checks) or None,
        },
        indent=2,
    )
