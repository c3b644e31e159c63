"""Environment markers: for which interpreters and extras a requirement counts.

Owns the value and the evaluation of `python_version < '3.12' and extra == 'cli'`. Comparisons
that mean nothing (two literals, `python_version >= 'abc'`, `os_name ~= 'x'`) are dropped: they
neither allow nor forbid. The Python and implementation versions compare as versions, and so does
`platform_release` on Darwin; everything else is text, and of text only `platform_release` and
`platform_version` have an order: elsewhere `<` and `>` never hold, `<=` and `>=` mean `==`.
Versions compare by release, so that Python 3.14.0rc1 is `>= '3.14'`.
Refuses to look at the running interpreter: the environment is an argument.
Follows https://packaging.python.org/specifications/dependency-specifiers/#environment-markers.
"""

from __future__ import annotations

from weft.core.marker_parser import SET_VARIABLES, VERSION_VARIABLES, MarkerError, parse_tree
from weft.core.ranges import contains
from weft.core.specifier import SpecifierError, Specifiers
from weft.core.value import value
from weft.core.version import Version, VersionError, version_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.marker_parser import Tree

__all__ = ["ALWAYS", "Marker", "MarkerError", "parse_within"]

_KEPT = 4096
_ORDERED = frozenset(("platform_release", "platform_version"))

ALWAYS: Tree = ("true",)
"""The tree of a marker of which nothing is left: it holds everywhere."""

_parsed: dict[str, Marker] = {}


@value
class Marker:
    """A condition in normal form (`text`, empty if it always holds) and as a `tree`.

    A tree is `("and", tree, tree)`, `("or", tree, tree)`, `ALWAYS` or a leaf `(operator, variable,
    value, reversed)`. Operators are `== != < <= > >= ~= in` and `not in`; `reversed` is true only
    for `value in variable`. Values of `extra` are normalized names.
    """

    text: str
    tree: Tree

    @staticmethod
    def parse(text: str) -> Marker:
        """`MarkerError` if it is none. Markers are kept: equal texts cost one parse."""
        return parse_within(text, 0)

    def evaluate(
        self,
        environment: Mapping[str, str],
        extras: frozenset[str] = frozenset(),
        *,
        groups: frozenset[str] = frozenset(),
    ) -> bool:
        """Whether the marker holds: `environment` has the variables that the marker names,
        `extras` and `groups` are normalized names."""
        return _evaluate(self.tree, environment, (extras, groups))

    @property
    def mentions_extra(self) -> bool:
        """Whether the answer can depend on the extras."""
        return _mentions(self.tree, ("extra", "extras"))

    def __str__(self) -> str:
        return self.text


def needs_extra(text: str) -> bool:
    """Whether a marker in normal form holds at most together with the extra that it ends with.

    Told by the text alone, of the usual form: `extra == 'x'` as the last of terms joined by
    `and`. False says nothing. (No literal in single quotes holds one, so what the last two
    enclose is the last literal.)
    """
    head, mark, literal = text.rpartition("extra == '")
    return (
        bool(mark)
        and literal.find("'") == len(literal) - 1
        and (not head or head.endswith(" and "))
        and " or " not in text
    )


def parse_within(text: str, position: int) -> Marker:
    """The marker that `text` ends with, from `position` on; errors point into the whole text."""
    own = text[position:].strip()
    found = _parsed.get(own)
    if found is None:
        tree = parse_tree(text, position)
        found = Marker("", ALWAYS) if tree is None else Marker(_render(tree, ""), tree)
        if len(_parsed) >= _KEPT:
            _parsed.clear()
        _parsed[own] = found
    return found


def _render(tree: Tree, outer: str) -> str:
    word = tree[0]
    if len(tree) == 3:
        text = f"{_render(tree[1], word)} {word} {_render(tree[2], word)}"
        return f"({text})" if word == "or" and outer == "and" else text
    operator, variable, literal, is_reversed = tree
    quote = '"' if "'" in literal else "'"
    if is_reversed:
        return f"{quote}{literal}{quote} {operator} {variable}"
    return f"{variable} {operator} {quote}{literal}{quote}"


def _mentions(tree: Tree, variables: tuple[str, ...]) -> bool:
    if len(tree) == 3:
        return _mentions(tree[1], variables) or _mentions(tree[2], variables)
    return len(tree) == 4 and tree[1] in variables


def _evaluate(
    tree: Tree, environment: Mapping[str, str], sets: tuple[frozenset[str], frozenset[str]]
) -> bool:
    if len(tree) == 3:
        first = _evaluate(tree[1], environment, sets)
        if first == (tree[0] == "or"):
            return first
        return _evaluate(tree[2], environment, sets)
    if len(tree) == 1:
        return True
    operator: str
    variable: str
    literal: str
    operator, variable, literal, is_reversed = tree
    if variable == "extra":
        chosen = literal in sets[0]
        return chosen == (operator == "==")
    if variable in SET_VARIABLES:
        chosen = literal in sets[variable != "extras"]
        return chosen == (operator == "in")
    actual = environment[variable]
    if variable in VERSION_VARIABLES:
        return _compare_versions(operator, actual, literal)
    if operator in ("in", "not in"):
        inside = literal in actual if is_reversed else actual in literal
        return inside == (operator == "in")
    if variable == "platform_release" and environment.get("sys_platform") == "darwin":
        release = _as_release(operator, literal)
        return _compare_versions(operator, actual, release) if release else operator == "!="
    if variable not in _ORDERED and operator in ("<", ">"):
        return False
    if variable not in _ORDERED and operator in ("<=", ">="):
        return actual == literal
    return _compare_texts(operator, actual, literal)


def _as_release(operator: str, literal: str) -> str:
    """The release to compare with if `literal` is a public version, else empty."""
    try:
        if operator in ("==", "!=") and literal.endswith(".*"):
            return Specifiers.parse(operator + literal).text[len(operator) :]
        version = Version.parse(literal)
    except (SpecifierError, VersionError):
        return ""
    return "" if version.local else version.release_text


def _compare_versions(operator: str, actual: str, literal: str) -> bool:
    key = version_key(_release(actual))
    if operator in ("in", "not in"):
        inside = key is not None and key in map(version_key, literal.split())
        return inside == (operator == "in")
    return key is not None and contains(Specifiers.parse(operator + literal).ranges, key)


def _release(text: str) -> str:
    """The numbers that an interpreter's version begins with: `3.14.0` of `3.14.0rc1`, `3.14.0+`."""
    for position, character in enumerate(text):
        if character not in "0123456789.":
            return text[:position].rstrip(".")
    return text


def _compare_texts(operator: str, actual: str, literal: str) -> bool:
    if operator == "==":
        return actual == literal
    if operator == "!=":
        return actual != literal
    if operator == "<":
        return actual < literal
    if operator == "<=":
        return actual <= literal
    if operator == ">":
        return actual > literal
    return actual >= literal
