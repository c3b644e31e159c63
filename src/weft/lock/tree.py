"""A lock as a tree: who requires whom.

Owns the graph that is shown, its roots, and the drawing. Refuses to know what is installed, and to
ask anybody for newer versions.
Follows uv line by line.
"""

from __future__ import annotations

from weft.core.value import replace, value
from weft.lock.export import Packages, attached, enclosed, key_of, root_package

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from weft.core.marker_sets import MarkerSet
    from weft.lock.export import Key
    from weft.lock.uvmodel import UvDependency, UvLock, UvPackage

    Shown = tuple[Key, frozenset[str], str]

_KINDS = ("", "extra", "group")
_SOURCES = ("registry", "git", "url", "path", "directory", "editable", "virtual")


@value
class TreeOptions:
    """What of the lock is shown.

    `environment` has the variables of markers; with None everything is shown. `packages` are the
    names to begin with, none for the members. `depth` counts from those.
    """

    wants_group: Callable[[str], bool]
    environment: Mapping[str, str] | None = None
    only_groups: bool = False
    prune: frozenset[str] = frozenset()
    packages: tuple[str, ...] = ()
    depth: int = 255
    dedupe: bool = True
    invert: bool = False


@value
class Notes:
    """What stands behind the first line of a package (`latest`) and behind all (`sizes`)."""

    latest: Mapping[Key, str] = {}
    sizes: Mapping[Key, str] = {}


@value
class Edge:
    """From `source` to `target`; `kind` is "", "extra" or "group", `name` that of the latter two.

    `extras` are what is asked of the required package, whichever way the edge is drawn; None for a
    member, of which all are shown. A source of None is the workspace itself.
    """

    source: Key | None
    target: Key | None
    kind: str = ""
    name: str = ""
    extras: tuple[str, ...] | None = None
    marker: str = ""


class Graph:
    """The packages that are reached from the members, and the edges in the order of finding."""

    def __init__(self, lock: UvLock, options: TreeOptions) -> None:
        from weft.core.marker_sets import MarkerSet
        from weft.core.specifier import Specifiers

        self.lock = lock
        self.options = options
        self.packages = Packages(lock)
        self.nodes: dict[Key, UvPackage] = {}
        self.edges: list[Edge] = []
        self._queue: list[tuple[Key, str]] = []
        self._seen: set[tuple[Key, str]] = set()
        self.python = MarkerSet.of_python(Specifiers.parse(lock.requires_python))
        self._find()

    def _find(self) -> None:
        for member in self.members():
            if member.name not in self.options.prune:
                self._add_member(member)
        self._add_attached()
        position = 0
        while position < len(self._queue):
            key, extra = self._queue[position]
            position += 1
            package = self.nodes[key]
            if extra:
                listed = dict(package.optional_dependencies).get(extra, ())
                self._add(key, listed, "extra", extra)
            else:
                self._add(key, package.dependencies, "", "")

    def members(self) -> list[UvPackage]:
        """The members of the workspace in order."""
        names = self.lock.manifest.members
        if names:
            return [package for package in self.lock.packages if package.name in names]
        root = root_package(self.lock)
        return [root] if root is not None else []

    def _add_member(self, member: UvPackage) -> None:
        key = key_of(member)
        self.nodes.setdefault(key, member)
        self.edges.append(Edge(None, key))
        if not self.options.only_groups:
            self._want(key, ("", *[name for name, _ in member.optional_dependencies]))
        for name, listed in member.dev_dependencies:
            if self.options.wants_group(name):
                self._add(key, listed, "group", name)

    def _add_attached(self) -> None:
        for requirement, group in attached(self.lock, self.options.wants_group):
            for package in self.packages.by_name.get(requirement.name, ()):
                marker = enclosed(requirement, package)
                environment = self.options.environment
                if marker.is_false or (
                    environment is not None and not marker.evaluate(environment)
                ):
                    continue
                key = key_of(package)
                self.nodes.setdefault(key, package)
                extras = tuple(sorted(requirement.extras))
                kind = "group" if group else ""
                self.edges.append(Edge(None, key, kind, group, extras, requirement.marker))
                self._want(key, ("", *extras))

    def _add(self, source: Key, dependencies: Iterable[UvDependency], kind: str, name: str) -> None:
        for dependency in dependencies:
            if dependency.name in self.options.prune or not self._counts(dependency.marker):
                continue
            package = self.packages.target(dependency)
            key = key_of(package)
            self.nodes.setdefault(key, package)
            extras = tuple(sorted(dependency.extras))
            self.edges.append(Edge(source, key, kind, name, extras, dependency.marker))
            self._want(key, ("", *dependency.extras))

    def _want(self, key: Key, extras: Iterable[str]) -> None:
        for extra in extras:
            if (key, extra) not in self._seen:
                self._seen.add((key, extra))
                self._queue.append((key, extra))

    def _counts(self, marker: str) -> bool:
        """Whether an edge is there in the environment; conflicts count as not chosen."""
        from weft.core.marker_sets import MarkerSet

        environment = self.options.environment
        if environment is None:
            return True
        if not self.python.evaluate(environment):
            return False
        return not marker or MarkerSet.parse(marker).evaluate(environment)


def order_of(key: Key) -> tuple[str, bytes, int, str]:
    """Packages by name, version and source."""
    from weft.core.version import version_key

    name, version, kind, location = key
    number = version_key(version) if version else None
    return name, number or b"", _SOURCES.index(kind), location


def tree_lines(lock: UvLock, options: TreeOptions, notes: Notes) -> list[str]:
    """The drawing, with the footnote."""
    drawing = Drawing(Graph(lock, options), options, notes)
    lines = drawing.lines()
    if any("*" in line for line in lines):
        reason = "already displayed" if options.dedupe else "is a cycle and cannot be shown"
        lines.append(f"(*) Package tree {reason}")
    return lines


class Drawing:
    """Draws from each root downwards; what was drawn before is not drawn again.

    In an inverted tree the marker of the way from the root is kept, so that ways which nobody can
    go are not drawn.
    """

    def __init__(self, graph: Graph, options: TreeOptions, notes: Notes) -> None:
        from weft.core.marker_sets import MarkerSet

        self.graph = graph
        self.options = options
        self.notes = notes
        self.everywhere = MarkerSet.TRUE
        self.markers: dict[str, MarkerSet] = {}
        self.below: dict[Key | None, list[Edge]] = {}
        for edge in reversed(graph.edges):  # the last one found comes first where all is equal
            edge = self.turned(edge)
            self.below.setdefault(edge.source, []).append(edge)
        self.shown: dict[Shown, bool] = {}

    def lines(self) -> list[str]:
        """All trees, one below the other."""
        start = self.possible() if self.options.invert else self.everywhere
        lines: list[str] = []
        for edge in self.starts():
            lines += self._draw(edge, start, [], is_root=True)
        return lines

    def starts(self) -> list[Edge]:
        """What the drawing begins with, in order."""
        if self.options.packages:
            found = [key for key in self.graph.nodes if key[0] in self.options.packages]
        elif self.options.invert:
            found = self._leaves()
        else:
            return self.below.get(None, [])
        return [Edge(None, key) for key in sorted(found, key=order_of)]

    def _leaves(self) -> list[Key]:
        """What requires nothing, and of a cycle that requires nothing else its first package."""
        above: dict[Key, set[Key]] = {key: set() for key in self.graph.nodes}
        for edge in self.graph.edges:
            if edge.source is not None and edge.target is not None:
                above[edge.source].add(edge.target)
        leaves = []
        closures = {key: _closure(key, above) for key in above}
        for key in sorted(self.graph.nodes, key=order_of):
            required = closures[key]
            is_cycle = all(key in closures[other] for other in required)
            if is_cycle and all(order_of(key) <= order_of(other) for other in required):
                leaves.append(key)
        return leaves

    def possible(self) -> MarkerSet:
        """Where nothing is chosen together that excludes each other."""
        from weft.lock.export import encoded

        possible = self.everywhere
        for conflict in self.graph.lock.conflicts:
            chosen = [
                self.marker(f"extra == '{encoded(item.package, item.kind, item.name)}'")
                for item in conflict
            ]
            for number, one in enumerate(chosen):
                for other in chosen[number + 1 :]:
                    possible &= ~(one & other)
        return possible

    def marker(self, text: str) -> MarkerSet:
        """A marker by its text, parsed once."""
        from weft.core.marker_sets import MarkerSet

        if text not in self.markers:
            self.markers[text] = MarkerSet.parse(text) if text else self.everywhere
        return self.markers[text]

    def _draw(
        self, edge: Edge, marker: MarkerSet, path: list[Shown], *, is_root: bool = False
    ) -> list[str]:
        key = edge.target
        assert key is not None, "only packages are drawn"
        line = self._label(edge, key)
        extras = self.extras(edge, key, is_root=is_root)
        here: Shown = (key, extras, str(marker) if self.options.invert else "")
        if here in path:
            return [f"{line} (*)"]
        if self.options.dedupe and here in self.shown:
            return [f"{line} (*)" if self.shown[here] else line]
        if key in self.notes.latest:
            line += f" (latest: v{self.notes.latest[key]})"
        lines = [line]
        if len(path) >= self.options.depth:
            return lines
        below = self._below(edge, key, extras, marker)
        self.shown[here] = bool(below)
        path.append(here)
        for number, (each, where) in enumerate(below):
            last = number == len(below) - 1
            head, tail = ("└── ", "    ") if last else ("├── ", "│   ")
            drawn = self._draw(each, where, path)
            lines.append(head + drawn[0])
            lines += [tail + other for other in drawn[1:]]
        path.pop()
        return lines

    def extras(self, edge: Edge, key: Key, *, is_root: bool) -> frozenset[str]:
        """The extras that decide what stands below a package."""
        if self.options.invert:
            return frozenset((edge.name,) if edge.kind == "extra" else ())
        known = [name for name, _ in self.graph.nodes[key].optional_dependencies]
        if is_root and edge.extras is None:
            return frozenset(known)
        return frozenset(known).intersection(edge.extras or ())

    def _below(
        self, edge: Edge, key: Key, extras: frozenset[str], marker: MarkerSet
    ) -> list[tuple[Edge, MarkerSet]]:
        """What is drawn below a package, in order, each with its marker."""
        if self.options.invert and edge.kind == "group":
            return []  # nobody gets a member's groups by requiring the member
        found = [pair for pair in self.following(key, extras, marker) if pair[0].target is not None]
        return sorted(found, key=lambda pair: _edge_order(pair[0]))

    def following(
        self, key: Key, extras: frozenset[str], marker: MarkerSet
    ) -> list[tuple[Edge, MarkerSet]]:
        """The edges from a package with these extras that can be gone, each with its marker."""
        found = []
        for each in self.below.get(key, ()):
            where = marker
            if self.options.invert:
                if not extras.issubset(each.extras or ()):
                    continue
                where = marker & self.marker(each.marker) & self.graph.python
                if where.is_false:
                    continue
            elif each.kind == "extra" and each.name not in extras:
                continue
            found.append((each, where))
        return found

    def turned(self, edge: Edge) -> Edge:
        """An edge as the lock has it."""
        if not self.options.invert:
            return edge
        return replace(edge, source=edge.target, target=edge.source)

    def _label(self, edge: Edge, key: Key) -> str:
        text = key[0]
        if edge.extras:
            text += f"[{', '.join(edge.extras)}]"
        if key[1]:
            text += f" v{key[1]}"
        if edge.kind:
            text += f" ({edge.kind}: {edge.name})"
        if key in self.notes.sizes:
            text += f" ({self.notes.sizes[key]})"
        return text


def _closure(start: Key, above: Mapping[Key, set[Key]]) -> set[Key]:
    """All that a package requires, directly or not."""
    found: set[Key] = set()
    pending = [start]
    while pending:
        for other in above[pending.pop()]:
            if other not in found:
                found.add(other)
                pending.append(other)
    return found


def _edge_order(edge: Edge) -> tuple[int, str, tuple[str, bytes, int, str]]:
    assert edge.target is not None, "only packages are sorted"
    return _KINDS.index(edge.kind), edge.name, order_of(edge.target)
