"""Options about the shell that weft is called from.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

SHELL = (
    (
        "shell", "--generate-shell-completion||", "choice", "shell", "", "",
        "Print what makes a shell complete command lines of `weftx`",
        "The same as `weft generate-shell-completion`, whose script serves both.", ("hidden",),
    ),
)  # fmt: skip
