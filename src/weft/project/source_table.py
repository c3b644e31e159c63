"""`[tool.uv.sources]` as written: where a project takes some of its dependencies from.

Owns the entries and what is wrong with them. Refuses to look whether paths exist, to follow
workspaces and to change requirements: that is `weft.project.sources`.
Follows uv's table; every complaint about a value points at it.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.marker import Marker, MarkerError
from weft.core.names import NormalizedName, is_valid_name, normalize_name
from weft.core.value import value
from weft.project.toml import TomlError, locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Kind = Literal["git", "url", "path", "index", "workspace"]
    Path = tuple[str | int, ...]

WHERE = ("tool", "uv", "sources")
_KINDS: tuple[Kind, ...] = ("git", "url", "path", "index", "workspace")
_FIELDS = (
    "git", "subdirectory", "rev", "tag", "branch", "lfs", "url", "path", "editable", "package",
    "index", "workspace", "marker", "extra", "group",
)  # fmt: skip
_REFERENCES = ("rev", "tag", "branch")
_COMMON = ("marker", "extra", "group")
# What may stand beside each kind, besides what all may have.
_BESIDE: dict[Kind, tuple[str, ...]] = {
    "git": ("subdirectory", "rev", "tag", "branch", "lfs", "path"),
    "url": ("subdirectory",),
    "path": ("editable", "package", "subdirectory"),
    "index": (),
    "workspace": ("editable",),
}


@value
class SourceEntry:
    """One entry. `location` is a URL, a path as written, the name of an index, or for
    "workspace" a path or empty.

    `reference` is a commit, tag or branch, `reference_kind` the key that it stood behind. `extra`
    and `group` narrow the entry to the requirements of one extra or group. `editable` is None
    where nothing is said.
    """

    kind: Kind
    location: str
    reference: str | None = None
    subdirectory: str = ""
    path: str = ""
    editable: bool | None = None
    lfs: bool = False
    marker: Marker | None = None
    extra: NormalizedName | None = None
    group: NormalizedName | None = None
    reference_kind: str = ""


class SourcesError(WeftError):
    """The table contradicts itself; the cause says how."""

    def __init__(self, reason: str) -> None:
        super().__init__("Failed to parse `tool.uv.sources`")
        self.__cause__ = WeftError(reason)


def read_sources(table: dict[str, Any], text: str) -> dict[NormalizedName, tuple[SourceEntry, ...]]:
    """The entries by normal name. Raises TomlError with the place in `text`, SourcesError."""
    found: dict[NormalizedName, tuple[SourceEntry, ...]] = {}
    for written, item in table.items():
        place = (*WHERE, written)
        if not is_valid_name(written):
            from weft.project.pyproject import invalid_name

            raise _wrong(text, place, invalid_name(written), key=True)
        found[normalize_name(written)] = _entries(item, place, text)
    return found


def _entries(item: object, place: Path, text: str) -> tuple[SourceEntry, ...]:
    if isinstance(item, dict):
        return (_Entry(item, place, text).read(),)
    if not isinstance(item, list):
        expected = "a single source (as a map) or list of sources"
        raise _wrong_type(text, place, item, expected)
    entries = []
    for number, table in enumerate(item):
        if not isinstance(table, dict):
            raise _wrong_type(text, (*place, number), table, "a source (as a map)")
        entries.append(_Entry(table, (*place, number), text).read())
    _check_several(entries)
    return tuple(entries)


def _check_several(entries: list[SourceEntry]) -> None:
    """Where there is a choice, something has to choose."""
    if not entries:
        raise SourcesError("Must provide at least one source")
    for at, entry in enumerate(entries):
        for other in entries[at + 1 :]:
            if (entry.extra, entry.group) != (other.extra, other.group):
                continue  # of different parts of the project
            if entry.marker is None or other.marker is None:
                raise SourcesError(
                    "When multiple sources are provided, each source must include a platform "
                    "marker (e.g., `marker = \"sys_platform == 'linux'\"`)"
                )
            if entry.marker == other.marker:
                raise SourcesError(
                    "Source markers must be disjoint, but the following markers overlap: "
                    f"`{entry.marker.text}` and `{other.marker.text}`."
                )


class _Entry:
    """Reads one table."""

    def __init__(self, table: dict[str, Any], place: Path, text: str) -> None:
        self.table = table
        self.place = place
        self.text = text

    def read(self) -> SourceEntry:
        for key in self.table:
            if key not in _FIELDS:
                listed = ", ".join(f"`{name}`" for name in _FIELDS)
                reason = f"unknown field `{key}`, expected one of {listed}"
                raise _wrong(self.text, (*self.place, key), reason, key=True)
        kind = next((kind for kind in _KINDS if kind in self.table), None)
        if kind is None:
            listed = ", ".join(f"`{name}`" for name in _KINDS[:-1])
            raise self.wrong(f"expected one of {listed}, or `{_KINDS[-1]}`")
        location = self._location(kind)
        self._check_together(kind)
        return SourceEntry(
            kind,
            location,
            self._reference(),
            self._string("subdirectory"),
            self._string("path") if kind == "git" else "",
            self._boolean("editable"),
            bool(self._boolean("lfs")),
            self._marker(),
            self._name("extra"),
            self._name("group"),
            next((name for name in _REFERENCES if name in self.table), ""),
        )

    def _location(self, kind: Kind) -> str:
        if kind == "workspace":
            item = self.table["workspace"]
            if isinstance(item, str):
                return item
            if not isinstance(item, bool):
                place = (*self.place, "workspace")
                raise _wrong_type(self.text, place, item, "a boolean or a string")
            if not item:
                return "\0"  # complained about where it is used, as uv does
            return ""
        text = self._string(kind)
        if kind in ("git", "url") and not _is_url(text):
            reason = f'relative URL without a base: "{text}"'
            raise _wrong(self.text, (*self.place, kind), reason)
        return text

    def _check_together(self, kind: Kind) -> None:
        allowed = (kind, *_BESIDE[kind], *_COMMON)
        for key in _FIELDS:
            if key in self.table and key not in allowed:
                raise self.wrong(f"cannot specify both `{kind}` and `{key}`")
        if "extra" in self.table and "group" in self.table:
            raise self.wrong("cannot specify both `extra` and `group`")

    def _reference(self) -> str | None:
        named = [name for name in _REFERENCES if name in self.table]
        if len(named) > 1:
            raise self.wrong("expected at most one of `rev`, `tag`, or `branch`")
        return self._string(named[0]) if named else None

    def _marker(self) -> Marker | None:
        if "marker" not in self.table:
            return None
        written = self._string("marker")
        try:
            marker = Marker.parse(written)
        except MarkerError as error:
            raise _wrong(self.text, (*self.place, "marker"), str(error)) from None
        return marker if marker.text else None

    def _name(self, key: str) -> NormalizedName | None:
        if key not in self.table:
            return None
        written = self._string(key)
        if not is_valid_name(written):
            from weft.project.pyproject import invalid_name

            raise _wrong(self.text, (*self.place, key), invalid_name(written))
        return normalize_name(written)

    def _string(self, key: str) -> str:
        item = self.table.get(key, "")
        if not isinstance(item, str):
            raise _wrong_type(self.text, (*self.place, key), item, "a string")
        return item

    def _boolean(self, key: str) -> bool | None:
        item = self.table.get(key)
        if item is not None and not isinstance(item, bool):
            raise _wrong_type(self.text, (*self.place, key), item, "a boolean")
        return item

    def wrong(self, reason: str) -> TomlError:
        return _wrong(self.text, self.place, reason)


def _is_url(text: str) -> bool:
    scheme, separator, rest = text.partition("://")
    return bool(separator and rest) and scheme.replace("+", "").isalnum()


def _wrong(text: str, place: Path, reason: str, *, key: bool = False) -> TomlError:
    line, column, width = locate(text, place, key=key)
    return TomlError(reason, text, line=line, column=column, width=width)


def _wrong_type(text: str, place: Path, item: object, expected: str) -> TomlError:
    from weft.project.toml import described

    return _wrong(text, place, f"invalid type: {described(item)}, expected {expected}")
