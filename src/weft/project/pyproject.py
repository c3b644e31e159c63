"""A typed view of the parts of `pyproject.toml` that declare dependencies.

Owns `[project]`, its optional dependencies, `[dependency-groups]` as written, and of `[tool.uv]`
the sources, indexes and workspace. Refuses to read the file, to change it and to ask a build
backend: what is declared `dynamic` is reported as such.
Follows the pyproject.toml specification (PEP 621) and PEP 735.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import NormalizedName, is_valid_name, normalize_name
from weft.core.value import value
from weft.project.source_table import SourcesError, read_sources
from weft.project.toml import TomlError, described, locate, parse_toml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from weft.project.source_table import SourceEntry

    # A requirement, or ("include-group", name as written).
    GroupEntry = str | tuple[str, str]


class PyprojectError(WeftError):
    """`path` is not a usable `pyproject.toml`; the cause says where and why."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Failed to parse: {path}")
        self.path = path


@value
class Pyproject:
    """`name` is None without a `[project]` table; extras and groups have normal names.

    `indexes` are URLs (or paths, as written) by name. `workspace` is the members and the excluded
    directories, as globs, of a file that is the root of a workspace. `tables` is the whole file.
    """

    path: str
    name: NormalizedName | None
    requires_python: str | None
    dynamic: tuple[str, ...]
    dependencies: tuple[str, ...]
    extras: Mapping[NormalizedName, tuple[str, ...]]
    groups: Mapping[NormalizedName, tuple[GroupEntry, ...]]
    sources: Mapping[NormalizedName, tuple[SourceEntry, ...]]
    indexes: Mapping[str, str]
    workspace: tuple[tuple[str, ...], tuple[str, ...]] | None
    tables: Mapping[str, Any] = {}


def parse_pyproject(text: str, path: str) -> Pyproject:
    """Raises PyprojectError with a TomlError as its cause."""
    try:
        tables = parse_toml(text)
        return _Reader(text, tables).read(path)
    except (TomlError, SourcesError) as error:
        raise PyprojectError(path) from error


class _Reader:
    """Checks types while reading; every complaint points at the value."""

    def __init__(self, text: str, tables: dict[str, Any]) -> None:
        self.text = text
        self.tables = tables

    def read(self, path: str) -> Pyproject:
        project = self._table(self.tables, ("project",))
        return Pyproject(
            path=path,
            name=self._name(project) if "project" in self.tables else None,
            requires_python=self._string(project, ("project", "requires-python")),
            dynamic=self._strings(project, ("project", "dynamic")),
            dependencies=self._strings(project, ("project", "dependencies")),
            extras=self._extras(project),
            groups=self._groups(),
            sources=read_sources(self._settings("sources"), self.text),
            indexes=self._indexes(),
            workspace=self._workspace(),
            tables=self.tables,
        )

    def _name(self, project: dict[str, Any]) -> NormalizedName:
        name = self._string(project, ("project", "name"))
        if name is None:
            raise self._error(
                ("project",),
                "`pyproject.toml` is using the `[project]` table, but the required `project.name` "
                "field is not set",
            )
        return self._normal(name, ("project", "name"))

    def _extras(self, project: dict[str, Any]) -> dict[NormalizedName, tuple[str, ...]]:
        where = ("project", "optional-dependencies")
        table = self._table(project, where)
        extras: dict[NormalizedName, tuple[str, ...]] = {}
        for written in table:
            name = self._normal(written, (*where, written))
            if name in extras:
                raise self._error(where, f"duplicate optional dependency group: `{name}`")
            extras[name] = self._strings(table, (*where, written))
        return extras

    def _groups(self) -> dict[NormalizedName, tuple[GroupEntry, ...]]:
        where = ("dependency-groups",)
        table = self._table(self.tables, where)
        groups: dict[NormalizedName, tuple[GroupEntry, ...]] = {}
        for written, entries in table.items():
            place = (*where, written)
            name = self._normal(written, place)
            if name in groups:
                raise self._error(where, f"duplicate dependency group: `{name}`")
            if not isinstance(entries, list):
                raise self._type(place, entries, "a sequence")
            groups[name] = tuple(self._entry(entry, name, place) for entry in entries)
        return groups

    def _entry(self, entry: object, group: str, place: tuple[str, ...]) -> GroupEntry:
        if isinstance(entry, str):
            return entry
        if not isinstance(entry, dict):
            raise self._type(place, entry, "a string or a map with the `include-group` key")
        included = entry.get("include-group")
        if len(entry) != 1 or not isinstance(included, str):
            shown = ", ".join(f'"{key}": {_shown(item)}' for key, item in entry.items())
            raise self._error(
                place,
                f"Group `{group}` contains an unknown dependency object specifier: {{{shown}}}",
            )
        return "include-group", included

    def _settings(self, key: str) -> dict[str, Any]:
        """The table `[tool.uv.KEY]`."""
        place: tuple[str, ...] = ()
        table = self.tables
        for name in ("tool", "uv", key):
            place = (*place, name)
            table = self._table(table, place)
        return table

    def _indexes(self) -> dict[str, str]:
        """Those with a name; whatever else is wrong with them, settings complain about."""
        found: dict[str, str] = {}
        uv = self._table(self._table(self.tables, ("tool",)), ("tool", "uv"))
        listed = uv.get("index")
        for table in listed if isinstance(listed, list) else ():
            if isinstance(table, dict):
                name, url = table.get("name"), table.get("url")
                if isinstance(name, str) and isinstance(url, str):
                    found.setdefault(name, url)
        return found

    def _workspace(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        uv = self._table(self._table(self.tables, ("tool",)), ("tool", "uv"))
        if "workspace" not in uv:
            return None
        where = ("tool", "uv", "workspace")
        table = self._table(uv, where)
        return self._strings(table, (*where, "members")), self._strings(table, (*where, "exclude"))

    def _table(self, parent: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
        item = parent.get(place[-1], {})
        if not isinstance(item, dict):
            raise self._type(place, item, "a map")
        return item

    def _string(self, parent: dict[str, Any], place: tuple[str, ...]) -> str | None:
        item = parent.get(place[-1])
        if item is not None and not isinstance(item, str):
            raise self._type(place, item, "a string")
        return item

    def _strings(self, parent: dict[str, Any], place: tuple[str, ...]) -> tuple[str, ...]:
        items = parent.get(place[-1], [])
        if not isinstance(items, list):
            raise self._type(place, items, "a sequence")
        for item in items:
            if not isinstance(item, str):
                raise self._type(place, item, "a string")
        return tuple(items)

    def _normal(self, name: str, place: tuple[str, ...]) -> NormalizedName:
        if not is_valid_name(name):
            raise self._error(place, invalid_name(name))
        return normalize_name(name)

    def _type(self, place: tuple[str, ...], item: object, expected: str) -> TomlError:
        return self._error(place, f"invalid type: {described(item)}, expected {expected}")

    def _error(self, place: tuple[str, ...], reason: str) -> TomlError:
        line, column, width = locate(self.text, place)
        return TomlError(reason, self.text, line=line, column=column, width=width)


def invalid_name(name: str) -> str:
    """The sentence for a name that PEP 508 does not allow."""
    return (
        f'Not a valid package or extra name: "{name}". Names must start and end with a letter or '
        "digit and may only contain -, _, ., and alphanumeric characters."
    )


def _shown(item: object) -> str:
    return f'"{item}"' if isinstance(item, str) else str(item)
