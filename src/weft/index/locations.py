"""Where distributions are looked for: indexes and find-links.

Owns what the words of options and settings mean. Refuses to look at what is there.
Follows PEP 503 for URLs.
"""

from __future__ import annotations

from weft.core.defaults import DEFAULT_INDEX
from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.index.auth import Login


class LocationError(WeftError):
    """Words that name no index. `text` has no credentials in it."""

    def __init__(self, text: str, reason: str) -> None:
        from weft.index.urls import redact

        super().__init__()
        self.text = redact(text)
        self.reason = reason

    @property
    def message(self) -> str:
        return f"Invalid index `{self.text}`: {self.reason}"


@value
class IndexLocation:
    """An index (`format` "simple") or a page or directory of files (`format` "flat").

    `url` has no credentials; they are in `login`. Directories are `file://` URLs.
    `authenticate` is "auto", "always" or "never". `ignore_error_codes` are statuses after which
    the search goes on at the next index. The `cache_control_…` texts, where not empty, take the
    place of the server's `Cache-Control` for pages and for files.
    """

    url: str
    name: str = ""
    default: bool = False
    explicit: bool = False
    format: str = "simple"
    authenticate: str = "auto"
    ignore_error_codes: tuple[int, ...] = ()
    cache_control_api: str = ""
    cache_control_files: str = ""
    login: Login | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        from weft.index.urls import Url

        return Url.parse(self.url).origin

    @property
    def shown(self) -> str:
        """The location as people wrote it: a path for a directory, `****` for a password."""
        from weft.index.urls import local_path, redact

        if self.url.startswith("file://"):
            return local_path(self.url) or self.url
        if self.login is None:
            return self.url
        return redact(_with_login(self.url, self.login))

    def page_url(self, project: str) -> str:
        """The URL of a project's page; a query of the index stays at the end."""
        path, mark, query = self.url.partition("?")
        return f"{path.rstrip('/')}/{project}/{mark}{query}"

    @staticmethod
    def parse(
        text: str,
        *,
        cwd: str,
        environ: Mapping[str, str] | None = None,
        name: str = "",
        default: bool = False,
        explicit: bool = False,
        format: str = "simple",
        authenticate: str = "auto",
        ignore_error_codes: tuple[int, ...] = (),
        cache_control_api: str = "",
        cache_control_files: str = "",
    ) -> IndexLocation:
        """`url`, `path`, `name=url` or `name=path`; `LocationError` for the rest.

        `environ` gives the credentials of named indexes, which go before those in the URL.
        """
        from weft.index.auth import Login, environment_login
        from weft.index.urls import Url, without_credentials

        head, equals, tail = text.partition("=")
        if equals and not name and is_index_name(head):
            name, text = head, tail
        if not text:
            raise LocationError(head, "the URL is missing")
        url = _absolute(text, cwd)
        parts = Url.parse(url)
        if parts.host.count("[") != parts.host.count("]"):
            raise LocationError(text, "invalid IPv6 address")
        login = environment_login(environ or {}, name) if name else None
        if login is None and parts.user is not None:
            login = Login(parts.user, parts.password)
        return IndexLocation(
            without_credentials(url).partition("#")[0],
            name,
            default,
            explicit,
            format,
            authenticate,
            ignore_error_codes,
            cache_control_api,
            cache_control_files,
            login,
        )


@value
class Locations:
    """All places of a run, in the order in which they are searched; the default index is last.

    `strategy` is "first-index", "unsafe-first-match" or "unsafe-best-match". With `no_index` only
    `find_links` count.
    """

    indexes: tuple[IndexLocation, ...] = ()
    find_links: tuple[IndexLocation, ...] = ()
    no_index: bool = False
    strategy: str = "first-index"

    @staticmethod
    def of(
        indexes: Sequence[IndexLocation],
        find_links: Sequence[IndexLocation] = (),
        *,
        no_index: bool = False,
        strategy: str = "first-index",
    ) -> Locations:
        """Put the default index last and the public one in its place where none is given.

        Of several defaults, and of several indexes with one name, the first counts.
        """
        chosen: list[IndexLocation] = []
        names: set[str] = set()
        default: IndexLocation | None = None
        for each in indexes:
            if each.name and each.name in names:
                continue
            names.add(each.name)
            if not each.default:
                chosen.append(each)
            elif default is None:
                default = each
        last = default or IndexLocation(DEFAULT_INDEX, default=True)
        return Locations((*chosen, last), tuple(find_links), no_index, strategy)

    @property
    def all(self) -> tuple[IndexLocation, ...]:
        """Indexes and find-links: whoever may have credentials."""
        return (*self.indexes, *self.find_links)

    @property
    def only(self) -> IndexLocation | None:
        """The index on a server that is the one place of all; None where there are others."""
        if self.no_index or self.find_links or len(self.indexes) != 1:
            return None
        index = self.indexes[0]
        is_plain = index.format == "simple" and not index.explicit
        return index if is_plain and not index.url.startswith("file:") else None


def is_index_name(text: str) -> bool:
    """Whether `text` may name an index: letters, digits, `-`, `_` and `.`."""
    return bool(text) and text.isascii() and text.translate(_OTHERS).isalnum()


_OTHERS = str.maketrans("", "", "-_.")


def _absolute(text: str, cwd: str) -> str:
    """A URL as it is; a path as a `file://` URL."""
    if "://" in text:
        return text
    if text.startswith("file:"):
        text = text[5:]
    from weft.index.urls import file_url
    from weft.system.lean import os

    return file_url(os.path.abspath(os.path.join(cwd, os.path.expanduser(text))))


def _with_login(url: str, login: Login) -> str:
    from urllib.parse import quote

    secret = ":" + quote(login.password, safe="") if login.password is not None else ""
    return url.replace("://", f"://{quote(login.user, safe='')}{secret}@", 1)
