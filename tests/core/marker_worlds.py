"""Markers and environments for property tests of marker sets.

Owns a small alphabet in which drawn comparisons often meet, and the environments of interpreters
that exist. Refuses impossible ones: marker sets are allowed to count those for nothing.
"""

from __future__ import annotations

import random

VERSIONS = ("3", "3.7", "3.8", "3.9", "3.9.1", "3.9.4", "3.10", "3.11", "3.11.3", "3.12", "4")
ORDERS = ("<", "<=", ">", ">=", "==", "!=")
PLATFORMS = (
    ("posix", "linux", "Linux"),
    ("posix", "darwin", "Darwin"),
    ("nt", "win32", "Windows"),
    ("posix", "cygwin", "CYGWIN_NT-10.0"),
    ("posix", "freebsd14", "FreeBSD"),
    ("posix", "sunos5", "SunOS"),
    ("java", "java17", "Java"),
)
VALUES = {
    "os_name": ("posix", "nt", "java"),
    "sys_platform": ("linux", "darwin", "win32", "cygwin", "freebsd14"),
    "platform_system": ("Linux", "Darwin", "Windows", "FreeBSD", "SunOS", "Java"),
    "platform_machine": ("x86_64", "arm64", "AMD64"),
    "platform_release": ("5.1", "6.10.3-generic", "20", "9.8"),
    "platform_version": ("#1 SMP", "5"),
    "platform_python_implementation": ("CPython", "PyPy"),
    "implementation_name": ("cpython", "pypy"),
}
FIXED = (
    "python_version in '3.8 3.10'",
    "python_version not in '3.9 3.11'",
    "python_version ~= '3.9'",
    "python_version == '3.9.*'",
    "python_version != '3.*'",
    "python_full_version ~= '3.9.1'",
    "python_full_version in '3.9.1 3.11.3'",
    "python_full_version == '3.9.0.*'",
    "implementation_version >= '7.3'",
    "platform_release == '20.*'",
    "sys_platform in 'linux darwin'",
    "'win' in sys_platform",
    "'win' not in sys_platform",
    "extra == 'a'",
    "extra != 'b'",
    "'a' in extras",
    "'a' not in dependency_groups",
)


def marker_text(source: random.Random, depth: int) -> str:
    """A marker with at most two to the power of `depth` comparisons."""
    if depth == 0 or source.random() < 0.2:
        return _comparison(source)
    first, second = marker_text(source, depth - 1), marker_text(source, depth - 1)
    return f"({first} {source.choice(('and', 'or'))} {second})"


def _comparison(source: random.Random) -> str:
    kind = source.randrange(3)
    if kind == 0:
        variable = source.choice(("python_version", "python_version", "python_full_version"))
        return f"{variable} {source.choice(ORDERS)} '{source.choice(VERSIONS)}'"
    if kind == 1:
        return source.choice(FIXED)
    variable, values = source.choice(list(VALUES.items()))
    operators = ORDERS if variable.endswith("e") or "release" in variable else ("==", "!=")
    return f"{variable} {source.choice(operators)} '{source.choice(values)}'"


def environment(source: random.Random) -> dict[str, str]:
    """The variables of an interpreter that could exist."""
    os_name, sys_platform, system = source.choice(PLATFORMS)
    minor = source.randrange(6, 14)
    implementation = source.choice(("cpython", "pypy"))
    full = f"3.{minor}.{source.choice((0, 1, 3, 4, 5))}{source.choice(('', '', '', 'rc1', '+'))}"
    if source.randrange(12) == 0:
        full = source.choice(("2.7.18", "3.0.1", "4.0.0", "4.1.2"))
    release = "23.6.0" if sys_platform == "darwin" else None
    return {
        "os_name": os_name,
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": source.choice(VALUES["platform_machine"]),
        "platform_release": release or source.choice(VALUES["platform_release"]),
        "platform_version": source.choice(VALUES["platform_version"]),
        "platform_python_implementation": "CPython" if implementation == "cpython" else "PyPy",
        "implementation_name": implementation,
        "implementation_version": full if implementation == "cpython" else "7.3.17",
        "python_full_version": full,
        "python_version": ".".join(full.split(".")[:2]),
    }


def wanted(source: random.Random) -> frozenset[str]:
    """Some names of extras or groups."""
    return frozenset(name for name in "ab" if source.random() < 0.5)
