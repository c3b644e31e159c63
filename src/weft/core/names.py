"""Names of projects and extras (PEP 503, PEP 685).

Owns their normal form. Refuses `re`: the table below is as fast and costs no import.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NewType

    NormalizedName = NewType("NormalizedName", str)
else:
    NormalizedName = str

_FOLD = str.maketrans("_.", "--")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_OF_NAMES = _LETTERS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.")


def normalize_name(text: str) -> NormalizedName:
    """PEP 503: lower case, runs of `-`, `_` and `.` become one `-`."""
    folded = text.lower().translate(_FOLD)
    while "--" in folded:
        folded = folded.replace("--", "-")
    return NormalizedName(folded)


def is_valid_name(text: str) -> bool:
    """Whether `text` is a valid project or extra name in any spelling (PEP 508)."""
    folded = text.lower()
    if not folded or folded[0] not in _LETTERS or folded[-1] not in _LETTERS:
        return False
    return (
        not folded.translate(_FOLD).replace("-", "a").strip("abcdefghijklmnopqrstuvwxyz0123456789")
    )


def leading_name(requirement: str) -> str:
    """The name with which a requirement begins, as it is spelled (PEP 508)."""
    end = 0
    while end < len(requirement) and requirement[end] in _OF_NAMES:
        end += 1
    return requirement[:end]
