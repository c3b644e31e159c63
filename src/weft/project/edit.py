"""Changes of a `pyproject.toml`, or of the metadata of a script, that keep its style.

Owns which table and list a requirement belongs to and what has to follow from a change: sources
that nothing needs any more go, sorted lists and groups stay sorted. Text in, text out.
Refuses to read or write files and to choose versions. Follows PEP 621, 735, 723 and uv's tables.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import normalize_name
from weft.core.requirement import Requirement, RequirementError
from weft.core.specifier import ANY
from weft.core.value import replace, value
from weft.project.edit_document import Document
from weft.project.edit_list import EntryList, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from weft.core.marker import Marker
    from weft.project.edit_document import Block, Path

    Kind = Literal["production", "dev", "extra", "group"]

_SOURCES: Path = ("tool", "uv", "sources")
_MEMBERS: Path = ("tool", "uv", "workspace", "members")
_DEV: Path = ("tool", "uv", "dev-dependencies")


class EditError(WeftError):
    """The document cannot be changed in the way that was asked for."""


@value
class Target:
    """A list of requirements: `project.dependencies`, the old `tool.uv.dev-dependencies`, or
    those of the extra or group called `name` (normal form)."""

    kind: Kind
    name: str = ""

    @property
    def shown(self) -> str:
        """The table as messages name it."""
        if self.kind == "production":
            return "`project.dependencies`"
        if self.kind == "extra":
            return f"`project.optional-dependencies.{self.name}`"
        if self.kind == "dev" or self.name == "dev":
            return "`tool.uv.dev-dependencies` or `tool.uv.dependency-groups.dev`"
        return f"`dependency-groups.{self.name}`"


PRODUCTION = Target("production")
DEV = Target("dev")
DEV_GROUP = Target("group", "dev")


@value
class Change:
    """Where a requirement is now: its list and number, and whether it is `new` there."""

    target: Target
    index: int
    new: bool


class Edit:
    """A document under change; `text` is what it is now. It must be valid TOML."""

    def __init__(self, text: str, *, script: bool = False) -> None:
        self.script = script
        self._document = Document(text)

    @property
    def text(self) -> str:
        """The whole document."""
        return self._document.text

    def replace_text(self, text: str) -> None:
        """Go on with a text that was changed elsewhere."""
        self._renew(text)

    def add(self, requirement: Requirement, target: Target, *, source: str = "") -> Change:
        """Put a requirement into a list, or into the one that is there with the same marker.

        `source` is the inline table for `[tool.uv.sources]`. Raises EditError for several that
        are there, and for tables that cannot be changed.
        """
        path = self._path(target)
        entries = self._list(path)
        same = [
            (index, found)
            for index, found in _requirements(entries)
            if found.name == requirement.name and _same_marker(found.marker, requirement.marker)
        ]
        if len(same) > 1:
            listed = "\n".join(f"- `{text_of(found)}`" for _, found in same)
            raise EditError(
                "Cannot perform ambiguous update; found multiple entries for "
                f"`{requirement.name}`:\n{listed}"
            )
        if same:
            index, found = same[0]
            entries.replace(index, text_of(_updated(found, requirement, has_source=bool(source))))
        else:
            index = entries.add(text_of(requirement))
        self._put(path, entries)
        if source:
            self._add_source(requirement.name, source)
        return Change(target, index, not same)

    def set_specifiers(self, change: Change, specifiers: str) -> None:
        """Give the requirement of a change these specifiers in place of its own."""
        path = self._path(change.target)
        entries = self._list(path)
        old = Requirement.parse(entries.entries[change.index].string or "")
        found = replace(old, specifiers=ANY)
        bare = text_of(replace(found, marker=None))
        behind = text_of(found)[len(bare) :]
        entries.replace(change.index, f"{bare}{specifiers}{behind}")
        self._put(path, entries)

    def set_text(self, target: Target, index: int, text: str) -> None:
        """Put another requirement in the place of one, and leave the list as it is laid out."""
        self._splice((*self._path(target), index), quoted(text))

    def remove(self, name: str, target: Target) -> int:
        """Take every requirement on a package out of a list; how many there were.

        Its source goes too unless another list requires the package.
        """
        path = self._existing(target)
        if path is None:
            return 0
        entries = self._list(path)
        gone = [index for index, found in _requirements(entries) if found.name == name]
        for index in reversed(gone):
            entries.remove(index)
        if gone:
            self._put(path, entries)
        self._remove_source(name)
        return len(gone)

    def find(self, name: str) -> list[Target]:
        """The lists that require a package."""
        found = []
        for target, path in self._targets():
            if any(each.name == name for _, each in _requirements(self._list(path))):
                found.append(target)
        return found

    def development_target(self, name: str) -> Target:
        """The list that `--dev` means: where the package is, else where others are."""
        known = self.find(name)
        if DEV_GROUP in known:
            return DEV_GROUP
        if DEV in known:
            return DEV
        has_group = self._existing(DEV_GROUP) is not None
        return DEV if _DEV in self._document.values and not has_group else DEV_GROUP

    def add_member(self, path: str) -> None:
        """Make a directory, relative and with `/`, a member of the workspace."""
        self._make_list(_MEMBERS, "Workspace")
        entries = self._list(_MEMBERS)
        entries.append(path)
        self._put(_MEMBERS, entries)

    def set_version(self, version: str) -> None:
        """Set `project.version`. Raises EditError without a `[project]` table."""
        path: Path = ("project", "version")
        if path in self._document.values:
            self._splice(path, quoted(version))
            return
        if not self._children(("project",)):
            raise EditError("Workspace in `pyproject.toml` is malformed")
        self._add_pair(path, quoted(version), "Workspace")

    def _add_source(self, name: str, source: str) -> None:
        written = self._written(_SOURCES, name)
        path = (*_SOURCES, written or name)
        if path in self._document.values:
            start, end = self._span(path)
            if self._document.text[start:end] == source:
                return
        if written is not None:
            self._delete(path)
        self._add_pair((*_SOURCES, name), source, "Sources")

    def _remove_source(self, name: str) -> None:
        written = self._written(_SOURCES, name)
        if written is None or self.find(name):
            return
        self._delete((*_SOURCES, written))
        block = self._document.block(_SOURCES)
        if block is not None and not block.pairs and not self._children(_SOURCES):
            self._renew(self._document.without_block(block))

    def _path(self, target: Target) -> Path:
        """The list of a target, made if it is missing."""
        existing = self._existing(target)
        if existing is not None:
            return existing
        path = self._new_path(target)
        self._make_list(path, "Dependencies")
        return path

    def _new_path(self, target: Target) -> Path:
        project: Path = () if self.script else ("project",)
        if target.kind == "production":
            return (*project, "dependencies")
        if target.kind == "extra":
            return (*project, "optional-dependencies", target.name)
        return _DEV if target.kind == "dev" else ("dependency-groups", target.name)

    def _existing(self, target: Target) -> Path | None:
        """The list of a target under the name that it is written with."""
        path = self._new_path(target)
        if target.kind in ("extra", "group"):
            written = self._written(path[:-1], target.name)
            return None if written is None else (*path[:-1], written)
        return path if path in self._document.values else None

    def _targets(self) -> Iterator[tuple[Target, Path]]:
        """Every list that the document has."""
        path = self._new_path(PRODUCTION)
        if path in self._document.values:
            yield PRODUCTION, path
        tables: tuple[tuple[Kind, Path], ...] = (
            ("extra", self._new_path(Target("extra"))[:-1]),
            ("group", ("dependency-groups",)),
        )
        for kind, table in tables:
            for written in self._children(table):
                yield Target(kind, normalize_name(written)), (*table, written)
        if _DEV in self._document.values:
            yield DEV, _DEV

    def _children(self, table: Path) -> list[str]:
        """The keys of a table, as written."""
        length = len(table) + 1
        return [
            str(path[-1])
            for path in self._document.keys
            if len(path) == length and path[:-1] == table
        ]

    def _written(self, table: Path, name: str) -> str | None:
        """How a name is spelled in a table."""
        spelled = (each for each in self._children(table) if normalize_name(each) == name)
        return next(spelled, None)

    def _make_list(self, path: Path, what: str) -> None:
        """An empty list at a path, with the tables around it."""
        if path not in self._document.values:
            self._add_pair(path, "[]", what)

    def _add_pair(self, path: Path, written: str, what: str) -> None:
        """A key that is not there yet, at the end of its table or where it is sorted in."""
        table, document = path[:-1], self._document
        block = document.block(table)
        before = self._sorted_place(table, str(path[-1]))
        if block is None and (dotted := _dotted(document, table)) is not None:
            block, before = dotted
            path = path[len(block.path) :]
        elif block is not None:
            path = path[-1:]
        line = f"{'.'.join(map(str, path))} = {written}"
        if block is not None:
            self._renew(document.with_pair(block, line, before=before))
        elif self._is_inline(table) and what == "Dependencies" and len(table) < 3:
            self._renew(_with_inline(document, table, f"{path[-1]} = {written}", before))
        else:
            self._check_tables(table, what)
            self._renew(document.with_table(table, f"{path[-1]} = {written}\n"))

    def _sorted_place(self, table: Path, key: str) -> int | None:
        """The number that a new group gets among sorted ones, None for the end."""
        keys = self._children(table)
        if table != ("dependency-groups",) or keys != sorted(keys):
            return None
        return next((number for number, each in enumerate(keys) if each > key), None)

    def _is_inline(self, table: Path) -> bool:
        span = self._document.values.get(table)
        return span is not None and self._document.text[span[0]] == "{"

    def _check_tables(self, path: Path, what: str) -> None:
        """Nothing on the way may be anything but a table that can be extended."""
        for length in range(1, len(path) + 1):
            span = self._document.values.get(path[:length])
            if span is not None and self._document.text[span[0]] != "[":
                verb = "is" if what == "Workspace" else "are"
                raise EditError(f"{what} in `pyproject.toml` {verb} malformed")

    def _list(self, path: Path) -> EntryList:
        start, _ = self._document.values[path]
        if self._document.text[start] != "[" or path not in self._document.keys:
            raise EditError("Dependencies in `pyproject.toml` are malformed")
        return EntryList(self._document, path)

    def _span(self, path: Path) -> tuple[int, int]:
        start, length = self._document.values[path]
        return start, start + length

    def _put(self, path: Path, entries: EntryList) -> None:
        self._splice(path, entries.render())

    def _splice(self, path: Path, text: str) -> None:
        start, end = self._span(path)
        self._renew(self._document.spliced(start, end, text))

    def _delete(self, path: Path) -> None:
        """Take out a pair, or the tables that a key heads."""
        document, length = self._document, len(path)
        for block in document.blocks:
            if block.path[:length] == path:
                self._renew(document.without_block(block))
                return self._delete(path)
            for number, pair in enumerate(block.pairs):
                if pair.path[:length] == path:
                    self._renew(document.without_pair(block, number))
                    return self._delete(path)
        return None

    def _renew(self, text: str) -> None:
        self._document = Document(text)


def text_of(requirement: Requirement) -> str:
    """A requirement as lists have it, its marker in the shortest form."""
    if requirement.marker is None:
        return requirement.text
    from weft.core.marker_sets import MarkerSet

    marker = MarkerSet.of(requirement.marker).text
    bare = replace(requirement, marker=None).text
    return f"{bare} ; {marker}" if marker else bare


def _requirements(entries: EntryList) -> Iterable[tuple[int, Requirement]]:
    """The entries that are requirements."""
    for index, entry in enumerate(entries.entries):
        if entry.string is None:
            continue
        try:
            yield index, Requirement.parse(entry.string)
        except RequirementError:
            continue


def _same_marker(first: Marker | None, second: Marker | None) -> bool:
    if first is None or second is None or first.text == second.text:
        return first is second or (first is not None and second is not None)
    from weft.core.marker_sets import MarkerSet

    return MarkerSet.of(first) == MarkerSet.of(second)


def _updated(old: Requirement, new: Requirement, *, has_source: bool) -> Requirement:
    """What is said now goes before what was said; extras add up."""
    extras = tuple(sorted({*old.extras, *new.extras}))
    url, specifiers = None if has_source else old.url, old.specifiers
    if new.url is not None:
        url, specifiers = new.url, ANY
    elif new.specifiers.text:
        url, specifiers = None, new.specifiers
    marker = new.marker if new.marker is not None else old.marker
    return replace(old, extras=extras, url=url, specifiers=specifiers, marker=marker)


def _dotted(document: Document, table: Path) -> tuple[Block, int | None] | None:
    """The block with dotted keys of a table, and the number of the pair behind them."""
    for block in document.blocks:
        inside = [
            number
            for number, pair in enumerate(block.pairs)
            if pair.path[: len(table)] == table and len(block.path) < len(table) < len(pair.path)
        ]
        if inside:
            number = inside[-1] + 1
            return block, number if number < len(block.pairs) else None
    return None


def _with_inline(document: Document, table: Path, pair: str, before: int | None) -> str:
    """The text with a pair more in an inline table."""
    if before is not None:
        keys = [span for path, span in document.keys.items() if path[:-1] == table]
        at = keys[before][0]
        return document.spliced(at, at, f"{pair}, ")
    start, length = document.values[table]
    end = start + length - 1
    inside = document.text[start + 1 : end]
    new = f"{inside.rstrip()}, {pair} " if inside.strip() else f" {pair} "
    return document.spliced(start + 1, end, new)
