"""How version specifiers are read.

Owns the parsing of `>=1.0,<2` into its normal form and ranges of version keys, and the words for
what is wrong with it. Refuses `===` with what is not a version: no version could match it.
Follows PEP 440 (https://packaging.python.org/specifications/version-specifiers/).
"""

from __future__ import annotations

from weft.core.ranges import FULL, TOP, complement, intersect
from weft.core.specifier import SpecifierError
from weft.core.version import (
    Scanned,
    Version,
    VersionError,
    encode_number,
    plain_release_key,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.ranges import Ranges

_OPERATORS = frozenset(("==", "!=", ">=", "<=", "<", ">", "~=", "==="))
_MARKS = frozenset("<>=!~")
_PLAIN = frozenset((">=", "<", "==", "!=", "<=", ">"))
_FINAL = b"\x30\x00\x01"  # no pre, no post, no dev release
_AFTER_POSTS = b"\x30\x02"
_BEYOND_LOCALS = b"\x02"


def parse_specifiers(text: str) -> tuple[str, Ranges]:
    """The normal form and the ranges of a set of specifiers; `SpecifierError` for what is none."""
    start = 0
    ranges = FULL
    clauses: list[tuple[bytes, str]] = []
    pieces = text.split(",")
    if not pieces[-1].strip():
        pieces.pop()
    for piece in pieces:
        try:
            order, clause, allowed = _clause(piece)
        except VersionError as error:
            raise SpecifierError(text, error.reason, position=start, length=len(piece)) from None
        ranges = intersect(ranges, allowed)
        clauses.append((order, clause))
        start += len(piece) + 1
    if len(clauses) > 1:
        clauses.sort(key=_first)
    return ",".join([clause for _, clause in clauses]), ranges


def _first(clause: tuple[bytes, str]) -> bytes:
    return clause[0]


def _clause(piece: str) -> tuple[bytes, str, Ranges]:
    """One specifier: the key to order it by, its normal form, what it allows.

    Raises `VersionError` with the reason for everything that is wrong.
    """
    stripped = piece.lstrip()
    end = 0
    while stripped[end : end + 1] in _MARKS:
        end += 1
    operator = stripped[:end]
    if not operator:
        raise VersionError(piece, _missing_operator(stripped))
    if operator not in _OPERATORS:
        raise VersionError(
            piece,
            f'no such comparison operator "{operator}", must be one of ~= == != <= >= < > ===',
        )
    words = stripped[end:].split(None, 1)
    if not words:
        raise VersionError(piece, "Unexpected end of version specifier, expected version")
    release = plain_release_key(words[0]) if operator in _PLAIN else None
    if release is not None:
        order = release + _FINAL
        clause = operator + words[0]
        allowed = _plain(operator, release)
    else:
        order, clause, allowed = _scanned(operator, Scanned(words[0], wildcard=True))
    if len(words) > 1:
        raise VersionError(piece, f"Trailing `{words[1]}` is not allowed")
    return order, clause, allowed


def _missing_operator(piece: str) -> str:
    reason = "Unexpected end of version specifier, expected operator"
    try:
        return f"{reason}. Did you mean `=={Version.parse(piece).text}`?"
    except VersionError:
        return reason


def _plain(operator: str, release: bytes) -> Ranges:
    """What `_allowed` says about a version that is nothing but a release, without scanning it."""
    final = release + _FINAL
    if operator == ">=":
        return ((final, TOP),)
    if operator == "<":
        return ((b"", release),)
    if operator == ">":
        return ((release + _AFTER_POSTS, TOP),)
    beyond = final + _BEYOND_LOCALS
    if operator == "==":
        return ((final, beyond),)
    if operator == "!=":
        return ((b"", final), (beyond, TOP))
    return ((b"", beyond),)


def _scanned(operator: str, scanned: Scanned) -> tuple[bytes, str, Ranges]:
    """`_clause` for a version that is more than a release, and for `~=`."""
    _check(operator, scanned)
    clause = operator + scanned.text()
    if scanned.starred:
        clause += ".*"
        allowed = _within(scanned)
    else:
        allowed = _allowed(operator, scanned)
    return scanned.key(), clause, complement(allowed) if operator == "!=" else allowed


def _check(operator: str, scanned: Scanned) -> None:
    """Raise `VersionError` for an operator that does not go with this kind of version."""
    reason = ""
    if scanned.starred and operator not in ("==", "!="):
        reason = f"Operator {operator} cannot be used with a wildcard version specifier"
    elif scanned.local is not None and operator not in ("==", "!=", "==="):
        local = ".".join(scanned.local)
        reason = (
            f"Operator {operator} is incompatible with versions containing non-empty local"
            f" segments (`+{local}`)"
        )
    elif operator == "~=" and len(scanned.release) < 2:
        reason = "The ~= operator requires at least two segments in the release version"
    if reason:
        raise VersionError(scanned.text(), reason)


def _allowed(operator: str, scanned: Scanned) -> Ranges:
    """What a clause without `.*` allows; for `!=` what it forbids."""
    public = scanned.public_key()
    if operator == ">=":
        return ((public, TOP),)
    if operator == "<":
        return ((b"", _floor(scanned)),)
    if operator in ("==", "!=", "==="):
        if scanned.local is not None or operator == "===":
            key = scanned.key()
            return ((key, key + b"\x00"),)
        return ((public, public + _BEYOND_LOCALS),)
    if operator == "<=":
        return ((b"", public + _BEYOND_LOCALS),)
    if operator == ">":
        exact = scanned.dev is not None or scanned.post is not None
        return (((public if exact else scanned.phase_key()) + _BEYOND_LOCALS, TOP),)
    high = encode_number(scanned.epoch) + _successor(scanned.release[:-1])
    return ((public, high),)


def _floor(scanned: Scanned) -> bytes:
    """The upper end of `<`: a version that is no pre-release takes its pre-releases along."""
    if scanned.pre is not None or scanned.dev is not None:
        return scanned.public_key()
    if scanned.post is not None:
        return scanned.phase_key() + b"\x01" + encode_number(scanned.post)
    return scanned.release_key()


def _within(scanned: Scanned) -> Ranges:
    """Everything whose release begins with this one."""
    return ((scanned.release_key(), encode_number(scanned.epoch) + _successor(scanned.release)),)


def _successor(release: list[str]) -> bytes:
    """The key of the release with its last number raised by one."""
    digits = release[-1].rstrip("9")
    nines = "0" * (len(release[-1]) - len(digits))
    raised = (digits[:-1] + str(int(digits[-1]) + 1) if digits else "1") + nines
    return b"".join(map(encode_number, release[:-1])) + encode_number(raised)
