"""Decision diagrams over the variables of environment markers.

Owns the nodes and their algebra. A node asks for one variable; `cuts` split the variable's values
into half-open runs, and `kids[i]` decides for the values from `cuts[i - 1]` up to before
`cuts[i]`. Variables are codes (`weft.core.marker_variables`) and come in the order of their codes
on every way down, neighbours among the kids differ, and equal nodes are the same object, as are
a node and the negation of its negation: two sets are equal if and only if their nodes are one.
Impossible combinations of platform variables count as empty once a conjunction is nothing else.
Refuses to read or print markers, and to ever forget a node: a process meets few.
Follows R. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation" (1986).
"""

from __future__ import annotations

from weft.core.marker_variables import (
    ABOVE_TEXT,
    IMPOSSIBLE_PAIRS,
    PLATFORM_SYSTEM,
    SYS_PLATFORM,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias

    Cuts: TypeAlias = tuple[Any, ...]  # all `str`, all `bytes`, or `(True,)`
    Products: TypeAlias = dict[tuple["Node", "Node"], "Node"]

_END = "\U0010ffff"  # the variable of the two leaves: after all others


class Node:
    """A decision; made by `make` alone, compared by identity.

    `positive` tells a node from its negation. `platforms` are the platform variables (all up to
    `PLATFORM_SYSTEM`) that it and the nodes below it decide on.
    """

    __slots__ = ("cuts", "kids", "negation", "platforms", "positive", "variable")

    variable: str
    cuts: Cuts
    kids: tuple[Node, ...]
    negation: Node
    platforms: str
    positive: bool

    def __init__(self, variable: str, cuts: Cuts, kids: tuple[Node, ...]) -> None:
        self.variable = variable
        self.cuts = cuts
        self.kids = kids
        self.platforms = _platforms(variable, kids) if variable <= PLATFORM_SYSTEM else ""
        self.positive = True


def _platforms(variable: str, kids: tuple[Node, ...]) -> str:
    """The platform variables of a decision on one of them."""
    found = variable
    for kid in kids:
        if kid.platforms and kid.platforms not in found:
            found = "".join(sorted({*found, *kid.platforms}))
    return found


def _link(node: Node) -> Node:
    """Give a fresh node its negation."""
    other = Node(node.variable, node.cuts, tuple([kid.negation for kid in node.kids]))
    other.positive = False
    node.negation = other
    other.negation = node
    return node


TRUE = _link(Node(_END, (), ()))
FALSE = TRUE.negation

_nodes: dict[tuple[str, Cuts, tuple[Node, ...]], Node] = {}
_products: Products = {}
_plain_products: Products = {}
_meetings: dict[tuple[Node, Node], bool] = {}


def make(variable: str, cuts: Cuts, kids: Iterable[Node]) -> Node:
    """The node of a decision; neighbours among `kids` may be the same."""
    ways = tuple(kids)
    cuts, ways = _joined(cuts, ways)
    if len(ways) == 1:
        return ways[0]
    # Of a node and its negation only the one whose first kid is positive is kept in the table.
    flipped = not ways[0].positive
    if flipped:
        ways = tuple([kid.negation for kid in ways])
    key = (variable, cuts, ways)
    node = _nodes.get(key)
    if node is None:
        node = _nodes.setdefault(key, _link(Node(variable, cuts, ways)))
    return node.negation if flipped else node


def _joined(cuts: Cuts, kids: tuple[Node, ...]) -> tuple[Cuts, tuple[Node, ...]]:
    """Without the cuts between two runs that go the same way."""
    last = kids[0]
    for kid in kids[1:]:
        if kid is last:
            break
        last = kid
    else:
        return cuts, kids
    kept_cuts = []
    kept = [kids[0]]
    for cut, kid in zip(cuts, kids[1:], strict=True):
        if kid is not kept[-1]:
            kept_cuts.append(cut)
            kept.append(kid)
    return tuple(kept_cuts), tuple(kept)


def aligned(a: Node, b: Node) -> tuple[Cuts, list[tuple[Node, Node]]]:
    """The common runs of two decisions on one variable, each with both ways on."""
    if a.cuts == b.cuts:
        return a.cuts, list(zip(a.kids, b.kids, strict=True))
    ours, theirs = a.cuts, b.cuts
    ways, others = a.kids, b.kids
    cuts: list[Any] = []
    pairs = [(ways[0], others[0])]
    left = right = 0
    while left < len(ours) and right < len(theirs):
        cut, other = ours[left], theirs[right]
        if other < cut:
            cut = other
            right += 1
        else:
            left += 1
            right += cut == other
        cuts.append(cut)
        pairs.append((ways[left], others[right]))
    cuts += ours[left:]
    cuts += theirs[right:]
    pairs += [(way, others[right]) for way in ways[left + 1 :]]
    pairs += [(ways[-1], other) for other in others[right + 1 :]]
    return tuple(cuts), pairs


def conjunction(a: Node, b: Node) -> Node:
    """Where both hold."""
    return _product(a, b, _products, checked=True)


def disjunction(a: Node, b: Node) -> Node:
    """Where either holds."""
    return _product(a.negation, b.negation, _products, checked=True).negation


def plain_conjunction(a: Node, b: Node) -> Node:
    """Where both hold, on impossible platforms too.

    For procedures that rely on the laws of sets: leaving out the impossible once it is all there
    is breaks the distributive one.
    """
    return _product(a, b, _plain_products, checked=False)


def plain_disjunction(a: Node, b: Node) -> Node:
    """Where either holds, on impossible platforms too."""
    return plain_conjunction(a.negation, b.negation).negation


def disjoint(a: Node, b: Node) -> bool:
    """Whether there is no environment in both, impossible platforms left aside."""
    if a.variable <= PLATFORM_SYSTEM and b.variable <= PLATFORM_SYSTEM:
        return conjunction(a, b) is FALSE
    return not _meet(a, b)


def _product(a: Node, b: Node, products: Products, *, checked: bool) -> Node:
    if a is b or b is TRUE:
        return a
    if a is TRUE:
        return b
    if a is FALSE or b is FALSE or a.negation is b:
        return FALSE
    key = (a, b) if id(a) < id(b) else (b, a)
    found = products.get(key)
    if found is not None:
        return found
    if a.variable == b.variable:
        cuts, pairs = aligned(a, b)
        kids = [
            FALSE
            if one is FALSE or other is FALSE
            else one
            if other is TRUE or one is other
            else other
            if one is TRUE
            else _product(one, other, products, checked=checked)
            for one, other in pairs
        ]
        result = make(a.variable, cuts, kids)
    else:
        upper, lower = (a, b) if a.variable < b.variable else (b, a)
        kids = [
            FALSE
            if kid is FALSE
            else lower
            if kid is TRUE
            else _product(kid, lower, products, checked=checked)
            for kid in upper.kids
        ]
        result = make(upper.variable, upper.cuts, kids)
    if (
        checked
        and len(result.platforms) > 1  # every value of one variable alone occurs
        and a.variable <= PLATFORM_SYSTEM
        and b.variable <= PLATFORM_SYSTEM
        and not _meet(result, _possible())
    ):
        result = FALSE
    products[key] = result
    return result


def _meet(a: Node, b: Node) -> bool:
    """Whether both hold somewhere, impossible platforms included."""
    if a is FALSE or b is FALSE or a.negation is b:
        return False
    if a is TRUE or b is TRUE or a is b:
        return True
    key = (a, b) if id(a) < id(b) else (b, a)
    found = _meetings.get(key)
    if found is None:
        if a.variable == b.variable:
            pairs = aligned(a, b)[1]
        else:
            upper, lower = (a, b) if a.variable < b.variable else (b, a)
            pairs = [(kid, lower) for kid in upper.kids]
        found = False
        for one, other in pairs:
            if one is not FALSE and other is not FALSE and _meet(one, other):
                found = True
                break
        _meetings[key] = found
    return found


_worlds: list[Node] = []


def _possible() -> Node:
    """The combinations of platform variables that occur; made when first asked for."""
    if not _worlds:
        foreign: dict[tuple[str, str], list[str]] = {}
        for variable, text, platform in IMPOSSIBLE_PAIRS:
            foreign.setdefault((variable, text), []).append(platform)
        possible = TRUE
        for (variable, text), platforms in foreign.items():
            both = plain_conjunction(equal(variable, text), _one_of(SYS_PLATFORM, platforms))
            possible = plain_conjunction(possible, both.negation)
        _worlds.append(possible)
    return _worlds[0]


def equal(variable: str, text: str) -> Node:
    """Where a variable that holds text is `text`."""
    return make(variable, (text, text + ABOVE_TEXT), (FALSE, TRUE, FALSE))


def _one_of(variable: str, texts: Iterable[str]) -> Node:
    """Where a variable that holds text is one of these."""
    cuts: list[str] = []
    kids = [FALSE]
    for text in sorted(texts):
        cuts += (text, text + ABOVE_TEXT)
        kids += (TRUE, FALSE)
    return make(variable, tuple(cuts), kids)


def flag(variable: str) -> Node:
    """Where a variable that is either true or false is true."""
    return make(variable, (True,), (FALSE, TRUE))


def either(node: Node) -> Node:
    """Where any answer to the question of `node` makes it hold."""
    result = FALSE
    for kid in node.kids:
        result = plain_disjunction(result, kid)
    return result


def rewritten(node: Node, decide: Callable[[Node], Node | None]) -> Node:
    """The diagram after `decide` has named another node in the place of some of its nodes.

    `decide` is asked from the top; what it answers is rewritten too, None keeps the decision.
    """
    done: dict[Node, Node] = {TRUE: TRUE, FALSE: FALSE}

    def rewrite(old: Node) -> Node:
        new = done.get(old)
        if new is None:
            other = decide(old)
            if other is None:
                new = make(old.variable, old.cuts, [rewrite(kid) for kid in old.kids])
            else:
                new = rewrite(other)
            done[old] = new
        return new

    return rewrite(node)


def restricted(node: Node, under: Node, done: Products | None = None) -> Node:
    """A simpler node that agrees with `node` wherever `under` holds.

    Runs of values that `under` rules out go the way of the run before them, the first ones that
    of the run after them.
    """
    if under is TRUE or node is TRUE or node is FALSE:
        return node
    if under is FALSE or under.negation is node:
        return FALSE
    if under is node:
        return TRUE
    done = {} if done is None else done
    found = done.get((node, under))
    if found is not None:
        return found
    if under.variable < node.variable:
        result = restricted(node, either(under), done)
    elif node.variable < under.variable:
        kids = [restricted(kid, under, done) for kid in node.kids]
        result = make(node.variable, node.cuts, kids)
    else:
        result = _absorbed(node, under, done)
    done[node, under] = result
    return result


def _absorbed(node: Node, under: Node, done: Products) -> Node:
    cuts, pairs = aligned(node, under)
    live = [None if limit is FALSE else restricted(kid, limit, done) for kid, limit in pairs]
    way = next(kid for kid in live if kid is not None)  # `under` is not false
    kids: list[Node] = []
    for kid in live:
        way = way if kid is None else kid
        kids.append(way)
    return make(node.variable, cuts, kids)
