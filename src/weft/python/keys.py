"""The names of builds of Python: `cpython-3.12.1-linux-x86_64-gnu`.

Owns `PythonKey`, its order, and which builds run on this machine. Refuses to tell what a person may
write for one, which is `weft.python.request`. Follows uv, whose directories of managed Pythons are
named so too; versions are PEP 440.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from weft.python.interpreter import Interpreter

#: The best first.
IMPLEMENTATIONS = ("cpython", "pypy", "graalpy", "pyodide")
_VARIANTS = ("", "freethreaded", "debug", "freethreaded+debug", "gil", "gil+debug")
_SYSTEMS = {"darwin": "macos", "win32": "windows", "cygwin": "windows", "msys": "windows"}
_MACHINES = {
    "amd64": "x86_64", "x64": "x86_64", "arm64": "aarch64", "i386": "x86", "i486": "x86",
    "i586": "x86", "i686": "x86", "armv8l": "armv7", "armv7l": "armv7", "armv6l": "armv6",
    "ppc64": "powerpc64", "ppc64le": "powerpc64le",
}  # fmt: skip


_LONGEST = 32  # letters of a version; more digits than any has are a load on whoever compares


class BadKey(WeftError):
    """The text is no key."""

    def __init__(self, text: str, complaint: str) -> None:
        super().__init__(f"Failed to parse Python installation key `{text}`: {complaint}")
        self.text = text


@value
class Host:
    """What builds must be made for to run here: `linux`, `x86_64`, `gnu`."""

    os: str
    arch: str
    libc: str

    @staticmethod
    def of(platform: str, environ: Mapping[str, str]) -> Host:
        """This machine; `platform` as in `sys.platform`.

        `WEFT_LIBC` (`UV_LIBC`) names the C library where it cannot be seen.
        """
        system = _SYSTEMS.get(platform, platform)
        machine = _machine(environ)
        libc = "none"
        if system == "linux":
            libc = environ.get("WEFT_LIBC") or environ.get("UV_LIBC") or _libc()
            if machine == "armv7" and not libc.endswith("hf"):
                libc += "eabihf"
        return Host(system, _MACHINES.get(machine, machine), libc)

    @property
    def platform(self) -> tuple[str, str, str]:
        """System, processor and C library, as requests have them."""
        return self.os, self.arch, self.libc

    def runs(self, key: PythonKey) -> bool:
        """Whether a build runs here without an emulator that must be installed first."""
        if key.os != self.os or key.libc != self.libc:
            return False
        if key.arch == self.arch:
            return True
        if self.os == "windows":
            below = {"aarch64": ("x86_64", "x86"), "x86_64": ("x86",)}
            return key.arch in below.get(self.arch, ())
        return self.os == "macos" and (self.arch, key.arch) == ("aarch64", "x86_64")


@value
class PythonKey:
    """One build. `version` is like `3.12.1` or `3.16.0a2`, `variant` empty for the usual one."""

    implementation: str
    version: str
    variant: str
    os: str
    arch: str
    libc: str

    def __str__(self) -> str:
        variant = f"+{self.variant}" if self.variant else ""
        return "-".join(
            (self.implementation, self.version + variant, self.os, self.arch, self.libc)
        )

    @staticmethod
    def parse(text: str) -> PythonKey:
        """The key that `text` is. Raises BadKey."""
        parts = text.split("-")
        if len(parts) != 5:
            complaint = f"expected exactly 5 `-`-separated values, got {len(parts)}"
            raise BadKey(text, complaint)
        implementation, version, system, machine, libc = parts
        number, plus, variant = version.partition("+")
        if plus and variant not in _VARIANTS[1:]:
            raise BadKey(text, f"invalid Python variant: {variant}")
        if not _is_word(implementation):
            raise BadKey(text, f"invalid implementation: {implementation}")
        if not _is_version(number):
            raise BadKey(text, f"invalid Python version: {number}")
        if not all(map(_is_word, (system, machine, libc))):
            raise BadKey(text, "invalid platform")
        return PythonKey(implementation, number, variant, system, machine, libc)

    @staticmethod
    def of(interpreter: Interpreter) -> PythonKey:
        """The key of an installed interpreter."""
        return PythonKey.parse(interpreter.key)

    @property
    def platform(self) -> tuple[str, str, str]:
        """System, processor and C library, as requests have them."""
        return self.os, self.arch, self.libc

    @property
    def release(self) -> tuple[int, int, int]:
        """`(3, 12, 1)`."""
        major, minor, patch = self._split()[0]
        return major, minor, patch

    @property
    def prerelease(self) -> str:
        """`a2`, empty for final releases."""
        return self._split()[1]

    @property
    def order(self) -> tuple[int, ...]:
        """What newer versions have more of: the release, then previews before the final one."""
        numbers, prerelease = self._split()
        digits = prerelease.lstrip("abrc")
        return (*numbers, "abr".find(prerelease[0]) if prerelease else 3, int(digits or 0))

    @property
    def minor(self) -> tuple[int, int]:
        """`(3, 12)`."""
        return self.release[:2]

    @property
    def gil_disabled(self) -> bool:
        """Whether threads run at the same time."""
        return "freethreaded" in self.variant

    @property
    def debug(self) -> bool:
        """Whether it was built to find faults in itself."""
        return "debug" in self.variant

    @property
    def minor_name(self) -> str:
        """The key without the patch: what the link to the newest patch is called."""
        variant = f"+{self.variant}" if self.variant else ""
        version = f"{self.minor[0]}.{self.minor[1]}{variant}"
        return "-".join((self.implementation, version, self.os, self.arch, self.libc))

    @property
    def suffix(self) -> str:
        """What ends the names of its executables: `t` and `d` for the variants."""
        return ("t" if self.gil_disabled else "") + ("d" if self.debug else "")

    def rank(self, host: Host) -> tuple[Any, ...]:
        """What keys are sorted by, the best for `host` first, as uv lists them.

        That is CPython, the newest version, the platform at hand, the usual variant.
        """
        names = IMPLEMENTATIONS
        return (
            names.index(self.implementation) if self.implementation in names else len(names),
            self.implementation,
            *(-number for number in self.order),
            self.os != host.os,
            self.os,
            self.arch != host.arch,
            self.arch,
            self.libc != host.libc,
            self.libc,
            _VARIANTS.index(self.variant),
        )

    def _split(self) -> tuple[tuple[int, int, int], str]:
        major, minor, rest = self.version.split(".", 2)
        digits = len(rest) - len(rest.lstrip("0123456789"))
        return (int(major), int(minor), int(rest[:digits])), rest[digits:]


def system_name(name: str) -> str:
    """A system as keys call it."""
    return _SYSTEMS.get(name, name)


def machine_name(name: str) -> str:
    """A processor as keys call it."""
    return _MACHINES.get(name, name)


def _is_word(text: str) -> bool:
    """Whether it may be a part: keys are the names of directories, and come out of tables."""
    return text.isascii() and text.replace("_", "").isalnum()


def _is_version(text: str) -> bool:
    """Whether it is three numbers, and maybe a pre-release."""
    parts = text.split(".")
    if len(parts) != 3 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return False
    rest = parts[2].lstrip("0123456789")
    if rest == parts[2] or not text.isascii() or len(text) > _LONGEST:
        return False
    stage = rest.rstrip("0123456789")
    return not rest or (stage in ("a", "b", "rc") and stage != rest)


def _machine(environ: Mapping[str, str]) -> str:
    if os.name == "nt":
        native = environ.get("PROCESSOR_ARCHITEW6432") or environ.get("PROCESSOR_ARCHITECTURE", "")
        return native.lower()
    return os.uname().machine.lower()


def _libc() -> str:
    """`gnu` or `musl`, by what runs this process, else by what is installed."""
    try:
        if os.confstr("CS_GNU_LIBC_VERSION"):
            return "gnu"
    except (AttributeError, ValueError, OSError):
        pass
    try:
        if any(name.startswith("ld-musl-") for name in os.listdir("/lib")):
            return "musl"
    except OSError:
        pass
    return "gnu"
