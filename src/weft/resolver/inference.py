"""What need not be said about choices, because of how a place in the graph is reached.

Owns the shortening of markers by conflicts: below `demo[cpu]` it is known that `cpu` is chosen and
that what excludes it is not. Refuses to shorten where the ways to a node tell different things,
unless all of them leave the same.
Follows uv's simplification of conflict markers, to the letter: lock files show what it leaves.
"""

from __future__ import annotations

from weft.resolver.conflicts import ConflictItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from weft.core.marker_sets import MarkerSet
    from weft.resolver.conflicts import Conflicts
    from weft.resolver.joining import Node

    World: TypeAlias = frozenset[ConflictItem]
    Graph: TypeAlias = Mapping[Node, Mapping[Node, MarkerSet]]


def shortened(graph: Graph, conflicts: Conflicts, root: Node) -> dict[Node, dict[Node, MarkerSet]]:
    """The graph with shorter markers on its edges; edges of `root` keep theirs."""
    worlds = _worlds(graph, frozenset([item for items in conflicts for item in items]), root)
    known = {world: _known(world, conflicts) for each in worlds.values() for world in each}
    found: dict[Node, dict[Node, MarkerSet]] = {}
    for node, edges in graph.items():
        names = [child[0] for child in edges]
        ways = [known[world] for world in worlds.get(node, ())]
        found[node] = {
            child: marker if not ways or names.count(child[0]) > 1 else _shorter(marker, ways)
            for child, marker in edges.items()
        }
    return found


def _worlds(
    graph: Graph, items: frozenset[ConflictItem], root: Node
) -> dict[Node, dict[World, None]]:
    """What is chosen at each node below `root`, for each way that leads there."""
    found: dict[Node, dict[World, None]] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        here: dict[World, None] = found.get(node, {frozenset(): None})
        item = ConflictItem.of(node[0], node[3]) if node[3] else None
        if item in items:
            here = found[node] = {world | {item}: None for world in here}
        for child in graph.get(node, ()):
            known = found.setdefault(child, {})
            if not here.keys() <= known.keys():
                known.update(here)
                waiting.append(child)
    return found


def _known(world: World, conflicts: Conflicts) -> dict[str, bool]:
    """The items that are known to be chosen or not, by how markers write them."""
    found = {
        other.encoded: False
        for items in conflicts
        for item in items
        if item in world
        for other in items
        if other != item
    }
    return found | {item.encoded: True for item in world}


def _shorter(marker: MarkerSet, ways: Sequence[Mapping[str, bool]]) -> MarkerSet:
    """What is left to say of a marker where it is reached in these ways."""
    if all(_holds(marker, way) for way in ways):
        for way in ways:
            marker = marker.restrict_extras(way.get)
        return marker
    left = {marker.restrict_extras(way.get) for way in ways}
    return left.pop() if len(left) == 1 else marker


def _holds(marker: MarkerSet, way: Mapping[str, bool]) -> bool:
    """Whether a marker holds in every environment if nothing else is chosen."""
    return marker.restrict_extras(lambda name: way.get(name, False)).is_true
