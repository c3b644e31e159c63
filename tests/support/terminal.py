"""What a terminal shows after a program has written to it.

Owns the few control sequences that progress displays use: lines are gone up and erased. Refuses
everything that places text by column but the carriage return. Follows ECMA-48.
"""

from __future__ import annotations

import re

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
