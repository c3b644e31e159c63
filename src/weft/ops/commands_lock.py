"""Rows of the table of commands: the lock file of a project.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

LOCK = (
    (
        "lock",
        "",
        "lock",
        "Write down which versions a project uses",
        "Chooses a version for everything that the members of the workspace ask for, with all "
        "their extras and groups, for every platform and every Python of the project, and writes "
        "`uv.lock` beside the root's `pyproject.toml`. Versions that the file has are kept while "
        "they fit. A file that is up to date is found to be so without the network. With "
        '`lock-file = "pylock.toml"` in `[tool.weft]` the standard file is written instead.',
        (),
        "",
        (
            ("Options", "LOCK"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Build options", "BUILD"),
            ("Installer options", "INSTALLER:link_mode"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "INTERPRETER"),
            ("Python options", "PYTHON"),
            ("Global options", "GLOBAL"),
        ),
        (),
    ),
)
