"""Digests that name memories."""

from __future__ import annotations

from weft.core.digest import quick_digest


def test_both_halves_of_a_quick_digest_tell_texts_apart() -> None:
    found = [quick_digest(str(number)) for number in range(1000)]
    for half in (slice(16), slice(16, None)):
        assert len({each[half] for each in found}) == 1000
    assert all(each[:16] != each[16:] for each in found)
    assert quick_digest("0") == found[0]
