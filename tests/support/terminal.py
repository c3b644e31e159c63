"""Terminals: what one shows after a program has written to it, and a person who answers on one.

Owns the few control sequences that progress displays use: lines are gone up and erased. Refuses
everything that places text by column but the carriage return. Follows ECMA-48.
"""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time

from tests.support.commands import Weft

_PARTS = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+|\x1b")


def screen(written: str, *, width: int) -> list[str]:
    """The lines that stay, without the spaces at their ends, colors ignored.

    Text goes on in the next line behind `width` columns, when there is more of it.
    """
    lines = [""]
    row = column = 0
    for part in _PARTS.finditer(written):
        arguments, command = part[1], part[2]
        if command == "A":
            row = max(0, row - int(arguments or 1))
        elif command == "B":
            row += int(arguments or 1)
        elif command == "K":
            lines[row] = "" if arguments == "2" else lines[row][:column]
        elif command == "J":
            lines[row] = lines[row][:column]
            del lines[row + 1 :]
        elif part[0] == "\n":
            row += 1
        elif part[0] == "\r":
            column = 0
        elif command is None:
            text = part[0]
            while text:
                if column == width:
                    row, column = row + 1, 0
                    lines += [""] * (row + 1 - len(lines))
                piece, text = text[: width - column], text[width - column :]
                end = column + len(piece)
                lines[row] = lines[row][:column].ljust(column) + piece + lines[row][end:]
                column = end
        lines += [""] * (row + 1 - len(lines))
    return [line.rstrip() for line in lines]


def talk(weft: Weft, *words: str, answers: list[tuple[str, str]]) -> tuple[str, int]:
    """Run weft on a terminal of its own and answer each question when it has come.

    Gives everything that was written, and the exit code.
    """
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "weft", *words],
        cwd=weft.cwd, env=weft.environ, stdin=follower, stdout=follower, stderr=follower,
        start_new_session=True, preexec_fn=lambda: _take_terminal(follower),
    )  # fmt: skip
    os.close(follower)
    said = _listen(leader, list(answers))
    code = process.wait(timeout=30)
    os.close(leader)
    return said, code


def _take_terminal(descriptor: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)


def _listen(leader: int, answers: list[tuple[str, str]]) -> str:
    said, deadline = "", time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([leader], [], [], 1)[0]:
            continue
        try:
            data = os.read(leader, 4096)
        except OSError:  # the other side is closed
            break
        if not data:
            break
        said += data.decode(errors="replace")
        if answers and said.endswith(answers[0][0]):
            os.write(leader, answers.pop(0)[1].encode() + b"\n")
    return said
