"""Disjoint sets are told apart in the words that uv finds."""

from __future__ import annotations

import pytest

from weft.core.marker_sets import MarkerSet

LINUX = "sys_platform == 'linux' and platform_machine == 'x86_64'"
MAC = "sys_platform == 'darwin' and platform_machine == 'arm64' and platform_release >= '20'"
WINDOWS = "sys_platform == 'win32' and platform_machine == 'AMD64'"


def union(*texts: str) -> MarkerSet:
    found = MarkerSet.FALSE
    for text in texts:
        found |= MarkerSet.parse(text)
    return found


@pytest.mark.parametrize(
    ("inside", "outside", "expected"),
    [
        ("sys_platform == 'darwin'", (WINDOWS,), "sys_platform != 'win32'"),
        (
            "sys_platform == 'darwin'",
            (LINUX, WINDOWS),
            "sys_platform != 'linux' and sys_platform != 'win32'",
        ),
        (
            "sys_platform == 'darwin' and platform_machine == 'x86_64'",
            (MAC,),
            "platform_machine == 'x86_64'",
        ),
        (
            "sys_platform == 'linux' and platform_machine == 'aarch64'",
            (LINUX, MAC, WINDOWS),
            "platform_machine != 'x86_64' and sys_platform == 'linux'",
        ),
        ("sys_platform == 'linux'", (MAC,), "sys_platform == 'linux'"),
        (
            "python_version == '3.12' and sys_platform == 'darwin'",
            (WINDOWS,),
            "sys_platform != 'win32'",
        ),
        ("platform_machine == 'x86_64'", (MAC,), "platform_machine == 'x86_64'"),
    ],
)
def test_a_required_environment_is_told_from_files(
    inside: str, outside: tuple[str, ...], expected: str
) -> None:
    required, files = MarkerSet.parse(inside), union(*outside)
    apart = required.apart_from(files)
    assert apart.text == expected
    assert required.is_subset(apart)
    assert apart.is_disjoint(files)
