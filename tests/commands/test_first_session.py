"""The first session with a package manager: two projects, a package added to each.

The same words go to uv; what is said has to be the same, in a terminal and through pipes, wherever
the cache lies, and nothing may be warned of.
"""

from __future__ import annotations

import os
import pty
import re
import sys
import termios
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.mounts import Mounter
from tests.support.terminal import screen

WIDTH = 1000
UV = str(Path(sys.executable).with_name("uv"))
SESSION = (
    (".", "init", "first"),
    ("first", "add", "lantern"),
    (".", "init", "second"),
    ("second", "add", "wick"),
)
_DURATION = re.compile(r"in (?:\d+m )?\d+(?:\.\d+)?(?:ms|s)")


def places(tmp_path: Path, mounts: Mounter, layout: str) -> tuple[Path, Path]:
    """Where the projects and where the cache lies."""
    if layout == "one file system":
        return tmp_path / "projects", tmp_path / "cache"
    if layout == "cache on another":
        return tmp_path / "projects", mounts.tmpfs("cache") / "cache"
    return mounts.ext4("projects") / "projects", mounts.tmpfs("cache") / "cache"


def run(command: list[str], environ: dict[str, str], *, terminal: bool) -> tuple[int, str]:
    """The exit code, and both streams as one text, as a terminal or a pipe gets them."""
    if terminal:
        process, end = pty.fork()
        if not process:
            termios.tcsetwinsize(0, (50, WIDTH))
            os.execve(command[0], command, environ)
        write_end = -1
    else:
        end, write_end = os.pipe()
        process = os.posix_spawn(
            command[0],
            command,
            environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, write_end, 1), (os.POSIX_SPAWN_DUP2, write_end, 2)],
        )
        os.close(write_end)
    said = b""
    while True:
        try:
            more = os.read(end, 65536)
        except OSError:  # what a terminal says at its end on Linux
            break
        if not more:
            break
        said += more
    os.close(end)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), said.decode()


def lines(said: str, projects: Path, *, terminal: bool) -> list[str]:
    """What stays on the screen; durations do not matter."""
    shown = screen(said, width=WIDTH) if terminal else said.splitlines()
    kept = [_DURATION.sub("in T", line).replace(str(projects), "PROJECTS") for line in shown]
    return [line for line in kept if line]


def session(
    program: list[str], environ: dict[str, str], projects: Path, *, terminal: bool
) -> list[list[str]]:
    projects.mkdir(parents=True)
    said = []
    for where, *words in SESSION:
        command = [*program, "--directory", str(projects / where), *words]
        code, text = run(command, environ, terminal=terminal)
        assert code == 0, text
        said.append(lines(text, projects, terminal=terminal))
    return said


@pytest.mark.mounts
@pytest.mark.parametrize("terminal", [False, True], ids=["piped", "in a terminal"])
@pytest.mark.parametrize("layout", ["one file system", "cache on another", "three"])
def test_the_first_session_reads_as_with_uv(
    tmp_path: Path, mounts: Mounter, index: IndexServer, layout: str, terminal: bool
) -> None:
    projects, cache = places(tmp_path, mounts, layout)
    weft = Weft(tmp_path, index.url)
    ours = weft.environ | {"WEFT_CACHE_DIR": str(cache), "TERM": "xterm"}
    theirs = {
        **{name: text for name, text in ours.items() if not name.startswith(("WEFT_", "PYTHON"))},
        "UV_CACHE_DIR": str(tmp_path / "cache-of-uv"),
        "UV_DEFAULT_INDEX": index.url,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_LINK_MODE": "copy",  # so that it does not complain where ours has nothing to
    }
    said = session([sys.executable, "-m", "weft"], ours, projects / "weft", terminal=terminal)
    expected = session([UV], theirs, projects / "uv", terminal=terminal)
    # What uv has no word for: the cache gets a part on the disk of the projects, told once.
    parts = [line for each in said for line in each if line.startswith("Keeping a part of")]
    assert len(parts) == (layout != "one file system")
    said = [[line for line in each if line not in parts] for each in said]
    assert said == expected
    assert not [line for part in said for line in part if "warning" in line]
    assert [line for line in said[1] if line.startswith(" + ")] == [
        " + first==0.1.0 (from file://PROJECTS/first)",
        " + lantern==1.0",
        " + oil==3.0",
        " + wick==2.0",
    ]
