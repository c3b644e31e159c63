"""The tree of a lock for other programs.

Owns which nodes and edges are told, and which of them are roots. Refuses to lay out JSON.
Follows the preview schema of uv's `tree --format json`, whose nodes are those of
`weft.lock.nodes`.
"""

from __future__ import annotations

from weft.lock.export import key_of
from weft.lock.nodes import Nodes, edge_of, file_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from weft.core.marker_sets import MarkerSet
    from weft.lock.export import Key
    from weft.lock.tree import Drawing, Edge, TreeOptions
    from weft.lock.uvmodel import UvLock, UvPackage

    State = tuple[Key, frozenset[str], MarkerSet, bool]

_KEYS = (
    "name", "version", "source", "kind", "path", "dependencies", "optional_dependencies",
    "dependency_groups", "latest_version", "wheels",
)  # fmt: skip


def tree_document(
    lock: UvLock,
    options: TreeOptions,
    *,
    root: str,
    script: str | None = None,
    latest: Mapping[Key, str] | None = None,
) -> dict[str, Any]:
    """The whole document as plain dicts and lists; see `weft.lock.nodes.metadata`."""
    from weft.lock.tree import Drawing, Graph, Notes

    drawing = Drawing(Graph(lock, options), options, Notes())
    builder = _Builder(drawing, Nodes(lock, root, script), latest or {})
    builder.build()
    nodes = builder.nodes
    document: dict[str, Any] = {"schema": {"version": "preview"}, "workspace_root": root}
    document["workspace" if script is None else "script"] = {
        "path": nodes.target_path,
        "id": nodes.target,
    }
    document["roots"] = [{"id": text} for text in builder.roots()]
    document["inverted"] = options.invert
    members = [each for each in nodes.members() if each["id"] in builder.found]
    if members and script is None:
        document["members"] = members
    document["resolution"] = builder.resolution()
    return document


class _Builder:
    def __init__(self, drawing: Drawing, nodes: Nodes, latest: Mapping[Key, str]) -> None:
        self.drawing = drawing
        self.graph = drawing.graph
        self.options = drawing.options
        self.nodes = nodes
        self.latest = latest
        self.found: dict[str, dict[str, Any]] = {}

    def build(self) -> None:
        """Find what is reached, and connect it."""
        keys, edges = self._walk()
        for key in keys:
            self._package(self.graph.nodes[key])
        self._target()
        for edge in self.graph.edges:
            if edge.source is None:
                if not self.options.invert or edge in edges:
                    self._attach(edge)
            elif edge in edges:
                self._connect(edge)

    def _walk(self) -> tuple[set[Key], set[Edge]]:
        """The packages and edges, as the lock has them, that the drawing would show."""
        drawing, invert = self.drawing, self.options.invert
        start = drawing.possible() if invert else drawing.everywhere
        keys: set[Key] = set()
        edges: set[Edge] = set()
        distances: dict[State, int] = {}
        pending: list[State] = []

        def reach(edge: Edge, marker: MarkerSet, distance: int, *, is_root: bool) -> None:
            assert edge.target is not None, "only packages are reached"
            extras = drawing.extras(edge, edge.target, is_root=is_root)
            by_group = invert and not is_root and edge.kind == "group"
            state = (edge.target, extras, marker, by_group)
            keys.add(edge.target)
            if state not in distances:
                distances[state] = distance
                pending.append(state)

        for edge in drawing.starts():
            reach(edge, start, 0, is_root=True)
        position = 0
        while position < len(pending):
            key, extras, marker, by_group = pending[position]
            distance = distances[pending[position]]
            position += 1
            if distance >= self.options.depth or by_group:
                continue
            for edge, where in drawing.following(key, extras, marker):
                edges.add(drawing.turned(edge))
                if edge.target is not None:
                    reach(edge, where, distance + 1, is_root=False)
        return keys, edges

    def _package(self, package: UvPackage) -> str:
        name = self.nodes.name(package)
        if name not in self.found:
            node = self.nodes.head(package, "package")
            node["dependencies"] = []
            if key_of(package) in self.latest:
                node["latest_version"] = self.latest[key_of(package)]
            if package.wheels:
                node["wheels"] = [
                    file_of(package, wheel, self.nodes, wheel=True) for wheel in package.wheels
                ]
            self.found[name] = node
        return name

    def _part(self, package: UvPackage, kind: str, part: str) -> str:
        """The node of an extra or a group, beside the one of its package."""
        base = self._package(package)
        shape, key = ("[{}]", "optional_dependencies")
        if kind == "group":
            shape, key = (":{}", "dependency_groups")
        name = self.nodes.name(package, shape.format(part))
        if name not in self.found:
            node = self.nodes.head(package, {kind: part})
            node["dependencies"] = []
            self.found[name] = node
            self.found[base].setdefault(key, []).append({"name": part, "id": name})
            if kind == "extra":
                self._link(name, base, "")
        return name

    def _target(self) -> None:
        kind = "workspace" if self.nodes.script is None else "script"
        self.found[self.nodes.target] = {
            "kind": kind,
            "path": self.nodes.target_path,
            "dependencies": [],
        }

    def _connect(self, edge: Edge) -> None:
        assert edge.source is not None, "the workspace has edges of its own"
        source = self.graph.nodes[edge.source]
        name = self._part(source, edge.kind, edge.name) if edge.kind else self._package(source)
        self._link_all(name, edge, self.nodes.plain(edge.marker))

    def _attach(self, edge: Edge) -> None:
        """What a script asks for, or a group of the workspace."""
        assert edge.target is not None, "only packages are asked for"
        package = self.graph.nodes[edge.target]
        marker = self.nodes.attached(edge.marker, package)
        if self.nodes.script is not None:
            self._link_all(self.nodes.target, edge, marker)
        elif edge.kind == "group":
            name = f"{self.nodes.target}:{edge.name}"
            if name not in self.found:
                self.found[name] = {
                    "kind": {"group": edge.name},
                    "path": self.nodes.target_path,
                    "dependencies": [],
                }
                self.found[self.nodes.target].setdefault("dependency_groups", []).append(
                    {"name": edge.name, "id": name}
                )
            self._link_all(name, edge, marker)

    def _link_all(self, source: str, edge: Edge, marker: str) -> None:
        assert edge.target is not None, "only packages are required"
        package = self.graph.nodes[edge.target]
        names = [self._part(package, "extra", extra) for extra in edge.extras or ()]
        for name in names or [self._package(package)]:
            self._link(source, name, marker)

    def _link(self, source: str, target: str, marker: str) -> None:
        if self.options.invert:
            source, target = target, source
        edge = edge_of(target, marker)
        listed = self.found[source]["dependencies"]
        if edge not in listed:
            listed.append(edge)

    def roots(self) -> list[str]:
        """Where to begin, sorted."""
        found: set[str] = set()
        for edge in self.drawing.starts():
            assert edge.target is not None, "only packages are drawn"
            package = self.graph.nodes[edge.target]
            if self.options.invert:
                found.add(self.nodes.name(package))
            elif self.options.packages or edge.extras is None:
                found.update(self._roots_of(package))
        if not (self.options.invert or self.options.packages):
            for name, _ in self.graph.lock.manifest.dependency_groups:
                if self.options.wants_group(name):
                    found.add(f"{self.nodes.target}:{name}")
            if self.nodes.script is not None:
                found = {self.nodes.target}
        return sorted(found.intersection(self.found))

    def _roots_of(self, package: UvPackage) -> list[str]:
        names = []
        if not self.options.only_groups:
            names.append(self.nodes.name(package))
            for extra, _ in package.optional_dependencies:
                names.append(self.nodes.name(package, f"[{extra}]"))
        for group, _ in package.dev_dependencies:
            if self.options.wants_group(group):
                names.append(self.nodes.name(package, f":{group}"))
        return names

    def resolution(self) -> dict[str, dict[str, Any]]:
        """All nodes by name, everything in them in order."""
        nodes = {}
        for name, node in sorted(self.found.items()):
            node["dependencies"].sort(key=lambda edge: (edge["id"], edge.get("marker", "")))
            for key in ("optional_dependencies", "dependency_groups"):
                if key in node:
                    node[key].sort(key=lambda each: each["name"])
            nodes[name] = {key: node[key] for key in _KEYS if key in node}
        return nodes
