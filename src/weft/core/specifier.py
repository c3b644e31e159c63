"""Version specifiers: which versions a request allows.

Owns the parsing of `>=1.0,<2` into ranges of version keys and the words for what is wrong with it.
Refuses to have an opinion on pre-releases: a range that contains `2.0rc1` allows it, and whether
candidates are looked at is the resolver's policy. Hence `>1.0` leaves out the post releases and
the local versions of `1.0`, `<2` leaves out the pre-releases of `2`, and nothing else is special.
Refuses `===` with what is not a version, too: no version could match it.
Follows PEP 440 (https://packaging.python.org/specifications/version-specifiers/).
"""

from __future__ import annotations

from weft.core.ranges import FULL, TOP, complement, contains, intersect
from weft.core.syntax import SyntaxFailure
from weft.core.value import value
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
_KEPT = 4096

_parsed: dict[str, Specifiers] = {}


class SpecifierError(SyntaxFailure):
    """`text[position : position + length]` is not a specifier; `reason` says why."""

    @property
    def message(self) -> str:
        return f"Failed to parse version: {self.reason}:\n{self.text}\n{self.underline}\n"


@value
class Specifiers:
    """A comma-separated set of specifiers.

    `text` is its normal form: versions normalized, ordered by version, joined by `,`; empty for
    everything. `ranges` holds the keys of what it allows (`weft.core.ranges`).
    """

    text: str
    ranges: Ranges

    @staticmethod
    def parse(text: str) -> Specifiers:
        """`SpecifierError` for anything but PEP 440; a comma at the end is allowed."""
        found = _parsed.get(text)
        if found is None:
            if len(_parsed) >= _KEPT:
                _parsed.clear()
            found = _parsed[text] = _parse(text)
        return found

    @staticmethod
    def parse_lenient(text: str) -> Specifiers:
        """Like `parse`, after mending the mistakes that published metadata makes."""
        try:
            return Specifiers.parse(text)
        except SpecifierError:
            from weft.core.mend import mend_specifiers

            return Specifiers.parse(mend_specifiers(text))

    def contains(self, version: Version) -> bool:
        """Whether `version`, pre-release or not, is allowed."""
        return self.contains_key(version.key, version.text)

    def contains_key(self, key: bytes, text: str = "") -> bool:
        """Like `contains` for a key; `text` is the version's normal form, needed for `===`."""
        if not contains(self.ranges, key):
            return False
        return not text or self.exact is None or self.exact == text

    @property
    def mentions_prerelease(self) -> bool:
        """Whether a clause other than `!=` names an alpha, beta, candidate or dev release."""
        return any(
            not clause.startswith("!=")
            and not {"a", "b", "c", "d"}.isdisjoint(clause.partition("+")[0])
            for clause in self.text.split(",")
        )

    @property
    def exact(self) -> str | None:
        """The version of a `===` clause."""
        for clause in self.text.split(","):
            if clause.startswith("==="):
                return clause[3:]
        return None

    @property
    def pinned(self) -> str | None:
        """The version if this is one `==` clause without `.*`."""
        text = self.text
        if not text.startswith("==") or "," in text or text[2] == "=" or text.endswith(".*"):
            return None
        return text[2:]

    @property
    def spaced_text(self) -> str:
        """`text` as people read it: `>=1.0, <2`."""
        return self.text.replace(",", ", ")

    def __str__(self) -> str:
        return self.text


ANY = Specifiers("", FULL)
"""No restriction."""


def requires_python_allows(text: str, version: str | Version) -> bool:
    """Whether `Requires-Python: text` admits interpreter `version`.

    Pre-releases of Python count as their release, as everywhere in the field (3.14.0rc1 satisfies
    `>=3.14`). What cannot be read even after mending does not restrict.
    """
    if isinstance(version, str):
        version = Version.parse(version)
    try:
        specifiers = Specifiers.parse_lenient(text)
    except SpecifierError:
        return True
    if not (version.is_prerelease or version.local):
        return specifiers.contains_key(version.key)
    return specifiers.contains(Version.parse(version.release_text))


def _parse(text: str) -> Specifiers:
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
    return Specifiers(",".join([clause for _, clause in clauses]), ranges)


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
