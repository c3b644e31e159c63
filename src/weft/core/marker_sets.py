"""Sets of environments, as markers describe them.

Owns the algebra of markers: conjunction, disjunction, complement, disjointness, all exact;
what is left to say where something else holds; the Pythons of a set; and its text.
Refuses to hold a marker as written: however a set came about, it prints alike.
Follows https://packaging.python.org/specifications/dependency-specifiers/#environment-markers.
"""

from __future__ import annotations

from weft.core.marker import Marker
from weft.core.marker_leaves import node_of, node_of_python, python_from, release_point
from weft.core.marker_nodes import (
    FALSE,
    TRUE,
    Node,
    conjunction,
    disjoint,
    disjunction,
    either,
    restricted,
    rewritten,
)
from weft.core.marker_variables import (
    CONTAINS,
    EXTRA,
    EXTRAS,
    GROUPS,
    INSIDE,
    NAMES,
    PYTHON,
    VERSIONS,
)
from weft.core.ranges import EMPTY, FULL, TOP, union

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import ClassVar

    from weft.core.ranges import Ranges
    from weft.core.specifier import Specifiers

_of: dict[str, MarkerSet] = {}
_sets: dict[Node, MarkerSet] = {}
_points: dict[str, bytes] = {}


class MarkerSet:
    """A set of environments together with the extras and groups that are wanted in them.

    Immutable. Equal sets are one object, so `==` and `hash` are those of the object. Combinations
    of `os_name`, `sys_platform` and `platform_system` that no interpreter has count for nothing,
    and of sets that differ in those alone each keeps its own object and text, unless it is empty
    or everything: `a.is_subset(b) and b.is_subset(a)` is the question then.
    """

    __slots__ = ("_node", "_text")

    TRUE: ClassVar[MarkerSet]
    FALSE: ClassVar[MarkerSet]

    def __init__(self, node: Node) -> None:
        """For `_wrap` alone."""
        self._node = node
        self._text: str | None = None

    @staticmethod
    def of(marker: Marker | None) -> MarkerSet:
        """Where a marker holds; everywhere if there is none."""
        if marker is None:
            return MarkerSet.TRUE
        found = _of.get(marker.text)
        if found is None:
            found = _of[marker.text] = _wrap(node_of(marker.tree))
        return found

    @staticmethod
    def parse(text: str) -> MarkerSet:
        """Where the marker `text` holds; the empty text always does. `MarkerError` for others."""
        return MarkerSet.of(Marker.parse(text) if text else None)

    @staticmethod
    def of_python(specifiers: Specifiers) -> MarkerSet:
        """The Pythons that a `Requires-Python` allows. Bounds count by their release."""
        return _wrap(node_of_python(specifiers))

    @property
    def is_true(self) -> bool:
        """Whether every environment is in the set."""
        return self._node is TRUE

    @property
    def is_false(self) -> bool:
        """Whether the set is empty."""
        return self._node is FALSE

    @property
    def platforms(self) -> str:
        """The codes of `os_name`, `sys_platform` and `platform_system` that the set depends on.

        Where sets together depend on one of them at most, nothing is impossible and the laws of
        sets hold to the letter.
        """
        return self._node.platforms

    @property
    def text(self) -> str:
        """The marker of this set in a normal form, empty for everything."""
        if self._text is None:
            from weft.core.marker_text import text_of

            self._text = text_of(self._node)
        return self._text

    def __and__(self, other: MarkerSet) -> MarkerSet:
        return _wrap(conjunction(self._node, other._node))

    def __or__(self, other: MarkerSet) -> MarkerSet:
        return _wrap(disjunction(self._node, other._node))

    def __invert__(self) -> MarkerSet:
        return _wrap(self._node.negation)

    def is_disjoint(self, other: MarkerSet) -> bool:
        """Whether no environment is in both."""
        return disjoint(self._node, other._node)

    def is_subset(self, other: MarkerSet) -> bool:
        """Whether every environment of this set is in the other."""
        return disjoint(self._node, other._node.negation)

    def simplified(self, under: MarkerSet) -> MarkerSet:
        """A set with a shorter text that has the same environments among those of `under`.

        `simplified(under) & under` has the environments of `self & under`.
        """
        return _wrap(restricted(self._node, under._node))

    def among(self, under: MarkerSet) -> MarkerSet:
        """A set with a short text that has the same environments among those of `under`.

        Unlike `simplified`, which shortens what a lock file says for good, it treats all that
        `under` rules out alike: edges of packages that do not count everywhere are written so.
        """
        from weft.core.marker_separation import agreeing

        return _wrap(agreeing(self._node, under._node))

    def apart_from(self, other: MarkerSet) -> MarkerSet:
        """A set with a short text that has all of this one and nothing of a disjoint one."""
        from weft.core.marker_separation import separated

        return _wrap(separated(self._node, other._node))

    def evaluate(
        self,
        environment: Mapping[str, str],
        extras: frozenset[str] = frozenset(),
        groups: frozenset[str] = frozenset(),
    ) -> bool:
        """Whether an environment is in the set: `environment` has the variables of markers,
        `extras` and `groups` are the normalized names of what is wanted."""
        node = self._node
        while node.kids:
            value = _value(node.variable, environment, (extras, groups))
            position = 0
            for cut in node.cuts:
                if value < cut:
                    break
                position += 1
            node = node.kids[position]
        return node is TRUE

    def python(self) -> Ranges:
        """The Pythons of the environments in the set, as ranges of version keys.

        The bounds take a release together with its candidates and its post releases.
        """
        return _pythons(self._node, {})

    def python_from(self) -> MarkerSet:
        """All Pythons from the lowest one of the set on; everything where there is no lowest."""
        ranges = _pythons(self._node, {})
        return _wrap(python_from(ranges[0][0])) if ranges else MarkerSet.TRUE

    def python_at_least(self) -> Specifiers | None:
        """`>=3.9` (or `>3.9.1`) if that is the lowest Python of the set, None without a lowest."""
        from weft.core.marker_text import lower_bound
        from weft.core.specifier import Specifiers

        ranges = _pythons(self._node, {})
        if not ranges or not ranges[0][0]:
            return None
        return Specifiers.parse(lower_bound(ranges[0][0]))

    @property
    def mentions_extra(self) -> bool:
        """Whether the set depends on `extra`."""
        seen: set[Node] = set()
        pending = [self._node]
        while pending:
            node = pending.pop()
            if node.variable[0] == EXTRA:
                return True
            if node not in seen:
                seen.add(node)
                pending += node.kids
        return False

    def restrict_extras(self, decide: Callable[[str], bool | None]) -> MarkerSet:
        """What is left given which extras are wanted: true, false, or None for not known."""

        def chosen(node: Node) -> Node | None:
            if node.variable[0] != EXTRA:
                return None
            wanted = decide(node.variable[1:])
            return None if wanted is None else node.kids[wanted]

        return _wrap(rewritten(self._node, chosen))

    def with_extra(self, name: str) -> MarkerSet:
        """What is left if the extra with this normalized name is wanted."""
        return self.restrict_extras(lambda extra: True if extra == name else None)

    def without_extra(self, name: str) -> MarkerSet:
        """What is left if the extra with this normalized name is not wanted."""
        return self.restrict_extras(lambda extra: False if extra == name else None)

    def without_extras(self) -> MarkerSet:
        """The environments that are in the set for some choice of extras."""
        return _wrap(
            rewritten(self._node, lambda node: either(node) if node.variable[0] == EXTRA else None)
        )

    def only_extras(self) -> MarkerSet:
        """The choices of extras for which the set has an environment."""
        return _wrap(
            rewritten(self._node, lambda node: None if node.variable[0] == EXTRA else either(node))
        )

    def extra_terms(self) -> tuple[tuple[str, bool], ...]:
        """The extras that a conjunction of extras names, each with whether it is wanted.

        Of other sets it is the terms of one way to be in the set.
        """
        terms = []
        node = self._node
        while node.variable[0] == EXTRA:
            wanted = node.kids[0] is FALSE
            terms.append((node.variable[1:], wanted))
            node = node.kids[wanted]
        return tuple(terms)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"MarkerSet({self.text!r})"


def _wrap(node: Node) -> MarkerSet:
    found = _sets.get(node)
    if found is None:
        found = _sets.setdefault(node, MarkerSet(node))
    return found


MarkerSet.TRUE = _wrap(TRUE)
MarkerSet.FALSE = _wrap(FALSE)


def _value(
    variable: str,
    environment: Mapping[str, str],
    wanted: tuple[frozenset[str], frozenset[str]],
) -> str | bytes | bool:
    """What an environment answers to a variable, comparable with the cuts of its nodes."""
    first = variable[0]
    if first in (EXTRA, EXTRAS):
        return variable[1:] in wanted[0]
    if first == GROUPS:
        return variable[1:] in wanted[1]
    if first == INSIDE:
        return environment[NAMES[variable[1]]] in variable[2:]
    if first == CONTAINS:
        return variable[2:] in environment[NAMES[variable[1]]]
    text = environment[NAMES[first]]
    if first not in VERSIONS:
        return text
    point = _points.get(text)
    if point is None:
        point = _points[text] = release_point(text)
    return point


def _pythons(node: Node, done: dict[Node, Ranges]) -> Ranges:
    """The releases of Python with which `node` can hold."""
    if node is FALSE:
        return EMPTY
    if node.variable > PYTHON:
        return FULL
    found = done.get(node)
    if found is None:
        found = EMPTY
        if node.variable == PYTHON:
            bounds = (b"", *node.cuts, TOP)
            for low, high, kid in zip(bounds, bounds[1:], node.kids, strict=False):
                if kid is not FALSE:
                    found = union(found, ((low, high),))
        else:
            for kid in node.kids:
                found = union(found, _pythons(kid, done))
        done[node] = found
    return found
