"""Platforms that a person names instead of the one at hand (`--python-platform`).

Owns the list of names, the marker variables and the platform tags of each. Refuses to read the
environment: minimum versions are arguments.
Follows https://packaging.python.org/specifications/platform-compatibility-tags/.
"""

from __future__ import annotations

from weft.core import tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.tags import Pair

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


def foreign_platform(
    name: str,
    *,
    macos: Pair = (13, 0),
    ios: Pair = (13, 0),
    android: int = 24,
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The marker variables that differ from the interpreter's, and the platform tags.

    The keywords are the oldest macOS, iOS and Android API level to install for.
    `tags.PlatformError` for an unknown name.
    """
    if name not in PLATFORMS:
        raise tags.PlatformError(name)
    while name in _ALIASES:
        name = _ALIASES[name]
    arch, _, system = name.partition("-")
    if system == "pc-windows-msvc":
        machine = {"x86_64": "AMD64", "aarch64": "ARM64", "i686": "x86"}[arch]
        return _markers("nt", "win32", "Windows", machine), tags.platform_tags_windows(arch)
    if system == "apple-darwin":
        machine = "arm64" if arch == "aarch64" else arch
        found = tags.platform_tags_macos(machine, macos)
        return _markers("posix", "darwin", "Darwin", machine), found
    if system.startswith("apple-ios"):
        kind = "iphonesimulator" if system.endswith("simulator") else "iphoneos"
        found = tags.platform_tags_ios(ios, f"{arch}_{kind}")
        return _markers("posix", "ios", "iOS", arch), found
    if system == "linux-android":
        abi = "arm64_v8a" if arch == "aarch64" else arch
        found = tags.platform_tags_android(android, abi)
        return _markers("posix", "android", "Android", arch), found
    if system.startswith("pyodide"):
        year = system.removeprefix("pyodide")
        markers = _markers("posix", "emscripten", "Emscripten", arch)
        markers.update(platform_release=_PYODIDE[year], platform_version="#1")
        return markers, (f"pyodide_{year}_0_wasm32",)
    if system.endswith("musl"):
        found = tags.platform_tags_linux(arch, musl=(1, 2))
    else:
        found = tags.platform_tags_linux(arch, glibc=(2, int(system.rpartition("_")[2])))
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
