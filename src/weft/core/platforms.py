"""Platforms: the tags of the one at hand, and of those named by `--python-platform`.

Owns the platform tags of Linux, macOS, Windows, Android and iOS, and the list of names with the
marker variables and tags of each. Refuses to read the environment: versions are arguments.
Follows https://packaging.python.org/specifications/platform-compatibility-tags/ (PEP 600, 656,
730, 738, 783).
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Pair = tuple[int, int]

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
_GLIBC_MINORS = (17, 28, *range(31, 41))
_ALIASES = {
    "windows": "x86_64-pc-windows-msvc",
    "linux": "x86_64-unknown-linux-gnu",
    "macos": "aarch64-apple-darwin",
    "x86_64-unknown-linux-gnu": "x86_64-manylinux_2_28",
    "aarch64-unknown-linux-gnu": "aarch64-manylinux_2_28",
    "x86_64-manylinux2014": "x86_64-manylinux_2_17",
    "aarch64-manylinux2014": "aarch64-manylinux_2_17",
    "riscv64-unknown-linux": "riscv64-manylinux_2_39",
}
_PYODIDE = {"2024": "3.1.58", "2025": "4.0.9"}  # the Emscripten release of each ABI

PLATFORMS = (
    "windows",
    "linux",
    "macos",
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
    "i686-pc-windows-msvc",
    "x86_64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "x86_64-unknown-linux-musl",
    "riscv64-unknown-linux",
    *[
        f"{arch}-{name}"
        for arch in ("x86_64", "aarch64")
        for name in ("manylinux2014", *[f"manylinux_2_{minor}" for minor in _GLIBC_MINORS])
    ],
    "aarch64-linux-android",
    "x86_64-linux-android",
    "wasm32-pyodide2024",
    "wasm32-pyodide2025",
    "arm64-apple-ios",
    "arm64-apple-ios-simulator",
    "x86_64-apple-ios-simulator",
)
"""Every name, in the order of the help."""


class PlatformError(WeftError):
    """`name` is not a platform that `--python-platform` knows."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @property
    def message(self) -> str:
        return f"Unknown platform `{self.name}`"


def foreign_platform(
    name: str,
    *,
    macos: Pair = (13, 0),
    ios: Pair = (13, 0),
    android: int = 24,
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The marker variables that differ from the interpreter's, and the platform

    The keywords are the oldest macOS, iOS and Android API level to install for.
    `PlatformError` for an unknown name.
    """
    if name not in PLATFORMS:
        raise PlatformError(name)
    while name in _ALIASES:
        name = _ALIASES[name]
    arch, _, system = name.partition("-")
    if system == "pc-windows-msvc":
        machine = {"x86_64": "AMD64", "aarch64": "ARM64", "i686": "x86"}[arch]
        return _markers("nt", "win32", "Windows", machine), platform_tags_windows(arch)
    if system == "apple-darwin":
        machine = "arm64" if arch == "aarch64" else arch
        found = platform_tags_macos(machine, macos)
        return _markers("posix", "darwin", "Darwin", machine), found
    if system.startswith("apple-ios"):
        kind = "iphonesimulator" if system.endswith("simulator") else "iphoneos"
        found = platform_tags_ios(ios, f"{arch}_{kind}")
        return _markers("posix", "ios", "iOS", arch), found
    if system == "linux-android":
        abi = "arm64_v8a" if arch == "aarch64" else arch
        found = platform_tags_android(android, abi)
        return _markers("posix", "android", "Android", arch), found
    if system.startswith("pyodide"):
        year = system.removeprefix("pyodide")
        markers = _markers("posix", "emscripten", "Emscripten", arch)
        markers.update(platform_release=_PYODIDE[year], platform_version="#1")
        return markers, (f"pyemscripten_{year}_0_wasm32", f"pyodide_{year}_0_wasm32")
    if system.endswith("musl"):
        found = platform_tags_linux(arch, musl=(1, 2))
    else:
        found = platform_tags_linux(arch, glibc=(2, int(system.rpartition("_")[2])))
    return _markers("posix", "linux", "Linux", arch), found


def _markers(os_name: str, sys_platform: str, system: str, machine: str) -> dict[str, str]:
    """Only CPython exists for every platform; releases of a foreign system are unknown."""
    return {
        "os_name": os_name,
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "platform_release": "",
        "platform_version": "",
    }


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
