"""Mistakes in published metadata and what was meant.

Owns the rewriting of specifiers that are no specifiers. Refuses to parse: it gives text that may
still be wrong. Used only where the author of the text cannot be asked.
Follows what https://packaging.python.org/specifications/version-specifiers/ replaced.
"""

from __future__ import annotations

_MARKS = frozenset("<>=!~")
_OPERATORS = {"=": "==", "=>": ">=", "=<": "<=", "><": "!=", "<>": "!="}


def mend_specifiers(text: str) -> str:
    """Specifiers from published metadata, with their usual mistakes taken out.

    Quotes and brackets around versions, missing or doubled commas, `.*` behind `>=`, `>`, `<=`
    and `<`, `*` without its dot, `!=~`, `>dev`, `.0` behind a pre-release, and spaces within
    operators.
    """
    for mark in "\"'()":
        text = text.replace(mark, " ")
    pieces: list[str] = []
    for piece in text.split(","):
        pieces += _separate(piece)
    return ",".join([mended for piece in pieces if (mended := _mend_clause(piece))])


def _separate(piece: str) -> list[str]:
    """Split `>=2.7!=3.0` and `>=2.7 <4` where an operator follows a version."""
    found: list[str] = []
    start = 0
    seen_version = False
    for position, character in enumerate(piece):
        # An exclamation mark without `=` behind it belongs to an epoch.
        if character in _MARKS and (character != "!" or piece[position + 1 : position + 2] == "="):
            if seen_version:
                found.append(piece[start:position])
                start = position
                seen_version = False
        elif not character.isspace():
            seen_version = True
    found.append(piece[start:])
    return found


def _mend_clause(piece: str) -> str:
    piece = "".join(piece.split())
    end = 0
    while piece[end : end + 1] in _MARKS:
        end += 1
    operator, written = piece[:end], piece[end:]
    if not written or not operator:
        return piece if written != "*" else ""
    if operator == "!=~":
        operator, written = "!=", written if written.endswith("*") else written + ".*"
    operator = _OPERATORS.get(operator, operator)
    if written.endswith("*"):
        written = written[:-1].rstrip(".")
        if not written:
            return ""
        if operator in ("==", "!="):
            written += ".*"
    if written == "dev":
        written = "0.0.0.dev0"
    return operator + _without_zeros(written.rstrip("."))


def _without_zeros(written: str) -> str:
    """`9.0a1.0` as `9.0a1`: releases have such zeros, pre-releases do not."""
    if not any(character.isalpha() for character in written):
        return written
    while written.endswith(".0"):
        written = written[:-2]
    return written


def mend_requirement(text: str) -> str:
    """A requirement from published metadata without the quotes that stand before its marker."""
    head, semicolon, marker = text.partition(";")
    return head.replace('"', "").replace("'", "") + semicolon + marker
