"""Where a person's files live, by environment and platform."""

from __future__ import annotations

import os
import pwd

import pytest

from weft.system import userdirs

HOME = {"HOME": "/home/me"}
WINDOWS = {
    "USERPROFILE": r"C:\Users\me",
    "LOCALAPPDATA": r"C:\Users\me\AppData\Local",
    "APPDATA": r"C:\Users\me\AppData\Roaming",
    "SYSTEMDRIVE": "D:",
}


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize(
    ("extra", "cache"),
    [
        ({}, "/home/me/.cache/weft"),
        ({"XDG_CACHE_HOME": "/fast/"}, "/fast/weft"),
        ({"XDG_CACHE_HOME": "relative"}, "/home/me/.cache/weft"),
        ({"XDG_CACHE_HOME": ""}, "/home/me/.cache/weft"),
    ],
)
def test_the_cache(platform: str, extra: dict[str, str], cache: str) -> None:
    assert userdirs.cache_dir({**HOME, **extra}, platform) == cache


def test_data_programs_and_configuration() -> None:
    assert userdirs.data_dir(HOME, "linux") == "/home/me/.local/share/weft"
    assert userdirs.data_dir({**HOME, "XDG_DATA_HOME": "/d"}, "linux") == "/d/weft"
    assert userdirs.bin_dir(HOME, "linux") == "/home/me/.local/bin"
    assert userdirs.bin_dir({**HOME, "XDG_DATA_HOME": "/d/share"}, "linux") == "/d/bin"
    assert userdirs.bin_dir({**HOME, "XDG_BIN_HOME": "/b"}, "linux") == "/b"
    assert userdirs.config_dirs(HOME, "linux") == ("/home/me/.config", "/etc/xdg", "/etc")
    listed = {"XDG_CONFIG_HOME": "/c", "XDG_CONFIG_DIRS": "/one:relative:/two"}
    assert userdirs.config_dirs({**HOME, **listed}, "linux") == ("/c", "/one", "/two", "/etc")


def test_windows() -> None:
    roaming = r"C:\Users\me\AppData\Roaming"
    local = r"C:\Users\me\AppData\Local"
    assert userdirs.cache_dir(WINDOWS, "win32") == local + r"\weft\cache"
    assert userdirs.data_dir(WINDOWS, "win32") == roaming + r"\weft\data"
    assert userdirs.config_dirs(WINDOWS, "win32") == (roaming, r"D:\ProgramData")
    bare = {"USERPROFILE": r"C:\Users\me"}
    assert userdirs.cache_dir(bare, "win32") == local + r"\weft\cache"
    assert userdirs.bin_dir(bare, "win32") == r"C:\Users\me\.local\bin"


def test_without_a_variable_home_is_the_password_databases() -> None:
    assert userdirs.home({}, "linux") == pwd.getpwuid(os.getuid()).pw_dir
