"""Which version of a package to take.

Owns the port through which the room learns what exists (`CandidateSource`), the values that come
through it, and the order in which versions are tried: preferences, then stable before
pre-releases where the policy says so, then the highest or the lowest.
Refuses to fetch, and to know why two packages do not go together.
Follows PEP 440 on pre-releases as uv reads it (`--prerelease`), PEP 592 on yanked files.
"""

from __future__ import annotations

from weft.core.specifier import SpecifierError, Specifiers
from weft.core.value import value
from weft.core.version import Version, version_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal, Protocol

    from weft.core.requirement import PackedRequirements, Requirement

    Strategy = Literal["highest", "lowest", "lowest-direct"]
    Prerelease = Literal["disallow", "allow", "if-necessary", "explicit"]

    class CandidateSource(Protocol):
        """What exists. Positions count the versions of a `VersionList` from 0, the lowest."""

        def versions(self, name: str) -> VersionList | Missing: ...

        def candidate(self, name: str, position: int) -> Usable | Unusable:
            """Whether this version can be installed here at all, going by its files."""

        def dependencies(self, name: str, position: int) -> Dependencies | Unusable: ...

        def prefetch(self, names: Sequence[str]) -> None:
            """A hint: `versions` of all of these will be asked for. Must not block."""


@value
class VersionList:
    """All known versions of a package: sort keys ascending, their texts, masks by position.

    `tiers` are masks too: a version of an earlier one is taken before any of a later one.
    """

    keys: tuple[bytes, ...]
    texts: tuple[str, ...]
    prereleases: int = 0
    yanked: int = 0
    local: bool = False
    tiers: tuple[int, ...] = ()


@value
class Missing:
    """There is no such package. `reason` completes "Because NAME …".

    For instance "was not found in the package registry"; `hint` is shown below the derivation.
    """

    reason: str
    hint: str = ""


@value
class Usable:
    """The version can be installed."""


@value
class Unusable:
    """The version cannot be used. `reason` completes "Because NAME==V …".

    For instance "has no usable wheels". Where `requires_python` is given, the version asks for
    another interpreter and `reason` is not read. `yanked` marks a version that is withdrawn and
    usable otherwise: it is taken where the request pins it exactly.
    """

    reason: str
    hint: str = ""
    requires_python: str | None = None
    yanked: bool = False


@value
class Dependencies:
    """What METADATA says: `Requires-Dist`, `Requires-Python`, `Provides-Extra`."""

    requirements: tuple[Requirement, ...] | PackedRequirements
    requires_python: str | None = None
    extras: frozenset[str] = frozenset()


def python_reaches(requires_python: str, version: str) -> bool:
    """Whether an interpreter is new enough for `Requires-Python`.

    Only the lower end counts, as uv has it: upper ends are guesses, made when the interpreter in
    question did not exist. Pre-releases of Python count as their release. What cannot be read
    does not restrict.
    """
    try:
        ranges = Specifiers.parse_lenient(requires_python).ranges
    except SpecifierError:
        return True
    if not ranges:
        return True
    key = version_key(Version.parse(version).release_text)
    return key is None or key >= ranges[0][0]


def positions(mask: int, *, highest_first: bool) -> Iterator[int]:
    """The bits of a mask that is not negative."""
    while mask:
        if highest_first:
            position = mask.bit_length() - 1
        else:
            position = (mask & -mask).bit_length() - 1
        yield position
        mask ^= 1 << position


@value
class Taste:
    """In which order to try the versions of one package.

    `prereleases` is the mask of those that are tried last (0 where they are as good as any
    other), `preferred` the mask of the version to try first, `tiers` masks that come before
    what is in none, in their order. The version at `floor` (-1 for none) is taken in place of any
    lower one.
    """

    prereleases: int
    preferred: int
    highest_first: bool
    tiers: tuple[int, ...] = ()
    floor: int = -1

    def order(self, mask: int) -> Iterator[int]:
        """The positions in `mask`, best first."""
        if mask & self.preferred:
            yield self.preferred.bit_length() - 1
            mask &= ~self.preferred
        for part in (mask & ~self.prereleases, mask & self.prereleases):
            rest = part
            for tier in self.tiers:
                yield from positions(rest & tier, highest_first=self.highest_first)
                rest &= ~tier
            yield from positions(rest, highest_first=self.highest_first)
