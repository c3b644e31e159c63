"""Rows of the table of commands: commands on projects.

Owns rows only; `ops.commands_table` says what the columns are.
"""

from __future__ import annotations

PROJECT = (
    (
        "version",
        "",
        "version",
        "Show the project's version",
        "Reads `project.version` of the nearest `pyproject.toml`. For the version of weft itself "
        "run `weft self version`.",
        ("value", "[VALUE]", "Set the project's version to this value"),
        "",
        (
            ("Options", "PROJECT_VERSION"),
            ("Index options", "INDEX"),
            ("Resolver options", "RESOLVER"),
            ("Installer options", "INSTALLER"),
            ("Build options", "BUILD"),
            ("Cache options", "CACHE"),
            ("Cache options", "REFRESH"),
            ("Python options", "INTERPRETER"),
            ("Python options", "PYTHON"),
            ("Global options", "GLOBAL"),
        ),
        (),
    ),
)
