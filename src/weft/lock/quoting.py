"""Texts as TOML strings.

Owns which of the four kinds of string a text is written as. Refuses to lay out documents.
Follows TOML 1.0, and the choice that the `toml_edit` library of uv makes.
"""

from __future__ import annotations

_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\\": "\\\\"}


def quoted(text: str) -> str:
    """A TOML string: of the first kind (basic, literal, multi-line) that needs no escapes."""
    if _needs_escapes(text):
        return _basic(text)
    slashed = "\\" in text
    if "\n" not in text:
        if '"' not in text and not slashed:
            return f'"{text}"'
        if "'" not in text:
            return f"'{text}'"
    first = "\n" if "\n" in text else ""  # the line feed behind the quotes does not count
    if not slashed and '"""' not in text:
        return f'"""{first}{text}"""'
    if "'''" not in text:
        return f"'''{first}{text}'''"
    return _basic(text)


def _needs_escapes(text: str) -> bool:
    """Whether there are control characters besides line feeds."""
    if text.isprintable():  # nearly always
        return False
    return any(ord(each) == 0x7F or (ord(each) < 0x20 and each != "\n") for each in text)


def _basic(text: str) -> str:
    return '"' + "".join([_escaped(character) for character in text]) + '"'


def _escaped(character: str) -> str:
    if character == '"':
        return '\\"'
    if character in _ESCAPES:
        return _ESCAPES[character]
    if ord(character) < 0x20 or ord(character) == 0x7F:
        return f"\\u{ord(character):04X}"
    return character
