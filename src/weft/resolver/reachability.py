"""Where in a graph of requirements each package is reached.

Owns the propagation of markers along edges: a node counts wherever one of the ways to it holds.
Refuses to know what nodes are. Cycles are allowed; sets only grow and are finite in number, so
the propagation ends.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import TypeVar

    from weft.core.marker_sets import MarkerSet

    N = TypeVar("N", bound=Hashable)


def reached(
    edges: Mapping[N, Mapping[N, MarkerSet]], root: N, start: MarkerSet
) -> dict[N, MarkerSet]:
    """Where each node is reached from `root`, which counts for `start`; unreached ones are left
    out."""
    order = _forwards(edges, root)
    found = {root: start}
    waiting = {root}
    while waiting:
        # Along the order, so that without cycles each node is looked at once.
        for node in order:
            if node not in waiting:
                continue
            waiting.discard(node)
            here = found[node]
            for child, marker in edges.get(node, {}).items():
                through = here & marker
                if through.is_false:
                    continue
                known = found.get(child)
                both = through if known is None else known | through
                if both != known:
                    found[child] = both
                    waiting.add(child)
    return found


def _forwards(edges: Mapping[N, Mapping[N, MarkerSet]], root: N) -> list[N]:
    """The nodes below `root`, each before those that it leads to, as far as cycles allow."""
    done: list[N] = []
    seen = {root}
    stack = [(root, iter(edges.get(root, ())))]
    while stack:
        node, rest = stack[-1]
        for child in rest:
            if child not in seen:
                seen.add(child)
                stack.append((child, iter(edges.get(child, ()))))
                break
        else:
            done.append(node)
            stack.pop()
    return done[::-1]
