"""Environment markers: for which interpreters and extras a requirement counts.

Owns the parsing and the evaluation of `python_version < '3.12' and extra == 'cli'`. Comparisons
that mean nothing (two literals, `python_version >= 'abc'`, `os_name ~= 'x'`) are dropped: they
neither allow nor forbid. Only the Python and implementation versions compare as versions;
everything else compares as text, `platform_release` included. Versions compare by release, so
that Python 3.14.0rc1 is `>= '3.14'`.
Refuses to look at the running interpreter: the environment is an argument.
Follows https://packaging.python.org/specifications/dependency-specifiers/#environment-markers.
"""

from __future__ import annotations

from weft.core.names import is_valid_name, normalize_name
from weft.core.ranges import contains
from weft.core.specifier import SpecifierError, Specifiers
from weft.core.syntax import SyntaxFailure
from weft.core.value import value
from weft.core.version import Version, VersionError, version_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    Leaf: TypeAlias = tuple[str, str, str, bool]
    Tree: TypeAlias = tuple[Any, ...]

VERSION_VARIABLES = frozenset(("python_version", "python_full_version", "implementation_version"))
STRING_VARIABLES = frozenset(
    (
        "os_name",
        "sys_platform",
        "platform_machine",
        "platform_python_implementation",
        "platform_release",
        "platform_system",
        "platform_version",
        "implementation_name",
    )
)
_SETS = frozenset(("extras", "dependency_groups"))
_OLD_NAMES = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
    "platform.version": "platform_version",
}
_VARIABLES = {
    **{name: name for name in (*VERSION_VARIABLES, *STRING_VARIABLES, *_SETS, "extra")},
    **_OLD_NAMES,
}
_MARKS = frozenset("<>=!~")
_NAME_ENDS = frozenset("<>=!~) \t\r\n")
_WORD_ENDS = frozenset("'\" \t\r\n")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_OPERATORS = _COMPARISONS | {"~=", "in", "not in"}
_END = "found end of dependency specification"
_DEPTH = 100
_KEPT = 4096

ALWAYS: Tree = ("true",)
"""The tree of a marker of which nothing is left: it holds everywhere."""

_parsed: dict[str, Marker] = {}


class MarkerError(SyntaxFailure):
    """The text is not a marker."""


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
        """`MarkerError` if it is none. Equal texts give the same object."""
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


def parse_within(text: str, position: int) -> Marker:
    """The marker that `text` ends with, from `position` on; errors point into the whole text."""
    own = text[position:].strip()
    found = _parsed.get(own)
    if found is None:
        tree = _Parser(text, position).parse()
        found = Marker("" if tree == ALWAYS else _render(tree, ""), tree)
        if len(_parsed) >= _KEPT:
            _parsed.clear()
        _parsed[own] = found
    return found


class _Parser:
    """Recursive descent over `text` from `position` on. Dropped comparisons are None."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._at = position

    def parse(self) -> Tree:
        tree = self._chain("or", 0)
        self._skip_space()
        rest = self._text[self._at :]
        if rest:
            raise MarkerError(
                self._text,
                f"Unexpected character '{rest[0]}', expected 'and', 'or' or end of input",
                position=self._at,
                length=len(rest),
            )
        return ALWAYS if tree is None else tree

    def _chain(self, word: str, depth: int) -> Tree | None:
        """Terms joined by `word`; `or` joins chains of `and`."""
        step: Callable[[int], Tree | None] = self._and if word == "or" else self._term
        terms = [step(depth)]
        while True:
            self._skip_space()
            end = self._at + len(word)
            if self._text[self._at : end] != word or self._is_word(end):
                break
            self._at = end
            terms.append(step(depth))
        return _join(word, [term for term in terms if term is not None])

    def _and(self, depth: int) -> Tree | None:
        return self._chain("and", depth)

    def _is_word(self, position: int) -> bool:
        """Whether a word goes on at `position`, as in `order`."""
        following = self._text[position : position + 1]
        return following.isalnum() or following in ("_", ".")

    def _term(self, depth: int) -> Tree | None:
        self._skip_space()
        start = self._at
        if self._text[start : start + 1] != "(":
            return self._comparison()
        if depth >= _DEPTH:
            raise self._error("Expected a marker with fewer nested parentheses")
        self._at += 1
        tree = self._chain("or", depth + 1)
        self._skip_space()
        found = self._text[self._at : self._at + 1]
        if not found:
            self._at = start
            raise self._error(f"Expected ')', {_END}")
        if found != ")":
            raise self._error(f"Expected `)`, found `{found}`")
        self._at += 1
        return tree

    def _comparison(self) -> Tree | None:
        left, left_is_name = self._operand()
        operator = self._operator()
        right, right_is_name = self._operand()
        if left_is_name == right_is_name:
            return None
        if left_is_name:
            return _leaf(operator, left, right)
        return _reversed_leaf(operator, right, left)

    def _operand(self) -> tuple[str, bool]:
        """A quoted value, or a variable (then the second field is true)."""
        self._skip_space()
        text, start = self._text, self._at
        first = text[start : start + 1]
        if not first:
            raise self._error(f"Expected marker value, {_END}")
        if first in "'\"":
            end = text.find(first, start + 1)
            if end < 0:
                raise self._error(f"Expected '{first}', {_END}")
            self._at = end + 1
            return text[start + 1 : end], False
        end = start
        while end < len(text) and text[end] not in _NAME_ENDS:
            end += 1
        name = text[start:end]
        variable = _VARIABLES.get(name)
        if variable is None:
            raise self._error(
                f"Expected a quoted string or a valid marker name, found `{name}`", len(name)
            )
        self._at = end
        return variable, True

    def _operator(self) -> str:
        self._skip_space()
        text, start = self._text, self._at
        end = start
        if text[start : start + 1] in _MARKS:
            while text[end : end + 1] in _MARKS:
                end += 1
        elif text[start : start + 1].isalpha():
            while end < len(text) and text[end] not in _WORD_ENDS:
                end += 1
        found = text[start:end]
        if found == "not":
            return self._not_in(end)
        if found not in _OPERATORS:
            raise self._error(
                f"Expected a valid marker operator (such as `>=` or `not in`), found `{found}`",
                len(found),
            )
        self._at = end
        return found

    def _not_in(self, end: int) -> str:
        """The rest of `not in`, with any space between."""
        self._at = end
        self._skip_space()
        if self._at == end:
            found = self._text[end : end + 1]
            raise self._error(
                f"Expected whitespace after `not`, found `{found}`"
                if found
                else "Expected whitespace after 'not', found end of input"
            )
        for letter in "in":
            found = self._text[self._at : self._at + 1]
            if found != letter:
                raise self._error(
                    f"Expected `{letter}`, found `{found}`"
                    if found
                    else f"Expected '{letter}', {_END}"
                )
            self._at += 1
        return "not in"

    def _skip_space(self) -> None:
        text = self._text
        while text[self._at : self._at + 1].isspace():
            self._at += 1

    def _error(self, reason: str, length: int = 1) -> MarkerError:
        return MarkerError(self._text, reason, position=self._at, length=length)


def _leaf(operator: str, variable: str, literal: str) -> Leaf | None:
    """`variable operator 'literal'`; None if it means nothing."""
    if variable in VERSION_VARIABLES:
        return _version_leaf(operator, variable, literal)
    if variable == "extra":
        if operator not in ("==", "!="):
            return None
        return (operator, variable, _extra(literal), False)
    if variable in _SETS or operator == "~=":
        return None
    return (operator, variable, literal, False)


def _version_leaf(operator: str, variable: str, literal: str) -> Leaf | None:
    """Pythons compare by release, so that a candidate of 3.14 counts as 3.14 on both sides."""
    try:
        if operator in ("in", "not in"):
            words = [Version.parse(word).release_text for word in literal.split()]
            return (operator, variable, " ".join(words), False)
        if not Specifiers.parse(operator + literal).text.endswith(".*"):
            literal = Version.parse(literal).release_text
        Specifiers.parse(operator + literal)
    except (SpecifierError, VersionError):
        return None
    return (operator, variable, literal, False)


def _reversed_leaf(operator: str, variable: str, literal: str) -> Leaf | None:
    """`'literal' operator variable`; comparisons are turned round."""
    if operator not in ("in", "not in"):
        return _leaf(_FLIPPED.get(operator, operator), variable, literal)
    if variable in VERSION_VARIABLES or variable == "extra":
        return None
    if variable in _SETS:
        literal = _extra(literal)
    return (operator, variable, literal, True)


def _extra(literal: str) -> str:
    return normalize_name(literal) if is_valid_name(literal) else literal


def _join(word: str, terms: list[Tree]) -> Tree | None:
    """A balanced tree of `terms`: its depth grows with the logarithm of their count.

    Chains within the chain are taken apart first, so that the text of a tree gives it again.
    """
    terms = [part for term in terms for part in _parts(word, term)]
    while len(terms) > 1:
        pairs: list[Tree] = [
            (word, terms[position], terms[position + 1]) for position in range(0, len(terms) - 1, 2)
        ]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0] if terms else None


def _parts(word: str, tree: Tree) -> list[Tree]:
    """The terms of a chain of `word`, in order; a tree of another kind is its only term."""
    if tree[0] != word or len(tree) != 3:
        return [tree]
    return _parts(word, tree[1]) + _parts(word, tree[2])


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
    if variable in _SETS:
        chosen = literal in sets[variable != "extras"]
        return chosen == (operator == "in")
    actual = environment[variable]
    if variable in VERSION_VARIABLES:
        return _compare_versions(operator, actual, literal)
    if operator in ("in", "not in"):
        inside = literal in actual if is_reversed else actual in literal
        return inside == (operator == "in")
    return _compare_texts(operator, actual, literal)


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
