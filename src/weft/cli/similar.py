"""Which known word somebody may have meant.

Owns the measure: the Jaro similarity, above which a word counts as meant. Refuses to phrase it.
Reference: M. A. Jaro, "Advances in record-linkage methodology", 1989.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_ENOUGH = 0.7


def similar(word: str, known: Iterable[str]) -> list[str]:
    """The words of `known` that are close to `word`, the closest last."""
    rated = [(jaro(word, candidate), candidate) for candidate in known]
    close = [pair for pair in rated if pair[0] > _ENOUGH]
    close.sort(key=lambda pair: pair[0])
    return [candidate for _, candidate in close]


def jaro(left: str, right: str) -> float:
    """1.0 for equal texts, 0.0 for texts without a common letter in reach."""
    if left == right:
        return 1.0
    reach = max(max(len(left), len(right)) // 2 - 1, 0)
    taken = [False] * len(right)
    matched = []
    for index, letter in enumerate(left):
        for other in range(max(0, index - reach), min(len(right), index + reach + 1)):
            if not taken[other] and right[other] == letter:
                taken[other] = True
                matched.append(letter)
                break
    if not matched:
        return 0.0
    opposite = [letter for letter, used in zip(right, taken, strict=True) if used]
    swapped = sum(a != b for a, b in zip(matched, opposite, strict=True)) / 2
    count = len(matched)
    return (count / len(left) + count / len(right) + (count - swapped) / count) / 3
