"""Where wheels can be installed, by their tags."""

from __future__ import annotations

import pytest

from weft.core.marker_sets import MarkerSet
from weft.fetch.tag_markers import implied


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ("py3-none-any", "python_version >= '3' and python_version < '4'"),
        ("py2.py3-none-any", "python_version >= '2' and python_version < '4'"),
        ("none-none-any", ""),
        (
            "cp311-cp311-win_amd64",
            "python_version == '3.11' and platform_python_implementation == 'CPython' and "
            "sys_platform == 'win32' and platform_machine == 'AMD64'",
        ),
        (
            "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "python_version >= '3.9' and platform_python_implementation == 'CPython' and "
            "sys_platform == 'linux' and platform_machine == 'x86_64'",
        ),
        (
            "pp310-pypy310_pp73-macosx_11_0_universal2",
            "python_version == '3.10' and platform_python_implementation == 'PyPy' and "
            "sys_platform == 'darwin' and platform_release >= '20' and (platform_machine == "
            "'x86_64' or platform_machine == 'arm64')",
        ),
        ("py312-none-any", "python_version >= '3.12'"),
        (
            "cp312-cp312-macosx_10_13_x86_64",
            "python_version == '3.12' and platform_python_implementation == 'CPython' and "
            "sys_platform == 'darwin' and platform_release >= '17' and platform_machine == "
            "'x86_64'",
        ),
        (
            "py3-none-macosx_26_0_arm64.win_arm64.android_21_arm64_v8a",
            "python_version >= '3' and python_version < '4' and (sys_platform == 'darwin' and "
            "platform_release >= '25' and platform_machine == 'arm64' or sys_platform == 'win32' "
            "and platform_machine == 'ARM64' or sys_platform == 'android' and platform_machine == "
            "'aarch64')",
        ),
        (
            "py3-none-musllinux_1_2_aarch64",
            "python_version >= '3' and python_version < '4' and sys_platform == 'linux' and "
            "platform_machine == 'aarch64'",
        ),
        ("cp311-cp311-win32.linux_armv7l",
         "python_version == '3.11' and platform_python_implementation == 'CPython' and "
         "(sys_platform == 'win32' and platform_machine == 'x86' or sys_platform == 'linux' and "
         "platform_machine == 'armv7l')"),
    ],
)  # fmt: skip
def test_tags_imply_an_environment(tags: str, text: str) -> None:
    expected = MarkerSet.parse(text) if text else MarkerSet.TRUE
    assert implied(f"demo-1.0-{tags}.whl") == expected


def test_unknown_tags_imply_nothing() -> None:
    assert implied("demo-1.0-py3-none-plan9_mips.whl").is_false
    assert implied("demo-1.0-zz9-none-any.whl").is_false


def test_a_build_number_is_no_tag() -> None:
    assert implied("demo-1.0-7-py3-none-any.whl") == implied("demo-1.0-py3-none-any.whl")
