"""What people write to ask for a Python, and which interpreters satisfy it.

Owns the grammar of `--python` and `.python-version`: a version (`3.12`, `312`, `3.13t`, `3.14a1`),
a range (`>=3.11,<4`), an implementation with or without one (`pypy`, `pypy@3.10`, `cp312`), a key
(`cpython-3.12-linux-x86_64-gnu`, parts left out or `any`), a directory, a path, or the name of an
executable. Refuses to search for any of them; see `weft.python.discovery`.
Follows PEP 440 for versions and ranges, and uv where the grammar is its own.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal, Protocol

    from weft.core.specifier import Specifiers
    from weft.python.interpreter import Interpreter

    class Versioned(Protocol):
        """What tells whether a version fits: an interpreter, or the key of a build."""

        @property
        def version(self) -> str: ...
        @property
        def minor(self) -> tuple[int, int]: ...
        @property
        def gil_disabled(self) -> bool: ...
        @property
        def debug(self) -> bool: ...

    RequestKind = Literal[
        "default", "any", "version", "implementation", "key", "directory", "file", "name"
    ]

# Names that people may write, and the short ones of wheel tags.
IMPLEMENTATIONS = {
    "cpython": "CPython",
    "pypy": "PyPy",
    "graalpy": "GraalPy",
    "pyodide": "Pyodide",
}
_SHORT = {"cp": "cpython", "pp": "pypy", "gp": "graalpy"}
_SYSTEMS = ("linux", "macos", "windows", "freebsd", "netbsd", "openbsd", "emscripten", "any")
_MACHINES = (
    "x86_64", "aarch64", "x86", "i686", "armv7", "armv6", "powerpc64", "powerpc64le", "riscv64",
    "s390x", "loongarch64", "wasm32", "x86_64_v2", "x86_64_v3", "x86_64_v4", "any",
)  # fmt: skip
_LIBRARIES = ("gnu", "musl", "gnueabi", "gnueabihf", "musleabi", "musleabihf", "none", "any")
_OPERATORS = ("<", ">", "=", "!", "~")
_SUFFIXES = {"t": "freethreaded", "d": "debug", "td": "freethreaded+debug"}
_VARIANTS = ("freethreaded", "debug", "freethreaded+debug", "gil", "gil+debug")


class RequestError(WeftError):
    """The version that was asked for is one that weft cannot work with."""

    def __init__(self, complaint: str, asked: str) -> None:
        super().__init__()
        self.complaint = complaint
        self.asked = asked

    @property
    def message(self) -> str:
        return f"Invalid version request: Python {self.complaint} but {self.asked} was requested."


@value
class VersionRequest:
    """Which versions are meant: either the given part of a release, or a range.

    `release` has up to three numbers, `prerelease` is like `a1` or empty, `variant` one of
    freethreaded, debug, freethreaded+debug, gil, gil+debug or empty (whatever is usual).
    """

    release: tuple[int, ...] = ()
    prerelease: str = ""
    variant: str = ""
    specifiers: Specifiers | None = None

    def __str__(self) -> str:
        if self.specifiers is not None:
            text = self.specifiers.text.replace(", ", ",").replace(",", ", ")
        else:
            text = ".".join(map(str, self.release)) + self.prerelease
        return f"{text}+{self.variant}" if self.variant else text

    def matches(self, build: Versioned) -> bool:
        """Whether version and variant of a build are as asked for."""
        if not self._matches_variant(build):
            return False
        from weft.core.version import Version

        found = Version.parse(build.version)
        if self.specifiers is not None:
            return self.specifiers.contains(found)
        if self.prerelease:
            numbers = (*self.release, 0, 0)[:3]
            wanted = ".".join(map(str, numbers)) + self.prerelease
            return found == Version.parse(wanted)
        numbers = (*found.release, 0, 0)[:3]
        return numbers[: len(self.release)] == self.release

    def _matches_variant(self, build: Versioned) -> bool:
        free, debug = build.gil_disabled, build.debug
        if not self.variant:
            return not free or build.minor >= (3, 14)
        if self.variant.startswith("gil"):
            return not free and debug == self.variant.endswith("debug")
        return free == ("freethreaded" in self.variant) and debug == ("debug" in self.variant)

    @property
    def fixed(self) -> str | None:
        """The version as PEP 440 has it, without the variant; None for a range and for any."""
        if self.specifiers is not None or not self.release:
            return None
        return ".".join(map(str, self.release)) + self.prerelease

    @property
    def allows_prereleases(self) -> bool:
        """Whether a pre-release may be chosen where a final release would do."""
        if self.specifiers is not None:
            return self.specifiers.mentions_prerelease
        return bool(self.prerelease) or len(self.release) == 3

    def check(self) -> None:
        """Raise RequestError for a version that no supported interpreter can have."""
        if self.specifiers is not None or not self.release:
            return
        asked = str(VersionRequest(self.release, self.prerelease))
        if self.release[0] < 3:
            floor = "<3" if len(self.release) == 1 else "<3.6"
            raise RequestError(f"{floor} is not supported", asked)
        if len(self.release) > 1 and self.release[:2] < (3, 6):
            raise RequestError("<3.6 is not supported", asked)
        if "freethreaded" in self.variant and (3,) < self.release < (3, 13):
            raise RequestError("<3.13 does not support free-threading", str(self))


@value
class PythonRequest:
    """One request. `text` is the path, the name or what was written; see `kind`.

    `implementation` is a key of IMPLEMENTATIONS or empty, `version` None where any will do;
    `platform` is (system, machine, libc) of a key, each empty for any.
    """

    kind: RequestKind
    text: str = ""
    version: VersionRequest | None = None
    implementation: str = ""
    platform: tuple[str, str, str] = ("", "", "")

    @staticmethod
    def parse(text: str, *, cwd: str = "") -> PythonRequest:
        """The request that `text` makes; every text makes one. Paths are looked up from `cwd`."""
        lowered = text.strip().lower()
        if lowered in ("any", "default"):
            return ANY if lowered == "any" else DEFAULT
        request = _abstract(lowered, text)
        if request is not None:
            return request
        path = os.path.join(cwd, text) if text else ""
        if os.path.isdir(path):
            return PythonRequest("directory", text)
        if os.path.isfile(path) or os.sep in text or (os.altsep and os.altsep in text):
            return PythonRequest("file", text)
        return _key(lowered, text) or PythonRequest("name", text)

    def matches(self, interpreter: Interpreter) -> bool:
        """Whether the interpreter is of the kind asked for; paths and names are always."""
        if self.implementation and interpreter.implementation.lower() != self.implementation:
            alias = "graalvm" if self.implementation == "graalpy" else ""
            if interpreter.implementation.lower() != alias:
                return False
        if self.version is None:
            return True
        if any(self.platform):
            parts = interpreter.key.rsplit("-", 3)[1:]
            if any(want and want != has for want, has in zip(self.platform, parts, strict=True)):
                return False
        return self.version.matches(interpreter)

    def check(self) -> None:
        """Raise RequestError for a version that no supported interpreter can have."""
        if self.version is not None:
            self.version.check()

    def describe(self) -> str:
        """As it reads in a message after `found for`."""
        if self.kind == "default":
            return "a default Python"
        if self.kind == "any":
            return "any Python"
        if self.kind == "directory":
            return f"directory `{self.text}`"
        if self.kind == "file":
            return f"path `{self.text}`"
        if self.kind == "name":
            return f"executable name `{self.text}`"
        if self.kind == "key":
            version = str(self.version) if self.version and self.version != VersionRequest() else ""
            parts = (self.implementation, version, *self.platform)
            return "-".join(part or "any" for part in parts)
        name = IMPLEMENTATIONS.get(self.implementation, "Python")
        return name if self.version is None else f"{name} {self.version}"

    @property
    def is_place(self) -> bool:
        """Whether it names a path or an executable, and so nothing that could be fetched."""
        return self.kind in ("directory", "file", "name")

    @property
    def fixed_version(self) -> str | None:
        """The version that is asked for; None where it is a range, or nothing is said of it."""
        return self.version.fixed if self.version is not None else None

    @property
    def canonical(self) -> str:
        """As version files have it; parsed, it makes the same request."""
        if self.kind in ("default", "any"):
            return self.kind
        if self.is_place:
            return self.text
        if self.kind == "key":
            return self.describe()
        if self.version is None:
            return self.implementation
        return f"{self.implementation}@{self.version}" if self.implementation else str(self.version)


DEFAULT = PythonRequest("default")
ANY = PythonRequest("any")


def _abstract(lowered: str, text: str) -> PythonRequest | None:
    """`312`, `python3.12`, `>=3.9`, `pypy`, `cp312`, `pypy@3.10`: nothing that has a place."""
    for prefix, implementation in _prefixes():
        if not lowered.startswith(prefix):
            continue
        rest = lowered[len(prefix) :]
        if not rest and implementation:
            return PythonRequest("implementation", text, None, implementation)
        version = _version(rest.removeprefix("@") if prefix else rest)
        if version is not None:
            kind: RequestKind = "implementation" if implementation else "version"
            return PythonRequest(kind, text, version, implementation)
    return None


def _prefixes() -> Iterator[tuple[str, str]]:
    yield "python", ""
    yield "", ""
    for name in IMPLEMENTATIONS:
        yield name, name
    yield from _SHORT.items()


def _version(text: str) -> VersionRequest | None:
    """The version or range that `text` is, None where it is neither."""
    if text[:1] in _OPERATORS:
        return _range(text)
    if not any(character.isdigit() for character in text):
        return None  # a name; most requests are paths and names, which need no versions
    from weft.core.version import Version, VersionError

    plain, variant = _split_variant(text)
    try:
        version = Version.parse(plain)
    except VersionError:
        return None
    release = version.release
    if len(release) > 3 or version.is_devrelease or version.is_postrelease or version.local:
        return None
    if len(release) == 1 and release[0] >= 10:  # `312`, as in the tags of wheels
        digits = str(release[0])
        release = (int(digits[0]), int(digits[1:]))
    prerelease = ""
    if version.is_prerelease:
        prerelease = version.text.lstrip("0123456789.!")
        if len(release) == 3 and release[2] == 0:
            release = release[:2]
    return VersionRequest(release, prerelease, variant)


def _range(text: str) -> VersionRequest | None:
    from weft.core.specifier import SpecifierError, Specifiers

    try:
        specifiers = Specifiers.parse(text)
    except SpecifierError:
        return None
    pinned = specifiers.pinned
    if pinned is not None and pinned.count(".") < 2:
        version = _version(pinned)  # `==3.12` means what `3.12` means
        if version is not None and not version.prerelease:
            return version
    return VersionRequest(specifiers=specifiers)


def _split_variant(text: str) -> tuple[str, str]:
    plain, plus, variant = text.partition("+")
    if plus:
        return (plain, variant) if variant in _VARIANTS else (text, "")
    for suffix in ("td", "t", "d"):
        if text.endswith(suffix) and text[: -len(suffix)][-1:].isdigit():
            return text[: -len(suffix)], _SUFFIXES[suffix]
    return text, ""


def _key(lowered: str, text: str) -> PythonRequest | None:
    """A key of five parts in order; any may be left out or `any`, but not all."""
    implementation, version, platform = "", VersionRequest(), ["", "", ""]
    tables = (_SYSTEMS, _MACHINES, _LIBRARIES)
    stage = 0  # the first part that may come next
    for part in lowered.split("-"):
        stage += 1
        if part == "any" and stage <= 5:
            continue
        parsed = _version(part) if part[:1].isdigit() or part[:1] in _OPERATORS else None
        if stage == 1 and part in IMPLEMENTATIONS:
            implementation = part
        elif stage <= 2 and parsed is not None:
            version, stage = parsed, 2
        else:
            places = [at for at in range(max(stage - 3, 0), 3) if part in tables[at]]
            if not places:
                return None
            platform[places[0]], stage = part, places[0] + 3
    if not (implementation or version.release or any(platform)):
        return None
    return PythonRequest(
        "key", text, version, implementation, (platform[0], platform[1], platform[2])
    )
