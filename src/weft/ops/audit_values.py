"""What an audit is about and what it finds.

Owns the values, and the reading of OSV's answers into them. Refuses to ask anybody.
Follows https://ossf.github.io/osv-schema/ and https://google.github.io/osv.dev/post-v1-querybatch/.
Answers are hostile: everything in them is checked, and nothing of them gets into a path or onto a
terminal as it is.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BEST = ("PYSEC-", "GHSA-", "CVE-")
_LONGEST = 128
_OF_IDENTIFIERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:+")


@value
class Dependency:
    """A locked or installed package. `index` is the URL that it came from, "" for none."""

    name: str
    version: str
    index: str = ""


@value
class Vulnerability:
    """One record about one dependency. Texts are as they may be shown; times as OSV has them."""

    dependency: Dependency
    identifier: str
    aliases: tuple[str, ...] = ()
    summary: str | None = None
    description: str | None = None
    link: str = ""
    fix_versions: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None

    @property
    def shown(self) -> str:
        """The identifier that people know best: PYSEC before GHSA before CVE."""
        for prefix in _BEST:
            for each in (self.identifier, *self.aliases):
                if each.startswith(prefix):
                    return each
        return self.identifier

    def is_called(self, names: frozenset[str]) -> frozenset[str]:
        """Those of `names` that are its identifier or an alias."""
        return names.intersection((self.identifier, *self.aliases))


@value
class Status:
    """What an index says about a project: archived, quarantined or deprecated (PEP 792)."""

    name: str
    status: str
    reason: str | None = None


class BadAnswer(WeftError):
    """A service answered with something that is no answer; the cause says what is wrong."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    @property
    def message(self) -> str:
        return f"error decoding response body for url ({self.url})"


class BadRecord(WeftError):
    """The record of a vulnerability is none; the cause says why."""

    def __init__(self, identifier: str, cause: WeftError) -> None:
        super().__init__()
        self.identifier = identifier
        self.__cause__ = cause

    @property
    def message(self) -> str:
        return f"OSV returned a malformed vulnerability record for `{self.identifier}`"


def decoded(body: bytes, url: str) -> dict[str, Any]:
    """The object that a body holds. Raises BadAnswer."""
    import json

    try:
        document = json.loads(body)
    except json.JSONDecodeError as error:
        raise BadAnswer(url) from WeftError(
            f"expected value at line {error.lineno} column {error.colno}"
        )
    except (ValueError, RecursionError):
        raise BadAnswer(url) from WeftError("the body is no JSON that can be read")
    if not isinstance(document, dict):
        raise BadAnswer(url) from WeftError("expected an object")
    return document


def read_batch(body: bytes, url: str, *, asked: int) -> list[tuple[tuple[str, ...], str | None]]:
    """For each query the identifiers of one page, and the token of the next. Raises BadAnswer."""
    results = decoded(body, url).get("results")
    if not isinstance(results, list):
        raise BadAnswer(url) from WeftError("missing field `results`")
    if len(results) != asked:
        raise BadAnswer(url) from WeftError(f"expected {asked} results, found {len(results)}")
    pages = []
    for result in results:
        if not isinstance(result, dict):
            raise BadAnswer(url) from WeftError("expected an object in `results`")
        token = result.get("next_page_token")
        if token is not None and not isinstance(token, str):
            raise BadAnswer(url) from WeftError("expected a string in `next_page_token`")
        listed = result.get("vulns") or ()
        if not isinstance(listed, (list, tuple)):
            raise BadAnswer(url) from WeftError("expected a list in `vulns`")
        pages.append((tuple([_identifier(each, url) for each in listed]), token or None))
    return pages


def _identifier(item: object, url: str) -> str:
    from weft.store.errors import shown

    found = item.get("id") if isinstance(item, dict) else None
    if not isinstance(found, str):
        raise BadAnswer(url) from WeftError("missing field `id`")
    if not is_identifier(found):
        raise BadAnswer(url) from WeftError(f"`{shown(found)}` is not an identifier")
    return found


def is_identifier(text: str) -> bool:
    """Whether it can be a part of an address and of a message without doing harm."""
    whole = 0 < len(text) <= _LONGEST and _OF_IDENTIFIERS.issuperset(text)
    return whole and text.strip(".") != ""


def read_record(
    body: bytes, url: str, *, identifier: str, dependencies: tuple[Dependency, ...]
) -> tuple[Vulnerability, ...]:
    """What a record says about each of these. Raises BadRecord."""
    try:
        record = decoded(body, url)
        if record.get("id") != identifier:
            raise BadAnswer(url) from WeftError("the record has another `id`")
        modified = _text(record, "modified", url)
        if modified is None:
            raise BadAnswer(url) from WeftError("missing field `modified`")
        aliases = tuple([each for each in _list(record, "aliases", url) if _is_alias(each)])
        summary = _text(record, "summary", url)
        told = plain(summary.strip().replace("\n", "")) if summary is not None else None
        return tuple(
            [
                Vulnerability(
                    dependency,
                    identifier,
                    aliases,
                    told,
                    _text(record, "details", url),
                    _link(record, url, identifier),
                    _fixes(record, url),
                    _text(record, "published", url),
                    modified,
                )
                for dependency in dependencies
            ]
        )
    except BadAnswer as error:
        raise BadRecord(identifier, error) from error


def _is_alias(item: object) -> bool:
    return isinstance(item, str) and is_identifier(item)


def _text(record: dict[str, Any], key: str, url: str) -> str | None:
    found = record.get(key)
    if found is not None and not isinstance(found, str):
        raise BadAnswer(url) from WeftError(f"expected a string in `{key}`")
    return found


def _list(record: dict[str, Any], key: str, url: str) -> list[Any]:
    found = record.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise BadAnswer(url) from WeftError(f"expected a list in `{key}`")
    return found


def plain(text: str) -> str:
    """On one line, without what a terminal would obey."""
    return "".join([each if each.isprintable() else " " for each in text])


def _link(record: dict[str, Any], url: str, identifier: str) -> str:
    """The first advisory, else the first page, else the one that OSV has for everything."""
    from weft.core.defaults import OSV_PAGE

    listed = [each for each in _list(record, "references", url) if isinstance(each, dict)]
    for kind in ("ADVISORY", "WEB"):
        for each in listed:
            link = each.get("url")
            if each.get("type") == kind and isinstance(link, str) and _is_link(link):
                return link
    return OSV_PAGE + identifier


def _is_link(text: str) -> bool:
    """Whether people and programs can follow it as it stands."""
    return text.startswith(("http://", "https://")) and text.isprintable() and " " not in text


def _fixes(record: dict[str, Any], url: str) -> tuple[str, ...]:
    """The versions that `affected` calls fixed; what is no version is left out."""
    from weft.core.version import Version, VersionError

    found = []
    for affected in _list(record, "affected", url):
        ranges = _list(affected, "ranges", url) if isinstance(affected, dict) else ()
        for each in ranges:
            if not isinstance(each, dict) or each.get("type") != "ECOSYSTEM":
                continue
            for event in _list(each, "events", url):
                fixed = event.get("fixed") if isinstance(event, dict) else None
                if isinstance(fixed, str):
                    try:
                        found.append(Version.parse(fixed).text)
                    except VersionError:
                        continue
    return tuple(found)
