"""The Python and platform that files are downloaded for.

Owns the meaning of pip's `--platform`, `--python-version`, `--implementation` and `--abi`: tags of
wheels, and the marker variables that go with them. Refuses to probe anything. Follows pip for the
tags, and https://packaging.python.org/specifications/platform-compatibility-tags/ for what a tag
includes; pip itself leaves the markers those of the Python that runs it.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.ops.platforms import Judged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from weft.core.tags import TagFacts
    from weft.ops.context import Context
    from weft.ops.settings import Settings
    from weft.python.interpreter import Interpreter

    # Marker variables that a platform decides, and its tags, best first.
    Platform = tuple[dict[str, str], tuple[str, ...]]

_IMPLEMENTATIONS = {
    "cp": ("cpython", "CPython"),
    "pp": ("pypy", "PyPy"),
    "jy": ("jython", "Jython"),
    "ip": ("ironpython", "IronPython"),
}
_WINDOWS = {"win_amd64": "x86_64-pc-windows-msvc", "win_arm64": "aarch64-pc-windows-msvc",
            "win32": "i686-pc-windows-msvc"}  # fmt: skip
_OLD_LINUX = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


class UnknownPlatform(WeftError):
    """`text` is neither a platform tag nor a target."""

    def __init__(self, text: str) -> None:
        super().__init__(
            hints=("Examples are `manylinux_2_28_x86_64`, `macosx_13_0_arm64` and `win_amd64`",)
        )
        self.text = text

    @property
    def message(self) -> str:
        return f"`{self.text}` is not a platform that wheels are made for"


def normalized(context: Context) -> Context:
    """`--python-version 312` and `--python 3.12` as `--python-version 3.12`."""
    from weft.ops.compile_python import with_version

    version = context.settings.python_version
    if version is not None and version.isdigit() and len(version) > 1:
        context = context.changed(python_version=f"{version[0]}.{version[1:]}")
    return with_version(context)


def judge(settings: Settings, interpreter: Interpreter) -> Judged:
    """The interpreter's facts, overlaid with those that the options name."""
    from weft.core.tags import compatible_tags
    from weft.core.value import replace
    from weft.ops.platforms import judge as judge_version

    base = judge_version(settings, interpreter)
    if not (settings.platforms or settings.implementation or settings.abis):
        return base
    environment = dict(base.environment)
    facts = replace(interpreter.tag_facts, version=_minor(base.python))
    if settings.implementation:
        facts = _with_implementation(facts, settings.implementation, environment)
    elif settings.platforms or settings.python_version is not None:
        facts = replace(facts, gil_disabled=False, debug=False)
    if settings.platforms:
        facts = replace(facts, platforms=_platforms(settings.platforms, environment))
    if settings.abis:
        free = any(abi.startswith("cp") and abi.endswith("t") for abi in settings.abis)
        facts = replace(facts, abis=settings.abis, gil_disabled=free)
    return Judged(environment, compatible_tags(facts), base.python)


def _minor(version: str) -> tuple[int, int]:
    from weft.ops.platforms import digits

    major, minor = (int(digits(part)) for part in version.split(".")[:2])
    return major, minor


def _with_implementation(
    facts: TagFacts, implementation: str, environment: dict[str, str]
) -> TagFacts:
    """`py` is for files alone: there is no such interpreter to compare markers with."""
    from weft.core.value import replace

    name, display = _IMPLEMENTATIONS.get(implementation, ("python", ""))
    if display:
        environment["implementation_name"] = name
        environment["platform_python_implementation"] = display
    if name == facts.implementation:
        return replace(facts, gil_disabled=False, debug=False)
    return replace(facts, implementation=name, abis=(), gil_disabled=False, debug=False)


def _platforms(names: Sequence[str], environment: dict[str, str]) -> tuple[str, ...]:
    """The tags of all; the first that is a real platform gives the marker variables."""
    tags: list[str] = []
    decided = False
    for name in names:
        markers, found = platform(name)
        tags += found
        if markers and not decided:
            environment.update({key: text for key, text in markers.items() if key in _OF_PLATFORM})
            decided = True
    return tuple(dict.fromkeys(tags))


_OF_PLATFORM = frozenset(
    ("os_name", "sys_platform", "platform_system", "platform_machine", "platform_release",
     "platform_version")
)  # fmt: skip


def platform(name: str) -> Platform:
    """What a tag or a target stands for; `any` has no markers. Raises UnknownPlatform."""
    from weft.core.platforms import PLATFORMS, foreign_platform

    text = name.strip().replace(".", "_")
    if text == "any":
        return {}, ("any",)
    if name in PLATFORMS:
        return foreign_platform(name)
    tag = text.replace("-", "_")
    if tag in _WINDOWS:
        return foreign_platform(_WINDOWS[tag])
    family, _, rest = tag.partition("_")
    try:
        found = _of_family(tag, family, rest)
    except ValueError:
        found = None
    if found is None:
        raise UnknownPlatform(name)
    return found


def _of_family(tag: str, family: str, rest: str) -> Platform | None:
    """Raises ValueError where a number of the tag is none."""
    from weft.core import platforms

    if family in ("manylinux", "musllinux", "macosx", "ios"):
        major, minor, arch = rest.split("_", 2)
        version = (int(major), int(minor))
        if family == "macosx":
            return _mac(arch, version)
        if family == "ios":
            machine = arch.rpartition("_")[0]
            return _markers("posix", "ios", "iOS", machine), platforms.platform_tags_ios(
                version, arch
            )
        limits = {"glibc" if family == "manylinux" else "musl": version}
        return _linux(arch, platforms.platform_tags_linux(arch, **limits))  # type: ignore[arg-type]
    if family in _OLD_LINUX and rest:
        return _linux(rest, platforms.platform_tags_linux(rest, glibc=_OLD_LINUX[family]))
    if family == "linux" and rest:
        return _linux(rest, (tag,))
    if family == "android":
        level, _, abi = rest.partition("_")
        machine = "aarch64" if abi == "arm64_v8a" else abi
        markers = _markers("posix", "android", "Android", machine)
        return markers, platforms.platform_tags_android(int(level), abi)
    return None


def _mac(arch: str, version: tuple[int, int]) -> Platform:
    """The tags for one kind of processor; a universal tag stands for itself, newest first."""
    from weft.core.platforms import platform_tags_macos

    machine = arch if arch in ("x86_64", "arm64", "i386", "ppc", "ppc64") else "x86_64"
    found = platform_tags_macos(machine, version)
    if machine != arch:
        found = tuple([tag for tag in found if tag.endswith("_" + arch)])
    return _markers("posix", "darwin", "Darwin", machine), found


def _linux(arch: str, tags: tuple[str, ...]) -> Platform:
    return _markers("posix", "linux", "Linux", arch), tags


def _markers(os_name: str, sys_platform: str, system: str, machine: str) -> dict[str, str]:
    return {
        "os_name": os_name,
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
        "platform_release": "",
        "platform_version": "",
    }
