"""Which wheels of a version are worth writing into a lock file.

Owns the question whether a wheel can be installed in any environment of a set, as far as its tags
tell: what is unknown is kept. Refuses to rank wheels.
Follows PEP 425, and uv on which tags say what.
"""

from __future__ import annotations

from weft.core.filename import FilenameError, WheelName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.marker_sets import MarkerSet

_ARM = ("aarch64", "arm64", "ARM64")
_X86_64 = ("x86_64", "amd64", "AMD64")
_X86 = ("i686", "i386", "win32", "x86")
# Ends of platform tags, longer ones first, and the values of `platform_machine` that they mean.
_MACHINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("_aarch64", _ARM),
    ("_arm64", _ARM),
    ("_arm64_v8a", _ARM),
    ("_x86_64", _X86_64),
    ("win_amd64", _X86_64),
    ("_i686", _X86),
    ("_i386", _X86),
    ("win32", _X86),
    ("_x86", _X86),
    ("_ppc64le", ("ppc64le",)),
    ("_ppc64", ("ppc64",)),
    ("_s390x", ("s390x",)),
    ("_riscv64", ("riscv64",)),
    ("_loongarch64", ("loongarch64",)),
    ("_armv7l", ("armv7l", "armv8l")),
    ("_armv6l", ("armv6l",)),
)
_SYSTEMS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("manylinux", "linux_", "musllinux"), "os_name == 'posix' and sys_platform == 'linux'"),
    (("win32", "win_"), "os_name == 'nt' and sys_platform == 'win32'"),
    (("macosx_",), "os_name == 'posix' and sys_platform == 'darwin'"),
    (("android_",), "sys_platform == 'android'"),
)
# The systems whose machines uv looks at.
_COMMON = ("manylinux", "linux_", "musllinux", "win32", "win_", "macosx_", "android_")
_ABIS = ("cp", "pypy", "graalpy", "pyston")
_sets: dict[str, MarkerSet] = {}  # of texts about systems and machines; there are few
_PYTHON_2 = ("py2", "cp2", "pp2", "graalpy2", "pyston2")


class Reach:
    """The environments of `marker`, with Pythons from `lowest` to `highest`, `(major, minor)`.

    None for no bound. What is asked is kept: many wheels have the same tags.
    """

    def __init__(
        self,
        marker: MarkerSet,
        *,
        lowest: tuple[int, int] | None = None,
        highest: tuple[int, int] | None = None,
    ) -> None:
        self._marker = marker
        self._lowest = lowest
        self._highest = highest
        self._platforms: dict[str, bool] = {}

    def includes(self, filename: str) -> bool:
        """Whether a wheel may be of use; a name that is no wheel's never is."""
        try:
            wheel = WheelName.parse(filename)
        except FilenameError:
            return False
        if not any(self._has_abi(abi, wheel.python) for abi in wheel.abi.split(".")):
            return False
        if wheel.platform not in self._platforms:
            self._platforms[wheel.platform] = self._has_platform(wheel.platform.split("."))
        return self._platforms[wheel.platform]

    def _has_abi(self, abi: str, pythons: str) -> bool:
        if abi in ("abi3", "abi3t"):
            return True
        if abi == "none":
            return any(self._has_python(python) for python in pythons.split("."))
        if abi.startswith("pypy_"):
            return False  # the ABI of PyPy for Python 2
        version = _abi_version(abi)
        if version is None:
            return abi.startswith(_ABIS)
        return version[0] != 2 and self._spans(version)

    def _has_python(self, tag: str) -> bool:
        if tag.startswith(_PYTHON_2):
            return False
        for prefix in ("py", "cp", "pp", "graalpy", "pyston"):
            if tag.startswith(prefix):
                version = _version(tag[len(prefix) :])
                if version is None or version[0] != 3:
                    return True
                # `py37` means 3.7 and everything newer, `cp37` this Python alone.
                return self._is_below(version) if prefix == "py" else self._spans(version)
        return False  # of no interpreter that is known

    def _spans(self, version: tuple[int, int]) -> bool:
        return (self._lowest is None or version >= self._lowest) and self._is_below(version)

    def _is_below(self, version: tuple[int, int]) -> bool:
        return self._highest is None or version <= self._highest

    def _has_platform(self, tags: list[str]) -> bool:
        if all(tag == "any" for tag in tags):
            return True
        text = _machine(tags) if all(tag.startswith(_COMMON) for tag in tags) else ""
        for prefixes, system in _SYSTEMS:
            if all(tag.startswith(prefixes) for tag in tags):
                text = f"{system} and ({text})" if text else system
                break
        return not text or self._meets(text)

    def _meets(self, text: str) -> bool:
        if self._marker.is_true:  # no machine is impossible on its own
            return True
        found = _sets.get(text)
        if found is None:
            from weft.core.marker_sets import MarkerSet

            found = _sets[text] = MarkerSet.parse(text)
        return not self._marker.is_disjoint(found)


def _machine(tags: list[str]) -> str:
    """What `platform_machine` has to be for all of the tags; empty where they do not agree."""
    for machines in dict.fromkeys(machines for _, machines in _MACHINES):
        ends = tuple([end for end, meant in _MACHINES if meant == machines])
        if all(tag.endswith(ends) for tag in tags):
            return " or ".join([f"platform_machine == '{machine}'" for machine in machines])
    return ""


def _abi_version(abi: str) -> tuple[int, int] | None:
    """The Python of `cp37m`, `pypy310_pp73` and `graalpy240_311_native`; None for others."""
    if abi.startswith("graalpy"):
        return _version(abi.split("_")[1] if "_" in abi else "")
    for prefix in ("cp", "pypy"):
        if abi.startswith(prefix):
            return _version(
                abi[len(prefix) :].partition("_")[0].rstrip("abcdefghijklmnopqrstuvwxyz")
            )
    return None


def _version(digits: str) -> tuple[int, int] | None:
    """`311` as (3, 11); None for what is no major and minor version."""
    if not (digits.isascii() and digits.isdigit() and 1 < len(digits) < 5):
        return None
    return int(digits[0]), int(digits[1:])
