"""Marker sets as text.

Owns the way from a diagram back to a short marker: one clause for each way to true, terms that
another clause makes redundant left out, in a settled order.
Refuses to decide anything about sets.
Follows https://packaging.python.org/specifications/dependency-specifiers/#grammar; the order of
terms and clauses is that of uv's lock files.
"""

from __future__ import annotations

from weft.core.marker_leaves import key_numbers
from weft.core.marker_nodes import FALSE, TRUE, Node
from weft.core.marker_variables import (
    ABOVE_RELEASE,
    ABOVE_TEXT,
    CONTAINS,
    DARWIN_RELEASE,
    INSIDE,
    NAMES,
    VERSIONS,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Term: TypeAlias = tuple[int, str, str, str]  # order of the variable, left, operator, right
    Clause: TypeAlias = list[Term]
    Run: TypeAlias = tuple[Any, Any]  # from a cut up to before another; None has no end

NEVER = "python_version < '0'"
"""The marker of the empty set."""

_ORDER = {
    name: order
    for order, name in enumerate(
        (
            "implementation_version",
            "python_full_version",
            "implementation_name",
            "os_name",
            "platform_machine",
            "platform_python_implementation",
            "platform_release",
            "platform_system",
            "platform_version",
            "sys_platform",
            "extras",
            "dependency_groups",
            "extra",
        )
    )
}
_NEGATIONS = {"==": "!=", "<": ">=", "<=": ">", "in": "not in"}
_NEGATIONS |= {negation: operator for operator, negation in _NEGATIONS.items()}


def text_of(node: Node) -> str:
    """The marker: empty for everything, `NEVER` for nothing."""
    if node is TRUE:
        return ""
    if node is FALSE:
        return NEVER
    clauses: list[Clause] = []
    _collect(node, [], clauses)
    _drop_terms(clauses)
    clauses = _needed(clauses)
    for clause in clauses:
        clause.sort(key=_order)
    clauses.sort(key=_orders)
    texts = [
        " and ".join([f"{left} {word} {right}" for _, left, word, right in clause])
        for clause in clauses
    ]
    if len(texts) == 1:
        return texts[0]
    return " or ".join(
        [
            f"({text})" if len(clause) > 1 else text
            for clause, text in zip(clauses, texts, strict=True)
        ]
    )


def lower_bound(cut: bytes) -> str:
    """The specifier of the versions from a cut on."""
    return (">" if _is_above(cut) else ">=") + _value(cut)


def _order(term: Term) -> int:
    return term[0]


def _orders(clause: Clause) -> list[int]:
    return [term[0] for term in clause]


def _collect(node: Node, path: Clause, clauses: list[Clause]) -> None:
    """Append the terms of every way from `node` to true, after those of `path`."""
    if node is TRUE:
        clauses.append(path)
    if node is TRUE or node is FALSE:
        return
    for kid, terms in _ways(node):
        if kid is not FALSE:
            _collect(kid, path + terms, clauses)


def _ways(node: Node) -> list[tuple[Node, Clause]]:
    """The ways on from a decision, each with its terms; one may be told in several clauses."""
    first = node.variable[0]
    if node.cuts == (True,):
        low, high = node.kids
        left, right = _operands(node.variable)
        words = ("==", "!=") if left == "extra" else ("in", "not in")
        order = _ORDER[right if right in _ORDER else left]
        return [(high, [(order, left, words[0], right)]), (low, [(order, left, words[1], right)])]
    runs: dict[Node, list[Run]] = {}
    for low, high, kid in zip((None, *node.cuts), (*node.cuts, None), node.kids, strict=True):
        runs.setdefault(kid, []).append((low, high))
    name = NAMES[first]
    ways = []
    for kid, parts in runs.items():
        for comparisons in _compared(parts, first):
            terms = [(_ORDER[name], name, word, _quoted(value)) for word, value in comparisons]
            ways.append((kid, terms))
    return ways


def _operands(variable: str) -> tuple[str, str]:
    """Both sides of a question that is answered by true or false."""
    first = variable[0]
    if first == INSIDE:
        return NAMES[variable[1]], _quoted(variable[2:])
    if first == CONTAINS:
        return _quoted(variable[2:]), NAMES[variable[1]]
    name = NAMES[first]
    literal = _quoted(variable[1:])
    return (name, literal) if name == "extra" else (literal, name)


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"


def _compared(runs: list[Run], first: str) -> list[list[tuple[str, str]]]:
    """Operators and values that say "in one of these runs": clauses of comparisons."""
    if first != DARWIN_RELEASE:
        unequal = _all_but(runs)
        if unequal is not None:
            return [[("!=", _value(cut)) for cut in unequal]]
    versions = first in VERSIONS and first != DARWIN_RELEASE
    if versions and len(runs) == 2 and runs[0][0] is None and runs[1][1] is None:
        star = _star(runs[0][1], runs[1][0])
        if star:
            return [[("!=", star)]]
    return [_bounds(run, versions=versions) for run in runs]


def _all_but(runs: list[Run]) -> list[Any] | None:
    """The single values between the runs if nothing else lies outside of them."""
    if runs[0][0] is not None or runs[-1][1] is not None:
        return None
    holes = [(runs[i][1], runs[i + 1][0]) for i in range(len(runs) - 1)]
    return [low for low, _ in holes] if all(_is_single(hole) for hole in holes) else None


def _is_single(run: Run) -> bool:
    low, high = run
    if low is None or high is None:
        return False
    return bool(low + (ABOVE_TEXT if isinstance(low, str) else ABOVE_RELEASE) == high)


def _bounds(run: Run, *, versions: bool) -> list[tuple[str, str]]:
    low, high = run
    if _is_single(run):
        return [("==", _value(low))]
    star = _star(low, high) if versions else ""
    if star:
        return [("==", star)]
    bounds = []
    if low is not None:
        bounds.append((">" if _is_above(low) else ">=", _value(low)))
    if high is not None:
        bounds.append(("<=" if _is_above(high) else "<", _value(high)))
    return bounds


def _is_above(cut: str | bytes) -> bool:
    return cut.endswith(ABOVE_TEXT) if isinstance(cut, str) else cut.endswith(ABOVE_RELEASE)


def _value(cut: str | bytes) -> str:
    """The value that a cut lies before or behind."""
    if isinstance(cut, str):
        return cut.removesuffix(ABOVE_TEXT)
    epoch, *release = key_numbers(cut)
    text = ".".join(release) or "0"
    return text if epoch == "0" else f"{epoch}!{text}"


def _star(low: bytes | None, high: bytes | None) -> str:
    """`3.9.*` for all of 3.9, empty for other runs than that of a minor version."""
    if low is None or high is None or _is_above(low) or _is_above(high):
        return ""
    epoch, *first = key_numbers(low)
    other, *last = key_numbers(high)
    if len(first) == 1:
        first.append("0")
    if len(first) != 2 or len(last) != 2 or first[0] != last[0] or epoch != other:
        return ""
    if int(first[1]) + 1 != int(last[1]):
        return ""
    return ("" if epoch == "0" else f"{epoch}!") + f"{first[0]}.{first[1]}.*"


def _drop_terms(clauses: list[Clause]) -> None:
    """Leave out of each clause the terms whose negation another clause covers.

    The diagram of `A or B` has the ways `A` and `not A and B`; `not A` goes.
    """
    for position, clause in enumerate(clauses):
        dropped: list[Term] = []
        for term in clause:
            opposite = _opposite(term)
            for other_position, other in enumerate(clauses):
                if other_position != position and all(
                    part == opposite or (part != term and part in clause and part not in dropped)
                    for part in other
                ):
                    dropped.append(term)
                    break
        if dropped:
            clauses[position] = [term for term in clause if term not in dropped]


def _opposite(term: Term) -> Term:
    order, left, word, right = term
    return (order, left, _NEGATIONS[word], right)


def _needed(clauses: list[Clause]) -> list[Clause]:
    """Without the clauses that another one implies."""
    redundant: set[int] = set()
    for position, clause in enumerate(clauses):
        for other_position, other in enumerate(clauses):
            if (
                other_position != position
                and other_position not in redundant
                and all(term in clause for term in other)
            ):
                redundant.add(position)
                break
    return [clause for position, clause in enumerate(clauses) if position not in redundant]
