"""`tool update-shell` and `python update-shell`: next to uv's, and in the shells themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.tool_twins import ToolTwins
from weft.ops.shell_path import Shell, shell_of


@pytest.fixture
def twins(tmp_path: Path, caches: Path) -> ToolTwins:
    return ToolTwins(tmp_path, "http://127.0.0.1:9/simple", caches)


def written(twins: ToolTwins, name: str) -> dict[str, str]:
    """The files in a home, by path."""
    home = twins.places[name] / "home"
    return {
        str(path.relative_to(home)): twins.neutral(name, path.read_text())
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def told(twins: ToolTwins, *words: str, **more: str) -> int:
    """The exit code of both, which have said and written the same."""
    code = twins.said(*words, XDG_BIN_HOME="", **more).code
    assert written(twins, "weft") == written(twins, "uv")
    return code


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "csh", "ksh"])
def test_files_are_made_once(twins: ToolTwins, shell: str) -> None:
    for name in ("weft", "uv"):
        (twins.places[name] / "home" / ".local" / "bin").mkdir(parents=True)
    program = f"/usr/bin/{shell}"
    assert told(twins, "tool", "update-shell", SHELL=program) == 0
    assert told(twins, "tool", "update-shell", SHELL=program) == 2
    assert told(twins, "python", "update-shell", SHELL=program) == 2


def test_files_that_are_there_are_added_to(twins: ToolTwins) -> None:
    for name in ("weft", "uv"):
        home = twins.places[name] / "home"
        (home / ".profile").write_text("umask 022\n")
        (home / ".bashrc").write_text("alias x=y")
        (home / "zsh").mkdir()
        (home / "zsh" / ".zshenv").write_text("")
    assert told(twins, "tool", "ensurepath") == 0
    assert told(twins, "tool", "update-shell", ZSH_VERSION="5", SHELL="/bin/bash") == 0
    assert told(twins, "tool", "update-shell", FISH_VERSION="3", XDG_CONFIG_HOME="") == 0


def test_what_cannot_be_done_is_said(twins: ToolTwins) -> None:
    assert told(twins, "tool", "update-shell", SHELL="") == 2
    assert told(twins, "tool", "update-shell", SHELL="/bin/elvish") == 2
    for name in ("weft", "uv"):
        (twins.places[name] / "home" / ".local" / "bin").mkdir(parents=True)
    for entry in ("~/.local/bin", "$HOME"):
        directory = {"~/.local/bin": "/nowhere:~/.local/bin", "$HOME": "/nowhere"}[entry]
        told(twins, "tool", "update-shell", PATH=directory)


@pytest.mark.parametrize(
    ("program", "command"),
    [
        ("bash", ["-lc"]),
        ("bash", ["-ic"]),
        ("zsh", ["-c"]),
        ("fish", ["-c"]),
        ("csh", ["-c"]),
        ("ksh", ["-lc"]),
        ("dash", ["-lc"]),
    ],
)
def test_the_shell_finds_executables_afterwards(
    tmp_path: Path, program: str, command: list[str]
) -> None:
    weft = Weft(tmp_path)
    directory = tmp_path / 'odd "place" $HOME `x` \\ and more'
    directory.mkdir()
    (directory / "weft-hello").write_text("#!/bin/sh\necho hello\n")
    (directory / "weft-hello").chmod(0o755)
    found = shutil.which(program)
    assert found is not None, f"`{program}` is missing"
    weft.ok("tool", "update-shell", SHELL=found, WEFT_TOOL_BIN_DIR=str(directory))
    done = subprocess.run(
        [found, *command, "weft-hello"],
        env={"HOME": str(weft.home), "PATH": "/usr/bin:/bin", "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout == "hello\n", done.stderr


def test_a_linked_file_stays_a_link_with_its_mode(tmp_path: Path) -> None:
    weft = Weft(tmp_path)
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "zshenv").write_text("# mine\n")
    (dotfiles / "zshenv").chmod(0o600)
    (weft.home / ".zshenv").symlink_to(dotfiles / "zshenv")
    weft.ok("tool", "update-shell", SHELL="/bin/zsh")
    assert (weft.home / ".zshenv").is_symlink()
    assert (dotfiles / "zshenv").read_text().startswith("# mine\n\n# weft\nexport PATH=")
    assert (dotfiles / "zshenv").stat().st_mode & 0o777 == 0o600


def test_shells_without_a_twin_in_uv() -> None:
    environ = {"HOME": "/home/jo"}
    nu = shell_of({**environ, "NU_VERSION": "0.100"}, "linux")
    assert nu == Shell("nu")
    assert nu.files(environ, "linux") == ["/home/jo/.config/nushell/config.nu"]
    assert nu.command("/x y") == '$env.PATH = ($env.PATH | prepend "/x y")'
    power = shell_of({"SHELL": "/opt/pwsh"}, "linux")
    assert power == Shell("powershell")
    assert power.files(environ, "linux") == ["/home/jo/.config/powershell/profile.ps1"]
    assert power.command('/a$b"c') == '$env:PATH = "/a`$b`"c:$env:PATH"'
    assert shell_of({"PROMPT": "x"}, "win32") == Shell("cmd")
    assert shell_of({}, "win32") == Shell("powershell")
    assert Shell("powershell").files(environ, "win32") == []
