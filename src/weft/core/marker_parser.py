"""The grammar of environment markers.

Owns the way from a text to a tree of comparisons (`weft.core.marker.Marker` tells its shape) and
the words for what is wrong. Comparisons that mean nothing are dropped here.
Refuses to evaluate.
Follows https://packaging.python.org/specifications/dependency-specifiers/#grammar.
"""

from __future__ import annotations

from weft.core.names import is_valid_name, normalize_name
from weft.core.specifier import SpecifierError, Specifiers
from weft.core.syntax import SyntaxFailure
from weft.core.version import Version, VersionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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
SET_VARIABLES = frozenset(("extras", "dependency_groups"))
_OLD_NAMES = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
    "platform.version": "platform_version",
}
_VARIABLES = {
    **{name: name for name in (*VERSION_VARIABLES, *STRING_VARIABLES, *SET_VARIABLES, "extra")},
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


class MarkerError(SyntaxFailure):
    """The text is not a marker."""


def parse_tree(text: str, position: int) -> Tree | None:
    """The tree of what stands in `text` from `position` on, None if nothing is left of it.

    `MarkerError` points into the whole text.
    """
    return _Parser(text, position).parse()


class _Parser:
    """Recursive descent over `text` from `position` on. Dropped comparisons are None."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._at = position

    def parse(self) -> Tree | None:
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
        return tree

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
    if variable in SET_VARIABLES or operator == "~=":
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
    if variable in SET_VARIABLES:
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
