"""Extras, groups and projects that exclude each other.

Owns `ConflictItem`, how it is written in markers (`extra == 'extra-4-demo-cpu'`), what sets of
such items say about which choices exist, and the sets that follow where groups include others.
Refuses to split anything; see `weft.resolver.forks`. Follows uv's `conflicts`.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Literal, TypeAlias

    from weft.core.marker_sets import MarkerSet

    Kind = Literal["extra", "group", "project"]
    Conflicts: TypeAlias = "tuple[tuple[ConflictItem, ...], ...]"

GROUP = "group:"
"""What the name of an extra begins with that stands for a dependency group."""

_KINDS: tuple[Kind, ...] = ("extra", "group", "project")


@value
class ConflictItem:
    """An extra or a group of `package`, or all of it: then `name` is empty."""

    package: str
    kind: Kind
    name: str = ""

    @staticmethod
    def of(package: str, extra: str) -> ConflictItem:
        """The item for what the resolver calls an extra; the empty one is the project."""
        if not extra:
            return ConflictItem(package, "project")
        if extra.startswith(GROUP):
            return ConflictItem(package, "group", extra.removeprefix(GROUP))
        return ConflictItem(package, "extra", extra)

    @staticmethod
    def decode(text: str) -> ConflictItem | None:
        """The item that a name in a marker stands for; None for what is none."""
        kind, _, rest = text.partition("-")
        digits, _, rest = rest.partition("-")
        if kind not in _KINDS or not digits.isdecimal():
            return None
        package, name = rest[: int(digits)], rest[int(digits) :]
        whole = kind == "project"
        if len(package) < int(digits) or (name != "" if whole else not name.startswith("-")):
            return None
        return ConflictItem(package, kind, name[1:])

    @property
    def encoded(self) -> str:
        """`extra-4-demo-cpu`: kind, length of the package's name, package, name."""
        end = f"-{self.name}" if self.name else ""
        return f"{self.kind}-{len(self.package)}-{self.package}{end}"

    @property
    def marker(self) -> MarkerSet:
        """Where the item is chosen."""
        from weft.core.marker_sets import MarkerSet  # solving for one environment needs no sets

        return MarkerSet.parse(f"extra == '{self.encoded}'")

    @property
    def label(self) -> str:
        """`demo[cpu]`, `demo[group:dev]` or `demo`, for messages."""
        if self.kind == "project":
            return self.package
        return f"{self.package}[{GROUP if self.kind == 'group' else ''}{self.name}]"

    @property
    def order(self) -> tuple[str, int, str]:
        """What items are sorted by."""
        return self.package, _KINDS.index(self.kind), self.name


def sorted_items(items: Iterable[ConflictItem]) -> tuple[ConflictItem, ...]:
    """A set of items in the order in which it is worked on and written down, each once."""
    return tuple(sorted(dict.fromkeys(items), key=lambda item: item.order))


def possible(conflicts: Conflicts) -> MarkerSet:
    """The choices that exist: at most one item of each set."""
    from weft.core.marker_sets import MarkerSet

    found = MarkerSet.TRUE
    for items in conflicts:
        for number, item in enumerate(items):
            for other in items[number + 1 :]:
                found &= ~item.marker | ~other.marker
    return found


def with_including_groups(
    conflicts: Conflicts, package: str, includes: Mapping[str, Sequence[str]]
) -> Conflicts:
    """`conflicts` and those that follow from groups of `package` that include others.

    `includes` maps each group to those that it names itself. A group that includes one of a set,
    directly or not, takes its place in a further set. The given sets come first; includes that
    lead back to themselves add nothing.
    """
    containers = _containers(package, includes)
    if containers is None:
        return conflicts
    given = tuple([sorted_items(items) for items in conflicts])
    further: dict[tuple[ConflictItem, ...], None] = {}
    items = sorted_items([item for each in given for item in each if item.kind == "group"])
    for item in items:
        for known in (*given, *further):
            if item not in known:
                continue
            for container in containers.get(item, ()):
                rest = [other for other in known if other != item]
                found = sorted_items([*rest, container])
                if found not in given:
                    further[found] = None
    return (*given, *further)


def _containers(
    package: str, includes: Mapping[str, Sequence[str]]
) -> dict[ConflictItem, tuple[ConflictItem, ...]] | None:
    """The groups that each group is part of, directly or not; None if includes go in circles."""
    parents: dict[str, list[str]] = {}
    for group, others in includes.items():
        for other in others:
            parents.setdefault(other, []).append(group)
    found = {}
    for group in includes:
        above: dict[str, None] = {}
        waiting = list(parents.get(group, ()))
        for each in waiting:  # grows while it is walked
            if each not in above:
                above[each] = None
                waiting += parents.get(each, ())
        if group in above:
            return None
        found[ConflictItem(package, "group", group)] = tuple(
            [ConflictItem(package, "group", each) for each in sorted(above)]
        )
    return found
