"""Markers put together: both, neither, and which extra one asks for.

Owns this algebra on whole markers. Refuses to simplify.
Follows https://packaging.python.org/specifications/dependency-specifiers/#environment-markers.
"""

from __future__ import annotations

from weft.core.marker import Marker
from weft.core.names import NormalizedName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.marker_parser import Tree

_OPPOSITES = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in",
    "not in": "in",
}  # fmt: skip


def both(first: Marker | None, second: Marker | None) -> Marker | None:
    """Holds where both do; None is a marker that always holds."""
    if first is None or second is None:
        return second if first is None else first
    return Marker.parse(f"({first.text}) and ({second.text})")


def negated(marker: Marker) -> Marker:
    """Holds where `marker` does not. `marker` has a text: nothing is the opposite of always."""
    return Marker.parse(_negated(marker.tree))


def _negated(tree: Tree) -> str:
    if len(tree) == 3:
        word = "or" if tree[0] == "and" else "and"
        return f"({_negated(tree[1])} {word} {_negated(tree[2])})"
    operator, variable, literal, is_reversed = tree
    if operator == "~=":  # at least, and of the same series
        series = literal.rpartition(".")[0]
        return f"({variable} < '{literal}' or {variable} != '{series}.*')"
    return _leaf((_OPPOSITES[operator], variable, literal, is_reversed))


def _leaf(tree: Tree) -> str:
    operator, variable, literal, is_reversed = tree
    quote = '"' if "'" in literal else "'"
    quoted = f"{quote}{literal}{quote}"
    return f"{quoted} {operator} {variable}" if is_reversed else f"{variable} {operator} {quoted}"


def required_extra(marker: Marker | None) -> NormalizedName | None:
    """The extra without which the marker cannot hold, if it says so in one of its `and` terms."""
    return None if marker is None else _required_extra(marker.tree)


def _required_extra(tree: Tree) -> NormalizedName | None:
    if len(tree) == 3:
        if tree[0] == "or":
            return None
        return _required_extra(tree[1]) or _required_extra(tree[2])
    if len(tree) == 4 and tree[0] == "==" and tree[1] == "extra":
        name: NormalizedName = tree[2]
        return name
    return None


def with_extras(marker: Marker | None, extras: frozenset[str]) -> tuple[bool, Marker | None]:
    """Whether `marker` can hold with exactly these extras, and what is left to be true then."""
    if marker is None or not marker.mentions_extra:
        return True, marker
    left = _given(marker.tree, extras)
    if isinstance(left, bool):
        return left, None
    return True, Marker.parse(left)


def _given(tree: Tree, extras: frozenset[str]) -> str | bool:
    """The text of what is left, or the answer."""
    if len(tree) == 3:
        sides = [_given(tree[1], extras), _given(tree[2], extras)]
        decisive: bool = tree[0] == "or"
        if decisive in sides:
            return decisive
        texts = [side for side in sides if isinstance(side, str)]
        return f"({f' {tree[0]} '.join(texts)})" if texts else not decisive
    if len(tree) == 4 and tree[1] in ("extra", "extras"):
        return bool((tree[2] in extras) == (tree[0] in ("==", "in")))
    return len(tree) == 1 or _leaf(tree)
