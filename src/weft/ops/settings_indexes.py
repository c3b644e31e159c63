"""The indexes of a command, in order of priority.

Owns how `--index`, `--default-index`, their deprecated spellings and the tables of settings files
become one list. Refuses to look at any index.
"""

from __future__ import annotations

from weft.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


@value
class IndexSetting:
    """One configured index.

    `url` is a URL or an absolute path; `name` "" for unnamed; `default` marks the one that replaces
    PyPI; `explicit` ones are used only by `sources`. `format` is "simple" or "flat". `is_given`
    marks a name that a flag or variable gives: for `sources` it goes before those of the project.
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
    exclude_newer: str = ""
    publish_url: str = ""
    is_given: bool = False


def given(values: Mapping[str, Any], extra: Mapping[str, Any]) -> tuple[IndexSetting, ...]:
    """Those of `--index` and `--default-index` and their variables, in the order given."""
    configured = [_from_table(table) for table in extra.get("index", ((), (), ()))[0]]
    found = [_named(text, configured) for text in values.get("index", ())]
    if values.get("default_index"):
        found.append(_as_default(_named(values["default_index"], configured)))
    return tuple(found)


def merged(values: Mapping[str, Any], extra: Mapping[str, Any]) -> tuple[IndexSetting, ...]:
    """Command line and variables first, then the files' tables, then their deprecated keys.

    The first that is marked `default` replaces PyPI. Of two with one name the first counts.
    """
    tables, plain, urls = extra.get("index", ((), (), ()))
    configured = [_from_table(table) for table in tables]
    found = [_named(text, configured) for text in values.get("index", ())]
    for dest in ("default_index", "index_url"):
        if values.get(dest):
            found.append(_as_default(_named(values[dest], configured)))
    found += [_named(text, configured) for text in values.get("extra_index_url", ())]
    found += configured
    found += [IndexSetting(url) for url in plain]
    found += [IndexSetting(url, default=True) for url in urls]
    return _distinct(found)


def _named(text: str, configured: Sequence[IndexSetting]) -> IndexSetting:
    """`name=url`, the name of a configured index, a URL or a path."""
    for index in configured:
        if index.name and index.name == text:
            return index
    name, separator, url = text.partition("=")
    if separator and name and all(letter.isalnum() or letter in "-_." for letter in name):
        return IndexSetting(url, name, is_given=True)
    return IndexSetting(text)


def _as_default(index: IndexSetting) -> IndexSetting:
    return replace(index, default=True)


def _from_table(table: Mapping[str, Any]) -> IndexSetting:
    control = table.get("cache-control") or {}
    limit = table.get("exclude-newer", "")
    return IndexSetting(
        table["url"],
        table.get("name", ""),
        default=table.get("default", False),
        explicit=table.get("explicit", False),
        format=table.get("format", "simple"),
        authenticate=table.get("authenticate", "auto"),
        ignore_error_codes=tuple(table.get("ignore-error-codes", ())),
        cache_control_api=control.get("api", ""),
        cache_control_files=control.get("files", ""),
        exclude_newer="false" if limit is False else limit,
        publish_url=table.get("publish-url", ""),
    )


def _distinct(found: Sequence[IndexSetting]) -> tuple[IndexSetting, ...]:
    kept: list[IndexSetting] = []
    names: set[str] = set()
    for index in found:
        if index.name and index.name in names:
            continue
        names.add(index.name)
        if index not in kept:
            kept.append(index)
    return tuple(kept)
