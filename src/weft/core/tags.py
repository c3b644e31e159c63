"""Compatibility tags: which wheels an interpreter takes, best first.

Owns the lists for CPython and the others on Linux, macOS, Windows, and for platforms named by
`--python-platform`. Refuses to ask the running interpreter: the facts are an argument.
Follows https://packaging.python.org/specifications/platform-compatibility-tags/ (PEP 425, 600,
656, 730, 738, 783, 803).
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Pair = tuple[int, int]

_SHORT = {"cpython": "cp", "pypy": "pp", "ironpython": "ip", "jython": "jy", "python": "py"}
_LEGACY = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
_OLD_GLIBC = frozenset(("x86_64", "i686"))
_GLIBC_ARCHES = frozenset(
    (
        "x86_64",
        "i686",
        "aarch64",
        "armv7l",
        "ppc64",
        "ppc64le",
        "s390x",
        "loongarch64",
        "riscv64",
    )
)


class PlatformError(WeftError):
    """`name` is not a platform that `--python-platform` knows."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @property
    def message(self) -> str:
        return f"Unknown platform `{self.name}`"


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


def platform_tags_linux(
    arch: str,
    *,
    glibc: Pair | None = None,
    musl: Pair | None = None,
    pointer_size: int = 8,
) -> tuple[str, ...]:
    """`linux_*` first, then manylinux by falling glibc, then musllinux by falling musl.

    `arch` is the machine as the kernel names it; a 32-bit interpreter takes its 32-bit sibling.
    """
    if pointer_size == 4:
        arch = {"x86_64": "i686", "aarch64": "armv8l"}.get(arch, arch)
    arches = ["armv8l", "armv7l"] if arch == "armv8l" else [arch]
    found = [f"linux_{each}" for each in arches]
    if glibc is not None and not _GLIBC_ARCHES.isdisjoint(arches):
        lowest = 5 if not _OLD_GLIBC.isdisjoint(arches) else 17
        for each in arches:
            for minor in range(glibc[1], lowest - 1, -1):
                found.append(f"manylinux_{glibc[0]}_{minor}_{each}")
                legacy = _LEGACY.get((glibc[0], minor))
                if legacy:
                    found.append(f"{legacy}_{each}")
    if musl is not None:
        for each in arches:
            found += [f"musllinux_{musl[0]}_{minor}_{each}" for minor in range(musl[1], -1, -1)]
    return tuple(found)


def platform_tags_macos(arch: str, version: Pair, *, pointer_size: int = 8) -> tuple[str, ...]:
    """`macosx_*` tags by falling version: since 11 by major version, below by minor version."""
    if pointer_size == 4:
        arch = "ppc" if arch.startswith("ppc") else "i386"
    if version < (11, 0):
        older = [(10, minor) for minor in range(version[1], -1, -1)]
        return tuple(_macos_names(older, arch))
    recent = [(major, 0) for major in range(version[0], 10, -1)]
    found = list(_macos_names(recent, arch))
    older = [(10, minor) for minor in range(16, 3, -1)]
    if arch == "x86_64":
        return (*found, *_macos_names(older, arch))
    # A universal2 binary names the version that its x86_64 half needs.
    return (*found, *[f"macosx_10_{minor}_universal2" for _, minor in older])


def _macos_names(versions: list[Pair], arch: str) -> Iterator[str]:
    for version in versions:
        for form in _macos_forms(version, arch):
            yield f"macosx_{version[0]}_{version[1]}_{form}"


def _macos_forms(version: Pair, arch: str) -> tuple[str, ...]:
    """The kinds of binaries that run on `arch` with this version of macOS."""
    if arch == "x86_64":
        if version < (10, 4):
            return ()
        return ("x86_64", "intel", "fat64", "fat3", "universal2", "universal")
    if arch == "i386":
        return ("i386", "intel", "fat3", "fat", "universal") if version >= (10, 4) else ()
    if arch == "ppc64":
        return ("ppc64", "fat64", "universal") if (10, 4) <= version <= (10, 5) else ()
    if arch == "ppc":
        return ("ppc", "fat3", "fat", "universal") if version <= (10, 6) else ()
    return (arch, "universal2") if arch == "arm64" else (arch,)


def platform_tags_windows(arch: str, *, pointer_size: int = 8) -> tuple[str, ...]:
    """One tag: `win_amd64`, `win_arm64`, `win32`. `arch` is a machine name or a target's CPU."""
    if pointer_size == 4 or arch.lower() in ("x86", "i686", "win32"):
        return ("win32",)
    return ("win_arm64",) if arch.lower() in ("arm64", "aarch64") else ("win_amd64",)


def platform_tags_android(level: int, abi: str) -> tuple[str, ...]:
    """`android_<level>_<abi>` from API `level` down to 16, the first that CPython supports."""
    return tuple([f"android_{each}_{abi}" for each in range(level, 15, -1)])


def platform_tags_ios(version: Pair, multiarch: str) -> tuple[str, ...]:
    """`ios_<version>_<multiarch>` down to 12.0, the first version that CPython supports."""
    major, minor = version
    if major < 12:
        return ()
    found = [f"ios_{major}_{each}_{multiarch}" for each in range(minor, -1, -1)]
    for older in range(major - 1, 11, -1):
        found += [f"ios_{older}_{each}_{multiarch}" for each in range(9, -1, -1)]
    return tuple(found)
