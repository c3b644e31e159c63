"""Which versions to allow of a package that is added without saying any.

Owns the specifiers for a version: a lower bound, maybe with an upper one before the next major or
minor release, or the version alone. Pure. Follows uv's `add-bounds`: leading zeros of a version
do not count, as in semantic versioning.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.version import Version


def specifiers(version: Version, kind: str) -> str:
    """`kind` is lower, major, minor or exact; a local part of the version does not count."""
    public = version.public
    if kind == "exact":
        return f"=={public}"
    if kind == "lower":
        return f">={public}"
    return f">={public},<{_upper(version.release, kind)}"


def _upper(release: tuple[int, ...], kind: str) -> str:
    """The first version that is not allowed any more."""
    zeros = next((at for at, part in enumerate(release) if part), len(release))
    head: tuple[int, ...]
    if zeros == len(release):
        head = (0, 1) if kind == "major" else (0, 0, 1)
    elif kind == "major" or zeros >= 2:
        head = (*(0,) * zeros, release[zeros] + 1)
    else:
        minor = release[zeros + 1] if zeros + 1 < len(release) else 0
        head = (*(0,) * zeros, release[zeros], minor + 1)
    padding = (0,) * (len(release) - len(head))
    return ".".join(map(str, (*head, *padding)))
