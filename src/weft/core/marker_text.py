"""Marker sets as text.

Owns the way from a diagram back to a short marker: clauses joined by `or`, none of them
redundant, in a settled order.
Refuses to decide anything about sets.
Follows https://packaging.python.org/specifications/dependency-specifiers/#grammar; the order of
terms and clauses is that of uv's lock files.
"""

from __future__ import annotations

from weft.core.marker_leaves import key_numbers
from weft.core.marker_nodes import (
    FALSE,
    TRUE,
    Node,
    aligned,
    make,
    plain_conjunction,
    plain_disjunction,
)
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

    from weft.core.marker_nodes import Cuts

    Term: TypeAlias = tuple[int, str, str, str]  # order of the variable, left, operator, right
    Clause: TypeAlias = list[Term]
    Pair: TypeAlias = tuple[Node, Node]
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


def text_of(node: Node) -> str:
    """The marker: empty for everything, `NEVER` for nothing."""
    if node is TRUE:
        return ""
    if node is FALSE:
        return NEVER
    clauses, _ = _Covers().cover(node, node)
    clauses = sorted([sorted(clause, key=_order) for clause in clauses], key=_orders)
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


class _Covers:
    """Covers of sets by clauses: short ones, none of which the others make redundant.

    The procedure of S. Minato, "Fast Generation of Irredundant Sum-of-Products Forms from Binary
    Decision Diagrams" (1992), for decisions with any number of ways.
    """

    def __init__(self) -> None:
        self._done: dict[tuple[Node, Node], tuple[list[Clause], Node]] = {}

    def cover(self, needed: Node, allowed: Node) -> tuple[list[Clause], Node]:
        """Clauses that hold wherever `needed` does and nowhere outside of `allowed`, and the
        set of where they hold."""
        if needed is FALSE:
            return [], FALSE
        if allowed is TRUE:
            return [[]], TRUE
        found = self._done.get((needed, allowed))
        if found is None:
            found = self._done[needed, allowed] = self._split(needed, allowed)
        return found

    def _split(self, needed: Node, allowed: Node) -> tuple[list[Clause], Node]:
        """Cover by the ways of the first decision, but what holds on all of them at once."""
        variable = min(needed.variable, allowed.variable)
        cuts, pairs = _parallel(needed, allowed, variable)
        common = TRUE
        for _, limit in pairs:
            common = plain_conjunction(common, limit)
        rest = FALSE
        parts: list[Node] = []
        inner: dict[Node, list[Clause]] = {FALSE: []}
        for need, limit in pairs:
            own, part = self.cover(plain_conjunction(need, common.negation), limit)
            rest = plain_disjunction(rest, plain_conjunction(need, part.negation))
            parts.append(part)
            inner.setdefault(part, own)
        last, whole = self.cover(rest, common)
        clauses = [
            terms + clause
            for part, choices in _ways(variable, cuts, parts)
            for terms in choices
            for clause in inner[part]
        ]
        return clauses + last, plain_disjunction(make(variable, cuts, parts), whole)


def _parallel(a: Node, b: Node, variable: str) -> tuple[Cuts, list[Pair]]:
    """The runs of the decision on `variable` that one of two nodes or both begin with."""
    if a.variable == b.variable:
        return aligned(a, b)
    if a.variable == variable:
        return a.cuts, [(kid, b) for kid in a.kids]
    return b.cuts, [(a, kid) for kid in b.kids]


def _ways(variable: str, cuts: Cuts, parts: list[Node]) -> list[tuple[Node, list[Clause]]]:
    """The distinct ways on from a decision, each with the choices of terms that lead there."""
    if cuts == (True,):
        low, high = parts
        left, right = _operands(variable)
        words = ("==", "!=") if left == "extra" else ("in", "not in")
        order = _ORDER[right if right in _ORDER else left]
        wanted, unwanted = [(order, left, word, right) for word in words]
        ways = [(high, [[wanted]]), (low, [[unwanted]])]
        return ways[::-1] if left == "extra" else ways
    runs: dict[Node, list[Run]] = {}
    for start, end, part in zip((None, *cuts), (*cuts, None), parts, strict=True):
        found = runs.setdefault(part, [])
        if found and found[-1][1] == start:
            start = found.pop()[0]
        found.append((start, end))
    name = NAMES[variable[0]]
    return [
        (
            part,
            [
                [(_ORDER[name], name, word, _quoted(value)) for word, value in comparisons]
                for comparisons in _compared(found, variable[0])
            ],
        )
        for part, found in runs.items()
        if part is not FALSE
    ]


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
