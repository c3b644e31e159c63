"""Compatibility tags: which wheels an interpreter takes, best first.

Owns the order of interpreters, ABIs and platforms for CPython and the others. Refuses to ask the
running interpreter: the facts are an argument. Platforms come from `weft.core.platforms`, whose
functions are names of this module too.
Follows https://packaging.python.org/specifications/platform-compatibility-tags/ (PEP 425, 803).
"""

from __future__ import annotations

from weft.core.platforms import (
    PlatformError,
    foreign_platform,
    platform_tags_linux,
    platform_tags_macos,
    platform_tags_windows,
)
from weft.core.value import value

__all__ = [
    "PlatformError",
    "TagFacts",
    "compatible_tags",
    "foreign_platform",
    "platform_tags_linux",
    "platform_tags_macos",
    "platform_tags_windows",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Pair = tuple[int, int]

_SHORT = {"cpython": "cp", "pypy": "pp", "ironpython": "ip", "jython": "jy", "python": "py"}


@value
class TagFacts:
    """What tags depend on.

    `implementation` is `sys.implementation.name`, `version` the first two numbers, `abis` what
    the extension suffix says for implementations other than CPython, `platforms` best first,
    `pointer_size` in bytes.
    """

    implementation: str
    version: Pair
    abis: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    gil_disabled: bool = False
    debug: bool = False
    pointer_size: int = 8


def compatible_tags(facts: TagFacts) -> tuple[str, ...]:
    """`python-abi-platform` tags, most specific first, without repetition."""
    major, minor = facts.version
    short = _SHORT.get(facts.implementation, facts.implementation)
    interpreter = f"{short}{major}{minor}"
    if short == "cp":
        found = list(_cpython_tags(facts, interpreter))
    else:
        abis = (*facts.abis, *(() if "none" in facts.abis else ("none",)))
        found = [f"{interpreter}-{abi}-{platform}" for abi in abis for platform in facts.platforms]
    generic = [f"py{major}{minor}", f"py{major}"]
    generic += [f"py{major}{older}" for older in range(minor - 1, -1, -1)]
    found += [f"{python}-none-{platform}" for python in generic for platform in facts.platforms]
    if short in ("cp", "pp"):
        found.append("pp3-none-any" if short == "pp" else f"{interpreter}-none-any")
    found += [f"{python}-none-any" for python in generic]
    return tuple(dict.fromkeys(found))


def _cpython_tags(facts: TagFacts, interpreter: str) -> Iterator[str]:
    major, minor = facts.version
    threads = "t" if facts.gil_disabled and facts.version >= (3, 13) else ""
    stable = "abi3t" if threads else "abi3"
    has_stable = facts.version >= (3, 2)
    abis = list(_cpython_abis(facts, interpreter + threads))
    if has_stable:
        abis.append(stable)
    abis.append("none")
    for abi in abis:
        for platform in facts.platforms:
            yield f"{interpreter}-{abi}-{platform}"
    if has_stable:
        for older in range(minor - 1, 1, -1):
            for platform in facts.platforms:
                yield f"cp{major}{older}-{stable}-{platform}"


def _cpython_abis(facts: TagFacts, base: str) -> tuple[str, ...]:
    if facts.abis:
        return tuple([abi for abi in facts.abis if abi not in ("abi3", "abi3t", "none")])
    if facts.version < (3, 8):  # pymalloc was part of the ABI's name
        return (f"{base}{'d' if facts.debug else ''}m",)
    return (f"{base}d", base) if facts.debug else (base,)
