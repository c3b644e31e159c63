"""Requirements: which project, in which versions, from where, when.

Owns the parsing of `name[extra]>=1.0; python_version < '3.12'` and of `name @ url`, and the words
and carets for what is wrong. Refuses paths, options and environment variables of requirements
files; they belong to `weft.project.inputs`.
Follows PEP 508 (https://packaging.python.org/specifications/dependency-specifiers/).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.names import normalize_name
from weft.core.specifier import ANY, SpecifierError, Specifiers
from weft.core.syntax import SyntaxFailure
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from weft.core.marker import Marker
    from weft.core.names import NormalizedName
    from weft.core.ranges import Ranges

    Packed: TypeAlias = tuple[str, tuple[str, ...], str, Ranges, str | None, str | None]

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_NAME = _LETTERS | frozenset("-_.")
_MARKS = frozenset("<=>~!")
_END = "found end of dependency specification"


class RequirementError(WeftError):
    """`text` is not a requirement. The cause (also `detail`) says why and where."""

    def __init__(self, text: str, detail: SyntaxFailure) -> None:
        super().__init__()
        self.text = text
        self.detail = detail
        self.__cause__ = detail

    @property
    def message(self) -> str:
        return f"Failed to parse: `{self.text}`"


@value
class Requirement:
    """One dependency. `url` excludes `specifiers` other than `ANY`; `marker` None means always."""

    name: NormalizedName
    extras: tuple[NormalizedName, ...] = ()
    specifiers: Specifiers = ANY
    url: str | None = None
    marker: Marker | None = None

    @staticmethod
    def parse(text: str) -> Requirement:
        """`RequirementError` for anything but PEP 508."""
        try:
            return _parse(text, lenient=False)
        except SyntaxFailure as failure:
            raise RequirementError(text, failure) from failure

    @staticmethod
    def parse_lenient(text: str) -> Requirement:
        """For published metadata: versions are mended first (`weft.core.mend`)."""
        try:
            return _parse(text, lenient=True)
        except SyntaxFailure as failure:
            found = _without_quotes(text)
            if found is None:
                raise RequirementError(text, failure) from failure
        return found

    @property
    def text(self) -> str:
        """The normal form: `name[extra]>=1.0 ; marker` or `name @ url ; marker`."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        source = f" @ {self.url}" if self.url is not None else self.specifiers.text
        marker = f" ; {self.marker.text}" if self.marker is not None else ""
        return f"{self.name}{extras}{source}{marker}"

    def __str__(self) -> str:
        return self.text


def pack(requirement: Requirement) -> Packed:
    """What `marshal` can write: name, extras, specifier text, ranges, URL, marker text."""
    specifiers = requirement.specifiers
    marker = requirement.marker
    return (
        requirement.name,
        requirement.extras,
        specifiers.text,
        specifiers.ranges,
        requirement.url,
        None if marker is None else marker.text,
    )


def unpack(packed: Packed) -> Requirement:
    """The requirement again; specifiers are taken as they were packed."""
    name, extras, text, ranges, url, marker = packed
    if marker is not None:
        from weft.core.marker import Marker
    return Requirement(
        name,  # type: ignore[arg-type]
        extras,  # type: ignore[arg-type]
        Specifiers(text, ranges) if text else ANY,
        url,
        None if marker is None else Marker.parse(marker),
    )


class PackedRequirements:
    """Packed requirements as a sequence that is unpacked as it is read, each time anew."""

    __slots__ = ("rows",)

    def __init__(self, rows: tuple[Packed, ...]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Requirement]:
        return map(unpack, self.rows)

    def where(self, holds: Callable[[str], bool]) -> list[Requirement]:
        """Those whose marker, in normal form and empty where there is none, passes."""
        return [unpack(row) for row in self.rows if holds(row[5] or "")]


def _without_quotes(text: str) -> Requirement | None:
    """A published requirement once more, without the quotes before its marker."""
    from weft.core.mend import mend_requirement

    mended = mend_requirement(text)
    try:
        return _parse(mended, lenient=True) if mended != text else None
    except SyntaxFailure:
        return None


def _parse(text: str, *, lenient: bool) -> Requirement:
    name, at = _name(text)
    at = _skip_space(text, at)
    extras: tuple[NormalizedName, ...] = ()
    found = text[at : at + 1]
    if found == "[":
        extras, at = _extras(text, at)
        at = _skip_space(text, at)
        found = text[at : at + 1]
    specifiers = ANY
    url = None
    if found in _MARKS:
        end = text.find(";", at)
        end = len(text) if end < 0 else end
        specifiers = _specifiers(text, at, end, lenient=lenient)
        at = end
    elif found == "(":
        specifiers, at = _parenthesized(text, at, lenient=lenient)
    elif found == "@":
        url, at = _url(text, at + 1)
    elif found not in ("", ";"):
        raise SyntaxFailure(
            text,
            f"Expected one of `@`, `(`, `<`, `=`, `>`, `~`, `!`, `;`, found `{found}`",
            position=at,
        )
    marker = _marker(text, at)
    return Requirement(name, extras, specifiers, url, marker)


def _skip_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _name(text: str) -> tuple[NormalizedName, int]:
    start = _skip_space(text, 0)
    first = text[start : start + 1]
    if not first:
        raise SyntaxFailure(
            text, "Empty field is not allowed for PEP508", position=0, length=len(text)
        )
    if first not in _LETTERS:
        raise SyntaxFailure(
            text,
            f"Expected package name starting with an alphanumeric character, found `{first}`",
            position=start,
        )
    end = start
    for character in text if not start else text[start:]:
        if character not in _NAME:
            break
        end += 1
    if text[end - 1] not in _LETTERS:
        raise SyntaxFailure(
            text,
            f"Package name must end with an alphanumeric character, not `{text[end - 1]}`",
            position=end - 1,
        )
    return normalize_name(text[start:end]), end


def _extras(text: str, at: int) -> tuple[tuple[NormalizedName, ...], int]:
    """The names between `[` at `at` and `]`, and the position behind it."""
    bracket = at
    names: dict[NormalizedName, None] = {}
    at = _skip_space(text, at + 1)
    if text[at : at + 1] == "]":
        return (), at + 1
    while True:
        at = _skip_space(text, at)
        start = at
        first = text[at : at + 1]
        if not first:
            raise _unclosed(text, bracket)
        if first not in _LETTERS:
            reason = f"Expected an alphanumeric character starting the extra name, found `{first}`"
            if first == "," and not names:
                reason = (
                    "Expected either alphanumerical character (starting the extra name) or `]`"
                    " (ending the extras section), found `,`"
                )
            raise SyntaxFailure(text, reason, position=at)
        while text[at : at + 1] in _NAME:
            at += 1
        if text[at - 1] not in _LETTERS:
            raise SyntaxFailure(
                text,
                f"Extra name must end with an alphanumeric character, not `{text[at - 1]}`",
                position=at - 1,
            )
        names[normalize_name(text[start:at])] = None
        touching = at
        at = _skip_space(text, at)
        found = text[at : at + 1]
        if found == "]":
            return tuple(names), at + 1
        if not found:
            raise _unclosed(text, bracket)
        if found != ",":
            expected = "Expected either `,` (separating extras) or `]` (ending the extras section)"
            if at == touching:
                expected = (
                    "Invalid character in extras name, expected an alphanumeric character,"
                    " `-`, `_`, `.`, `,` or `]`"
                )
            raise SyntaxFailure(text, f"{expected}, found `{found}`", position=at)
        at += 1


def _unclosed(text: str, bracket: int) -> SyntaxFailure:
    return SyntaxFailure(text, f"Missing closing bracket (expected ']', {_END})", position=bracket)


def _specifiers(text: str, start: int, end: int, *, lenient: bool) -> Specifiers:
    """The specifiers in `text[start:end]`."""
    written = text[start:end]
    try:
        return Specifiers.parse_lenient(written) if lenient else Specifiers.parse(written)
    except SpecifierError as error:
        failure = SyntaxFailure(
            text, error.reason, position=start + error.position, length=error.length
        )
    raise failure


def _parenthesized(text: str, at: int, *, lenient: bool) -> tuple[Specifiers, int]:
    """The specifiers between `(` at `at` and `)`, and the position behind it and its space."""
    end = text.find(")", at)
    if end < 0:
        _specifiers(text, at + 1, max(text.rfind(","), at + 1), lenient=lenient)
        raise SyntaxFailure(
            text, f"Missing closing parenthesis (expected ')', {_END})", position=at
        )
    written = text[at + 1 : end]
    if written.strip():
        specifiers = _specifiers(text, at + 1, end, lenient=lenient)
    elif lenient:
        specifiers = ANY
    else:
        raise SyntaxFailure(
            text,
            "Unexpected end of version specifier, expected operator",
            position=at + 1,
            length=0,
        )
    after = _skip_space(text, end + 1)
    if text[after : after + 1] not in ("", ";"):
        raise SyntaxFailure(
            text, f"Expected end of input or `;`, found `{text[after]}`", position=after
        )
    return specifiers, after


def _url(text: str, at: int) -> tuple[str, int]:
    """The URL from `at` on and where it ends.

    A URL may hold spaces and semicolons: it ends at a semicolon with space on either side, or at
    a comment (`#` with space before it), which is dropped with all that follows.
    """
    start = _skip_space(text, at)
    end = start
    while end < len(text):
        character = text[end]
        spaced = text[end - 1].isspace()
        if end > start and character == "#" and spaced:
            break
        if end > start and character == ";" and (spaced or not text[end + 1 : end + 2].strip()):
            break
        end += 1
    url = text[start:end].rstrip()
    if not url:
        raise SyntaxFailure(text, "Expected URL", position=start)
    return url, len(text) if text[end : end + 1] == "#" else end


def _marker(text: str, at: int) -> Marker | None:
    """The marker behind the semicolon at `at`; None at the end of the text."""
    if at >= len(text):
        return None
    from weft.core.marker import parse_within

    marker = parse_within(text, at + 1)
    return marker if marker.text else None
