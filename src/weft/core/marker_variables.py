"""The variables that marker sets decide on, and what is known about them.

Owns the codes of the variables, whose order is the order of decisions (and so of what is
printed); the values of `platform_system` that `sys_platform` says too; and the pairs of platform
values that no interpreter has. A variable that is true or false (`in`, an extra) has the value
that it asks for in its code.
Refuses to know about sets.
Follows https://packaging.python.org/specifications/dependency-specifiers/#environment-markers.
"""

from __future__ import annotations

NAMES = {
    "A": "os_name",
    "B": "sys_platform",
    "C": "platform_system",
    "D": "platform_machine",
    "E": "platform_python_implementation",
    "F": "platform_release",
    "G": "platform_release",  # as a version: what Darwin's is
    "H": "platform_version",
    "I": "implementation_name",
    "J": "implementation_version",
    "K": "python_full_version",
    "X": "extra",
    "Y": "extras",
    "Z": "dependency_groups",
}
"""The name of each variable by the first letter of its code."""

OS_NAME = "A"
SYS_PLATFORM = "B"
PLATFORM_SYSTEM = "C"
RELEASE = "F"
DARWIN_RELEASE = "G"
PYTHON = "K"
VERSIONS = frozenset("GJK")
"""The variables whose values are releases: keys of `weft.core.version` up to the phase."""

INSIDE = "R"
"""First letter of `variable in 'text'`: then the letter of the variable, then the text."""

CONTAINS = "S"
"""First letter of `'text' in variable`: then the letter of the variable, then the text."""

EXTRA = "X"
EXTRAS = "Y"
GROUPS = "Z"

CODES = {name: code for code, name in reversed(NAMES.items())}
"""The code of each variable; `platform_release` is the text."""

ABOVE_TEXT = "\0"
"""What makes the least text above another one."""

ABOVE_RELEASE = b"\x3f"
"""What makes a key above every version of a release and below the releases that begin with it."""

SYSTEMS = {
    "Windows": "win32",
    "Darwin": "darwin",
    "Linux": "linux",
    "AIX": "aix",
    "Emscripten": "emscripten",
    "Android": "android",
}
"""`sys_platform` by the `platform_system` that means exactly the same interpreters."""

_OTHER_SYSTEMS = ("FreeBSD", "NetBSD", "OpenBSD", "SunOS", "iOS", "iPadOS")
_PLATFORMS = (
    "aix",
    "android",
    "emscripten",
    "ios",
    "linux",
    "darwin",
    "win32",
    "cygwin",
    "wasi",
)

IMPOSSIBLE_PAIRS = (
    (OS_NAME, "nt", "linux"),
    (OS_NAME, "nt", "darwin"),
    (OS_NAME, "nt", "ios"),
    (OS_NAME, "posix", "win32"),
    *(
        (PLATFORM_SYSTEM, system, platform)
        for system in _OTHER_SYSTEMS
        for platform in _PLATFORMS
        if not (platform == "ios" and system in ("iOS", "iPadOS"))
    ),
)
"""A variable, its value, and a `sys_platform` that never comes with it."""
