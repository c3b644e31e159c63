"""`packaging.tags` is the oracle for the running interpreter and for Apple and Android."""

from __future__ import annotations

import platform
import struct
import sys
import sysconfig

import pytest
from packaging import tags as oracle
from packaging._manylinux import _get_glibc_version
from packaging._musllinux import _get_musl_version

from weft.core.platforms import (
    PLATFORMS,
    PlatformError,
    foreign_platform,
    platform_tags_android,
    platform_tags_ios,
    platform_tags_linux,
    platform_tags_macos,
    platform_tags_windows,
)
from weft.core.tags import TagFacts, compatible_tags


def own_platforms() -> tuple[str, ...]:
    pointer_size = struct.calcsize("P")
    if sys.platform == "darwin":
        release, _, arch = platform.mac_ver()
        major, minor = map(int, release.split(".")[:2])
        return platform_tags_macos(arch, (major, minor), pointer_size=pointer_size)
    if sys.platform == "win32":
        return platform_tags_windows(platform.machine(), pointer_size=pointer_size)
    glibc = tuple(_get_glibc_version())
    musl = _get_musl_version(sys.executable)
    return platform_tags_linux(
        platform.machine(),
        glibc=(glibc[0], glibc[1]) if glibc[0] > 0 else None,
        musl=(musl.major, musl.minor) if musl else None,
        pointer_size=pointer_size,
    )


def test_platforms_of_this_machine_are_those_of_packaging() -> None:
    assert own_platforms() == tuple(oracle.platform_tags())


def test_tags_of_this_interpreter_are_those_of_packaging_in_order() -> None:
    facts = TagFacts(
        sys.implementation.name,
        sys.version_info[:2],
        platforms=own_platforms(),
        gil_disabled=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        debug=bool(sysconfig.get_config_var("Py_DEBUG")),
        pointer_size=struct.calcsize("P"),
    )
    assert compatible_tags(facts) == tuple(map(str, oracle.sys_tags()))


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 8), (3, 11), (3, 13), (3, 15)])
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("threads", [False, True])
def test_other_versions_of_cpython(version: tuple[int, int], debug: bool, threads: bool) -> None:
    platforms = ("linux_x86_64", "manylinux_2_17_x86_64")
    facts = TagFacts("cpython", version, platforms=platforms, gil_disabled=threads, debug=debug)
    interpreter = f"cp{version[0]}{version[1]}"
    suffix = "t" if threads and version >= (3, 13) else ""
    if version < (3, 8):
        abis = [f"{interpreter}{'d' if debug else ''}m"]
    elif debug:
        abis = [f"{interpreter}{suffix}d", f"{interpreter}{suffix}"]
    else:
        abis = [f"{interpreter}{suffix}"]
    expected = [
        *oracle.cpython_tags(version, abis, platforms),
        *oracle.compatible_tags(version, interpreter, platforms),
    ]
    assert compatible_tags(facts) == tuple(dict.fromkeys(map(str, expected)))


def test_pypy_has_its_abi_and_a_generic_tag() -> None:
    facts = TagFacts("pypy", (3, 11), ("pypy311_pp73",), ("linux_x86_64",))
    expected = [
        *oracle.generic_tags("pp311", ["pypy311_pp73"], ["linux_x86_64"]),
        *oracle.compatible_tags((3, 11), "pp3", ["linux_x86_64"]),
    ]
    assert compatible_tags(facts) == tuple(map(str, expected))


@pytest.mark.parametrize("arch", ["x86_64", "arm64", "i386", "ppc", "ppc64"])
@pytest.mark.parametrize("version", [(10, 3), (10, 5), (10, 15), (11, 0), (13, 0), (14, 2)])
def test_macos(arch: str, version: tuple[int, int]) -> None:
    assert platform_tags_macos(arch, version) == tuple(oracle.mac_platforms(version, arch))


def test_android_and_ios() -> None:
    assert platform_tags_android(24, "x86_64") == tuple(oracle.android_platforms(24, "x86_64"))
    for version in ((11, 0), (12, 0), (13, 4), (17, 0)):
        expected = tuple(oracle.ios_platforms(version, "arm64_iphoneos"))
        assert platform_tags_ios(version, "arm64_iphoneos") == expected


def test_windows() -> None:
    assert platform_tags_windows("AMD64") == ("win_amd64",)
    assert platform_tags_windows("AMD64", pointer_size=4) == ("win32",)
    assert platform_tags_windows("ARM64") == ("win_arm64",)
    assert platform_tags_windows("x86") == ("win32",)


def test_a_32_bit_interpreter_takes_32_bit_wheels() -> None:
    found = platform_tags_linux("x86_64", glibc=(2, 17), pointer_size=4)
    assert found[0] == "linux_i686"
    assert "manylinux2014_i686" in found
    assert not [tag for tag in found if "x86_64" in tag]
    found = platform_tags_linux("aarch64", glibc=(2, 17), pointer_size=4)
    assert found[:3] == ("linux_armv8l", "linux_armv7l", "manylinux_2_17_armv8l")


def test_musl_takes_musl_wheels_only() -> None:
    found = platform_tags_linux("aarch64", musl=(1, 2))
    assert found == (
        "linux_aarch64",
        "musllinux_1_2_aarch64",
        "musllinux_1_1_aarch64",
        "musllinux_1_0_aarch64",
    )


@pytest.mark.parametrize(
    ("name", "first", "last", "count"),
    [
        ("linux", "linux_x86_64", "manylinux1_x86_64", 28),
        ("x86_64-manylinux_2_40", "linux_x86_64", "manylinux1_x86_64", 40),
        ("aarch64-manylinux2014", "linux_aarch64", "manylinux2014_aarch64", 3),
        ("x86_64-unknown-linux-musl", "linux_x86_64", "musllinux_1_0_x86_64", 4),
        ("riscv64-unknown-linux", "linux_riscv64", "manylinux2014_riscv64", 25),
        ("macos", "macosx_13_0_arm64", "macosx_10_4_universal2", 19),
        ("x86_64-apple-darwin", "macosx_13_0_x86_64", "macosx_10_4_universal", 96),
        ("windows", "win_amd64", "win_amd64", 1),
        ("i686-pc-windows-msvc", "win32", "win32", 1),
        ("aarch64-linux-android", "android_24_arm64_v8a", "android_16_arm64_v8a", 9),
        ("wasm32-pyodide2024", "pyemscripten_2024_0_wasm32", "pyodide_2024_0_wasm32", 2),
        ("arm64-apple-ios", "ios_13_0_arm64_iphoneos", "ios_12_0_arm64_iphoneos", 11),
        (
            "x86_64-apple-ios-simulator",
            "ios_13_0_x86_64_iphonesimulator",
            "ios_12_0_x86_64_iphonesimulator",
            11,
        ),
    ],
)
def test_named_platforms(name: str, first: str, last: str, count: int) -> None:
    _, found = foreign_platform(name)
    assert (found[0], found[-1], len(found)) == (first, last, count)


def test_every_name_gives_a_whole_environment() -> None:
    assert len(PLATFORMS) == len(set(PLATFORMS)) == 46
    for name in PLATFORMS:
        markers, platforms = foreign_platform(name)
        assert len(markers) == 8
        assert len(platforms) == len(set(platforms)) > 0


@pytest.mark.parametrize(
    ("name", "os_name", "sys_platform", "machine"),
    [
        ("windows", "nt", "win32", "AMD64"),
        ("aarch64-pc-windows-msvc", "nt", "win32", "ARM64"),
        ("i686-pc-windows-msvc", "nt", "win32", "x86"),
        ("macos", "posix", "darwin", "arm64"),
        ("linux", "posix", "linux", "x86_64"),
        ("aarch64-linux-android", "posix", "android", "aarch64"),
        ("wasm32-pyodide2025", "posix", "emscripten", "wasm32"),
        ("arm64-apple-ios", "posix", "ios", "arm64"),
    ],
)
def test_markers_of_named_platforms(
    name: str, os_name: str, sys_platform: str, machine: str
) -> None:
    markers, _ = foreign_platform(name)
    found = (markers["os_name"], markers["sys_platform"], markers["platform_machine"])
    assert found == (os_name, sys_platform, machine)


def test_oldest_versions_are_arguments() -> None:
    assert foreign_platform("macos", macos=(11, 0))[1][0] == "macosx_11_0_arm64"
    assert foreign_platform("arm64-apple-ios", ios=(14, 2))[1][0] == "ios_14_2_arm64_iphoneos"
    assert foreign_platform("x86_64-linux-android", android=30)[1][0] == "android_30_x86_64"


def test_an_unknown_platform_is_an_error() -> None:
    with pytest.raises(PlatformError, match="Unknown platform `beos`"):
        foreign_platform("beos")
