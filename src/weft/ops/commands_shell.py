"""Rows of the table of commands: what shells ask for.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

from weft.ops.commands_blocks import GLOBAL

SHELL = (
    (
        "generate-shell-completion",
        "--generate-shell-completion",
        "generate_shell_completion",
        "Print what makes a shell complete command lines of weft",
        "The script goes where the shell reads its settings; its first lines say how. It asks weft "
        "on each Tab, so that it knows the commands and options of the weft that is installed, and "
        "names of the project, the environment, the tools and the cache. `weftx` is completed too.",
        ("shell", "<SHELL>", "The shell to complete in"),
        "<SHELL>",
        GLOBAL,
        ("requires=shell", "choice=shell", "always"),
    ),
)
