"""Which wheels are worth writing down."""

from __future__ import annotations

import pytest

from weft.core.marker_sets import MarkerSet
from weft.lock.reach import Reach

ANYWHERE = MarkerSet.TRUE
LINUX = MarkerSet.parse("sys_platform == 'linux'")
ARM_LINUX = MarkerSet.parse("sys_platform == 'linux' and platform_machine == 'aarch64'")
WINDOWS = MarkerSet.parse("sys_platform == 'win32'")


def kept(tag: str, marker: MarkerSet = ANYWHERE, **bounds: tuple[int, int]) -> bool:
    return Reach(marker, **bounds).includes(f"wick-1.0-{tag}.whl")


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("cp312-cp312-win_amd64", True),
        ("cp313-cp313t-linux_x86_64", True),
        ("cp311-cp311-win_amd64", False),
        ("cp36-cp36m-win32", False),
        ("cp38-abi3-win_amd64", True),
        ("cp315-abi3t-win_amd64", True),
        ("py2-none-any", False),
        ("py27-none-any", False),
        ("py2.py3-none-any", True),
        ("py36-none-any", True),
        ("cp36-none-any", False),
        ("cp312-none-any", True),
        ("pp39-pypy39_pp73-win_amd64", False),
        ("pp312-pypy312_pp73-win_amd64", True),
        ("pp27-pypy_73-linux_x86_64", False),
        ("graalpy311-graalpy240_311_native-linux_x86_64", False),
        ("graalpy312-graalpy240_312_native-linux_x86_64", True),
    ],
)
def test_wheels_of_older_pythons_are_left_out(tag: str, found: bool) -> None:
    assert kept(tag, lowest=(3, 12)) is found
    of_python_3 = not tag.startswith(("py2-", "py27", "pp27"))
    assert kept(tag) is of_python_3


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("cp310-cp310-win_amd64", True),
        ("py310-none-any", True),
        ("py37-none-any", True),
        ("py311-none-any", False),
        ("cp311-none-any", False),
        ("cp312-cp312-win_amd64", False),
    ],
)
def test_wheels_of_newer_pythons_are_left_out(tag: str, found: bool) -> None:
    assert kept(tag, lowest=(3, 10), highest=(3, 10)) is found


@pytest.mark.parametrize(
    ("platform", "anywhere", "linux", "arm_linux", "windows"),
    [
        ("any", True, True, True, True),
        ("manylinux_2_17_x86_64", True, True, False, False),
        ("manylinux_2_17_x86_64.manylinux2014_x86_64", True, True, False, False),
        ("manylinux_2_17_aarch64", True, True, True, False),
        ("musllinux_1_2_riscv64", True, True, False, False),
        ("linux_i686", True, True, False, False),
        ("win_amd64", True, False, False, True),
        ("win32", True, False, False, True),
        ("win_arm64", True, False, False, True),
        ("macosx_11_0_arm64", True, False, False, False),
        ("macosx_10_9_universal2", True, False, False, False),
        ("android_21_arm64_v8a", True, False, False, False),
        ("freebsd_13_0_x86_64", True, True, True, True),
        ("strange", True, True, True, True),
    ],
)
def test_wheels_of_other_platforms_are_left_out(
    platform: str, anywhere: bool, linux: bool, arm_linux: bool, windows: bool
) -> None:
    tag = f"py3-none-{platform}"
    found = [kept(tag, marker) for marker in (ANYWHERE, LINUX, ARM_LINUX, WINDOWS)]
    assert found == [anywhere, linux, arm_linux, windows]


def test_what_is_no_wheel_is_left_out() -> None:
    assert not Reach(ANYWHERE).includes("wick-1.0.tar.gz")


@pytest.mark.parametrize("tag", ["foo1-none-any", "py3-bar2-any", "foo1-bar2-any", "py3-any-any"])
def test_wheels_of_no_known_interpreter_are_left_out(tag: str) -> None:
    assert not kept(tag)


@pytest.mark.parametrize(
    "platform",
    ["manylinux_2_17", "musllinux_1_2", "linux", "macosx_11_0", "win", "android_21", "ios_13_0"],
)
@pytest.mark.parametrize("machine", ["x86_64", "arm64", "i686", "amd64", "riscv64", "ppc64", "32"])
def test_no_platform_is_impossible_where_everything_counts(platform: str, machine: str) -> None:
    tag = f"py3-none-{platform}_{machine}".replace("win_32", "win32")
    everywhere = MarkerSet.parse("python_version >= '3.0' or python_version < '2.0'")
    assert not everywhere.is_true
    assert kept(tag)
    assert kept(tag, everywhere)
