"""Files that more than one distribution of a batch wants to write.

Owns finding them. Refuses to touch a disk or to decide what happens then; pure.
Follows no specification: RECORD allows two owners, and says nothing of different contents.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    # Absolute target directory and the names in it, of one wheel.
    Placement = tuple[bytes, Iterable[bytes]]


@value
class Conflict:
    """`path` (absolute, bytes) belongs to wheels number `owners`, ascending, at least two.

    Where `same` is false their contents differ, and only the last owner's is written.
    """

    path: bytes
    owners: tuple[int, ...]
    same: bool


def find_conflicts(
    placements: Sequence[Sequence[Placement]],
    *,
    digest: Callable[[int, bytes], bytes | None],
) -> list[Conflict]:
    """Paths with several owners among wheels, ascending by path.

    `digest(wheel, path)` gives the content's digest; it is called for conflicting paths only.
    Costs one look at each directory, and at names only in directories with several wheels.
    """
    by_directory: dict[bytes, list[tuple[int, Iterable[bytes]]]] = {}
    for number, groups in enumerate(placements):
        for directory, names in groups:
            by_directory.setdefault(directory, []).append((number, names))
    conflicts: list[Conflict] = []
    for directory, parts in by_directory.items():
        if len({number for number, _ in parts}) < 2:
            continue
        owners: dict[bytes, list[int]] = {}
        for number, names in parts:
            for name in names:
                owners.setdefault(name, []).append(number)
        for name, numbers in owners.items():
            distinct = tuple(sorted(set(numbers)))
            if len(distinct) > 1:
                path = directory + b"/" + name
                digests = {digest(number, path) for number in distinct}
                conflicts.append(Conflict(path, distinct, len(digests) == 1))
    return sorted(conflicts, key=lambda conflict: conflict.path)


def conflict_warning(paths: Sequence[str], names: Sequence[str]) -> str:
    """The sentence about files that several distributions provide with different contents.

    `names` are the distributions; the content of the last one is what is there now.
    """
    owners = " and ".join(f"`{name}`" for name in names)
    if len(paths) == 1:
        return (
            f"The file `{paths[0]}` is provided by {owners} with different contents; "
            f"that of `{names[-1]}` is installed"
        )
    more = "1 other file" if len(paths) == 2 else f"{len(paths) - 1} other files"
    return (
        f"The file `{paths[0]}` and {more} are provided by {owners} with different contents; "
        f"those of `{names[-1]}` are installed"
    )
