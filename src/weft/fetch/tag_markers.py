"""Where a wheel can be installed, as a set of environments.

Owns the meaning of wheel tags as markers. Refuses to rank tags and to know an interpreter.
Follows PEP 425, the platform compatibility tags specification, and uv on what a tag implies.
"""

from __future__ import annotations

from weft.core.marker_sets import MarkerSet

_IMPLEMENTATIONS = (
    ("cp", "CPython"), ("pp", "PyPy"), ("graalpy", "GraalPy"), ("pyston", "Pyston"), ("py", ""),
)  # fmt: skip
# What one binary for several machines runs on.
_MACOS = {
    "intel": ("x86_64", "i386"), "fat64": ("x86_64", "ppc64"), "fat32": ("x86_64", "i386", "ppc",
    "ppc64"), "fat": ("i386", "ppc"), "universal2": ("x86_64", "arm64"), "universal": ("x86_64",
    "i386", "ppc64", "ppc", "intel"),
}  # fmt: skip
_WINDOWS = {"win32": "x86", "win_amd64": "AMD64", "win_arm64": "ARM64"}
_ANDROID = {"arm64_v8a": "aarch64", "x86_64": "x86_64"}
_LINUX = ("linux_", "manylinux1_", "manylinux2010_", "manylinux2014_")

_known: dict[str, MarkerSet] = {}


def implied(filename: str) -> MarkerSet:
    """The environments that the tags in a wheel's name speak of; unknown tags add none."""
    python, abi, platform = filename.removesuffix(".whl").rsplit("-", 3)[1:]
    key = f"{python}-{'abi3' if 'abi3' in abi else ''}-{platform}"
    found = _known.get(key)
    if found is None:
        stable = any(tag in ("abi3", "abi3t") for tag in abi.split("."))
        found = _python(python.split("."), stable=stable) & _platform(platform.split("."))
        _known[key] = found
    return found


def _python(tags: list[str], *, stable: bool) -> MarkerSet:
    found = MarkerSet.FALSE
    for tag in tags:
        text = "" if tag == "none" else _version(tag, stable=stable)
        if text is not None:
            found |= MarkerSet.parse(text)
    return found


def _version(tag: str, *, stable: bool) -> str | None:
    """For a stable ABI, and for no ABI at all, a minor version is the lowest one."""
    for prefix, implementation in _IMPLEMENTATIONS:
        digits = tag.removeprefix(prefix)
        if digits == tag or not digits.isdigit():
            continue
        version = digits[0] if len(digits) == 1 else f"{digits[0]}.{int(digits[1:])}"
        text = f"python_full_version == '{version}.*'"
        if len(digits) > 1 and (stable or prefix == "py"):
            text = f"python_full_version >= '{version}'"
        if implementation:
            text += f" and platform_python_implementation == '{implementation}'"
        return text
    return None


def _platform(tags: list[str]) -> MarkerSet:
    found = MarkerSet.FALSE
    for tag in tags:
        if tag == "any":
            return MarkerSet.TRUE
        system, machines = _machines(tag)
        for machine in machines:
            text = f"sys_platform == '{system}' and platform_machine == '{machine}'"
            if system == "darwin":
                text += f" and platform_release >= '{_darwin(tag)}'"
            found |= MarkerSet.parse(text)
    return found


def _machines(tag: str) -> tuple[str, tuple[str, ...]]:
    """`sys_platform` and the values of `platform_machine` of one tag; none if it is unknown."""
    if tag in _WINDOWS:
        return "win32", (_WINDOWS[tag],)
    for prefix in _LINUX:
        if tag.startswith(prefix):
            return "linux", (tag[len(prefix) :],)
    if tag.startswith("android_"):
        machine = _ANDROID.get(tag.split("_", 2)[-1], "")
        return "android", (machine,) if machine else ()
    if tag.startswith(("manylinux_", "musllinux_", "macosx_")):
        kind, _major, _minor, machine = [*tag.split("_", 3), "", "", ""][:4]
        if kind == "macosx":
            return "darwin", _MACOS.get(machine, (machine,))
        return "linux", (machine,)
    return "", ()


def _darwin(tag: str) -> int:
    """The release of the kernel that a version of macOS began with: `macosx_11_0_arm64` has 20."""
    _, major, minor = tag.split("_")[:3]
    if not (major.isdigit() and minor.isdigit()):
        return 0
    if int(major) == 10:
        return int(minor) + 4
    return int(major) + 9 if int(major) < 26 else int(major) - 1
