"""Checks a settings table and makes values of it.

Owns what each key may hold and how a table of a file becomes flat values by key: `offline`,
`pip.strict`, `index`. Paths come out absolute, relative ones resolved against the file's directory.
Refuses to look for files and to merge them.
"""

from __future__ import annotations

from weft.ops.options import CHOICE, CHOICES, FLAG, LIST, NUMBER, PATH, PATHS, Option
from weft.ops.settings_keys import (
    AUDIT_KEYS,
    BOOLEAN,
    BUILD_KEYS,
    KEYS,
    OTHER_TYPES,
    PAIR_KEYS,
    PIP_KEYS,
    STRING,
    STRINGS,
    TABLES,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Path = tuple[str | int, ...]

_NAMES = {bool: "boolean", int: "integer", float: "floating point", str: "string"}


class Reader:
    """Reads one table. `text` is the document, `path` where in it the table stands."""

    def __init__(self, text: str, directory: str, path: Path) -> None:
        self.text = text
        self.directory = directory
        self.path = path
        self.rows = _rows_by_key()

    def read(self, table: object) -> dict[str, Any]:
        """Values by key. Raises TomlError for unknown keys and values of the wrong kind."""
        if not isinstance(table, dict):
            raise self.wrong(self.path, f"invalid type: {told(table)}, expected a table")
        values: dict[str, Any] = {}
        for key, item in table.items():
            if key not in KEYS:
                raise self.unknown((*self.path, key), key, KEYS)
            if key == "pip":
                self.read_table(key, item, PIP_KEYS, values)
            elif key == "audit":
                self.read_table(key, item, AUDIT_KEYS, values)
            else:
                self.keep(values, key, item, (*self.path, key))
        return values

    def read_table(
        self, name: str, table: object, known: tuple[str, ...], values: dict[str, Any]
    ) -> None:
        """The values of a table below this one, by `name.key`."""
        path = (*self.path, name)
        if not isinstance(table, dict):
            raise self.wrong(path, f"invalid type: {told(table)}, expected a table")
        for key, item in table.items():
            if key not in known:
                raise self.unknown((*path, key), key, known)
            self.keep(values, f"{name}.{key}", item, (*path, key))

    def keep(self, values: dict[str, Any], name: str, item: object, path: Path) -> None:
        bare = name.removeprefix("pip.")
        if name == "preview-features":
            self.features(item, path, values)
        elif name == "cache-keys":
            self.cache_keys(item, path)
        elif bare in PAIR_KEYS:
            values[name] = self.pairs(bare, item, path)
        elif bare in BUILD_KEYS:
            from weft.ops.settings_builds import read

            values[name] = read(self, bare, item, path)
        elif bare == "exclude-newer":
            values[name] = self.cutoff(item, path)
        elif name in OTHER_TYPES:
            values[name] = self.other(OTHER_TYPES[name], item, path)
        elif name in self.rows or bare in self.rows:
            values[name] = self.by_row(self.rows.get(name) or self.rows[bare], item, path)
        else:
            values[name] = item  # of a feature to come

    def by_row(self, option: Option, item: object, path: Path) -> object:
        check = option.mark("check") or ""
        if option.kind == FLAG:
            return self.boolean(item, path)
        if option.kind == NUMBER:
            return self.number(item, path)
        if option.kind in (LIST, PATHS):
            if check == "marker" and isinstance(item, str):
                item = [item]
            found = self.strings(item, path, check)
            if option.dest == "cache_volumes":
                return [self.absolute(text) for text in found]
            if option.dest == "find_links":
                return [self.located(text, path) for text in found]
            return found
        if check == "size" and isinstance(item, int) and not isinstance(item, bool):
            item = str(item)
        if option.kind in (CHOICE, CHOICES):
            return self.choice(option, item, path)
        text = self.string(item, path, "path string" if option.kind == PATH else "a string")
        if option.kind == PATH:
            return self.absolute(text)
        self.check(check, text, path)
        return self.located(text, path) if option.dest == "index_url" else text

    def cutoff(self, item: object, path: Path) -> str:
        """A time limit: text, `false`, or a table with a moment and maybe the span behind it."""
        if isinstance(item, bool):
            if item:
                raise self.wrong(path, "expected false to disable exclude-newer, got true")
            return "false"
        if not isinstance(item, dict):
            text = self.string(item, path, _CUTOFF)
            self.check("exclude_newer", text, path)
            return text
        if "timestamp" not in item:
            raise self.wrong(path, "missing field `timestamp`")
        found = ""
        for key in ("timestamp", "span"):
            if key in item:
                here = (*path, key)
                found = self.string(item[key], here, f"a {key} string")
                self.check("exclude_newer", found, here)
        return found

    def features(self, item: object, path: Path, values: dict[str, Any]) -> None:
        """Names of preview features, or whether all of them are on."""
        if isinstance(item, bool):
            values["preview"] = item
        elif isinstance(item, list):
            values["preview-features"] = self.strings(item, path, "")
        else:
            reason = f"invalid type: {told(item)}, expected {_FEATURES}"
            raise self.wrong(path, reason)

    def cache_keys(self, item: object, path: Path) -> None:
        """Only a check: whoever builds a project reads the keys of its own file."""
        from weft.project.cache_keys import wrong_cache_keys

        reason = wrong_cache_keys(item)
        if reason:
            raise self.wrong(path, reason)

    def other(self, kind: str, item: object, path: Path) -> object:
        if kind == BOOLEAN:
            return self.boolean(item, path)
        if kind == STRING:
            return self.string(item, path, "a string")
        if kind == STRINGS:
            return self.strings(item, path, "")
        assert kind == TABLES
        return self.indexes(item, path)

    def boolean(self, item: object, path: Path) -> bool:
        if isinstance(item, bool):
            return item
        raise self.wrong(path, f"invalid type: {told(item)}, expected a boolean")

    def number(self, item: object, path: Path) -> int:
        if isinstance(item, int) and not isinstance(item, bool):
            if item > 0:
                return item
            raise self.wrong(path, f"invalid value: integer `{item}`, expected a nonzero usize")
        raise self.wrong(path, f"invalid type: {told(item)}, expected a nonzero usize")

    def string(self, item: object, path: Path, expected: str) -> str:
        if isinstance(item, str):
            return item
        raise self.wrong(path, f"invalid type: {told(item)}, expected {expected}")

    def strings(self, item: object, path: Path, check: str) -> list[str]:
        if not isinstance(item, list):
            raise self.wrong(path, f"invalid type: {told(item)}, expected a sequence")
        found = []
        for index, element in enumerate(item):
            text = self.string(element, (*path, index), "a string")
            self.check(check, text, (*path, index))
            found.append(text)
        return found

    def choice(self, option: Option, item: object, path: Path) -> str:
        if not isinstance(item, str):
            raise self.wrong(path, "wanted string or table")
        rows = option.choices()
        for known, _, canonical in rows:
            if known == item:
                return canonical or known
        raise self.wrong(path, _unknown_variant(item, [row[0] for row in rows]))

    def check(self, check: str, text: str, path: Path) -> None:
        if not check:
            return
        from weft.ops.options_checks import wrong

        reason = wrong(check, text)
        if reason:
            raise self.wrong(path, reason)

    def pairs(self, key: str, item: object, path: Path) -> list[str]:
        """A table as the texts that its option takes: `NAME=VALUE`."""
        if not isinstance(item, dict):
            raise self.wrong(path, f"invalid type: {told(item)}, expected a map")
        found = []
        for name, inner in item.items():
            here = (*path, name)
            is_cutoff = key == "exclude-newer-package"
            text = self.cutoff(inner, here) if is_cutoff else self.string(inner, here, "a string")
            self.check(key.replace("-", "_"), f"{name}={text}", here)
            found.append(f"{name}={text}")
        return found

    def indexes(self, item: object, path: Path) -> list[dict[str, Any]]:
        if not isinstance(item, list):
            raise self.wrong(path, f"invalid type: {told(item)}, expected a sequence")
        found = []
        for number, table in enumerate(item):
            here = (*path, number)
            if not isinstance(table, dict):
                raise self.wrong(here, f"invalid type: {told(table)}, expected a table")
            if "url" not in table:
                raise self.wrong(here, "missing field `url`")
            found.append(self.one_index(table, here))
        return found

    def one_index(self, table: dict[str, Any], path: Path) -> dict[str, Any]:
        for key in ("url", "name", "format", "authenticate", "exclude-newer", "publish-url"):
            if key in table and table[key] is not False:
                self.string(table[key], (*path, key), "a string")
        if isinstance(table.get("exclude-newer"), str):
            self.check("exclude_newer", table["exclude-newer"], (*path, "exclude-newer"))
        for key in ("default", "explicit"):
            if key in table:
                self.boolean(table[key], (*path, key))
        for key, known in (("format", ("simple", "flat")), ("authenticate", _AUTHENTICATE)):
            if key in table and table[key] not in known:
                raise self.wrong((*path, key), _unknown_variant(table[key], known))
        name, url = table.get("name"), table["url"]
        if name:
            self.check("index_name", name, (*path, "name"))
        elif table.get("explicit") and name is None:
            reason = f"An index with `explicit = true` requires a `name`: {url}"
            raise self.wrong(path[:-1], reason)
        return {**table, "url": self.located(url, (*path, "url"))}

    def located(self, text: str, path: Path) -> str:
        """A URL as it is, a path made absolute."""
        if not text:
            raise self.wrong(path, "path could not be converted to an absolute path: ")
        return text if "://" in text else self.absolute(text)

    def absolute(self, text: str) -> str:
        from weft.system.lean import os

        return os.path.normpath(os.path.join(self.directory, text))

    def wrong(self, path: Path, reason: str) -> Exception:
        from weft.ops.settings_toml import wrong_value

        return wrong_value(self.text, path, reason)

    def wrong_key(self, path: Path, reason: str) -> Exception:
        from weft.ops.settings_toml import wrong_key

        return wrong_key(self.text, path, reason)

    def unknown(self, path: Path, key: str, known: tuple[str, ...]) -> Exception:
        from weft.ops.known_names import did_you_mean
        from weft.ops.settings_toml import wrong_key

        listed = ", ".join(f"`{name}`" for name in known)
        reason = f"unknown field `{key}`, expected one of {listed}"
        return wrong_key(self.text, path, reason, did_you_mean(key, known))


_AUTHENTICATE = ("auto", "always", "never")
_CUTOFF = (
    "a date/timestamp/duration string, false to disable exclude-newer, or a table with "
    "timestamp/span"
)
_FEATURES = "a boolean or a list of preview feature names"


def _unknown_variant(text: str, known: Sequence[str]) -> str:
    listed = [f"`{name}`" for name in known]
    wanted = " or ".join(listed) if len(listed) == 2 else f"one of {', '.join(listed)}"
    return f"unknown variant `{text}`, expected {wanted}"


def told(item: object) -> str:
    """A value in the words of messages: `string "x"`, `integer `1``, `map`."""
    if isinstance(item, bool):
        return f"boolean `{str(item).lower()}`"
    if isinstance(item, str):
        return f'string "{item}"'
    if isinstance(item, dict):
        return "map"
    if isinstance(item, list):
        return "sequence"
    return f"{_NAMES.get(type(item), 'datetime')} `{item}`"


def _rows_by_key() -> dict[str, Option]:
    """Every option that files can set, by its key."""
    from weft.ops.options import all_rows

    return {row[5]: Option(row) for row in all_rows() if row[5]}
