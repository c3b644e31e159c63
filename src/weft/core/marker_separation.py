"""Two disjoint sets of environments told apart in few words.

Owns the choice of a set that holds one and leaves the other out, and is otherwise as simple as
can be. Values of a variable that neither set names are treated alike, as the first named value is.
Refuses sets that meet. The rule is the one that shows in what uv does with required environments.
"""

from __future__ import annotations

from weft.core.marker_nodes import FALSE, TRUE, Node, aligned, disjunction, either, make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.marker_nodes import Products


_agreements: Products = {}


def separated(inside: Node, outside: Node) -> Node:
    """A simple set with all of `inside` and nothing of `outside`, which must be disjoint."""
    return agreeing(inside, disjunction(inside, outside))


def agreeing(node: Node, care: Node) -> Node:
    """A simple set that has the same environments as `node` among those of `care`.

    Values that `care` rules out are treated as the first one that it does not.
    """
    if care is FALSE:
        return FALSE
    if care is TRUE:
        return node
    found = _agreements.get((node, care))
    if found is None:
        found = _agreements[node, care] = _agreeing(node, care, {})
    return found


def _agreeing(node: Node, care: Node, done: Products) -> Node:
    """A node that agrees with `node` wherever `care` holds."""
    if node is TRUE or node is FALSE:
        return node
    found = done.get((node, care))
    if found is not None:
        return found
    if care.variable < node.variable:
        result = _agreeing(node, either(care), done)
    elif node.variable < care.variable:
        kids = [_agreeing(kid, care, done) for kid in node.kids]
        result = make(node.variable, node.cuts, kids)
    else:
        cuts, pairs = aligned(node, care)
        ways = [None if held is FALSE else _agreeing(kid, held, done) for kid, held in pairs]
        first = next(way for way in ways if way is not None)
        result = make(node.variable, cuts, [first if way is None else way for way in ways])
    done[node, care] = result
    return result
