"""The text of a `uv.lock` taken apart by package, and put together again.

Owns blocks: what stands below the header of each package. Of a lock that changes little most blocks
stay, and need neither be read nor written. Refuses locks in which two packages have one name, for
they are told apart in the blocks of others; and texts that were laid out by somebody else.
Follows the layout of `uvlock_write`.
"""

from __future__ import annotations

from weft.lock.uvlock_write import Lines, write_head, write_package

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weft.lock.uvmodel import UvLock, UvPackage

_SEPARATOR = "\n\n[[package]]\n"
_NAME = len('name = "')


def blocks_of(text: str) -> dict[str, str]:
    """The blocks of a lock by the names of their packages."""
    _, *blocks = text.removesuffix("\n").split(_SEPARATOR)
    return {block[_NAME : block.find('"', _NAME)]: block for block in blocks}


def written(packages: Iterable[UvPackage]) -> dict[str, str]:
    """The blocks of these packages."""
    found = {}
    for package in packages:
        lines = Lines()
        write_package(lines, package, frozenset(), "package")
        found[package.name] = "\n".join(lines)
    return found


def spliced(lock: UvLock, blocks: Mapping[str, str]) -> str:
    """The text of a lock whose packages have these blocks."""
    lines = Lines()
    write_head(lines, lock)
    texts = [f"{_SEPARATOR}{blocks[package.name]}" for package in lock.packages]
    return "".join(("\n".join(lines), *texts, "\n"))
