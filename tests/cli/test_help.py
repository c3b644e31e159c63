"""Help on terminals: paged, in colour, and the same words as anywhere."""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path

import pytest

from tests.support.commands import SOURCE
from weft.cli.help import Page, coloured, find
from weft.cli.printer import Style
from weft.core.errors import WeftError
from weft.ops.commands import Command
from weft.ops.commands_table import ROOT, every_row

COMMANDS = [Command(row) for row in (ROOT, *every_row())]


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """A pager that says that it was there, and how."""
    path = tmp_path / "bin" / "pages"
    path.parent.mkdir()
    path.write_text('#!/bin/sh\necho "paged [$*] LESS=$LESS"\nexec cat\n')
    path.chmod(0o755)
    return path


def on_terminal(tmp_path: Path, *words: str, **environ: str) -> str:
    """What weft writes to a terminal of 100 columns."""
    known = {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(SOURCE),
        "TERM": "xterm",
        "COLUMNS": "100",
    }
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, ["python", "-m", "weft", *words], {**known, **environ})
    written = b""
    while True:
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:  # how Linux says that nobody writes any more
            data = b""
        if not data:
            break
        written += data
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return written.decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[\d+m", "", text)


def test_help_of_a_command_is_paged_on_a_terminal(tmp_path: Path, pager: Path) -> None:
    shown = on_terminal(tmp_path, "help", "cache", "dir", PAGER="pages -x 1")
    assert shown.startswith("paged [-x 1] LESS=FR\nShow the cache's directory.\n")
    assert "\x1b" not in shown  # who knows whether that pager shows colours


def test_less_gets_colours(tmp_path: Path, pager: Path) -> None:
    pager.rename(pager.with_name("less"))
    shown = on_terminal(tmp_path, "help", "cache", "dir")
    assert shown.startswith("paged [] LESS=FR\n")
    assert "\x1b[1m\x1b[32mUsage:\x1b[0m" in shown
    kept = on_terminal(tmp_path, "help", "cache", "dir", LESS="X", NO_COLOR="1")
    assert kept.startswith("paged [] LESS=X\n")
    assert plain(kept) == kept


@pytest.mark.parametrize(
    "words",
    [("help",), ("help", "--no-pager", "cache", "dir"), ("cache", "dir", "-h"), ("-h",)],
)
def test_what_is_short_or_not_to_be_paged_is_not(
    tmp_path: Path, pager: Path, words: tuple[str, ...]
) -> None:
    shown = on_terminal(tmp_path, *words, PAGER="pages")
    assert not shown.startswith("paged")
    assert "Usage: weft" in plain(shown)


@pytest.mark.parametrize("name", ["", "no-such-pager", "no-such-pager -F"])
def test_help_is_shown_where_there_is_no_pager(tmp_path: Path, name: str) -> None:
    assert "Usage: weft cache dir" in plain(
        on_terminal(tmp_path, "help", "cache", "dir", PAGER=name)
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.path)
def test_colours_change_no_word(command: Command) -> None:
    for full in (False, True):
        text = Page(100).text(command, full=full)
        painted = coloured(text, Style(True))
        assert plain(painted) == text
        assert painted.count("\x1b[0m") > 10
        assert coloured(text, Style(False)) == text


def test_values_of_an_argument_are_shown() -> None:
    command = next(one for one in COMMANDS if one.path == "generate-shell-completion")
    text = " ".join(Page(100).text(command, full=False).split())
    assert "[possible values: bash, elvish, fish, nushell, powershell, zsh]" in text


@pytest.mark.parametrize(
    ("words", "hints"),
    [
        (["cahce"], ("Run `weft help cache`",)),
        (["pip", "instal"], ("Run `weft help pip install`",)),
        (["nosuch"], ()),
    ],
)
def test_help_of_a_misspelled_command_names_the_one_that_was_meant(
    words: list[str], hints: tuple[str, ...]
) -> None:
    with pytest.raises(WeftError) as caught:
        find(words)
    assert caught.value.hints == hints
    assert caught.value.message.startswith(f"There is no command `{words[-1]}` for `weft")


def test_short_help_is_short() -> None:
    for command in COMMANDS:
        short, full = (Page(100).text(command, full=full) for full in (False, True))
        assert len(short.splitlines()) < 0.8 * len(full.splitlines()), command.path
