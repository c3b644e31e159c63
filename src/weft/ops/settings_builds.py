"""The settings about builds that are tables in files: what they may hold and what becomes of them.

Owns `config-settings`, `extra-build-dependencies`, `extra-build-variables`, `dependency-metadata`
and `build-constraint-dependencies`: their form in files, and that of the flags which say the same.
Refuses to merge and to decide for a project: `ops.build_settings` does.
Follows PEP 517 (config settings) and PEP 508.
"""

from __future__ import annotations

from weft.core.names import normalize_name
from weft.core.value import value
from weft.ops.settings_schema import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from weft.ops.settings_schema import Path, Reader

    # One value, or several under one key, as they are written in a file.
    Several = str | tuple[str, ...]

_METADATA = (
    "name", "version", "requires-dist", "requires-python", "provides-extra", "provides-extras",
)  # fmt: skip
_STRING_OR_STRINGS = "a map from string to string or list of strings"


@value
class StaticMetadata:
    """What a user says about `name`: in this version, or in all of them where it is None."""

    name: str
    version: str | None
    requires_dist: tuple[str, ...]
    requires_python: str | None
    provides_extra: tuple[str, ...]

    def __str__(self) -> str:
        lists = (("requires-dist", self.requires_dist), ("provides-extra", self.provides_extra))
        texts = (("version", self.version), ("requires-python", self.requires_python))
        shown = [f'name = "{self.name}"']
        shown += [f'{key} = "{text}"' for key, text in texts if text is not None]
        for key, items in lists:
            if items:
                listed = ", ".join(f'"{item}"' for item in items)
                shown.append(f"{key} = [{listed}]")
        return f"{{{', '.join(shown)}}}"


def read(reader: Reader, key: str, item: object, path: Path) -> list[Any]:
    """The rows of one table or list. Raises TomlError."""
    readers: dict[str, Callable[[Reader, object, Path], list[Any]]] = {
        "config-settings": config_settings,
        "config-settings-package": config_settings_package,
        "extra-build-dependencies": extra_dependencies,
        "extra-build-variables": extra_variables,
        "dependency-metadata": dependency_metadata,
        "build-constraint-dependencies": build_constraints,
    }
    return readers[key](reader, item, path)


def config_settings(reader: Reader, item: object, path: Path) -> list[tuple[str, Several]]:
    """`(key, value or values)`."""
    if not isinstance(item, dict):
        raise reader.wrong(path, f"invalid type: {told(item)}, expected {_STRING_OR_STRINGS}")
    found: list[tuple[str, Several]] = []
    for key, inner in item.items():
        for text in inner if isinstance(inner, list) else [inner]:
            if not isinstance(text, str):
                reason = f"invalid type: {told(text)}, expected a string or list of strings"
                raise reader.wrong((*path, key), reason)
        found.append((key, tuple(inner) if isinstance(inner, list) else inner))
    return found


def config_settings_package(
    reader: Reader, item: object, path: Path
) -> list[tuple[str, str, Several]]:
    """`(normalized package, key, value or values)`."""
    found: list[tuple[str, str, Several]] = []
    for written, inner in _table(reader, item, path).items():
        reason = _name_fault(written)
        if reason:
            raise reader.wrong(path, f"Invalid package name: {reason}")
        settings = config_settings(reader, inner, (*path, written))
        found += [(normalize_name(written), key, content) for key, content in settings]
    return found


def extra_dependencies(reader: Reader, item: object, path: Path) -> list[tuple[str, str, bool]]:
    """`(normalized package, requirement, whether its version is the one being installed)`."""
    if not isinstance(item, dict):
        raise reader.wrong(path, f"invalid type: {told(item)}, expected a map with unique keys")
    found: list[tuple[str, str, bool]] = []
    seen: set[str] = set()
    for written, entries in item.items():
        name = _package(reader, written, (*path, written))
        if name in seen:
            raise reader.wrong(path, f"duplicate extra-build-dependencies for `{name}`")
        seen.add(name)
        for number, entry in enumerate(_sequence(reader, entries, (*path, written))):
            text, matches = _extra_dependency(reader, entry, (*path, written, number))
            found.append((name, text, matches))
    return found


def _extra_dependency(reader: Reader, entry: object, path: Path) -> tuple[str, bool]:
    if isinstance(entry, str):
        reader.check("requirement", entry, path)
        return entry, False
    if not isinstance(entry, dict):
        expected = "a requirement string or a table with requirement and match-runtime"
        raise reader.wrong(path, f"invalid type: {told(entry)}, expected {expected}")
    for key in ("requirement", "match-runtime"):
        if key not in entry:
            raise reader.wrong(path, f"missing field `{key}`")
    text = reader.string(entry["requirement"], (*path, "requirement"), "a string")
    reader.check("requirement", text, (*path, "requirement"))
    return text, reader.boolean(entry["match-runtime"], (*path, "match-runtime"))


def extra_variables(reader: Reader, item: object, path: Path) -> list[tuple[str, str, str]]:
    """`(normalized package, variable, content)`."""
    found = []
    for written, table in _table(reader, item, path).items():
        name = _package(reader, written, (*path, written))
        for variable, content in _table(reader, table, (*path, written)).items():
            text = reader.string(content, (*path, written, variable), "a string")
            found.append((name, variable, text))
    return found


def build_constraints(reader: Reader, item: object, path: Path) -> list[str]:
    """Requirements, those with hashes as a line of a requirements file has them."""
    found = []
    for number, entry in enumerate(_sequence(reader, item, path)):
        here = (*path, number)
        if isinstance(entry, str):
            reader.check("requirement", entry, here)
            found.append(entry)
            continue
        if not isinstance(entry, dict):
            expected = "a requirement string or a table with requirement and hashes"
            raise reader.wrong(here, f"invalid type: {told(entry)}, expected {expected}")
        for key in ("requirement", "hashes"):
            if key not in entry:
                raise reader.wrong(here, f"missing field `{key}`")
        text = reader.string(entry["requirement"], (*here, "requirement"), "a string")
        reader.check("requirement", text, (*here, "requirement"))
        hashes = reader.strings(entry["hashes"], (*here, "hashes"), "")
        found.append(" ".join((text, *(f"--hash={each}" for each in hashes))))
    return found


def dependency_metadata(reader: Reader, item: object, path: Path) -> list[StaticMetadata]:
    """What is told of packages."""
    found = []
    for number, table in enumerate(_sequence(reader, item, path)):
        here = (*path, number)
        if not isinstance(table, dict):
            raise reader.wrong(here, f"invalid type: {told(table)}, expected a table")
        for key in table:
            if key not in _METADATA:
                raise reader.unknown((*here, key), key, _METADATA)
        if "name" not in table:
            raise reader.wrong(here, "missing field `name`")
        found.append(_metadata(reader, table, here))
    return found


def _metadata(reader: Reader, table: dict[str, Any], path: Path) -> StaticMetadata:
    def text(key: str, check: str) -> str | None:
        if key not in table:
            return None
        found = reader.string(table[key], (*path, key), "a string")
        reader.check(check, found, (*path, key))
        return found

    extras = "provides-extras" if "provides-extras" in table else "provides-extra"
    return StaticMetadata(
        normalize_name(text("name", "name") or ""),
        text("version", "version"),
        tuple(_strings(reader, table, "requires-dist", path, check="requirement")),
        text("requires-python", "specifiers"),
        tuple(map(normalize_name, _strings(reader, table, extras, path, check="name"))),
    )


def _strings(
    reader: Reader, table: dict[str, Any], key: str, path: Path, *, check: str
) -> list[str]:
    return reader.strings(table.get(key, []), (*path, key), check)


def _table(reader: Reader, item: object, path: Path) -> dict[str, Any]:
    if isinstance(item, dict):
        return item
    raise reader.wrong(path, f"invalid type: {told(item)}, expected a map")


def _sequence(reader: Reader, item: object, path: Path) -> list[object]:
    if isinstance(item, list):
        return item
    raise reader.wrong(path, f"invalid type: {told(item)}, expected a sequence")


def _package(reader: Reader, written: str, path: Path) -> str:
    """The normal form of a key that is the name of a package."""
    reason = _name_fault(written)
    if reason:
        raise reader.wrong_key(path, reason)
    return normalize_name(written)


def _name_fault(written: str) -> str:
    from weft.ops.options_checks import wrong

    return wrong("name", written)


def general_settings(
    items: Iterable[str | tuple[str, Several]],
) -> tuple[tuple[str, Several], ...]:
    """Flags (`KEY=VALUE`, checked before) and rows of files alike, in their order."""
    return tuple([_setting(item) if isinstance(item, str) else item for item in items])


def package_settings(
    items: Iterable[str | tuple[str, str, Several]],
) -> tuple[tuple[str, str, Several], ...]:
    """Flags (`PACKAGE:KEY=VALUE`, checked before) and rows of files alike, in their order."""
    found = []
    for item in items:
        if isinstance(item, str):
            name, _, setting = item.partition(":")
            item = (normalize_name(name), *_setting(setting))
        found.append(item)
    return tuple(found)


def _setting(text: str) -> tuple[str, str]:
    key, _, content = text.partition("=")
    return key, content
