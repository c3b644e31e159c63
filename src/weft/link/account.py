"""From the rows of those who placed files to one receipt.

Owns adding up. Refuses to look at files: what is not in a row is not known.
"""

from __future__ import annotations

from weft.link.receipt import Receipt, Tally
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.link.places import Row, Way
    from weft.system.mounts import Mounts


def account(
    answers: Sequence[Sequence[Row]], base: Way | None, total: int, *, mounts: Mounts
) -> Receipt:
    """One receipt of all workers' rows; the base way gets the bytes that no other row has."""
    left = total - sum(row[6] for rows in answers for row in rows)
    sums: dict[Way, tuple[int, int, bytes]] = {}
    for rows in answers:
        for mode, refusals, store, target, via, files, size, example in rows:
            way = (mode, refusals, store, target, via)
            known = sums.get(way, (0, 0, example))
            sums[way] = (known[0] + files, known[1] + size, known[2])
    if base in sums:
        files, size, example = sums[base]
        sums[base] = (files, size + left, example)
    tallies = [
        Tally(
            mode=mode,
            refusals=refusals,
            store=mounts.by_identifier(store[0]),
            target=mounts.by_identifier(target[0]),
            via=mounts.by_identifier(via) if via else None,
            files=files,
            bytes=size,
            example=os.fsdecode(example),
        )
        for (mode, refusals, store, target, via), (files, size, example) in sums.items()
    ]
    return Receipt.merge((Receipt(tuple(tallies)),))
