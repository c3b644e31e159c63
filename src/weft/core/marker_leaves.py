"""From the comparisons of a marker to decisions.

Owns what each operator means for each kind of variable: versions compare by release,
`python_version` is a view on `python_full_version`, text has no order except for
`platform_release` and `platform_version`, and Darwin's `platform_release` is a version.
Refuses to parse: `weft.core.marker` has done that.
Follows https://packaging.python.org/specifications/dependency-specifiers/#environment-markers.
"""

from __future__ import annotations

from weft.core.marker_nodes import (
    FALSE,
    TRUE,
    Node,
    conjunction,
    disjunction,
    equal,
    flag,
    make,
)
from weft.core.marker_variables import (
    ABOVE_RELEASE,
    ABOVE_TEXT,
    CODES,
    CONTAINS,
    DARWIN_RELEASE,
    EXTRA,
    EXTRAS,
    GROUPS,
    INSIDE,
    PLATFORM_SYSTEM,
    PYTHON,
    RELEASE,
    SYS_PLATFORM,
    SYSTEMS,
    VERSIONS,
)
from weft.core.ranges import FULL, TOP, complement, intersect, union
from weft.core.version import Scanned, VersionError, encode_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.marker_parser import Tree
    from weft.core.ranges import Ranges
    from weft.core.specifier import Specifiers

_LEAST = encode_number("0")  # the key of version 0, which no other one is below
_clauses: dict[str, Ranges] = {}  # of `Requires-Python`: the same few stand in most
_ORDERED = frozenset((RELEASE, CODES["platform_version"]))


def node_of(tree: Tree) -> Node:
    """The decisions of a marker's tree (`weft.core.marker.Marker.tree`)."""
    if len(tree) == 3:
        join = conjunction if tree[0] == "and" else disjunction
        return join(node_of(tree[1]), node_of(tree[2]))
    if len(tree) == 1:
        return TRUE
    operator, variable, literal, is_reversed = tree
    negative = operator in ("!=", "not in")
    if variable == "extra":
        node = flag(EXTRA + literal)
    elif variable in ("extras", "dependency_groups"):
        node = flag((EXTRAS if variable == "extras" else GROUPS) + literal)
    elif variable == "python_version":
        return _among(PYTHON, _lifted(_releases(operator, literal)))
    elif CODES[variable] in VERSIONS:
        return _among(CODES[variable], _releases(operator, literal))
    elif operator in ("in", "not in"):
        node = flag((CONTAINS if is_reversed else INSIDE) + CODES[variable] + literal)
    elif variable == "platform_release":
        return _platform_release(operator, literal)
    else:
        return _text(operator, CODES[variable], literal)
    return node.negation if negative else node


def node_of_python(specifiers: Specifiers) -> Node:
    """Where the release of the Python is allowed."""
    allowed = FULL
    for clause in specifiers.text.split(",") if specifiers.text else ():
        known = _clauses.get(clause)
        if known is None:
            literal = clause.lstrip("=<>!~")
            operator = clause[: len(clause) - len(literal)]
            known = _clauses[clause] = _releases("==" if operator == "===" else operator, literal)
        allowed = intersect(allowed, known)
    return _among(PYTHON, allowed)


def python_from(lowest: bytes) -> Node:
    """Where the release of the Python is at least the one with this key."""
    return _among(PYTHON, ((lowest, TOP),))


def release_point(text: str) -> bytes:
    """The key that the version of an interpreter or a Darwin counts with: that of its release."""
    digits = text
    for position, character in enumerate(text):
        if character not in "0123456789.":
            digits = text[:position]
            break
    try:
        return Scanned(digits.rstrip(".")).release_key()
    except VersionError:
        return b""


def _text(operator: str, variable: str, literal: str) -> Node:
    if variable == PLATFORM_SYSTEM and literal in SYSTEMS:
        variable, literal = SYS_PLATFORM, SYSTEMS[literal]
    if operator == "!=":
        return equal(variable, literal).negation
    if variable not in _ORDERED:
        return FALSE if operator in ("<", ">") else equal(variable, literal)
    if operator in ("<", ">="):
        node = make(variable, (literal,), (TRUE, FALSE))
        return node if operator == "<" else node.negation
    if operator in ("<=", ">"):
        node = make(variable, (literal + ABOVE_TEXT,), (TRUE, FALSE))
        return node if operator == "<=" else node.negation
    return equal(variable, literal)


def _platform_release(operator: str, literal: str) -> Node:
    """Darwin's release is a version: it is never one of those that are none, nor ordered to them.

    So what holds on Darwin does not depend on the text, and elsewhere nothing on the version.
    """
    darwin = equal(SYS_PLATFORM, "darwin")
    version = TRUE if operator == "!=" else FALSE
    if _is_release(literal, wildcard=operator in ("==", "!=")):
        version = _among(DARWIN_RELEASE, _releases(operator, literal))
    text = _text(operator, RELEASE, literal)
    return disjunction(conjunction(darwin, version), conjunction(darwin.negation, text))


def _is_release(literal: str, *, wildcard: bool) -> bool:
    """Whether a version is compared by its release: any but a local one."""
    try:
        return Scanned(literal, wildcard=wildcard).local is None
    except VersionError:
        return False


def _among(variable: str, ranges: Ranges) -> Node:
    cuts: list[bytes] = []
    kids = [FALSE]
    for low, high in ranges:
        if high <= _LEAST:
            continue
        if low > _LEAST:
            cuts.append(low)
            kids.append(TRUE)
        else:
            kids[-1] = TRUE
        if high != TOP:
            cuts.append(high)
            kids.append(FALSE)
    return make(variable, tuple(cuts), kids)


def _releases(operator: str, literal: str) -> Ranges:
    """The keys of the releases that compare so with the version `literal` or, after `in`, with
    the versions in it."""
    if operator in ("in", "not in"):
        allowed: Ranges = ()
        for word in literal.split():
            allowed = union(allowed, _releases("==", word))
        return allowed if operator == "in" else complement(allowed)
    scanned = Scanned(literal, wildcard=True)
    low = scanned.release_key()
    high = low + ABOVE_RELEASE
    if scanned.starred:
        high = _next_key(scanned.epoch, scanned.release)
    if operator == "~=":
        return ((low, _next_key(scanned.epoch, scanned.release[:-1])),)
    if operator == "==":
        return ((low, high),)
    if operator == "!=":
        return ((b"", low), (high, TOP))
    if operator == ">=":
        return ((low, TOP),)
    if operator == ">":
        return ((high, TOP),)
    return ((b"", low if operator == "<" else high),)


def _next_key(epoch: str, release: list[str]) -> bytes:
    """The key of the release with its last number raised by one."""
    numbers = [*release[:-1], str(int(release[-1]) + 1)]
    return b"".join(map(encode_number, (epoch, *numbers)))


def _lifted(ranges: Ranges) -> Ranges:
    """The full versions whose first two numbers, taken as a version, lie in `ranges`.

    This is all that `python_version` needs: each bound moves up to the next `X.Y`.
    """
    lifted: Ranges = ()
    for low, high in ranges:
        bounds = (_lift(low), _lift(high))
        if bounds[0] < bounds[1]:
            lifted = union(lifted, (bounds,))
    return lifted


def _lift(key: bytes) -> bytes:
    """The least key of two numbers that is not below `key`."""
    if key in (b"", TOP):
        return key
    numbers = key_numbers(key)
    above = key.endswith(ABOVE_RELEASE)
    if len(numbers) <= 3 and not above:
        return key
    epoch, major, minor, *_ = (*numbers, "0", "0")
    return _next_key(epoch, [major, minor])


def key_numbers(key: bytes) -> list[str]:
    """The epoch and the release in a key (`weft.core.version`) that ends with the release."""
    numbers: list[str] = []
    position = 0
    end = len(key) - key.endswith(ABOVE_RELEASE)
    while position < end:
        mark = key[position]
        position += 1
        if mark < 0xC0:
            numbers.append(str(mark - 0x80))
            continue
        size = mark - 0xC0
        if mark == 0xFD:
            size = int.from_bytes(key[position : position + 4], "big")
            position += 4
        numbers.append(key[position : position + size].decode())
        position += size
    return numbers
